"""The forecasts of issues: frozen as printed, scored when their horizon is over.

Rows are only ever added. A forecast is written once per date, whatever is measured again later; its
score once, by the first evaluation that knows the last close of its horizon.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from warehouse.catalog import cutoff
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.mart import Call

TIMELY = timedelta(days=7)  # later than that, a forecast may know what came
KEY = Call.primary_key()


def freeze(
    warehouse: Warehouse, issue_id: str, as_of: date, made_at: datetime, printed: pl.DataFrame
) -> int:
    """Write the forecasts of an issue, unless that day has some already; how many were written.

    printed: the columns of mart.forecast without issue_id, as_of, made_at (naive UTC) and in_time.
    """
    before = warehouse.query("SELECT count(*) FROM mart.forecast WHERE as_of = ?", [as_of]).item()
    if before or printed.is_empty():
        return 0
    timely = made_at <= cutoff(as_of) + TIMELY
    rows = printed.with_columns(
        issue_id=pl.lit(issue_id),
        as_of=pl.lit(as_of),
        made_at=pl.lit(made_at, pl.Datetime("us")),
        in_time=pl.lit(timely),
    )
    warehouse.append("mart.forecast", rows)
    return rows.height


def earlier(reader: Reader, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The forecasts of issues before a day: those without a score, and those with one."""
    return unscored(reader, as_of), scored(reader, as_of)


def unscored(reader: Reader, as_of: date) -> pl.DataFrame:
    """The forecasts of earlier issues that have no score."""
    return reader.query(
        f"SELECT f.* FROM mart.forecast f ANTI JOIN mart.forecast_score s USING ({', '.join(KEY)}) "
        "WHERE f.as_of < ? ORDER BY ALL",
        [as_of],
    )


def scored(reader: Reader, as_of: date) -> pl.DataFrame:
    """The forecasts made in time whose horizon had passed by a day, each with its score."""
    return reader.query(
        f"SELECT f.*, s.* EXCLUDE ({', '.join(KEY)}) FROM mart.forecast f "
        f"JOIN mart.forecast_score s USING ({', '.join(KEY)}) "
        "WHERE f.in_time AND s.due <= ? ORDER BY ALL",
        [as_of],
    )


def settle(warehouse: Warehouse, scores: pl.DataFrame) -> None:
    """Write scores, each once, whoever scored the forecast first; use it in a transaction."""
    scored = warehouse.query(f"SELECT {', '.join(KEY)} FROM mart.forecast_score")
    warehouse.append("mart.forecast_score", scores.join(scored, on=KEY, how="anti"))
