"""What is true of the scenarios and of their record, in no language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from templates.issue_view import History, history, latest
from transforms.axes.regimes import STATES
from transforms.facts import Fact
from transforms.findings.levels import SIGNIFICANT
from transforms.issue.issue import Issue
from transforms.outlook.backtest import PUBLISHED, WHOLE
from transforms.outlook.base_rates import PRIORS, RUN_UPS
from transforms.outlook.followed import MEASURED_ON
from transforms.outlook.regime_transitions import STATE_CHANGES, then
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    EVENTS,
    HEADLINE,
    HORIZONS,
    INDICES,
    OUTCOMES,
)
from transforms.outlook.track_record import STUDY as OWN_CALLS
from transforms.outlook.triggers import STUDY as TRIGGERS
from transforms.prepared.indices import CHINEXT, CSI_300, SHANGHAI_COMPOSITE, STAR_50

MIDDLE = 60  # sessions: the horizon that is told where one is
FEWEST = 5  # cases from which on a share or a median is one
FALSE_DISCOVERIES = 0.10  # at most one in ten finds may be chance
ALWAYS_SCORED = (STAR_50, CSI_300)  # others where their record beats the base rate's
TESTED = (STAR_50, CSI_300, CHINEXT, SHANGHAI_COMPOSITE)
WEEKS = 104
ALIKE = "price_analogues"
CLASSES = (
    "20% in 30 sessions",
    "30% in 30 sessions",
    "doubled in a year",
    "doubled in two years",
)
READINGS = ("state", "momentum", "heat")

Verdict = Literal["better", "no_better", "worse"]


@dataclass(frozen=True)
class Chance:
    """A probability in steps of 5%, its 80% interval, and that of any day."""

    outcome: str
    value: Fact
    low: Fact
    high: Fact
    base: Fact


@dataclass(frozen=True)
class Outcomes:
    """The four outcomes of one index at each horizon that has them."""

    entity: str
    by_horizon: dict[int, tuple[Chance, ...]]


@dataclass(frozen=True)
class Outlook:
    """The outcomes of each index; likeliest: of the first one; rests: worth so many cases.

    informed: whether any of the forecasts of the first index says more than the base rate; tied:
    whether another outcome is printed as likely.
    """

    indices: tuple[Outcomes, ...]
    likeliest: Chance
    horizon: int
    informed: bool
    tied: bool
    rests: tuple[tuple[int, Fact], ...]


@dataclass(frozen=True)
class Event:
    """An event on the way, at each horizon beside its base rate; None where it has none."""

    target: str
    by_horizon: tuple[tuple[Fact | None, Fact | None], ...]

    @property
    def informed(self) -> bool:
        """Whether it says more than its base rate at any horizon."""
        return any(a and b and a.value != b.value for a, b in self.by_horizon)


@dataclass(frozen=True)
class After:
    """What followed one reading within a horizon: cases, and their median beside the usual one."""

    cases: Fact
    median: Fact | None
    base: Fact | None


@dataclass(frozen=True)
class Reading:
    """A reading of the axes, measured on one index, by horizon."""

    kind: str
    word: str
    index: str
    by_horizon: tuple[After | None, ...]


@dataclass(frozen=True)
class Trigger:
    """A line that is not crossed, and what crossing it does; below: whether downwards."""

    metric: str
    now: Fact | None
    line: Fact
    effect: str
    below: bool


@dataclass(frozen=True)
class Followed:
    """A state of the two axes, and how often it was followed by each state that there was."""

    state: str
    then: tuple[Fact | None, ...]


@dataclass(frozen=True)
class Growth:
    """The tests of one index: explosiveness, and the share of windows of the LPPLS pattern."""

    index: str
    p: Fact
    weeks: Fact | None
    statistic: Fact | None
    critical: Fact | None
    pattern: Fact | None

    @property
    def found(self) -> bool:
        """Whether the price grows explosively: chance would show it in fewer than 5 of 100."""
        return self.p.value < SIGNIFICANT


@dataclass(frozen=True)
class Explosive:
    """The tests of all indices, and the statistic of the first over time beside its line."""

    rows: tuple[Growth, ...]
    past: History
    line: tuple[float | None, ...]

    @property
    def grows(self) -> bool:
        """Whether an index grows explosively, and there is a course of it to draw."""
        return any(row.found for row in self.rows) and len(self.past) > 1


@dataclass(frozen=True)
class Scored:
    """The record of one index at one horizon; beyond_chance: after the count of all tests.

    alike, p: skill of always taking the days most alike in price, and how likely by chance.
    """

    index: str
    horizon: int
    independent: Fact
    brier: Fact
    base: Fact
    skill: Fact | None
    alike: Fact | None
    p: Fact | None
    beyond_chance: bool


@dataclass(frozen=True)
class Own:
    """The record of our own issues over one horizon."""

    horizon: int
    issues: Fact
    independent: Fact | None
    skill: Fact | None


@dataclass(frozen=True)
class Record:
    """How good such forecasts were, of the past and of our own issues."""

    rows: tuple[Scored, ...]
    own: tuple[Own, ...]

    @property
    def verdict(self) -> Verdict:
        """Better only where more than chance; worse only where none is as good as the base rate."""
        if any(row.beyond_chance for row in self.rows):
            return "better"
        skills = [row.skill.value for row in self.rows if row.skill]
        return "worse" if skills and max(skills) < 0 else "no_better"


@dataclass(frozen=True)
class RunUp:
    """One class of run-ups of the Shanghai Composite: cases, and what came within two years."""

    name: str
    completed: Fact
    fell: Fact | None
    share: Fact | None
    year_after: Fact | None


def said(
    issue: Issue, target: str, horizon: int, part: str = "", entity: str = HEADLINE
) -> Fact | None:
    """A probability of the newest forecast, or its base rate (`_base`) or interval."""
    return latest(issue, f"{target}_{horizon}d{part}", entity)


def outlook(issue: Issue) -> Outlook | None:
    """The four outcomes of each index; None if the first has none."""
    found = [Outcomes(one, _outcomes(issue, one)) for one in INDICES]
    indices = tuple(one for one in found if one.by_horizon)
    if not indices or indices[0].entity != HEADLINE:
        return None
    first = indices[0].by_horizon
    horizon = MIDDLE if MIDDLE in first else next(iter(first))
    likeliest = max(first[horizon], key=lambda one: one.value.value)
    same = sum(one.value.value == likeliest.value.value for one in first[horizon])
    rests = [(h, latest(issue, f"scenario_days_{h}d", HEADLINE)) for h in first]
    chosen = issue.outlook.scenarios.filter(
        pl.col("published"), pl.col("entity") == HEADLINE, pl.col("target") == OUTCOMES[0]
    )
    informed = bool((chosen["estimator"] != CLIMATOLOGY).any())
    known = tuple((h, fact) for h, fact in rests if fact)
    return Outlook(indices, likeliest, horizon, informed, same > 1, known)


def _outcomes(issue: Issue, entity: str) -> dict[int, tuple[Chance, ...]]:
    every = {h: [_chance(issue, entity, t, h) for t in OUTCOMES] for h in HORIZONS}
    whole = {h: tuple(one for one in found if one) for h, found in every.items()}
    return {h: found for h, found in whole.items() if len(found) == len(OUTCOMES)}


def _chance(issue: Issue, entity: str, target: str, horizon: int) -> Chance | None:
    value, low, high, base = (
        said(issue, target, horizon, part, entity) for part in ("", "_low", "_high", "_base")
    )
    return Chance(target, value, low, high, base) if value and low and high and base else None


def events(issue: Issue) -> tuple[Event, ...]:
    """Falls and rises on the way, of the first index."""
    found = (
        Event(t, tuple((said(issue, t, h), said(issue, t, h, "_base")) for h in HORIZONS))
        for t in EVENTS
    )
    return tuple(one for one in found if any(value for value, _ in one.by_horizon))


def readings(issue: Issue) -> tuple[Reading, ...]:
    """The state and both axes, and what followed each of them."""
    summary = issue.outlook.followed.summary
    found = []
    for kind in READINGS:
        told = summary.filter(pl.col("kind") == kind)
        for index in MEASURED_ON if told.height else ():
            after = tuple(_after(issue, kind, index, h) for h in HORIZONS)
            if any(after):
                found.append(Reading(kind, str(told["side"][0]), index, after))
    return tuple(found)


def _after(issue: Issue, kind: str, index: str, horizon: int) -> After | None:
    cases, median, base = (
        latest(issue, f"followed_{kind}_{part}_{horizon}d", f"CN/{index}")
        for part in ("cases", "median_return", "base_median_return")
    )
    return After(cases, median, base) if cases else None


def triggers(issue: Issue) -> tuple[Trigger, ...]:
    """The lines of axes and of a few series that are not crossed, the axes first."""
    found = []
    for line in issue.facts.of(f"{TRIGGERS}_line"):
        metric, entity, effect = line.entity.split("/")
        distance = latest(issue, f"{TRIGGERS}_distance", line.entity)
        if distance is not None:
            found.append(
                Trigger(metric, latest(issue, metric, entity), line, effect, distance.value < 0)
            )
    axes = ("structural_momentum", "overheating")
    return tuple(sorted(found, key=lambda one: (one.metric not in axes, one.metric, one.effect)))


def followed(issue: Issue) -> tuple[Followed, ...]:
    """The matrix of weekly changes, over the states that occurred."""
    changes = [f for f in issue.facts if f.metric.startswith(f"{STATE_CHANGES}_")]
    measures = {state: f"{STATE_CHANGES}_{then(state)}" for state in STATES.values()}
    seen = {f.entity for f in changes} | {f.metric for f in changes}
    states = [state for state in measures if {state, measures[state]} & seen]
    return tuple(
        Followed(row, tuple(latest(issue, measures[one], row) for one in states)) for row in states
    )


def explosive(issue: Issue) -> Explosive | None:
    """The tests of explosive growth; None where none is known."""
    found = [row for one in TESTED if (row := _tested(issue, one))]
    if not found:
        return None
    index = next((row.index for row in found if row.found), found[0].index)
    past = history(issue, "bsadf_weekly", index).last(WEEKS)
    lines = history(issue, "bsadf_bootstrap_95", index)
    by_day = dict(zip(lines.days, lines.values, strict=True))
    return Explosive(tuple(found), past, tuple(by_day.get(day) for day in past.days))


def _tested(issue: Issue, index: str) -> Growth | None:
    p, weeks, statistic, critical, pattern = (
        latest(issue, metric, index)
        for metric in (
            "explosive_p_value",
            "explosive_weeks",
            "bsadf_weekly",
            "bsadf_bootstrap_95",
            "lppls_confidence_positive",
        )
    )
    return Growth(index, p, weeks, statistic, critical, pattern) if p else None


def drawn(one: Explosive) -> Growth:
    """The test whose statistic is drawn: the first index that grows explosively, or the first."""
    return next((row for row in one.rows if row.found), one.rows[0])


def record(issue: Issue) -> Record | None:
    """How good such forecasts were; None before any is scored."""
    every = (row for one in INDICES for h in HORIZONS if (row := _scored(issue, one, h)))
    rows = [row for row in every if row.index in ALWAYS_SCORED or row.beyond_chance]
    own = [one for h in HORIZONS if (one := _own(issue, h))]
    return Record(tuple(rows), tuple(own)) if rows else None


def _scored(issue: Issue, entity: str, horizon: int) -> Scored | None:
    brier, base, independent, skill = (
        latest(issue, f"hindcast_{PUBLISHED}_{measure}_{horizon}d", entity)
        for measure in ("brier", "brier_climatology", "independent", "skill")
    )
    if brier is None or base is None or independent is None:
        return None
    beyond = _beyond_chance(issue, entity, horizon, skill)
    alike, p = (
        latest(issue, f"hindcast_{ALIKE}_{measure}_{horizon}d", entity)
        for measure in ("skill", "p_value")
    )
    return Scored(entity, horizon, independent, brier, base, skill, alike, p, beyond)


def _beyond_chance(issue: Issue, entity: str, horizon: int, skill: Fact | None) -> bool:
    """Whether a record is better than the base rate's after the count of all tests made."""
    made = issue.outlook.record.filter(
        entity=entity, horizon=horizon, estimator=PUBLISHED, target=WHOLE
    )
    p_values = made["p_adjusted"].drop_nulls()
    better = skill is not None and skill.value > 0
    return better and bool((p_values <= FALSE_DISCOVERIES).any())


