"""The kernels over windows, each against the plain definition of one window."""

import numpy as np
import pytest

from transforms.formulas import rolling
from transforms.formulas.lookback import last_at_least

WINDOW, HORIZON = 40, 5


@pytest.fixture(scope="module")
def path() -> np.ndarray:
    """300 values of a walk with rests, a jump and a stretch in which nothing moves."""
    chance = np.random.default_rng(4)
    steps = np.where(chance.random(300) < 0.2, 0.0, chance.normal(0, 0.02, 300))
    steps[150], steps[200:260] = 0.5, 0.0
    return np.cumsum(steps)


KERNELS = {
    "slope": lambda y: rolling.slope(y, WINDOW),
    "convexity": lambda y: rolling.convexity(y, WINDOW),
    "convexity_t": lambda y: rolling.convexity_t(y, WINDOW),
    "variance_ratio": lambda y: rolling.variance_ratio(y, HORIZON, WINDOW)[0],
    "variance_ratio_z": lambda y: rolling.variance_ratio(y, HORIZON, WINDOW)[1],
    "deepest_fall": lambda y: rolling.deepest_fall(np.exp(y), WINDOW),
}


def one_slope(y):
    return np.polyfit(np.arange(len(y)), y, 1)[0]


def one_parabola(y):
    """Coefficients by least squares and the covariance of Newey and West, lag by lag."""
    tau = np.linspace(-1, 1, len(y))
    x = np.column_stack([np.ones_like(tau), tau, tau**2])
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    scores = x * (y - x @ coefficients)[:, None]
    lags = len(y) // 10
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        pairs = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (pairs + pairs.T)
    bread = np.linalg.inv(x.T @ x)
    return coefficients, bread @ meat @ bread


def one_convexity(y):
    return one_parabola(y)[0][2]


def one_convexity_t(y):
    coefficients, covariance = one_parabola(y)
    return coefficients[2] / np.sqrt(covariance[2, 2])


def one_fall(y):
    return (np.exp(y) / np.maximum.accumulate(np.exp(y)) - 1).min()


@pytest.mark.parametrize(
    ("kernel", "one"),
    [
        ("slope", one_slope),
        ("convexity", one_convexity),
        ("convexity_t", one_convexity_t),
        ("deepest_fall", one_fall),
    ],
)
def test_each_window_is_what_its_own_rows_give(path, kernel, one):
    found = KERNELS[kernel](path)

    for end in (WINDOW, 100, 150, 165, 190, 230, 299, 300):
        assert found[end - 1] == pytest.approx(one(path[end - WINDOW : end]), rel=1e-9, abs=1e-15)


def test_the_variance_ratio_of_a_window_is_its_definition(path):
    found, z = rolling.variance_ratio(path, HORIZON, WINDOW)

    for end in (WINDOW + 1, 170, 300):
        y = path[end - WINDOW - 1 : end]
        change, far = np.diff(y), y[HORIZON:] - y[:-HORIZON]
        mean = change.mean()
        count = HORIZON * (WINDOW - HORIZON + 1) * (1 - HORIZON / WINDOW)
        ratio = ((far - HORIZON * mean) ** 2).sum() / count / change.var(ddof=1)
        square = (change - mean) ** 2
        theta = sum(
            (2 * (1 - lag / HORIZON)) ** 2
            * WINDOW
            * (square[lag:] @ square[:-lag])
            / square.sum() ** 2
            for lag in range(1, HORIZON)
        )
        assert found[end - 1] == pytest.approx(ratio, rel=1e-10)
        assert z[end - 1] == pytest.approx(np.sqrt(WINDOW / theta) * (ratio - 1), rel=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("count", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 123, 299])
def test_a_shorter_past_gives_the_same_bits(path, kernel, count):
    whole, cut = KERNELS[kernel](path)[:count], KERNELS[kernel](path[:count])

    assert len(cut) == count
    assert np.array_equal(cut, whole, equal_nan=True)


def test_where_nothing_moved_there_is_no_slope_and_no_ratio(path):
    still = 200 + WINDOW + 2  # rows 200 to 260 rest

    assert rolling.slope(path, WINDOW)[still] == 0
    assert rolling.convexity(path, WINDOW)[still] == 0
    assert np.isnan(rolling.convexity_t(path, WINDOW)[still])
    assert np.isnan(rolling.variance_ratio(path, HORIZON, WINDOW)[0][still])
    assert rolling.deepest_fall(np.exp(path), WINDOW)[still] == 0


def test_an_exact_curve_has_no_t_and_a_constant_growth_no_variance_ratio():
    assert np.isnan(rolling.convexity_t(np.linspace(0, 1, WINDOW) ** 2, WINDOW)[-1])
    assert np.isnan(rolling.convexity_t(np.linspace(0, 1, WINDOW), WINDOW)[-1])
    assert np.isnan(rolling.variance_ratio(np.linspace(0, 3, 100), HORIZON, WINDOW)[0][-1])


def test_a_parabola_over_tau_has_its_own_c():
    tau = np.linspace(-1, 1, WINDOW)

    assert rolling.convexity(2 + 0.3 * tau + 0.07 * tau**2, WINDOW)[-1] == pytest.approx(0.07)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 100])
def test_the_last_earlier_value_as_high(count):
    values = np.random.default_rng(count).integers(0, 9, count).astype(float)
    expected = [
        next((s for s in range(t - 1, -1, -1) if values[s] >= values[t]), -1) for t in range(count)
    ]

    assert last_at_least(values).tolist() == expected
