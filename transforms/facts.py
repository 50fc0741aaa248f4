"""The numbers that a briefing may print, each with its date, history, sources and query.

Nothing is printed that is not a Fact; what a Fact holds is decided here, how it is worded is
decided in the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

import polars as pl

from transforms.engine.metric import lineage
from transforms.formulas.expressions import MIN_RECORD_OBSERVATIONS
from transforms.issue.doubts import DOUBTS
from transforms.issue.missing import ABSENCE
from transforms.issue.staleness import Stale, staleness
from transforms.outlook.backtest import Outlook
from warehouse.errors import UnknownFact
from warehouse.storage.ddl import quoted

HIGHEST_SINCE = ("rsi_14", "close")
LARGEST_SINCE = ("margin_financing_change_1d", "margin_financing_change_20d")
RECORD = ("turnover_cny", "policy_frequency_30d")
PER_LISTING = "ipo_first_day_return"
# The datasets of priced series, and how the names of theirs look.
PRICED = {
    "index_daily": r"\.(SH|SZ|CSI|HK|US)$",
    "sector_daily": r"\.SW$",
    "board_daily": r" \(",
}

# What the article of January 2026 speaks of stays quotable in every later issue.
ARTICLE_DAYS = (date(2026, 1, 12), date(2026, 1, 13))
ARTICLE_UNICORNS = date(2025, 12, 31)
ARTICLE_LISTING = date(2026, 1, 9)

# A week is 5 observations of a daily series; sums per listing day, quarters and years have no week.
WEEK = 5
LAST_DAYS = 2
REGIME_GAP = 25.0
WITHOUT_WEEK = r"^(?:ipo_|unicorn_|earnings_|eps_)"


@dataclass(frozen=True)
class Fact:
    """One number: a value of one metric for one entity on one day, and what its history says.

    change_1w: value minus the value 5 observations before; first_observation: where the history
    starts; highest_since: last earlier day with a value at least as high; largest_since: last
    earlier day of the same sign at least as large; record, previous_record: whether all earlier
    values are lower, and the day of the highest of them. None where it does not apply, and where
    the history is too short to have a record (`has_record`).
    """

    fact_id: str
    metric: str
    entity: str
    observation_date: date
    value: float
    unit: str
    known_at: datetime
    n_obs: int
    first_observation: date
    sources: tuple[str, ...]
    query: str
    score: float | None = None
    percentile: float | None = None
    percentile_5y: float | None = None
    n: int | None = None
    coverage: float | None = None
    change_1w: float | None = None
    highest_since: date | None = None
    largest_since: date | None = None
    record: bool | None = None
    previous_record: date | None = None
    previous_record_value: float | None = None

    @property
    def depends_on_regime(self) -> bool:
        """Whether five years and the whole history rank the value so differently that both count.

        metrics.md 0.9: more than 25 points apart.
        """
        if self.percentile is None or self.percentile_5y is None:
            return False
        return abs(self.percentile - self.percentile_5y) > REGIME_GAP

    @property
    def has_record(self) -> bool:
        """Whether the history is long enough to speak of a record, or of «the highest since»."""
        return self.n_obs >= MIN_RECORD_OBSERVATIONS

    def as_dict(self) -> dict[str, object]:
        """The fact as plain JSON values, without the keys that do not apply."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fact:
        """The fact that as_dict wrote."""
        read: dict[str, Any] = dict(values)
        read |= {name: date.fromisoformat(read[name]) for name in _DAYS if name in read}
        read["known_at"] = datetime.fromisoformat(read["known_at"])
        read["sources"] = tuple(read["sources"])
        return cls(**read)


_DAYS = (
    "observation_date",
    "first_observation",
    "highest_since",
    "largest_since",
    "previous_record",
)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


class FactBook:
    """All facts of one issue, in the order of metric, entity and day; looked up by fact_id."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._by_id = {fact.fact_id: fact for fact in facts}
        self._latest = {(fact.metric, fact.entity): fact for fact in self._by_id.values()}

    def __getitem__(self, fact_id: str) -> Fact:
        """The fact of that id; UnknownFact with the nearest ids when there is none."""
        if fact_id not in self._by_id:
            raise UnknownFact(fact_id, list(self._by_id))
        return self._by_id[fact_id]

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._by_id.values())

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, fact_id: str) -> Fact | None:
        """The fact of that id, None when there is none."""
        return self._by_id.get(fact_id)

    def on(self, metric: str, entity: str, day: date) -> Fact:
        """The fact of that day; UnknownFact when there is none."""
        return self[fact_id(metric, entity, day)]

    def latest(self, metric: str, entity: str) -> Fact:
        """The newest fact of a series, whatever its date; UnknownFact when there is none."""
        if (metric, entity) not in self._latest:
            raise UnknownFact(f"{metric}/{entity}", ["/".join(key) for key in self._latest])
        return self._latest[metric, entity]

    def maybe_latest(self, metric: str, entity: str) -> Fact | None:
        """The newest fact of a series, None when there is none."""
        return self._latest.get((metric, entity))

    def of(self, metric: str) -> tuple[Fact, ...]:
        """All facts of a metric, by entity and day."""
        return tuple(fact for fact in self if fact.metric == metric)

    def as_dicts(self) -> list[dict[str, object]]:
        """All facts as plain JSON values."""
        return [fact.as_dict() for fact in self]


class Verdict(StrEnum):
    """What the data make of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    MISDATED = "misdated"
    WEAKENED = "weakened"
    BROKEN = "broken"
    UNTESTABLE = "cannot be tested"


