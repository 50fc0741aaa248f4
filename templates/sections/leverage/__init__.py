"""Borrowed money, and what each axis is made of."""

from __future__ import annotations

from dataclasses import dataclass

from templates import canvas, charts
from templates.canvas import Line, Note, Rule
from templates.format import block_name, index_name, level, percentile, short_day, signed
from templates.issue_view import (
    Footing,
    History,
    Lateness,
    blocks,
    footing,
    history,
    lateness,
    latest,
    newest_of_each,
)
from templates.signals import is_large_step
from transforms.axes.composite import AXES
from transforms.engine.metric import metrics
from transforms.facts import Fact
from transforms.issue.issue import Issue
from transforms.outlook.regime_transitions import CONTRIBUTIONS

SLUG, TITLE = "leverage", "Leverage, valuation, and what carries the axes"
BALANCE_DAYS, STEP_DAYS, TREND_DAYS = 340, 130, 340
WEEKS_BEFORE = 4


@dataclass(frozen=True)
class BalanceFigure:
    """The financing balance of all exchanges."""

    svg: str
    fact: Fact
    at_high: bool
    step: Fact | None
    footing: Footing


@dataclass(frozen=True)
class ChangeFigure:
    """One change of the balance through time."""

    svg: str
    fact: Fact
    large: bool
    footing: Footing


@dataclass(frozen=True)
class Moved:
    """What one metric, or data that came or went, moved an axis by in five sessions."""

    name: str
    points: Fact


@dataclass(frozen=True)
class BlocksFigure:
    """The blocks of one axis: score now, and four weeks ago; and what moved the axis lately."""

    svg: str
    axis: str
    highest: Fact
    lowest: Fact
    risen_most: Fact | None
    moved: list[Moved]
    footing: Footing


@dataclass(frozen=True)
class ValuationFigure:
    """How dear each index is against its own history of P/E."""

    svg: str
    dearest: Fact
    cheapest: Fact
    names: tuple[str, str]
    footing: Footing


@dataclass(frozen=True)
class Leverage:
    """The page; a figure without data is None."""

    balance: BalanceFigure | None
    step: ChangeFigure | None
    trend: ChangeFigure | None
    momentum: BlocksFigure | None
    heat: BlocksFigure | None
    systemic: Fact | None
    factor: Fact | None
    valuation: ValuationFigure | None
    late: list[Lateness]


def build(issue: Issue) -> Leverage:
    """All that the page prints."""
    return Leverage(
        balance=_balance(issue),
        step=_step(issue),
        trend=_trend(issue),
        momentum=_blocks(issue, "momentum", canvas.ACCENT),
        heat=_blocks(issue, "heat", canvas.ALARM),
        systemic=latest(issue, "heat_systemic", "CN"),
        factor=latest(issue, "heat_factor_correlation", "CN"),
        valuation=_valuation(issue),
        late=lateness(issue, "margin_market", "margin_exchange", "index_valuation"),
    )


def _balance(issue: Issue) -> BalanceFigure | None:
    fact = latest(issue, "margin_financing_balance_cny", "CN")
    past = history(issue, "margin_financing_balance_cny", "CN").last(BALANCE_DAYS)
    if fact is None or len(past) < 2:
        return None
    top = max(range(len(past)), key=lambda i: past.values[i])
    notes = (
        []
        if top == len(past) - 1
        else [
            Note(
                top,
                past.values[top],
                f"highest, {short_day(past.days[top], issue.as_of)}",
                canvas.GREY,
            )
        ]
    )
    svg = charts.lines(
        past.days,
        [Line(past.values, str(level(fact)), canvas.INK, 1.2)],
        canvas.TRILLION,
        notes=notes,
        width=canvas.FULL,
        height=40.0,
        room=20.0,
    )
    return BalanceFigure(
        svg,
        fact,
        top == len(past) - 1,
        latest(issue, "margin_financing_change_1d", "CN"),
        footing(issue, fact),
    )


