"""Whatever is missing, empty, flat or spoilt: fewer numbers, never a wrong one and no exception.

All metrics are asked by enumeration, on half a year of the drawn market.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl
import pytest

from tests.markets import LAST, families, market, trading_days
from transforms.engine import evaluate as engine
from transforms.engine.evaluate import METRIC_FRAME, evaluate
from transforms.engine.metric import SCORES, Metric, Prepared, metrics, preparations
from transforms.engine.result_cache import Memory
from transforms.issue.missing import absences

DAYS = trading_days()[-130:]
MEMORY: Memory = {}
Frames = dict[str, pl.DataFrame]


@cache
def drawn() -> Frames:
    """As known on the last day: an evaluation has nothing to cut, and takes the frames as given."""
    return {name: engine._known(lately(frame), LAST) for name, frame in market(1).items()}


def lately(frame: pl.DataFrame) -> pl.DataFrame:
    """The last half-year of what has a row per trading day."""
    return frame.filter(pl.col("trade_date") >= DAYS[0]) if "trade_date" in frame else frame


@pytest.fixture(scope="module", autouse=True)
def sound_steps_once() -> Iterator[None]:
    """A step that reads nothing but the frames as drawn is computed once.

    Each test spoils a dataset; what does not follow from it would be the same in all of them.
    """
    compute = engine._computed
    sound = {id(frame): frame for frame in drawn().values()}  # held, so that no other has its id
    told: dict[tuple[object, ...], pl.DataFrame | None] = {}

    def computed(
        one: Metric | Prepared, found: Mapping[str, pl.DataFrame], memory: Memory
    ) -> pl.DataFrame | None:
        read = [id(found[name]) if name in found else None for name in one.inputs]
        if not {*read} <= {*sound, None}:
            return compute(one, found, memory)
        key = (one.id, *read)
        if key not in told:
            told[key] = rows = compute(one, found, memory)
            if rows is not None:
                sound[id(rows)] = rows
        return told[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_computed", computed)
        yield


@cache
def family_of() -> dict[str, list[str]]:
    """The datasets drawn together with each dataset; what they say is of one kind."""
    drawn_by = [list(family.frames(random.Random(1), trading_days())) for family in families()]
    return {name: names for names in drawn_by for name in names}


def neighbours(name: str) -> Frames:
    """A dataset, those of its family, and the indices, which are the clock of most metrics."""
    names = {*family_of()[name], *family_of()["index_daily"]}
    return {name: drawn()[name] for name in names}


def assert_sound(found: pl.DataFrame) -> None:
    """Only finite numbers, ranks and scores between 0 and 100; a failure names the metrics."""
    ranks = pl.col("score", "percentile", "percentile_5y")
    wrong = pl.any_horizontal(
        ~pl.col("value").is_finite(), ~ranks.is_between(0, 100), pl.col("n_obs") < 1
    )
    assert found.filter(wrong)["metric"].unique().sort().to_list() == []
    assert found.schema == METRIC_FRAME


def needed(name: str) -> set[str]:
    """The datasets without which a metric cannot be, through what it reads."""
    one = metrics().get(name) or preparations().get(name)
    if one is None:
        return {name} - {SCORES}
    return {dataset for read in one.reads for dataset in needed(read)}


NAMES = sorted(family_of())


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_dataset_takes_its_metrics_away(name: str):
    frames = neighbours(name)
    found = evaluate(frames | {name: frames[name].clear()}, LAST, MEMORY)

    assert_sound(found)
    assert {one for one in set(found["metric"]) if name in needed(one)} == set()


@pytest.mark.parametrize("name", sorted({names[0] for names in family_of().values()}))
def test_a_dataset_that_is_not_there_is_as_good_as_an_empty_one(name: str):
    frames = neighbours(name)
    rest = {other: frame for other, frame in frames.items() if other != name}
    empty = evaluate(rest | {name: frames[name].clear()}, LAST, MEMORY)

    assert evaluate(rest, LAST, MEMORY).equals(empty)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_that_are_none_spoil_no_other(name: str):
    """Each column of numbers has a null and a NaN, some of them on the newest day."""
    frames = neighbours(name)

    assert_sound(evaluate(frames | {name: spoilt(frames[name])}, LAST, MEMORY))


def spoilt(frame: pl.DataFrame) -> pl.DataFrame:
    rows = pl.int_range(pl.len())
    columns = [c for c, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(
        pl.when(rows == (7 * n + 3) % frame.height)
        .then(None)
        .when(rows == (frame.height - 1 - n % 2 * (11 * n + 5)) % frame.height)
        .then(float("nan"))
        .otherwise(pl.col(column))
        .alias(column)
        for n, column in enumerate(columns)
    )


def test_nothing_at_all_gives_nothing():
    assert evaluate({}, LAST).is_empty()


def test_a_market_of_one_stock():
    frames = drawn()
    code = frames["stock_daily"]["code"].mode().sort().first()
    alone = {
        name: frame.filter(code=code) if name in OF_STOCKS else frame
        for name, frame in frames.items()
    }
    found = evaluate(alone, LAST, MEMORY)

    assert_sound(found)
    assert not found.filter(metric="dispersion_21d").height, "one stock lies apart from none"
    assert found.filter(metric="share_above_ma50")["n"].unique().to_list() == [1]


OF_STOCKS = ("stock_daily", "adjustment_factor", "special_treatment", "limit_pool", "announcement")


def test_prices_that_never_move_have_no_strength_and_no_spread():
    """0/0 is no 50 and no 0: a flat index has no RSI, no volatility-scaled momentum, no bubble."""
    flat = {
        name: frame.with_columns(pl.col(column).clip(10.0, 10.0) for column in quotes(frame))
        for name, frame in drawn().items()
        if name != "adjustment_factor"  # where nothing was paid out, a still price has no return
    }
    found = evaluate(flat, LAST, MEMORY)

    assert_sound(found)
    silent = ("rsi_", "sharpe", "risk_adjusted", "lppls_", "explosive_p", "mcclellan")
    names = found["metric"].unique()
    assert [name for name in names if name.startswith(silent)] == []
    returns = found.filter(pl.col("metric").is_in(["return_1d", "volatility_20d"]))
    assert returns["value"].abs().max() == 0


def quotes(frame: pl.DataFrame) -> list[str]:
    quoted = ("open", "high", "low", "close", "previous_close")
    return [column for column in quoted if column in frame.columns]


def test_a_market_of_a_single_day():
    day = {
        name: frame.filter(pl.col("trade_date") == LAST) if "trade_date" in frame.columns else frame
        for name, frame in drawn().items()
    }
    found = evaluate(day, LAST, MEMORY)

    assert_sound(found)
    assert "close" in found["metric"]
    assert not {"rsi_14", "return_1d", "volatility_20d"} & set(found["metric"])


def test_a_stock_that_vanishes_leaves_what_it_was():
    """Its own series ends; what was said of the market up to its last day stays."""
    frames, end = drawn(), DAYS[-30]
    whole = evaluate(frames, LAST, MEMORY)
    code = whole.filter(metric="runup_30d")["entity"].sort().first()
    gone = (pl.col("code") == code) & (pl.col("trade_date") > end)
    found = evaluate(frames | {"stock_daily": frames["stock_daily"].filter(~gone)}, LAST, MEMORY)

    assert_sound(found)
    assert found.filter(metric="runup_30d", entity=code)["observation_date"].max() == end
    shares = pl.col("metric").is_in(["breadth_up_share", "share_above_ma50"])
    up_to = shares & (pl.col("observation_date") <= end)
    assert found.filter(up_to).equals(whole.filter(up_to))


def test_every_silence_has_its_reason():
    """Each metric has values or a line that says why not."""
    frames = drawn()
    found = evaluate(frames, LAST, MEMORY)
    told = absences(frames, found, LAST)

    assert set(found["metric"]) | set(told["metric"]) == set(metrics())
    assert not set(found["metric"]) & set(
        told.filter(pl.col("since").is_null(), entity="")["metric"]
    )
