"""Specs of the tests for explosive prices and of their null distribution."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from scripts.critical_values import sizes
from transforms.formulas import gsadf as explosive
from transforms.formulas import gsadf_critical_values
from transforms.formulas.gsadf_critical_values import quantile
from transforms.indicators import (
    bsadf,
    bsadf_newest,
    explosive_episodes,
    gsadf,
    psy_critical_value,
    psy_critical_value_error,
    sadf,
)

FEW = settings(max_examples=15, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10**6)


def walk(seed: int, count: int) -> np.ndarray:
    """A random walk whose calm and stormy spells last ten steps each."""
    chance = np.random.default_rng(seed)
    calm = np.repeat(chance.uniform(0.2, 3, count // 10 + 1), 10)[:count]
    return np.cumsum(calm * chance.standard_normal(count))


def bubble(count: int = 120, start: int = 80, growth: float = 1.06, seed: int = 5) -> np.ndarray:
    """A quiet walk that grows by a share of its own level from `start` on."""
    y = 5 + 0.05 * np.cumsum(np.random.default_rng(seed).standard_normal(count))
    for index in range(start, count):
        y[index] = y[index - 1] * growth
    return y


def adf(y: np.ndarray, lags: int) -> float:
    """The t statistic as a textbook computes it: least squares of one window."""
    change = np.diff(y)
    columns = [np.ones(len(change) - lags), y[lags:-1]]
    columns += [change[lags - lag : len(change) - lag] for lag in range(1, lags + 1)]
    design, target = np.column_stack(columns), change[lags:]
    if np.linalg.matrix_rank(np.column_stack([design, target])) <= design.shape[1]:
        return -np.inf  # a flat window, or a perfect fit
    slopes, _, _, _ = np.linalg.lstsq(design, target)
    freedom = len(target) - design.shape[1]
    variance = ((target - design @ slopes) ** 2).sum() / freedom
    return slopes[1] / np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1])


@pytest.mark.parametrize("lags", [0, 1, 3])
def test_each_statistic_is_the_largest_of_the_regressions_one_by_one(lags):
    y, least = walk(1, 60), 12
    found = explosive.explosiveness(y, least, lags)

    for end in range(least + lags, len(y)):
        statistics = [adf(y[start : end + 1], lags) for start in range(end - least - lags + 1)]
        assert found.bsadf[end] == pytest.approx(max(statistics), rel=1e-9)
        assert found.badf[end] == pytest.approx(statistics[0], rel=1e-9)
        assert found.start[end] == np.argmax(statistics)


@pytest.mark.parametrize("lags", [0, 2])
def test_the_first_value_stands_where_the_smallest_window_fits(lags):
    found = bsadf(pl.Series(walk(2, 50)), min_window=20, lags=lags)

    assert len(found) == 50
    assert found.is_null().to_list() == [True] * (20 + lags) + [False] * (30 - lags)


@FEW
@given(seed=SEEDS, lags=st.integers(0, 2), cut=st.integers(1, 199), least=st.integers(5, 90))
def test_later_values_change_no_bit_of_earlier_statistics(seed, lags, cut, least):
    y = pl.Series(walk(seed, 200))

    assert_series_equal(bsadf(y[:cut], least, lags), bsadf(y, least, lags)[:cut], check_exact=True)
    assert bsadf_newest(y[:cut], least, lags) == bsadf(y[:cut], least, lags)[-1]


def test_the_window_of_the_literature_rewrites_the_past():
    """What the frozen window is for: PSY's own moves with the sample."""
    y = pl.Series(walk(3, 300))
    then = bsadf(y[:200], explosive.least_window(200))
    now = bsadf(y, explosive.least_window(300))[:200]

    assert (explosive.least_window(100), explosive.least_window(1600)) == (19, 88)
    assert (then - now).abs().max() > 0.05