def _step(issue: Issue) -> ChangeFigure | None:
    fact = latest(issue, "margin_financing_change_1d", "CN")
    past = history(issue, "margin_financing_change_1d", "CN").last(STEP_DAYS)
    if fact is None or not len(past):
        return None
    large = is_large_step(fact)
    svg = charts.bars(
        past.days,
        past.values,
        canvas.PERCENT,
        str(signed(fact)),
        strong=large,
        height=44.0,
        notes=_larger_before(issue, fact, past),
    )
    return ChangeFigure(svg, fact, large, footing(issue, fact))


def _larger_before(issue: Issue, fact: Fact, past: History) -> list[Note]:
    """The last day with a larger step of the same sign, if the figure reaches so far."""
    day = fact.largest_since
    if day is None or day not in past.days[:-12]:
        return []
    index = past.days.index(day)
    return [
        Note(index, past.values[index], f"last larger, {short_day(day, issue.as_of)}", canvas.GREY)
    ]


def _trend(issue: Issue) -> ChangeFigure | None:
    fact = latest(issue, "margin_financing_change_20d", "CN")
    past = history(issue, "margin_financing_change_20d", "CN").last(TREND_DAYS)
    if fact is None or len(past) < 2:
        return None
    svg = charts.lines(
        past.days,
        [Line(past.values, str(signed(fact)), canvas.ACCENT)],
        canvas.PERCENT,
        rules=[Rule(0.0, "")],
        room=13.0,
        height=44.0,
    )
    return ChangeFigure(svg, fact, is_large_step(fact), footing(issue, fact))


def _blocks(issue: Issue, axis: str, colour: str) -> BlocksFigure | None:
    facts = blocks(issue, axis)
    if not facts:
        return None
    before = [_weeks_ago(issue, fact) for fact in facts]
    svg = charts.dumbbells(
        [block_name(f.entity) for f in facts],
        before,
        [f.value for f in facts],
        [str(level(f)) for f in facts],
        colour=colour,
    )
    gains = [(f.change_1w, f) for f in facts if f.change_1w is not None and f.change_1w > 0]
    risen = max(gains, key=lambda pair: pair[0])[1] if gains else None
    moved = _moved(issue, AXES[axis])
    return BlocksFigure(svg, axis, facts[0], facts[-1], risen, moved, footing(issue, *facts))


def _moved(issue: Issue, axis: str) -> list[Moved]:
    """The largest contributions to the change of an axis, then all others, then the data's."""
    rest = {f"{axis}/others": "all others", f"{axis}/data": "data that came or went"}
    facts = [
        f for f in newest_of_each(issue, f"{CONTRIBUTIONS}_points") if f.entity.startswith(axis)
    ]
    named = sorted((f for f in facts if f.entity not in rest), key=lambda f: -abs(f.value))
    summed = [f for entity in rest for f in facts if f.entity == entity]
    return [Moved(rest.get(f.entity) or _component(issue, f.entity), f) for f in (*named, *summed)]


def _component(issue: Issue, reference: str) -> str:
    """The name of a metric of one entity, out of axis/metric/entity."""
    _, metric, entity = reference.split("/", 2)
    return f"{metrics()[metric].label} ({index_name(entity, issue.names)})"


def _weeks_ago(issue: Issue, fact: Fact) -> float | None:
    weeks = history(issue, "block_score", fact.entity).weekly(WEEKS_BEFORE + 1)
    return weeks.values[0] if len(weeks) == WEEKS_BEFORE + 1 else None


def _valuation(issue: Issue) -> ValuationFigure | None:
    followed = {fact.entity for fact in newest_of_each(issue, "close")}
    ranked = [
        f
        for f in newest_of_each(issue, "pe_ttm")
        if f.percentile is not None and f.entity in followed
    ]
    facts = sorted(ranked, key=_rank, reverse=True)
    if not facts:
        return None
    names = [index_name(f.entity, issue.names) for f in facts]
    rows = [f"{name}, P/E {level(f)}" for name, f in zip(names, facts, strict=True)]
    svg = charts.dumbbells(
        rows,
        [None] * len(facts),
        [_rank(f) for f in facts],
        [str(percentile(f)) for f in facts],
        colour=canvas.INK,
        width=canvas.FULL,
        left=48.0,
        room=12.0,
        row=4.3,
    )
    return ValuationFigure(svg, facts[0], facts[-1], (names[0], names[-1]), footing(issue, *facts))


def _rank(fact: Fact) -> float:
    return fact.percentile or 0.0
