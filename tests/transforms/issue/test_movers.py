"""The followed stocks on their last day: who is there, the peak that they fell from, names."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from transforms.issue.movers import MOVERS, PEAK_WINDOW, chinese_names, movers, name_origins

LAST = date(2026, 1, 16)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def series(code: str, *path: float, ends: date = LAST, fall: float | None = None) -> pl.DataFrame:
    """A stock's closes on days in a row, its returns, and how far it is below its highest close."""
    begins = ends - days(len(path) - 1)
    found = [("close_cny", begins + days(n), close) for n, close in enumerate(path)]
    found += [
        ("return_1d", begins + days(n), after / before - 1)
        for n, (before, after) in enumerate(pairwise(path), start=1)
    ]
    below = path[-1] / max(path[-PEAK_WINDOW:]) - 1 if fall is None else fall
    found += [("drawdown_60d", ends, below), ("runup_30d", ends, 0.5), ("rsi_14", ends, 60.0)]
    return pl.DataFrame(
        [(code, *row) for row in found],
        ["entity", "metric", "observation_date", "value"], orient="row",
    )  # fmt: skip


def told(*frames: pl.DataFrame, names: dict[str, str] | None = None) -> list[dict[str, object]]:
    return movers(pl.concat(frames), names or {}).to_dicts()


def test_a_stock_stands_with_its_last_figures_and_the_day_of_its_peak():
    (one,) = told(series("A", 10.0, 10.0, 12.0, 11.0, 9.0), names={"A": "甲", "B": "乙"})

    assert one == {
        "code": "A", "name": "甲", "observation_date": LAST, "close": 9.0,
        "return_1d": pytest.approx(9 / 11 - 1), "runup_30d": 0.5,
        "peak_date": LAST - days(2), "drawdown_from_peak": -0.25,
    }  # fmt: skip


def test_the_deepest_fall_comes_first_and_equals_by_code():
    frames = [series(code, 10.0, 10.0, last) for code, last in (("C", 9.0), ("B", 9.0), ("A", 9.5))]
    frames.append(series("D", 10.0, 10.0, 8.0))

    assert [one["code"] for one in told(*frames)] == ["D", "B", "C", "A"]


@pytest.mark.parametrize(("back", "there"), [(29, True), (30, True), (31, False)])
def test_a_stock_without_a_bar_for_a_month_is_left_out(back, there):
    found = told(series("A", 1.0, 1.0, 1.0), series("B", 1.0, 1.0, ends=LAST - days(back)))

    assert [one["code"] for one in found] == (["A", "B"] if there else ["A"])


def test_of_equal_peaks_the_last_is_the_day():
    (one,) = told(series("A", 10.0, 10.0, 12.0, 12.0, 6.0))

    assert one["peak_date"] == LAST - days(1)


def test_a_peak_before_the_stock_was_followed_has_no_day():
    """The path that is known shows a smaller fall than the drawdown of the last 61 closes."""
    (one,) = told(series("A", 10.0, 10.0, 9.0, fall=-0.4))

    assert one["peak_date"] is None
    assert one["drawdown_from_peak"] == -0.4


@pytest.mark.parametrize(("before", "back"), [(60, 60), (61, None)])
def test_a_peak_counts_for_sixty_bars_after_it(before, back):
    """Behind it the path is level; its first close has no return, and is not part of it."""
    path = [50.0, 50.0, 100.0, *[80.0] * before]
    (one,) = told(series("A", *path))

    fallen = back is not None
    assert one["drawdown_from_peak"] == pytest.approx(-0.2 if fallen else 0.0)
    assert one["peak_date"] == (LAST - days(back) if fallen else LAST)


def test_each_stock_falls_along_its_own_path():
    found = told(series("A", 1.0, 5.0, 4.0), series("B", 100.0, 100.0, 50.0))

    assert {one["code"]: one["peak_date"] for one in found} == dict.fromkeys("AB", LAST - days(1))


def test_without_closes_there_are_no_movers():
    nothing = series("A", 1.0, 2.0).filter(pl.col("metric") != "close_cny")

    assert movers(nothing, {}).schema == MOVERS
    assert movers(nothing, {}).is_empty()


def named(day: str, *rows: tuple[str, int, str]) -> pl.DataFrame:
    return pl.DataFrame([(code, LAST + days(n), name) for code, n, name in rows],
                        ["code", day, "name"], orient="row")  # fmt: skip


def test_the_newest_name_counts_and_a_later_list_overrules_one_before_it():
    frames = {
        "security": named("valid_from", ("A", 0, "new"), ("A", -9, "old")),
        "ipo_a": named("listing_date", ("A", 5, "listed"), ("B", 5, "b")),
        "ipo_hk": named("listing_date", ("H", 9, "registered"), ("I", 9, "i")),
        "hk_security": named("first_seen", ("H", 0, "short")),
    }

    assert chinese_names(frames) == {"A": "new", "B": "b", "H": "short", "I": "i"}
    assert name_origins(frames) == {
        "A": "security", "B": "ipo_a", "H": "hk_security", "I": "ipo_hk"
    }  # fmt: skip
    assert chinese_names({}) == {}
