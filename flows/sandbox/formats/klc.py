"""Writer of Sina's packed history files (KLC), the inverse of the decoder in Sina's pages.

A file is text of 64 symbols, each carrying six bits, least significant bit first. It opens with
twelve bits that name the layout and six bits of version. Three layouts are written here:

- 1479: index bars (open, high, low, close, volume), every bar a fixed run of bits;
- 3466: stock bars with amount; field widths are agreed at the head of the file;
- 139: a trading calendar, as runs of consecutive weekdays that were trading days.

Prices travel as integers of `decimals` places: open as the distance from the last close, high and
low as distances from the open, close as the distance from the open. Volume and amount travel as
distances from the previous bar's. Every bar here carries its own date, so that all bars have the
same number of bits and a whole file is packed in one array operation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Bits = NDArray[np.uint8]

ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype=np.uint8
)
FIRST_DAY = np.datetime64("1990-12-19")
VERSION_0 = 63
UNIT = 3  # widths are counted in units of three bits


@dataclass(frozen=True)
class Bars:
    """Columns of equal length, oldest first; `amount` may be absent (index files carry none)."""

    day: NDArray[np.datetime64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    amount: NDArray[np.float64] | None = None


@dataclass
class Track:
    """A growing run of bits."""

    parts: list[Bits] = field(default_factory=list)

    def number(self, value: int, width: int) -> None:
        """Append `value` in `width` bits, least significant first, two's complement."""
        self.parts.append(_bits(np.array([value]), width).ravel())

    def flags(self, pattern: str) -> None:
        """Append single bits, written as a string of 0 and 1."""
        self.parts.append(np.frombuffer(pattern.encode(), dtype=np.uint8) - ord("0"))

    def step(self, change: int) -> None:
        """Append a change of a running setting: its sign, then its size in unary."""
        self.flags(("1" if change > 0 else "0") + "1" * (abs(change) - 1) + "0")

    def rows(self, columns: Sequence[tuple[Integers, int]]) -> None:
        """Append one row after the other, each made of all columns at their widths."""
        self.parts.append(np.hstack([_bits(values, width) for values, width in columns]).ravel())

    def text(self) -> str:
        """The bits as KLC symbols; the last symbol is padded with zeros."""
        bits = np.concatenate(self.parts)
        padded = np.concatenate([bits, np.zeros(-len(bits) % 6, dtype=np.uint8)])
        symbols = padded.reshape(-1, 6) @ (1 << np.arange(6, dtype=np.uint8))
        return str(ALPHABET[symbols].tobytes(), "ascii")


def index_file(bars: Bars, decimals: int = 3) -> str:
    """Layout 1479: the bars of an index, without amount."""
    open_, high, low, close = _price_steps(bars, decimals)
    price_units, volume_units = 10, 14  # 30 and 42 bits; the decoder wants even units for volume
    track = _opened(1479)
    track.number(decimals, 6)
    track.number(0, 18)
    track.number(7, 3)
    track.number(7, 3)
    volume = _steps(_whole(bars.volume))
    has_control, date_then_more, date_only, set_widths = 32, 17, 1, 63
    days = _day_numbers(bars.day)
    fields = [(x, price_units * UNIT) for x in (open_, high, low, close)]
    fields.append((volume, volume_units * UNIT))
    track.number(has_control, 6)
    track.number(date_then_more, 6)
    track.number(int(days[0]), 18)
    track.number(set_widths, 6)
    track.number(price_units - 7, 3)
    track.number(volume_units - 7, 3)
    track.rows([(x[:1], width) for x, width in fields])
    control = [(_constant(has_control, days), 6), (_constant(date_only, days), 6), (days, 18)]
    track.rows([(x[1:], width) for x, width in [*control, *fields]])
    return track.text()


