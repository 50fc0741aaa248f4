"""How a day went, by hand: one share and one index over a few days."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.intraday.figures import FIGURES

DAYS = [date(2026, 1, 8), date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 13)]
SHARE, INDEX = "600118.SH", "000300.SH"
KNOWN = datetime(2026, 1, 13, 8)
PLAIN = {
    "minutes": 240, "open": 10.0, "high": 11.0, "low": 9.9, "close": 10.5, "amount_cny": 1e8,
    "realised_variance": 4e-4, "bipower_variation": 3e-4, "tripower_quarticity": 1e-8,
    "returns": 48, "first_half_hour": 0.3, "last_half_hour": 0.2, "concentration": 0.01,
    "minutes_at_high": 60, "minutes_at_low": 12, "source": "drawn",
}  # fmt: skip


def day(code: str, when: date, **changed: float) -> dict[str, object]:
    known = datetime(when.year, when.month, when.day, 8)
    return {**PLAIN, "code": code, "trade_date": when, "known_at": known, **changed}


def frame(*days: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(days), schema=FIGURES)


def closes(code: str, close: list[float], previous: list[float | None]) -> pl.DataFrame:
    rows = {"code": code, "trade_date": DAYS, "close": close, "previous_close": previous}
    return pl.DataFrame(rows).with_columns(
        known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8)
    )


def earlier() -> pl.DataFrame:
    """Five days of the share before all others."""
    days = [when - timedelta(days=7) for when in [*DAYS, DAYS[-1] + timedelta(days=1)]]
    frame = closes(SHARE, [10.0] * 4, [10.0] * 4)
    first = pl.concat([frame, frame.tail(1)]).with_columns(trade_date=pl.Series(days))
    return first.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("intraday_volatility", math.sqrt(243 * 4e-4)),
        ("jump_variance_share", 0.25),
        ("jump_z", 0.25 / math.sqrt((math.pi**2 / 4 + math.pi - 5) / 48)),
        ("first_half_hour_share", 0.3),
        ("last_half_hour_share", 0.2),
        ("turnover_u_shape", (0.5 / 60) / (0.5 / 180)),
        ("minute_turnover_hhi", 0.01),
    ],
)
def test_what_the_day_alone_tells(measure, metric, value):
    found = measure(metric, stock_minute=frame(day(SHARE, DAYS[-1])))
    assert found == {str(DAYS[-1]): pytest.approx(value)}


def test_a_heavy_tail_widens_the_statistic(measure):
    heavy = frame(day(SHARE, DAYS[-1], tripower_quarticity=4 * 9e-8))
    plain = 0.25 / math.sqrt((math.pi**2 / 4 + math.pi - 5) / 48)
    assert measure("jump_z", stock_minute=heavy) == {str(DAYS[-1]): pytest.approx(plain / 2)}


def test_bipower_above_the_variance_is_no_jump(measure):
    smooth = frame(day(SHARE, DAYS[-1], bipower_variation=5e-4))
    assert measure("jump_variance_share", stock_minute=smooth) == {str(DAYS[-1]): 0.0}


def test_a_day_that_is_cut_off_has_no_value(measure):
    two = frame(day(SHARE, DAYS[-2], minutes=215), day(SHARE, DAYS[-1], minutes=216))
    assert list(measure("last_half_hour_share", stock_minute=two)) == [str(DAYS[-1])]


def test_the_gap_of_a_share_is_from_the_close_before_without_its_dividend(measure):
    bars = closes(SHARE, [9.0, 9.0, 9.0, 10.5], [9.0, 9.0, 9.0, 8.0])
    frames = {"stock_minute": frame(day(SHARE, DAYS[-1])), "stock_daily": bars}
    assert measure("opening_gap", **frames)[str(DAYS[-1])] == pytest.approx(10 / 8 - 1)
    night = math.log(10 / 8) ** 2
    found = measure("overnight_variance_share", **frames)[str(DAYS[-1])]
    assert found == pytest.approx(night / (night + 4e-4))


def test_the_gap_of_an_index_is_from_its_close_before(measure):
    levels = closes(INDEX, [9.0, 9.0, 9.5, 10.5], [None] * 4).drop("previous_close")
    found = measure("opening_gap", stock_minute=frame(day(INDEX, DAYS[-1])), index_daily=levels)
    assert found == {str(DAYS[-1]): pytest.approx(10 / 9.5 - 1)}


def test_without_a_close_before_there_is_no_gap(measure):
    assert measure("opening_gap", stock_minute=frame(day(SHARE, DAYS[-1]))) == {}
    young = closes(INDEX, [9.0] * 4, [None] * 4).drop("previous_close")
    first = frame(day(INDEX, DAYS[0]))
    assert measure("opening_gap", stock_minute=first, index_daily=young) == {}


def test_time_at_a_limit_counts_only_if_the_day_reached_it(measure):
    """The upper limit of 10.00 is 11.00, the lower one 9.00; the first five days have none."""
    bars = pl.concat([earlier(), closes(SHARE, [10.0] * 4, [10.0] * 4)])
    days = [
        day(SHARE, DAYS[1], high=10.99),
        day(SHARE, DAYS[2]),
        day(SHARE, DAYS[3], high=10.5, low=9.0),
    ]
    found = measure("sealed_time_share", stock_minute=frame(*days), stock_daily=bars)
    assert found == {
        str(DAYS[1]): 0.0,
        str(DAYS[2]): pytest.approx(60 / 240),
        str(DAYS[3]): pytest.approx(12 / 240),
    }


def test_an_index_and_a_share_without_a_known_limit_are_not_sealed(measure):
    unstated = closes(SHARE, [10.0] * 4, [None] * 4)
    levels = closes(INDEX, [10.0] * 4, [None] * 4).drop("previous_close")
    both = frame(day(SHARE, DAYS[-1]), day(INDEX, DAYS[-1]))
    frames = {"stock_minute": both, "stock_daily": unstated, "index_daily": levels}
    assert measure("sealed_time_share", by="entity", **frames) == {}


def test_a_close_that_comes_late_makes_the_gap_known_late(measure):
    late = datetime(2026, 1, 13, 12)
    bars = closes(INDEX, [9.0, 9.0, 9.5, 10.5], [None] * 4).drop("previous_close")
    bars = bars.with_columns(
        known_at=pl.when(pl.col("trade_date") == DAYS[2]).then(late).otherwise("known_at")
    )
    frames = {"stock_minute": frame(day(INDEX, DAYS[-1])), "index_daily": bars}
    assert measure("opening_gap", column="known_at", **frames) == {str(DAYS[-1]): late}
    assert measure("intraday_volatility", column="known_at", **frames) == {str(DAYS[-1]): KNOWN}
