"""What is true of the week for page 1, in no language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TypeVar

import polars as pl

from templates.format import Number
from templates.issue_view import LATE_STATES, History, blocks, counted, history, latest
from templates.sections.verdict.shifts import Shift, shift
from templates.wording.speller import Speller
from transforms.ahead.entry import Entry
from transforms.ahead.entry import Kind as Sort
from transforms.axes.attribution import attribution, by_block
from transforms.axes.composite import AXES, WEIGHTS, WHOLE
from transforms.axes.regimes import quadrants
from transforms.facts import WEEK, Fact
from transforms.findings.finding import Finding
from transforms.findings.finding import Number as Figure
from transforms.findings.span import FULL_WEEK, Kind
from transforms.formulas.printed_value import whole
from transforms.issue.issue import Issue, once_an_issue
from transforms.outlook.aftermath import Aftermath
from transforms.outlook.followed import FEWEST_CASES
from transforms.outlook.readings import SOURCES
from transforms.prepared.indices import SHANGHAI_COMPOSITE, STAR_50

WEEKS = 13  # marks of the map, one a week
STALE_AFTER = 2
NAMED = 3  # late inputs that the foot names
ALL = 1 - 1e-9  # of a weight
SPARK_DAYS, FEWEST_POINTS = 250, 5
HOT_RANK = 90.0  # percentile from which a rank is told in the colour of heat
OTHER = ", 09:30"  # what an entry has beside its title
LINES, LETTERS = 11, 27  # of a list in a third of the page; letters of one of its lines

# Which entries of the calendar come first where there is no room for all.
WEIGHT = {Sort.POLICY: 0, Sort.STATISTICS: 1, Sort.RATE: 1, Sort.MEETING: 1, Sort.CALENDAR: 1,
          Sort.CLOSED: 2, Sort.REPORTS: 2}  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True)
class Axis:
    """One of the two scores on the newest day that anything is known of it.

    - fact: the score, None where too little of its weight has data; then `within` is between which
      two values it must lie
    - spread: where four fifths of other weights would put it, on the same day
    - blocks: the highest first; mover: the block that moved it most, over five sessions
    """

    side: str
    day: date
    fact: Fact | None
    within: tuple[Fact, Fact] | None
    spread: tuple[Fact, Fact] | None
    blocks: tuple[Fact, ...]
    mover: str | None

    @property
    def read(self) -> float:
        """The share of the whole axis that has readings: of its blocks, and inside of each."""
        shares = (1.0 if b.coverage is None else b.coverage for b in self.blocks)
        return sum(WEIGHTS[b.entity] / WHOLE * c for b, c in zip(self.blocks, shares, strict=True))

    @property
    def read_told(self) -> Number:
        """That share in whole per cent; all of it is 100% and nothing less is."""
        shown = whole(self.read * 100)
        return Number(f"{min(shown, 99) if self.read < ALL else shown}%", f"axis#{self.side}/read")

    @property
    def known(self) -> Fact | None:
        """The score, or the lower end of its range; None where nothing is known."""
        return self.fact or (self.within[0] if self.within else None)


@dataclass(frozen=True)
class Reach:
    """A score on one day, and between which values it must lie; equal ones where it is known."""

    value: float
    low: float
    high: float

    @property
    def partial(self) -> bool:
        """Whether only the range is known, of which the value is the middle."""
        return self.low < self.high


@dataclass(frozen=True)
class Mark:
    """Where the market stood at the end of a week."""

    day: date
    momentum: Reach
    heat: Reach


@dataclass(frozen=True)
class Position:
    """Where the market stands: its state, and the weeks that led there.

    state: None where an axis is not known; marks: empty where nothing is known of an axis, or
    nothing new; shifts: the newest of each axis that a reader would see on the map.
    """

    momentum: Axis | None
    heat: Axis | None
    state: str | None
    since: date | None
    day: date | None
    marks: tuple[Mark, ...]
    shifts: tuple[Shift, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether the last mark is a range, not a point."""
        return bool(self.marks) and (self.marks[-1].momentum.partial or self.marks[-1].heat.partial)


