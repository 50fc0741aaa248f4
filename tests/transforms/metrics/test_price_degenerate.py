"""Prices that are no market: nothing is measured wrongly, and nothing breaks."""

from __future__ import annotations

import math
import random
from datetime import date

import polars as pl
import pytest

from tests.markets.drawing import walk
from tests.transforms.conftest import only
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics

FAMILIES = (
    *("price", "momentum", "trend", "leadership", "persistence", "rsi", "volatility", "blowoff"),
)
# What a price that does not move has: a level, changes of nothing, no spread.
OF_A_FLAT_PRICE = {
    *(
        "close",
        "return_1d",
        "return_5d",
        "return_mtd",
        "return_ytd",
        "return_20d",
        "return_21d",
        "return_30d",
    ),
    *("return_60d", "return_250d", "momentum_12_1", "max_drawdown_250d", "acceleration_24m"),
    *("years_since_higher_close", "bars_since_higher_close", "record_close"),
    *("close_vs_ma50", "close_vs_ma200", "trend_slope_120d", "up_day_share_126d"),
    *("up_week_share_26w", "volatility_20d", "ex_ante_volatility"),
    *("series_runup_30d", "bars_since_runup_as_large"),
    *("convexity_60d", "convexity_120d", "convexity_250d"),
}
# Changes count as nothing up to the rounding of a mean of equal prices.
SMALL = 1e-12
NOW = date(2026, 1, 13)


def of_prices(closes: pl.DataFrame) -> pl.DataFrame:
    """The rows of all price metrics of closes."""
    known = pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8)
    index_daily = closes.with_columns(known_at=known)
    ours = [name for name, one in metrics().items() if one.family in FAMILIES]
    with only(*ours):
        rows = evaluate({"index_daily": index_daily}, max(index_daily["trade_date"]))
    return rows.filter(pl.col("metric").is_in(ours))


@pytest.fixture(scope="module")
def measured(weekdays):
    """The rows of all price metrics of indices given by their closes."""

    def of(**closes: list[float | None]) -> pl.DataFrame:
        frames = [
            pl.DataFrame(
                {"trade_date": weekdays(len(path)), "close": path}, strict=False
            ).with_columns(pl.col("close").cast(pl.Float64), code=pl.lit(code.replace("_", ".")))
            for code, path in closes.items()
        ]
        return of_prices(pl.concat(frames))

    return of


@pytest.fixture(scope="module")
def path() -> list[float]:
    return walk(random.Random("degenerate"), 800)


def values(rows: pl.DataFrame, entity: str) -> pl.DataFrame:
    same = rows.filter(pl.col("entity") == entity)
    return same.select("metric", "observation_date", "value", "score").sort(
        "metric", "observation_date"
    )


def test_a_price_that_never_moved_has_no_ratio_and_no_strength(measured):
    rows = measured(**{"000300_SH": [100.0] * 800})
    changes = rows.filter(pl.col("metric").is_in(["return_250d", "trend_slope_120d",
        "volatility_20d", "convexity_120d", "close_vs_ma200", "max_drawdown_250d"]))  # fmt: skip

    assert set(rows["metric"]) == OF_A_FLAT_PRICE
    assert changes["value"].abs().max() < SMALL
    assert changes["metric"].n_unique() == 6


def test_a_market_that_stood_still_after_a_wild_time_has_no_ratio_of_that_time(measured, path):
    """What was measured before leaves no rounding behind that a ratio would blow up."""
    still = [*path[:500], *[path[499]] * 300]
    last = measured(**{"000300_SH": still}).filter(
        pl.col("observation_date") == pl.col("observation_date").max()
    )

    assert set(last["metric"]) <= OF_A_FLAT_PRICE | {
        *("rsi_14", "bars_since_cross", "years_since_higher_high", "record_close"),
        *("tsmom_position", "tsmom_score", "tsmom_strength", "risk_adjusted_momentum"),
    }


@pytest.mark.parametrize("hole", [None, math.nan, 0.0, -1.0, math.inf])
def test_one_bad_bar_is_a_day_without_a_bar(measured, path, hole, without_a_bar):
    with_hole = measured(**{"000300_SH": [*path[:400], hole, *path[401:]]})

    assert values(with_hole, "000300.SH").equals(values(without_a_bar, "000300.SH"))


@pytest.fixture(scope="module")
def without_a_bar(path, weekdays):
    """The rows of an index that has no bar of a day at all."""
    bars = pl.DataFrame({"trade_date": weekdays(800), "close": path, "code": "000300.SH"})
    return of_prices(bars.filter(pl.col("trade_date") != weekdays(800)[400]))


def test_a_long_suspension_leaves_windows_of_bars_and_not_of_days(measured, path):
    """Half a year without a bar: the change over 20 days spans it, none is invented within."""
    gap = [*path[:600], *[None] * 120, *path[720:]]
    rows = measured(**{"000300_SH": gap}).filter(pl.col("metric") == "return_20d")

    assert rows.height == 680 - 20
    assert rows["value"].to_list()[-80] == pytest.approx(path[720] / path[580] - 1)


def test_a_new_listing_has_what_its_bars_allow_and_nothing_else(measured, path):
    for bars in (1, 2, 14, 15, 21):
        rows = measured(**{"000300_SH": path[:bars]})
        full = {name for name, one in metrics().items() if 0 < one.window <= bars}
        early = {"rsi_14", "rsi_14_weekly", "rsi_14_monthly", "return_mtd", "return_ytd"}
        whole = {name for name, one in metrics().items() if one.window == 0}

        assert set(rows["metric"]) <= full | whole | (early if bars > 14 else early - {"rsi_14"})
        assert ("rsi_14" in set(rows["metric"])) == (bars > 14)


def test_a_first_day_without_limit_is_one_large_change(measured, path):
    rows = measured(**{"000300_SH": [1.0, *[value + 400 for value in path]]})

    assert rows["value"].is_finite().all()
    assert rows.filter(pl.col("metric") == "return_1d")["value"][0] > 100


def test_an_index_that_vanishes_keeps_its_past_and_disturbs_nobody(measured, path):
    gone, there = [*path[:700], *[None] * 100], path[::-1]
    both = measured(**{"000688_SH": gone, "000905_SH": there})
    alone = measured(**{"000905_SH": there})

    assert values(both, "000905.SH").equals(values(alone, "000905.SH"))
    assert values(both, "000688.SH").filter(pl.col("metric") == "close").height == 700


def test_a_market_of_one_index_has_no_leader(measured, path):
    rows = measured(**{"000688_SH": path})

    assert not set(rows["metric"]) & {one for one in metrics() if "relative_strength" in one}
    assert "momentum_12_1" in set(rows["metric"])


def test_without_any_bar_there_is_nothing(measured):
    empty = pl.DataFrame(
        schema={"code": pl.String, "trade_date": pl.Date, "close": pl.Float64}
        | {"known_at": pl.Datetime("us")}
    )

    assert evaluate({"index_daily": empty}, NOW).is_empty()
    assert measured(**{"000300_SH": [None] * 30}).is_empty()
