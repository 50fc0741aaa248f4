"""Which rows of the metric frame an issue may print, as facts with their rank in history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import polars as pl

from transforms.axes.composite import AXES
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

    metric_frame: from evaluate(), as of the same day; sources: names of the sources by dataset.
    Figures of single listings are there for the current and the previous month only.
    """
    history = metric_frame.with_columns(
        change_1w=_week_change(),
        first_observation=pl.col("observation_date").min().over("metric", "entity"),
    )
    chosen = history.filter(printable(as_of))
    past = _histories(metric_frame, chosen)
    series = chosen.select("metric", "entity").unique().iter_rows()
    origins = {(name, entity): _origins(name, entity, sources or {}) for name, entity in series}
    return FactBook([_fact(row, as_of, past, origins) for row in chosen.iter_rows(named=True)])


def _week_change() -> pl.Expr:
    """Value minus the value five observations before, for daily series."""
    change = (pl.col("value") - pl.col("value").shift(WEEK)).over("metric", "entity")
    return pl.when(~pl.col("metric").str.contains(WITHOUT_WEEK)).then(change)


def printable(as_of: date) -> pl.Expr:
    """Whether a row of the metric frame becomes a fact; the frame must hold all of each series."""
    metric, day = pl.col("metric"), pl.col("observation_date")
    recent = (
        pl.when(metric.is_in(PER_DAY))
        .then(day == day.max().over("metric"))
        .otherwise(day.rank("dense", descending=True).over("metric", "entity") <= LAST_DAYS)
    )
    listed_lately = day.dt.truncate("1mo") >= pl.lit(as_of).dt.truncate("1mo").dt.offset_by("-1mo")
    # What the article quotes stays printable in every later issue.
    quoted = (
        day.is_in([MONDAY, ARTICLE])
        | ((metric == "unicorn_growth_1y") & (day == UNICORNS))
        | ((metric == FIRST_DAY) & (day == FRIDAY))
    )
    per_listing = metric.is_in(PER_LISTING)
    week = day.dt.truncate("1w")
    first = pl.lit(as_of).dt.truncate("1w").dt.offset_by(f"-{WEEKS - 1}w")
    closing = metric.is_in(WEEKLY) & (week >= first) & (day == day.max().over("metric", week))
    return quoted | closing | (per_listing & listed_lately) | (~per_listing & recent)


def _histories(metric_frame: pl.DataFrame, chosen: pl.DataFrame) -> Histories:
    """The whole series behind each fact that has a rank in history."""
    ranked = pl.col("metric").is_in([*HIGHEST_SINCE, *LARGEST_SINCE, *RECORD])
    wanted = chosen.filter(ranked).select("metric", "entity").unique()
    return (
        metric_frame.select("metric", "entity", "observation_date", "value")
        .join(wanted, on=["metric", "entity"], how="semi")
        .partition_by("metric", "entity", as_dict=True, include_key=False)
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
