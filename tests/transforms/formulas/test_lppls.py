"""Specs of the log-periodic power law: its fits, the confidence indicator and the metrics."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.transforms.conftest import only
from transforms.engine.evaluate import evaluate
from transforms.formulas import lppls
from transforms.formulas.lppls import CONFIDENCE, confidence, fits
from transforms.formulas.lppls_fit import Box
from transforms.indicators import lppls_confidence
from transforms.metrics import lppls as family
from transforms.metrics.lppls import SINCE  # read before the tests' later day is put in its place
from transforms.prepared.series import series_bars

WINDOWS = range(125, 401, 25)
NOW = date(2026, 1, 13)
NAMES = ("lppls_confidence_positive", "lppls_confidence_negative", "lppls_tc_iqr_days")


def curve(t, tc, m, w, a, b, c1, c2):  # noqa: PLR0917 - in the order of the paper
    """Filimonov and Sornette (2013), equation 8: the logarithm of the price."""
    x = np.abs(tc - t)
    return a + x**m * (b + c1 * np.cos(w * np.log(x)) + c2 * np.sin(w * np.log(x)))


def bubble(days: int = 400, noise: float = 0.003, ahead: float = 8.3, m: float = 0.5) -> np.ndarray:
    """ln p of a price that is to peak so many days after the last."""
    log_price = curve(np.arange(days), days - 1 + ahead, m, 8.0, 7.0, -0.04, 0.002, -0.001)
    return log_price + noise * np.random.default_rng(4).standard_normal(days)


def walk(seed: int, days: int = 400) -> np.ndarray:
    """ln p of a price that follows nothing."""
    return 0.015 * np.random.default_rng(seed).standard_normal(days).cumsum()


# ---- fits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "m"), [(8.3, 0.5), (35.0, 0.8), (-12.4, 0.35)])
def test_the_fit_finds_what_a_price_was_made_of(ahead, m):
    """A negative number of days ahead: the price has peaked, and the fit says when."""
    found = fits(bubble(noise=0, ahead=ahead, m=m), [400])

    assert found.tc[0] == pytest.approx(ahead, abs=0.2)
    assert found.m[0] == pytest.approx(m, abs=0.01)
    assert found.w[0] == pytest.approx(8, abs=0.05)
    assert found.sse[0] < 1e-4
    quotient = m * 0.04 / (8 * np.hypot(0.002, 0.001))
    assert found.damping[0] == pytest.approx(quotient, rel=0.02)
    turns = 8 / np.pi * np.log((399 + ahead) / abs(ahead))
    assert found.oscillations[0] == pytest.approx(turns, rel=0.02)


def test_the_sum_of_squares_is_that_of_the_fitted_curve():
    """Least squares for the four linear parameters, at the tc, m and w that the fit tells."""
    log_price, day = walk(3), np.arange(400)
    found = fits(log_price, [125, 400])

    for window, tc, m, w, sse in zip(
        found.window, found.tc, found.m, found.w, found.sse, strict=True
    ):
        x = np.abs(399 + tc - day[-window:])
        turn = w * np.log(x)
        design = np.column_stack([np.ones(window), x**m, x**m * np.cos(turn), x**m * np.sin(turn)])
        solved, *_ = np.linalg.lstsq(design, log_price[-window:])
        assert sse == pytest.approx(((log_price[-window:] - design @ solved) ** 2).sum(), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_point_of_the_box_fits_better(seed):
    """Against 4,000 random points of the box, each with its own least squares."""
    log_price = walk(seed, 200)
    chance = np.random.default_rng(seed)
    box = Box()
    low, high = box.corners()
    points = chance.uniform(low, high, (4000, 3))
    x = np.abs(points[:, 0, None] * 199 + np.arange(200)[::-1]) / 199
    rise, turn = x ** points[:, 1, None], points[:, 2, None] * np.log(x)
    design = np.stack([np.ones_like(x), rise, rise * np.cos(turn), rise * np.sin(turn)], axis=-1)
    explained = np.square(np.einsum("npk,p->nk", np.linalg.qr(design).Q, log_price)).sum(axis=1)

    assert fits(log_price, [200], box).sse[0] <= (log_price @ log_price - explained).min() + 1e-12


def test_the_parameters_stay_in_the_box():
    found = fits(walk(5), WINDOWS)

    assert (np.abs(found.tc / found.length) <= 0.2 + 1e-12).all()
    assert ((found.m >= 0) & (found.m <= 2)).all()
    assert ((found.w >= 1) & (found.w <= 50)).all()


@pytest.mark.parametrize("windows", [[19], [401], [200, 125], [125, 125]])
def test_impossible_windows_are_refused(windows):
    with pytest.raises(ValueError, match="window"):
        fits(walk(1), windows)


# ---- the indicator ------------------------------------------------------------------------------


def share(log_price: np.ndarray, windows=WINDOWS) -> tuple[float | None, float | None]:
    return lppls_confidence(pl.Series(np.exp(log_price)), windows)


def test_a_bubble_and_its_mirror_image():
    rising, falling = share(bubble()), share(-bubble())

    assert rising[0] > 0.8
    assert rising[1] == 0
    assert falling[0] == 0
    assert falling[1] > 0.8


def test_a_walk_is_no_bubble():
    assert share(walk(1)) == (0, 0)


def test_the_indicator_counts_all_windows_and_only_what_passes():
    """By hand, from full fits; a window that is longer than the series counts among all."""
    log_price, windows = bubble(noise=0.01), [125, 200, 300, 400, 500]
    found = fits(log_price, windows[:-1])
    passing = [
        -0.05 <= tc / dt <= 0.1
        and 0.01 <= m < 1
        and 2 <= w <= 25
        and turns >= 2.5
        and damping >= 0.8
        and error <= 0.05
        for tc, dt, m, w, turns, damping, error in zip(
            found.tc, found.length, found.m, found.w, found.oscillations, found.damping,
            found.error, strict=True,
        )
    ]  # fmt: skip

    assert sum(passing) > 0
    assert share(log_price, windows) == (sum(passing) / 5, 0)


@pytest.mark.parametrize(
    "log_price",
    [bubble(), bubble(noise=0.02), -bubble(noise=0.01), walk(2), walk(9), walk(6) + bubble()],
    ids=["bubble", "noisy", "negative", "walk", "other walk", "both"],
)
def test_leaving_out_windows_without_hope_changes_nothing(log_price):
    whole = fits(np.log(np.exp(log_price)), WINDOWS)
    qualified = whole[whole.passing(CONFIDENCE) & (whole.m > 0) & (whole.m < 1)]
    rising = int((qualified.slope < 0).sum())

    expected = (rising / len(WINDOWS), (len(qualified.tc) - rising) / len(WINDOWS))
    assert share(log_price) == expected


def test_the_same_prices_give_the_same_bits():
    once, again = (confidence(np.exp(bubble(noise=0.01)), WINDOWS) for _ in range(2))

    assert once == again
    assert once.tc_iqr is not None


@pytest.mark.parametrize("factor", [2.0**-13, 1e-3, 7.3, 1e6])
def test_the_unit_of_prices_does_not_matter(factor):
    """Nor does what went before the longest window."""
    closes = np.exp(bubble(noise=0.01))
    longer = np.concatenate([np.exp(walk(8)), closes * factor])
    found, expected = confidence(longer, WINDOWS), confidence(closes, WINDOWS)

    assert (found.positive, found.negative) == (expected.positive, expected.negative)
    assert found.tc_iqr == pytest.approx(expected.tc_iqr, rel=1e-4)


def test_the_order_of_windows_does_not_matter_and_days_without_trading_do_not_count():
    closes = np.exp(bubble(noise=0.01)).tolist()
    holed = [*closes[:100], None, *closes[100:250], float("nan"), *closes[250:], None]

    assert lppls_confidence(pl.Series(holed), [400, 300, 200]) == lppls_confidence(
        pl.Series(closes), [200, 300, 400]
    )


@pytest.mark.parametrize(
    "closes",
    [
        [],
        [None] * 300,
        np.exp(bubble()[:124]),
        np.full(500, 17.0),
        [*range(1, 100), *([20] * 400)],
    ],
    ids=["empty", "nulls", "short", "flat", "long flat"],
)
def test_where_there_is_nothing_to_say_it_says_nothing(closes):
    assert lppls_confidence(pl.Series(closes), WINDOWS) == (None, None)


def test_whole_numbers_and_flat_spells_are_prices_too():
    stepped = pl.Series([100] * 300 + list(range(100, 200)))

    assert lppls_confidence(stepped, WINDOWS) == (0, 0)


@pytest.mark.parametrize("bad", [0.0, -3.0, float("inf")])
def test_what_is_no_price_is_refused(bad):
    with pytest.raises(ValueError, match="closes are positive and finite"):
        lppls_confidence(pl.Series([*np.exp(walk(1)), bad]), WINDOWS)


@pytest.mark.parametrize("windows", [[], [19, 125], [125, 125]])
def test_windows_that_are_none_are_refused(windows):
    with pytest.raises(ValueError, match="windows are different numbers of days"):
        lppls_confidence(pl.Series(np.exp(walk(1))), windows)


# ---- the metrics --------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    """Five weeks of four windows, the longest of 250 days, so that an evaluation costs little."""
    monkeypatch.setattr(family, "WINDOWS", range(100, 251, 50))
    monkeypatch.setattr(family, "LONGEST", 250)
    monkeypatch.setattr(family, "SINCE", date(2025, 12, 8))


@pytest.fixture
def index(bars):
    """Daily closes of an index in a bubble, and of one that wanders."""
    return bars(
        **{
            "000001_SH": list(np.exp(bubble(320, noise=0.004))),
            "000688_SH": list(np.exp(walk(2, 320))),
            "399006_SZ": list(np.exp(bubble(320))),  # not among those that are watched
        }
    )


def weeks(index: pl.DataFrame, memory=None, as_of: date = NOW) -> pl.DataFrame:
    """What the metrics read, without all other metrics."""
    known = index.filter(pl.col("trade_date") <= as_of)
    bars = series_bars.compute(known, None, None)
    return family.lppls_weeks.compute(bars, {} if memory is None else memory)


def evaluated(index: pl.DataFrame, memory=None) -> pl.DataFrame:
    with only(*NAMES):
        found = evaluate({"index_daily": index}, NOW, memory)
    return found.filter(pl.col("metric").is_in(NAMES))


@pytest.mark.usefixtures("few")
def test_each_finished_week_has_the_indicator_at_its_last_close(index):
    found = evaluated(index)
    last = found.filter(pl.col("observation_date") == date(2026, 1, 9))
    closes = index.filter(
        (pl.col("code") == "000001.SH") & (pl.col("trade_date") <= date(2026, 1, 9))
    )["close"]
    expected = confidence(closes.to_numpy(), range(100, 251, 50))

    assert found["observation_date"].unique().dt.weekday().to_list() == [5] * 5
    shanghai = dict(last.filter(pl.col("entity") == "000001.SH").select("metric", "value").rows())
    assert shanghai == {
        "lppls_confidence_positive": expected.positive,
        "lppls_confidence_negative": expected.negative,
        "lppls_tc_iqr_days": expected.tc_iqr,
    }
    assert expected.positive > 0.5
    wandering = last.filter(pl.col("entity") == "000688.SH")
    assert wandering["metric"].to_list() == sorted(NAMES[:2])  # no fits, so no spread
    assert set(found["entity"]) == {"000001.SH", "000688.SH"}
    known = last["known_at"].unique().to_list()
    assert known == [datetime(2026, 1, 9, 8)]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("day", [date(2025, 12, 19), date(2026, 1, 8)])
def test_later_days_change_no_bit_of_earlier_weeks(index, day):
    earlier = weeks(index, as_of=day)
    later = weeks(index).filter(pl.col("observation_date") <= day)

    assert earlier.height
    assert_frame_equal(earlier, later, check_exact=True)


@pytest.mark.usefixtures("few")
def test_a_memory_makes_no_difference_but_in_time(index, monkeypatch):
    memory: dict = {"lppls 1 of other closes": (9.0, 9.0, 9.0)}
    expected = evaluated(index)

    assert_frame_equal(evaluated(index, memory), expected, check_exact=True)
    assert sum(key.startswith("lppls") for key in memory) == 1 + 10
    monkeypatch.setattr(family, "confidence", lambda *_: pytest.fail("computed once more"))
    assert_frame_equal(evaluated(index, memory), expected, check_exact=True)


def counted(monkeypatch) -> list[float]:
    """The last closes of the series that were fitted from now on."""
    seen: list[float] = []

    def fitted(closes, windows):
        seen.append(closes[-1])
        return confidence(closes, windows)

    monkeypatch.setattr(family, "confidence", fitted)
    return seen


@pytest.mark.usefixtures("few")
def test_a_new_week_costs_one_week(index, monkeypatch):
    memory: dict = {}
    weeks(index.filter(pl.col("trade_date") < date(2026, 1, 5)), memory)
    seen = counted(monkeypatch)

    found = weeks(index, memory)

    new = index.filter(pl.col("trade_date") == date(2026, 1, 9), pl.col("code") != "399006.SZ")
    assert sorted(seen) == new["close"].sort().to_list()
    assert_frame_equal(found, weeks(index), check_exact=True)


@pytest.mark.usefixtures("few")
def test_a_restated_close_is_computed_anew(index, monkeypatch):
    memory: dict = {}
    weeks(index, memory)
    restated = index.with_columns(
        close=pl.when(
            (pl.col("trade_date") == date(2025, 12, 17)) & (pl.col("code") == "000001.SH")
        )
        .then(pl.col("close") * 0.97)
        .otherwise("close")
    )
    seen = counted(monkeypatch)

    found = weeks(restated, memory)

    assert len(seen) == 4  # the Fridays from 2025-12-19 on, of that index alone
    assert_frame_equal(found, weeks(restated), check_exact=True)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("closes", "count"),
    [
        (np.full(320, 1000.0), 0),
        (np.exp(walk(1, 240)), 0),
        (np.exp(walk(1, 252)), 1),
        ([*np.exp(walk(1, 319)), None], 5),
        ([*np.exp(walk(1, 250)), float("nan"), *np.exp(walk(2, 69))], 5),
    ],
    ids=["flat", "new listing", "just long enough", "suspended today", "one NaN"],
)
def test_degenerate_histories_have_no_week_or_sound_ones(bars, closes, count):
    found = weeks(bars(**{"000688_SH": list(closes)}))

    values = found["positive"].drop_nulls()
    assert len(values) == count
    assert values.is_between(0, 1).all()


@pytest.mark.usefixtures("few")
def test_the_history_begins_in_the_middle_of_2025(bars, monkeypatch):
    monkeypatch.setattr(family, "SINCE", SINCE)
    found = weeks(bars(**{"000001_SH": list(np.exp(walk(7, 420)))}))

    assert found["observation_date"].min() == date(2025, 7, 4)
    assert found.height == 28


def test_the_metrics_take_all_windows_of_the_paper():
    assert list(lppls.WINDOWS) == list(range(125, 751, 5))
    assert family.WINDOWS is lppls.WINDOWS
    assert family.LONGEST == 750
