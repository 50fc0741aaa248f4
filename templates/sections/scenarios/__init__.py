"""What may come, what would move it, how good such forecasts were, and what came before."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from templates import charts
from templates.charts import Probability
from templates.format import index_name, level
from templates.issue_view import COMPOSITE, Footing, Lateness, footing, lateness, latest
from transforms.axes.regimes import STATES
from transforms.facts import Fact
from transforms.issue.issue import Issue
from transforms.outlook.backtest import PUBLISHED, WHOLE
from transforms.outlook.base_rates import PRIORS, RUN_UPS
from transforms.outlook.event_study import STUDY as WARNINGS
from transforms.outlook.regime_transitions import STATE_CHANGES, then
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    EVENTS,
    FEWEST,
    HEADLINE,
    HORIZONS,
    INDICES,
    OUTCOMES,
)
from transforms.outlook.track_record import STUDY as OWN_CALLS
from transforms.outlook.triggers import STUDY as TRIGGERS

SLUG, TITLE = "scenarios", "What may come, and how good such forecasts were"
NAMES = {
    "continuation": "Higher at the end, no fall of 10%",
    "consolidation": "Not higher, no fall of 10%",
    "correction": "A fall of 10 to 20%",
    "bust": "A fall of 20% or more",
}
EVENT_NAMES = {
    "fall_10": "Fall of 10% from a high on the way",
    "fall_20": "Fall of 20% from a high on the way",
    "fall_30": "Fall of 30% from a high on the way",
    "gain_10": "10% higher at some close",
    "gain_20": "20% higher at some close",
}
ESTIMATOR_NAMES = {
    CLIMATOLOGY: "every past day alike",
    "quadrant": "days in the same quadrant",
    "price analogues": "the days most alike in price, volatility and valuation",
    "analogues": "the days most alike in price, volatility, valuation and both axes",
}
SERIES_NAMES = {
    "structural_momentum": "Structural momentum",
    "overheating": "Overheating",
    "rsi_14": "RSI-14, CSI 300",
    "volatility_20d": "20-day volatility, CSI 300",
    "margin_financing_change_20d": "Financing balance over 20 sessions",
    "share_above_ma50": "Technology above its 50-day mean",
    "policy_intensity": "Policy on the evening news, 新质生产力",
}
STATE_SHORT = {
    "overheated advance": "OA",
    "healthy advance": "HA",
    "undecided, hot": "UH",
    "undecided": "U",
    "froth without trend": "FT",
    "fading": "F",
}
RUN_UP_SHOWN = (
    "20% in 30 sessions",
    "30% in 30 sessions",
    "doubled in a year",
    "doubled in two years",
)
PRIOR_NAMES = {
    f"{PRIORS}_industry_doubled_in_two_years_then_fell_40": "industries that had doubled in two years then fell by 40%",
    f"{PRIORS}_market_doubled_in_a_year_then_halved_in_one": "markets that had doubled in a year halved in the next",
    f"{PRIORS}_market_doubled_in_a_year_then_halved_in_five": "them within five years",
}
FALSE_DISCOVERIES = 0.10  # at most one in ten finds may be chance
ALIKE = "price_analogues"


@dataclass(frozen=True)
class Outlook:
    """The four outcomes of the headline at each horizon, drawn; without: who has too few days."""

    svg: str
    likeliest: Fact
    likeliest_name: str
    horizon: int
    columns: list[Column]
    without: list[str]
    footing: Footing


@dataclass(frozen=True)
class Column:
    """On what the forecast of one horizon rests."""

    horizon: int
    estimator: str
    plain: bool
    days: Fact
    enough: bool


@dataclass(frozen=True)
class Row:
    """One line of a table: its name, and a fact or none in each column."""

    name: str
    cells: list[Fact | None]


@dataclass(frozen=True)
class Trigger:
    """A line that is not crossed, how far it is, and what crossing it does."""

    series: str
    now: Fact | None
    line: Fact
    distance: Fact
    effect: str


@dataclass(frozen=True)
class Followed:
    """A state of the two axes, and how often it was followed by each state that there was."""

    state: str
    short: str
    then: list[Fact | None]


@dataclass(frozen=True)
class Scored:
    """The record of one horizon."""

    horizon: int
    independent: Fact
    brier: Fact
    base: Fact
    skill: Fact | None
    alike: Fact | None
    own_issues: Fact | None
    own_skill: Fact | None


@dataclass(frozen=True)
class Record:
    """How good such forecasts were, and whether they may be taken at their word."""

    rows: list[Scored]
    better: list[Scored]
    svg: str | None
    footing: Footing


@dataclass(frozen=True)
class Warned:
    """What followed company warnings, beside shares that had risen as much.

    middle: the quartiles of abnormal returns, warned and not; overlap: the share of notices left
    out because of an earlier one.
    """

    count: Fact
    pending: Fact
    rows: list[Row]
    middle: list[tuple[Fact, Fact]]
    overlap: Fact | None
    t: Fact | None
    low: Fact | None
    high: Fact | None
    difference: Fact | None


@dataclass(frozen=True)
class Scenarios:
    """The page; what has no data is None or empty."""

    outlook: Outlook | None
    events: list[Row]
    others: list[Row]
    triggers: list[Trigger]
    followed: list[Followed]
    record: Record | None
    run_ups: list[Row]
    priors: list[Fact]
    prior_names: dict[str, str]
    warned: Warned | None
    horizons: tuple[int, ...]
    late: list[Lateness]


def build(issue: Issue) -> Scenarios:
    """All that the page prints."""
    return Scenarios(
        outlook=_outlook(issue),
        events=[
            Row(name, cells)
            for target, name in EVENT_NAMES.items()
            if any(
                cells := [_said(issue, target, h, part) for h in HORIZONS for part in ("", "_base")]
            )
        ],
        others=_others(issue),
        triggers=_triggers(issue),
        followed=_followed(issue),
        record=_record(issue),
        run_ups=_run_ups(issue),
        priors=[f for f in issue.facts if f.metric.startswith(PRIORS)],
        prior_names=PRIOR_NAMES,
        warned=_warned(issue),
        horizons=HORIZONS,
        late=lateness(issue, "index_daily", "index_valuation", "announcement"),
    )


def _said(
    issue: Issue, target: str, horizon: int, part: str = "", entity: str = HEADLINE
) -> Fact | None:
    return latest(issue, f"{target}_{horizon}d{part}", entity)


def _outlook(issue: Issue) -> Outlook | None:
    drawn = {h: [_drawn(issue, target, h) for target in OUTCOMES] for h in HORIZONS}
    shown = {h: [one for one in ones if one] for h, ones in drawn.items() if all(ones)}
    columns = [column for h in shown if (column := _column(issue, h))]
    if not columns:
        return None
    middle = 60 if 60 in shown else columns[0].horizon
    facts = {t: fact for t in OUTCOMES if (fact := _said(issue, t, middle))}
    name, likeliest = max(facts.items(), key=lambda pair: pair[1].value)
    svg = charts.probabilities(
        [NAMES[target] for target in OUTCOMES],
        {f"{h} sessions": ones for h, ones in shown.items()},
    )
    return Outlook(
        svg,
        likeliest,
        NAMES[name],
        middle,
        columns,
        _without(issue),
        footing(issue, *facts.values()),
    )


def _without(issue: Issue) -> list[str]:
    """The estimators that have too few independent days at every horizon."""
    said = issue.outlook.scenarios.filter(entity=HEADLINE, target=OUTCOMES[0])
    most = said.group_by("estimator", maintain_order=True).agg(pl.col("effective").max())
    thin = most.filter(pl.col("effective") < FEWEST)["estimator"]
    return [ESTIMATOR_NAMES[name] for name in thin if name != CLIMATOLOGY]


def _drawn(issue: Issue, target: str, horizon: int) -> Probability | None:
    value, low, high, base = (
        _said(issue, target, horizon, part) for part in ("", "_low", "_high", "_base")
    )
    if value is None or low is None or high is None or base is None:
        return None
    return Probability(value.value, low.value, high.value, base.value, str(level(value)))


def _column(issue: Issue, horizon: int) -> Column | None:
    days = latest(issue, f"scenario_days_{horizon}d", HEADLINE)
    chosen = issue.outlook.scenarios.filter(
        pl.col("published"), pl.col("entity") == HEADLINE, pl.col("horizon") == horizon
    )
    if days is None or chosen.is_empty():
        return None
    estimator = str(chosen["estimator"][0])
    return Column(
        horizon,
        ESTIMATOR_NAMES[estimator],
        estimator == CLIMATOLOGY,
        days,
        days.value >= FEWEST,
    )


def _others(issue: Issue) -> list[Row]:
    """The outcomes of the other indices: a line for each, the horizons side by side."""
    return [
        Row(index_name(entity, issue.names), cells)
        for entity in INDICES
        if entity != HEADLINE
        if any(cells := [_said(issue, t, h, "", entity) for h in HORIZONS for t in OUTCOMES])
    ]


def _triggers(issue: Issue) -> list[Trigger]:
    found = []
    for fact in issue.facts.of(f"{TRIGGERS}_line"):
        metric, entity, effect = fact.entity.split("/")
        distance = latest(issue, f"{TRIGGERS}_distance", fact.entity)
        if distance is not None:
            name = SERIES_NAMES[metric]
            found.append(Trigger(name, latest(issue, metric, entity), fact, distance, effect))
    order = list(SERIES_NAMES.values())
    return sorted(found, key=lambda one: (order.index(one.series), abs(one.distance.value)))


def _followed(issue: Issue) -> list[Followed]:
    """The matrix of weekly transitions, over the states that occurred."""
    changes = [f for f in issue.facts if f.metric.startswith(f"{STATE_CHANGES}_")]
    measures = {state: f"{STATE_CHANGES}_{then(state)}" for state in STATE_SHORT}
    seen = {f.entity for f in changes} | {f.metric for f in changes}
    states = [state for state in STATE_SHORT if {state, measures[state]} & seen]
    return [
        Followed(row, STATE_SHORT[row], [latest(issue, measures[one], row) for one in states])
        for row in states
    ]


def _record(issue: Issue) -> Record | None:
    rows = [row for horizon in HORIZONS if (row := _scored(issue, horizon))]
    if not rows:
        return None
    better = [row for row in rows if _beyond_chance(issue, row)]
    return Record(rows, better, _reliability(issue), footing(issue, rows[0].brier))


def _beyond_chance(issue: Issue, row: Scored) -> bool:
    """Whether a record is better than the base rate's after the count of all tests made."""
    made = issue.outlook.record.filter(
        entity=HEADLINE, horizon=row.horizon, estimator=PUBLISHED, target=WHOLE
    )
    better = row.skill is not None and row.skill.value > 0
    p_values = made["p_adjusted"].drop_nulls()
    return better and bool((p_values <= FALSE_DISCOVERIES).any())


