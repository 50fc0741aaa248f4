"""What is true of earnings and of what shares cost against them, in no language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from templates.issue_view import History, earlier, history, latest, newest_of_each
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.formulas.printed_value import printed_rank
from transforms.issue.issue import Issue
from transforms.prepared.indices import CSI_300, STAR_50

CHINA, AMERICA = "CN7", "M7"
QUARTERS = 12  # of the picture of growth, at the most
DAYS = 490  # sessions of the band and of the premium: two years
DEAR = 90  # percentile from which an index is in its dearest tenth
YEAR, QUARTER, NEAR = timedelta(days=365), timedelta(days=100), timedelta(days=14)
ROWS = (
    ("earnings_growth_a_shares", "tech"),
    ("earnings_growth_a_shares", "all"),
    ("guidance_rising_share", "tech"),
    ("flash_rising_share", "tech"),
    ("eps_revision_breadth_90d", "all"),
    ("eps_growth_expected_median", "tech"),
    ("earnings_growth_expected", CHINA),
)
# A year of notices and snapshots: what is older is told no more.
OLDEST = timedelta(days=366)

Span = Literal["four quarters", "quarter"]
Place = Literal["above", "within", "below", "unknown"]


@dataclass(frozen=True)
class Side:
    """Growth of one basket, oldest first; its fact, whose n counts its companies."""

    fact: Fact
    past: History


@dataclass(frozen=True)
class Growth:
    """Net profit on a year before of both sevens, histories of equal length where both have one.

    quarter: growth of the last quarter alone, where the picture is of four; gap: China's less
    America's, of that quarter.
    """

    span: Span
    china: Side | None
    america: Side | None
    quarter: tuple[Fact, Fact] | None
    gap: Fact | None

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those that have a figure, China first."""
        return tuple(side for side in (self.china, self.america) if side)


@dataclass(frozen=True)
class Multiple:
    """The P/E of one index and its rank in ten years, now and a year ago; usual: the band in which
    eight in ten days of its history lie.
    """

    code: str
    ratio: Fact
    rank: Fact
    before: float | None
    usual: tuple[Fact, Fact] | None

    @property
    def dear(self) -> bool:
        """Whether it prints in the dearest tenth of its own history."""
        return printed_rank(self.rank.value) >= DEAR


@dataclass(frozen=True)
class Multiples:
    """The indices with a rank, the dearest first; unranked: how many are too young for one."""

    rows: tuple[Multiple, ...]
    unranked: int

    @property
    def dear(self) -> int:
        """How many are in the dearest tenth of their histories."""
        return sum(row.dear for row in self.rows)

    @property
    def before(self) -> tuple[float, ...]:
        """The ranks of a year ago, of those that had one."""
        return tuple(row.before for row in self.rows if row.before is not None)

    @property
    def dear_before(self) -> int:
        """How many of them were in their dearest tenth then."""
        return sum(printed_rank(rank) >= DEAR for rank in self.before)


@dataclass(frozen=True)
class Band:
    """The P/E of STAR 50 over two years, and its low, middle and high of ten years, by day."""

    fact: Fact
    past: History
    edges: tuple[Fact, Fact, Fact] | None
    lines: tuple[tuple[float | None, ...], ...]

    @property
    def place(self) -> Place:
        """Where it stands beside the band, as it prints."""
        if self.edges is None:
            return "unknown"
        low, _, high = (round(edge.value, 1) for edge in self.edges)
        ratio = round(self.fact.value, 1)
        return "above" if ratio > high else "below" if ratio < low else "within"


@dataclass(frozen=True)
class Premium:
    """The equity risk premium of the CSI 300 over two years."""

    fact: Fact
    past: History


@dataclass(frozen=True)
class Said:
    """What companies or analysts say: the newest value, and the one before."""

    metric: str
    entity: str
    fact: Fact
    before: Fact | None


def told(issue: Issue, kind: str) -> Finding | None:
    """The finding of a kind that the span brought."""
    return next((one for one in issue.findings if one.kind == kind), None)


def growth(issue: Issue) -> Growth | None:
    """Growth over four quarters if both baskets have it, else of quarters; None without any."""
    four = _growth(issue, "earnings_growth_ttm", "four quarters")
    single = _growth(issue, "earnings_growth", "quarter")
    if four and len(four.sides) == 2:
        return four
    return max((one for one in (single, four) if one), key=lambda one: len(one.sides), default=None)


