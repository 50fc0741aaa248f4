"""The value as it is printed: what a reader sees decides, not the digits behind it.

59.86 prints 60 and stands at the line of 60; a restatement that leaves the printed figure as it was
is none. Rounding is here and nowhere else; how the rounded value is spelled, templates decide.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from numpy.typing import NDArray

PLACES = {
    "index points": 0,
    "index 0-100": 1,
    "score 0-100": 0,
    "points": 1,
    "pp": 1,
    "count": 0,
    "ratio": 1,
    "brier": 3,
    "p value": 3,
    "weeks": 0,
    "t": 1,
}
OTHERWISE = 2
PERCENT_PLACES = {
    "margin_financing_change_1d": 2,
    "margin_financing_change_20d": 2,
    "unicorn_growth_1y": 0,
}
PERCENT, TO_PERCENT = 1, 2  # decimals of a per cent, and of the fraction before them
RANK = "percentile 0-100"  # printed as 86th, from the 1st to the 99th
FIRST, LAST = Decimal(1), Decimal(99)
MONEY = ("CNY", "HKD")
NEAR_HALF = 1e-6  # far more than the noise of last bits that `exactly` takes from a score
DIGITS, MILLION, THOUSAND = 3, 6, 3  # three digits of a sum; powers of ten


def exactly(value: float) -> Decimal:
    """`value` without the noise of its last bits: 0.0725 × 100 is 7.25 and not 7.2499999999999."""
    return Decimal(f"{value:.14g}")


def rounded(value: float, places: int) -> Decimal:
    """`value` to `places` decimals, half away from zero, as readers round; as it is if infinite."""
    exact = exactly(value)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if exact.is_finite() else exact


def whole(score: float) -> int:
    """A score of 0 to 100 as it is printed: in whole points."""
    return int(rounded(score, 0))


def wholes(scores: NDArray[np.float64]) -> list[int]:
    """The same of many: only what lies at a half has to be looked at digit by digit."""
    floors = np.floor(scores)
    above = scores - floors - 0.5
    points: list[int] = (floors + (above > 0)).astype(np.int64).tolist()
    for place in np.flatnonzero(np.abs(above) < NEAR_HALF).tolist():
        points[place] = whole(float(scores[place]))
    return points


def to_three_digits(value: float) -> Decimal:
    """`value` rounded to three significant digits, so that 999.6 bn becomes 1.00 tn."""
    return Context(prec=DIGITS, rounding=ROUND_HALF_UP).create_decimal(exactly(value))


def places_of(unit: str, metric: str = "") -> int:
    """The decimals that a unit is printed with; of a fraction, those of its per cent."""
    if unit == "fraction":
        return PERCENT_PLACES.get(metric, PERCENT)
    return PLACES.get(unit, OTHERWISE)


def printed(value: float, unit: str, metric: str = "") -> Decimal:
    """`value` rounded as the page rounds it, half away from zero, in its own unit.

    Sums have three digits from a million on, fractions the places of their per cent (by metric),
    other units theirs. value: finite.
    """
    if unit in MONEY:
        return _printed_sum(value)
    return rounded(value, places_of(unit, metric) + (TO_PERCENT if unit == "fraction" else 0))


def printed_rank(percentile: float) -> Decimal:
    """A percentile as it is printed: whole, from 1 to 99."""
    return min(LAST, max(FIRST, rounded(percentile, 0)))


def same_print(one: float, other: float, unit: str, metric: str = "") -> bool:
    """Whether two values print alike."""
    return printed(one, unit, metric) == printed(other, unit, metric)


def _printed_sum(value: float) -> Decimal:
    digits = to_three_digits(value)
    if digits and digits.adjusted() >= MILLION:
        return digits
    exact = exactly(value)
    return rounded(value, 0 if exact and exact.adjusted() >= THOUSAND else OTHERWISE)
