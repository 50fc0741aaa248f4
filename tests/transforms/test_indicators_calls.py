"""How the public indicators may be called: with lists and arrays as with series."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms import indicators

DAYS = [date(2025, 1, 1) + timedelta(n) for n in range(60)]
PATH = [100 + 7 * np.sin(n) + n / 3 for n in range(60)]


def called(kind):
    """Every indicator on the same values, each time made a `kind`."""
    path, up, down = kind(PATH), kind([30.0, 10] * 30), kind([10.0, 25] * 30)
    episodes = indicators.explosive_episodes(DAYS, path, kind([-1.0] * 60), 10, min_duration=1)
    return [
        indicators.rsi(path).to_list(),
        indicators.mcclellan(up, down).to_list(),
        indicators.bsadf(path, 10).to_list(),
        indicators.gsadf(path, 10),
        indicators.sadf(path, 10),
        indicators.bsadf_newest(path, 10),
        episodes.rows(),
        indicators.lppls_confidence(path, [40, 50]),
        indicators.brier(kind([0.2, 0.7]), kind([0, 1])),
    ]


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_a_list_or_an_array_serves_as_well_as_a_series(kind):
    assert called(kind) == called(pl.Series)


@pytest.mark.parametrize("critical", [-1, -1.0, np.float32(-1), pl.Series([-1] * 60)])
def test_a_critical_value_is_a_number_or_one_for_each_date(critical):
    found = indicators.explosive_episodes(pl.Series(DAYS), PATH, critical, 10, min_duration=1)

    assert found.height > 0
    assert found.equals(indicators.explosive_episodes(DAYS, PATH, -1.0, 10, min_duration=1))


@pytest.mark.parametrize(
    "call",
    [
        indicators.rsi,
        lambda words: indicators.mcclellan(words, [1, 2]),
        lambda words: indicators.bsadf(words, 10),
        indicators.lppls_confidence,
        lambda words: indicators.brier(words, [0, 1]),
        lambda words: indicators.brier([0.1, 0.2], words),
        lambda words: indicators.ciss(pl.DataFrame({"a": words}), [1.0]),
    ],
)
def test_words_are_no_numbers(call):
    with pytest.raises(ValueError, match="are numbers, got String"):
        call(["a", "b"])


SCORES = pl.DataFrame({"a": [0.2, 0.6, 0.9], "b": [0.3, 0.5, 0.8]})


def test_a_column_of_dates_is_no_score():
    dated = SCORES.with_columns(week=pl.Series(DAYS[:3])).select("week", "a", "b")
    expected = indicators.ciss(SCORES, {"a": 0.4, "b": 0.6})

    for weights in ([0.4, 0.6], pl.Series([0.4, 0.6]), np.array([0.4, 0.6])):
        assert indicators.ciss(dated, weights).equals(expected)


@pytest.mark.parametrize("weights", [[-0.1, 1], [0, 0], [float("nan"), 1], [float("inf"), 1]])
def test_weights_of_no_sense_are_refused(weights):
    with pytest.raises(ValueError, match="weights must not be negative"):
        indicators.ciss(SCORES, weights)