def _growth(issue: Issue, metric: str, span: Span) -> Growth | None:
    found = {name: latest(issue, metric, name) for name in (CHINA, AMERICA)}
    past = {name: history(issue, metric, name) for name in (CHINA, AMERICA)}
    there = [name for name in (CHINA, AMERICA) if found[name] and len(past[name])]
    if not there:
        return None
    first = max(past[name].days[0] for name in there)
    side = {
        name: Side(fact, past[name].since(first).last(QUARTERS))
        for name in there
        if (fact := found[name])
    }
    if max(len(one.past) for one in side.values()) < 2:
        return None
    alone = _last_quarter(issue) if span == "four quarters" else None
    gap = latest(issue, "earnings_growth_gap", f"{CHINA}-{AMERICA}")
    of_it = gap if gap and alone and gap.observation_date == alone[0].observation_date else None
    return Growth(span, side.get(CHINA), side.get(AMERICA), alone, of_it)


def _last_quarter(issue: Issue) -> tuple[Fact, Fact] | None:
    """Growth of the last quarter alone, if both baskets have told the same one."""
    china, america = (latest(issue, "earnings_growth", name) for name in (CHINA, AMERICA))
    if china is None or america is None or china.observation_date != america.observation_date:
        return None
    return china, america


def multiples(issue: Issue) -> Multiples | None:
    """What indices cost against their own histories; None where none has a rank."""
    ratios = newest_of_each(issue, "pe_ttm")
    rows = [row for fact in ratios if (row := _multiple(issue, fact))]
    ordered = sorted(rows, key=lambda row: (-row.rank.value, row.code))
    return Multiples(tuple(ordered), len(ratios) - len(rows)) if ordered else None


def _multiple(issue: Issue, fact: Fact) -> Multiple | None:
    code = fact.entity
    rank = latest(issue, "pe_ttm_percentile_10y", code)
    if rank is None or rank.observation_date != fact.observation_date:
        return None
    low, high = (latest(issue, f"pe_ttm_{edge}_10y", code) for edge in ("low", "high"))
    past = history(issue, "pe_ttm_percentile_10y", code)
    usual = (low, high) if low and high else None
    return Multiple(code, fact, rank, _a_year_before(past, fact.observation_date), usual)


def _a_year_before(past: History, day: date) -> float | None:
    """The last value up to a year before a day, if it is of those two weeks."""
    known = [
        value
        for at, value in zip(past.days, past.values, strict=True)
        if day - YEAR - NEAR <= at <= day - YEAR
    ]
    return known[-1] if known else None


def band(issue: Issue) -> Band | None:
    """The P/E of STAR 50; None without a history."""
    fact = latest(issue, "pe_ttm", STAR_50)
    past = history(issue, "pe_ttm", STAR_50).last(DAYS)
    if fact is None or len(past) < 2:
        return None
    names = [f"pe_ttm_{edge}_10y" for edge in ("low", "median", "high")]
    low, middle, high = (latest(issue, name, STAR_50) for name in names)
    by_day = [dict(zip(h.days, h.values, strict=True)) for name in names
              if (h := history(issue, name, STAR_50))]  # fmt: skip
    lines = tuple(tuple(found.get(day) for day in past.days) for found in by_day)
    edges = (low, middle, high) if low and middle and high else None
    return Band(fact, past, edges, lines if edges else ())


def premium(issue: Issue) -> Premium | None:
    """The equity risk premium; None without a history."""
    fact = latest(issue, "equity_risk_premium", CSI_300)
    past = history(issue, "equity_risk_premium", CSI_300).last(DAYS)
    return Premium(fact, past) if fact and len(past) > 1 else None


def said(issue: Issue) -> tuple[Said, ...]:
    """What companies and analysts say, as far as it is of the last year."""
    found = (
        Said(metric, entity, fact, earlier(issue, metric, entity))
        for metric, entity in ROWS
        if (fact := latest(issue, metric, entity))
    )
    return tuple(one for one in found if issue.as_of - one.fact.observation_date <= OLDEST)


def comparable(one: Said) -> bool:
    """Whether the value before says something: two weeks to a quarter before the newest."""
    if one.before is None:
        return False
    return NEAR <= one.fact.observation_date - one.before.observation_date <= QUARTER
