"""Properties that every metric must have: no look at the future, no unit, no order of rows."""

import os
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.markets import LAST, SESSIONS, columns_of_money, market, trading_days
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import SCORES, metrics, preparations
from transforms.engine.result_cache import Memory
from warehouse.catalog import cutoff

SEED = 1  # a market in which every score is reached
OTHER = 37  # … and one in which bubble fits qualify on the last days
# Of the expensive steps, for markets that are evaluated as a whole. What is held against them has
# none: recalled from the whole, a prefix could not show that its numbers had seen the future.
MEMORY: Memory = {}
MONEY = columns_of_money()
VALUES = Path(__file__).parent / "markets" / "values"
FITTED = ("lppls_confidence_positive", "lppls_confidence_negative", "lppls_tc_iqr_days")
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
    frames = market(SEED)
    return frames, evaluate(frames, LAST, MEMORY)


@pytest.fixture(scope="module")
def other() -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    frames = market(OTHER)
    return frames, evaluate(frames, LAST, MEMORY)


def test_every_metric_has_values_in_the_markets_of_these_tests(example, other):
    assert {*example[1]["metric"], *other[1]["metric"]} == set(metrics())


def test_every_score_that_needs_history_is_reached(example):
    scored = example[1].drop_nulls("score")["metric"].unique()

    assert set(scored) == {one.id for one in metrics().values() if one.score is not None}