def stock_file(bars: Bars, decimals: int = 2) -> str:
    """Layout 3466: the bars of a stock, with amount in whole currency units."""
    if bars.amount is None:
        raise ValueError("a stock file carries amounts")
    steps = [*_price_steps(bars, decimals)]
    steps += [_steps(_whole(bars.volume)), _steps(_whole(bars.amount))]
    units = [_units(x) for x in steps]
    days = _day_numbers(bars.day)
    fields = [(x, n * UNIT) for x, n in zip(steps, units, strict=True)]
    track = _opened(3466)
    _agree_widths(track, units, decimals)
    track.flags("1")  # the first bar's date follows
    track.number(1, 3)
    track.number(int(days[0]), 18)
    track.flags("0")  # no separate previous close
    track.rows([(x[:1], width) for x, width in fields])
    own_date = [(_constant(0b11101, days), 5), (_constant(1, days), 3), (days, 18)]
    track.rows([(x[1:], width) for x, width in [*own_date, *fields]])
    track.flags("11000")  # the end
    return track.text()


def calendar_file(days: Sequence[date]) -> str:
    """Layout 139: trading days, oldest first, all of them weekdays."""
    known = np.array(days, dtype="datetime64[D]")
    weekdays = np.arange(known[0], known[-1] + 1)
    weekdays = weekdays[np.is_busday(weekdays)]
    closed = np.flatnonzero(~np.isin(weekdays, known))
    edges = np.concatenate([[-1], closed, [len(weekdays)]])
    runs = np.diff(edges) - 1
    numbers = _day_numbers(known[[0, -1]])
    units = -(-int(runs.max()).bit_length() // UNIT)
    track = _opened(139)
    track.number(int(numbers[0]), 18)
    track.number(int(numbers[1]), 18)
    track.flags("1")
    track.step(units)
    track.number(int(runs[0]), units * UNIT)
    track.rows([(_constant(0, runs)[1:], 1), (runs[1:], units * UNIT)])
    return track.text()


def _opened(layout: int) -> Track:
    track = Track()
    track.number(layout, 12)
    track.number(VERSION_0, 6)
    return track


def _agree_widths(track: Track, units: list[int], decimals: int) -> None:
    """Open the first bar of a 3466 file: amounts as such, price decimals, width of each field."""
    track.flags("111")
    track.flags("110000")  # amount is sent, not derived from the average price
    scale = decimals * UNIT - 6
    track.flags("1" if scale else "0")
    if scale:
        track.step(scale)
    track.flags("00")  # volume and amount are whole numbers
    track.flags("1")
    for width, customary in zip(units, (3, 3, 3, 3, 5, 5), strict=True):
        track.flags("1" if width != customary else "0")
        if width != customary:
            track.step(width - customary)


def _price_steps(bars: Bars, decimals: int) -> tuple[Integers, Integers, Integers, Integers]:
    scale = 10**decimals
    open_, high, low, close = (
        np.rint(x * scale).astype(np.int64) for x in (bars.open, bars.high, bars.low, bars.close)
    )
    last_close = np.concatenate([[0], close[:-1]])
    return open_ - last_close, high - open_, open_ - low, close - open_


def _steps(values: Integers) -> Integers:
    return np.diff(values, prepend=0)


def _whole(values: NDArray[np.float64]) -> Integers:
    return np.rint(values).astype(np.int64)


def _day_numbers(days: NDArray[Any]) -> Integers:
    return (days.astype("datetime64[D]") - FIRST_DAY).astype(np.int64)


def _constant(value: int, like: Integers) -> Integers:
    return np.full(len(like), value, dtype=np.int64)


def _units(values: Integers) -> int:
    """The least width in units of three bits that holds every value with its sign."""
    bits = int(np.abs(values).max()).bit_length() + 1
    return max(1, -(-bits // UNIT))


def _bits(values: Integers, width: int) -> Bits:
    """A row of `width` bits for each value, least significant first, two's complement."""
    shifts = np.arange(width, dtype=np.int64)
    return ((values[:, None] >> shifts) & 1).astype(np.uint8)
