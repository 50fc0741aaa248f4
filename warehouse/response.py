"""A response of an upstream, as readers of recorded responses see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Response:
    """A request's address and what came back; status 0 if nothing did."""

    url: str
    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8, with a replacement character for each byte that is none."""
        return self.body.decode("utf-8", errors="replace")
