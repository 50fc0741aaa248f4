"""How a probability is printed: in steps of 5 %, never as nothing and never as certain.

A frequency of the past that rounds to 0 or 100 % is printed as a bound: under 5 %, over 95 %. The
interval beside it covers what is printed, since no reader sees more than that. Scores are of the
probability before rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.formulas.expressions import ROUNDING

Floats = NDArray[np.float64]
STEPS = 20
LEAST, MOST = 1 / STEPS, 1 - 1 / STEPS
UNDER, OVER = "under", "over"


@dataclass(frozen=True)
class Printed:
    """A probability as it is printed; bound: UNDER or OVER where it stands for all beyond it."""

    value: float
    bound: str | None


def outcomes(probabilities: Floats) -> list[Printed]:
    """Probabilities that exclude each other and add up to 1, printed.

    Those that are no bounds add up to 1 as well, unless one of them takes it all: the largest
    remainders are rounded up.
    """
    exact = probabilities / probabilities.sum() * STEPS
    whole = np.floor(exact + ROUNDING)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: STEPS - int(whole.sum())]] += 1
    return [_of_steps(int(steps)) for steps in whole]


def event(probability: float) -> Printed:
    """The probability of one event, rounded half up."""
    return _of_steps(int(probability * STEPS + 0.5 + ROUNDING))


def _of_steps(steps: int) -> Printed:
    if steps <= 0:
        return Printed(LEAST, UNDER)
    return Printed(MOST, OVER) if steps >= STEPS else Printed(steps / STEPS, None)


def covering(low: Floats, high: Floats, said: Sequence[Printed]) -> tuple[Floats, Floats]:
    """The intervals, wide enough for what is printed of each."""
    values = np.array([one.value for one in said])
    return np.minimum(low, values), np.maximum(high, values)