def _scored(issue: Issue, horizon: int) -> Scored | None:
    def of(estimator: str, measure: str) -> Fact | None:
        return latest(issue, f"hindcast_{estimator}_{measure}_{horizon}d", HEADLINE)

    def own(measure: str) -> Fact | None:
        return latest(issue, f"{OWN_CALLS}_{measure}", f"{horizon} sessions")

    brier, base = of(PUBLISHED, "brier"), of(PUBLISHED, "brier_climatology")
    independent = of(PUBLISHED, "independent")
    if brier is None or base is None or independent is None:
        return None
    return Scored(
        horizon,
        independent,
        brier,
        base,
        of(PUBLISHED, "skill"),
        of(ALIKE, "skill"),
        own("issues"),
        own("skill"),
    )


def _reliability(issue: Issue) -> str | None:
    """Forecast against frequency of the headline over 60 sessions, with consistency bars."""
    bins = issue.outlook.reliability.filter(entity=HEADLINE, horizon=60).sort("forecast")
    if bins.is_empty():
        return None
    return charts.reliability(
        *(bins[n].to_list() for n in ("forecast", "frequency", "low", "high"))
    )


def _run_ups(issue: Issue) -> list[Row]:
    """Each class of run-ups of the Shanghai Composite: past events, falls, and the year after."""
    measures = ("completed", "fell", "fell_share", "median_250_sessions_ahead")
    rows = []
    for name in RUN_UP_SHOWN:
        cells = [latest(issue, f"{RUN_UPS}_{one}", f"{COMPOSITE} {name}") for one in measures]
        if cells[0] is not None and cells[0].value > 0:
            rows.append(Row(name, cells))
    return rows


def _warned(issue: Issue) -> Warned | None:
    def of(measure: str) -> Fact | None:
        return latest(issue, f"{WARNINGS}_{measure}", "CN")

    count, pending = of("completed"), of("pending")
    if count is None or pending is None:
        return None
    names = {
        "after_median": "Median abnormal return over 60 sessions",
        "held_median": "Median return over 60 sessions",
        "drawdown_median": "Median largest fall within 60 sessions",
        "fell_20_share": "Fell 20% or more within 60 sessions",
    }
    rows = [Row(name, [of(one), of(f"placebo_{one}")]) for one, name in names.items()]
    ends = [
        [of(f"{side}after_{part}_quartile") for part in ("lower", "upper")]
        for side in ("", "placebo_")
    ]
    middle = [(low, high) for low, high in ends if low and high]
    return Warned(
        count,
        pending,
        rows,
        middle,
        of("overlap_share"),
        of("calendar_time_t"),
        of("difference_low"),
        of("difference_high"),
        of("difference"),
    )


assert set(EVENT_NAMES) == set(EVENTS)
assert set(STATE_SHORT) == set(STATES.values())