@FEW
@given(seed=SEEDS, lags=st.integers(0, 2), shift=st.floats(-50, 50), scale=st.floats(0.01, 100))
def test_a_constant_and_a_unit_change_nothing(seed, lags, shift, scale):
    y = walk(seed, 80)
    plain = explosive.explosiveness(y, 15, lags)
    other = explosive.explosiveness(scale * y + shift, 15, lags)

    np.testing.assert_allclose(other.bsadf, plain.bsadf, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(other.badf, plain.badf, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("unit", [-500, 500])
@pytest.mark.parametrize("lags", [0, 1])
def test_a_unit_beyond_the_range_of_squares_changes_no_bit(unit, lags):
    y = pl.Series(walk(4, 60))

    assert bsadf(y * 2.0**unit, 12, lags).equals(bsadf(y, 12, lags), null_equal=True)


def test_a_calm_after_a_storm_keeps_its_digits():
    """Sums over the whole history would drown changes of 1e-8 in those of 1e4."""
    storm, calm = 1e4 * walk(4, 100), 1e-8 * walk(5, 100)
    found = explosive.explosiveness(np.concatenate([storm, storm[-1] + np.cumsum(calm)]), 30)
    alone = explosive.explosiveness(np.cumsum(calm), 30)

    late = found.start[150:] >= 101
    assert late.any()
    np.testing.assert_allclose(found.bsadf[150:][late], alone.bsadf[50:][late], rtol=1e-2)


def test_several_series_are_tested_as_each_alone():
    paths = np.array([walk(seed, 90) for seed in range(5)])
    together = explosive.explosiveness(paths, 20)

    for row, path in enumerate(paths):
        np.testing.assert_array_equal(together.bsadf[row], explosive.explosiveness(path, 20).bsadf)
    np.testing.assert_array_equal(explosive.newest(paths, 20).bsadf[:, 0], together.bsadf[:, -1])


def test_half_the_bits_are_good_to_four_digits():
    y = walk(6, 300)
    half = explosive.explosiveness(y, 40, precision=np.float32)

    np.testing.assert_allclose(half.bsadf, explosive.explosiveness(y, 40).bsadf, atol=1e-4)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [7.0] * 50,
        [float(n) for n in range(50)],
        [0.1 * n for n in range(50)],
        [1.5**n for n in range(50)],
        [None] * 50,
        [float("nan")] * 50,
    ],
    ids=["empty", "one", "flat", "line", "uneven line", "perfect growth", "nulls", "NaN"],
)
@pytest.mark.parametrize("lags", [0, 1])
def test_what_cannot_be_tested_gives_nulls(values, lags):
    y = pl.Series(values, dtype=pl.Float64)

    assert bsadf(y, 10, lags).null_count() == len(values)
    assert gsadf(y, 10, lags) is None
    assert sadf(y, 10, lags) is None
    assert bsadf_newest(y, 10, lags) is None


def test_only_the_windows_of_a_suspension_are_left_out():
    y = np.concatenate([walk(7, 40), np.full(30, 3.0), walk(8, 40)])
    found = explosive.explosiveness(y, 12)

    for end in range(12, len(y)):
        largest = max(adf(y[start : end + 1], 0) for start in range(end - 11))
        assert found.bsadf[end] == pytest.approx(largest, rel=1e-9)
    assert adf(y[45 : 45 + 13], 0) == -np.inf


@pytest.mark.parametrize("hole", [None, float("nan"), float("inf")])
def test_an_absent_value_is_null_and_makes_neighbours_of_its_neighbours(hole):
    y = walk(9, 60)
    with_hole = pl.Series([*y[:30], hole, *y[30:]])
    found = bsadf(with_hole, 15)

    assert found[30] is None
    assert found.drop_nulls().to_list() == bsadf(pl.Series(y), 15).drop_nulls().to_list()
    assert bsadf_newest(with_hole, 15) == found[-1]
    assert bsadf_newest(pl.Series([*y, hole]), 15) is None


def test_whole_numbers_are_numbers():
    y = [3, 4, 4, 6, 5, 7, 9, 8, 12, 11, 15, 19]

    assert bsadf(pl.Series(y), 5)[-1] == bsadf(pl.Series(y, dtype=pl.Float64), 5)[-1]


def test_nonsense_is_named():
    y = pl.Series(walk(1, 30))
    days = pl.Series([date(2025, 1, 1) + timedelta(n) for n in range(30)])

    with pytest.raises(ValueError, match="min_window must be 4 or more with 1 lags"):
        bsadf(y, 3, lags=1)
    with pytest.raises(ValueError, match="lags counts earlier changes, it cannot be -1"):
        gsadf(y, 10, lags=-1)
    with pytest.raises(ValueError, match="of one length"):
        explosive_episodes(days[1:], y, 1.0, 10)
    with pytest.raises(ValueError, match="of one length"):
        explosive_episodes(days, y, pl.Series([1.0]), 10)
    with pytest.raises(ValueError, match="sorted"):
        explosive_episodes(days.reverse(), y, 1.0, 10)


