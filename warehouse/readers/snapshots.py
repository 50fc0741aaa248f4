"""Pages that bear no day: their rows are dated by the day on which they were fetched."""

from __future__ import annotations

import polars as pl

from warehouse.catalog import Call, Request


def today(request: Request) -> str:
    """The day of a fetch, as a call's label ends with it."""
    return f"{request.now:%Y-%m-%d}"


def snapshot(call: Call) -> pl.Expr:
    """The day of the call, which the page does not bear."""
    return pl.lit(call.label.rpartition(" ")[2]).str.to_date("%Y-%m-%d")
