"""Contributions to a return over several periods that add up to it exactly: Carino's linking.

Contributions of single days do not add up to a compound return. Each day is weighted by
k = ln(1+R_t) / R_t and the whole divided by K = ln(1+R) / R (metrics.md H07; Carino 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.wide import Floats, total


@dataclass(frozen=True)
class Linked:
    """Of each window: contributions[window, member] and the return whole[window] they make up."""

    contributions: Floats
    whole: Floats


def factor(change: Floats) -> Floats:
    """ln(1+R) / R, 1 at R = 0, NaN at a total loss or worse."""
    moved = np.abs(change) > np.finfo(float).tiny
    possible = np.where(moved & (change > -1), change, 1.0)
    return np.where(change > -1, np.where(moved, np.log1p(possible) / possible, 1.0), np.nan)


def linked(contributions: Floats, window: int | None = None) -> Linked:
    """Contributions of every member to the compound return of each window of days.

    contributions: [day, member], weight of the day before times return, NaN for a member that is
    absent that day, which then gives nothing; the sum of a day is the return of the whole.
    window: days, all of them by default; one result per window that is full. Days are added in
    their order, so that later days never change the bits of a window.
    """
    days = contributions.shape[0]
    window = days if window is None else window
    if not window >= 1:
        raise ValueError(f"a window has at least one day, got {window}")
    whole = total(contributions)
    weight = factor(whole)
    weighted = np.nan_to_num(contributions, nan=0.0) * weight[:, None]
    growth = whole * weight
    count = max(days - window + 1, 0)
    sums, logs = np.zeros((count, contributions.shape[1])), np.zeros(count)
    for day in range(window if count else 0):
        sums = sums + weighted[day : day + count]
        logs = logs + growth[day : day + count]
    change = np.expm1(logs)
    return Linked(sums / factor(change)[:, None], change)