def test_an_episode_lasts_from_above_to_below():
    """NaN and a tie end nothing; the last one is open; a short one is left out."""
    nan = float("nan")
    statistic = np.array([nan, 0, 2, 2, 1, nan, 2, 0.5, 0, 2, 0.5, 2, 2, 2])

    assert explosive.episodes(statistic, np.ones(14), 2) == [(2, 7), (11, None)]
    assert explosive.episodes(statistic, np.ones(14), 1) == [(2, 7), (9, 10), (11, None)]
    assert explosive.episodes(statistic, np.full(14, nan), 1) == []


def drawn_episodes(y: np.ndarray, critical: float | pl.Series = 1.5, **options) -> pl.DataFrame:
    days = pl.Series([date(2020, 1, 3) + timedelta(7 * n) for n in range(len(y))])
    return explosive_episodes(days, pl.Series(y), critical, 30, **options)


def test_growth_is_exuberance_and_its_mirror_a_collapse():
    up, down = drawn_episodes(bubble()), drawn_episodes(-bubble())

    assert up["direction"].to_list() == ["exuberance"]
    assert down["direction"].to_list() == ["collapse"]
    assert up.drop("direction").equals(down.drop("direction"))
    assert up["end"].to_list() == [None]


def test_an_episode_ends_on_the_first_date_below():
    y = np.concatenate([bubble(), np.full(1, 20.0), 20 + 0.2 * walk(3, 60)])
    found = drawn_episodes(y).row(0, named=True)
    statistic = bsadf(pl.Series(y), 30)
    last = (found["end"] - date(2020, 1, 3)).days // 7
    first = (found["start"] - date(2020, 1, 3)).days // 7

    assert statistic[last] < 1.5
    assert statistic[first - 1] < 1.5 < statistic[first]
    assert (statistic[first:last] >= 1.5).all()


def test_an_episode_may_end_below_another_threshold_than_it_began():
    statistic = np.array([0.0, 3.0, 1.5, 1.2, 0.5, 1.5, 3.0, 1.5])
    begins, ends = np.full(8, 2.0), np.full(8, 1.0)

    assert explosive.episodes(statistic, begins, 1) == [(1, 2), (6, 7)]
    assert explosive.episodes(statistic, begins, 1, ends) == [(1, 4), (6, None)]


def test_a_short_episode_is_left_out_unless_it_is_asked_for():
    """By default an episode lasts ln(T) values: ln(84) = 4.4."""
    y = bubble(count=84)
    weeks = len(y) - y.argmax() + 3

    assert weeks == 4
    assert drawn_episodes(y).height == 0
    assert drawn_episodes(y, min_duration=1).height == 1


def test_critical_values_may_differ_by_date():
    y = bubble()
    never = pl.Series([99.0] * len(y))

    assert drawn_episodes(y, pl.Series([1.5] * len(y))).equals(drawn_episodes(y))
    assert drawn_episodes(y, never).height == 0


def test_dates_of_absent_values_start_and_end_nothing():
    y = bubble()
    holes = pl.Series(y).scatter([90, 91], [None, None])

    assert drawn_episodes(holes.to_numpy()).height == 1


def test_the_table_of_critical_values_is_in_order():
    table = gsadf_critical_values._table()
    wide = table.pivot(on="level", index=["min_window", "n", "statistic"], values="value")
    both = table.pivot(on="statistic", index=["min_window", "n", "level"], values="value")

    assert (wide["0.9"] < wide["0.95"]).all()
    assert (wide["0.95"] < wide["0.99"]).all()
    assert (both["sadf"] <= both["gsadf"]).all()
    assert table.filter(level=0.95)["se"].max() < 0.05


def test_the_standard_error_of_a_quantile_is_that_of_draws_like_these():
    """Normal draws: √(p (1 - p) / n) / density at the quantile."""
    draws = np.sort(np.random.default_rng(1).standard_normal(20_000))
    value, error = quantile(draws, 0.95)

    assert value == pytest.approx(1.645, abs=4 * error)
    assert error == pytest.approx(np.sqrt(0.95 * 0.05 / 20_000) / 0.1031, rel=0.25)


def test_the_simulated_sizes_go_from_one_window_to_the_longest_sample():
    found = sizes(40, 1000, 400)

    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (41, 1000)
    assert 400 in found


