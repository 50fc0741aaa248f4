"""Findings drawn for sentences: every kind, ordinary, notable, rare and a record, up and down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from templates.wording.told import Setting
from transforms.findings.finding import Finding, Number
from transforms.findings.kinds import KINDS
from transforms.findings.rarity import Rarity
from transforms.findings.span import Kind, Span

SESSIONS_OF_WEEK = tuple(date(2026, 1, day) for day in (12, 13, 14, 15, 16))
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, AS_OF = SESSIONS_OF_WEEK
FRIDAY_BEFORE = date(2026, 1, 9)
KNOWN = datetime(2026, 1, 16, 10)
FIRST = date(2019, 12, 31)
NAMES = {"00100.HK": "MiniMax", "688523.SH": "航天环宇", "600118.SH": "中国卫星"}
ENTITIES = {
    "turnover": "SSE+SZSE", "limit": "all", "financing": "CN", "purchases": "CN", "breadth": "tech",
    "above": "tech", "crowding": "TMT", "runups": "all", "theme": "commercial_aerospace",
    "warnings": "all", "first": "HK", "proceeds": "HK", "pipeline": "A", "unicorns": "CN-AI",
    "earnings": "CN7-M7", "revisions": "CN", "risk": "000300.SH", "southbound": "HK", "etf": "technology",
    "policy": "CN", "axis": "structural_momentum", "state": "CN", "axes": "CN", "partial": "CN", "missing": "margin_market", "restated": "CN",
    "quiet": "CN",
}  # fmt: skip
VALUES: Mapping[str, float] = {
    "change": 0.0483, "level": 4165.29, "sessions": 5.0, "from_peak": -0.165, "before": 0.1,
    "before_q": 60.0, "span_change": -0.021, "after": -0.0312, "total": 17.13e12, "mean": 3.426e12,
    "rate": 0.0312, "rate_rank": 88.2, "count": 67.0, "sealed": 0.72, "amount": 98.1e9,
    "rising": 0.612, "median": 0.0124, "n": 995.0, "turnover_share": 0.452, "value_share": 0.301,
    "best": 0.2, "worst": -0.093, "abnormal": 45.0, "severe": 3.0, "listed": 6.0, "below": 2.0,
    "raised": 19.0e9, "year_n": 11.0, "year_raised": 33.4e9, "under_review": 312.0,
    "registered": 12.0, "china": 0.041, "america": 0.152, "n_china": 5.0, "n_america": 7.0,
    "cut": 0.25, "p": 0.012, "weeks": 3.0, "share": 0.12, "windows": 126.0, "momentum": 81.2,
    "heat": 59.1, "line": 60.0, "momentum_change": 4.0, "heat_change": -2.0, "low": 40.0,
    "high": 70.0, "coverage": 0.55, "hottest": 96.0, "last": 2.6e12, "value": 3.65e12, "number": 100.0,
}  # fmt: skip
OWN: Mapping[tuple[str, str], float] = {
    ("rsi_zone", "level"): 74.5, ("rsi_zone", "before"): 68.2, ("turnover_high", "level"): 3.94e12,
    ("turnover_high", "before"): 3.65e12, ("turnover_high", "after"): -0.12,
    ("financing_change", "level"): 2.7e12, ("financing_change", "change"): 0.0377,
    ("financing_day", "level"): 2.68e12, ("financing_day", "change"): 0.0176,
    ("financing_high", "level"): 2.6e12, ("purchases_level", "level"): 0.112,
    ("purchases_level", "change"): 0.4, ("breadth_flip", "before"): 0.82,
    ("breadth_flip", "rising"): 0.152, ("breadth_narrow", "median"): 0.004,
    ("above_average", "level"): 0.58, ("above_average", "change"): 4.0, ("runups", "before"): 41.0,
    ("theme_move", "n"): 14.0, ("theme_move", "median"): -0.093, ("theme_move", "worst"): -0.151,
    ("first_days", "n"): 6.0, ("first_days", "median"): 0.05, ("first_days", "best"): 1.091,
    ("proceeds", "n"): 6.0, ("unicorns", "count"): 9.0, ("unicorns", "before"): 2.0,
    ("revisions", "n"): 312.0, ("revisions", "raised"): 0.61, ("pe_level", "level"): 173.07,
    ("risk_premium", "level"): 0.052, ("southbound", "total"): 36.4e9, ("etf_inflow", "total"): 12.3e9,
    ("policy_words", "rate"): 1.48, ("axis", "value"): 81.2, ("axis", "change"): 4.0, ("restated", "before"): 3.6e12,
}  # fmt: skip
TERMS = {
    "zone": "overbought", "index": "000688.SH", "theme": "commercial_aerospace", "best": "600118.SH",
    "worst": "688523.SH", "list": "Global Unicorn Top 500", "term": "芯片",
    "body": "SSE; SZSE; BSE", "announced": "2026-01-14", "effective": "2026-01-19",
    "title_en": "Minimum margin ratio raised from 80% to 100%, new contracts only",
    "title_zh": "融资保证金最低比例由80%提高到100%，仅限新合约", "found": "yes",
    "state": "overheated advance", "turn": "still", "before": "overheated advance", "near": "",
    "mover": "momentum/breadth", "hottest": "heat/technical", "axis": "heat", "other": "nothing", "what": "margin_market",
    "why": "restated",
}  # fmt: skip
DECLARED = "CNY"  # of what comes in the unit of its own measure


def rarity(
    q: float | None, since: date | None = None, *, record: bool = False, low: bool = False
) -> Rarity:
    """A rarity of six years of days."""
    count = 1_500 if q is not None else 100
    surprise = -math.log10(max(1 - (q or 0) / 100, 1 / (count + 1)))
    return Rarity(q, surprise, since, record, FIRST, count, low)


ORDINARY = rarity(60.0)
NOTABLE = rarity(93.4)
SINCE = rarity(98.3, date(2024, 10, 8))
RECORD = rarity(100.0, record=True)
STRENGTHS = {
    "ordinary": ORDINARY,
    "notable": NOTABLE,
    "rare": replace(SINCE, q=99.6),
    "record": RECORD,
}
# Kinds that can tell of a fall or of a low level: every other strength of theirs does.
MAY_BE_LOW = {
    "index_change", "index_day", "index_low", "turnover_total", "turnover_low", "limit_ups",
    "financing_change", "financing_day", "purchases_level", "breadth_week", "breadth_day",
    "above_average", "theme_move", "pe_level", "risk_premium", "southbound", "etf_inflow",
}  # fmt: skip
DAYS: Mapping[tuple[str, str], date] = {
    ("index_day", "change"): WEDNESDAY, ("index_high", "level"): WEDNESDAY,
    ("index_low", "level"): WEDNESDAY, ("turnover_high", "level"): WEDNESDAY,
    ("turnover_high", "before"): TUESDAY, ("financing_high", "level"): TUESDAY,
    ("financing_high", "after"): THURSDAY, ("financing_change", "change"): THURSDAY,
    ("financing_change", "level"): THURSDAY, ("financing_day", "change"): MONDAY,
    ("breadth_flip", "before"): THURSDAY, ("theme_move", "before"): THURSDAY,
    ("breadth_day", "rising"): TUESDAY, ("limit_ups", "count"): TUESDAY,
    ("runups", "before"): FRIDAY_BEFORE, ("rsi_zone", "before"): FRIDAY_BEFORE,
    ("unicorns", "count"): date(2025, 12, 31), ("unicorns", "before"): date(2025, 12, 31),
    ("earnings_gap", "china"): date(2025, 9, 30), ("earnings_gap", "america"): date(2025, 9, 30),
    ("missing", "last"): date(2026, 1, 8), ("restated", "value"): TUESDAY,
}  # fmt: skip
BASES: Mapping[tuple[str, str], date] = {
    ("index_change", "from_peak"): date(2025, 10, 8), ("index_day", "change"): TUESDAY,
    ("financing_day", "change"): FRIDAY_BEFORE, ("state", "weeks"): MONDAY,
}  # fmt: skip


def number(kind: str, role: str, unit: str, value: float | None = None) -> Number:
    """The number of a role, as it is usually drawn or as it is given."""
    drawn = OWN.get((kind, role), VALUES[role]) if value is None else value
    key = kind, role
    return Number(
        drawn,
        DECLARED if unit == "as declared" else unit,
        DAYS.get(key, AS_OF),
        KNOWN,
        BASES.get(key, FRIDAY_BEFORE),
    )


def finding(
    kind: str,
    rare: Rarity = ORDINARY,
    terms: Mapping[str, str] | None = None,
    entity: str | None = None,
    without: tuple[str, ...] = (),
    **values: float,
) -> Finding:
    """A finding of a kind with all its numbers but those left out; the given values replace."""
    declared = KINDS[kind]
    units = {**declared.numbers, **declared.optional}
    entity = entity or ENTITIES.get(kind.partition("_")[0], "000688.SH")
    numbers = {
        role: number(kind, role, unit, values.get(role))
        for role, unit in units.items()
        if role not in without
    }
    if kind == "theme_move" and "before" in numbers:
        numbers["median"] = replace(numbers["median"], base=THURSDAY)
    return Finding(
        kind, entity, declared.block, rare, rare.surprise, numbers,
        {role: (terms or {}).get(role, TERMS[role]) for role in declared.terms},
    )  # fmt: skip


def falling(kind: str) -> dict[str, float]:
    """The values of a kind that fell, lost or stood low, where it has any that can."""
    declared = KINDS[kind]
    moves = [
        role
        for role, unit in {**declared.numbers, **declared.optional}.items()
        if unit in {"fraction", "CNY", "HKD"} and role in {"change", "median", "china", "amount"}
    ]
    if kind in {"southbound", "etf_inflow"}:
        moves.append("total")
    return {role: -abs(OWN.get((kind, role), VALUES[role])) for role in moves}


def by_strength(kind: str) -> dict[str, Finding]:
    """A kind in every strength; of a notable one and a record the low side, where there is one."""
    drawn = {}
    for name, rare in STRENGTHS.items():
        low = (kind in MAY_BE_LOW and name in {"notable", "record"}) or kind.endswith("_low")
        values = falling(kind) if low else {}
        if kind in {"breadth_week", "breadth_day"} and low:
            values["rising"] = 0.152
        drawn[name] = finding(kind, replace(rare, low=low), **values)
    return drawn


def days_before(count: int) -> date:
    """So many days before the issue."""
    return AS_OF - timedelta(days=count)


def _low(count: float = 98.3) -> Rarity:
    return rarity(count, date(2024, 2, 5), low=True)


WEEK = Setting(AS_OF, Span(FRIDAY_BEFORE, SESSIONS_OF_WEEK, Kind.WEEK), NAMES)
SHORT = Setting(AS_OF, Span(FRIDAY_BEFORE, SESSIONS_OF_WEEK[1:], Kind.SHORT_WEEK), NAMES)
SESSIONS = Setting(AS_OF, Span(FRIDAY_BEFORE, SESSIONS_OF_WEEK, Kind.SESSIONS), NAMES)
Variant = tuple[str, Finding, Setting]
# What the strengths alone do not bring out: other spans, conditions met and not met, other terms.
VARIANTS: Mapping[str, tuple[Variant, ...]] = {
    "index_change": (
        ("flat", finding("index_change", change=0.0004, without=("from_peak",)), WEEK),
        ("small", finding("index_change", rarity(20.0, low=True), change=-0.0042,
                          without=("from_peak",)), WEEK),
        ("a short week", finding("index_change", sessions=4.0, change=0.03), SHORT),
        ("five sessions, a record", finding("index_change", RECORD, change=0.357,
                                            without=("from_peak",)), SESSIONS),
        ("rebounded", finding("index_change", NOTABLE, before=-0.06, before_q=92.0), WEEK),
        ("fell back", finding("index_change", ORDINARY, change=-0.03, before_q=80.0), WEEK),
        ("short history", finding("index_change", rarity(None)), WEEK),
        ("rare, last as large a week ago", finding("index_change", rarity(98.0, days_before(9))),
         WEEK),
        ("the Shanghai Composite", finding("index_change", SINCE, entity="000001.SH"), WEEK),
    ),
    "index_day": (
        ("yet", finding("index_day", RECORD, change=-0.106, span_change=0.03), WEEK),
        ("with the week", finding("index_day", _low(), change=-0.0734, span_change=-0.0411,
                                  entity="000001.SH"), WEEK),
    ),
    "index_high": (
        ("held", finding("index_high", SINCE, entity="000001.SH", without=("after",)), WEEK),
        ("not held, five sessions", finding("index_high", RECORD), SESSIONS),
    ),
    "rsi_zone": (
        ("still", finding("rsi_zone", before=72.0), WEEK),
        ("oversold", finding("rsi_zone", terms={"zone": "oversold"}, level=29.9, before=34.0,
                             entity="HSTECH.HK"), WEEK),
        ("left", finding("rsi_zone", terms={"zone": "left overbought"}, level=68.2, before=71.0),
         WEEK),
    ),
    "turnover_total": (
        ("weekly record", finding("turnover_total", RECORD), WEEK),
        ("record of a short week", finding("turnover_total", RECORD, sessions=4.0), SHORT),
        ("record of five sessions", finding("turnover_total", RECORD, without=("rate",
                                            "rate_rank")), SESSIONS),
    ),
    "turnover_high": (
        ("record", finding("turnover_high", RECORD), WEEK),
        ("second only", finding("turnover_high", rarity(100 * 1498 / 1499, date(2024, 10, 8)),
                                without=("before",)), WEEK),
        ("without its rate", finding("turnover_high", RECORD, without=("rate", "rate_rank")), WEEK),
    ),
    "limit_ups": (
        ("one", finding("limit_ups", rarity(99.0, low=True), count=1.0, sealed=1.0), WEEK),
        ("none", finding("limit_ups", rarity(99.0, low=True), count=0.0, without=("sealed",)), WEEK),
    ),
    "financing_change": (
        ("flat", finding("financing_change", change=0.0002, amount=5e8), WEEK),
        ("sharply", finding("financing_change", rarity(96.0)), WEEK),
        ("four sessions", finding("financing_change", SINCE, sessions=4.0), SESSIONS),
    ),
    "financing_high": (
        ("record that held", finding("financing_high", RECORD, without=("after",)), WEEK),
    ),
    "breadth_day": (
        ("only", finding("breadth_day", _low(), rising=0.006, median=-0.162), WEEK),
        ("as many as", finding("breadth_day", SINCE, rising=0.936), WEEK),
        ("all", finding("breadth_day", RECORD, rising=1.0, n=982.0), WEEK),
        ("none", finding("breadth_day", _low(), rising=0.0), WEEK),
    ),
    "breadth_week": (
        ("five sessions", finding("breadth_week", entity="all", n=5402.0), SESSIONS),
        ("only", finding("breadth_week", _low(95.0), rising=0.091, median=-0.0312), WEEK),
    ),
    "breadth_narrow": (("a median that fell", finding("breadth_narrow", median=-0.004), WEEK),),
    "above_average": (("only", finding("above_average", _low(96.0), level=0.12, change=-9.5), WEEK),),
    "runups": (
        ("as many as", finding("runups", NOTABLE), WEEK),
        ("one, none before", finding("runups", count=1.0, before=0.0), WEEK),
    ),
    "theme_move": (
        ("over the week", finding("theme_move", NOTABLE, without=("before",), median=0.031), WEEK),
    ),
    "warnings": (
        ("none severe", finding("warnings", severe=0.0), WEEK),
        ("none", finding("warnings", abnormal=0.0, severe=0.0), WEEK),
    ),
    "first_days": (
        ("none below", finding("first_days", below=0.0), WEEK),
        ("all below", finding("first_days", below=6.0, median=-0.11, best=-0.02), WEEK),
        ("some without a figure", finding("first_days", n=5.0), WEEK),
        ("one", finding("first_days", n=1.0, listed=1.0, below=0.0,
                        terms={"best": "00100.HK"}), WEEK),
        ("one of two, below", finding("first_days", n=1.0, listed=2.0, below=1.0, best=-0.05), WEEK),
    ),
    "proceeds": (
        ("one, the mainland", finding("proceeds", entity="A", n=1.0, year_n=1.0, raised=8.2e8), WEEK),
        ("many", finding("proceeds", NOTABLE, n=14.0), WEEK),
    ),
    "southbound": (
        ("twenty sessions, sold", finding("southbound", sessions=20.0, total=-12.5e9), WEEK),
    ),
    "policy_event": (
        ("in force at once", finding("policy_event", terms={
            "body": "PBOC", "announced": "2026-01-15", "effective": "2026-01-15",
            "title_en": "Reserve ratio cut by 0.5 point", "title_zh": "降准0.5个百分点"}), WEEK),
        ("the body in the title", finding("policy_event", terms={
            "body": "CSRC", "announced": "2026-01-15", "effective": "",
            "title_en": "Work meeting sets out steps against speculation",
            "title_zh": "证监会工作会议部署抑制炒作"}), WEEK),
        ("in force this week", finding("policy_event", terms={
            "body": "CAC and six others", "announced": "2025-12-01", "effective": "2026-01-15",
            "title_en": "Interim measures for generative AI services",
            "title_zh": "生成式人工智能服务管理暂行办法"}), WEEK),
    ),
    "psy": (("no longer", finding("psy", terms={"found": "no longer"}, p=0.214,
                                  without=("weeks",)), WEEK),),
    "state": tuple(
        (f"{turn}: {state}, from {before}",
         finding("state", terms={"state": state, "turn": turn, "before": before},
                 momentum=momentum, heat=heat), WEEK)
        for state, turn, before, momentum, heat in (
            ("overheated advance", "turned", "healthy advance", 80.0, 63.0),
            ("overheated advance", "again", "healthy advance", 80.0, 63.0),
            ("overheated advance", "still", "overheated advance", 77.0, 57.0),
            ("healthy advance", "no longer", "overheated advance", 64.0, 52.0),
            ("healthy advance", "still", "healthy advance", 64.0, 52.0),
            ("healthy advance", "turned", "undecided", 58.0, 40.0),
            ("undecided", "no longer", "healthy advance", 49.0, 40.0),
            ("undecided", "turned", "healthy advance", 49.0, 40.0),
            ("undecided, hot", "turned", "undecided", 50.0, 61.0),
            ("froth without trend", "turned", "undecided, hot", 40.0, 61.0),
            ("fading", "turned", "undecided", 40.0, 30.0),
            ("fading", "still", "fading", 47.0, 30.0),
            ("undecided", "no longer", "fading", 51.0, 30.0),
        )
    ),
    "axes": (
        ("at the line", finding("axes", heat=59.86), WEEK),
        ("just above", finding("axes", heat=61.6, momentum_change=0.2), WEEK),
        ("far below", finding("axes", heat=35.0, momentum=28.0, terms={"hottest": ""},
                              momentum_change=-11.0), SESSIONS),
    ),
    "axis": (
        ("with a range of the other", finding("axis", terms={"axis": "momentum", "other": "range"}),
         WEEK),
        ("heat alone, as it was", finding("axis", terms={"axis": "heat"}, value=63.0, change=0.3,
                                          entity="overheating"), WEEK),
    ),
    "missing": (("nothing ever", finding("missing", without=("last",)), WEEK),),
    "quiet": (("five sessions", finding("quiet"), SESSIONS),),
}  # fmt: skip
