"""Signals: readings of the week that stand out, and which side they support.

The headline is built on them, and other sections mark the same readings by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from templates.issue_view import COMPOSITE, earlier, history, latest, newest_of_each
from transforms.facts import Fact
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD
from transforms.issue.issue import Issue

LONG_AGO_DAYS, FRESH_SESSIONS = 60, 2
MANY_RUNUPS = 20
FEW_RISE, MANY_RISE = 0.35, 0.75
HARD_FALL = -0.09


@dataclass(frozen=True)
class Signal:
    """One reading that stands out: `hot` supports overheating, otherwise cooling.

    `weight` ranks signals of one side; `fact` is the reading and `other` what it is compared with.
    """

    kind: str
    fact: Fact
    weight: float
    hot: bool = field(kw_only=True)
    other: Fact | None = field(default=None, kw_only=True)


def standing_out(issue: Issue) -> list[Signal]:
    """Everything that stands out in the newest sessions, the weightiest first."""
    sessions = history(issue, "close", COMPOSITE).days[-FRESH_SESSIONS:] or [issue.as_of]
    found = [
        *_turnover(issue),
        *_leverage(issue),
        *_breadth(issue),
        *_movers(issue),
        *_strength(issue),
        *_runups(issue),
    ]
    fresh = [signal for signal in found if signal.fact.observation_date >= sessions[0]]
    return sorted(fresh, key=lambda signal: -signal.weight)


def is_large_step(fact: Fact) -> bool:
    """Whether a change is the largest of its sign for at least two months."""
    if not fact.has_record:
        return False
    before = fact.largest_since
    return before is None or (fact.observation_date - before).days >= LONG_AGO_DAYS


def _turnover(issue: Issue) -> Iterator[Signal]:
    fact = latest(issue, "turnover_cny", "SSE+SZSE")
    if fact is not None and fact.record:
        yield Signal(
            "turnover_record", fact, 1.0, hot=True, other=earlier(issue, fact.metric, fact.entity)
        )


def _leverage(issue: Issue) -> Iterator[Signal]:
    fact = latest(issue, "margin_financing_change_1d", "CN")
    if fact is None or not is_large_step(fact) or fact.value == 0:
        return
    kind = "leverage_jump" if fact.value > 0 else "leverage_drop"
    yield Signal(kind, fact, 0.9, hot=fact.value > 0)


def _breadth(issue: Issue) -> Iterator[Signal]:
    fact = latest(issue, "breadth_up_share", "tech")
    if fact is not None and fact.value <= FEW_RISE:
        yield Signal(
            "few_rise", fact, 0.95, hot=False, other=earlier(issue, fact.metric, fact.entity)
        )
    if fact is not None and fact.value >= MANY_RISE:
        yield Signal(
            "many_rise", fact, 0.5, hot=True, other=earlier(issue, fact.metric, fact.entity)
        )


def _movers(issue: Issue) -> Iterator[Signal]:
    fact = hardest_fall(issue)
    if fact is not None and fact.value <= HARD_FALL:
        yield Signal("hard_fall", fact, 0.8, hot=False)


def _strength(issue: Issue) -> Iterator[Signal]:
    fact = latest(issue, "rsi_14", COMPOSITE)
    if fact is not None and fact.value >= OVERBOUGHT:
        yield Signal("overbought", fact, 0.7, hot=True)
    if fact is not None and fact.value <= OVERSOLD:
        yield Signal("oversold", fact, 0.85, hot=False)


def _runups(issue: Issue) -> Iterator[Signal]:
    fact = latest(issue, "runup_30d_ge_90pct_count", "all")
    if fact is not None and fact.value >= MANY_RUNUPS:
        yield Signal("runups", fact, 0.6, hot=True)


def hardest_fall(issue: Issue) -> Fact | None:
    """The worst one-day return among the followed theme's shares on their newest common day."""
    members = set(issue.movers["code"].to_list())
    returns = [f for f in newest_of_each(issue, "return_1d") if f.entity in members]
    newest = max((f.observation_date for f in returns), default=None)
    falls = [f for f in returns if f.observation_date == newest]
    return min(falls, key=lambda fact: fact.value, default=None)
