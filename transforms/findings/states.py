"""Where the two axes stand and where they came from: states that have a past.

What is printed decides: an axis is at its line when it prints as the line, and near it within two
printed points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from transforms.axes.composite import AXES, WEIGHTS
from transforms.axes.regimes import HOT, STATES, quadrants
from transforms.findings.detectors import Found, Series
from transforms.findings.finding import Finding, Histories, History, Number
from transforms.findings.rarity import once_in, unranked
from transforms.findings.span import Span
from transforms.findings.watched import made
from transforms.formulas.printed_value import whole

CHINA = "CN"
MOMENTUM, HEAT = AXES["momentum"], AXES["heat"]
NEAR = 2  # printed points from a line
LATELY = timedelta(weeks=26)  # within which what was so before is so again
SCORE = "score 0-100"


def axes(histories: Histories, span: Span) -> Iterator[Finding]:
    """The state and both axes on the last session; what is known of an axis without a value."""
    momentum, heat = (_told(histories, axis, span) for axis in (MOMENTUM, HEAT))
    if momentum and heat:
        yield from _state(momentum, heat, span)
        yield _both(momentum, heat, histories, span)
        return
    both = {"momentum": momentum, "heat": heat}
    ranges = [one for side in both if not both[side] for one in _partial(side, histories, span)]
    yield from (_alone(side, one, span, ranges) for side, one in both.items() if one)
    yield from ranges


def near(heat: float) -> str:
    """How near the heat stands to its line, by what is printed: "" where it is not near."""
    points = whole(heat) - round(HOT)
    if points == 0:
        return "at"
    if abs(points) > NEAR:
        return ""
    return "just above" if points > 0 else "just below"


def _told(histories: Histories, metric: str, span: Span) -> Series | None:
    """An axis that has a value on the last session."""
    past = histories.of(metric, CHINA)
    return Series(past, SCORE) if past and past.place(span.last) is not None else None


def _state(momentum: Series, heat: Series, span: Span) -> Iterator[Finding]:
    """The state of the last session: whether it turned in the span, and what it was before."""
    rows = quadrants(pl.concat([_rows(MOMENTUM, momentum), _rows(HEAT, heat)]))
    days, states = rows["observation_date"].to_list(), rows["state"].to_list()
    changed = [place for place in range(1, len(states)) if states[place] != states[place - 1]]
    entered = changed[-1] if changed else 0
    turned = entered > 0 and days[entered] > span.base
    rarity = unranked(span.last)
    if turned:
        rarity = once_in(rows["observation_date"].to_numpy(), len(changed), len(span))
    here = len(momentum) - 1
    weeks = float((span.last - days[entered]).days // 7 + 1)
    numbers = {
        "momentum": momentum.level(here),
        "heat": heat.level(len(heat) - 1),
        "weeks": Number(weeks, "count", span.last, momentum.history.known_at(here), days[entered]),
    }
    terms = {
        "state": states[-1],
        "turn": _turn(days, states, entered) if turned else "still",
        "before": states[entered - 1] if entered else "",
    }
    yield made("state", CHINA, Found(rarity, numbers), **terms)


def _rows(metric: str, series: Series) -> pl.DataFrame:
    past = series.history
    rows = {"observation_date": past.days, "value": past.values}
    return pl.DataFrame(rows).with_columns(metric=pl.lit(metric))


def _turn(days: list[date], states: list[str], entered: int) -> str:
    """How a state came that was entered at a place: from heat, back to what it lately was, or new.

    Only what was so before the state that it follows is so again.
    """
    now, before = states[entered], states[entered - 1]
    if is_hot(before) and not is_hot(now):
        return "no longer"
    earlier = zip(days[:entered], states[:entered], strict=True)
    lately = any(one == now and days[entered] - day <= LATELY for day, one in earlier)
    return "again" if lately else "turned"


def is_hot(state: str) -> bool:
    """Whether a state is one of the hot ones."""
    return any(hot for (_, hot), name in STATES.items() if name == state)


def is_advance(state: str) -> bool:
    """Whether a state is an advance."""
    return any(up > 0 for (up, _), name in STATES.items() if name == state)


def _both(momentum: Series, heat: Series, histories: Histories, span: Span) -> Finding:
    """Both axes with what they gained over the span."""
    here = len(momentum) - 1
    numbers = {
        "momentum": momentum.level(here),
        "heat": heat.level(len(heat) - 1),
        "line": Number(float(HOT), SCORE, span.last, momentum.history.known_at(here)),
    }
    gained = _gained(momentum, span)
    changes = {"momentum_change": gained, "heat_change": _gained(heat, span)}
    numbers |= {role: change for role, change in changes.items() if change}
    terms = {
        "near": near(float(heat.values[-1])),
        "mover": _mover(histories, gained, span),
        "hottest": _hottest(histories, span)[0],
    }
    return made("axes", CHINA, Found(unranked(span.last), numbers), **terms)


def _gained(series: Series, span: Span) -> Number | None:
    """What an axis gained over the span; None where it had no value on its base."""
    base, last = series.history.place(span.base), len(series) - 1
    if base is None:
        return None
    return series.number(last, float(series.values[last] - series.values[base]), "points", base)


def _blocks(histories: Histories, side: str) -> Iterator[tuple[str, History]]:
    """The blocks of an axis that have a history."""
    for name in WEIGHTS:
        past = histories.of("block_score", name)
        if past and name.startswith(f"{side}/"):
            yield name, past


def _mover(histories: Histories, gained: Number | None, span: Span) -> str:
    """The block that moved momentum most in the direction in which it moved; "" without one."""
    sign = np.sign(gained.value) if gained else 0.0
    moved = {}
    for name, past in _blocks(histories, "momentum"):
        base, last = past.place(span.base), past.place(span.last)
        if base is not None and last is not None:
            moved[name] = sign * WEIGHTS[name] * float(past.values[last] - past.values[base])
    most = max(moved, key=lambda name: moved[name], default="")
    return most if most and moved[most] > 0 else ""


def _hottest(histories: Histories, span: Span) -> tuple[str, Number | None]:
    """The hottest block of the last session, with its score."""
    scores = {
        name: Series(past, SCORE).level(place)
        for name, past in _blocks(histories, "heat")
        if (place := past.place(span.last)) is not None
    }
    hottest = max(scores, key=lambda name: scores[name].value, default="")
    return hottest, scores.get(hottest)


def _alone(side: str, series: Series, span: Span, ranges: Sequence[Finding]) -> Finding:
    """One axis, where the other has no value; ranges: what is told of that one instead."""
    numbers, change = {"value": series.level(len(series) - 1)}, _gained(series, span)
    if change:
        numbers["change"] = change
    other = "range" if ranges else "nothing"
    return made("axis", AXES[side], Found(unranked(span.last), numbers), axis=side, other=other)


def _partial(side: str, histories: Histories, span: Span) -> Iterator[Finding]:
    """Between which values an axis without a value must lie, and on how much of its weight."""
    axis = AXES[side]
    series = {
        "low": histories.of(f"{axis}_low", CHINA),
        "high": histories.of(f"{axis}_high", CHINA),
        "coverage": histories.of("composite_coverage", axis),
    }
    numbers = {}
    for role, past in series.items():
        place = past.place(span.last) if past else None
        if past is None or place is None:
            return
        numbers[role] = Series(past, "fraction" if role == "coverage" else SCORE).level(place)
    name, score = _hottest(histories, span) if side == "heat" else ("", None)
    if score:
        numbers["hottest"] = score
    seen = Found(unranked(span.last), numbers)
    yield made("partial_axis", axis, seen, axis=side, hottest=name)
