"""What a cell of a workbook holds: numbers as numbers, days as days, all else as text.

A number of the page is its text and the name of what it states. Its cell holds the value of that
fact at full precision, and a number format that prints it as the page does. Where a fact is not
what is printed (a rank is told as 99 at most), or a number is no fact (a count of rows), the cell
holds what is printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from templates.format import MINUS, NO_BREAK, Day, Number
from templates.glyphs import BREAKS
from templates.page import Missing, Picture
from templates.wording.speller import Speller
from templates.wording.text import Part, Text
from transforms.facts import FactBook
from transforms.formulas.printed_value import MONEY, RANK, exactly, rounded
from warehouse.characters import POINTS
from warehouse.errors import NotTranslated

PARTS = ("value", "change_1w", "n", "percentile", "coverage", "previous_record_value")
PER_CENT = ("fraction", "probability")
# What the head says, or what has none: a multiple, a score of forecasts, a statistic.
UNNAMED = (RANK, "count", "ratio", "brier", "p value", "t statistic", "weeks")
ON_A_SCALE = {"score 0-100": "0–100", "index 0-100": "0–100"}
WHOLE_SUMS = "#,##0"
BETWEEN = " · "  # of several texts in a cell

PRINTED = re.compile(
    rf"(?P<sign>[+{MINUS}]?)(?P<before>\D*)(?P<digits>\d[\d,]*(?:\.(?P<decimals>\d+))?)(?P<after>\D*)"
)
STEP = re.compile(r"\s?(?:(?:trillion|tn|billion|bn|million|m)\b|万亿|亿|万)")
# A comma after the last digit divides by a thousand. 亿 and 万 are no powers of that: such sums are
# printed whole, since what programs make of a point that is a letter between digits differs.
STEPS = {
    **dict.fromkeys(("trillion", "tn", "万亿"), (1e12, ",,,,")),
    **dict.fromkeys(("billion", "bn"), (1e9, ",,,")),
    **dict.fromkeys(("million", "m"), (1e6, ",,")),
    "亿": (1e8, ""),
    "万": (1e4, ""),
}


@dataclass(frozen=True)
class Value:
    """A number, and the number format of a spreadsheet that prints it; empty: as it comes."""

    number: float
    format: str = ""


Content = str | Value | date | datetime | None


def plain(text: object) -> str:
    """A text on one line, without characters that a spreadsheet's file cannot hold."""
    said = str(text)
    if said.isascii() and said.isprintable():  # as most are
        return said
    kept = POINTS.sub("", said.translate(BREAKS).replace(NO_BREAK, " "))
    return kept.encode("utf-8", "replace").decode("utf-8")


def content(cell: object, facts: FactBook) -> Content:
    """What a cell of the page model is in a workbook; None of what only draws, such as a bar."""
    said = [one for one in _parts(cell) if str(one)]
    match said:
        case []:
            return None
        case [Number() as number]:
            text = plain(number)
            return number_of(text, exact(facts, number.ref)) or text
        case [Day() as day]:
            return day_of(day.iso) or plain(day)
        case _:
            return words(cell)


def words(cell: object) -> str:
    """All that a cell or a head says, as text."""
    return plain("".join(map(str, _parts(cell))))


def _parts(cell: object) -> Iterator[Part]:
    """The words, numbers and days of a cell, whatever kind it is of, in their order."""
    if isinstance(cell, Missing):
        yield cell.reason
    elif isinstance(cell, Picture):
        yield cell.said
    elif isinstance(cell, str | Number | Day):
        yield cell
    elif isinstance(cell, Text):
        yield from cell.parts
    elif isinstance(cell, tuple):
        held = [parts for one in cell if (parts := [*_parts(one)])]
        for place, parts in enumerate(held):
            yield from (BETWEEN,) if place else ()
            yield from parts
    elif is_dataclass(cell):
        # What a kind of cell says stands in its texts; a bare string says how it is drawn.
        kept = (getattr(cell, field.name) for field in fields(cell))
        yield from _parts(
            tuple(one for one in kept if isinstance(one, Text | Number | Day | tuple))
        )


