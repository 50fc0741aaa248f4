"""Figures of days against numpy and pandas, by hand, and by the laws that they keep."""

from __future__ import annotations

import math
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.drawn.minutes import minute_bars
from transforms.intraday.figures import (
    FIGURES,
    figures_of,
    measure_partition,
)
from transforms.intraday.variation import jump_share, jump_statistic

DAYS = [date(2026, 1, 12), date(2026, 1, 13)]
CODES = ["000300.SH", "600118.SH"]
MORNING, AFTERNOON = range(571, 691), range(781, 901)
CLOSE = {"rel": 1e-11, "abs": 1e-15}


def reference(bars: pl.DataFrame) -> dict[str, float]:
    """The figures of one code and day in pandas and numpy, written apart from ours."""
    day = bars.to_pandas().sort_values("minute").set_index("minute")
    ends = [570, *range(575, 691, 5), *range(785, 901, 5)]
    auction = day[day.index <= 570]
    start = auction["close"].iloc[-1] if len(auction) else day["open"].iloc[0]
    price = day["close"].reindex(range(570, 901)).ffill().reindex(ends)
    price.iloc[0] = start
    r = np.diff(np.log(price.to_numpy()))
    a, n = np.abs(r), len(r)
    mu43 = 2 ** (2 / 3) * math.gamma(7 / 6) / math.gamma(0.5)
    amount = day["amount_cny"]
    share = amount / amount.sum()
    traded = day[day.index > 570]
    return {
        "realised_variance": float((r**2).sum()),
        "bipower_variation": float(np.pi / 2 * n / (n - 1) * (a[1:] * a[:-1]).sum()),
        "tripower_quarticity": float(
            n * mu43**-3 * n / (n - 2) * ((a[2:] * a[1:-1] * a[:-2]) ** (4 / 3)).sum()
        ),
        "returns": n,
        "first_half_hour": float(share[share.index <= 600].sum()),
        "last_half_hour": float(share[share.index > 870].sum()),
        "concentration": float((share**2).sum()),
        "amount_cny": float(amount.sum()),
        "minutes": len(traded),
        "high": float(day["high"].max()),
        "low": float(day["low"].min()),
        "close": float(day["close"].iloc[-1]),
        "minutes_at_high": int((traded["low"] == day["high"].max()).sum()),
        "minutes_at_low": int((traded["high"] == day["low"].min()).sum()),
    }


