"""Scenarios: what is forecast, from what, and whether it was any good; nothing looks ahead."""

from __future__ import annotations

import math
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from transforms.formulas import forecast_scores
from transforms.outlook import backtest, scenarios, silence
from transforms.outlook.backtest import PUBLISHED, WHOLE, outlook
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    ESTIMATORS,
    FEWEST,
    HEADLINE,
    OUTCOMES,
    STEP,
    TARGETS,
    came,
    design,
    effective_number,
    forecasts,
    past,
    paths,
)
from transforms.outlook.silence import Voice, voice

FIRST = date(2014, 1, 6)


def days_of(count: int) -> list[date]:
    """Weekdays from the first Monday of 2014 on."""
    return [FIRST + timedelta(days=7 * (n // 5) + n % 5) for n in range(count)]


def rows(metric: str, entity: str, days: list[date], values: np.ndarray) -> pl.DataFrame:
    """A series of the metric frame, known at four in the
    afternoon, its value its percentile too.
    """
    return pl.DataFrame({
        "metric": metric, "entity": entity, "observation_date": days,
        "value": pl.Series(values, dtype=pl.Float64),
        "percentile": pl.Series(values, dtype=pl.Float64),
        "known_at": [datetime(d.year, d.month, d.day, 8) for d in days],
    })  # fmt: skip


def market(count: int = 1500, seed: int = 1, *, memory: float = 0.0, spread: float = 0.012):
    """A metric frame of one index and both axes; with memory, trends go on for months."""
    chance = np.random.default_rng(seed)
    drift = np.zeros(count)
    for n in range(1, count):
        drift[n] = drift[n - 1] if chance.random() > 1 / 150 else chance.choice([-1, 1]) * memory
    closes = 1000 * np.exp(np.cumsum(drift + chance.normal(0, spread, count)))
    days = days_of(count)
    return pl.concat(
        [
            rows("close", HEADLINE, days, closes),
            rows("pe_ttm", HEADLINE, days, 50 + 30 * np.sin(np.arange(count) / 90)),
            rows("structural_momentum", "CN", days, 50 + 25 * np.sin(np.arange(count) / 40)),
            rows("overheating", "CN", days, 50 + 25 * np.cos(np.arange(count) / 55)),
        ]
    )


@pytest.fixture(scope="module")
def drawn() -> pl.DataFrame:
    return market()


@pytest.fixture(scope="module")
def told(drawn: pl.DataFrame) -> backtest.Outlook:
    return outlook(drawn)


def added_up(told: backtest.Outlook) -> pl.DataFrame:
    """What each column of each estimator adds up to, values in each other's place seen."""
    frames = {"scenarios": told.scenarios, "record": told.record, "bins": told.reliability}
    keys = ["horizon", "estimator"]
    long = [
        rows.rename({"value": "chance"}, strict=False)
        .with_columns(place=pl.int_range(pl.len()) % 97 + 1)
        .unpivot(
            pl.selectors.numeric() - pl.selectors.by_name("horizon", "place"),
            index=[*keys, "place"],
        )
        .with_columns(frame=pl.lit(name), value=pl.col("value").cast(pl.Float64))
        for name, rows in frames.items()
    ]
    groups = ["frame", *keys, "variable"]
    return (
        pl.concat(long)
        .group_by(groups)
        .agg(there=pl.col("value").count(), value=(pl.col("value") * pl.col("place")).sum())
        .sort(groups)
    )


def test_the_outlook_has_the_numbers_that_were_read_last(told):
    """`make values` writes them anew."""
    file, found = Path(__file__).with_name("outlook.csv"), added_up(told)
    if os.environ.get("WRITE_VALUES"):
        found.write_csv(file, float_precision=10, float_scientific=True)
    then = pl.read_csv(file, schema=found.schema)

    assert found.drop("value").equals(then.drop("value"))
    off = (found["value"] - then["value"]).abs() > 1e-7 * (1 + found["value"].abs())
    assert found.filter(off).rows() == []


def test_the_outlook_does_not_depend_on_how_many_cores_there_are(drawn, monkeypatch):
    """Sums over several threads are of another order, and have other last bits."""
    threads = []

    def seen(*given):
        threads.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return design(*given)

    monkeypatch.setattr(backtest, "design", seen)
    with threadpool_limits(limits=2, user_api="blas"):
        outlook(drawn)

    assert threads
    assert set(threads) == {1}


def test_paths_by_hand():
    found = paths(np.array([100.0, 120.0, 90.0, 110.0]), 3)

    assert found["return"][0] == pytest.approx(0.10)
    assert found["gain"][0] == pytest.approx(0.20)
    assert found["low"][0] == pytest.approx(-0.10)
    assert found["drawdown"][0] == pytest.approx(90 / 120 - 1)
    assert np.isnan(found["return"][1:]).all()


@pytest.mark.parametrize(
    ("closes", "outcome"),
    [([100, 99, 101], "continuation"), ([100, 105, 100], "consolidation"),
     ([100, 90, 130], "correction"), ([100, 90.01, 99], "consolidation"),
     ([100, 80, 100], "bust"), ([100, 80.01, 100], "correction"), ([100, 130, 104], "continuation")],
)  # fmt: skip
def test_each_path_has_the_outcome_that_its_definition_says(closes, outcome):
    happened = came(paths(np.array(closes, dtype=float), 2))[0]

    assert dict(zip(OUTCOMES, happened, strict=False))[outcome] == 1.0
    assert happened[: len(OUTCOMES)].sum() == 1.0


def test_exactly_one_outcome_always_comes():
    closes = market(spread=0.02).filter(metric="close")["value"].to_numpy()
    happened = came(paths(closes, 60))[:-60, : len(OUTCOMES)]

    assert (happened.sum(axis=1) == 1.0).all()
    assert (happened.sum(axis=0) > 0).all()


def test_the_scenarios_of_a_day_add_up(told):
    of_outcomes = told.scenarios.filter(pl.col("target").is_in(OUTCOMES))
    key = ["horizon", "estimator"]
    sums = of_outcomes.group_by(key).agg(pl.col("value", "base").sum())
    shown = of_outcomes.filter(pl.col("bound").is_null()).group_by(key).agg(pl.col("printed").sum())

    assert sums.height == shown.height == 3 * len(ESTIMATORS)
    for values in (sums["value"], sums["base"], shown["printed"]):
        assert values.to_numpy() == pytest.approx(np.ones(sums.height))


def test_days_in_a_row_count_as_many_as_do_not_overlap():
    row = np.ones((1, 1200))

    assert effective_number(row, 60)[0] == pytest.approx(1200 * STEP / 60, rel=0.02)


def test_days_that_share_nothing_count_by_their_weights():
    weight = np.zeros((1, 200))
    weight[0, [10, 50, 90]] = [1.0, 0.5, 0.5]

    assert effective_number(weight, 20)[0] == pytest.approx(4.0 / 1.5)
    assert effective_number(np.zeros((1, 50)), 20)[0] == 0.0


@pytest.mark.parametrize("horizon", scenarios.HORIZONS)
def test_no_outcome_enters_before_it_is_over(horizon, drawn):
    plan = design(past(drawn, HEADLINE), horizon)
    for one in forecasts(past(drawn, HEADLINE), plan).values():
        later = plan.grid[None, :] + horizon > plan.at[:, None]

        assert (one.shares[later] == 0).all()
        assert one.shares.sum(axis=1) == pytest.approx(np.ones(len(plan.at)))


@pytest.mark.parametrize("cut", [1100, 1203, 1499])
def test_what_came_later_changes_no_earlier_forecast(cut, drawn):
    """Both ways: the future cut off, and the future replaced by another one."""
    last = days_of(cut)[-1]
    before = pl.col("observation_date") <= last
    other = market(seed=9)
    other = pl.concat([drawn.filter(before), other.filter(~before)])
    for horizon in (20, 120):
        said = [earlier(frame, horizon, cut) for frame in (drawn.filter(before), drawn, other)]
        for name in ESTIMATORS:
            assert said[1][name] == pytest.approx(said[0][name], abs=1e-9)
            assert said[2][name] == pytest.approx(said[0][name], abs=1e-9)


def earlier(frame: pl.DataFrame, horizon: int, cut: int) -> dict[str, np.ndarray]:
    """What each estimator said, and which was published, at
    the origins on the grid before a cut.
    """
    known = past(frame, HEADLINE)
    plan = design(known, horizon)
    found = forecasts(known, plan)
    rows = (plan.at < cut) & (plan.at % STEP == 0)
    said = {n: (one.shares @ np.nan_to_num(plan.came))[rows] for n, one in found.items()}
    chosen = backtest.choose(found, plan)[rows]
    return {n: np.column_stack([p, chosen == n]) for n, p in said.items()}


def test_the_nearest_days_lie_an_episode_apart(drawn):
    known = past(drawn, HEADLINE)
    plan = design(known, 60)
    own = forecasts(known, plan)["price analogues"].own[-1]
    picked = plan.grid[(own > 0).nonzero()[0]]

    assert 1 < len(picked) <= scenarios.MOST_ANALOGUES
    assert np.diff(picked).min() >= 60


def test_an_estimator_without_enough_days_says_what_climatology_says(told):
    thin = told.scenarios.filter(pl.col("effective") < FEWEST, pl.col("target").is_in(OUTCOMES))

    assert thin.height > 0
    assert thin["value"].to_numpy() == pytest.approx(thin["base"].to_numpy())


def test_trends_that_go_on_are_found():
    """Where the last 60 days tell of the next 20, the nearest days beat climatology."""
    trending = outlook(market(2500, seed=3, memory=0.004, spread=0.008))
    record = trending.record.filter(horizon=20, target=WHOLE)
    skill = dict(record.select("estimator", "skill").iter_rows())
    published = trending.scenarios.filter(horizon=20, published=True)["estimator"].unique()

    assert skill["price analogues"] > 0.03
    assert skill[PUBLISHED] > 0.02
    assert published.to_list() == ["price analogues"]
    assert skill[CLIMATOLOGY] == 0.0


def test_where_nothing_can_be_known_nothing_is_found():
    """Skill of a few hundredths comes by chance; after the count of all tests none is left."""
    noise = [outlook(market(2000, seed=seed)).record for seed in (2, 5)]

    assert max(r.filter(target=WHOLE, estimator=PUBLISHED)["skill"].max() for r in noise) < 0.02
    assert min(r["p_adjusted"].min() for r in noise) > 0.10


def test_an_interval_holds_its_probability_and_is_wider_with_fewer_days(told):
    whole = told.scenarios.drop_nulls("low")
    width = (pl.col("high") - pl.col("low")).mean().alias("width")
    by_horizon = (
        whole.filter(estimator=CLIMATOLOGY, target="continuation")
        .group_by("horizon", maintain_order=True)
        .agg(width)
    )

    for said in (pl.col("value"), pl.col("printed")):
        assert whole.filter((pl.col("low") > said) | (pl.col("high") < said)).is_empty()
    assert by_horizon["width"].is_sorted()


def test_what_never_came_has_a_bound_and_not_a_certainty():
    calm = outlook(market(1200, seed=4, spread=0.001))
    bust = calm.scenarios.filter(horizon=120, estimator=CLIMATOLOGY, target="bust").row(
        0, named=True
    )

    assert bust["value"] == 0.0
    assert (bust["printed"], bust["bound"]) == (0.05, "under")
    assert bust["high"] == pytest.approx(1 - 0.1 ** (1 / bust["effective"]))
    assert bust["high"] > 0.05


def test_of_what_never_came_no_test_is_made(told):
    rare = told.record.filter(target="fall_30", estimator="price analogues", horizon=20)

    assert rare["p_value"].to_list() == [None]
    assert rare["brier"].is_not_null().all()


def test_all_tests_are_counted_and_none_is_left_out(told):
    listed = set(backtest.registry())
    made = told.record.filter(pl.col("estimator") != CLIMATOLOGY).select(
        "entity", "horizon", "estimator", "target"
    )

    assert len(listed) == 3 * 3 * 4 * (1 + len(TARGETS))
    assert set(made.rows()) <= listed


def test_the_score_of_the_record_is_that_of_its_forecasts(drawn, told):
    known = past(drawn, HEADLINE)
    plan = design(known, 20)
    over = ~np.isnan(plan.realised_returns)
    said = (forecasts(known, plan)[CLIMATOLOGY].shares @ np.nan_to_num(plan.came))[over, :4]
    by_hand = ((said - plan.realised[over, :4]) ** 2).sum(axis=1).mean()
    row = told.record.filter(horizon=20, target=WHOLE, estimator=CLIMATOLOGY).row(0, named=True)

    assert row["brier"] == pytest.approx(by_hand)
    assert row["independent"] == pytest.approx(over.sum() * STEP / 20)


def test_the_parts_of_the_four_outcomes_add_up_to_their_score(told):
    """Reliability - resolution + uncertainty, but for what varies within the bins."""
    parts = pl.col("reliability") - pl.col("resolution") + pl.col("uncertainty")
    whole = told.record.filter(target=WHOLE).select("brier", parts=parts)

    assert (whole["parts"] - whole["brier"]).abs().max() < 0.05
    assert whole["brier"].min() > 0.5


@pytest.mark.parametrize("horizon", scenarios.HORIZONS)
def test_an_estimator_without_a_record_is_drawn_to_climatology_as_at_the_start(horizon, drawn):
    """Before it has been tested on 8 independent outcomes, nothing tells one kappa from another."""
    plan = design(past(drawn, HEADLINE), horizon)
    for one in forecasts(past(drawn, HEADLINE), plan).values():
        informed = one.effective >= FEWEST
        over = plan.at[None, :] + horizon <= plan.at[:, None]
        tested = (over & informed).sum(axis=1) * STEP / horizon

        assert (one.kappa[tested < FEWEST] == scenarios.FIRST_KAPPA).all()


def test_the_same_frame_gives_the_same_numbers(drawn, told):
    again = outlook(drawn)

    assert all(a.equals(b) for a, b in zip(told[:3], again[:3], strict=True))


@pytest.mark.parametrize("count", [0, 1, 30, 400])
def test_a_short_past_gives_no_scenario(count):
    short = outlook(market(1500).filter(pl.col("observation_date") < FIRST + timedelta(days=count)))

    assert [part.height for part in short[:3]] == [0, 0, 0]


def test_flat_prices_gaps_and_missing_states_do_no_harm(drawn):
    flat = drawn.with_columns(
        value=pl.when(pl.col("metric") == "close").then(1000.0).otherwise("value"),
        percentile=pl.lit(50.0),
    )
    gaps = drawn.filter(pl.col("observation_date").dt.day() != 13, pl.col("metric") != "pe_ttm")
    for frame in (flat, gaps):
        found = outlook(frame)
        values = found.scenarios.select("value", "low", "high", "base").to_numpy()

        assert found.scenarios.height > 0
        assert not np.isinf(values).any()
        assert not found.scenarios["value"].is_nan().any()
    calm = outlook(flat).scenarios.filter(target="consolidation", horizon=60)
    assert calm["value"].to_numpy() == pytest.approx(np.ones(calm.height))


def test_a_state_that_was_not_known_on_its_evening_is_not_used(drawn):
    late = drawn.with_columns(
        known_at=pl.when(pl.col("metric") == "pe_ttm")
        .then(pl.col("known_at").dt.offset_by("9d"))
        .otherwise("known_at")
    )

    assert math.isnan(past(late, HEADLINE).features["valuation"][-1])


def test_a_test_that_cannot_be_made_counts_as_one_that_found_nothing(told):
    """The more signals are looked at, the more a p-value is raised, tested or not."""
    made = told.record.drop_nulls("p_value").filter(pl.col("estimator") != CLIMATOLOGY)
    all_of_them = np.ones(len(backtest.registry()))
    all_of_them[: made.height] = made["p_value"].to_numpy()
    raised = forecast_scores.false_discovery(all_of_them, dependent=True)[: made.height]

    assert made["p_adjusted"].to_list() == pytest.approx(raised.tolist())


@pytest.mark.parametrize("horizon", scenarios.HORIZONS)
def test_the_bars_of_reliability_allow_for_outcomes_that_overlap(told, horizon):
    """Outcomes of `horizon` sessions, one a week, count as one in horizon / 5."""
    bins = told.reliability.filter(horizon=horizon).with_columns(
        draws=(pl.col("forecasts") * STEP / horizon).clip(lower_bound=1.0)
    )
    spread = (pl.col("forecast") * (1 - pl.col("forecast")) / pl.col("draws")).sqrt()
    high = (pl.col("forecast") + forecast_scores.BAR * spread).clip(upper_bound=1.0)

    assert bins.height > 0
    assert bins.filter((pl.col("high") - high).abs() > 1e-12).is_empty()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("came", "told"), [(31, False), (32, True)])
def test_a_test_needs_eight_independent_outcomes_of_either_kind(came, told, turned, drawn):
    """Of a horizon of 20 sessions four weeks count as one: 32 of them are eight."""
    plan = design(past(drawn, HEADLINE), 20)
    truth = np.zeros(400)
    truth[:came] = 1.0

    assert backtest.testable(1 - truth if turned else truth, plan) is told


@pytest.mark.parametrize(
    ("gain", "p_value", "tested", "published"),
    [(0.01, 0.049, 8.0, True), (0.01, 0.051, 8.0, False), (0.01, 0.05, 8.0, False),
     (-0.01, 0.001, 8.0, False), (0.0, 0.001, 8.0, False), (0.01, 0.001, 7.9, False),
     (0.01, math.nan, 80.0, False)],
)  # fmt: skip
def test_an_estimator_is_published_for_skill_beyond_chance_only(gain, p_value, tested, published):
    found = backtest.holds(np.array([gain]), np.array([p_value]), np.array([tested]))

    assert found.tolist() == [published]


@pytest.mark.parametrize(("quarrel", "chosen"), [(0.02, "price analogues"), (1.0, CLIMATOLOGY)])
def test_the_choice_follows_the_test_of_the_losses(quarrel, chosen, drawn, monkeypatch):
    """A small gain in every week is published; one as large that hangs on luck is not."""
    plan = design(past(drawn, HEADLINE), 20)
    found = forecasts(past(drawn, HEADLINE), plan)
    noise = np.random.default_rng(5).normal(0, quarrel, len(plan.at))
    gains = {"price analogues": 0.05 + noise - noise.mean()}

    def losses(said, realised):
        return np.full((len(plan.at), 1), 0.7) - np.reshape(gains.get(said, 0.0), (-1, 1))

    monkeypatch.setattr(backtest, "_said", lambda one, _: one.estimator)
    monkeypatch.setattr(backtest, "_losses", losses)
    assert backtest.choose(found, plan)[-1] == chosen


def voices(frame: pl.DataFrame, horizon: int) -> dict[str, Voice]:
    known = past(frame, HEADLINE)
    plan = design(known, horizon)
    return {n: voice(known, plan, one) for n, one in forecasts(known, plan).items()}


def test_a_silent_estimator_says_why_and_one_that_speaks_since_when(drawn):
    day = pl.col("observation_date")
    late = drawn.filter((pl.col("metric") != "overheating") | (day > days_of(1400)[-1]))
    said = voices(late, 20)
    too_short = Voice(silence.SHORT, "overheating", 100, days_of(1401)[-1], None, "full")

    assert said["analogues"] == said["quadrant"] == too_short
    assert said[CLIMATOLOGY].silent is said["price analogues"].silent is None
    assert said[CLIMATOLOGY].informed_since == days_of(516)[-1]
    since = said["price analogues"].informed_since
    assert since is not None
    assert days_of(540)[-1] < since < days_of(800)[-1]


@pytest.mark.parametrize(
    ("of_it", "reason"),
    [(pl.lit(True), silence.NEVER_KNOWN),
     (pl.col("observation_date") == days_of(1500)[-1], silence.NOT_NOW)],
)  # fmt: skip
def test_a_missing_axis_is_named_as_the_reason(of_it, reason, drawn):
    said = voices(drawn.filter(~((pl.col("metric") == "overheating") & of_it)), 20)

    assert (said["analogues"].silent, said["analogues"].narrowest) == (reason, "overheating")
    assert said["price analogues"].silent is None


def test_few_days_alike_are_told_from_a_short_past(drawn):
    """Both axes have years of days, but the state of the newest one never was before."""
    newest = pl.col("observation_date") > days_of(1495)[-1]
    axis = pl.col("metric").is_in(["structural_momentum", "overheating"])
    calm = drawn.with_columns(value=pl.when(axis).then(pl.when(newest).then(90.0).otherwise(20.0))
                              .otherwise("value"))  # fmt: skip

    assert voices(calm, 20)["quadrant"].silent == silence.FEW_ALIKE


def test_the_core_of_both_axes_goes_before_the_full_ones_and_is_said_to(drawn):
    axes = drawn.filter(pl.col("metric").is_in(["structural_momentum", "overheating"]))
    core = axes.with_columns(metric=pl.col("metric") + "_core", value=100 - pl.col("value"))
    half, both = (
        pl.concat([drawn, core.filter(metric="overheating_core")]),
        pl.concat([drawn, core]),
    )
    heat = past(drawn, HEADLINE).features["heat"]

    assert past(half, HEADLINE).axes == "full"
    assert past(half, HEADLINE).features["heat"] == pytest.approx(heat)
    assert past(both, HEADLINE).axes == "core"
    assert past(both, HEADLINE).features["heat"] == pytest.approx(100 - heat)
    assert {name: one.axes for name, one in voices(both, 120).items()} == {
        CLIMATOLOGY: None, "price analogues": None, "quadrant": "core", "analogues": "core",
    }  # fmt: skip
