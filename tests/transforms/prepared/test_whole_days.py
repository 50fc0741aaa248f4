"""Specs of days that are not whole and of prices that are not as traded: who uses them, and who
says so.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.engine.evaluate import evaluate
from transforms.issue.doubts import Doubt, doubts
from transforms.issue.missing import Kind, absences
from transforms.prepared.whole_days import partial_days, whole
from warehouse.quality.traded import adjusted

NOW = date(2026, 1, 13)
SHARES = 100


def bars(days: int = 30, shift: float = 0.0, *, stated: bool = False) -> pl.DataFrame:
    """A hundred shares; half of them, by code, rise by 1 % on the last day, the others fall."""
    dates = [NOW - timedelta(days=days - 1 - n) for n in range(days)]
    rows = pl.DataFrame({"code": [f"{600000 + n}.SH" for n in range(SHARES)]}).join(
        pl.DataFrame({"trade_date": dates}), how="cross"
    )
    rises = pl.col("code").str.slice(0, 6).cast(pl.Int64) < 600000 + SHARES // 2
    last = pl.col("trade_date") == NOW
    close = pl.when(last & rises).then(10.1).when(last).then(9.9).otherwise(10.0) + shift
    before = pl.lit(10.0 if stated else None, pl.Float64)
    return rows.with_columns(
        close=close, previous_close=before, known_at=pl.col("trade_date").cast(pl.Datetime("us"))
    )


def newest(found: pl.DataFrame, metric: str) -> date:
    return found.filter(metric=metric, entity="all")["observation_date"].max()


def test_a_day_with_a_quarter_of_the_shares_makes_no_breadth_and_is_named():
    """The half that rose comes first: the part of the list that is there would say «all rose»."""
    there = pl.col("code") < f"{600000 + SHARES // 4}.SH"
    cut = bars().filter((pl.col("trade_date") < NOW) | there)
    found = evaluate({"stock_daily": cut}, NOW)

    assert newest(evaluate({"stock_daily": bars()}, NOW), "breadth_up_share") == NOW
    assert newest(found, "breadth_up_share") == NOW - timedelta(days=1)
    assert doubts({"stock_daily": cut}, NOW).select(
        "dataset", "kind", "first_day", "there", "usual"
    ).rows() == [("stock_daily", Doubt.PARTIAL, NOW, 25, 100)]


def test_a_partial_day_in_the_past_is_left_out_of_the_days_after_it_too():
    hole = NOW - timedelta(days=3)
    cut = bars().filter((pl.col("trade_date") != hole) | (pl.col("code") < "600025.SH"))
    found = evaluate({"stock_daily": cut}, NOW).filter(metric="breadth_up_share", entity="all")

    assert hole not in found["observation_date"].to_list()
    assert found.filter(observation_date=NOW)["value"].item() == 0.5


def test_what_comes_later_does_not_make_a_day_partial():
    """The list doubles: the days before it were whole, seen from then and from now."""
    early = bars().filter((pl.col("code") < "600050.SH") | (pl.col("trade_date") >= NOW))

    assert doubts({"stock_daily": early}, NOW).is_empty()
    assert doubts({"stock_daily": bars()}, NOW - timedelta(days=40)).is_empty()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([100, 98, 25, 99], [True, True, False, True]),
        ([100] + [30] * 40, [True] + [False] * 40),  # a cut list never becomes the measure
        ([10, 2, 10], [True, True, True]),  # of ten, eight may be suspended
        ([25, 100, 90], [True, True, True]),
    ],
)
def test_whole_days(counts: list[int], expected: list[bool]):
    assert whole(np.array(counts)).tolist() == expected


def test_limits_are_silent_on_adjusted_prices_and_say_why():
    frames = {
        "stock_daily": bars(shift=0.0033, stated=True),
        "index_daily": pl.DataFrame(
            {"code": ["000001.SH"], "trade_date": [NOW], "close": [4000.0]}
        ).with_columns(known_at=pl.lit(NOW).cast(pl.Datetime("us"))),
    }
    found = evaluate(frames, NOW)
    told = absences(frames, found, NOW).filter(metric="limit_up_share")
    (doubt,) = doubts(frames, NOW).iter_rows(named=True)

    assert found.filter(metric="limit_up_share").is_empty()
    assert told["kind"].to_list() == [Kind.ADJUSTED]
    assert "adjusted prices up to 2026-01-13" in told["reason"].item()
    assert (doubt["kind"], doubt["first_day"], doubt["last_day"]) == (
        Doubt.ADJUSTED,
        NOW - timedelta(days=29),
        NOW,
    )
    assert evaluate({"stock_daily": bars(stated=True)}, NOW).filter(metric="limit_up_share").height


def test_whole_cents_among_adjusted_prices_make_no_limit():
    """A share whose adjusted prices happen to be whole cents is adjusted like the others."""
    shifted = bars(shift=0.0033, stated=True)
    one = pl.col("code") == "600000.SH"
    mixed = shifted.with_columns(
        close=pl.when(one & (pl.col("trade_date") == NOW))
        .then(11.0)
        .when(one)
        .then(10.0)
        .otherwise("close")
    )
    assert evaluate({"stock_daily": mixed}, NOW).filter(metric="limit_up_share").is_empty()


def test_traded_prices_beside_adjusted_ones_are_told_apart():
    """An adjusted file up to a week ago, quotes with the exchange's previous close since."""
    week = NOW - timedelta(days=7)
    file, quotes = bars(shift=0.0033), bars(stated=True)
    both = pl.concat(
        [file.filter(pl.col("trade_date") <= week), quotes.filter(pl.col("trade_date") > week)]
    )
    found = adjusted(both)

    assert found is not None
    assert found.last == week
    days = evaluate({"stock_daily": both}, NOW).filter(metric="limit_up_share")["observation_date"]
    assert days.min() == week + timedelta(days=1)
    assert adjusted(bars()) is None


def test_the_reason_why_a_partial_day_is_left_out_is_in_words():
    cut = bars().filter((pl.col("trade_date") < NOW) | (pl.col("code") < "600030.SH"))
    (told,) = doubts({"stock_daily": cut}, NOW)["reason"]

    assert told == "30 of 100 shares: the day is not whole and counts in no breadth"


def test_days_are_judged_in_their_order_however_the_rows_come() -> None:
    """A market that grew from 20 shares a day to 200, but for one day of 100 near its end."""
    counts = [20 + n for n in range(180)] + [100, 200]
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(len(counts))]
    rows = pl.DataFrame({
        "trade_date": [day for day, count in zip(days, counts, strict=True) for _ in range(count)]
    })  # fmt: skip

    for drawn in (rows, rows.reverse(), rows.sample(fraction=1.0, shuffle=True, seed=3)):
        assert partial_days(drawn).rows() == [(days[180], 100, 199)]