@dataclass(frozen=True)
class Place:
    """What stands in one of the six places every week.

    finding: the kind that tells its move, whose percentile is told where levels only grow.
    """

    key: str
    metric: str
    entity: str
    finding: str = ""


PLACES = (
    Place("rsi", "rsi_14", SHANGHAI_COMPOSITE),
    Place("margin", "margin_financing_balance_cny", "CN", "financing_change"),
    Place("star", "close", STAR_50, "index_change"),
    Place("turnover", "turnover_5d_cny", "SSE+SZSE"),
    Place("above", "share_above_ma50", "tech"),
    Place("raised", "ipo_hk_proceeds_90d_hkd", "HK", "proceeds"),
)


@dataclass(frozen=True)
class Reading:
    """A place with what is known: its newest value, its move, and its course of a year."""

    place: Place
    fact: Fact | None
    moved: Finding | None
    past: History
    in_week: bool

    @property
    def top(self) -> bool:
        """Whether nothing in its history is as high, as its percentile says."""
        return _is_end(self.fact, top=True)

    @property
    def bottom(self) -> bool:
        """Whether nothing in its history is as low."""
        return _is_end(self.fact, top=False)

    @property
    def rank(self) -> float | None:
        """The percentile that is told: of the move of what only grows, else of the level."""
        told = self.fact.percentile if self.fact else None
        if told is None or self.top or self.bottom or self.moved is None:
            return told
        return self.moved.rarity.percentile


def _is_end(fact: Fact | None, *, top: bool) -> bool:
    if fact is None or fact.percentile is None or not fact.has_record:
        return False
    half = 50.0 / fact.n_obs + 1e-9
    return fact.percentile >= 100 - half if top else fact.percentile <= half


@dataclass(frozen=True)
class After:
    """What followed one reading of the issue on one index, by horizon; looked: of how many."""

    horizons: tuple[Aftermath, ...]
    outcomes: tuple[tuple[float, ...], ...]
    looked: int

    @property
    def few(self) -> bool:
        """Whether there are too few cases for a median."""
        return all(one.median is None for one in self.horizons)


@dataclass(frozen=True)
class Overdue:
    """An input whose newest value is older than it should be."""

    dataset: str
    label: str
    day: date


@dataclass(frozen=True)
class Health:
    """How many inputs are where they should be or never came, which are late, what was restated."""

    fresh: Number
    never: Number
    total: Number
    late: tuple[Overdue, ...]
    restated: int


@once_an_issue
def position(issue: Issue) -> Position:
    """The state, both axes and the way there."""
    states = quadrants(issue.series)
    momentum, heat = (_axis(issue, side) for side in ("momentum", "heat"))
    marks = _marks(issue)
    if not issue.stale and not _reaches(issue, marks[-1].day if marks else None):
        marks, states = (), states.clear()
    # A state of an earlier day than the last mark is not the state of now.
    if states.height and marks and states["observation_date"].item(-1) < marks[-1].day:
        states = states.clear()
    return Position(
        momentum,
        heat,
        states["state"].item(-1) if states.height else None,
        _since(states),
        marks[-1].day if marks else None,
        marks,
        tuple(filter(None, (shift(issue, side, [mark.day for mark in marks]) for side in AXES))),
    )


def _reaches(issue: Issue, last: date | None) -> bool:
    """Whether the scores reach the newest sessions of the index."""
    sessions = history(issue, "close", SHANGHAI_COMPOSITE).days[-STALE_AFTER:]
    return bool(last and sessions and last >= sessions[0])


def _since(states: pl.DataFrame) -> date | None:
    """The first day of the present state; None if it has lasted as long as the series."""
    if states.is_empty() or states["since"].item(-1) == states["observation_date"].item(0):
        return None
    since: date = states["since"].item(-1)
    return since


def _marks(issue: Issue) -> tuple[Mark, ...]:
    """The end of each of the last weeks on which both axes are known, at least as ranges."""
    momentum, heat = (_reaches_of(issue, AXES[side]) for side in ("momentum", "heat"))
    days = sorted(momentum.keys() & heat.keys())
    ends = History(days, [0.0] * len(days)).weekly(WEEKS).days
    return tuple(Mark(day, momentum[day], heat[day]) for day in ends)


