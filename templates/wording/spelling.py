"""How a number or a day is spelled inside a sentence, in English and in Chinese.

Sizes have no sign: verbs carry it. Tables and tiles spell numbers as templates.format does.
"""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from templates.format import (
    LOCALE,
    NO_BREAK,
    Day,
    decimal,
    month_name,
    ordinal,
    places_for_three,
    short_month,
    sign_of,
)
from transforms.formulas import printed_value
from transforms.formulas.printed_value import printed_rank, rounded, to_three_digits

TRILLION, BILLION, MILLION = 1e12, 1e9, 1e6
ENGLISH_STEPS = (
    (TRILLION, "trillion", "tn"),
    (BILLION, "billion", "bn"),
    (MILLION, "million", "m"),
)
YI, WAN = 1e8, 1e4
WHOLE_YI = 100  # from here on 亿 have no decimals
CARDINALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
CHINESE_NUMERALS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")
IN_SENTENCES = {"points": 0}  # a score gains whole points
UNGROUPED = {"index points"}
MONEY = {"CNY", "HKD", "USD"}


def places_of(unit: str) -> int:
    """With how many decimals a sentence prints a unit."""
    return IN_SENTENCES.get(unit, printed_value.places_of(unit))


def printed(value: float, unit: str, places: int | None = None) -> float:
    """The value as the reader sees it, a fraction in per cent."""
    scaled = value * 100 if unit == "fraction" else value
    return float(rounded(scaled, places_of(unit) if places is None else places))


def size(value: float, unit: str, places: int | None = None) -> str:
    """Digits of a magnitude that is no money: 7.3%, 4165, 81.4, 1,011."""
    decimals = places_of(unit) if places is None else places
    digits = decimal(abs(value) * 100 if unit == "fraction" else abs(value), decimals)
    if unit == "fraction":
        return f"{digits}%"
    return digits.replace(",", "") if unit in UNGROUPED else digits


def signed(value: float, unit: str, places: int | None = None) -> str:
    """The same with its sign: +7.3%, −4; none on what rounds to zero."""
    digits = size(value, unit, places)
    return sign_of(value, digits, signed=True) + digits


def english_size(value: float, unit: str, places: int | None = None) -> str:
    """A magnitude as an English sentence spells it."""
    if unit in MONEY:
        return english_money(value, unit)
    if unit == "percentile":
        return ordinal(percentile(value))
    return size(value, unit, places) + (f"{NO_BREAK}pp" if unit == "pp" else "")


def chinese_size(value: float, unit: str, places: int | None = None) -> str:
    """A magnitude as a Chinese sentence spells it, with its unit."""
    if unit in MONEY:
        return chinese_money(value, unit)
    if unit == "percentile":
        return f"{percentile(value)}%分位"
    tail = {
        "pp": "个百分点",
        "score 0-100": "分",
        "points": "分",
        "index points": "点",
        "ratio": "倍",
    }
    return size(value, unit, places) + tail.get(unit, "")


def percentile(value: float) -> int:
    """A rank as it is read: from 1 to 99, half rounded up."""
    return int(printed_rank(value))


def english_money(value: float, unit: str) -> str:
    """Three significant digits: 3.65 trillion yuan, HK$36.4 bn, 98.1 billion yuan."""
    amount = float(to_three_digits(abs(value)))
    for step, word, short in ENGLISH_STEPS:
        if amount >= step:
            digits = decimal(amount / step, places_for_three(amount / step))
            if unit == "CNY":
                return f"{digits}{NO_BREAK}{word} yuan"
            return f"{_dollars(unit)}{digits}{NO_BREAK}{short}"
    digits = decimal(amount, 0)
    return f"{digits}{NO_BREAK}yuan" if unit == "CNY" else f"{_dollars(unit)}{digits}"


def _dollars(unit: str) -> str:
    return {"HKD": "HK$", "USD": "US$"}[unit]


def chinese_money(value: float, unit: str) -> str:
    """3.65万亿元, 364亿港元, 98.1亿元, 4,820万元."""
    name = {"CNY": "元", "HKD": "港元", "USD": "美元"}[unit]
    amount = abs(value)
    if rounded(amount / YI, 0) >= WAN:
        return f"{decimal(amount / YI / WAN, 2)}万亿{name}"
    if rounded(amount / WAN, 0) >= WAN:
        in_yi = amount / YI
        return f"{decimal(in_yi, 0 if rounded(in_yi, 1) >= WHOLE_YI else 1)}亿{name}"
    if rounded(amount, 0) >= WAN:
        return f"{decimal(amount / WAN, 0)}万{name}"
    return f"{decimal(amount, 0)}{name}"


def cardinal(count: float) -> str:
    """A count in words up to ten: six; digits above: 14."""
    whole = round(count)
    return CARDINALS[whole] if whole < len(CARDINALS) else decimal(count, 0)


def chinese_numeral(count: float) -> str:
    """How many, in Chinese numerals: 两, 五; digits above ten."""
    whole = round(count)
    return CHINESE_NUMERALS[whole] if whole < len(CHINESE_NUMERALS) else decimal(count, 0)


def english_month(day: date, as_of: date, *, short: bool = False) -> Day:
    """February 2020, in headlines Feb 2020; the year is left out in the issue's own."""
    own = day.year == as_of.year
    if short:
        text = short_month(day, "{}" if own else "{} y")
    else:
        text = month_name(day) if own else str(format_date(day, "MMMM y", locale=LOCALE))
    return Day(text.replace(" ", NO_BREAK), day.isoformat())


def chinese_day(day: date, as_of: date) -> Day:
    """1月13日, or 2025年1月13日 in another year."""
    year = "" if day.year == as_of.year else f"{day.year}年"
    return Day(f"{year}{day.month}月{day.day}日", day.isoformat())


def chinese_month(day: date, as_of: date) -> Day:
    """2020年2月; the year is left out in the issue's own."""
    year = "" if day.year == as_of.year else f"{day.year}年"
    return Day(f"{year}{day.month}月", day.isoformat())