def account(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """A line for each metric: how many rows, how much they
    add up to, and how late they are known.
    """
    waits = (pl.col("known_at") - pl.col("observation_date").cast(pl.Datetime("us"))).dt
    day = pl.col("observation_date").cast(pl.Int64)
    place = pl.int_range(pl.len()) % 97 + 1  # so that values in each other's place are seen
    return (
        metric_frame.group_by("metric", maintain_order=True)
        .agg(
            rows=pl.len(), entities=pl.col("entity").n_unique(), days=(day % 1009).sum(),
            value=(pl.col("value") * place).sum(), size=pl.col("value").abs().max(),
            score=(pl.col("score") * place).sum(), percentile=pl.col("percentile").sum(),
            lately=pl.col("percentile_5y").sum(), n=pl.col("n").sum(),
            coverage=pl.col("coverage").sum(), hours=waits.total_hours().sum(),
        )
        .sort("metric")
        .with_columns(pl.selectors.numeric().cast(pl.Float64))
    )  # fmt: skip


@pytest.mark.parametrize("drawn", ["example", "other"])
def test_every_metric_has_the_values_that_were_read_last(drawn, request):
    """`make values` writes them anew where a formula was changed on purpose."""
    file = VALUES / f"{drawn}.csv"
    found = account(request.getfixturevalue(drawn)[1].filter(~pl.col("metric").is_in(FITTED)))
    if os.environ.get("WRITE_VALUES"):
        found.write_csv(file, float_precision=12, float_scientific=True)
    expected = pl.read_csv(file, schema=found.schema)

    assert found["metric"].to_list() == expected["metric"].to_list()
    same = pl.concat([found, expected.select(pl.all().name.suffix("_then"))], how="horizontal")
    numbers = [name for name in found.columns if name != "metric"]
    gaps = [(pl.col(n) - pl.col(f"{n}_then")).abs() > 1e-8 * (1 + pl.col(n).abs()) for n in numbers]
    assert same.filter(pl.any_horizontal(gaps))["metric"].to_list() == []


@pytest.mark.parametrize("ago", [1, 4, 40, 300, 700, SESSIONS - 3])
def test_cutting_the_future_never_changes_the_past(example, ago: int):
    """The evaluation of a past day equals the part of today's that was known then."""
    frames, today = example
    day = trading_days()[-1 - ago]

    assert_same(evaluate(seen_by(frames, day), day), today.filter(known_on(day)))


@pytest.mark.parametrize("ago", [2, 211])
def test_cutting_the_future_of_another_market_never_changes_its_past(other, ago: int):
    frames, today = other
    day = trading_days()[-1 - ago]

    assert_same(evaluate(seen_by(frames, day), day), today.filter(known_on(day)))


@pytest.mark.parametrize("ago", [3, 128])
def test_another_future_never_changes_the_past(example, ago: int):
    """What becomes known later is dealt out anew; what was known before stays bit by bit."""
    frames, today = example
    day = trading_days()[-1 - ago]
    dealt = {name: deal(frame, day) for name, frame in frames.items()}
    found = evaluate(dealt, LAST)

    assert_same(found.filter(known_on(day)), today.filter(known_on(day)))
    assert not found.equals(today), "the future was not dealt anew"


def deal(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rows known after a day with each other's measurements, a third more of them for some.

    Names, days and the times at which rows become known stay where they are.
    """
    if "known_at" not in frame.columns:
        return frame
    later = pl.col("known_at") > cutoff(day)
    past, future = frame.filter(~later), frame.filter(later)
    moved = future.select(pl.selectors.float().shuffle(seed=5))
    noise = 1 + (pl.int_range(pl.len()) % 3) / 3
    return pl.concat([past, future.with_columns(moved.select(pl.all() * noise))])


def known_on(day: date) -> pl.Expr:
    return (pl.col("observation_date") <= day) & (pl.col("known_at") <= cutoff(day))


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Equal bit by bit; a failure names the metrics."""
    if not found.equals(expected):
        parts = [frame.partition_by("metric", as_dict=True) for frame in (found, expected)]
        names = sorted(parts[0].keys() | parts[1].keys())
        none = found.clear()
        assert [
            name for name in names if not parts[0].get(name, none).equals(parts[1].get(name, none))
        ] == []
        assert_frame_equal(found, expected, check_exact=True)


@pytest.fixture(scope="module")
def off_the_cent(example) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The example with share prices that are no whole cents, in any of the units below.

    Price limits are rules about cents, so that a unit must change them: here they are silent.
    """
    frames = dict(example[0])
    prices = pl.col("close", "previous_close") / 3 + 1 / 7
    frames["stock_daily"] = frames["stock_daily"].with_columns(prices)
    return frames, evaluate(frames, LAST, MEMORY)


@pytest.mark.parametrize("factor", [2.0**-13])
def test_scaling_money_never_changes_a_ratio_a_rank_or_a_score(off_the_cent, factor):
    """Powers of two scale floats exactly, so that everything must stay bit by bit."""
    frames, plain = off_the_cent

    assert_same(evaluate(scaled(frames, factor), LAST, MEMORY), in_unit(plain, factor))


@pytest.mark.parametrize("factor", [1e-4])
def test_money_in_another_unit_moves_amounts_and_nothing_else(off_the_cent, factor):
    """万元 instead of 元; other factors round, which may break a tie of ranks but no value."""
    frames, plain = off_the_cent
    values = ["metric", "entity", "observation_date", "value", "n", "n_obs"]
    found = evaluate(scaled(frames, factor), LAST, MEMORY)
    by_measure = ~pl.col("metric").is_in([name for name in metrics() if follows_from_ranks(name)])
    told = (
        found.filter(by_measure).select(values),
        in_unit(plain, factor).filter(by_measure).select(values),
    )
    assert told[0].drop("value").equals(told[1].drop("value"))
    here, there = (pl.Series(frame["value"]) for frame in told)
    apart = (here - there).abs() > 1e-9 * (1 + there.abs())
    assert told[0].filter(apart)["metric"].unique().sort().to_list() == []


def follows_from_ranks(name: str) -> bool:
    """Whether a metric is made of scores, which are ranks mostly."""
    inputs = (preparations() | metrics())[name].inputs if name in preparations() | metrics() else ()
    return name in {SCORES, "crowding_score"} or any(follows_from_ranks(one) for one in inputs)


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


@pytest.mark.parametrize("seed", [7])
def test_the_order_of_rows_changes_nothing(example, seed: int):
    frames, plain = example
    shuffled = {
        name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()
    }

    assert_same(evaluate(shuffled, LAST, MEMORY), plain)


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
