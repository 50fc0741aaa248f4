"""Which rows of the metric frame an issue may print, as facts with their rank in history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import polars as pl

from transforms.axes.composite import AXES
from transforms.engine.evaluate import SERIES, other_series
from transforms.engine.metric import lineage
from transforms.facts import WEEK, Fact, FactBook, fact_id, stored_query
from transforms.formulas.expressions import MIN_RECORD_OBSERVATIONS
from transforms.issue.claims import ARTICLE, FRIDAY, MONDAY, UNICORNS

HIGHEST_SINCE = ("rsi_14", "close")
LARGEST_SINCE = ("margin_financing_change_1d", "margin_financing_change_20d")
RECORD = ("turnover_cny", "policy_frequency_30d")
FIRST_DAY = "ipo_first_day_return"
PER_LISTING = (FIRST_DAY, "ipo_a_first_day_return", "ipo_hk_raised_hkd", "ipo_a_raised_cny")
# The datasets of priced series, and how the names of theirs look.
PRICED = {
    "index_daily": r"\.(SH|SZ|CSI|HK|US)$",
    "sector_daily": r"\.SW$",
    "board_daily": r" \(",
}

LAST_DAYS = 2
# Scores that the page shows week by week.
WEEKLY = ("block_score", "indicator_score", *AXES.values())
WEEKS = 13
QUOTED = (MONDAY, ARTICLE, UNICORNS, FRIDAY)
# Of another few shares each day: those of the last day are facts.
PER_DAY = ("best_share_return_5d", "worst_share_return_5d")
# Sums per listing day, shares of notices, quarters and years have no week.
WITHOUT_WEEK = r"^(?:ipo_|unicorn_|earnings_|eps_|guidance_|flash_)"
Histories = Mapping[tuple[object, ...], pl.DataFrame]


def facts(
    metric_frame: pl.DataFrame,
    as_of: date,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> FactBook:
    """The facts of an issue: each series on its last two days and on the days of the article.

    Scores of axes, blocks and indicators are facts on the last day of each of thirteen weeks too.

    metric_frame: from evaluate(), as of the same day and in its order; sources: names of the
    sources by dataset. Figures of single listings are there for the current and the previous month
    only.
    """
    chosen = _chosen(metric_frame, as_of)
    past = _histories(metric_frame, chosen)
    series = chosen.select(SERIES).unique().iter_rows()
    origins = {(name, entity): _origins(name, entity, sources or {}) for name, entity in series}
    return FactBook([_fact(row, as_of, past, origins) for row in chosen.iter_rows(named=True)])


def _chosen(metric_frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows that become facts, with change_1w, and the first observation of their series."""
    change = pl.col("value") - pl.col("value").shift(WEEK)
    begun = metric_frame.filter(other_series(-1))
    return (
        metric_frame.with_columns(change_1w=pl.when(~other_series(-WEEK)).then(change))
        .filter(printable(metric_frame, as_of))
        .with_columns(pl.when(~pl.col("metric").str.contains(WITHOUT_WEEK)).then("change_1w"))
        .join(
            begun.select(*SERIES, first_observation="observation_date"),
            on=SERIES,
            how="left",
            maintain_order="left",
        )
    )


def printable(metric_frame: pl.DataFrame, as_of: date) -> pl.Series:
    """Which rows of a metric frame become facts, one truth value for each row.

    The frame must hold all of each series, in the order of evaluate().
    """
    metric, day = pl.col("metric"), pl.col("observation_date")
    month = (as_of.replace(day=1) - timedelta(days=1)).replace(day=1)  # the one before
    monday = as_of - timedelta(days=as_of.weekday(), weeks=WEEKS - 1)
    # Few of millions of rows come into question: only these are asked for their metric.
    rows = metric_frame.select(
        *SERIES, day, row=pl.int_range(pl.len()), recent=other_series(LAST_DAYS)
    ).filter(pl.col("recent") | (day >= min(month, monday)) | day.is_in(QUOTED))
    recent = (
        pl.when(metric.is_in(PER_DAY))
        .then(day == day.max().over("metric"))
        .otherwise(pl.col("recent"))
    )
    # What the article quotes stays printable in every later issue.
    quoted = (
        day.is_in([MONDAY, ARTICLE])
        | ((metric == "unicorn_growth_1y") & (day == UNICORNS))
        | ((metric == FIRST_DAY) & (day == FRIDAY))
    )
    per_listing = metric.is_in(PER_LISTING)
    week = day.dt.truncate("1w")
    closing = metric.is_in(WEEKLY) & (day >= monday) & (day == day.max().over("metric", week))
    chosen = rows.filter(
        quoted | closing | (per_listing & (day >= month)) | (~per_listing & recent)
    )
    return pl.int_range(metric_frame.height, eager=True).is_in(chosen["row"].implode())


