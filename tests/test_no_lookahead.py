"""Properties that every metric must have: no look at the future, no unit, no order of rows."""

import random
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.evaluate import evaluate
from transforms.metric import metrics
from warehouse.catalog import cutoff

LAST = date(2026, 1, 13)
SESSIONS = 800
# A seed does not shrink to anything simpler, so a failure is reported as it was found.
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
MONEY = {
    "index_daily": ["close"],
    "stock_daily": ["close", "previous_close"],
    "market_turnover": ["amount_cny"],
    "margin_market": ["financing_balance_cny"],
    "ipo_hk": ["offer_price_hkd", "first_day_close_hkd", "funds_raised_hkd"],
}
IN_MONEY = ("CNY", "HKD", "index points")


def trading_days() -> list[date]:
    days = (LAST - timedelta(days=back) for back in range(2 * SESSIONS))
    return sorted([day for day in days if day.isoweekday() < 6][:SESSIONS])


def walk(chance: random.Random, count: int, start: float = 100.0) -> list[float]:
    """A path of positive prices with jumps, rests and repeats."""
    path = [start]
    while len(path) < count:
        step = chance.choice([0.0, chance.gauss(0.0005, 0.02), chance.gauss(0, 0.08)])
        path.append(max(0.5, path[-1] * (1 + step)))
    return path


def bars(chance: random.Random, days: list[date], codes: list[str], gaps: float) -> pl.DataFrame:
    """Closes of each code; a share of the days is missing, some bars have an ex-rights close."""
    rows = []
    for code in codes:
        for day, close in zip(days, walk(chance, len(days)), strict=True):
            if chance.random() >= gaps:
                previous = close * chance.uniform(0.9, 1.1) if chance.random() < 0.1 else None
                rows.append((code, day, close, previous))
    schema = {"code": pl.String, "trade_date": pl.Date}
    schema |= {"close": pl.Float64, "previous_close": pl.Float64}
    return known(pl.DataFrame(rows, schema=schema, orient="row"), "trade_date")


def known(frame: pl.DataFrame, day: str, hours: int = 8) -> pl.DataFrame:
    return frame.with_columns(
        known_at=pl.col(day).cast(pl.Datetime("us")) + pl.duration(hours=hours)
    )


def listings(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """A Hong Kong listing about every fourth day."""
    rows = [
        (f"{n:05d}.HK", day, 10.0, chance.uniform(1e8, 1e10), chance.uniform(5, 30), None,
         chance.choice(["AI", "医药", None]))
        for n, day in enumerate(days) if chance.random() < 0.25
    ]  # fmt: skip
    names = ["code", "listing_date", "offer_price_hkd", "funds_raised_hkd"]
    names += ["first_day_close_hkd", "first_day_return", "industry"]
    typed = {"first_day_return": pl.Float64, "industry": pl.String}
    frame = pl.DataFrame(rows, schema=names, orient="row", schema_overrides=typed)
    return known(frame, "listing_date", 9)


def references(days: list[date]) -> dict[str, pl.DataFrame]:
    """Industries, themes and unicorn counts; one stock leaves technology half-way."""
    middle = days[len(days) // 2]
    span = {"valid_from": pl.Date, "valid_to": pl.Date}
    return {
        "security": pl.DataFrame(
            {
                "code": ["600001.SH", "600002.SH", "600002.SH", "600003.SH"],
                "industry": ["chips", "chips", "banks", "chips"],
                "valid_from": [days[0], days[0], middle, days[0]],
                "valid_to": [None] * 4,
            },
            schema_overrides=span,
        ),
        "theme_membership": pl.DataFrame(
            {
                "theme": ["tech", "commercial_aerospace"],
                "kind": ["industry", "code"],
                "member": ["chips", "600004.SH"],
                "valid_from": [days[0], days[40]],
                "valid_to": [None] * 2,
            },
            schema_overrides=span,
        ),
        "unicorn_count": known(
            pl.DataFrame(
                {
                    "list_name": ["A", "A"],
                    "scope": ["CN-AI", "CN-AI"],
                    "year": [2024, 2025],
                    "observation_date": [date(2024, 12, 31), date(2025, 12, 31)],
                    "count": [2, 9],
                }
            ),
            "observation_date",
        ),
    }


def market(seed: int) -> dict[str, pl.DataFrame]:
    """A small market of 800 days in which every metric has values."""
    chance, days = random.Random(seed), trading_days()
    stocks = [f"60000{n}.SH" for n in range(1, 7)]
    turnover = [(exchange, day, amount) for exchange in ("SSE", "SZSE")
                for day, amount in zip(days, walk(chance, SESSIONS, 1e12), strict=True)
                if chance.random() > 0.01]  # fmt: skip
    margin = pl.DataFrame(
        {"trade_date": days, "financing_balance_cny": walk(chance, SESSIONS, 2e12)}
    )
    indices = ["000001.SH", "000300.SH", "000688.SH", "399006.SZ"]
    ratios = bars(chance, days, indices, 0.01).rename({"close": "pe_ttm"})
    return {
        "index_daily": bars(chance, days, indices, 0.0),
        "index_valuation": ratios,
        "stock_daily": bars(chance, days, stocks, 0.03),
        "market_turnover": known(
            pl.DataFrame(turnover, schema=["exchange", "trade_date", "amount_cny"], orient="row"),
            "trade_date",
        ),
        "margin_market": known(margin, "trade_date", 25),
        "ipo_hk": listings(chance, days),
        **references(days),
    }


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


@pytest.mark.parametrize("factor", [2.0**-13, 2.0**20])
def test_scaling_money_never_changes_a_ratio_a_rank_or_a_score(example, factor):
    """Powers of two scale floats exactly, so that everything must stay bit by bit."""
    frames, plain = example

    assert_frame_equal(evaluate(scaled(frames, factor), LAST), in_unit(plain, factor))


@pytest.mark.parametrize("factor", [1e-4, 1e8])
def test_money_in_another_unit_moves_amounts_and_nothing_else(example, factor):
    """万元 instead of 元; other factors round, which may break a tie of ranks but no value."""
    frames, plain = example
    values = ["metric", "entity", "observation_date", "value", "n", "n_obs"]
    found = evaluate(scaled(frames, factor), LAST)
    measured = ~pl.col("metric").is_in(SCORED_BY_RANK)

    assert_frame_equal(
        found.filter(measured).select(values),
        in_unit(plain, factor).filter(measured).select(values),
        rel_tol=1e-9,
        abs_tol=1e-9,
    )


SCORED_BY_RANK = ("block_score", "structural_momentum", "overheating")


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
