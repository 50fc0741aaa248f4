"""Drawn weeks told to their end: five kinds of markets, evaluated once and cut week by week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from unittest import mock

import polars as pl

from templates.companies import english_company_name
from templates.format import company_name
from templates.wording.front import front, subject
from templates.wording.language import LANGUAGES
from templates.wording.names import LISTS
from templates.wording.text import Text
from templates.wording.told import Setting
from tests import markets
from tests.templates.contradictions import contradictions
from tests.templates.reading import Contradiction, Page, statements
from tests.templates.recomputed import INDICES, READ, Evidence
from transforms.engine import evaluate as engine
from transforms.findings import report
from transforms.findings.span import span_of
from transforms.findings.summary import summary
from transforms.issue.missing import absences
from warehouse.catalog import cutoff, dataset
from warehouse.files import reference

Frames = dict[str, pl.DataFrame]

KINDS = ("bull", "crash", "quiet", "holiday", "half the sources dead")
SLOW = ("explosive", "lppls", "bsadf")  # tests of explosive growth: minutes each, and no verbs
PRICES = ("open", "high", "low", "close")
# The datasets that findings look into beside the metric frame.
LOOKED_INTO = (
    "stock_daily", "adjustment_factor", "security", "theme_membership", "stock_connect",
    "policy_event", "policy_term", "ipo_hk", "ipo_a", "ipo_pipeline", "announcement",
    "unicorn_count", "trade_calendar",
)  # fmt: skip
LISTINGS = ("ipo_", "unicorn_")  # told in three of the markets; a fifth of the time of a week
# Metrics with series of many more indices and groups than findings tell of.
WIDE = ("rsi_14", "share_above_ma50", "breadth_up_share", "risen_in_5d_share", "close", "pe_ttm",
        "equity_risk_premium")  # fmt: skip
CALM_FROM, STOPPED_FROM = date(2023, 12, 1), date(2025, 1, 15)


def drawn(kind: str) -> Frames:
    """All datasets of a market of a kind, to the middle of January 2026."""
    frames = markets.market(KINDS.index(kind))
    days = markets.trading_days()
    frames["trade_calendar"] = pl.DataFrame({"trade_date": days})
    frames["policy_event"] = reference(dataset("policy_event")).with_columns(
        known_at=pl.col("announced_on").cast(pl.Datetime("us")) + pl.duration(hours=15)
    )
    if kind == "holiday":
        return _with_holidays(frames, days)
    if kind == "half the sources dead":
        return _half_dead(frames)
    if kind != "bull":
        frames = {name: f for name, f in frames.items() if not name.startswith(LISTINGS)}
    for name in ("index_daily", "stock_daily"):
        frames[name] = _shaped(frames[name], kind, days)
    return frames


def _shaped(bars: pl.DataFrame, kind: str, days: list[date]) -> pl.DataFrame:
    """The same bars on another path: up, with slides, or suddenly calm."""
    bent = {"bull": 0.5, "crash": 0.5, "quiet": 1.0}[kind]
    path, tilt = 0.0, []
    for place in range(len(days)):
        path += {"bull": 0.002, "crash": 0.001, "quiet": 0.0}[kind]
        path -= 0.06 if kind == "crash" and place % 75 in {70, 71, 73} else 0.0
        tilt.append(path)
    tilted = bars.join(
        pl.DataFrame({"trade_date": days, "tilt": tilt}), on="trade_date", maintain_order="left"
    ).with_columns((pl.col(name) ** bent * pl.col("tilt").exp()) for name in _priced(bars))
    if kind == "quiet":
        calm = pl.col("trade_date") >= CALM_FROM
        start = pl.col("close").filter(~calm).last().over("code")
        tilted = tilted.with_columns(
            pl.when(calm).then(start * (pl.col(name) / start) ** 0.03).otherwise(name).alias(name)
            for name in _priced(bars)
        )
    blank = {"previous_close": pl.lit(None, pl.Float64)} if "previous_close" in bars.columns else {}
    return tilted.drop("tilt").with_columns(**blank)


def _priced(bars: pl.DataFrame) -> list[str]:
    return [name for name in PRICES if name in bars.columns]


def _with_holidays(frames: Frames, days: list[date]) -> Frames:
    """Every week lacks some days, every third one all but one or two."""
    kept = [d for d in days if d.weekday() not in
            {0: {0, 1, 2}, 1: {4}, 2: {0, 1, 2, 3}, 3: {2, 3}}[d.isocalendar().week % 4]]  # fmt: skip
    return {
        name: f.filter(pl.col("trade_date").is_in(kept)) if "trade_date" in f.columns else f
        for name, f in frames.items()
    }


def _half_dead(frames: Frames) -> Frames:
    """Every second dataset has nothing after a day of January 2025."""
    stopped = sorted(frames)[::2]
    return {
        name: f.filter(pl.col("known_at") < STOPPED_FROM)
        if name in stopped and "known_at" in f.columns and name != "trade_calendar" else f
        for name, f in frames.items()
    }  # fmt: skip


def evaluated(frames: Frames) -> pl.DataFrame:
    """The metrics that findings read, but those of the slow tests."""
    graph, part = engine._graph(), {}
    todo = [name for name in (*report.READ, *READ) if not name.startswith(SLOW)]
    while todo:
        step = todo.pop()
        if step in graph and step not in part and not step.startswith(SLOW):
            part[step] = graph[step]
            todo += graph[step]
    with mock.patch.object(engine, "_graph", return_value=part):
        return engine.evaluate(frames, markets.LAST)


def told_of(metrics: pl.DataFrame) -> pl.DataFrame:
    """What findings, and what they are held against, read of METRIC_FRAME."""
    return metrics.filter(
        pl.col("metric").is_in([*report.READ, *READ]),
        pl.col("entity").is_in([*INDICES, "tech", "all"]) | ~pl.col("metric").is_in(WIDE),
    )


def week_ends(days: list[date], since: date = date.min) -> list[date]:
    """The last session of each week that has ended."""
    return [day for day, following in pairwise(days)
            if day >= since and day.isocalendar()[:2] != following.isocalendar()[:2]]  # fmt: skip


def pages(
    metrics: pl.DataFrame, frames: Mapping[str, pl.DataFrame], day: date, *, gaps: bool = False
) -> Iterator[tuple[Page, Evidence]]:
    """What the issue of a day says first, in both languages, and what it is held against.

    metrics: METRIC_FRAME of a later day, which is cut; frames: the datasets by_known, which are cut
    too; gaps: whether what is missing is told.
    """
    moment = cutoff(day)
    seen = metrics.filter(pl.col("observation_date") <= day, pl.col("known_at") <= moment)
    known = {
        name: f.head(f["known_at"].search_sorted(moment, "right")) if "known_at" in f.columns else f
        for name, f in frames.items()
    }
    span = span_of(day, frames["trade_calendar"]["trade_date"].to_list())
    if span is None:
        return
    absent = absences(known, seen, day) if gaps else None
    told = summary(report.findings(seen, known, day, absent))
    evidence = Evidence(seen, span)
    names, titles = _names(known), _titles(tuple(known["policy_event"]["title_en"]),
                                           tuple(known["policy_event"]["title_zh"]))  # fmt: skip
    called = [way for code, name in names.items() for way in _called(code, name)]
    lists = tuple(name for one in LISTS.values() for name in (one.en, one.zh))
    for code, language in LANGUAGES.items():
        setting = Setting(day, span, names)
        said = front(told, setting, language)
        top = (told.headline or told.lede)[:1]
        mail = subject(top[0], setting, language, "2026-W03") if top else Text()
        listed = (*said.findings, *said.further)  # the rest is told elsewhere, and as true
        whole = "".join(map(str, (said.headline, said.lede, *listed, mail)))
        chosen = tuple(name for name in (*called, *titles) if name in whole)
        yield Page(code, said.headline, said.lede, listed, mail, chosen + lists), evidence


def by_known(frames: Mapping[str, pl.DataFrame]) -> Frames:
    """The datasets that findings look into, so that what a day knew is the head of each."""
    looked = {name: frames[name] for name in LOOKED_INTO if name in frames}
    return {name: f.sort("known_at", maintain_order=True) if "known_at" in f.columns else f
            for name, f in looked.items()}  # fmt: skip


def _names(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    listed = [frames[name] for name in ("security", "ipo_hk") if name in frames]
    rows = [one.select("code", "name").unique("code") for one in listed if "name" in one.columns]
    return {code: name for one in rows for code, name in one.iter_rows()}


@cache  # for a hundred weeks the same thousands, and a few more in each
def _called(code: str, name: str) -> tuple[str, str]:
    """What a company is called in Chinese and in English."""
    return company_name(code, {code: name}), english_company_name(code, {code: name})


@cache
def _titles(english: tuple[str, ...], chinese: tuple[str, ...]) -> tuple[str, ...]:
    """What was announced, whole and as a headline shortens it, where a small letter may begin."""
    found: list[str] = []
    for title in (*english, *chinese):
        for one in (title, *(title.partition(mark)[0] for mark in (", ", "; ", " (", "，", "；"))):
            plain = one.replace("\N{NO-BREAK SPACE}", " ")
            found += [plain, plain[:1].lower() + plain[1:]]
    return tuple(dict.fromkeys(found))


def told_weeks(kind: str, count: int) -> tuple[int, int, list[tuple[date, Contradiction]]]:
    """How many of the last weeks of a market were read, their statements, and what is not so."""
    frames = drawn(kind)
    metrics = told_of(evaluated(frames))
    looked = by_known(frames)
    ends = week_ends(frames["trade_calendar"]["trade_date"].to_list())[-count:]
    read, found = 0, []
    for place, day in enumerate(ends):
        gaps = kind == KINDS[-1] and place % 5 == 0  # each costs as much as all findings
        for page, evidence in pages(metrics, looked, day, gaps=gaps):
            read += len(statements(page))
            found += [(day, one) for one in contradictions(page, evidence)]
    return len(ends), read, found
