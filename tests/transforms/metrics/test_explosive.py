"""Specs of the metrics of explosive prices: weeks, memory, histories that are short or broken."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.transforms.formulas.test_gsadf import bubble, walk
from transforms.formulas import gsadf_critical_values
from transforms.indicators import bsadf, psy_critical_value
from transforms.metrics import explosive as family
from transforms.metrics.explosive import LONG, SHORT, smallest_window
from transforms.prepared.series import series_bars


def weekly(code: str, closes: np.ndarray) -> pl.DataFrame:
    """One bar a week, on Fridays up to 2026-01-09."""
    fridays = [date(2026, 1, 9) - timedelta(7 * back) for back in range(len(closes))][::-1]
    return pl.DataFrame(
        {"code": code, "trade_date": fridays, "close": closes},
        schema_overrides={"close": pl.Float64},
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8))


def test_an_exuberant_index_is_hot_and_a_collapsing_one_is_not(measure):
    up, down = np.exp(bubble()), np.exp(10 - bubble())
    frame = pl.concat([weekly("000688.SH", up), weekly("399006.SZ", down)])
    last = {"by": "entity", "index_daily": frame}

    assert measure("bsadf_weekly", **last)["000688.SH"] > 5
    assert measure("explosive_p_value", **last) == {"000688.SH": 0.005, "399006.SZ": 1.0}
    assert measure("explosive_p_value", column="score", **last)["399006.SZ"] == 0
    assert measure("explosive_p_value", column="score", **last)["000688.SH"] > 95
    weeks = measure("explosive_weeks", **last)
    assert weeks["000688.SH"] > 10
    assert weeks["399006.SZ"] == -weeks["000688.SH"]


def headline(closes: np.ndarray, memory: dict) -> pl.DataFrame:
    bars = series_bars.compute(weekly("000688.SH", closes), None, None)
    return family.explosive_headline.compute(family.explosive_series.compute(bars), memory)


def test_a_memory_of_the_bootstrap_makes_no_difference_but_in_time(monkeypatch):
    """A new week computes itself, a restated one all that came after it."""
    closes, memory, asked = np.exp(0.03 * walk(22, 160)), {}, []

    def drawn(*arguments, first: int):
        asked.append(first)
        return gsadf_critical_values.bootstrapped(*arguments, first=first)

    monkeypatch.setattr(family, "bootstrapped", drawn)
    restated = np.where(np.arange(160) == 140, 1.01, 1.0) * closes
    for seen in (closes[:150], closes[:150], closes[:151], closes, closes[:90], restated):
        fresh = headline(seen, {})
        assert_frame_equal(headline(seen, memory), fresh, check_exact=True)

    # Without a memory the whole is drawn each time, with it what it does not know.
    assert asked == [0, 0, 0, 0, 150, 0, 151, 0, 0, 140]


def test_the_metric_is_the_public_function(measure):
    closes = np.exp(0.03 * walk(14, 90))
    found = measure("bsadf_weekly", index_daily=weekly("931071.CSI", closes))

    public = bsadf(pl.Series(closes).log(), SHORT).drop_nulls().to_list()
    assert list(found.values()) == pytest.approx(public, rel=1e-9)


def test_the_critical_value_is_that_of_a_sample_as_long_as_the_history(measure):
    frame = weekly("931071.CSI", np.exp(0.03 * walk(14, 90)))
    found = measure("bsadf_critical_95", index_daily=frame)

    assert found["2026-01-09"] == pytest.approx(psy_critical_value(90, SHORT, 0.95, "sadf"))


def test_days_within_a_week_and_the_unfinished_week_do_not_count(measure, bars):
    """Tuesday 2026-01-13 belongs to a week of which nobody knows the close."""
    daily = bars(**{"000688_SH": list(np.exp(0.02 * walk(15, 300)))})
    fridays = daily.filter(pl.col("trade_date").dt.weekday() == 5)

    assert measure("bsadf_weekly", index_daily=daily) == measure(
        "bsadf_weekly", index_daily=fridays
    )


@pytest.mark.parametrize(
    "closes",
    [np.full(80, 1000.0), np.exp(0.01 * np.arange(80)), np.array([1000.0]), np.exp(walk(1, 41))],
    ids=["flat", "line", "new listing", "one window"],
)
def test_degenerate_histories_have_no_value_or_one(measure, closes):
    found = {
        name: measure(name, index_daily=weekly("000688.SH", closes))
        for name in (
            "bsadf_weekly",
            "bsadf_critical_95",
            "explosive_p_value",
            "explosive_weeks",
            "bsadf_robust",
            "bsadf_robust_origination_95",
            "bsadf_robust_collapse_95",
            "explosive_weeks_robust",
        )
    }
    for name in ("bsadf_adjusted", "explosive_p_value_adjusted"):
        assert measure(name, index_daily=weekly("000688.SH", closes)) == {}

    expected = 1 if len(closes) == 41 else 0
    assert {name: len(values) for name, values in found.items()} == dict.fromkeys(found, expected)


def test_a_flat_spell_and_a_missing_week_leave_the_rest(measure):
    closes = np.exp(0.03 * np.concatenate([walk(16, 60), np.full(45, 1.0), walk(17, 60)]))
    frame = weekly("000688.SH", closes)
    holed = frame.with_columns(
        close=pl.when(pl.int_range(pl.len()) == 20).then(float("nan")).otherwise("close")
    )
    found, without = (
        measure("bsadf_weekly", index_daily=drawn)
        for drawn in (holed, frame.filter(pl.int_range(pl.len()) != 20))
    )

    assert found == without
    assert all(np.isfinite(list(found.values())))
    assert len(measure("explosive_p_value", index_daily=holed)) == len(found)


def test_the_smallest_window_follows_from_the_first_week_alone():
    def frame(*days: date) -> pl.DataFrame:
        return pl.DataFrame({"observation_date": days})

    assert smallest_window(frame(date(2005, 1, 7), date(2026, 1, 9))) == LONG
    assert smallest_window(frame(date(2010, 12, 31))) == LONG
    assert smallest_window(frame(date(2020, 1, 3), date(2026, 1, 9))) == SHORT


# ---- sharper tests ------------------------------------------------------------------------------

MARKET, STAR_50, AI, CHINEXT = "000300.SH", "000688.SH", "931071.CSI", "399006.SZ"


def with_factors(index: str, own: np.ndarray, shared: np.ndarray) -> pl.DataFrame:
    """An index that moves with its market and has a path of its own, as log prices."""
    market, board = shared + 0.02 * walk(31, len(own)), 0.02 * walk(32, len(own))
    prices = {MARKET: market, CHINEXT: board, index: own + 1.2 * market + 0.3 * board}
    return pl.concat([weekly(code, np.exp(one)) for code, one in prices.items()])


@pytest.mark.parametrize("index", [STAR_50, AI])
def test_what_the_market_explains_is_no_explosiveness_of_the_index(measure, index):
    calm = 0.01 * walk(33, 150)
    surge = bubble(count=150, start=120, growth=1.04) / 5
    shared = with_factors(index, calm, surge)
    own = with_factors(index, surge, calm)

    assert measure("bsadf_weekly", by="entity", index_daily=shared)[index] > 3
    assert measure("explosive_p_value_adjusted", by="entity", index_daily=shared)[index] > 0.05
    assert measure("explosive_p_value_adjusted", by="entity", index_daily=own)[index] <= 0.05


def test_without_its_factors_an_index_is_not_adjusted(measure):
    """STAR 50 needs a market, artificial intelligence the technology board as well."""
    frame = pl.concat(
        [
            with_factors(AI, walk(33, 150) / 50, walk(34, 150) / 50),
            weekly(STAR_50, np.exp(walk(35, 150) / 50)),
        ]
    )

    def adjusted(*codes: str) -> set[str]:
        chosen = frame.filter(pl.col("code").is_in(codes))
        return set(measure("bsadf_adjusted", by="entity", index_daily=chosen))

    assert adjusted(AI, STAR_50, MARKET, CHINEXT) == {AI, STAR_50}
    assert adjusted(AI, STAR_50, MARKET) == {STAR_50}
    assert adjusted(AI, STAR_50, CHINEXT) == set()


@pytest.mark.parametrize(("weeks", "taken"), [(150, "000985.CSI"), (149, MARKET)])
def test_all_shares_are_the_market_where_they_reach_as_far_back(measure, weeks, taken):
    """Told by the market whose path, when it is bent, changes the value."""
    frame = with_factors(STAR_50, walk(33, 150) / 50, walk(34, 150) / 50)
    frame = pl.concat([frame, weekly("000985.CSI", np.exp(walk(36, weeks) / 50))])

    def last(moved: str) -> float:
        bent = pl.when(pl.col("code") == moved).then(pl.col("close") ** 2 + 1)
        drawn = frame.with_columns(close=bent.otherwise("close"))
        return list(measure("bsadf_adjusted", index_daily=drawn).values())[-1]

    plain = last("none")
    assert {code for code in (MARKET, "000985.CSI") if last(code) != plain} == {taken}


def test_a_week_is_known_when_its_factors_are(measure):
    frame = with_factors(STAR_50, walk(33, 150) / 50, walk(34, 150) / 50)
    day = date(2025, 12, 26)
    late = (pl.col("code") == MARKET) & (pl.col("trade_date") == day)
    delayed = frame.with_columns(
        known_at=pl.when(late).then(pl.datetime(2026, 1, 12)).otherwise("known_at")
    )

    found = measure("bsadf_adjusted", column="known_at", index_daily=delayed)

    assert found["2025-12-19"] < found["2025-12-26"] == found["2026-01-02"]


def test_the_robust_test_dates_an_episode_by_its_two_thresholds(measure):
    """Alike in a storm, in which the changes of each week are larger by a factor of its own."""
    y = bubble(count=160, start=100, seed=8)
    storms = np.exp(np.random.default_rng(1).normal(0, 1, 159))
    stormy = np.concatenate([[0.0], np.cumsum(np.diff(y) * storms)]) / 20
    found = {
        name: [
            list(measure(name, index_daily=weekly(STAR_50, np.exp(one))).values())
            for one in (y, stormy)
        ]
        for name in ("bsadf_robust", "explosive_weeks_robust", "bsadf_weekly")
    }

    assert found["bsadf_robust"][0] == found["bsadf_robust"][1]
    assert found["bsadf_weekly"][0] != found["bsadf_weekly"][1]
    assert found["explosive_weeks_robust"][0] == found["explosive_weeks_robust"][1]
    assert found["explosive_weeks_robust"][0][-1] > 10


def test_weeks_before_1996_do_not_enter(measure):
    old = pl.DataFrame(
        {
            "code": "000001.SH",
            "trade_date": [date(1992, 5, 1) + timedelta(7 * n) for n in range(300)],
            "close": np.exp(0.03 * walk(18, 300)),
        }
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))
    young = old.filter(pl.col("trade_date") >= date(1996, 1, 1))

    found = measure("bsadf_weekly", index_daily=old)

    assert len(found) == young.height - LONG
    assert found == measure("bsadf_weekly", index_daily=young)
