"""How a number, a date or a name is spelled; the only place where a value becomes text.

Spelling once is what lets a test read the finished PDF and ask of every digit which fact it is.
Signs are U+2212, because a hyphen is narrower than the plus sign and columns would not align.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup

from warehouse.shanghai import AHEAD_OF_UTC

LOCALE = "en_GB"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"

SMALL_SUM = 1000.0
MONEY_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))
CURRENCY_PREFIX = {"CNY": f"CNY{NO_BREAK}", "HKD": "HK$"}
PLACES = {
    "index points": 0,
    "index 0-100": 1,
    "score 0-100": 0,
    "points": 1,
    "count": 0,
    "ratio": 1,
    "brier": 3,
    "p value": 3,
    "t": 1,
}
FRACTION_PLACES = {
    "margin_financing_change_1d": 2,
    "margin_financing_change_20d": 2,
    "unicorn_growth_1y": 0,
}

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
}

NAME_ROOM, WIDE_FROM = 20, 0x2E80
COMPANY_TAILS = (
    " - H股",
    " - B",
    " - P",
    " - W",
    " - SW",
    "股份有限公司",
    "有限公司",
    "集團",
    "集团",
)


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
        text = f"{decimal(abs(value) * 100, FRACTION_PLACES.get(metric, 1))}%"
    elif unit == "pp":
        text = f"{decimal(abs(value), 1)}{NO_BREAK}pp"
    elif unit == "probability":
        text = f"{decimal(abs(value) * 100, 0)}%"
    else:
        text = decimal(abs(value), PLACES.get(unit, 2))
    return sign_of(value, text, signed=signed) + text


def spell_difference(value: float, unit: str, *, metric: str = "") -> str:
    """A change of a quantity of `unit`, always signed: +3, −4.1, +2.6 pp, −CNY 12.0 bn."""
    if unit != "fraction":
        return spell(value, unit, metric=metric, signed=True)
    text = decimal(abs(value) * 100, FRACTION_PLACES.get(metric, 1))
    return f"{sign_of(value, text, signed=True)}{text}{NO_BREAK}pp"


def spell_share(value: float) -> str:
    """A small share in per cent, to the hundredth: 0.01%."""
    return f"{decimal(value * 100, 2)}%"


def apart(difference: float) -> str:
    """How far a second figure lies from the first, signed, to the hundredth of a per cent."""
    text = spell_share(abs(difference))
    return sign_of(difference, text, signed=True) + text


def decimal(value: float, places: int) -> str:
    """`value` with thousands separators and exactly `places` decimals."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(value, format=pattern, locale=LOCALE))


def plain(value: float, places: int) -> str:
    """`value` with a true minus sign, for axes."""
    text = decimal(abs(value), places)
    return sign_of(value, text, signed=False) + text


def money_digits(value: float) -> str:
    """Three significant digits and a step: 3.65 tn, 36.4 bn, 482 m; prices in full: 74.12."""
    for step, name in MONEY_STEPS:
        if round_to_three(value) >= step:
            scaled = round_to_three(value) / step
            return f"{decimal(scaled, places_for_three(scaled))}{NO_BREAK}{name}"
    return decimal(value, 2 if value < SMALL_SUM else 0)


def round_to_three(value: float) -> float:
    """`value` rounded to three significant digits, so that 999.6 bn becomes 1.00 tn."""
    return float(f"{value:.3g}")


def places_for_three(scaled: float) -> int:
    """Decimals that show three significant digits of a number from 1 to 999."""
    return 2 if scaled < 10 else 1 if scaled < 100 else 0


def sign_of(value: float, text: str, *, signed: bool) -> str:
    """The sign to print before `text`; a number that rounds to zero has none."""
    if not any(digit in text for digit in "123456789"):
        return ""
    return MINUS if value < 0 else "+" if signed else ""


def level(fact: Any) -> Number:
    """The fact's value, without a plus sign."""
    return Number(spell(fact.value, fact.unit, metric=fact.metric), fact.fact_id)


def signed(fact: Any) -> Number:
    """The fact's value, with its sign."""
    text = spell(fact.value, fact.unit, metric=fact.metric, signed=True)
    return Number(text, fact.fact_id)


def natural(fact: Any) -> Number:
    """The fact's value: with a sign if the metric is a change, without if it is a level."""
    return signed(fact) if fact.metric.startswith(SIGNED_STARTS) else level(fact)