def _reaches_of(issue: Issue, metric: str) -> dict[date, Reach]:
    low, high = (history(issue, f"{metric}_{end}", "CN") for end in ("low", "high"))
    tops = dict(zip(high.days, high.values, strict=True))
    ranges = {
        day: Reach((bottom + tops[day]) / 2, bottom, tops[day])
        for day, bottom in zip(low.days, low.values, strict=True)
        if day in tops
    }
    known = history(issue, metric, "CN")
    scores = zip(known.days, known.values, strict=True)
    return ranges | {day: Reach(value, value, value) for day, value in scores}


def _axis(issue: Issue, side: str) -> Axis | None:
    metric = AXES[side]
    fact, *ends = (latest(issue, f"{metric}{end}", "CN") for end in ("", "_low", "_high"))
    known = [one.observation_date for one in (fact, ends[0]) if one]
    if not known:
        return None
    day = max(known)
    if fact and fact.observation_date < day:
        fact = None
    within = tuple(one for one in ends if one and one.observation_date == day)
    spread = [latest(issue, f"{metric}_{end}", "CN") for end in ("p10", "p90")]
    on_day = tuple(one for one in spread if one and one.observation_date == day)
    return Axis(
        side,
        day,
        fact,
        (within[0], within[1]) if fact is None and len(within) == 2 else None,
        (on_day[0], on_day[1]) if fact and len(on_day) == 2 else None,
        tuple(one for one in blocks(issue, side) if one.observation_date == day),
        _mover(issue, side, fact) if fact else None,
    )


def _mover(issue: Issue, side: str, fact: Fact) -> str | None:
    """The block that moved the axis most, in its own direction, over the last five sessions."""
    days = history(issue, fact.metric, fact.entity).days
    if fact.change_1w is None or len(days) <= WEEK or round(fact.change_1w) == 0:
        return None
    parts = by_block(attribution(issue.series, side, days[-1 - WEEK], days[-1]))
    same_way = parts.filter(pl.col("contribution").sign() == pl.lit(fact.change_1w).sign())
    return same_way["block"].item(0) if same_way.height else None


def tiles(issue: Issue) -> tuple[Reading, ...]:
    """The six places."""
    return tuple(_reading(issue, place) for place in PLACES)


def _reading(issue: Issue, place: Place) -> Reading:
    fact = latest(issue, place.metric, place.entity)
    span = issue.span
    whole = span is not None and span.kind is Kind.WEEK and len(span) == FULL_WEEK
    moved = [f for f in issue.findings if (f.kind, f.entity) == (place.finding, place.entity)]
    current = [f for f in moved if fact and _moves(f).day == fact.observation_date]
    past = history(issue, place.metric, place.entity).last(SPARK_DAYS)
    return Reading(
        place,
        fact,
        current[0] if current else None,
        past if len(past) >= FEWEST_POINTS else History([], []),
        bool(whole and span and fact and fact.observation_date == span.last),
    )


def _moves(one: Finding) -> Figure:
    """The number of a finding that says how much a place moved."""
    return one.numbers["change"] if "change" in one.numbers else one.numbers["raised"]


def role(one: Finding) -> str | None:
    """Which number of a finding its rarity is of; None where none is ranked."""
    if one.kind == "breadth_flip":  # it is ranked by the step between its two numbers
        return None
    source = SOURCES.get(one.kind)
    if source and source.role in one.numbers:
        return source.role
    return next((name for name in RANKED_BY if name in one.numbers), None)


RANKED_BY = ("change", "total", "rising", "raised", "level", "median", "rate", "count")


def events(issue: Issue) -> tuple[Finding, ...]:
    """What was announced in the span, or came into force in it: the rarest, by day."""
    rare = sorted(issue.events, key=lambda one: -one.surprise)
    told = [f"{one.terms['body']}: {one.terms['title_en']}{_in_force(one)}" for one in rare]
    kept = _that_fit(rare, told)
    return tuple(one for one in issue.events if any(one is other for other in kept))


