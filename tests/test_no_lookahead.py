"""Properties that every metric must have: no look at the future, no unit, no order of rows."""

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.markets import LAST, SESSIONS, market, money, trading_days
from transforms.evaluate import evaluate
from transforms.metric import metrics
from warehouse.catalog import cutoff

# A seed does not shrink to anything simpler, so a failure is reported as it was found.
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
MONEY = money()
IN_MONEY = ("CNY", "HKD", "index points")


def seen_by(frames: dict[str, pl.DataFrame], day: date) -> dict[str, pl.DataFrame]:
    """What was known on a day."""
    return {
        name: frame.filter(pl.col("known_at") <= cutoff(day))
        if "known_at" in frame.columns
        else frame
        for name, frame in frames.items()
    }


@pytest.fixture(scope="module")
def example() -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    frames = market(seed=1)
    return frames, evaluate(frames, LAST)


def test_every_metric_has_values_in_the_market_of_these_tests(example):
    assert set(example[1]["metric"]) == set(metrics())


def test_every_score_that_needs_history_is_reached(example):
    scored = example[1].drop_nulls("score")["metric"].unique()

    assert set(scored) == {one.id for one in metrics().values() if one.score is not None}


@FEW
@given(seed=st.integers(0, 10**6), ago=st.integers(1, SESSIONS - 2))
def test_cutting_the_future_never_changes_the_past(seed: int, ago: int):
    """The evaluation of a past day equals the part of today's that was known then."""
    frames, day = market(seed), trading_days()[-1 - ago]
    today = evaluate(frames, LAST)
    then = evaluate(seen_by(frames, day), day)
    past = (pl.col("observation_date") <= day) & (pl.col("known_at") <= cutoff(day))

    assert_frame_equal(then, today.filter(past), check_exact=True)


@FEW
@given(seed=st.integers(0, 10**6), ago=st.integers(1, 300))
def test_disturbing_the_future_never_changes_the_past(seed: int, ago: int):
    """Later rows are doubled and swapped; what was known before stays bit by bit."""
    frames, day = market(seed), trading_days()[-1 - ago]
    past = (pl.col("observation_date") <= day) & (pl.col("known_at") <= cutoff(day))
    disturbed = {name: disturb(frame, name, day) for name, frame in frames.items()}

    assert_frame_equal(
        evaluate(disturbed, LAST).filter(past),
        evaluate(frames, LAST).filter(past),
        check_exact=True,
    )


def disturb(frame: pl.DataFrame, name: str, day: date) -> pl.DataFrame:
    """The rows known after a day with other amounts of money."""
    if name not in MONEY:
        return frame
    later = pl.col("known_at") > cutoff(day)
    noise = 1 + (pl.int_range(pl.len()) % 7) / 3
    return frame.with_columns(
        pl.when(later).then(pl.col(column) * noise).otherwise(pl.col(column))
        for column in MONEY[name]
    )


@pytest.fixture(scope="module")
def off_the_cent(example) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The example with share prices that are no whole cents, in any of the units below.

    Price limits are rules about cents, so that a unit must change them: here they are silent.
    """
    frames = dict(example[0])
    prices = pl.col("close", "previous_close") / 3 + 1 / 7
    frames["stock_daily"] = frames["stock_daily"].with_columns(prices)
    return frames, evaluate(frames, LAST)


@pytest.mark.parametrize("factor", [2.0**-13, 2.0**20])
def test_scaling_money_never_changes_a_ratio_a_rank_or_a_score(off_the_cent, factor):
    """Powers of two scale floats exactly, so that everything must stay bit by bit."""
    frames, plain = off_the_cent

    assert_frame_equal(evaluate(scaled(frames, factor), LAST), in_unit(plain, factor))


@pytest.mark.parametrize("factor", [1e-4, 1e8])
def test_money_in_another_unit_moves_amounts_and_nothing_else(off_the_cent, factor):
    """万元 instead of 元; other factors round, which may break a tie of ranks but no value."""
    frames, plain = off_the_cent
    values = ["metric", "entity", "observation_date", "value", "n", "n_obs"]
    found = evaluate(scaled(frames, factor), LAST)
    measured = ~pl.col("metric").is_in(SCORED_BY_RANK)

    assert_frame_equal(
        found.filter(measured).select(values),
        in_unit(plain, factor).filter(measured).select(values),
        rel_tol=1e-9,
        abs_tol=1e-9,
    )


SCORED_BY_RANK = ("block_score", "structural_momentum", "overheating", "crowding_score")


def scaled(frames: dict[str, pl.DataFrame], factor: float) -> dict[str, pl.DataFrame]:
    return {
        name: frame.with_columns(pl.col(MONEY.get(name, [])) * factor)
        for name, frame in frames.items()
    }


def in_unit(metric_frame: pl.DataFrame, factor: float) -> pl.DataFrame:
    """The metric frame that follows from money times a factor."""
    amount = pl.col("unit").is_in(IN_MONEY)
    moved = pl.when(amount).then(pl.col("value") * factor).otherwise(pl.col("value"))
    return metric_frame.with_columns(value=moved)


@FEW
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(example, seed: int):
    frames, plain = example
    shuffled = {
        name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()
    }

    assert_frame_equal(evaluate(shuffled, LAST), plain, check_exact=True)


def test_a_correction_is_known_when_it_arrives(example):
    """The bar of a day, corrected a week later, is not in what that week knew."""
    frames, _ = example
    days = trading_days()
    bar = (pl.col("trade_date") == days[-10]) & (pl.col("code") == "000001.SH")
    corrected = frames["index_daily"].with_columns(
        close=pl.when(bar).then(1.0).otherwise(pl.col("close")),
        known_at=pl.when(bar)
        .then(pl.lit(datetime.combine(days[-3], cutoff(LAST).time())))
        .otherwise(pl.col("known_at")),
    )
    closes = evaluate({"index_daily": corrected}, days[-4]).filter(
        (pl.col("metric") == "close") & (pl.col("entity") == "000001.SH")
    )

    assert days[-10] not in closes["observation_date"].to_list()
    assert days[-4] in closes["observation_date"].to_list()
