"""The backtest step by step, on a few origins: what is chosen, scored, and counted as a test."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.outlook import backtest
from transforms.outlook.backtest import (
    PUBLISHED,
    RECORD,
    WHOLE,
    Scored,
    choose,
    holds,
    registry,
    score,
)
from transforms.outlook.backtest import testable as can_be_tested
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    ESTIMATORS,
    HORIZONS,
    INDICES,
    OUTCOMES,
    TARGETS,
    Design,
    Forecasts,
    Past,
)

NAN = math.nan
ORIGINS = 60
UP = np.eye(len(TARGETS))[0]  # the first outcome, and no event


def plan(horizon: int = 5, unknown: int = 2, *, turns: bool = False) -> Design:
    """Origins five sessions apart, of which the last are not over; two past days.

    On the first past day the index went on, on the second it fell by a third. What comes of the
    origins is the first, or both in turn.
    """
    bust = np.zeros(len(TARGETS))
    bust[[3, 4, 5, 6]] = 1.0  # a bust, and falls of 10, 20 and 30 per cent
    came = np.array([UP, bust])
    realised = np.array([came[n % 2 if turns else 0] for n in range(ORIGINS)])
    returns = np.where(realised[:, 0] == 1, 0.05, -0.33)
    realised[ORIGINS - unknown :] = NAN
    returns[ORIGINS - unknown :] = NAN
    at = np.arange(ORIGINS) * 5
    return Design(
        horizon, at, np.array([0, 5]), np.ones((ORIGINS, 2), dtype=bool), came, realised,
        np.array([0.05, -0.33]), returns,
    )  # fmt: skip


def forecast(name: str, first: float, effective: float = 9.0) -> Forecasts:
    """The same at each origin: so much weight on the first past day."""
    shares = np.tile([first, 1 - first], (ORIGINS, 1))
    return Forecasts(name, shares, shares, np.full(ORIGINS, effective), np.full(ORIGINS, 10.0))


def estimators(**first: float) -> dict[str, Forecasts]:
    """Climatology at one half, and the others as it is, but for what is said."""
    usual = forecast(CLIMATOLOGY, 0.5)
    found = {
        name: Forecasts(name, usual.shares, usual.own, usual.effective, usual.kappa)
        for name in ESTIMATORS
    }
    return found | {
        name.replace("_", " "): forecast(name.replace("_", " "), value)
        for name, value in first.items()
    }


def test_every_index_horizon_estimator_and_target_is_a_test():
    found = registry()

    assert len(found) == len(INDICES) * len(HORIZONS) * 4 * (1 + len(TARGETS))
    assert {name for _, _, name, _ in found} == {*ESTIMATORS, PUBLISHED} - {CLIMATOLOGY}
    assert {target for *_, target in found} == {WHOLE, *TARGETS}


@pytest.mark.parametrize(
    ("gain", "p_value", "tested", "better"),
    [(0.1, 0.049, 8.0, True), (0.0, 0.01, 8.0, False), (-0.1, 0.01, 8.0, False),
     (0.1, 0.05, 8.0, False), (0.1, NAN, 8.0, False), (0.1, 0.01, 7.9, False)],
)  # fmt: skip
def test_an_estimator_holds_by_a_gain_beyond_chance_on_eight_outcomes(
    gain, p_value, tested, better
):
    found = holds(np.array([gain]), np.array([p_value]), np.array([tested]))

    assert found.tolist() == [better]


@pytest.mark.parametrize(("horizon", "lags"), [(5, 0), (20, 3), (22, 4), (60, 11)])
def test_neighbouring_origins_that_overlap_are_lags(horizon, lags):
    assert backtest._lags(plan(horizon)) == lags


def noisy(**first: float) -> dict[str, Forecasts]:
    """Forecasts that vary a little, so that a test can be made."""
    found = estimators(**first)
    wave = 0.01 * np.resize([1.0, -1.0, 0.5], ORIGINS)
    for name in first:
        one = found[name.replace("_", " ")]
        shares = one.shares + np.column_stack([wave, -wave])
        found[one.estimator] = Forecasts(one.estimator, shares, one.own, one.effective, one.kappa)
    return found


def test_the_simplest_that_holds_is_published_and_climatology_before_any_does():
    both = choose(noisy(quadrant=0.8, analogues=0.95), plan(unknown=1)).tolist()
    late = choose(noisy(analogues=0.95), plan(unknown=1)).tolist()
    worse = choose(noisy(quadrant=0.2, price_analogues=0.3), plan(unknown=1)).tolist()

    assert both[:8] == [CLIMATOLOGY] * 8
    assert set(both[9:]) == {"quadrant"}
    assert set(late[9:]) == {"analogues"}
    assert set(worse) == {CLIMATOLOGY}


def test_an_uninformed_estimator_is_never_published():
    found = noisy(quadrant=0.9)
    one = found["quadrant"]
    found["quadrant"] = Forecasts(
        one.estimator, one.shares, one.own, np.full(ORIGINS, 7.9), one.kappa
    )

    assert set(choose(found, plan(unknown=1)).tolist()) == {CLIMATOLOGY}


def test_published_is_at_each_origin_the_forecast_of_the_chosen_one():
    found = estimators(quadrant=0.8)
    chosen = np.array([CLIMATOLOGY] * 10 + ["quadrant"] * (ORIGINS - 10))
    one = backtest._published(found, chosen)

    assert one.estimator == PUBLISHED
    assert one.shares[9].tolist() == [0.5, 0.5]
    assert one.shares[10].tolist() == pytest.approx([0.8, 0.2])
    assert found[CLIMATOLOGY].shares[10].tolist() == [0.5, 0.5], "climatology stays as it is"
    plain = backtest._published(found, np.array([CLIMATOLOGY] * ORIGINS))
    assert plain.estimator == PUBLISHED
    assert plain.shares is found[CLIMATOLOGY].shares


def test_a_score_is_of_the_origins_whose_outcome_is_known():
    found = score(forecast("quadrant", 0.8), plan())

    assert len(found.said) == len(found.crps) == ORIGINS - 2
    assert found.said[0, [0, 3]].tolist() == pytest.approx([0.8, 0.2])
    whole = 0.2**2 + 0.2**2
    assert found.losses[0, 0] == pytest.approx(whole)
    assert found.losses[0, 1] == pytest.approx(0.04)
    assert found.losses.shape == (ORIGINS - 2, 1 + len(TARGETS))
    better = score(forecast("quadrant", 0.96), plan())
    assert better.crps.mean() < found.crps.mean()
    assert better.pinball.mean() < found.pinball.mean()


def test_an_estimator_that_repeats_climatology_has_its_scores():
    found = estimators(quadrant=0.8)
    scored = backtest._scored(found, plan())

    assert scored["analogues"] is scored[CLIMATOLOGY]
    assert scored["quadrant"] is not scored[CLIMATOLOGY]


def known() -> Past:
    days = [date.fromordinal(date(2020, 1, 1).toordinal() + n) for n in range(5 * ORIGINS)]
    moments = pl.Series(days).cast(pl.Datetime("us"))
    return Past("a", days, np.ones(len(days)), {}, np.full(len(days), ""), moments, "full")


def records(**first: float) -> dict[tuple[str, str], dict[str, object]]:
    made = plan(turns=True)
    found = estimators(**first)
    rows = backtest._records(known(), made, found, backtest._scored(found, made))
    return {(row["estimator"], row["target"]): row for row in rows}


def test_a_record_is_of_all_resolved_origins_beside_climatology():
    rows = records(quadrant=0.8)
    one = rows["quadrant", WHOLE]

    assert (one["origins"], one["independent"], one["informed"]) == (58, 58.0, 58)
    assert (one["first_origin"], one["last_origin"]) == (known().days[0], known().days[57 * 5])
    assert one["known_at"] == known().known_at[-1]
    usual, own = 0.5, (2 * 0.2**2 + 2 * 0.8**2) / 2
    assert (one["brier"], one["brier_climatology"]) == pytest.approx((own, usual))
    assert one["skill"] == pytest.approx(1 - own / usual)
    assert rows[CLIMATOLOGY, WHOLE]["skill"] == pytest.approx(0.0)
    assert {"crps", "within_50"} <= set(one)
    assert "crps" not in rows["quadrant", "bust"]
    assert one["reliability"] - one["resolution"] + one["uncertainty"] == pytest.approx(own)


def test_what_never_came_has_no_test():
    rows = records(quadrant=0.8)

    assert rows["quadrant", "correction"]["p_value"] is None
    assert rows["quadrant", "correction"]["dm_statistic"] is None
    assert rows["quadrant", "bust"]["p_value"] is not None


def test_without_a_resolved_origin_there_is_no_record_and_no_diagram():
    made = plan(unknown=ORIGINS)
    found = estimators()

    assert list(backtest._records(known(), made, found, {})) == []
    nothing = np.zeros((0, len(TARGETS)))
    assert list(backtest._bins(Scored(nothing, nothing, nothing, nothing, nothing), made)) == []


@pytest.mark.parametrize(
    ("came", "not_came", "horizon", "there"),
    [
        (8, 8, 5, True),
        (7, 99, 5, False),
        (99, 7, 5, False),
        (32, 32, 20, True),
        (31, 99, 20, False),
    ],
)
def test_a_test_wants_eight_independent_outcomes_of_either_kind(came, not_came, horizon, there):
    truth = np.array([1.0] * came + [0.0] * not_came)

    assert can_be_tested(truth, plan(horizon)) is there


def test_the_distribution_of_returns_holds_half_and_nine_tenths():
    pit = np.array([0.04, 0.05, 0.24, 0.25, 0.5, 0.75, 0.76, 0.95, 0.96, 0.5])
    none = np.zeros((10, 1))
    one = Scored(none, none, np.full(10, 0.2), np.full(10, 0.3), pit)
    base = Scored(none, none, np.full(10, 0.4), np.full(10, 0.4), pit)

    assert backtest._of_returns(one, base) == pytest.approx({
        "crps": 0.2, "crps_skill": 0.5, "pinball": 0.3, "pinball_skill": 0.25, "within_50": 0.4,
        "within_90": 0.8,
    })  # fmt: skip


def test_the_diagram_has_a_bin_for_each_probability_that_was_said():
    made = plan(turns=True)
    rows = list(backtest._bins(score(forecast(PUBLISHED, 0.75), made), made))

    assert [row["bin"] for row in rows] == [0, 2, 7]
    assert [row["forecasts"] for row in rows] == [2 * 58, 58, 58]
    assert [row["frequency"] for row in rows] == pytest.approx([0.0, 0.5, 0.5])
    assert {row["estimator"] for row in rows} == {PUBLISHED}
    sure = list(backtest._bins(score(forecast(PUBLISHED, 1.0), made), made))
    assert [row["bin"] for row in sure] == [0, backtest.BINS - 1]


def test_p_values_are_raised_for_all_tests_of_the_registry():
    entity, horizon, name, target = registry()[0]
    row = dict.fromkeys(RECORD.names()) | {
        "entity": entity, "horizon": horizon, "estimator": name, "target": target, "p_value": 1e-6,
    }  # fmt: skip
    untested = row | {"estimator": CLIMATOLOGY, "p_value": None}
    found = backtest._adjusted(pl.DataFrame([row, untested], RECORD))

    count = len(registry())
    expected = 1e-6 * count * sum(1 / n for n in range(1, count + 1))
    assert found["p_adjusted"].to_list() == [pytest.approx(expected), None]
    assert found.columns == RECORD.names()
    assert set(OUTCOMES) < set(TARGETS)