@dataclass(frozen=True)
class ClaimCheck:
    """One claim as printed: the statement, the verdict, what the data said then and say now."""

    id: str
    statement: str
    statement_zh: str
    verdict: Verdict
    note: str
    note_zh: str
    then: tuple[Fact, ...]
    now: tuple[Fact, ...]


@dataclass(frozen=True)
class Substitute:
    """A text of a dataset with characters that the page cannot show: who bears it, how it is shown,
    and their code points.
    """

    dataset: str
    entity: str
    shown: str
    characters: tuple[str, ...]


@dataclass(frozen=True)
class Issue:
    """Everything that one briefing is rendered from.

    issue_id: 2026-W03 for the regular one of a week, 2026-01-13 for one between two of them;
    as_of: the day it stands for; requested: the day that was asked for (differs on holidays);
    cutoff: naive UTC; series: the metric frame of the last two years; health: one row per
    dataset (dataset, label, newest_observation, expected_observation, behind: trading days between
    them, known_at, fetched_at, sources, rows, state, read: whether a metric reads it); discrepancies: see
    transforms.issue.reconciliation; gaps: what no source offers (subject, since, why, instead);
    refusals: rows set aside in the month before (dataset, rule, rows, last);
    names: entity → Chinese name; name_origins: entity → the dataset that the name is from; movers:
    see transforms.issue.movers; outlook: see transforms.outlook.backtest; absent: what was not measured and why,
    see transforms.issue.missing; doubted: what is not fully believed, see transforms.issue.doubts; substituted:
    the texts that the page shows with substitutes, see templates.glyphs.
    """

    issue_id: str
    as_of: date
    requested: date
    cutoff: datetime
    facts: FactBook
    series: pl.DataFrame
    health: pl.DataFrame
    discrepancies: pl.DataFrame
    gaps: pl.DataFrame
    refusals: pl.DataFrame
    claims: tuple[ClaimCheck, ...]
    simulated: bool
    names: Mapping[str, str]
    movers: pl.DataFrame
    outlook: Outlook = field(default_factory=Outlook.empty)
    absent: pl.DataFrame = field(default_factory=ABSENCE.to_frame)
    doubted: pl.DataFrame = field(default_factory=DOUBTS.to_frame)
    name_origins: Mapping[str, str] = field(default_factory=dict)
    substituted: tuple[Substitute, ...] = ()

    @property
    def stale(self) -> Stale | None:
        """What stands still; then nothing may be said in the present tense."""
        return staleness(self.health)


def fact_id(metric: str, entity: str, day: date) -> str:
    """The stable name of a fact."""
    return f"{metric}/{entity}/{day.isoformat()}"


def facts(
    metric_frame: pl.DataFrame,
    as_of: date,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> FactBook:
    """The facts of an issue: each series on its last two days and on the days of the article.

    metric_frame: from evaluate(), as of the same day; sources: names of the sources by dataset.
    First-day returns are listed for the current and the previous month only.
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
    recent = day.rank("dense", descending=True).over("metric", "entity") <= LAST_DAYS
    listed_lately = day.dt.truncate("1mo") >= pl.lit(as_of).dt.truncate("1mo").dt.offset_by("-1mo")
    quoted = (
        day.is_in(ARTICLE_DAYS)
        | ((metric == "unicorn_growth_1y") & (day == ARTICLE_UNICORNS))
        | ((metric == PER_LISTING) & (day == ARTICLE_LISTING))
    )
    per_listing = metric == PER_LISTING
    return quoted | (per_listing & listed_lately) | (~per_listing & recent)


Histories = Mapping[tuple[object, ...], pl.DataFrame]


def _histories(metric_frame: pl.DataFrame, chosen: pl.DataFrame) -> Histories:
    """The whole series behind each fact whose rank in history is told."""
    told = pl.col("metric").is_in([*HIGHEST_SINCE, *LARGEST_SINCE, *RECORD])
    wanted = chosen.filter(told).select("metric", "entity").unique()
    return (
        metric_frame.select("metric", "entity", "observation_date", "value")
        .join(wanted, on=["metric", "entity"], how="semi")
        .partition_by("metric", "entity", as_dict=True, include_key=False)
    )


def origin(metric: str, entity: str) -> str:
    """The dataset in which the name of a measured series stands."""
    datasets = lineage(metric)
    own = [name for name, form in PRICED.items() if re.search(form, entity) and name in datasets]
    return own[0] if own else min(datasets, default="")


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
    told = {name: row[name] for name in Fact.__dataclass_fields__ if name in row}
    metric, entity, day = str(row["metric"]), str(row["entity"]), row["observation_date"]
    key = {"metric": metric, "entity": entity, "observation_date": day}
    history = histories.get((metric, entity))
    rank = {} if history is None else _rank(metric, history, day, row["value"])
    return Fact(
        fact_id=fact_id(metric, entity, day),
        sources=origins[metric, entity],
        query=stored_query("mart.metric", "value", as_of, key),
        **told,
        **rank,
    )


def stored_query(table: str, column: str, as_of: date, where: Mapping[str, object]) -> str:
    """The SQL that yields one number from the published warehouse: the column of the row so named."""
    named = "".join(f" AND {name} = {_literal(value)}" for name, value in where.items())
    return f"SELECT {column} FROM {table} WHERE as_of = DATE '{as_of}'{named}"


def _literal(value: object) -> str:
    """A value as SQL."""
    if isinstance(value, int):
        return str(value)
    return f"DATE '{value}'" if isinstance(value, date) else quoted(str(value))


def _rank(metric: str, history: pl.DataFrame, day: date, value: float) -> dict[str, Any]:
    """Where a value stands in the history before it: highest_since, largest_since or record."""
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
