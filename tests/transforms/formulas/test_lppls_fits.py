"""What is read from fits, and which of them count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from transforms.formulas.lppls import CONFIDENCE, NO_WAVE, Fits

# In the middle of all that is demanded.
SOUND = {"window": 101, "tc": 2.0, "m": 0.5, "w": 8.0, "slope": -0.9, "amplitude": 0.0625,
         "sse": 0.1, "error": 0.01}  # fmt: skip


def fits(**changed: float) -> Fits:
    values = SOUND | changed
    return Fits(**{name: np.array([value]) for name, value in values.items()})


def test_a_window_is_as_long_as_the_days_between_its_ends():
    assert fits().length.tolist() == [100.0]


def test_damping_is_the_slope_over_frequency_and_amplitude():
    assert fits().damping.tolist() == [pytest.approx(0.9 / 0.5)]
    assert fits(slope=0.9).damping.tolist() == [pytest.approx(0.9 / 0.5)]


@pytest.mark.parametrize(("slope", "expected"), [(-0.9, math.inf), (0.0, math.nan)])
def test_without_a_wave_damping_is_endless_or_none_and_nobody_is_warned(slope, expected):
    found = fits(amplitude=0.0, slope=slope).damping

    assert found == pytest.approx([expected], nan_ok=True)


def test_half_periods_are_counted_from_the_first_day_to_the_last():
    assert fits().oscillations.tolist() == [pytest.approx(8 / math.pi * math.log(102 / 2))]
    assert fits(tc=-2.0).oscillations.tolist() == [pytest.approx(8 / math.pi * math.log(98 / 2))]
    assert fits(tc=0.0).oscillations.tolist() == [math.inf]


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({}, True),
        ({"tc": -5.0}, True), ({"tc": -5.1}, False), ({"tc": 10.0}, True), ({"tc": 10.1}, False),
        ({"m": 0.01}, True), ({"m": 0.009}, False), ({"m": 1.2}, True), ({"m": 1.21}, False),
        ({"w": 25.0, "slope": -9.0}, True), ({"w": 25.1, "slope": -9.0}, False),
        ({"w": 2.0, "tc": 0.1}, True), ({"w": 1.9, "tc": 0.1}, False),
        ({"slope": -0.4}, True), ({"slope": -0.39}, False), ({"slope": 0.4}, True),
        ({"error": 0.05}, True), ({"error": 0.051}, False),
        ({"w": 2.0, "tc": 2.0}, True), ({"w": 2.0, "tc": 2.02}, False),
        ({"amplitude": 0.9 / 8 / NO_WAVE}, False), ({"amplitude": 1.1 * 0.9 / 8 / NO_WAVE}, True),
    ],
)  # fmt: skip
def test_a_fit_counts_within_the_spans_ends_included(changed, passes):
    """Of 100 days: tc from -5 to 10; damping 0.8, 2.5 half-periods, and a wave at all."""
    assert fits(**changed).passing(CONFIDENCE).tolist() == [passes]


def test_fits_can_be_picked():
    both = Fits(*(np.array([value, 2 * value]) for value in SOUND.values()))

    assert both[np.array([1])].m.tolist() == [1.0]
    assert both[np.array([True, False])].window.tolist() == [101]