def bare(fact: Any) -> Number:
    """The fact's amount without its currency, for columns that name it in their head."""
    return Number(money_digits(fact.value), fact.fact_id)


def size(fact: Any) -> Number:
    """The fact's magnitude, for sentences in which the verb carries the sign."""
    text = spell(abs(fact.value), fact.unit, metric=fact.metric)
    return Number(text, fact.fact_id)


def week_change(fact: Any) -> Number | None:
    """What the value gained over the last five observations; None if the history is shorter."""
    if fact.change_1w is None:
        return None
    text = spell_difference(fact.change_1w, fact.unit, metric=fact.metric)
    return Number(text, f"{fact.fact_id}#change_1w")


def members(fact: Any) -> Number:
    """How many members the fact counts."""
    return Number(decimal(fact.n, 0), f"{fact.fact_id}#n")


def percentile(fact: Any) -> Number:
    """The fact's rank within its own past: 97th; from 1st to 99th, as percentiles are read."""
    return Number(ordinal(min(99, max(1, int(fact.percentile)))), f"{fact.fact_id}#percentile")


def covered(fact: Any) -> Number:
    """The share of the declared inputs that had data."""
    return Number(spell(fact.coverage, "fraction"), f"{fact.fact_id}#coverage")


def earlier_record(fact: Any) -> Number:
    """The maximum that stood before this observation."""
    text = spell(fact.previous_record_value, fact.unit, metric=fact.metric)
    return Number(text, f"{fact.fact_id}#previous_record_value")


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


def weekday(day: date) -> Day:
    """Tuesday."""
    return Day(format_date(day, "EEEE", locale=LOCALE), day.isoformat())


def month_name(day: date) -> str:
    """January."""
    return str(format_date(day, "MMMM", locale=LOCALE))


def moment(instant: datetime) -> Day:
    """13 Jan 2026 16:05, in Beijing time, from a naive or aware UTC instant."""
    local = instant.replace(tzinfo=None) + AHEAD_OF_UTC
    text = f"{short_month(local.date(), 'd {} y')} {local:%H:%M}"
    return Day(_unbroken(text), local.isoformat(timespec="minutes"))


def short_month(day: date, pattern: str) -> str:
    """The date in `pattern`, whose {} is the month in three letters (CLDR writes 'Sept')."""
    month = month_name(day)[:3]
    return str(format_date(day, pattern.replace("{}", f"'{month}'"), locale=LOCALE))


def index_name(code: str, names: Mapping[str, str]) -> str:
    """The English name of an index, else what the warehouse calls it, else its code."""
    return INDEX_NAMES.get(code) or names.get(code) or code


def company_name(code: str, names: Mapping[str, str]) -> str:
    """The company's Chinese name without its legal form; its code if the name is unknown."""
    name = names.get(code, code).strip()
    for tail in COMPANY_TAILS:
        name = name.removesuffix(tail)
    return shortened(
        name.replace("（集團）", "").replace("（集团）", "").removesuffix("股份").strip()
    )


def shortened(name: str, room: int = NAME_ROOM) -> str:
    """The name, cut where it would be wider than `room` Latin letters."""
    widths = [2 if ord(character) > WIDE_FROM else 1 for character in name]
    if sum(widths) <= room:
        return name
    kept = next(i for i in range(len(name), 0, -1) if sum(widths[:i]) <= room - 2)
    return name[:kept].rstrip() + "…"


def block_name(entity: str) -> str:
    """'heat/leverage' → 'Leverage'; 'momentum/capital formation' → 'Capital formation'."""
    return entity.partition("/")[2].capitalize() or entity


def _unbroken(text: str) -> str:
    return text.replace(" ", NO_BREAK)


FILTERS: dict[str, Callable[..., Any]] = {
    "level": level,
    "signed": signed,
    "size": size,
    "natural": natural,
    "bare": bare,
    "week_change": week_change,
    "members": members,
    "percentile": percentile,
    "covered": covered,
    "earlier_record": earlier_record,
    "long_day": long_day,
    "full_day": full_day,
    "dated": dated,
    "short_day": short_day,
    "weekday": weekday,
    "moment": moment,
    "month_name": month_name,
    "block_name": block_name,
}
