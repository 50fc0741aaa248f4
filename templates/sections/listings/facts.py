"""What is true of listings, applications and young companies, in no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from templates.issue_view import History, history, latest
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.issue.issue import Issue

SHOWN = 10  # rows of the table of the newest listings
NAMED = 4  # dots with a name beside those of the largest
FEWEST = 5  # no median of fewer
STAGES = ("accepted", "inquiry", "passed", "submitted", "registered")
RUNNING = "running"
SCOPES = ("CN-AI", "US-AI")
FRESH = timedelta(days=31)  # a value of an older listing day says nothing of today
REVIEWS = ("ipo_review_pass_rate_12m", "ipo_registration_rate_90d")

Code = Literal["HK", "A"]
Usual = Literal["more", "less", "same", "unknown"]


@dataclass(frozen=True)
class Market:
    """Where shares are listed: its code, the metrics of its single listings, and its money."""

    code: Code
    first_day: str
    raised: str
    currency: str


MARKETS: Mapping[str, Market] = {
    "HK": Market("HK", "ipo_first_day_return", "ipo_hk_raised_hkd", "HKD"),
    "A": Market("A", "ipo_a_first_day_return", "ipo_a_raised_cny", "CNY"),
}


@dataclass(frozen=True)
class Dot:
    """One listing of the picture: its money, and its first day as a fraction, None if unknown."""

    code: str
    day: date
    raised: float
    first_day: float | None


@dataclass(frozen=True)
class Cloud:
    """Listings since `first`, oldest first, the begin of a month; recent: those of the table.

    lately, usual: the median first day of 90 days and of twelve months; below: the share that
    closed below offer in 90 days; None where they are not measured.
    """

    market: Market
    first: date
    last: date
    dots: tuple[Dot, ...]
    recent: frozenset[str]
    lately: Fact | None
    usual: Fact | None
    below: Fact | None

    @property
    def unknown(self) -> int:
        """How many have no first day."""
        return sum(dot.first_day is None for dot in self.dots)

    @property
    def state(self) -> Usual:
        """Whether first days pay more or less than usual, as the two medians print."""
        if self.lately is None or self.usual is None:
            return "unknown"
        lately, usual = (round(one.value, 3) for one in (self.lately, self.usual))
        return "more" if lately > usual else "less" if lately < usual else "same"


@dataclass(frozen=True)
class Listing:
    """One row of the table; first_day: None where it is not known."""

    code: str
    raised: Fact
    first_day: Fact | None


@dataclass(frozen=True)
class Newest:
    """The newest listings of a market, the last one first."""

    market: Market
    rows: tuple[Listing, ...]

    @property
    def priced(self) -> tuple[Listing, ...]:
        """Those with a first day."""
        return tuple(row for row in self.rows if row.first_day)

    @property
    def below(self) -> int:
        """How many closed their first day below the offer price."""
        return sum(row.first_day is not None and row.first_day.value < 0 for row in self.rows)


@dataclass(frozen=True)
class Proceeds:
    """Money raised in Hong Kong in 90 days; high_day: the last day of the picture as high.

    year: raised since 1 January; wanted: how many times over offers of 90 days were subscribed.
    """

    fact: Fact
    year: Fact | None
    wanted: Fact | None
    past: History
    high_day: date


@dataclass(frozen=True)
class Stage:
    """How many applications stand at a stage, and what it gained in the week of the issue."""

    name: str
    count: Fact
    change: Fact | None


@dataclass(frozen=True)
class Pipeline:
    """Applications on the mainland; week: registrations of the span; passed: of the committee."""

    stages: tuple[Stage, ...]
    running: Fact
    week: Finding | None
    passed: Fact | None
    through: Fact | None


@dataclass(frozen=True)
class Unicorns:
    """One scope of a list: how many it added in a year; the fact's n is how many there are."""

    scope: str
    added: Fact


@dataclass(frozen=True)
class Week:
    """What the span brought: money and first days of a market; both None where nothing came.

    known: whether listings of any day are known.
    """

    proceeds: Finding | None
    first_days: Finding | None
    mainland: Finding | None
    known: bool


def week(issue: Issue) -> Week:
    """The findings that the headline may tell."""
    found = {(one.kind, one.entity): one for one in issue.findings}
    return Week(
        found.get(("proceeds", "HK")),
        found.get(("first_days", "HK")),
        found.get(("first_days", "A")),
        any(issue.facts.of(market.raised) for market in MARKETS.values()),
    )


