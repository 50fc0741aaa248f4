"""What is true of the market this week, in no language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from templates.format import INDEX_NAMES
from templates.issue_view import History, earlier, history, latest, newest_of_each
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.findings.span import FULL_WEEK
from transforms.formulas.printed_value import printed
from transforms.issue.issue import Issue
from transforms.prepared.indices import SHANGHAI_COMPOSITE

PRICE_DAYS, BAR_DAYS, BREADTH_DAYS, AVERAGE_DAYS = 340, 90, 40, 120
HIGH_AFTER_DAYS = 250
HALF = 0.5
FLIPPED_BY = 0.2  # crossing one half by less is no turn
MARKETS = "SSE+SZSE"
DEFLATED = ("turnover_to_tradable_cap", "turnover_vs_250d")

PriceState = Literal["high", "stepped_back", "below", "young"]
AverageState = Literal["both", "long_only", "short_only", "neither"]
Event = Literal["lowest", "highest", "best_day", "worst_day"]


@dataclass(frozen=True)
class IndexRow:
    """One index: its move over the span, and readings of its last day; None where unknown.

    above: how far it stands above its mean of 200 days;

    week: the move as a finding, of the indices whose moves are watched; five: that of five sessions
    of the others, where the span has as many.
    """

    code: str
    close: Fact | None
    week: Finding | None
    five: Fact | None
    month: Fact | None
    year: Fact | None
    above: Fact | None
    strength: Fact | None
    weekly: Fact | None
    valuation: Fact | None
    valuation_rank: Fact | None


@dataclass(frozen=True)
class Indices:
    """All followed indices, the best of the span first, those without a move last.

    day: the one that the table is of; indices that end on another one bear it.
    """

    rows: tuple[IndexRow, ...]
    day: date | None

    @property
    def moved(self) -> tuple[IndexRow, ...]:
        """Those with a move over the span."""
        return tuple(row for row in self.rows if row.week)


@dataclass(frozen=True)
class Mark:
    """A day of the price that stands out, and by what."""

    event: Event
    index: int
    day: date
    value: float


@dataclass(frozen=True)
class Price:
    """The Shanghai Composite: where its close stands; before: the day before."""

    state: PriceState
    close: Fact
    before: Fact | None
    high_day: date
    past: History
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Turnover:
    """Money traded a day, against the record; deflated: freed of the market's growth."""

    fact: Fact
    in_a_row: bool
    deflated: Fact | None
    past: History


@dataclass(frozen=True)
class Risers:
    """Share of technology stocks that rose, day by day; flipped: whether most turned."""

    fact: Fact
    before: Fact | None
    flipped: bool
    past: History


@dataclass(frozen=True)
class Averages:
    """Shares of stocks above their 50- and 200-day averages, of technology or of all."""

    state: AverageState
    short: Fact
    long: Fact
    entity: str
    past: History
    slow: tuple[float | None, ...]


def move(row: IndexRow) -> float:
    """The move of an index over the span, as it is printed; minus infinity where there is none."""
    change = row.week.numbers["change"] if row.week else row.five
    return float(printed(change.value, change.unit)) if change else float("-inf")


def _exactly(row: IndexRow) -> float:
    change = row.week.numbers["change"] if row.week else row.five
    return change.value if change else float("-inf")


def indices(issue: Issue) -> Indices:
    """The table of indices."""
    followed = {fact.entity for fact in newest_of_each(issue, "close")}
    ordered = [c for c in INDEX_NAMES if c in followed] + sorted(followed - INDEX_NAMES.keys())
    weeks = {one.entity: one for one in issue.findings if one.kind == "index_change"}
    five = issue.span is not None and len(issue.span) == FULL_WEEK and bool(weeks)
    found = [_row(issue, code, weeks.get(code), five=five) for code in ordered]
    day = next((row.close.observation_date for row in found if row.close), None)
    return Indices(tuple(sorted(found, key=_exactly, reverse=True)), day)


