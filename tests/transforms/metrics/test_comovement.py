"""Specs of correlation, absorption and turbulence, on matrices and on sectors."""

import itertools

import numpy as np
import polars as pl
import pytest

from transforms.formulas.covariance import (
    Moments,
    absorption,
    absorption_ratios,
    mean_correlations,
    moments,
    shrunk,
    stretches,
    turbulence,
)

CODES = ["801080.SW", "801750.SW", "801760.SW", "801770.SW", "801780.SW", "801790.SW"]


def drawn(days: int, count: int = 6, seed: int = 7, common: float = 0.5) -> np.ndarray:
    """Returns of sectors that share a factor."""
    chance = np.random.default_rng(seed)
    own = chance.normal(scale=0.01, size=(days, count))
    return own + common * chance.normal(scale=0.01, size=(days, 1))


def windowed(values: np.ndarray, end: int, window: int, half_life: float | None) -> np.ndarray:
    """The weighted sums of products about the mean, straight from their definition."""
    rows = values[end - window + 1 : end + 1]
    age = np.arange(window)[::-1]
    weight = np.ones(window) if half_life is None else 0.5 ** (age / half_life)
    mean = (weight[:, None] * rows).sum(axis=0) / weight.sum()
    return (weight[:, None] * (rows - mean)).T @ (rows - mean)


@pytest.mark.parametrize("half_life", [None, 15.0])
def test_moving_moments_are_those_of_each_window(half_life):
    values = drawn(300)
    for ends, found in moments(values, 30, half_life):
        for row, end in enumerate(range(ends.start, ends.stop)):
            expected = windowed(values, end, 30, half_life)
            assert found.products[row] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_moments_of_all_rows_so_far():
    values = drawn(60)
    ends, found = next(moments(values, first=20))

    assert ends == slice(20, 60)
    assert found.weight.tolist() == list(range(21, 61))
    assert found.mean[-1] == pytest.approx(values.mean(axis=0))


def test_shrinkage_is_that_of_ledoit_and_wolf():
    """Against their formulas written out: b2 over the days, d2 against the mean variance."""
    values = drawn(40, 12)
    centred = values - values.mean(axis=0)
    sample = centred.T @ centred / 40
    mean_variance = np.trace(sample) / 12
    d2 = ((sample - mean_variance * np.eye(12)) ** 2).sum()
    b2 = sum(((np.outer(x, x) - sample) ** 2).sum() for x in centred) / 40**2
    rho = min(b2, d2) / d2
    expected = (1 - rho) * sample + rho * mean_variance * np.eye(12)
    *_, (_, last) = moments(values, 40)

    assert 0 < rho < 1
    assert shrunk(last)[-1] == pytest.approx(expected * 40 / 39, rel=1e-9, abs=1e-15)


def test_absorption_is_one_where_one_force_moves_all_and_a_share_where_none_does():
    one_force = np.ones((1, 5, 5))
    own_ways = np.eye(5)[None]

    assert absorption(one_force, 1)[0] == pytest.approx(1.0)
    assert absorption(own_ways, 1)[0] == pytest.approx(0.2)
    assert np.isnan(absorption(np.zeros((1, 5, 5)), 1)[0])
    assert np.isnan(absorption(np.full((1, 5, 5), np.nan), 1)[0])


def test_correlation_of_series_that_move_as_one_or_as_opposites():
    step = drawn(80, 1)
    assert mean_correlations(np.hstack([step, step, step]), 60)[-1] == pytest.approx([1, 1, 1])
    opposite = mean_correlations(np.hstack([step, -step]), 60)[-1]
    assert opposite == pytest.approx([-1, -1])


def test_stretches_leave_a_series_out_while_its_hole_is_in_the_window():
    values = drawn(12, 3)
    values[:2, 2] = np.nan  # begins late
    values[6, 0] = np.nan
    found = [(run.first, run.last, run.since, run.columns.tolist()) for run in stretches(values, 3)]

    assert found == [
        (2, 3, 0, [0, 1]),
        (4, 5, 2, [0, 1, 2]),
        (6, 8, 2, [1, 2]),
        (9, 11, 7, [0, 1, 2]),
    ]


def test_what_was_measured_stays_when_days_follow():
    """Bit by bit: nothing of a later day, nor of its number, may reach an earlier one."""
    values = drawn(700)
    values[400, 2] = np.nan
    whole = (
        *turbulence(values, 100),
        *turbulence(values, None, 100),
        mean_correlations(values, 60),
        absorption_ratios(values, 150, 75).covariance,
        absorption_ratios(values, 150, 75).correlation,
    )
    for days in (101, 260, 401, 402, 555):
        part = values[:days]
        then = (
            *turbulence(part, 100),
            *turbulence(part, None, 100),
            mean_correlations(part, 60),
            absorption_ratios(part, 150, 75).covariance,
            absorption_ratios(part, 150, 75).correlation,
        )
        for now, before in zip(whole, then, strict=True):
            np.testing.assert_array_equal(now[:days], before)