def _own(issue: Issue, horizon: int) -> Own | None:
    issues, independent, skill = (
        latest(issue, f"{OWN_CALLS}_{measure}", f"{horizon} sessions")
        for measure in ("issues", "independent", "skill")
    )
    return Own(horizon, issues, independent, skill) if issues else None


def reliability(issue: Issue) -> pl.DataFrame:
    """Forecast and frequency of the first index over 60 sessions; empty without two bins."""
    bins = issue.outlook.reliability.filter(
        entity=HEADLINE, horizon=MIDDLE, estimator=PUBLISHED
    ).sort("forecast")
    return bins if bins.height > 1 else bins.clear()


def run_ups(issue: Issue) -> tuple[RunUp, ...]:
    """Each class of earlier run-ups of the Shanghai Composite with a case that is over."""
    found = []
    for name in CLASSES:
        done, fell, share, year = (
            latest(issue, f"{RUN_UPS}_{one}", f"{SHANGHAI_COMPOSITE} {name}")
            for one in ("completed", "fell", "fell_share", "median_250_sessions_ahead")
        )
        if done is not None and done.value > 0:
            enough = done.value >= FEWEST
            found.append(RunUp(name, done, fell, share if enough else None,
                               year if enough else None))  # fmt: skip
    return tuple(found)


def priors(issue: Issue) -> tuple[Fact, ...]:
    """Base rates that others published, those of one kind side by side."""
    known = (f for f in issue.facts if f.metric.startswith(PRIORS))
    return tuple(sorted(known, key=lambda f: ("industry" not in f.metric, f.value)))