def _row(issue: Issue, code: str, week: Finding | None, *, five: bool) -> IndexRow:
    close, moved = latest(issue, "close", code), latest(issue, "return_5d", code)
    level = close and moved and close.observation_date == moved.observation_date
    names = ("return_mtd", "return_250d", "close_vs_ma200", "rsi_14", "rsi_14_weekly", "pe_ttm",
             "pe_ttm_percentile_10y")  # fmt: skip
    return IndexRow(
        code,
        close,
        week,
        moved if five and level and week is None else None,
        *(latest(issue, name, code) for name in names),
    )


def price_state(close: Fact, before: Fact | None) -> PriceState:
    """Whether the close is a high of at least a year, was one the day before, or neither; a young
    series has no highs.
    """
    if not close.has_record:
        return "young"
    if _is_high(close):
        return "high"
    return "stepped_back" if before is not None and _is_high(before) else "below"


def _is_high(fact: Fact) -> bool:
    since = fact.highest_since
    if since is None:
        return fact.has_record
    return (fact.observation_date - since).days >= HIGH_AFTER_DAYS * 7 / 5


def price(issue: Issue) -> Price | None:
    """The course of the Shanghai Composite; None without one."""
    close = latest(issue, "close", SHANGHAI_COMPOSITE)
    past = history(issue, "close", SHANGHAI_COMPOSITE).last(PRICE_DAYS)
    if close is None or len(past) < 2:
        return None
    before = earlier(issue, "close", SHANGHAI_COMPOSITE)
    top = max(range(len(past)), key=past.values.__getitem__)
    return Price(
        price_state(close, before), close, before, past.days[top], past, tuple(_marks(past, top))
    )


def _marks(past: History, top: int) -> Iterable[Mark]:
    """The days that stand out, oldest first; a day stands out by one thing only."""
    steps = [new / old for old, new in pairwise(past.values)]
    places: dict[int, Event] = {top: "highest"}
    bottom = min(range(len(past)), key=past.values.__getitem__)
    best = max(range(len(steps)), key=steps.__getitem__) + 1
    worst = min(range(len(steps)), key=steps.__getitem__) + 1
    places.setdefault(bottom, "lowest")
    if steps[best - 1] > 1:
        places.setdefault(best, "best_day")
    if steps[worst - 1] < 1:
        places.setdefault(worst, "worst_day")
    for index, event in sorted(places.items()):
        yield Mark(event, index, past.days[index], past.values[index])


def turnover(issue: Issue) -> Turnover | None:
    """What was traded a day; None without a value."""
    fact, before = (find(issue, "turnover_cny", MARKETS) for find in (latest, earlier))
    past = history(issue, "turnover_cny", MARKETS).last(BAR_DAYS)
    if fact is None or not len(past):
        return None
    in_a_row = bool(fact.record and before and before.record)
    free = [latest(issue, metric, MARKETS) for metric in DEFLATED]
    ranked = [one for one in free if one is not None and one.percentile is not None]
    return Turnover(fact, in_a_row, ranked[0] if ranked else None, past)


def risers(issue: Issue) -> Risers | None:
    """How many technology shares rose; None without a value."""
    fact, before = (find(issue, "breadth_up_share", "tech") for find in (latest, earlier))
    past = history(issue, "breadth_up_share", "tech").last(BREADTH_DAYS)
    if fact is None or not len(past):
        return None
    crossed = before is not None and (fact.value > HALF) != (before.value > HALF)
    flipped = crossed and before is not None and abs(fact.value - before.value) >= FLIPPED_BY
    return Risers(fact, before, flipped, past)


def average_state(short: float, long: float) -> AverageState:
    """Where most shares stand: above both averages, one, or neither."""
    if short > HALF:
        return "both" if long > HALF else "short_only"
    return "long_only" if long > HALF else "neither"


def averages(issue: Issue) -> Averages | None:
    """How many shares stand above their averages; None without a value."""
    for entity in ("tech", "all"):
        short, long = (latest(issue, f"share_above_ma{n}", entity) for n in (50, 200))
        past = history(issue, "share_above_ma50", entity).last(AVERAGE_DAYS)
        if short and long and len(past) > 1:
            slow = history(issue, "share_above_ma200", entity)
            by_day = dict(zip(slow.days, slow.values, strict=True))
            return Averages(
                average_state(short.value, long.value),
                short,
                long,
                entity,
                past,
                tuple(by_day.get(day) for day in past.days),
            )
    return None
