"""Why an estimator repeats climatology, from drawn inputs of a thousand sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.outlook import silence
from transforms.outlook.scenarios import (
    ESTIMATORS,
    FEWEST,
    FEWEST_DAYS,
    Design,
    Forecasts,
    Past,
)
from transforms.outlook.silence import voice

COUNT = 1000
DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range(COUNT)]
GRID = np.arange(0, COUNT, 5)
AT = np.array([600, 800, COUNT - 1])


def known(axes: str = "full", **missing: slice) -> Past:
    """An index whose features are all there, but for parts of some."""
    names = ESTIMATORS["analogues"]
    features = {name: np.ones(COUNT) for name in names}
    for name, part in missing.items():
        features[name][part] = np.nan
    closes = np.linspace(1, 2, COUNT)
    return Past("000300.SH", DAYS, closes, features, np.full(COUNT, ""), pl.Series([]), axes)


PLAN = Design(20, AT, GRID, *[np.zeros((1, 1))] * 5)


def forecast(estimator: str, *effective: float) -> Forecasts:
    nothing = np.zeros((len(AT), 1))
    return Forecasts(estimator, nothing, nothing, np.array(effective), np.zeros(len(AT)))


def said(past: Past, estimator: str = "analogues", last: float = 0.0) -> silence.Voice:
    return voice(past, PLAN, forecast(estimator, 0.0, 0.0, last))


def test_an_estimator_of_eight_days_speaks_and_one_under_them_is_silent():
    assert said(known(), last=FEWEST).silent is None
    assert said(known(), last=FEWEST - 0.1).silent == silence.FEW_ALIKE


@pytest.mark.parametrize(
    ("effective", "since"),
    [((FEWEST, 0.0, 0.0), AT[0]), ((0.0, 9.0, 9.0), AT[1]), ((0.0, 0.0, 8.0), AT[2]),
     ((7.9, 7.9, 7.9), None)],
)  # fmt: skip
def test_it_is_informed_since_the_first_origin_with_eight_days(effective, since):
    found = voice(known(), PLAN, forecast("analogues", *effective))

    assert found.informed_since == (None if since is None else DAYS[since])


@pytest.mark.parametrize(
    ("missing", "reason", "narrowest", "days", "since"),
    [
        ({"heat": slice(None)}, silence.NEVER_KNOWN, "overheating", 0, None),
        ({"heat": slice(COUNT - 1, None)}, silence.NOT_NOW, "overheating", COUNT - 1, 0),
        ({"heat": slice(0, 990)}, silence.SHORT, "overheating", 10, 990),
        ({"valuation": slice(0, 990)}, silence.SHORT, "pe_ttm", 10, 990),
        ({"volatility_20d": slice(0, 60)}, silence.FEW_ALIKE, "close", 940, 60),
        # Two figures of prices are both there on the days of the one that needs more of them.
        ({"return_60d": slice(0, 80)}, silence.FEW_ALIKE, "close", 920, 80),
        ({"return_60d": slice(0, 80), "volatility_20d": slice(0, 60)}, silence.FEW_ALIKE, "close",
         920, 80),
        # One that is missing today stands before one that is known on fewer days.
        ({"momentum": slice(-1, None), "heat": slice(0, 990)}, silence.NOT_NOW,
         "structural_momentum", COUNT - 1, 0),
    ],
)  # fmt: skip
def test_the_narrowest_input_is_named_with_the_reason(missing, reason, narrowest, days, since):
    found = said(known(**missing))

    assert (found.silent, found.narrowest, found.narrowest_days) == (reason, narrowest, days)
    assert found.narrowest_since == (None if since is None else DAYS[since])


@pytest.mark.parametrize("short", [True, False])
def test_a_past_is_short_under_a_hundred_days_of_the_grid_on_which_all_inputs_are_known(short):
    """Two inputs that are known apart are together known on fewer days than each."""
    first = COUNT - 5 * FEWEST_DAYS + (5 if short else 0)
    found = said(known(heat=slice(0, first), momentum=slice(0, first // 2)))

    assert found.silent == (silence.SHORT if short else silence.FEW_ALIKE)


def test_climatology_looks_at_closes_alone_and_is_never_short_of_a_past():
    few = replace(known(), closes=np.where(np.arange(COUNT) < 990, np.nan, 1.0))
    found = said(few, "climatology")

    assert (found.silent, found.narrowest, found.axes) == (silence.FEW_ALIKE, "close", None)


@pytest.mark.parametrize(
    ("estimator", "axes", "expected"),
    [("quadrant", "core", "core"), ("quadrant", "full", "full"), ("analogues", "core", "core"),
     ("price analogues", "core", None)],
)  # fmt: skip
def test_it_says_which_axes_it_looks_at(estimator, axes, expected):
    assert said(known(axes), estimator).axes == expected


def test_the_quadrant_wants_both_axes():
    for side, metric in (("momentum", "structural_momentum_core"), ("heat", "overheating_core")):
        found = said(known("core", **{side: slice(0, 990)}), "quadrant")
        assert found.narrowest == metric
