"""Specs of price limits: cents, boards, dates, first days, and prices that are none."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.engine.evaluate import evaluate
from transforms.formulas.price_limits import RULES, in_force, limits
from transforms.metrics.limits import streaks

NOW = date(2026, 1, 13)


@given(st.integers(2, 10_000_000), st.sampled_from([5, 10, 20, 30]))
def test_limits_are_rounded_half_up_to_the_cent(previous: int, percent: int):
    """As Decimal rounds; float arithmetic and half-even rounding are off by a cent."""
    (down,), (up,) = limits(np.array([previous]), np.array([percent]))
    share = Decimal(percent) / 100

    def rounded(factor: Decimal) -> int:
        return int((Decimal(previous) * factor).quantize(Decimal(1), ROUND_HALF_UP))

    assert up == max(rounded(1 + share), previous + 1)
    assert down == min(rounded(1 - share), previous - 1)


@pytest.mark.parametrize(
    ("previous", "percent", "down", "up"),
    [(1005, 10, 905, 1106), (1.25e2, 10, 113, 138), (4, 10, 3, 5), (333, 5, 316, 350)],
)
def test_limits_worked_out_by_hand(previous, percent, down, up):
    """10.05 × 1.1 = 11.055 → 11.06, × 0.9 = 9.045 → 9.05; 4 cents may still move by one."""
    found = limits(np.array([int(previous)]), np.array([percent]))

    assert [int(side[0]) for side in found] == [down, up]


def test_the_limit_of_a_board_is_the_one_of_the_day():
    days = np.array(["2020-08-21", "2020-08-24", "2023-04-07", "2023-04-10"], "datetime64[D]")

    assert in_force(RULES["ChiNext"], days)[0].tolist() == [10, 20, 20, 20]
    assert in_force(RULES["Main"], days)[1].tolist() == [1, 1, 1, 5]
    assert in_force(RULES["BSE"], days)[0].tolist() == [0, 0, 30, 30]


def stock(code: str, closes: list[float], previous: float | None = None, **more) -> pl.DataFrame:
    """Quiet bars at the first close, then the closes; each bar states the close before it."""
    path = [closes[0]] * 6 + closes
    before = [None, *path[:-1]]
    if previous is not None:
        before[-1] = previous
    days = [NOW - timedelta(days=len(path) - 1 - n) for n in range(len(path))]
    drawn = {"code": code, "trade_date": days, "close": path, "previous_close": before, **more}
    frame = pl.DataFrame(drawn, schema_overrides={"previous_close": pl.Float64})
    return frame.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def today(metric: str, *stocks: pl.DataFrame, entity: str = "all", column: str = "value", **more):
    found = evaluate({"stock_daily": pl.concat(stocks), **more}, NOW)
    rows = found.filter(metric=metric, entity=entity, observation_date=NOW)
    return rows[column].item() if rows.height else None


@pytest.mark.parametrize(
    ("code", "close", "share"),
    [
        ("600001.SH", 11.0, 1.0),
        ("600001.SH", 10.99, 0.0),
        ("688001.SH", 11.0, 0.0),
        ("688001.SH", 12.0, 1.0),
        ("300001.SZ", 12.0, 1.0),
        ("430001.BJ", 13.0, 1.0),
        ("430001.BJ", 12.0, 0.0),
    ],
)
def test_each_board_has_its_limit(code, close, share):
    assert today("limit_up_share", stock(code, [10.0, close])) == share


def test_limits_down_count_against_limits_up():
    three = [stock(f"60000{n}.SH", [10.0, close]) for n, close in enumerate([11.0, 11.0, 9.0])]

    assert today("limit_up_ratio", *three) == pytest.approx(2 / 3)
    assert today("limit_up_ratio", *three, column="n") == 3
    assert today("limit_up_share", *three) == pytest.approx(2 / 3)


def test_the_limit_follows_from_the_ex_rights_close():
    """11.00 stands 10 % over 10.00, but the stock went ex rights at 9.50: 10.45 is its limit."""
    assert today("limit_up_share", stock("600001.SH", [10.0, 11.0], previous=9.5)) == 0
    assert today("limit_up_share", stock("600001.SH", [10.0, 10.45], previous=9.5)) == 1


def test_a_bar_without_the_exchange_s_previous_close_has_no_known_limit():
    bare = stock("600001.SH", [10.0, 11.0]).with_columns(previous_close=pl.lit(None, pl.Float64))

    assert today("limit_up_share", bare) is None


def test_a_share_with_factors_and_no_ex_rights_day_has_the_close_before():
    bare = stock("600001.SH", [10.0, 11.0]).with_columns(previous_close=pl.lit(None, pl.Float64))
    factors = pl.DataFrame(
        {"code": ["600001.SH"] * 2, "ex_date": [date(1900, 1, 1), NOW], "factor": [1.0, 1.2]}
    ).with_columns(known_at=pl.lit(NOW).cast(pl.Datetime("us")))

    assert today("limit_up_share", bare, adjustment_factor=factors.head(1)) == 1
    assert today("limit_up_share", bare, adjustment_factor=factors) is None


def test_adjusted_prices_are_no_whole_cents_and_have_no_limit():
    """Prices less a dividend of 0.048, as some files adjust them, closes and previous closes."""
    moved = pl.col("close", "previous_close") - 0.048
    adjusted = stock("600001.SH", [10.0, 11.0]).with_columns(moved)

    assert today("limit_up_share", adjusted) is None


def test_prices_kept_in_four_bytes_are_whole_cents():
    narrow = stock("600001.SH", [1234.5, 1357.95]).with_columns(
        pl.col("close", "previous_close").cast(pl.Float32)
    )
    assert today("limit_up_share", narrow) == 1


def test_new_shares_have_no_limit_in_their_first_days():
    """+10 % on the 6th bar counts on the main board, on the 5th it does not; in Beijing the 2nd."""
    sixth = stock("600001.SH", [10.0, 11.0]).tail(6)
    fifth = sixth.tail(5)
    second = stock("430001.BJ", [10.0, 13.0]).tail(2)

    assert today("limit_up_share", sixth) == 1
    assert today("limit_up_share", fifth) is None
    assert today("limit_up_share", second) == 1


def test_a_share_under_special_treatment_has_half_the_limit():
    seen = pl.DataFrame({"code": ["600001.SH", "688001.SH"], "trade_date": NOW, "mark": "ST"})
    marked = {"special_treatment": seen.with_columns(known_at=pl.lit(NOW).cast(pl.Datetime("us")))}

    assert today("limit_up_share", stock("600001.SH", [10.0, 10.5]), **marked) == 1
    assert today("limit_up_share", stock("600001.SH", [10.0, 10.5])) == 0
    assert today("limit_up_share", stock("688001.SH", [10.0, 12.0]), **marked) == 1


def test_a_suspended_share_is_not_counted():
    trading, paused = stock("600001.SH", [10.0, 11.0]), stock("600002.SH", [10.0, 10.0])

    assert today("limit_up_share", trading, paused.head(-1)) == 1
    assert today("limit_up_share", trading, paused.head(-1), column="coverage") == 0.5


def test_counts_begin_when_limits_became_what_they_are():
    years = pl.col("trade_date", "known_at") - timedelta(days=2000)
    long_ago = stock("600001.SH", [10.0, 11.0]).with_columns(years)

    assert evaluate({"stock_daily": long_ago}, NOW).filter(metric="limit_up_share").is_empty()


def test_runs_of_limits():
    assert streaks(np.array([3, 4, 7, 8, 9])).tolist() == [1, 2, 1, 2, 3]
    assert streaks(np.array([], dtype=np.int64)).tolist() == []
    two = [stock("600001.SH", [10.0, 11.0, 12.1]), stock("600002.SH", [10.0, 10.0, 11.0])]
    assert today("limit_streak_longest", *two) == 2
    assert today("limit_streak_longest", stock("600001.SH", [10.0, 11.0, 12.0])) == 0


POOL = """
    trade_date | pool   | code
    2026-01-12 | up     | 600001.SH
    2026-01-12 | up     | 600002.SH
    2026-01-12 | up     | 600003.SH
    2026-01-12 | broken | 600004.SH
    2026-01-12 | down   | 600005.SH
    2026-01-13 | up     | 600001.SH
    """


def test_the_sealed_rate_needs_both_pools(table, measure):
    pool = table(POOL.replace("pool  ", "theme "))

    assert measure("limit_sealed_rate", limit_pool=pool.rename({"theme": "pool"})) == {
        "2026-01-12": 3 / 4
    }