def newest(issue: Issue, market: Market) -> Newest:
    """The newest listings, of this month and the one before."""
    money = [f for f in issue.facts.of(market.raised) if f.observation_date <= issue.as_of]
    ordered = sorted(money, key=lambda f: (f.observation_date, f.entity), reverse=True)
    rows = (
        Listing(fact.entity, fact, latest(issue, market.first_day, fact.entity))
        for fact in ordered[:SHOWN]
    )
    return Newest(market, tuple(rows))


def cloud(issue: Issue, market: Market) -> Cloud | None:
    """The listings since the month twelve months ago began; None with fewer than two."""
    first = date(issue.as_of.year - 1, issue.as_of.month, 1)
    key = ["entity", "observation_date"]
    known = issue.series.filter(
        pl.col("observation_date").is_between(first, issue.as_of), pl.col("value").is_not_null()
    )
    money, days = (
        known.filter(pl.col("metric") == name).select(*key, "value")
        for name in (market.raised, market.first_day)
    )
    rows = money.join(days, on=key, how="left", suffix="_first_day").sort(
        "observation_date", "entity"
    )
    if rows.height < 2:
        return None
    return Cloud(
        market,
        max(first, rows["observation_date"][0].replace(day=1)),
        issue.as_of,
        tuple(Dot(*row) for row in rows.iter_rows()),
        frozenset(row.code for row in newest(issue, market).rows),
        _fresh(issue, "ipo_first_day_return_median_90d", market),
        _fresh(issue, "ipo_first_day_return_median_12m", market),
        _fresh(issue, "ipo_below_offer_share_90d", market),
    )


def _fresh(issue: Issue, metric: str, market: Market) -> Fact | None:
    """The newest value of a market, if it is of a listing day of the last month."""
    fact = latest(issue, metric, market.code)
    return fact if fact and issue.as_of - fact.observation_date <= FRESH else None


def named(one: Cloud) -> list[Dot]:
    """The dots that bear a name: largest money, highest first days, and the best of the newest."""
    priced = [dot for dot in one.dots if dot.first_day is not None]
    by_money = sorted(priced, key=lambda dot: -dot.raised)[:2]
    by_return = sorted(priced, key=lambda dot: -(dot.first_day or 0.0))[:1]
    lately = sorted(
        (dot for dot in priced if dot.code in one.recent), key=lambda dot: -(dot.first_day or 0.0)
    )
    return list(dict.fromkeys([*lately[:2], *by_return, *by_money]))


def proceeds(issue: Issue) -> Proceeds | None:
    """What listings in Hong Kong raised in 90 days; None without a value."""
    fact = latest(issue, "ipo_hk_proceeds_90d_hkd", "HK")
    past = history(issue, "ipo_hk_proceeds_90d_hkd", "HK")
    if fact is None or len(past) < 2:
        return None
    top = max(past.values)
    high = max(day for day, value in zip(past.days, past.values, strict=True) if value == top)
    year, wanted = (
        latest(issue, name, "HK")
        for name in ("ipo_hk_proceeds_ytd_hkd", "ipo_oversubscription_90d")
    )
    return Proceeds(fact, year, wanted, past, high)


def pipeline(issue: Issue) -> Pipeline | None:
    """Where applications stand; None where none is known to run."""
    running = latest(issue, "ipo_pipeline_count", RUNNING)
    if running is None:
        return None
    stages = tuple(
        Stage(name, fact, _of_the_week(issue, latest(issue, "ipo_pipeline_change_7d", name)))
        for name in STAGES
        if (fact := latest(issue, "ipo_pipeline_count", name))
    )
    told = next((one for one in issue.findings if one.kind == "pipeline"), None)
    rates = (latest(issue, name, "A") for name in REVIEWS)
    return Pipeline(stages, running, told, *rates)


def _of_the_week(issue: Issue, fact: Fact | None) -> Fact | None:
    """A change of seven days, if its day is within the span of the issue."""
    base = issue.span.base if issue.span else issue.as_of
    return fact if fact is not None and fact.observation_date > base else None


def unicorns(issue: Issue) -> tuple[Unicorns, ...]:
    """Chinese and American companies of artificial intelligence, as far as a list counts them."""
    found = ((scope, latest(issue, "unicorn_net_adds", scope)) for scope in SCOPES)
    return tuple(Unicorns(scope, fact) for scope, fact in found if fact)
