"""The series that are watched, what is looked for in each, and all that is found in a span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from transforms.findings import detectors as look
from transforms.findings.detectors import Detector, Found, Series
from transforms.findings.finding import Finding, Histories, History, Number
from transforms.findings.kinds import KINDS
from transforms.findings.rarity import rarity_of_level
from transforms.findings.span import Span
from transforms.prepared.indices import (
    CHINEXT,
    CSI_300,
    HANG_SENG,
    HANG_SENG_TECH,
    NASDAQ_100,
    SHANGHAI_COMPOSITE,
    SHENZHEN,
    STAR_50,
)
from warehouse.catalog import cutoff

BESIDE_A_RATE = ("turnover_total", "turnover_high")
INDICES = (
    STAR_50,
    CHINEXT,
    SHANGHAI_COMPOSITE,
    HANG_SENG_TECH,
    CSI_300,
    SHENZHEN,
    HANG_SENG,
    NASDAQ_100,
)


@dataclass(frozen=True)
class Watched:
    """A metric of some entities, and which kinds of findings which detectors look for in it.

    relative: a change of it is told as a share of the value before.
    """

    metric: str
    entities: tuple[str, ...]
    unit: str
    kinds: dict[str, Detector]
    relative: bool = False


# In the order in which equals are told: the article's own index first.
WATCHED = (
    Watched("close", INDICES, "index points",
            {"index_change": look.change_in_its_course, "index_day": look.rare_day_in_span,
             "index_high": look.high, "index_low": look.low}, relative=True),
    Watched("turnover_cny", ("SSE+SZSE",), "CNY",
            {"turnover_total": look.total, "turnover_low": look.total_as_low,
             "turnover_high": look.high_with_record}, relative=True),
    Watched("margin_financing_balance_cny", ("CN",), "CNY",
            {"financing_change": look.change_of_loans, "financing_day": look.rare_day_of_loans,
             "financing_high": look.high}, relative=True),
    Watched("margin_intensity_5d", ("CN",), "fraction", {"purchases_level": look.level}),
    Watched("share_above_ma50", ("tech", "all"), "fraction", {"above_average": look.level}),
    Watched("pe_ttm", (CSI_300, STAR_50), "ratio", {"pe_level": look.bare_level}),
    Watched("equity_risk_premium", (CSI_300,), "fraction", {"risk_premium": look.bare_level}),
)  # fmt: skip


def found(histories: Histories, span: Span) -> Iterator[Finding]:
    """What the detectors find in the watched series that have an observation in the span."""
    for watched in WATCHED:
        for entity in watched.entities:
            history = histories.of(watched.metric, entity)
            begins = begin(history, span) if history else None
            if history is None or not begins:
                continue
            series = Series(history, watched.unit, relative=watched.relative)
            for kind, detector in watched.kinds.items():
                seen = detector(series, begins)
                if seen is not None:
                    rate = _rate(histories, seen) if kind in BESIDE_A_RATE else {}
                    yield made(kind, entity, Found(seen.rarity, seen.numbers | rate))


def _rate(histories: Histories, seen: Found) -> dict[str, Number]:
    """The turnover rate of the day that is told about, and its percentile: money grows, it not."""
    rates = histories.of("turnover_to_tradable_cap", "SSE+SZSE")
    told = seen.numbers.get("level") or seen.numbers["total"]
    place = rates.place(told.day) if rates else None
    if rates is None or place is None:
        return {}
    series, end = Series(rates, "fraction"), place + 1
    rarity = rarity_of_level(rates.days[:end], rates.values[:end], high=True)
    numbers = {"rate": series.level(place)}
    if rarity.q is not None:
        numbers["rate_rank"] = series.number(place, rarity.q, "percentile")
    return numbers


def made(kind: str, entity: str, seen: Found, **terms: str) -> Finding:
    """What was seen in a series as a finding."""
    rarity = seen.rarity
    return Finding(
        kind, entity, KINDS[kind].block, rarity, rarity.surprise, dict(seen.numbers), terms
    )


def begin(history: History, span: Span) -> int | None:
    """The place at which the span begins in a series; None where the series has nothing in it.

    A figure that is published on the day after belongs to the span in which it became known: the
    margin loans of a Friday to the week after. So no observation is told of in two weeks.
    """
    place = history.after(span.eve)
    if place == len(history):
        return None
    is_late = (
        place > 0
        and history.day(place - 1) <= span.base
        and history.known_at(place - 1) > cutoff(span.base)
    )
    return place - 1 if is_late else place


def in_span(history: History | None, span: Span) -> tuple[History, int] | None:
    """A series with the place at which the span begins; None without one, or without a past."""
    begins = begin(history, span) if history else None
    return (history, begins) if history and begins else None


def is_news(known_at: datetime, span: Span) -> bool:
    """Whether something became known within the span."""
    return cutoff(span.base) < known_at <= cutoff(span.last)