def test_turbulence_measures_a_day_against_the_days_before_it():
    values = drawn(252, 6)
    values[251] *= 10
    past = values[1:251]
    gap = values[251] - past.mean(axis=0)
    expected = gap @ np.linalg.inv(np.cov(past.T)) @ gap
    found, counts = turbulence(values, 250)

    assert np.isnan(found[:250]).all()
    assert found[251] == pytest.approx(expected)
    assert counts[251] == 6
    assert found[251] > 20 * found[250]


def test_two_equal_sectors_or_one_at_rest_have_no_turbulence():
    twins = drawn(270)
    twins[:, 1] = twins[:, 0]
    resting = drawn(270)
    resting[:, 3] = 0.0
    wide = drawn(270, 40)  # shrunk, which would hide the rest
    wide[:, 3] = 0.0

    for values in (twins, resting, wide):
        assert np.isnan(turbulence(values, 250)[0]).all()
        assert np.isnan(turbulence(values, None)[0]).all()


def sectors(returns: np.ndarray, weekdays) -> pl.DataFrame:
    """sector_daily of the returns: first-level rows with a close alone."""
    levels = 1000 * np.exp(np.cumsum(returns, axis=0))
    days = weekdays(returns.shape[0])
    rows = [
        (code, day, "L1", level)
        for at, code in enumerate(CODES[: returns.shape[1]])
        for day, level in zip(days, levels[:, at].tolist(), strict=True)
    ]
    frame = pl.DataFrame(rows, schema=["code", "trade_date", "level", "close"], orient="row")
    return frame.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def test_sectors_that_move_as_one(weekdays, measure):
    step = drawn(62, 1)
    frame = sectors(np.hstack([step] * 5), weekdays)
    found = measure("average_correlation_60d", sector_daily=frame)

    assert len(found) == 2  # 61 changes, and the first window needs 60
    assert list(found.values()) == pytest.approx([1.0, 1.0])


def test_one_sector_alone_has_no_correlation_no_absorption_and_no_turbulence(weekdays, measure):
    frame = sectors(drawn(520, 1), weekdays)
    for metric in ("average_correlation_60d", "absorption_ratio", "turbulence_250d"):
        assert measure(metric, sector_daily=frame) == {}


def test_sectors_that_never_move_have_no_figures(weekdays, measure):
    frame = sectors(np.zeros((520, 6)), weekdays)
    for metric in ("average_correlation_60d", "absorption_ratio", "turbulence_expanding"):
        assert measure(metric, sector_daily=frame) == {}


def test_a_day_of_a_stand_in_source_is_spanned(weekdays, measure):
    """Two of six sectors on one day: the day has no figure, and no sector is lost for it."""
    frame = sectors(drawn(64), weekdays)
    hole = weekdays(64)[50]
    thin = frame.filter((pl.col("trade_date") != hole) | pl.col("code").is_in(CODES[:2]))
    counts = measure("average_correlation_60d", column="n", sector_daily=thin)
    found = measure("average_correlation_60d", sector_daily=frame)

    assert set(counts.values()) == {6}
    assert len(counts) == len(found) - 1


def test_a_sector_that_begins_late_waits_until_its_window_is_whole(weekdays, measure):
    frame = sectors(drawn(140), weekdays)
    first = weekdays(140)[50]
    late = frame.filter((pl.col("trade_date") >= first) | (pl.col("code") != CODES[5]))
    counts = measure("average_correlation_60d", column="n", sector_daily=late)

    assert [len(list(days)) for _, days in itertools.groupby(counts.values())] == [50, 30]
    assert set(counts.values()) == {5, 6}


def test_one_close_that_is_no_number_leaves_its_day_out(weekdays, measure):
    """61 of 62 days are left: 60 changes, one of which spans the day, make one window."""
    frame = sectors(drawn(62), weekdays)
    day = weekdays(62)[30]
    spot = (pl.col("trade_date") == day) & (pl.col("code") == CODES[0])
    broken = frame.with_columns(close=pl.when(spot).then(float("nan")).otherwise("close"))

    assert measure("average_correlation_60d", column="n", sector_daily=broken) == {"2026-01-13": 6}


def test_the_shift_needs_a_year_of_ratios_and_is_anchored(weekdays, measure):
    calm, tied = drawn(735, common=0.2), drawn(25, common=4.0, seed=8)
    frame = sectors(np.vstack([calm, tied]), weekdays)
    ratio = measure("absorption_ratio", sector_daily=frame)
    shift = measure("absorption_shift", sector_daily=frame)
    score = measure("absorption_shift", column="score", sector_daily=frame)
    last = max(shift)

    assert len(ratio) == 760 - 500
    assert len(shift) == len(ratio) - 249
    assert shift[last] > 1
    assert score[last] > 75


def test_moments_can_be_picked():
    found = Moments(np.arange(3.0), np.zeros((3, 2)), np.zeros((3, 2, 2)), np.zeros(3))

    assert found.of(np.array([True, False, True])).weight.tolist() == [0.0, 2.0]
