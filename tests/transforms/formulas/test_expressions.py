"""The shared formulas on series small enough to check by hand."""

from datetime import date

import polars as pl
import pytest

from tests.transforms.formulas.reference_forms import wilder_rsi
from transforms.formulas.expressions import (
    mid_rank_percentile,
    one_bar_return,
    piecewise,
    run_up,
    trailing_percentile,
)


def of(expression: pl.Expr, *closes: float | None, previous: list[float | None] | None = None):
    nothing = [None] * len(closes)
    frame = pl.DataFrame(
        {"close": closes, "previous": previous or nothing},
        schema={"close": pl.Float64, "previous": pl.Float64},
    )
    return frame.select(expression).to_series().to_list()


CLOSE, PREVIOUS = pl.col("close"), pl.col("previous")


def test_rsi_is_seeded_with_the_plain_mean_and_then_smoothed():
    """Closes 10 12 11 14 13 with a window of 2: changes +2 -1 +3 -1."""
    up_2, down_2 = (2 + 0) / 2, (0 + 1) / 2
    up_3, down_3 = (up_2 * 1 + 3) / 2, (down_2 * 1 + 0) / 2
    up_4, down_4 = (up_3 * 1 + 0) / 2, (down_3 * 1 + 1) / 2

    expected = [
        None,
        None,
        100 * up_2 / (up_2 + down_2),
        100 * up_3 / (up_3 + down_3),
        100 * up_4 / (up_4 + down_4),
    ]
    assert of(wilder_rsi(CLOSE, 2), 10, 12, 11, 14, 13) == pytest.approx(expected)


def test_rsi_of_a_window_that_only_rose_is_100_and_of_one_that_only_fell_0():
    assert of(wilder_rsi(CLOSE, 2), 1, 2, 3, 4)[2:] == [100, 100]
    assert of(wilder_rsi(CLOSE, 2), 4, 3, 2, 1)[2:] == [0, 0]


def test_rsi_of_a_series_that_never_moved_is_unknown():
    assert of(wilder_rsi(CLOSE, 2), 5, 5, 5, 5) == [None] * 4


def test_rsi_needs_the_whole_window():
    assert of(wilder_rsi(CLOSE, 14), *range(14)) == [None] * 14


def test_the_return_prefers_the_exchanges_previous_close_and_is_unknown_on_a_first_bar():
    """The issue price of a listing is not a previous bar."""
    found = of(one_bar_return(CLOSE, PREVIOUS), 10, 5.5, 6.6, previous=[4, 5, None])

    assert found == pytest.approx([None, 5.5 / 5 - 1, 6.6 / 5.5 - 1])


def test_a_run_up_counts_from_the_lowest_close_of_the_window_and_this_bar():
    assert of(run_up(CLOSE, 2), 4, 2, 3, 6, 12) == [None, None, 3 / 2 - 1, 6 / 2 - 1, 12 / 3 - 1]


def test_the_percentile_counts_ties_half_and_only_the_past():
    found = of(mid_rank_percentile(CLOSE, 5), 3, 1, 3, 3, 9)

    expected = [
        100 * (0 + 0.5 * 1) / 1,
        100 * (0 + 0.5 * 1) / 2,
        100 * (1 + 0.5 * 2) / 3,
        100 * (1 + 0.5 * 3) / 4,
        100 * (4 + 0.5 * 1) / 5,
    ]
    assert found == pytest.approx(expected)


def test_anchors_are_joined_by_straight_lines_and_flat_outside():
    anchors = ((30, 10), (50, 35), (70, 70))
    found = of(piecewise(CLOSE, anchors), 0, 30, 40, 50, 60, 70, 99, None)

    assert found == [10, 10, (10 + 35) / 2, 35, (35 + 70) / 2, 70, 70, None]


@pytest.mark.parametrize("percentile", ["all", "span"])
def test_values_that_differ_in_the_last_bits_only_are_of_one_rank(percentile):
    """0.1 + 0.2 is 0.3 and a last bit: which of the two is larger hangs on how it was added up."""
    days = [date(2026, 1, day) for day in range(1, 5)]
    rank = {
        "all": lambda value: mid_rank_percentile(value, 4),
        "span": lambda value: trailing_percentile(value, pl.col("day"), "5y", 1),
    }[percentile]

    def of_last(values: list[float]) -> float:
        frame = pl.DataFrame({"day": days, "value": values})
        return frame.select(rank(pl.col("value"))).to_series().item(-1)

    assert of_last([0.1, 0.4, 0.3, 0.1 + 0.2]) == of_last([0.1, 0.4, 0.3, 0.3]) == 50
    assert of_last([0.1, 0.4, 0.3, 0.3 + 1e-13]) == 50, "the thirteenth digit does not count"
    assert of_last([0.1, 0.4, 0.3, 0.3 + 2e-12]) == 62.5, "the twelfth does"
