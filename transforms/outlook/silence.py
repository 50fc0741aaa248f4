"""Why an estimator has nothing of its own to say, and since when it could."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from transforms.outlook.axes_used import NAMES
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    ESTIMATORS,
    FEWEST,
    FEWEST_DAYS,
    Design,
    Flags,
    Forecasts,
    Past,
)

NEVER_KNOWN = "an input has no value on any day"
NOT_NOW = "an input has no value on this day"
SHORT = "an input has too short a past"
FEW_ALIKE = "too few independent days alike"
PRICES = {"return_60d": "close", "volatility_20d": "close", "valuation": "pe_ttm"}
OF_STATE = ("momentum", "heat")


@dataclass(frozen=True)
class Voice:
    """Whether an estimator speaks on the newest day, and what holds it back.

    - silent: why it repeats climatology; None if it speaks
    - narrowest: the metric among its inputs that is known on the fewest sessions of the index, one
      without a value on the newest day before all others; of climatology the close
    - narrowest_days, narrowest_since: on how many sessions it is known, and the first of them
    - informed_since: the first day on which it had 8 independent past days; None if none yet
    - axes: which axes it looks at, core or full; None if it looks at none
    """

    silent: str | None
    narrowest: str
    narrowest_days: int
    narrowest_since: date | None
    informed_since: date | None
    axes: str | None


def voice(known: Past, plan: Design, one: Forecasts) -> Voice:
    """What holds an estimator back on the newest day of an index."""
    there = _inputs(known, one.estimator)
    narrowest = min(there, key=lambda name: (there[name][-1], int(there[name].sum())))
    first = np.flatnonzero(there[narrowest])
    informed = np.flatnonzero(one.effective >= FEWEST)
    return Voice(
        _reason(plan, one, there),
        narrowest,
        int(first.size),
        known.days[first[0]] if first.size else None,
        known.days[plan.at[informed[0]]] if informed.size else None,
        known.axes if set(there) & set(NAMES[known.axes].values()) else None,
    )


def _inputs(known: Past, estimator: str) -> dict[str, Flags]:
    """The metrics that an estimator looks at, and the sessions on which each has its values."""
    there = {"close": np.isfinite(known.closes)}
    for name in ESTIMATORS[estimator]:
        for feature in OF_STATE if name == "state" else (name,):
            metric = PRICES.get(feature) or NAMES[known.axes][feature]
            there[metric] = there.get(metric, True) & np.isfinite(known.features[feature])
    return there


def _reason(plan: Design, one: Forecasts, there: dict[str, Flags]) -> str | None:
    if one.effective[-1] >= FEWEST:
        return None
    if not all(flags.any() for flags in there.values()):
        return NEVER_KNOWN
    if not all(flags[-1] for flags in there.values()):
        return NOT_NOW
    together = np.logical_and.reduce(list(there.values()))[plan.grid]
    short = one.estimator != CLIMATOLOGY and together.sum() < FEWEST_DAYS
    return SHORT if short else FEW_ALIKE
