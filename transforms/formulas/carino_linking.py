"""Contributions to a return over several periods that add up to it exactly: Carino's linking.

Contributions of single days do not add up to a compound return. Each day is weighted by
k = ln(1+R_t) / R_t and the whole divided by K = ln(1+R) / R (metrics.md H07; Carino 1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.formulas.matrix import Floats, total


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


@dataclass(frozen=True)
class Leaders:
    """Of each window: its return, the leading members' share of it, and how many made the gains."""

    whole: Floats
    share: Floats
    effective: Floats


def leaders(contributions: Floats, daily: Floats, window: int, count: int) -> Leaders:
    """How much of the return of each window the `count` largest contributions make up.

    contributions: [day, member] as for `linked`, 0 for a member that is absent; daily: the return
    of the whole by day, which they add up to. For so many members that their windows are not
    kept: sums move on by a day in and a day out. share: of the largest linked contributions in the
    direction of the return; effective: 1 / Herfindahl index of the positive ones.
    """
    weight = np.nan_to_num(factor(daily))  # windows with a total loss have no growth below
    whole = linked(daily[:, None], window).whole
    growth = np.log1p(np.where(whole > -1, whole, np.nan))
    share, effective = np.full((2, whole.size), np.nan)
    sums = np.zeros(contributions.shape[1])
    for day, row in enumerate(contributions):
        sums += row * weight[day]
        end = day - window + 1
        if end > 0:
            sums -= contributions[end - 1] * weight[end - 1]
        if end >= 0 and np.isfinite(growth[end]) and growth[end] != 0:
            share[end] = _largest(sums / growth[end], count)
            effective[end] = _effective(sums[sums > 0])
    return Leaders(whole, share, effective)


def _largest(values: Floats, count: int) -> float:
    """Sum of the largest values, all of them if there are fewer."""
    least = max(values.size - count, 0)
    return float(np.sort(np.partition(values, least)[least:]).sum())


def _effective(gains: Floats) -> float:
    """(Sum of gains)^2 / sum of their squares, NaN without any."""
    return float(gains.sum() ** 2 / (gains * gains).sum()) if gains.size else float("nan")
