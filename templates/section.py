"""The table of contents: the sections in their order."""

from __future__ import annotations

from typing import Any, Protocol

from templates.sections import (
    definitions,
    health,
    leverage,
    listings,
    market,
    movers,
    scenarios,
    sources,
    verdict,
)
from transforms.issue.issue import Issue


class Section(Protocol):
    """A module with a slug (its folder and anchor), a title, and a view built from the issue.

    `build` decides what is true; `sections/<slug>/section.html.j2` says it.
    """

    SLUG: str
    TITLE: str

    def build(self, issue: Issue) -> Any:
        """All that the section's template may print."""


SECTIONS: tuple[Section, ...] = (
    verdict,
    market,
    leverage,
    movers,
    listings,
    scenarios,
    health,
    sources,
    definitions,
)
