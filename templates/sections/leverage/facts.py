"""What is true of borrowed money, of heat in single shares and of flows, in no language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from templates.issue_view import History, found, history, latest, newest_of_each
from templates.wording.verbs import as_many_as, only
from transforms.facts import Fact
from transforms.findings.finding import Finding, Strength
from transforms.formulas.printed_value import printed
from transforms.issue.issue import Issue
from transforms.metrics.margin_industry import SHENWAN_CODE

ACROSS = 3  # panels of a group
COURSE = timedelta(weeks=52)
WEEK, QUARTER = timedelta(weeks=1), timedelta(days=92)
SPREADS = ("turnover_effective_sectors", "margin_industry_effective")
FEWEST, SHOWN = 5, 12  # industries: of a comparison, and of the figure

Hot = Literal["high", "low", "never"]
Standing = Literal["highest", "lowest", "ranked", "young"]


@dataclass(frozen=True)
class Measure:
    """What a panel measures.

    bars: drawn from zero; hot: which end of its history is hot; signed: a change, printed with its
    sign.
    """

    name: str
    metric: str
    entity: str
    bars: bool = False
    hot: Hot = "high"
    signed: bool = False


# Three of each group are shown; those after the third stand in for others that have no data.
GROUPS: dict[str, tuple[Measure, ...]] = {
    "borrowed": (
        Measure("loans", "margin_financing_balance_cny", "CN"),
        Measure("purchases", "margin_intensity_5d", "CN"),
        Measure("pace", "margin_financing_change_20d", "CN", signed=True),
    ),
    "shares": (
        Measure("limit_ups", "limit_up_share", "all", bars=True),
        Measure("run_ups", "runup_30d_ge_90pct_count", "all", bars=True),
        Measure("highs", "new_highs_minus_lows", "all", bars=True),
        Measure("moves", "abnormal_moves_5d", "all", bars=True),
    ),
    "trading": (
        Measure("turnover", "turnover_vs_250d", "SSE+SZSE"),
        Measure("tmt", "turnover_share", "TMT"),
        Measure("busiest", "congestion", "CN"),
        Measure("turnover_5d", "turnover_5d_cny", "SSE+SZSE", hot="never"),
        Measure("turnover_20d", "turnover_20d_vs_250d", "SSE+SZSE"),
    ),
    "flows": (
        Measure("southbound", "southbound_net_20d_hkd", "southbound", hot="never"),
        Measure("etf", "etf_inflow_20d_cny", "technology", hot="never"),
        Measure("collateral", "margin_maintenance_ratio", "CN", hot="low"),
    ),
}


@dataclass(frozen=True)
class Reading:
    """One panel: the newest value and its course of 52 weeks.

    standing: where the value is in its whole history; way: whether it rose (1), fell (−1) or
    printed the same (0) in five observations, None where the history is shorter.
    """

    measure: Measure
    fact: Fact
    past: History
    standing: Standing
    hot: bool
    way: int | None


@dataclass(frozen=True)
class Panels:
    """The readings of all groups in their order, by group; missing: measures without a value."""

    groups: dict[str, tuple[Reading, ...]]
    missing: tuple[Measure, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All of them."""
        return tuple(one for group in self.groups.values() for one in group)


def panels(issue: Issue) -> Panels:
    """What is known of each measure. One that ended over 52 weeks before the others is missing."""
    known = {
        one: fact
        for group in GROUPS.values()
        for one in group
        if (fact := latest(issue, one.metric, one.entity))
    }
    newest = max((fact.observation_date for fact in known.values()), default=issue.as_of)
    first = newest - COURSE
    groups: dict[str, tuple[Reading, ...]] = {}
    missing: list[Measure] = []
    for name, group in GROUPS.items():
        courses = {one: history(issue, one.metric, one.entity).since(first) for one in group}
        there = [one for one in group if one in known and len(courses[one]) > 1]
        groups[name] = tuple(reading(one, known[one], courses[one]) for one in there[:ACROSS])
        missing += [one for one in group[:ACROSS] if one not in there]
    return Panels(groups, tuple(missing))


def reading(measure: Measure, fact: Fact, past: History) -> Reading:
    """A value and what its history says of it."""
    ends = {"high": as_many_as(fact.percentile), "low": only(fact.percentile)}
    return Reading(measure, fact, past, standing(fact), ends.get(measure.hot, False), _way(fact))


def standing(fact: Fact) -> Standing:
    """Whether a value is the highest or the lowest of its history, by its rank; ties are neither.

    A percentile is the share of the history below, with the value itself counted half.
    """
    if fact.percentile is None or not fact.has_record:
        return "young"
    end = 50 / fact.n_obs
    if fact.percentile >= 100 - end * 1.01:
        return "highest"
    return "lowest" if fact.percentile <= end * 1.01 else "ranked"


def _way(fact: Fact) -> int | None:
    if fact.change_1w is None:
        return None
    unit, times = ("pp", 100) if fact.unit == "fraction" else (fact.unit, 1)
    gained = printed(fact.change_1w * times, unit)
    return (gained > 0) - (gained < 0)


@dataclass(frozen=True)
class Industry:
    """An industry's share of margin loans beside its share of what can be traded, 0 to 1.

    loans, weight: facts of the share of loans and of loans over value (1: as its size); value: its
    share of tradable market value.
    """

    name: str
    loans: Fact
    weight: Fact
    value: float


