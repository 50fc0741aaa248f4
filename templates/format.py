"""How a number, a date or a name is spelled; the only place where a value becomes text.

Spelling once is what lets a test read the finished PDF and ask of every digit which fact it is.
Signs are U+2212, because a hyphen is narrower than the plus sign and columns would not align.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date
from markupsafe import Markup

from templates.companies import ROOM, by_words, established, simplified, without_form
from transforms.formulas.printed_value import (
    places_of,
    printed_rank,
    rounded,
    to_three_digits,
)

LOCALE = "en_GB"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"

SMALL_SUM = 1000.0
MONEY_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))
CURRENCY_PREFIX = {"CNY": f"CNY{NO_BREAK}", "HKD": "HK$"}
BOUNDS = {"under": "<", "over": ">"}  # of a probability; in sentences they are words

SIGNED_STARTS = (
    "return_",
    "runup_",
    "drawdown_",
    "momentum_12_1",
    "margin_financing_change",
    "ipo_first_day_return",
    "unicorn_growth",
    "close_vs_",
)

INDEX_NAMES = {
    "000001.SH": "Shanghai Composite",
    "399001.SZ": "Shenzhen Component",
    "399006.SZ": "ChiNext",
    "000688.SH": "STAR 50",
    "000685.SH": "STAR Chips",
    "000300.SH": "CSI 300",
    "000905.SH": "CSI 500",
    "000852.SH": "CSI 1000",
    "000985.CSI": "CSI All Share",
    "930713.CSI": "CSI AI Theme",
    "931071.CSI": "CSI AI Industry",
    "931160.CSI": "CSI Telecom Equipment",
    "H30184.CSI": "CSI Semiconductors",
    "950180.CSI": "STAR AI",
    "970070.SZ": "ChiNext AI",
    "HSI.HK": "Hang Seng",
    "HSTECH.HK": "Hang Seng Tech",
    "HSCEI.HK": "China Enterprises",
    "NDX.US": "Nasdaq 100",
    "SPX.US": "S&P 500",
}

WIDE_FROM = 0x2E80


@dataclass(frozen=True)
class Number:
    """A number as it is printed, with the id of what it states (a fact, a mover, or a rule)."""

    text: str
    ref: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return Markup('<data value="{}">{}</data>').format(self.ref, self.text)


@dataclass(frozen=True)
class Day:
    """A date as it is printed, with its ISO form for machines."""

    text: str
    iso: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return Markup('<time datetime="{}">{}</time>').format(self.iso, self.text)


def spell(value: float, unit: str, *, metric: str = "", signed: bool = False) -> str:
    """`value` in words, as the unit wants it: 81.4, 15.1%, CNY 3.65 tn, HK$36.4 bn, 1,012."""
    if unit in CURRENCY_PREFIX:
        text = CURRENCY_PREFIX[unit] + money_digits(abs(value))
    elif unit == "fraction":
        text = f"{decimal(abs(value) * 100, places_of(unit, metric))}%"
    elif unit == "pp":
        text = f"{decimal(abs(value), places_of(unit))}{NO_BREAK}pp"
    elif unit.startswith("probability"):
        bound = unit.removeprefix("probability").lstrip()
        text = f"{BOUNDS.get(bound, '')}{decimal(abs(value) * 100, 0)}%"
    else:
        text = decimal(abs(value), places_of(unit))
    return sign_of(value, text, signed=signed) + text


def spell_share(value: float) -> str:
    """A small share in per cent, to the hundredth: 0.01%."""
    return f"{decimal(value * 100, 2)}%"


def apart(difference: float) -> str:
    """How far a second figure lies from the first, signed, to the hundredth of a per cent."""
    text = spell_share(abs(difference))
    return sign_of(difference, text, signed=True) + text


def decimal(value: float, places: int) -> str:
    """`value` with thousands separators and exactly `places` decimals."""
    return f"{rounded(value, places):,.{places}f}"


def plain(value: float, places: int) -> str:
    """`value` with a true minus sign, for axes."""
    text = decimal(abs(value), places)
    return sign_of(value, text, signed=False) + text


def money_digits(value: float) -> str:
    """Three significant digits and a step: 3.65 tn, 36.4 bn, 482 m; prices in full: 74.12."""
    for step, name in MONEY_STEPS:
        scaled = float(to_three_digits(value)) / step
        if scaled >= 1:
            return f"{decimal(scaled, places_for_three(scaled))}{NO_BREAK}{name}"
    return decimal(value, 2 if value < SMALL_SUM else 0)


def places_for_three(scaled: float) -> int:
    """Decimals that show three significant digits of a number from 1 to 999."""
    return 2 if scaled < 10 else 1 if scaled < 100 else 0


def sign_of(value: float, text: str, *, signed: bool) -> str:
    """The sign to print before `text`; a number that rounds to zero has none."""
    if not any(digit in text for digit in "123456789"):
        return ""
    return MINUS if value < 0 else "+" if signed else ""


def signed(fact: Any) -> Number:
    """The fact's value, with its sign."""
    text = spell(fact.value, fact.unit, metric=fact.metric, signed=True)
    return Number(text, fact.fact_id)


