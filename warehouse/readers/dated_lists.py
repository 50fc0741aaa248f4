"""Lists that carry their own dates: how their months are written, and whether they are up to date.

A statistic is asked for once in a while, and its whole history comes at once. An upstream that has
stopped answers for years with a list that nothing is wrong with but its end.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from warehouse.catalog import Call
from warehouse.errors import SourceEmpty

A_WEEK = timedelta(days=10)  # with a long holiday in it, and weekends at both ends
A_MONTH = timedelta(days=31)


def month(column: str) -> pl.Expr:
    """The first day of a month written 2026年10月份, 2026.10, 2026-10 or 202610."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    parts = text.str.extract_groups(r"^(\d{4})[年.\-]?(\d{1,2})(?:月份?)?$")
    number = parts.struct["2"].str.zfill(2)
    return pl.concat_str(parts.struct["1"], number, pl.lit("01"), separator="-").str.to_date()


def due_month(call: Call) -> date:
    """The newest month of which there must be figures: that of the newest day wanted."""
    return max(call.days).replace(day=1)


def up_to_date(rows: pl.DataFrame, column: str, oldest: date) -> pl.DataFrame:
    """The rows, if the newest is not older than that.

    Raises SourceEmpty for a list that has not been kept up.
    """
    newest: date | None = rows[column].max()  # type: ignore[assignment]
    if newest is None or newest < oldest:
        raise SourceEmpty(
            f"the list ends with {newest}, and there must be figures for {oldest} or later; the "
            "upstream has stopped updating it"
        )
    return rows