@dataclass(frozen=True)
class Industries:
    """Industries by their share of margin loans, the largest first; heaviest: most for its size."""

    rows: tuple[Industry, ...]
    heaviest: Industry


def industries(issue: Issue) -> Industries | None:
    """Where borrowed money sits; None with under five industries that have both figures."""
    by_code = {fact.entity: fact for fact in newest_of_each(issue, "margin_overleverage")}
    day = max((fact.observation_date for fact in by_code.values()), default=None)
    pairs = [
        (name, share, by_code[code])
        for name, code in SHENWAN_CODE.items()
        if code in by_code
        and by_code[code].observation_date == day
        and (share := _of_day(issue, "margin_industry_share", name, by_code[code]))
    ]
    # Weights are of the loans of these industries, which may be a little less than all.
    whole = sum(share.value for _, share, _ in pairs)
    rows = [
        Industry(name, share, weight, share.value / whole / weight.value)
        for name, share, weight in pairs
        if weight.value > 0
    ]
    if len(rows) < FEWEST:
        return None
    largest = sorted(rows, key=lambda one: (-one.loans.value, one.name))[:SHOWN]
    return Industries(tuple(largest), max(largest, key=lambda one: one.weight.value))


def _of_day(issue: Issue, metric: str, entity: str, like: Fact) -> Fact | None:
    """The fact of the same day as another."""
    facts = found(issue, metric, entity)
    return next((f for f in facts if f.observation_date == like.observation_date), None)


# Policy events that change what can be bought on margin or lent, by the words of their titles.
RULES = ("融资保证金", "融资融券", "融券", "转融通", "margin ratio", "securities lending")
LOANS = "financing_change"
LEADING = ("financing_day", "purchases_level", "crowding_level", "southbound", "etf_inflow",
           "limit_ups", "runups", "turnover_total", "turnover_high", "turnover_low")  # fmt: skip
# Two findings of one of these say the same twice.
ALIKE = {
    "financing_day": LOANS,
    "turnover_high": "turnover_total",
    "turnover_low": "turnover_total",
}


@dataclass(frozen=True)
class News:
    """What happened in the span: loans over five sessions, whether they end at a record, events
    that change the rules, and other notable findings, the most surprising first.
    """

    loans: Finding | None
    record: bool
    rules: tuple[Finding, ...]
    notable: tuple[Finding, ...]


def news(issue: Issue) -> News:
    """The findings of the section. What has been so for weeks is no news."""
    told = list(issue.findings)
    loans = next((one for one in told if one.kind == LOANS), None)
    high = next((one for one in told if one.kind == "financing_high"), None)
    record = bool(loans and high and high.rarity.record and "after" not in high.numbers)
    rules = tuple(one for one in told if one.kind == "policy_event" and _is_rule(one))
    notable = (one for one in told if one.kind in LEADING and _is_news(one))
    return News(loans, record, rules, tuple(_unlike(notable, {LOANS} if loans else set())))


def leading(told: News) -> tuple[Finding, ...]:
    """Up to two findings for the headline: loans first, unless they moved as usual and something
    else was rare.
    """
    others = (*told.rules, *told.notable)
    if told.loans is None:
        return others[:2]
    loud = told.record or told.loans.strength is not Strength.ORDINARY
    if others and others[0].strength is Strength.RARE and not loud:
        return (others[0], told.loans)
    return (told.loans, *others[:1])


def is_week(finding: Finding) -> bool:
    """Whether the change of a finding is one of seven days, which may be called a week."""
    change = finding.numbers["change"]
    return change.base is not None and change.day - change.base == WEEK


def _is_rule(finding: Finding) -> bool:
    titles = " ".join(finding.terms.get(name, "") for name in ("title_en", "title_zh"))
    return any(word in titles for word in RULES)


def _is_news(finding: Finding) -> bool:
    return finding.strength is not Strength.ORDINARY and finding.surprise > 0


def _unlike(findings: Iterable[Finding], seen: set[str]) -> Iterator[Finding]:
    """The findings without those that say what another one says. seen: what is said already."""
    for one in findings:
        what = ALIKE.get(one.kind, one.kind)
        if what not in seen:
            yield one
        seen.add(what)


@dataclass(frozen=True)
class Beside:
    """What the panels leave out; None where unknown.

    ratio: loans over tradable or total market value; required, in_rule: the least margin, and
    purchases against their mean since it is in force; spreads: over how many equal industries
    turnover and loans would be spread; held: of shares that touched their upper limit those that
    closed at it.
    """

    ratio: Fact | None
    required: Fact | None
    in_rule: Fact | None
    spreads: tuple[Fact, ...]
    held: Fact | None


def beside(issue: Issue) -> Beside:
    """What is known beside the panels."""
    return Beside(
        _known(issue, "margin_to_tradable_cap") or _known(issue, "margin_to_total_cap"),
        _known(issue, "margin_requirement"),
        _known(issue, "margin_intensity_in_rule"),
        tuple(fact for name in SPREADS if (fact := _known(issue, name))),
        _known(issue, "limit_sealed_rate", "all"),
    )


def _known(issue: Issue, metric: str, entity: str = "CN") -> Fact | None:
    """The newest fact of the last quarter; None where it is older: it is told as news."""
    fact = latest(issue, metric, entity)
    return fact if fact and issue.as_of - fact.observation_date <= QUARTER else None
