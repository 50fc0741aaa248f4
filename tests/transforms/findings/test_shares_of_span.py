"""Days of breadth, flips and limit-ups: which of a span is told, with what, and how rare it is."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, MEMBERS, WEEK, frame, known, shares
from transforms.findings import shares as of_shares
from transforms.findings.finding import Finding, Histories
from transforms.findings.shares import Changes, Shares, found_in_shares
from transforms.findings.span import Span, span_of

SPAN = span_of(FRIDAY, DAYS)
assert SPAN is not None
EVEN = np.resize([0.48, 0.52], len(DAYS))


def histories(late: int = 0, **series: np.ndarray) -> Histories:
    """Series by metric and group: breadth_up_share__tech=…"""
    told = {tuple(name.split("__")): values for name, values in series.items()}
    rows = frame(told or {("x", "y"): np.ones(1)}, late=late)  # type: ignore[arg-type]
    return Histories(rows, {metric for metric, _ in told}, FRIDAY)


def found(frames: dict | None = None, span: Span = SPAN, **series: np.ndarray) -> list[Finding]:
    return list(found_in_shares(frames or {}, histories(**series), span))


def ending(*last: float, of: np.ndarray = EVEN) -> np.ndarray:
    return np.append(of[: -len(last)], last)


def test_without_shares_or_series_nothing_is_found():
    assert found() == []


def test_changes_have_their_middle():
    assert Changes(np.array([0.1, -0.5, 0.3, 0.2]), known(FRIDAY)).median == pytest.approx(0.15)


def test_a_share_is_measured_from_its_last_close_before_the_span():
    """One was suspended on the base: its close of the day before counts. One is new in the span."""
    steps = np.zeros((60, 3))
    steps[-5:, 0], steps[-5:, 1] = 0.01, -0.01
    rows = shares(steps, DAYS)
    code, day = pl.col("code"), pl.col("trade_date")
    rows = rows.filter(
        ~((code == "600001.SH") & (day == BASE)), (code != "600003.SH") | (day > BASE)
    )
    bars = Shares({"stock_daily": rows}, SPAN)
    over = bars.over_span["all"]

    assert over is not None
    assert over.values.tolist() == pytest.approx([1.01**5 - 1, 0.99**5 - 1])
    assert over.known_at == known(FRIDAY)
    assert bars.over_span["tech"] is None
    on = bars.on("all", WEEK[0])
    assert on is not None
    assert len(on.values) == 2, "of the new share nothing is known on its first day"
    assert bars.on("all", date(2025, 12, 20)) is None


@pytest.mark.parametrize(("lows", "told"), [(70, True), (75, False)])
def test_the_rarest_day_of_breadth_is_told_among_five(lows, told):
    """So many of 720 days before had as few, of which half count as farther out: 5 %."""
    values = EVEN.copy()
    values[: 2 * lows : 2] = 0.1
    values[-2] = 0.1
    days = [one for one in found(breadth_up_share__tech=values) if one.kind == "breadth_day"]

    assert [one.entity for one in days] == ["tech"] * told
    for one in days:
        assert one.numbers["rising"].value == 0.1
        assert (one.numbers["rising"].day, one.numbers["n"].value) == (WEEK[-2], MEMBERS)
        assert one.numbers["n"].unit == "count"
        alone = -math.log10((lows + 1) / (one.rarity.observations + 1))
        assert one.surprise == pytest.approx(max(alone - math.log10(5), 0.0))
        assert "median" not in one.numbers, "no shares are there"


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ((0.61, 0.4), (0.61, 0.4)),
        ((0.59, 0.4), None),
        ((0.4, 0.61), (0.4, 0.61)),
        ((0.5, 0.8), None),  # from the middle itself nothing is crossed
        ((0.52, 0.8, 0.5), None),
        ((0.9, 0.1, 0.7, 0.4), (0.1, 0.7)),  # of several records the last
    ],
)
def test_a_flip_crosses_the_middle_by_a_fifth(last, told):
    flips = [
        one for one in found(breadth_up_share__all=ending(*last)) if one.kind == "breadth_flip"
    ]

    assert [(one.numbers["before"].value, one.numbers["rising"].value) for one in flips] == (
        [told] if told else []
    )
    for one in flips:
        assert one.numbers["before"].day < one.numbers["rising"].day
        assert one.numbers["n"].value == MEMBERS


def test_a_flip_is_as_rare_as_its_step_among_the_days_of_the_span():
    (one,) = [o for o in found(breadth_up_share__all=ending(0.9, 0.1)) if o.kind == "breadth_flip"]

    steps = len(DAYS) - 1
    assert one.rarity.observations == steps
    assert one.surprise == pytest.approx(math.log10(steps + 1) - math.log10(5))


def limit_ups(*last: float, **more: np.ndarray) -> list[Finding]:
    calm = np.resize([0.01, 0.02, 0.03], len(DAYS))
    series = {"limit_up_share__all": ending(*last, of=calm)} | more
    return [one for one in found(**series) if one.kind == "limit_ups"]


def test_the_day_with_most_limit_ups_is_told_as_a_count():
    (one,) = limit_ups(0.104, 0.02, 0.5, 0.4, 0.02)

    assert (one.numbers["count"].value, one.numbers["count"].day) == (50, WEEK[2])
    assert one.rarity.observations == len(DAYS) - 2, "what came after it does not count"
    assert one.surprise == pytest.approx(math.log10(len(DAYS) - 1) - math.log10(5))
    assert "sealed" not in one.numbers
    assert limit_ups(0.02, 0.02) == []


def test_how_many_were_sealed_is_of_the_same_day():
    sealed = np.resize([0.6, 0.7], len(DAYS))
    (one,) = limit_ups(0.5, 0.02, limit_sealed_rate__all=sealed)

    assert one.numbers["sealed"].value == sealed[-2]
    assert one.numbers["sealed"].day == WEEK[-2]


def test_a_market_that_was_not_counted_has_no_number():
    rows = frame(
        {("limit_up_share", "all"): ending(0.5), ("breadth_up_share", "all"): ending(0.9, 0.05)}
    )
    uncounted = Histories(
        rows.with_columns(n=pl.lit(None, pl.Int64)), {"limit_up_share", "breadth_up_share"}, FRIDAY
    )

    assert list(found_in_shares({}, uncounted, SPAN)) == []


@pytest.mark.parametrize(("rose", "times"), [((0.1, 0.2), 2), ((0.2, 0.2), 2), ((0.3, 0.2), 1)])
def test_a_narrow_rise_is_as_rare_as_clear_rises_with_as_few_shares(rose, times):
    """Of 300 days the first and the last rose clearly, and on others fewer shares took part."""
    days = np.array(DAYS[-300:], dtype="datetime64[D]")
    moves = np.resize([0.001, 0.002], 300)
    moves[:75], moves[[0, -1]] = 0.0, 0.05
    took_part = np.full(300, 0.1)
    took_part[[0, -1]] = rose
    clear = moves >= np.percentile(moves, 75)
    took_part[clear & (moves < 0.05)] = 0.9
    rows = frame({("risen_in_5d_share", "tech"): took_part})
    past = Histories(rows, {"risen_in_5d_share"}, FRIDAY).of("risen_in_5d_share", "tech")

    found_rarity = of_shares._as_few(days, moves, past, SPAN)
    assert found_rarity.surprise == pytest.approx(math.log10(300 / times))
    assert of_shares._as_few(days, moves, None, SPAN).surprise == 0.0
