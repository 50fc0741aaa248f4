"""Specs of the band of an axis: the same scores under other weights."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from transforms.axes.composite import WEIGHTS, axis
from transforms.axes.weight_sensitivity import CONCENTRATION, band, draws

HEAT = tuple(name for name in WEIGHTS if name.startswith("heat/"))


def block_scores(*blocks: str) -> pl.DataFrame:
    """Blocks of one day with scores of 10, 20, 30 ..."""
    return pl.DataFrame(
        {
            "entity": blocks,
            "observation_date": [date(2026, 1, 13)] * len(blocks),
            "value": [10.0 * place for place in range(1, len(blocks) + 1)],
            "known_at": [datetime(2026, 1, 13, 8)] * len(blocks),
        }
    )


def test_other_weights_lie_around_the_declared_ones_as_twenty_observations_do():
    """Of Dirichlet(20 w) the mean is w, and the variance w (1 - w) / 21."""
    drawn, declared = draws(HEAT), np.array([WEIGHTS[name] for name in HEAT]) / 100

    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(declared, abs=0.01)
    expected = declared * (1 - declared) / (CONCENTRATION + 1)
    assert drawn.var(axis=0) == pytest.approx(expected, rel=0.15)


def test_a_band_holds_the_axis_and_is_there_when_it_is():
    """Technical, leverage and activity are 60 per cent: under two thirds."""
    thin = block_scores(*HEAT[:3])
    assert band(thin, "heat").is_empty()
    assert axis(thin, "heat").is_empty()

    enough = block_scores(*HEAT[:4])
    low, high = band(enough, "heat").select("low", "high").row(0)
    assert low < axis(enough, "heat")["value"].item() < high
