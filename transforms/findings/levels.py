"""Readings that have zones, lines or conditions of their own: RSI, run-ups, crowding, policy words,
earnings, tests of explosiveness, and flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from transforms.findings.detectors import Found, Series, level, sum_over
from transforms.findings.finding import Finding, Histories, History, Number
from transforms.findings.rarity import among, awaited, once_in, rarity_of_level, unranked
from transforms.findings.span import Span
from transforms.findings.watched import INDICES, in_span, is_news, made
from transforms.formulas.lppls import WINDOWS
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD
from transforms.prepared.indices import LEADING, SHANGHAI_COMPOSITE, STAR_50

CROWDED = 90.0  # percentile from which crowding is told
USUAL = 1.0  # standard deviations above usual from which a policy term is told
FEWEST_REVISIONS = 30
SIGNIFICANT = 0.05
FITTING = 0.05  # share of the windows from which the bubble pattern is told
CHINA, AMERICA = "CN7", "M7"

Frames = Mapping[str, pl.DataFrame]


def levels(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """All readings that have a line or a condition of their own."""
    yield from _rsi(histories, span)
    yield from _run_ups(histories, span)
    yield from _crowding(histories, span)
    yield from _policy_words(frames, histories, span)
    yield from _earnings_gap(histories, span)
    yield from _revisions(histories, span)
    yield from _explosive(histories, span)
    yield from _pattern(histories, span)
    yield from _flows(frames, histories, span)


def _rsi(histories: Histories, span: Span) -> Iterator[Finding]:
    """Indices in a zone on the last day, and those that left one within the span."""
    for index in INDICES:
        seen = in_span(histories.of("rsi_14", index), span)
        if seen:
            yield from _zone(index, *seen)


def _zone(index: str, past: History, begins: int) -> Iterator[Finding]:
    """The zone of the last day, or the one that was left last; by the printed tenth."""
    series, printed = Series(past, "index 0-100"), np.floor(10 * past.values + 0.5) / 10
    zones = {"overbought": printed >= OVERBOUGHT, "oversold": printed <= OVERSOLD}
    before, sessions = series.level(begins - 1), len(past) - begins
    for name, inside in zones.items():
        if inside[-1]:
            high = name == "overbought"
            rarity = rarity_of_level(past.days, past.values, high=high)
            rarity = awaited(rarity, past.values, begins, sessions, high=high)
            numbers = {"level": series.level(len(past) - 1), "before": before}
            yield made("rsi_zone", index, Found(rarity, numbers), zone=name)
            return
    left = {
        name: begins + int(np.flatnonzero(inside[begins - 1 :])[-1])
        for name, inside in zones.items()
        if inside[begins - 1 :].any()
    }
    if left:
        name = max(left, key=lambda one: left[one])
        times = int((zones[name][:-1] & ~zones[name][1:]).sum())
        rarity = once_in(past.days, times, sessions * len(INDICES))
        numbers = {"level": series.level(left[name]), "before": before}
        yield made("rsi_zone", index, Found(rarity, numbers), zone=f"left {name}")


def _run_ups(histories: Histories, span: Span) -> Iterator[Finding]:
    """How many shares ran up, and how many had before the span."""
    seen = in_span(histories.of("runup_30d_ge_90pct_count", "all"), span)
    if seen:
        series, begins = Series(seen[0], "count"), seen[1]
        rarity = level(series, begins).rarity
        numbers = {"count": series.level(len(series) - 1), "before": series.level(begins - 1)}
        yield made("runups", "all", Found(rarity, numbers))


def _crowding(histories: Histories, span: Span) -> Iterator[Finding]:
    """A group's share of turnover beside its share of tradable value, if so crowded is rare."""
    seen = in_span(histories.of("crowding", "TMT"), span)
    traded = in_span(histories.of("turnover_share", "TMT"), span)
    if seen is None or traded is None:
        return
    past, begins = seen
    rarity = rarity_of_level(past.days, past.values, high=True)
    place = traded[0].place(past.day(len(past) - 1))
    if rarity.q is None or rarity.q < CROWDED or place is None:
        return
    share = Series(traded[0], "fraction").level(place)
    # crowding = ln(share of turnover / share of value): the second share follows from both.
    kappa = float(np.exp(past.values[-1]))
    known = max(share.known_at, past.known_at(len(past) - 1))
    numbers = {
        "turnover_share": share,
        "value_share": Number(share.value / kappa, "fraction", share.day, known),
    }
    rarity = awaited(rarity, past.values, begins, len(past) - begins, high=True)
    yield made("crowding_level", "TMT", Found(rarity, numbers))


