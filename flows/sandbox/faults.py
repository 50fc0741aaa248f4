"""What goes wrong upstream, as switches: each of these has been seen on the real hosts.

A fault strikes the transport (reset, hang, an HTML page), the clock (a stale answer) or the rows
of an answer, whatever format they are written in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TypeGuard

from flows.sandbox.formats.wire import Answer, Query, Row


class Kind(StrEnum):
    """The kinds of faults."""

    RESET = "reset"  # the connection is dropped
    UNRESOLVED = "unresolved"  # the host's name is not found, as without a network
    HANG = "hang"  # no answer in time; raised at once, nothing waits
    HTML = "html"  # a block page instead of data
    FORBIDDEN = "forbidden"  # status 403 and nothing else
    STALE_DAY = "stale_day"  # the answer of the day before
    LATE = "late"  # everything is published so many `hours` later than usual
    DATA_NULL = "data_null"  # what the upstream says when it has nothing
    TRUNCATED = "truncated"  # half of the rows, totals unchanged
    ROW_CAP = "row_cap"  # never more than `most` rows in an answer, totals unchanged
    LATER_PAGES = "later_pages"  # no rows on any page but the first, totals unchanged
    RENAMED_COLUMN = "renamed_column"
    EXTRA_COLUMN = "extra_column"
    SWAPPED_COLUMNS = "swapped_columns"  # the values of two columns in each other's place
    UNIT_SLIP = "unit_slip"  # numbers multiplied by `factor`
    DUPLICATE_ROWS = "duplicate_rows"  # the last row twice
    WEEKEND_BAR = "weekend_bar"  # the newest row once more, dated on the Saturday before it
    DASH_VALUES = "dash_values"  # numbers replaced by "-"


@dataclass(frozen=True)
class Fault:
    """A switch that is on: what goes wrong, where (globs), in which column, how often.

    `column` None means the first column for renaming, the first two numbers (`other` is the second)
    for swapping, all numbers otherwise. `times` None means until healed. `every`: of rows that stay
    rows, one in so many is struck.
    """

    kind: Kind
    host: str = "*"
    endpoint: str = "*"
    column: str | None = None
    other: str | None = None
    factor: float = 10_000.0
    status: int = 456
    hours: float = 8.0
    most: int = 100
    every: int = 1
    times: int | None = None

    def strikes(self, host: str, endpoint: str) -> bool:
        """True if an answer of this endpoint on this host is affected."""
        return fnmatchcase(host, self.host) and fnmatchcase(endpoint, self.endpoint)

    @property
    def behind(self) -> timedelta:
        """How far the upstream's clock is behind."""
        slow = {Kind.STALE_DAY: timedelta(days=1), Kind.LATE: timedelta(hours=self.hours)}
        return slow.get(self.kind, timedelta(0))


def spoil(answer: Answer, fault: Fault, query: Query) -> list[Row]:
    """The rows as they look under the fault; unchanged if it cannot strike this answer's rows."""
    if fault.kind is Kind.LATER_PAGES:
        return [] if page_asked_for(query) > 1 else answer.rows
    strike = ROW_FAULTS.get(fault.kind)
    if strike is None or (answer.packed and fault.kind in NAMES_NEEDED):
        return answer.rows
    if fault.every == 1:
        return strike(answer.rows, fault)
    struck = strike(answer.rows[:: fault.every], fault)
    return [
        struck[place // fault.every] if place % fault.every == 0 else row
        for place, row in enumerate(answer.rows)
    ]


def page_asked_for(query: Query) -> int:
    """The number of the page, by whatever name an upstream calls it; 1 where there are no pages."""
    numbers = (query[name] for name in PAGES if name in query)
    return next((int(number) for number in numbers if number.isdigit()), 1)


def _nothing(_rows: list[Row], _fault: Fault) -> list[Row]:
    return []


def _first_half(rows: list[Row], _fault: Fault) -> list[Row]:
    return rows[: len(rows) // 2]


def _capped(rows: list[Row], fault: Fault) -> list[Row]:
    return rows[: fault.most]


def _swapped(rows: list[Row], fault: Fault) -> list[Row]:
    figures = [name for name, value in rows[0].items() if _is_figure(value)] if rows else []
    pair = (fault.column, fault.other) if fault.other else tuple(figures[:2])
    if len(pair) < 2 or not rows:
        return rows
    one, other = str(pair[0]), str(pair[1])
    return [{**row, one: row[other], other: row[one]} for row in rows]


def _with_weekend(rows: list[Row], _fault: Fault) -> list[Row]:
    """The rows and a bar of the Saturday before the newest of them, in its place."""
    column = next((k for k, v in rows[0].items() if _day(v)), None) if rows else None
    if column is None:
        return rows
    newest = max(rows, key=lambda row: str(row[column]))
    day = _day(newest[column])
    assert day is not None, f"{newest} has no day"
    saturday = day - timedelta(days=day.weekday() + 2)
    bar = {**newest, column: _spelt(saturday, like=newest[column])}
    falling = str(rows[0][column]) > str(rows[-1][column])
    return sorted([*rows, bar], key=lambda row: str(row[column]), reverse=falling)


def _day(value: object) -> date | None:
    """The day that a value is, or that a text begins with: 20260113 or 2026-01-13."""
    if isinstance(value, date):
        return value
    found = DAY.match(value) if isinstance(value, str) else None
    return date(*map(int, found.groups())) if found else None


def _spelt(day: date, like: object) -> object:
    """A day as another one is written."""
    if not isinstance(like, str):
        return day
    form = "%Y-%m-%d" if like[4] == "-" else "%Y%m%d"
    return DAY.sub(day.strftime(form), like)


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
        named = name == fault.column and value not in ("", None)
        chosen = named if fault.column else _is_number(value)
        return change(value) if chosen else value

    return [{k: changed(k, v) for k, v in row.items()} for row in rows]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_figure(value: object) -> bool:
    """Whether a value is a number, or a text that is one with decimals."""
    return _is_number(value) or (isinstance(value, str) and bool(FIGURE.fullmatch(value)))


def _times(value: object, factor: float) -> object:
    """The product in the form of `value`; texts may have thousands separators."""
    if _is_number(value):
        return value * factor
    number = float(str(value).replace(",", "")) * factor
    return f"{number:,.2f}" if "," in str(value) else f"{number:.2f}"


DAY = re.compile(r"(19\d\d|20\d\d)-?(0[1-9]|1[0-2])-?([0-3]\d)(?!\d)")
FIGURE = re.compile(r"-?[\d,]*\.\d+")
PAGES = ("pn", "p", "page", "pageNumber", "pageNum", "pageNo", "page_index", "pageHelp.pageNo")
NAMES_NEEDED = {
    Kind.RENAMED_COLUMN,
    Kind.EXTRA_COLUMN,
    Kind.SWAPPED_COLUMNS,
    Kind.DASH_VALUES,
}
ROW_FAULTS: dict[Kind, Callable[[list[Row], Fault], list[Row]]] = {
    Kind.DATA_NULL: _nothing,
    Kind.TRUNCATED: _first_half,
    Kind.ROW_CAP: _capped,
    Kind.SWAPPED_COLUMNS: _swapped,
    Kind.WEEKEND_BAR: _with_weekend,
    Kind.RENAMED_COLUMN: _renamed,
    Kind.EXTRA_COLUMN: _wider,
    Kind.UNIT_SLIP: _scaled,
    Kind.DUPLICATE_ROWS: _last_twice,
    Kind.DASH_VALUES: _dashed,
}
