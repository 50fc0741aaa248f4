"""What an upstream said to one call."""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from warehouse.catalog import Call


@dataclass(frozen=True)
class Answer:
    """What an upstream said to one call: as published, and conformed."""

    call: Call
    published: pl.DataFrame
    rows: pl.DataFrame
    bodies: list[str]

    @property
    def arguments(self) -> str:
        return said(self.call)


def said(call: Call) -> str:
    """The arguments of a call as the books hold them."""
    return json.dumps(dict(call.arguments), ensure_ascii=False)
