"""Evaluations: all that was measured and forecast of a day, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from warehouse.errors import InputRefused
from warehouse.records import forecasts
from warehouse.storage.store import Reader, Warehouse

PRINTED = (
    "mart.fact",
    "mart.finding",
    "mart.finding_number",
    "mart.finding_term",
    "mart.thesis",
    "mart.thesis_week",
    "mart.restatement",
    "mart.scenario",
    "mart.scenario_record",
    "mart.scenario_reliability",
    "mart.followed",
    "mart.followed_case",
    "mart.event_calendar",
    "meta.discrepancy",
    "meta.absence",
    "meta.doubt",
)
# Their rows bear the day of their evaluation, and are replaced when it is made again.
OF_A_DAY = (
    "mart.metric",
    "mart.study",
    "mart.state",
    "mart.turn",
    *PRINTED,
)
DECLARED = ("meta.weight", "meta.anchor")  # by the code, as meta.metric is; written anew each time
KEPT_DAYS = 31  # of each series, in evaluations before the newest: their own month


def write(
    warehouse: Warehouse, as_of: date, made_at: datetime, rows: Mapping[str, pl.DataFrame]
) -> None:
    """Replace the evaluation of a day, in one transaction; doing it twice changes nothing.

    rows: by table, without as_of (transforms.evaluation.Evaluation.rows); made_at: naive UTC.
    Of study events only the list of the last evaluation is kept: thousands, found anew each week.
    """
    made = {"evaluated_at": made_at, "rows": rows["mart.metric"].height}
    events = rows["mart.study_event"].with_columns(as_of=pl.lit(as_of))
    with warehouse.transaction():
        for table in OF_A_DAY:
            warehouse.replace(table, as_of, rows[table])
        warehouse.replace("mart.evaluation", as_of, pl.DataFrame([made]))
        thin(warehouse, as_of)
        warehouse.refill("mart.study_event", events)
        forecasts.settle(warehouse, rows["mart.forecast_score"])
        _remember(warehouse, rows["mart.remembered"])
        warehouse.describe(rows["meta.metric"].to_dicts())
        for table in DECLARED:
            warehouse.refill(table, rows[table])


def thin(warehouse: Warehouse, kept: date) -> None:
    """Evaluations but the newest and `kept` lose rows older than a month that no fact cites."""
    warehouse.connection.execute(
        "DELETE FROM mart.metric AS m WHERE m.as_of <> ? "
        "AND m.as_of NOT IN (SELECT max(as_of) FROM mart.evaluation) "
        "AND m.observation_date < m.as_of - to_days(?) AND NOT EXISTS ("
        "FROM mart.fact AS f WHERE (f.as_of, f.metric, f.entity, f.observation_date) "
        "= (m.as_of, m.metric, m.entity, m.observation_date))",
        [kept, KEPT_DAYS],
    )


def _remember(warehouse: Warehouse, results: pl.DataFrame) -> None:
    """Add results that nobody, not even an evaluation made meanwhile, has written."""
    known = warehouse.query("SELECT digest FROM mart.remembered")
    warehouse.append("mart.remembered", results.join(known, on="digest", how="anti"))


def remembered(reader: Reader) -> dict[str, tuple[float | None, ...]]:
    """What expensive steps of earlier evaluations gave, by digest."""
    rows = reader.query("SELECT digest, result FROM mart.remembered").iter_rows()
    return {digest: tuple(json.loads(result)) for digest, result in rows}


def newest(reader: Reader) -> date | None:
    """The latest day whose facts are stored, None before the first."""
    found: date | None = reader.query("SELECT max(as_of) FROM mart.fact").item()
    return found


def newest_with(reader: Reader, fact_id: str) -> date | None:
    """The latest day whose facts have this one, None where there is none."""
    sql = "SELECT max(as_of) FROM mart.fact WHERE fact_id = ?"
    found: date | None = reader.query(sql, [fact_id]).item()
    return found


def read(reader: Reader, as_of: date) -> dict[str, pl.DataFrame]:
    """What an issue prints of the evaluation of a day, by table.

    mart.metric is left out: of an older evaluation it is not whole. Raises InputRefused where
    nothing was measured.
    """
    rows = {table: reader.measured(table, as_of) for table in PRINTED}
    if rows["mart.fact"].is_empty():
        last = newest(reader)
        others = f" (the newest day that was is {last})" if last else ""
        raise InputRefused(
            f"nothing was measured as of {as_of}{others}; run `briefing run --as-of {as_of}` first"
        )
    return rows


def measured_at(reader: Reader, as_of: date) -> datetime | None:
    """When the evaluation of a day was made (naive UTC); None of one of an older version."""
    sql = "SELECT max(evaluated_at) FROM mart.evaluation WHERE as_of = ?"
    found: datetime | None = reader.value(sql, [as_of])
    return found


def newest_days(reader: Reader, as_of: date) -> pl.DataFrame:
    """The newest day of each series of an evaluation: metric, entity, since."""
    sql = (
        "SELECT metric, entity, max(observation_date) AS since FROM mart.fact WHERE as_of = ? "
        "GROUP BY ALL ORDER BY ALL"
    )
    return reader.query(sql, [as_of])


def restated(reader: Reader, fact_id: str) -> pl.DataFrame:
    """What later evaluations found changed of a fact, the oldest first: mart.restatement."""
    return reader.query("FROM mart.restatement WHERE fact_id = ? ORDER BY ALL", [fact_id])


def whole(reader: Reader, as_of: date) -> bool:
    """Whether mart.metric still has all rows that the evaluation of a day had."""
    sql = (
        "SELECT count(m.metric) = any_value(e.rows) FROM mart.evaluation AS e "
        "LEFT JOIN mart.metric AS m USING (as_of) WHERE e.as_of = ?"
    )
    return bool(reader.query(sql, [as_of]).item())