def exact(facts: FactBook, ref: str) -> float | None:
    """The number that a page refers to, in its printed unit; None where it is of no fact."""
    name, _, part = ref.partition("#")
    fact = facts.get(name)
    if fact is None or (part or "value") not in PARTS:
        return None
    value: float | None = getattr(fact, part or "value")
    if value is None or not math.isfinite(value):
        return None
    if part == "change_1w" and fact.unit == "fraction":
        return float(exactly(value * 100))  # printed in percentage points
    return value


def number_of(text: str, value: float | None = None) -> Value | None:
    """A printed number as a cell; None for one in words. value: that of its fact, if it has one."""
    printed = PRINTED.fullmatch(text)
    if printed is None:
        return None
    readings = [*_readings(printed)]
    shown, places = float(printed["digits"].replace(",", "")), len(printed["decimals"] or "")
    negative = printed["sign"] == MINUS
    if value is not None:
        for scale, style in readings:
            if float(rounded(abs(value) / scale, places)) == shown:
                turned = shown and (value < 0) != negative  # a size, whose verb has the sign
                return Value(-value if turned else value, style)
    scale, style = readings[0]
    number = float(exactly(shown * scale))
    return Value(-number if negative else number, style)


def _readings(printed: re.Match[str]) -> Iterator[tuple[float, str]]:
    """What one of the printed digits may be worth, and the format that goes with it."""
    before, after = printed["before"], printed["after"]
    digits = ("#,##0" if "," in printed["digits"] else "0") + (
        "." + "0" * len(printed["decimals"]) if printed["decimals"] else ""
    )
    step = STEP.match(after)
    if step:
        scale, thousands = STEPS[step[0].strip()]
        if thousands:
            yield scale, _signed(printed, before, digits + thousands, after)
        else:
            yield scale, _signed(printed, before, WHOLE_SUMS, after[step.end() :])
    elif after == "%":
        yield 0.01, _signed(printed, before, digits + "%", "")
        yield 1.0, _signed(printed, before, digits, after)
    else:
        yield 1.0, _signed(printed, before, digits, after)


def _signed(printed: re.Match[str], before: str, digits: str, after: str) -> str:
    """The format of positive and of negative numbers and of zero; what rounds to it has no sign."""
    style = _quoted(before) + digits + _quoted(after)
    if not any(digit in printed["digits"] for digit in "123456789"):
        return f"{style};{style};{style}"
    plus = '"+"' if printed["sign"] == "+" else ""
    return f'{plus}{style};"{MINUS}"{style};{style}'


def _quoted(words: str) -> str:
    kept = words.replace('"', "")
    return f'"{kept}"' if kept else ""


def day_of(iso: str) -> date | datetime | None:
    """A day, or a moment of one, out of its form for machines."""
    try:
        return datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)
    except ValueError:
        return None


def units_of(cells: Iterable[object], facts: FactBook) -> set[str]:
    """The units of the facts that cells state; nothing of their percentiles and counts."""
    numbers = (one for cell in cells for one in _parts(cell) if isinstance(one, Number))
    known = (facts.get(number.ref) for number in numbers)
    return {fact.unit for fact in known if fact}


def unit_name(unit: str, s: Speller) -> str:
    """A unit as the head of a column names it; empty where the language has no word for it."""
    if unit in UNNAMED:
        return ""
    if unit.startswith(PER_CENT):
        return "%"
    if unit in ON_A_SCALE:
        return ON_A_SCALE[unit]
    try:
        return plain(s.label(unit))
    except NotTranslated:
        return ""


def series_format(unit: str, s: Speller) -> str:
    """The number format of a column of values of one unit: sums are printed whole."""
    if unit in MONEY:
        return WHOLE_SUMS
    of_all = "probability" if unit.startswith("probability") else unit  # a bound is of one value
    told = number_of(s.spelled(1.0, of_all))
    return told.format if told else ""


def series_value(value: Any, style: str) -> Content:
    """A value of what a picture draws."""
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        return plain(value)
    if isinstance(value, date):
        return value
    return Value(value, style) if math.isfinite(value) else plain(value)