def _in_force(one: Finding) -> str:
    late = one.terms.get("effective", "") not in ("", one.terms.get("announced", ""))
    return " " * len("; in force on 19 Jan") if late else ""


def ahead(issue: Issue) -> tuple[Entry, ...]:
    """What the list of the next two weeks has room for, by day: what moves all shares first."""
    first = sorted(issue.ahead, key=lambda one: WEIGHT.get(one.kind, 3))
    kept = _that_fit(first, [f"{one.title_en}{OTHER}" for one in first])
    return tuple(one for one in issue.ahead if any(one is other for other in kept))


def _that_fit(items: Sequence[T], texts: Sequence[str]) -> list[T]:
    """The first ones that fit in the lines of a list, by their English length in any language."""
    kept, lines = [], 0
    for one, text in zip(items, texts, strict=True):
        lines += ceil(len(text) / LETTERS)
        if lines <= LINES:
            kept.append(one)
    return kept


def scenario(issue: Issue) -> tuple[Fact, Fact] | None:
    """How often STAR 50 ended 60 sessions higher without a fall of 10%, and fell 20% on the way."""
    calm, deep = (latest(issue, f"{one}_60d", STAR_50) for one in ("continuation", "bust"))
    return (calm, deep) if calm and deep else None


def after(issue: Issue) -> After | None:
    """What followed the reading that tells most: of the rarest finding with enough cases.

    The order of readings and the two indices are fixed before any outcome is known: the first of
    them that has enough cases is told, or else the first of all.
    """
    groups = _groups(issue.followed)
    if not groups:
        return None
    told = next((g for g in groups if any(one.median for one in g)), groups[0])
    return After(told, tuple(_outcomes(issue, one) for one in told), len(groups))


def _groups(rows: Iterable[Aftermath]) -> list[tuple[Aftermath, ...]]:
    """The horizons of each reading and index: the findings of the week, then the state."""
    found: dict[tuple[str, str, str], list[Aftermath]] = {}
    for one in rows:
        found.setdefault((one.kind, one.entity, one.measured_on), []).append(one)
    lasting = ("state", "momentum", "heat")
    ordered = sorted(found, key=lambda key: (key[0] in lasting, lasting.index(key[0])
                                             if key[0] in lasting else 0))  # fmt: skip
    return [tuple(found[key]) for key in ordered]


def _outcomes(issue: Issue, one: Aftermath) -> tuple[float, ...]:
    key = {"kind": one.kind, "entity": one.entity, "measured_on": one.measured_on}
    return tuple(issue.outlook.followed.cases.filter(horizon=one.horizon, **key)["realised"])


def health(issue: Issue) -> Health:
    """The data behind the issue."""
    read = issue.health.filter("read").sort("dataset")
    behind = read.filter(pl.col("state").is_in(LATE_STATES))
    came = behind.drop_nulls("newest_observation")
    names = ("dataset", "label", "newest_observation")
    return Health(
        counted(read.height - behind.height, "health#fresh"),
        counted(behind.height - came.height, "health#never"),
        counted(read.height, "health#all"),
        tuple(Overdue(*row) for row in came.select(names).iter_rows()),
        issue.restatements.height,
    )


def is_few(one: Aftermath) -> bool:
    """Whether a median would be of too few cases."""
    return one.cases.value < FEWEST_CASES


def dated(one: Finding) -> date:
    """The day of an event: on which it was announced, or else came into force."""
    days = [one.terms.get(name, "") for name in ("announced", "effective")]
    return next((date.fromisoformat(day) for day in days if day), one.numbers["weeks"].day)


def by_day(entries: Iterable[Entry]) -> Iterator[tuple[date, list[Entry]]]:
    """The entries of each day."""
    found: dict[date, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.day, []).append(one)
    yield from found.items()


def named(title: str, s: Speller) -> str:
    """A title with its companies by the names that they have here."""
    found = {name: code for code, name in s.names.items() if len(name) > 2 and name in title}
    if not found:
        return title
    longest_first = sorted(found, key=lambda name: (-len(name), name))
    any_of_them = "|".join(map(re.escape, longest_first))
    return re.sub(any_of_them, lambda hit: s.company(found[hit[0]]), title)
