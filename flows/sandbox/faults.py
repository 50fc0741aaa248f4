"""What goes wrong upstream, as switches: each of these has been seen on the real hosts.

A fault strikes the transport (reset, hang, an HTML page), the clock (a stale answer) or the rows of an
answer, whatever format they are written in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TypeGuard

from flows.sandbox.wire import Answer, Row


class Kind(StrEnum):
    """The kinds of faults."""

    RESET = "reset"  # the connection is dropped
    HANG = "hang"  # no answer in time; raised at once, nothing waits
    HTML = "html"  # a block page instead of data
    STALE_DAY = "stale_day"  # the answer of the day before
    DATA_NULL = "data_null"  # what the upstream says when it has nothing
    TRUNCATED = "truncated"  # half of the rows, totals unchanged
    RENAMED_COLUMN = "renamed_column"
    EXTRA_COLUMN = "extra_column"
    UNIT_SLIP = "unit_slip"  # numbers multiplied by `factor`
    DUPLICATE_ROWS = "duplicate_rows"  # the last row twice
    DASH_VALUES = "dash_values"  # numbers replaced by "-"


@dataclass(frozen=True)
class Fault:
    """A switch that is on: what goes wrong, where (globs), in which column, how often.

    `column` None means the first column for renaming, all numbers otherwise. `times` None means
    until healed.
    """

    kind: Kind
    host: str = "*"
    endpoint: str = "*"
    column: str | None = None
    factor: float = 10_000.0
    status: int = 456
    times: int | None = None

    def strikes(self, host: str, endpoint: str) -> bool:
        """True if an answer of this endpoint on this host is affected."""
        return fnmatchcase(host, self.host) and fnmatchcase(endpoint, self.endpoint)


def spoil(answer: Answer, fault: Fault) -> list[Row]:
    """The rows as they look under the fault; unchanged if it cannot strike this answer's rows."""
    strike = ROW_FAULTS.get(fault.kind)
    if strike is None or (answer.packed and fault.kind in NAMES_NEEDED):
        return answer.rows
    return strike(answer.rows, fault)


def _nothing(_rows: list[Row], _fault: Fault) -> list[Row]:
    return []


def _first_half(rows: list[Row], _fault: Fault) -> list[Row]:
    return rows[: len(rows) // 2]


def _last_twice(rows: list[Row], _fault: Fault) -> list[Row]:
    return rows + rows[-1:]


def _renamed(rows: list[Row], fault: Fault) -> list[Row]:
    return [
        {f"{k}_new" if k == (fault.column or next(iter(row))) else k: v for k, v in row.items()}
        for row in rows
    ]


def _wider(rows: list[Row], fault: Fault) -> list[Row]:
    return [{**row, fault.column or "extra": "0"} for row in rows]


def _scaled(rows: list[Row], fault: Fault) -> list[Row]:
    return _with_numbers(rows, fault, lambda value: _times(value, fault.factor))


def _dashed(rows: list[Row], fault: Fault) -> list[Row]:
    return _with_numbers(rows, fault, lambda _: "-")


def _with_numbers(rows: list[Row], fault: Fault, change: Callable[[object], object]) -> list[Row]:
    def changed(name: str, value: object) -> object:
        chosen = name == fault.column if fault.column else _is_number(value)
        return change(value) if chosen else value

    return [{k: changed(k, v) for k, v in row.items()} for row in rows]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _times(value: object, factor: float) -> object:
    """The product in the form of `value`; texts may have thousands separators."""
    if _is_number(value):
        return value * factor
    number = float(str(value).replace(",", "")) * factor
    return f"{number:,.2f}" if "," in str(value) else f"{number:.2f}"


NAMES_NEEDED = {Kind.RENAMED_COLUMN, Kind.EXTRA_COLUMN, Kind.DASH_VALUES}
ROW_FAULTS: dict[Kind, Callable[[list[Row], Fault], list[Row]]] = {
    Kind.DATA_NULL: _nothing,
    Kind.TRUNCATED: _first_half,
    Kind.RENAMED_COLUMN: _renamed,
    Kind.EXTRA_COLUMN: _wider,
    Kind.UNIT_SLIP: _scaled,
    Kind.DUPLICATE_ROWS: _last_twice,
    Kind.DASH_VALUES: _dashed,
}
