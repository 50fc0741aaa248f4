"""Page 1: the verdict, and the six places where the reader looks every week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from templates import charts
from templates.format import Number, short_day
from templates.issue_view import (
    Lateness,
    blocks,
    counted,
    earlier,
    history,
    lateness,
    latest,
)
from templates.sections.verdict.strip import Strip, strip_of
from templates.sections.verdict.tiles import Tile, six_tiles
from templates.sections.verdict.triggers import Trigger, triggers
from templates.signals import (
    Signal,
    hardest_fall,
    is_large_step,
    standing_out,
)
from transforms.axes.attribution import attribution, by_block
from transforms.axes.regimes import ADVANCE, FADING, HOT, quadrants, trail
from transforms.facts import WEEK, Fact
from transforms.issue.issue import Issue
from transforms.issue.staleness import Stale
from transforms.prepared.indices import SHANGHAI_COMPOSITE

SLUG, TITLE = "verdict", "Verdict"
UNKNOWN = "unknown"
STALE_AFTER = 2


@dataclass(frozen=True)
class Axis:
    """One of the two scores: its blocks, the highest first, and the block that moved it most.

    low and high: where four fifths of other weights would put it, on the same day.
    """

    fact: Fact
    low: Fact | None
    high: Fact | None
    blocks: list[Fact]
    mover: str | None


@dataclass(frozen=True)
class Changes:
    """What the page says has changed; each part may be missing."""

    leverage: Fact | None
    leverage_large: bool
    balance: Fact | None
    turnover: Fact | None
    breadth: Fact | None
    breadth_before: Fact | None
    fall: Fact | None
    fall_runup: Fact | None
    close: Fact | None
    strength: Fact | None


@dataclass(frozen=True)
class Health:
    """How many inputs are where they should be, and which are not."""

    fresh: Number
    total: Number
    late: list[Lateness]


@dataclass(frozen=True)
class Verdict:
    """All that page 1 and the mail say.

    day: the one that the state is of; stale: what stands still, so that the state is the past.
    """

    stale: Stale | None
    day: date
    state: str
    on_map: bool
    since: date | None
    momentum: Axis | None
    heat: Axis | None
    hot: Signal | None
    cool: Signal | None
    tiles: list[Tile]
    map: str | None
    changes: Changes
    triggers: list[Trigger]
    strip: Strip
    health: Health


def build(issue: Issue) -> Verdict:
    """Page 1 of the issue."""
    found = standing_out(issue)
    states = _current(issue, quadrants(issue.series))
    return Verdict(
        stale=issue.stale,
        day=states["observation_date"].item(-1) if states.height else issue.as_of,
        state=states["state"].item(-1) if states.height else _with_one_axis(issue),
        on_map=states.height > 0,
        since=_since(states),
        momentum=_axis(issue, "momentum", "structural_momentum"),
        heat=_axis(issue, "heat", "overheating"),
        hot=next((s for s in found if s.hot), None),
        cool=next((s for s in found if not s.hot), None),
        tiles=six_tiles(issue),
        map=_map(issue, states),
        changes=_changes(issue),
        triggers=triggers(issue),
        strip=strip_of(issue),
        health=_health(issue),
    )


def _current(issue: Issue, states: pl.DataFrame) -> pl.DataFrame:
    """The daily states if they reach the newest sessions of the index, otherwise none of them; all
    where the issue is stale, for then each is shown with its day.
    """
    if issue.stale:
        return states
    sessions = history(issue, "close", SHANGHAI_COMPOSITE).days[-STALE_AFTER:]
    reached = states.height and sessions and states["observation_date"].item(-1) >= sessions[0]
    return states if reached else states.clear()


def _with_one_axis(issue: Issue) -> str:
    """What can be said of the market if one axis only is known, and known today."""
    heat, momentum = (
        fact
        if (fact := latest(issue, axis, "CN")) and fact.observation_date == issue.as_of
        else None
        for axis in ("overheating", "structural_momentum")
    )
    if heat:
        return "hot only" if heat.value >= HOT else "not hot only"
    if momentum:
        strong, weak = momentum.value >= ADVANCE, momentum.value < FADING
        return "strong only" if strong else "weak only" if weak else "undecided only"
    return UNKNOWN


def _since(states: pl.DataFrame) -> date | None:
    """The first day of the present state; None if it has lasted as long as the series."""
    days, names = states["observation_date"].to_list(), states["state"].to_list()
    others = [index for index, name in enumerate(names) if name != names[-1]]
    return days[others[-1] + 1] if others else None


def _map(issue: Issue, states: pl.DataFrame) -> str | None:
    path = trail(states)
    if path.is_empty():
        return None
    points = [charts.Point(m, h) for m, h in path.select("momentum", "heat").iter_rows()]
    weeks = path["observation_date"]
    first = str(short_day(weeks[0], issue.as_of))
    then = str(short_day(weeks[-1], issue.as_of)) if issue.stale else None
    return charts.two_axis_map(
        points,
        first,
        then or "this week",
        lines=(FADING, ADVANCE),
        hot=HOT,
        hollow=then is not None,
    )


def _axis(issue: Issue, side: str, metric: str) -> Axis | None:
    fact = latest(issue, metric, "CN")
    if fact is None:
        return None
    scored = [b for b in blocks(issue, side) if b.observation_date == fact.observation_date]
    low, high = (latest(issue, f"{metric}_{end}", "CN") for end in ("p10", "p90"))
    same_day = low is not None and low.observation_date == fact.observation_date
    return Axis(
        fact,
        low if same_day else None,
        high if same_day else None,
        scored,
        _mover(issue, side, fact),
    )


def _mover(issue: Issue, side: str, fact: Fact) -> str | None:
    """The block that moved the axis most, in its own direction, over the last five sessions."""
    days = history(issue, fact.metric, fact.entity).days
    if fact.change_1w is None or len(days) <= WEEK or round(fact.change_1w) == 0:
        return None
    parts = by_block(attribution(issue.series, side, days[-1 - WEEK], days[-1]))
    same_way = parts.filter(pl.col("contribution").sign() == pl.lit(fact.change_1w).sign())
    return same_way["block"].item(0) if same_way.height else None


def _changes(issue: Issue) -> Changes:
    leverage = latest(issue, "margin_financing_change_1d", "CN")
    fall = hardest_fall(issue)
    return Changes(
        leverage=leverage,
        leverage_large=leverage is not None and is_large_step(leverage),
        balance=latest(issue, "margin_financing_balance_cny", "CN"),
        turnover=latest(issue, "turnover_cny", "SSE+SZSE"),
        breadth=latest(issue, "breadth_up_share", "tech"),
        breadth_before=earlier(issue, "breadth_up_share", "tech"),
        fall=fall,
        fall_runup=latest(issue, "runup_30d", fall.entity) if fall else None,
        close=latest(issue, "close", SHANGHAI_COMPOSITE),
        strength=latest(issue, "rsi_14", SHANGHAI_COMPOSITE),
    )


def _health(issue: Issue) -> Health:
    late = lateness(issue)
    total = int(issue.health["read"].sum())
    return Health(counted(total - len(late), "health#fresh"), counted(total, "health#all"), late)