def bare(fact: Any) -> Number:
    """The fact's amount without its currency, for columns that name it in their head."""
    return Number(money_digits(fact.value), fact.fact_id)


def size(fact: Any) -> Number:
    """The fact's magnitude, for sentences in which the verb carries the sign."""
    text = spell(abs(fact.value), fact.unit, metric=fact.metric)
    return Number(text, fact.fact_id)


def members(fact: Any) -> Number:
    """How many members the fact counts."""
    return Number(decimal(fact.n, 0), f"{fact.fact_id}#n")


def percentile(fact: Any) -> Number:
    """The fact's rank within its own past: 97th; from 1st to 99th, as percentiles are read."""
    return Number(ordinal(int(printed_rank(fact.percentile))), f"{fact.fact_id}#percentile")


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def long_day(day: date) -> Day:
    """Tuesday 13 January 2026."""
    return Day(format_date(day, "EEEE d MMMM y", locale=LOCALE), day.isoformat())


def full_day(day: date) -> Day:
    """13 January 2026."""
    return Day(_unbroken(format_date(day, "d MMMM y", locale=LOCALE)), day.isoformat())


def dated(day: date) -> Day:
    """13 Jan 2026."""
    return Day(_unbroken(short_month(day, "d {} y")), day.isoformat())


def short_day(day: date, as_of: date) -> Day:
    """13 Jan; with the year when it is not the year of `as_of`."""
    if day.year == as_of.year:
        return Day(_unbroken(short_month(day, "d {}")), day.isoformat())
    return dated(day)


def month_name(day: date) -> str:
    """January."""
    return str(format_date(day, "MMMM", locale=LOCALE))


@cache
def short_month(day: date, pattern: str) -> str:
    """The date in `pattern`, whose {} is the month in three letters (CLDR writes 'Sept')."""
    month = month_name(day)[:3]
    return str(format_date(day, pattern.replace("{}", f"'{month}'"), locale=LOCALE))


def index_name(code: str, names: Mapping[str, str]) -> str:
    """The English name of an index, else what the warehouse calls it, else its code."""
    return INDEX_NAMES.get(code) or names.get(code) or code


def company_name(code: str, names: Mapping[str, str]) -> str:
    """The company's short Chinese name: 智谱, 航天环宇; its code if nothing is known."""
    if code not in names:
        return code
    own = established(code, names[code])
    return own.zh if own and own.zh else shortened(simplified(without_form(names[code])))


def shortened(name: str, room: int = ROOM) -> str:
    """The name, cut where it would be wider than `room` Latin letters; Latin words stay whole."""
    widths = [2 if ord(character) > WIDE_FROM else 1 for character in name]
    if sum(widths) <= room:
        return name
    if " " in name and sum(widths) == len(widths):
        return by_words(name, room)
    kept = next(i for i in range(len(name), 0, -1) if sum(widths[:i]) <= room - 2)
    return name[:kept].rstrip() + "…"


def _unbroken(text: str) -> str:
    return text.replace(" ", NO_BREAK)