@pytest.mark.parametrize("auction", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_pandas_and_numpy(seed: int, *, auction: bool):
    bars = minute_bars(seed, CODES, DAYS, auction=auction)
    found = measure_partition(bars.sample(fraction=1, shuffle=True, seed=seed))
    assert found.schema == FIGURES
    for one in found.iter_rows(named=True):
        of_day = bars.filter(code=one["code"], trade_date=one["trade_date"])
        for name, value in reference(of_day).items():
            assert one[name] == pytest.approx(value, **CLOSE), name


def test_figures_of_a_day_depend_on_no_other_day_or_code():
    bars = minute_bars(5, [f"60000{n}.SH" for n in range(9)], DAYS)
    whole = measure_partition(bars)
    for code in ("600003.SH", "600008.SH"):
        one = pl.col("code") == code
        assert measure_partition(bars.filter(one)).equals(whole.filter(one))


def test_the_order_of_bars_and_of_codes_changes_no_bit():
    codes = ["688981.SH", "000001.SZ", "600118.SH", "000300.SH"]
    bars = minute_bars(5, codes, DAYS)
    found = measure_partition(bars.sample(fraction=1, shuffle=True, seed=1))
    assert found.equals(measure_partition(bars))
    assert found.select("code", "trade_date").equals(
        found.select("code", "trade_date").sort("code", "trade_date")
    )


def drawn(closes: list[float], amounts: list[float] | None = None) -> pl.DataFrame:
    """A day without an auction whose minutes close at these prices; it opens at the first."""
    minutes = [*MORNING, *AFTERNOON][: len(closes)]
    opened = [closes[0], *closes[:-1]]
    return pl.DataFrame(
        {
            "code": "600118.SH",
            "trade_date": DAYS[0],
            "minute": minutes,
            "open": opened,
            "high": [max(pair) for pair in zip(opened, closes, strict=True)],
            "low": [min(pair) for pair in zip(opened, closes, strict=True)],
            "close": closes,
            "amount_cny": amounts or [1.0] * len(closes),
            "known_at": datetime(2026, 1, 12, 8),
            "source": "drawn",
        }
    ).with_columns(pl.col("known_at").cast(pl.Datetime("us")))


def test_a_day_that_trades_evenly_by_hand():
    one = measure_partition(drawn([10.0] * 240)).row(0, named=True)
    assert one["realised_variance"] == one["bipower_variation"] == 0
    assert one["first_half_hour"] == one["last_half_hour"] == pytest.approx(30 / 240)
    assert one["concentration"] == pytest.approx(1 / 240)
    assert (one["minutes"], one["returns"]) == (240, 48)
    assert one["minutes_at_high"] == one["minutes_at_low"] == 240


def test_a_single_jump_is_in_the_variance_and_not_in_bipower_variation():
    one = measure_partition(drawn([10.0] * 100 + [11.0] * 140)).row(0, named=True)
    assert one["realised_variance"] == pytest.approx(math.log(1.1) ** 2)
    assert one["bipower_variation"] == 0
    assert one["minutes_at_high"] == 139, "the minute of the jump has the price before too"


def test_minutes_sealed_at_the_high_are_counted_and_those_beside_it_are_not():
    path = [10.0] * 60 + [11.0] * 100 + [10.9] * 20 + [11.0] * 60
    one = measure_partition(drawn(path)).row(0, named=True)
    assert one["minutes_at_high"] == 99 + 59


def test_an_auction_at_the_limit_is_no_minute_at_it():
    flat = drawn([10.0] * 240)
    auction = flat.head(1).with_columns(minute=pl.lit(570, pl.Int64))
    one = measure_partition(pl.concat([auction, flat])).row(0, named=True)
    assert (one["minutes"], one["minutes_at_high"], one["minutes_at_low"]) == (240, 240, 240)


def test_without_opening_prices_a_day_begins_with_its_first_close():
    """Eastmoney has none of earlier days; its auction tells the opening price."""
    bars = drawn([10.0 + n / 100 for n in range(240)]).with_columns(open=pl.lit(None, pl.Float64))
    assert measure_partition(bars)["open"].item() == 10.0
    whole = minute_bars(1, CODES, DAYS)
    bare = whole.with_columns(open=pl.lit(None, pl.Float64))
    assert_frame_equal(measure_partition(bare), measure_partition(whole))


def test_a_day_with_a_bar_without_value_has_no_shares_of_it():
    amounts = [1.0] * 240
    bars = drawn([10.0] * 240, amounts).with_columns(
        amount_cny=pl.when(pl.col("minute") != 700 + 100).then("amount_cny")
    )
    one = measure_partition(bars).row(0, named=True)
    assert {one[n] for n in ("amount_cny", "first_half_hour", "last_half_hour", "concentration")} == {None}  # fmt: skip
    assert one["realised_variance"] == 0


@pytest.mark.parametrize("late", [571, 650, 900])
def test_the_figures_of_a_day_are_known_with_the_last_of_its_bars_and_name_all_sources(late: int):
    bars = minute_bars(3, CODES, DAYS)
    came = datetime(2026, 1, 15, 1)
    mine = pl.struct("code", "trade_date", "minute") == pl.struct(
        code=pl.lit(CODES[0]), trade_date=pl.lit(DAYS[0]), minute=pl.lit(late)
    )
    changed = bars.with_columns(
        known_at=pl.when(mine).then(pl.lit(came, pl.Datetime("us"))).otherwise("known_at"),
        source=pl.when(mine).then(pl.lit("another")).otherwise("source"),
    )
    found, before = measure_partition(changed), measure_partition(bars)
    assert found["known_at"].to_list() == [came, *before["known_at"][1:]]
    assert found["source"].to_list() == ["another, drawn", "drawn", "drawn", "drawn"]


def test_figures_pass_where_bars_are_expected():
    bars = minute_bars(1, CODES, DAYS)
    found = measure_partition(bars)
    assert figures_of(found).equals(found)
    assert figures_of(bars.drop("source")).drop("source").equals(found.drop("source"))


paths = st.lists(st.sampled_from([-3, -1, 0, 0, 1, 2]), min_size=239, max_size=239)


@settings(max_examples=30, deadline=None)
@given(paths, st.lists(st.integers(1, 10_000), min_size=240, max_size=240), st.integers(-9, 9))
def test_laws_of_any_day(steps: list[int], amounts: list[int], power: int):
    """Parts are parts, and the unit of the price leaves no trace."""
    closes = [float(c) / 100 for c in np.maximum(np.cumsum([2000, *steps]), 1)]
    bars = drawn(closes, [float(a) for a in amounts])
    one = measure_partition(bars).row(0, named=True)
    assert 0 <= one["first_half_hour"] + one["last_half_hour"] <= 1 + 1e-12
    assert 1 / 240 - 1e-12 <= one["concentration"] <= 1
    assert one["low"] <= min(one["open"], one["close"]) <= one["high"]
    assert one["minutes_at_high"] + one["minutes_at_low"] <= 240 or one["high"] == one["low"]
    money = ["open", "high", "low", "close", "amount_cny"]
    scaled = measure_partition(bars.with_columns(pl.col(money) * 2.0**power))
    assert scaled.drop(money).equals(measure_partition(bars).drop(money))


def random_walks(days: int, jump: float) -> pl.DataFrame:
    """Days of a random walk with 1 % a day, and a jump at noon in each."""
    rng = np.random.default_rng(7)
    steps = rng.standard_normal((days, 240)) * 0.01 / math.sqrt(240)
    steps[:, 120] += jump
    frames = [
        drawn([float(p) for p in 10 * np.exp(np.cumsum(row))]).with_columns(
            code=pl.lit(f"{600000 + n}.SH")
        )
        for n, row in enumerate(steps)
    ]
    return measure_partition(pl.concat(frames)).with_columns(
        share=jump_share(pl.col("realised_variance"), pl.col("bipower_variation")),
        z=jump_statistic(*(pl.col(n) for n in NEEDED)),
    )


NEEDED = ("realised_variance", "bipower_variation", "tripower_quarticity", "returns")


def test_without_jumps_bipower_is_the_variance_and_the_statistic_a_normal():
    """Up to sampling: 400 days; at 5 % each, the mean of a normal lies within 0.1."""
    found = random_walks(400, 0.0)
    assert found["bipower_variation"].mean() == pytest.approx(1e-4, rel=0.05)
    assert found["realised_variance"].mean() == pytest.approx(1e-4, rel=0.05)
    assert abs(found["z"].mean()) < 0.25
    assert found["z"].std() == pytest.approx(1.0, abs=0.2)
    assert (found["z"] > 3).mean() < 0.02


def test_with_a_jump_of_a_day_nearly_all_days_show_it():
    found = random_walks(100, 0.03)
    assert found["share"].mean() > 0.7
    assert (found["z"] > 3).mean() > 0.9


def test_a_day_that_did_not_move_has_no_jumps():
    none = pl.select(
        share=jump_share(pl.lit(0.0), pl.lit(0.0)),
        z=jump_statistic(pl.lit(1e-4), pl.lit(0.0), pl.lit(0.0), pl.lit(48)),
    )
    assert none.row(0) == (None, None)


def test_without_bars_there_are_no_figures():
    assert measure_partition(pl.DataFrame()).schema == FIGURES