def test_critical_values_lie_between_their_neighbours():
    table = gsadf_critical_values._table().filter(min_window=84, statistic="gsadf", level=0.95)
    (n, low), (later, high) = table.select("n", "value").rows()[-2:]

    assert psy_critical_value(n, 84) == low
    assert low <= psy_critical_value((n + later) // 2, 84) <= high
    assert psy_critical_value(10 * later, 84) == high
    assert psy_critical_value(84, 84) is None


def test_a_window_that_the_table_lacks_is_simulated_once_and_kept(monkeypatch):
    """Between the tabled neighbours; 20,000 other walks agree within four standard errors."""
    value, error = psy_critical_value(60, 23), psy_critical_value_error(60, 23)
    draws = gsadf_critical_values.random_walks(23, 60, 20_000, [60], seed=1)[1][:, 0]

    assert 0 < error < 0.1
    assert np.quantile(draws, 0.95) == pytest.approx(value, abs=4 * error)
    assert psy_critical_value(60, 27) < value < psy_critical_value(60, 19)
    assert psy_critical_value(23, 23) is psy_critical_value_error(23, 23) is None
    monkeypatch.setattr(gsadf_critical_values, "random_walks", None)
    assert psy_critical_value(60, 23) == value
    assert psy_critical_value(60, 23, 0.9, "sadf") < value


def test_the_error_of_a_tabled_value_is_that_of_the_table():
    table = gsadf_critical_values._table().filter(min_window=40, statistic="gsadf", level=0.95)
    n, error = table.select("n", "se").row(9)

    assert psy_critical_value_error(n, 40) == error


def test_critical_values_that_there_are_not_are_refused():
    with pytest.raises(ValueError, match=r"0\.8"):
        psy_critical_value(100, 30, 0.8)
    with pytest.raises(ValueError, match="badf"):
        psy_critical_value(100, 40, statistic="badf")
    with pytest.raises(ValueError, match="do not suffice"):
        psy_critical_value(100, 2)


def test_new_draws_agree_with_the_table():
    """Another seed, fewer draws: within four of their standard errors."""
    sadf_draws, gsadf_draws = gsadf_critical_values.random_walks(19, 100, 1500, [60, 100], seed=1)

    for statistic, draws in (("sadf", sadf_draws), ("gsadf", gsadf_draws)):
        for n, column in zip((60, 100), draws.T, strict=True):
            assert np.quantile(column, 0.9) == pytest.approx(
                psy_critical_value(n, 19, 0.9, statistic), abs=4 * 0.05
            )


def test_the_beginning_of_a_walk_is_a_walk():
    short, _ = gsadf_critical_values.random_walks(19, 100, 3, [50], seed=1)
    long, largest = gsadf_critical_values.random_walks(19, 100, 3, [50, 100], seed=1)

    assert (short[:, 0] == long[:, 0]).all()
    assert (largest[:, 1] >= largest[:, 0]).all()


def test_the_bootstrap_of_a_beginning_is_the_beginning_of_the_bootstrap():
    y = walk(11, 150)

    np.testing.assert_array_equal(
        gsadf_critical_values.bootstrapped(y[:100], 30, repetitions=19),
        gsadf_critical_values.bootstrapped(y, 30, repetitions=19)[:100],
    )


@pytest.mark.parametrize("first", [0, 29, 30, 77, 148, 149])
def test_the_bootstrap_of_the_newest_values_is_the_end_of_the_whole(first):
    y = walk(21, 150)

    np.testing.assert_array_equal(
        gsadf_critical_values.bootstrapped(y, 30, repetitions=9, control=20, first=first),
        gsadf_critical_values.bootstrapped(y, 30, repetitions=9, control=20)[first:],
    )


@FEW
@given(seed=SEEDS, lags=st.integers(0, 2), first=st.integers(0, 220), least=st.integers(5, 90))
def test_the_statistics_from_a_place_on_are_those_of_the_whole(seed, lags, first, least):
    y = np.array([walk(seed, 200), walk(seed + 1, 200)])
    whole = explosive.explosiveness(y, least, lags)
    end = explosive.explosiveness(y, least, lags, first=first)

    for some, every in zip(end, whole, strict=True):
        np.testing.assert_array_equal(some[:, first:], every[:, first:])
        assert (np.isnan(some) | (some == -1))[:, :first].all()


def test_the_bootstrap_looks_back_over_its_control_window():
    y = walk(12, 150)
    each = gsadf_critical_values.bootstrapped(y, 30, repetitions=9, control=1)
    five = gsadf_critical_values.bootstrapped(y, 30, repetitions=9, control=5)

    np.testing.assert_array_equal(five[100], each[96:101].max(axis=0))
    assert np.isnan(five[:30]).all()


def test_the_bootstrap_knows_no_growth_and_so_tells_it():
    grown, quiet = bubble(), walk(13, 120)
    chances = [
        (gsadf_critical_values.bootstrapped(y, 30)[-1] >= bsadf_newest(pl.Series(y), 30)).mean()
        for y in (grown, quiet)
    ]

    assert chances[0] < 0.01
    assert chances[1] > 0.1
