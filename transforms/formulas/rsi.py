"""Wilder's relative strength index (1978; metrics.md H01), of many series at once.

The recursion runs through time with all series of a piece side by side, because a step depends on
the one before it and the series do not depend on each other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
OVERBOUGHT, OVERSOLD = 70.0, 30.0  # Wilder's lines
CELLS = 1 << 21  # of a piece, series side by side times bars: 100 MB, and few calls per bar


def rsi(close: Array, starts: Array, window: int = 14) -> Array:
    """The index, 0-100, of series that lie one after another; NaN for the first `window` bars.

    starts: the first row of each series, and the end. The smoothed gain U and loss V start as the
    plain means of the first `window` changes, then U = ((window - 1) U + u) / window; RSI =
    100 U / (U + V), in which a common factor makes no difference: what is kept here is window × U.
    All rises give 100, all falls 0; where nothing has moved yet it is 0/0: NaN.
    """
    found = np.full(len(close), np.nan)
    lengths = np.diff(starts)
    by_length = np.argsort(lengths, kind="stable")[::-1]
    first = 0
    while first < len(by_length) and lengths[by_length[first]] > window:
        longest = int(lengths[by_length[first]])
        together = by_length[first : first + max(1, CELLS // longest)]
        together = together[lengths[together] > window]
        _piece(found, close, starts, together, window)
        first += max(1, CELLS // longest)
    return found


def _piece(found: Array, close: Array, starts: Array, together: Array, window: int) -> None:
    """The index of some series, the longest first, side by side: a column each."""
    spans = [slice(int(starts[n]), int(starts[n + 1])) for n in together]
    bars = spans[0].stop - spans[0].start
    rows = np.zeros((len(spans), bars))
    for row, span in zip(rows, spans, strict=True):
        row[: span.stop - span.start] = close[span]
    closes = np.ascontiguousarray(rows.T)
    change = closes[1:] - closes[:-1]
    moved = np.empty((bars - 1, 2 * len(spans)))
    up, down = moved[:, : len(spans)], moved[:, len(spans) :]
    np.maximum(change, 0.0, out=up)
    np.subtract(up, change, out=down)
    moved[window - 1] = moved[:window].sum(axis=0)
    kept, decay = np.empty(moved.shape[1]), 1 - 1 / window
    for before, now in pairwise(moved[window - 1 :]):
        np.multiply(before, decay, out=kept)
        np.add(now, kept, out=now)
    up, down = up[window - 1 :], down[window - 1 :]
    with np.errstate(invalid="ignore"):
        index = np.ascontiguousarray((up / np.add(up, down, out=down)).T)
    for row, span in zip(index, spans, strict=True):
        np.multiply(
            row[: span.stop - span.start - window], 100, out=found[span.start + window : span.stop]
        )


def rsi_of(bars: pl.DataFrame, window: int = 14) -> pl.Series:
    """The index of each `entity` of bars that lie entity by
    entity, in order; null where it is NaN.
    """
    lengths = bars["entity"].rle().struct.field("len").to_numpy()
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
    values = rsi(bars["close"].cast(pl.Float64).to_numpy(), starts, window)
    return pl.Series("rsi", values).fill_nan(None)
