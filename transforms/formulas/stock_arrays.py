"""Bars of all stocks as flat columns, stock after stock: windows and counts for 13 million rows.

The columns are worked through in pieces of whole stocks that fit a processor's cache, so that no
step needs memory of the size of the market. A window of n bars is put together from windows of 1,
2, 4, ... bars: it depends on its own n values and on nothing before them, bit by bit. A window that
reaches over the beginning of a stock holds nonsense; `bar`, the number of the bar within its stock,
tells which. Everything is added in the order of the codes, so that neither the order of rows nor
days to come change anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.formulas.expressions import ROUNDING, SESSIONS_A_YEAR_US
from transforms.formulas.price_limits import cents, limits

Array = npt.NDArray[Any]
PIECE = 1 << 15  # bars: some 20 columns of so many fit the second cache
RUN_UP_WINDOW = 30  # sessions; their low is the lowest of 31 closes
RUN_UP_ALARM = 0.9
YEAR_OF_BARS = SESSIONS_A_YEAR_US  # of new highs and lows, also on the mainland


class Mark(IntFlag):
    """What is true of a bar; WITH_… says that the bar has what the question needs."""

    WITH_MA50 = 1 << 0
    ABOVE_MA50 = 1 << 1
    WITH_MA200 = 1 << 2
    ABOVE_MA200 = 1 << 3
    WITH_RETURN = 1 << 4
    ROSE = 1 << 5
    FELL = 1 << 6
    WITH_FIVE_DAYS = 1 << 7
    ROSE_IN_FIVE_DAYS = 1 << 8
    WITH_YEAR = 1 << 9
    YEAR_HIGH = 1 << 10
    YEAR_LOW = 1 << 11
    WITH_RUN_UP = 1 << 12
    RAN_UP = 1 << 13
    WITH_LIMIT = 1 << 14
    LIMIT_UP = 1 << 15
    LIMIT_DOWN = 1 << 16


OF_MEANS = 4  # the first marks, which are counted by industry too


def sorting(stock: Array, day: Array) -> Array | None:
    """The order of the rows by stock, then day; None if they lie so.

    Both are numbers of 16 bits: these are sorted by their digits, in time that grows as the rows
    do.
    """
    if _ascending(stock.astype(np.uint32) << 16 | day):
        return None
    by_day = None if _ascending(day) else np.argsort(day, kind="stable")
    by_stock = np.argsort(stock if by_day is None else stock[by_day], kind="stable")
    order: Array = by_stock if by_day is None else by_day[by_stock]
    return order


def _ascending(values: Array) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))


def beginnings(values: Array) -> Array:
    """The rows at which a value differs from the one before; the first row is one."""
    changed = np.flatnonzero(values[1:] != values[:-1]) + 1
    return np.concatenate([np.zeros(min(len(values), 1), dtype=np.int64), changed])


def pieces(starts: Array) -> Iterator[tuple[slice, Array]]:
    """Rows of whole stocks, some PIECE at a time, with the
    stocks' first rows and end within them.
    """
    first = 0
    while first < len(starts) - 1:
        last = int(np.searchsorted(starts, starts[first] + PIECE, side="right")) - 1
        last = max(last, first + 1)
        within = starts[first : last + 1]
        yield slice(int(within[0]), int(within[-1])), within - within[0]
        first = last


def bar_numbers(starts: Array) -> Array:
    """The number of each row within its stock, from 0; starts: of the stocks, and the end."""
    firsts: Array = np.repeat(starts[:-1], np.diff(starts))
    return np.arange(starts[-1], dtype=np.int64) - firsts


def rolling_sums(values: Array, *sizes: int) -> list[Array]:
    """Sums of the last n values for each of the sizes; row n-1 is the first that means anything."""
    powers = _powers(np.add, values, max(sizes))
    found = []
    for size in sizes:
        taken, total = 0, np.zeros_like(values)
        for k in reversed(range(size.bit_length())):
            if size >> k & 1:
                total[taken:] += powers[k][: max(len(values) - taken, 0)]
                taken += 1 << k
        found.append(total)
    return found


def rolling_extremes(operation: np.ufunc, values: Array, *sizes: int) -> list[Array]:
    """np.maximum or np.minimum of the last n values for each of the sizes."""
    powers = _powers(operation, values, max(sizes))
    found = []
    for size in sizes:
        half = powers[size.bit_length() - 1]
        rest = size - (1 << size.bit_length() - 1)
        whole = half.copy()
        operation(half[rest:], half[: max(len(half) - rest, 0)], out=whole[rest:])
        found.append(whole)
    return found


def _powers(operation: np.ufunc, values: Array, size: int) -> list[Array]:
    """The operation over the last 1, 2, 4, ... values, up to `size` of them."""
    powers = [values]
    for k in range(size.bit_length() - 1):
        last, step = powers[-1], 1 << k
        wider = last.copy()
        operation(last[step:], last[: max(len(last) - step, 0)], out=wider[step:])
        powers.append(wider)
    return powers


def earlier(values: Array, rows: int) -> Array:
    """The value so many rows before, NaN where there is no such row."""
    found = np.full(len(values), np.nan)
    found[rows:] = values[: max(len(values) - rows, 0)]
    return found


def adjusted_closes(close: Array, reference: Array, starts: Array) -> Array:
    """Closes in prices of the stock's first bar (backward-cumulative, "hfq").

    A bar's factor is the close before over `reference`, its previous close without dividends and
    splits. Only past rows enter, so that a later dividend never rewrites history.
    """
    growth = earlier(close, 1) / reference
    growth[starts[:-1]] = 1.0
    for first, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        np.multiply.accumulate(growth[first:end], out=growth[first:end])
    return close * growth


def references(close: Array, stated: Array, starts: Array) -> tuple[Array, Array]:
    """Previous closes: the stated one, else the close before, NaN on a first bar; and which are
    stated.
    """
    before = earlier(close, 1)
    before[starts[:-1]] = np.nan
    is_stated = stated > 0
    return np.where(is_stated, stated, before), is_stated


def price_marks(close: Array, reference: Array, starts: Array) -> tuple[Array, Array, Array]:
    """Adjusted closes, returns and marks of the bars of whole stocks.

    reference: the previous close without dividends and splits; NaN makes a first bar. starts: of
    the stocks, and the end. Returns are NaN on first bars.
    """
    bar = bar_numbers(starts)
    adjusted = adjusted_closes(close, reference, starts)
    change = close / reference - 1
    change[starts[:-1]] = np.nan
    five_days = adjusted > earlier(adjusted, 5) * (1 + ROUNDING)
    mean50, mean200 = (
        total / size for total, size in zip(rolling_sums(adjusted, 50, 200), (50, 200), strict=True)
    )
    is_high, is_low = new_highs_lows(adjusted, bar, YEAR_OF_BARS)
    (lowest,) = rolling_extremes(np.minimum, adjusted, RUN_UP_WINDOW + 1)
    ran_up = adjusted / lowest - 1 >= RUN_UP_ALARM - ROUNDING
    answers = (
        (Mark.WITH_RETURN, bar >= 1),
        (Mark.ROSE, change > ROUNDING),
        (Mark.FELL, change < -ROUNDING),
        (Mark.WITH_FIVE_DAYS, with_six := bar >= 5),
        (Mark.ROSE_IN_FIVE_DAYS, with_six & five_days),
        (Mark.WITH_MA50, with_50 := bar >= 49),
        (Mark.ABOVE_MA50, with_50 & (adjusted > mean50 * (1 + ROUNDING))),
        (Mark.WITH_MA200, with_200 := bar >= 199),
        (Mark.ABOVE_MA200, with_200 & (adjusted > mean200 * (1 + ROUNDING))),
        (Mark.WITH_YEAR, bar >= YEAR_OF_BARS - 1),
        (Mark.YEAR_HIGH, is_high),
        (Mark.YEAR_LOW, is_low),
        (Mark.WITH_RUN_UP, with_31 := bar >= RUN_UP_WINDOW),
        (Mark.RAN_UP, with_31 & ran_up),
    )
    return adjusted, change, marked(answers, len(close))


def new_highs_lows(close: Array, bar: Array, window: int) -> tuple[Array, Array]:
    """Whether a close is the highest, or the lowest, of its stock's last `window`, itself included.

    Ties count; stocks with fewer closes do not (M07).
    """
    (highest,) = rolling_extremes(np.maximum, close, window)
    (lowest,) = rolling_extremes(np.minimum, close, window)
    there = bar >= window - 1
    near_high, near_low = highest - ROUNDING * np.abs(highest), lowest + ROUNDING * np.abs(lowest)
    return there & (close >= near_high), there & (close <= near_low)


def limit_marks(close: Array, previous: Array, percent: Array) -> Array:
    """Whether the close is the limit, of bars whose limit is known.

    previous: the exchange's ex-rights previous close, NaN where it is not known; percent: the limit
    in force, 0 where there is none.
    """
    closed, is_price = cents(close)
    before, is_known = cents(previous)
    known = is_price & is_known & (percent > 0) & (before > 0)
    down, up = limits(before, percent)
    answers = (
        (Mark.WITH_LIMIT, known),
        (Mark.LIMIT_UP, known & (closed == up)),
        (Mark.LIMIT_DOWN, known & (closed == down)),
    )
    return marked(answers, len(close))


def marked(answers: tuple[tuple[Mark, Array], ...], rows: int) -> Array:
    """The answers as bits of one number per row."""
    marks = np.zeros(rows, dtype=np.uint32)
    for mark, answer in answers:
        marks |= answer.astype(np.uint32) << np.uint32(mark.bit_length() - 1)
    return marks


def chunks(rows: int) -> Iterator[slice]:
    """All rows, some PIECE at a time."""
    for first in range(0, rows, PIECE):
        yield slice(first, min(first + PIECE, rows))


def tallies(cells: int, number: int) -> Array:
    """Empty tables for `count_marks`: how often each cell has each pattern of four marks."""
    return np.zeros((-(-number // 4), cells * 16), dtype=np.int64)


def count_marks(tables: Array, marks: Array, cell: Array) -> None:
    """Add rows to the tables: their marks, four at a time, in the cell of each."""
    for n, table in enumerate(tables):
        four = (marks >> np.uint32(4 * n)) & np.uint32(15)
        np.add.at(table, cell << 4 | four, 1)


def counted(tables: Array, number: int) -> dict[str, Array]:
    """How many rows of each cell bear each of the first so many marks, by its name in small
    letters, and how many rows there are ("traded").
    """
    patterns = tables.reshape(len(tables), -1, 16)
    found = {"traded": patterns[0].sum(axis=1)}
    for mark in list(Mark)[:number]:
        n, bit = divmod(mark.bit_length() - 1, 4)
        bearing = (np.arange(16) >> bit & 1) > 0
        found[str(mark.name).lower()] = patterns[n][:, bearing].sum(axis=1)
    return found