def _histories(metric_frame: pl.DataFrame, chosen: pl.DataFrame) -> Histories:
    """The whole series behind each fact that has a rank in history."""
    ranked = pl.col("metric").is_in([*HIGHEST_SINCE, *LARGEST_SINCE, *RECORD])
    wanted = chosen.filter(ranked).select(SERIES).unique()
    return (
        metric_frame.select(*SERIES, "observation_date", "value")
        .filter(ranked)
        .join(wanted, on=SERIES, how="semi")
        .partition_by(SERIES, as_dict=True, include_key=False)
    )


def origin(metric: str, entity: str) -> str:
    """The dataset in which the name of a measured series stands."""
    datasets = lineage(metric)
    own = [name for name, form in PRICED.items() if re.search(form, entity) and name in datasets]
    return own[0] if own else min(datasets)


def _origins(metric: str, entity: str, sources: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The sources of all datasets that a series follows from.

    Metrics of prices read indices, sectors and boards alike; a series is in one of them only.
    """
    datasets = lineage(metric)
    own = {name for name, form in PRICED.items() if re.search(form, entity)}
    if own and PRICED.keys() <= datasets:
        datasets = datasets - (PRICED.keys() - own)
    return tuple(sorted({name for dataset in datasets for name in sources.get(dataset, ())}))


def _fact(
    row: Mapping[str, Any],
    as_of: date,
    histories: Histories,
    origins: Mapping[tuple[str, str], tuple[str, ...]],
) -> Fact:
    """The fact of one row of the metric frame."""
    taken = {name: row[name] for name in Fact.__dataclass_fields__ if name in row}
    metric, entity, day = str(row["metric"]), str(row["entity"]), row["observation_date"]
    key = {"metric": metric, "entity": entity, "observation_date": day}
    history = histories.get((metric, entity))
    ranked = {} if history is None else rank(metric, history, day, row["value"])
    return Fact(
        fact_id=fact_id(metric, entity, day),
        sources=origins[metric, entity],
        query=stored_query("mart.metric", "value", as_of, key),
        **taken,
        **ranked,
    )


def rank(metric: str, history: pl.DataFrame, day: date, value: float) -> dict[str, Any]:
    """Where a value stands in the history before it: highest_since, largest_since or record.

    history: the series' observation_date and value, later ones too; empty where it is too short.
    """
    earlier = history.filter(pl.col("observation_date") < day)
    if earlier.height + 1 < MIN_RECORD_OBSERVATIONS:
        return {}
    before = pl.col("value")
    if metric in HIGHEST_SINCE:
        return {"highest_since": _last_day(earlier, before >= value)}
    if metric in LARGEST_SINCE:
        same_sign = before.sign() == pl.lit(value).sign()
        return {"largest_since": _last_day(earlier, same_sign & (before.abs() >= abs(value)))}
    top = cast("float", earlier["value"].max())
    return {
        "record": value > top,
        "previous_record": _last_day(earlier, before == top),
        "previous_record_value": top,
    }


def _last_day(earlier: pl.DataFrame, where: pl.Expr) -> date | None:
    """The last of the earlier days for which the condition holds."""
    return cast("date | None", earlier.filter(where)["observation_date"].max())