def _policy_words(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """Each term that the evening news names more than usual by a deviation.

    The terms have little in common, so that the rarest of ten is not as rare as each. Rate
    and rank are of one day: a rank without its number is not told.
    """
    listed = frames.get("policy_term", pl.DataFrame(schema={"term": pl.String}))
    terms = listed["term"].unique().sort()
    for term in terms:
        seen = in_span(histories.of("policy_intensity", term), span)
        rates = in_span(histories.of("policy_frequency_30d", term), span)
        if seen is None or rates is None or seen[0].values[-1] < USUAL:
            continue
        past, begins = seen
        place = rates[0].place(past.day(len(past) - 1))
        if place is None:
            continue
        rarity = rarity_of_level(past.days, past.values, high=True)
        rarity = awaited(rarity, past.values, begins, len(past) - begins, high=True)
        rate = Series(rates[0], "per 10,000 characters").level(place)
        seen_of_all = Found(among(rarity, len(terms)), {"rate": rate})
        yield made("policy_words", term, seen_of_all, term=term)


def _earnings_gap(histories: Histories, span: Span) -> Iterator[Finding]:
    """Growth of both sevens in the last quarter that both have told, if one told it in the span."""
    china, america = (histories.of("earnings_growth", one) for one in (CHINA, AMERICA))
    if china is None or america is None:
        return
    both = np.intersect1d(china.days, america.days)
    if not both.size:
        return
    quarter = both[-1].item()
    numbers = dict(_growth("china", china, quarter)) | dict(_growth("america", america, quarter))
    if any(is_news(one.known_at, span) for one in numbers.values()):
        yield made("earnings_gap", f"{CHINA}-{AMERICA}", Found(unranked(quarter), numbers))


def _growth(role: str, past: History, quarter: date) -> Iterator[tuple[str, Number]]:
    place, series = past.place(quarter), Series(past, "fraction")
    if place is not None:
        yield role, series.level(place)
        yield f"n_{role}", series.number(place, float(past.counts[place]), "count")


def _revisions(histories: Histories, span: Span) -> Iterator[Finding]:
    """Which shares of the revised estimates of 90 days were raised and cut."""
    seen = in_span(histories.of("eps_revision_breadth_90d", "all"), span)
    if seen is None or not seen[0].counts[-1] >= FEWEST_REVISIONS:
        return
    past, begins = seen
    series, last, breadth = Series(past, "fraction"), len(past) - 1, float(past.values[-1])
    numbers = {
        "n": series.number(last, float(past.counts[last]), "count"),
        "raised": series.number(last, (1 + breadth) / 2),
        "cut": series.number(last, (1 - breadth) / 2),
    }
    yield made("revisions", "all", Found(level(series, begins).rarity, numbers))


def _explosive(histories: Histories, span: Span) -> Iterator[Finding]:
    """Indices whose price grows explosively by the test, and those that no longer do."""
    tested = (SHANGHAI_COMPOSITE, *LEADING)
    for index in tested:
        seen = in_span(histories.of("explosive_p_value", index), span)
        weeks = in_span(histories.of("explosive_weeks", index), span)
        if seen is None:
            continue
        past, begins = seen
        found = past.values < SIGNIFICANT
        if not found[-1] and not found[begins - 1]:
            continue
        last, times = len(past) - 1, int((found[1:] & ~found[:-1]).sum())
        is_new = bool(found[-1] != found[begins - 1])
        weeks_told = (len(past) - begins) * len(tested)
        rarity = once_in(past.days, times, weeks_told) if is_new else unranked(past.day(0))
        numbers = {"p": Series(past, "p value").level(last)}
        if found[-1] and weeks and weeks[0].values[-1] >= 1:
            numbers["weeks"] = Series(weeks[0], "count").level(len(weeks[0]) - 1)
        yield made("psy", index, Found(rarity, numbers), found="yes" if found[-1] else "no longer")


def _pattern(histories: Histories, span: Span) -> Iterator[Finding]:
    """Which share of the windows fits the bubble pattern."""
    for index in (SHANGHAI_COMPOSITE, STAR_50):
        seen = in_span(histories.of("lppls_confidence_positive", index), span)
        if seen and seen[0].values[-1] >= FITTING:
            series, begins = Series(seen[0], "fraction"), seen[1]
            numbers = {
                "share": series.level(len(series) - 1),
                "windows": series.counted(len(WINDOWS)),
            }
            yield made("lppls", index, Found(level(series, begins).rarity, numbers))


def _flows(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """What the mainland bought in Hong Kong over the span, and what technology funds took in."""
    rows = frames.get("stock_connect", pl.DataFrame())
    if not rows.is_empty():
        southbound = rows.filter(
            pl.col("direction") == "southbound", pl.col("trade_date") <= span.last
        ).drop_nulls("net_buy_hkd")
        seen = in_span(history(southbound, "trade_date", "net_buy_hkd"), span)
        summed = sum_over(Series(seen[0], "HKD"), seen[1])[0] if seen else None
        if summed:
            numbers = {role: summed.numbers[role] for role in ("total", "sessions")}
            yield made("southbound", "HK", Found(summed.rarity, numbers))
    seen = in_span(histories.of("etf_inflow_20d_cny", "technology"), span)
    if seen:
        series, begins = Series(seen[0], "CNY"), seen[1]
        numbers = {"total": series.level(len(series) - 1)}
        yield made("etf_inflow", "technology", Found(level(series, begins).rarity, numbers))


def history(rows: pl.DataFrame, day: str, value: str) -> History | None:
    """Rows of a dataset as a series; None without any."""
    if rows.is_empty():
        return None
    ordered = rows.sort(day)
    return History(
        ordered[day].to_numpy(),
        ordered[value].cast(pl.Float64).to_numpy(),
        ordered["known_at"].cast(pl.Datetime("us")).to_numpy(),
        np.full(ordered.height, np.nan),
    )
