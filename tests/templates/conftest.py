"""Issues drawn in code: a small market told through the real metrics, in three moods."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pypdf import PdfReader

from templates import render, web
from templates.publication import Publication, publication
from tests.homes import MadeOnce
from tests.templates.filling import pdf_and_filling
from transforms.engine.evaluate import evaluate
from transforms.facts import FactBook
from transforms.findings.facts import finding_facts
from transforms.findings.report import findings
from transforms.findings.span import span_of
from transforms.issue.claims import check_claims
from transforms.issue.doubts import doubts
from transforms.issue.issue import Issue
from transforms.issue.missing import absences
from transforms.issue.movers import chinese_names, movers, name_origins
from transforms.issue.printable import facts
from transforms.issue.reconciliation import reconcile
from transforms.issue.scorecard import readings, scorecard, thesis_facts
from transforms.outlook import backtest, outlook
from warehouse.catalog import cutoff
from warehouse.contract import empty as empty_table
from warehouse.tables import SYSTEM_TABLES

AS_OF, NOVEMBER = date(2026, 1, 13), date(2026, 11, 27)
ALWAYS = datetime(1990, 1, 1)
INDICES = {
    "000001.SH": 3000.0,
    "399006.SZ": 1800.0,
    "000688.SH": 900.0,
    "000300.SH": 3500.0,
    "HSTECH.HK": 4200.0,
}
AEROSPACE = {"688523.SH": "航天环宇", "000547.SZ": "航天发展", "600118.SH": "中国卫星"}
SOURCES = {
    "index_daily": ["sina"],
    "stock_daily": ["sina"],
    "margin_market": ["sse", "szse"],
    "market_turnover": ["sse", "szse"],
    "ipo_hk": ["hkex"],
}


def sessions(count: int) -> list[date]:
    """Weekdays up to the as-of date, without the first week of October."""
    days = (AS_OF - timedelta(days=back) for back in range(count * 2))
    trading = [d for d in days if d.weekday() < 5 and not (d.month == 10 and d.day <= 8)]
    return sorted(trading[:count])


def weekdays(after: date, last: date) -> list[date]:
    """The weekdays after a day, up to another."""
    days = (after + timedelta(days=n) for n in range(1, (last - after).days + 1))
    return [day for day in days if day.weekday() < 5]


def dated(frame: pl.DataFrame, hours: int = 8, days: int = 0) -> pl.DataFrame:
    """The rows with the moment they became known and their source."""
    known = pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(days=days, hours=hours)
    return frame.with_columns(known_at=known, source=pl.lit("drawn"))


def path(count: int, drift: float, phase: float, seed: int) -> np.ndarray:
    """A price path from 1: a drift that steepens at the end, a slow wave and a little noise."""
    steps = np.arange(count)
    surge = np.clip(steps - count + 25, 0, None) * drift * 3
    noise = np.random.default_rng(seed).normal(0, 0.012, count).cumsum()
    return np.exp(steps * drift + surge + 0.06 * np.sin(steps / 30 + phase) + noise)


def index_frames(days: list[date], drift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Closes and valuations of a handful of indices."""
    prices, valuations = [], []
    for number, (code, base) in enumerate(INDICES.items()):
        closes = base * path(len(days), drift, number, number)
        prices.append(pl.DataFrame({"code": code, "trade_date": days, "close": closes}))
        ratios = 15 + number * 8 + 4 * np.log(closes / base)
        valuations.append(pl.DataFrame({"code": code, "trade_date": days, "pe_ttm": ratios}))
    blank = [pl.lit(None, pl.Float64).alias(n) for n in ("pb", "dividend_yield")]
    return pl.concat(prices), pl.concat(valuations).with_columns(blank)


def stock_frames(days: list[date], drift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forty shares, the aerospace ones with a run-up of six weeks and a fall on the last day."""
    codes = [*AEROSPACE, *(f"{300000 + n:06d}.SZ" for n in range(37))]
    bars, rows = [], []
    for number, code in enumerate(codes):
        closes = 20 * path(len(days), drift, number / 3, 100 + number)
        if code in AEROSPACE:
            closes = closes * np.exp(np.clip(np.arange(len(days)) - len(days) + 31, 0, None) * 0.03)
            closes[-1] = closes[-2] * (0.82 if number == 0 else 0.9)
        bars.append(pl.DataFrame({"code": code, "trade_date": days, "close": closes}))
        industry = "半导体" if number % 2 else "航空"
        rows.append(
            {
                "code": code,
                "name": AEROSPACE.get(code, f"样本{number}"),
                "industry": industry,
                "area": "",
                "board": "ChiNext",
            }
        )
    security = pl.DataFrame(rows).with_columns(
        valid_from=pl.lit(date(1990, 1, 1)),
        valid_to=pl.lit(None, pl.Date),
        known_at=pl.lit(ALWAYS),
        source=pl.lit("drawn"),
    )
    return pl.concat(bars), security


def money_frames(days: list[date], drift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turnover of two exchanges with a record at the end of a rise; margin known a day later."""
    level = path(len(days), drift * 1.5, 1.0, 7)
    turnover = pl.concat(
        pl.DataFrame({"exchange": name, "trade_date": days, "amount_cny": level * size})
        for name, size in (("SSE", 6e11), ("SZSE", 8e11))
    )
    margin = pl.DataFrame(
        {
            "trade_date": days[:-1],
            "financing_balance_cny": path(len(days), drift, 2.0, 8)[:-1] * 1.8e12,
        }
    )
    return turnover, margin


def theme_frame() -> pl.DataFrame:
    """What counts as technology, and the aerospace theme."""
    rows = [
        ("tech", "industry", "半导体"),
        *(("commercial_aerospace", "code", c) for c in AEROSPACE),
    ]
    return pl.DataFrame(rows, schema=["theme", "kind", "member"], orient="row").with_columns(
        valid_from=pl.lit(date(2020, 1, 1)),
        valid_to=pl.lit(None, pl.Date),
        list_version=pl.lit("1"),
        note=pl.lit(None, pl.String),
        known_at=pl.lit(ALWAYS),
        source=pl.lit("drawn"),
    )


def listing_frame(days: list[date]) -> pl.DataFrame:
    """A listing in Hong Kong every sixth session, most of which rise on the first day."""
    chosen = days[::-6][::-1]
    returns = [0.3 * math.sin(n) + 0.2 for n in range(len(chosen))]
    frame = pl.DataFrame(
        {
            "code": [f"{6000 + n:05d}.HK" for n in range(len(chosen))],
            "name": [f"樣本{n}科技股份有限公司 - H股" for n in range(len(chosen))],
            "trade_date": chosen,
            "listing_date": chosen,
            "offer_price_hkd": 10.0,
            "funds_raised_hkd": [2e9 + 1e8 * n for n in range(len(chosen))],
            "first_day_close_hkd": [10 * (1 + r) for r in returns],
            "first_day_return": returns,
            "industry": "半导体",
            "flags": "",
        }
    )
    return dated(frame, hours=9).drop("trade_date")


def unicorn_frame() -> pl.DataFrame:
    """Two years of one list."""
    return pl.DataFrame({
        "list_name": ["List"] * 2, "scope": ["CN-AI"] * 2, "year": [2024, 2025],
        "observation_date": [date(2024, 12, 31), date(2025, 12, 31)], "count": [2, 9],
        "publisher": ["P"] * 2, "url": ["u"] * 2,
        "published_on": [date(2025, 1, 5), date(2025, 12, 31)],
        "known_at": [datetime(2025, 1, 5), datetime(2025, 12, 31)], "source": ["drawn"] * 2,
    })  # fmt: skip


def frames(count: int, drift: float) -> dict[str, pl.DataFrame]:
    """All core datasets of `count` sessions in a market that drifts by `drift` a day."""
    days = sessions(count)
    prices, valuations = index_frames(days, drift)
    stocks, security = stock_frames(days, drift)
    turnover, margin = money_frames(days, drift)
    return {
        "trade_calendar": dated(pl.DataFrame({"trade_date": days})),
        "index_daily": dated(prices),
        "index_valuation": dated(valuations),
        "stock_daily": dated(stocks.with_columns(previous_close=pl.lit(None, pl.Float64))),
        "market_turnover": dated(turnover),
        "margin_market": dated(margin, hours=1, days=1),
        "security": security,
        "theme_membership": theme_frame(),
        "ipo_hk": listing_frame(days),
        "unicorn_count": unicorn_frame(),
    }


def health(
    core: dict[str, pl.DataFrame], late: tuple[str, ...] = (), as_of: date = AS_OF
) -> pl.DataFrame:
    """One row per dataset; those in `late` stopped a week before the market did, of a later issue
    all stopped with the market; absent ones are missing.
    """
    names = ["index_daily", "index_valuation", "ipo_a", "ipo_hk", "margin_market",
             "market_turnover", "security", "stock_daily", "theme_membership", "trade_calendar",
             "unicorn_count"]  # fmt: skip
    rows = []
    for name in names:
        stopped = name in late or as_of > AS_OF
        state = "missing" if name not in core else "late" if stopped else "fresh"
        newest = None if state == "missing" else AS_OF - timedelta(days=7 * (name in late))
        rows.append({
            "dataset": name, "label": name.replace("_", " ").capitalize(),
            "newest_observation": newest, "expected_observation": as_of,
            "behind": len(weekdays(newest, as_of)) if newest else 0,
            "known_at": None if newest is None else cutoff(newest),
            "fetched_at": None if newest is None else cutoff(newest),
            "sources": "drawn", "rows": core[name].height if name in core else 0, "state": state,
            "read": name != "ipo_a",
        })  # fmt: skip
    return pl.DataFrame(
        rows, schema_overrides={"newest_observation": pl.Date, "fetched_at": pl.Datetime("us")}
    )


GAPS = pl.DataFrame({
    "subject": ["New investor accounts", "Forward earnings of United States megacaps"],
    "since": [date(2023, 8, 31), None],
    "why": [
        (
            "The clearing house stopped the monthly figures; Shanghai's own are not in any interface "
            "we use."
        ),
        "No consensus of them can be fetched through akshare.",
    ],
    "instead": [
        "Investors taking part in margin trading, from the daily margin statistics.",
        "Growth of reported net profit over the last four quarters.",
    ],
})  # fmt: skip

REFUSALS = pl.DataFrame(
    {
        "dataset": ["index_daily", "stock_daily"],
        "rule": ["not_a_trading_day", "prices_are_ordered"],
        "rows": [3, 2],
        "last": [AS_OF, AS_OF],
    }
)


def second_host(core: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Two indices and another host's closes of them, which differ on the last day of STAR 50."""
    if "index_daily" not in core:
        return {}
    headlines = core["index_daily"].filter(pl.col("code").is_in(["000001.SH", "000688.SH"]))
    off = (pl.col("code") == "000688.SH") & (pl.col("trade_date") == AS_OF)
    close = pl.when(off).then(pl.col("close") * 1.0234).otherwise("close")
    second = headlines.with_columns(close=close, source=pl.lit("other"))
    return {"index_daily": headlines, "index_close_check": second}


def issue(core: dict[str, pl.DataFrame], late: tuple[str, ...] = (), as_of: date = AS_OF) -> Issue:
    """The issue that follows from the frames."""
    metric_frame = evaluate(core, as_of)
    nobody = empty_table(SYSTEM_TABLES["mart.forecast"])
    seen = backtest.outlook(metric_frame)
    studies, _ = outlook.studies(metric_frame, core, nobody)
    said = outlook.outlook_facts(seen, studies, as_of, SOURCES)
    absent = absences(core, metric_frame, as_of)
    happened = findings(metric_frame, core, as_of, absent)
    printed = finding_facts(happened, as_of, SOURCES)
    calendar = core["trade_calendar"]["trade_date"].to_list() if "trade_calendar" in core else []
    card = scorecard(metric_frame, core.get("trade_calendar"), as_of)
    theses = thesis_facts(card, as_of)
    book = FactBook([*facts(metric_frame, as_of, SOURCES), *said, *printed, *theses])
    names = chinese_names(core)
    return Issue(
        issue_id=as_of.isoformat(), as_of=as_of, requested=as_of, cutoff=cutoff(as_of), facts=book,
        series=metric_frame.filter(pl.col("observation_date") >= as_of - timedelta(days=730)),
        health=health(core, late, as_of), discrepancies=reconcile(second_host(core), as_of),
        gaps=GAPS if core else GAPS.clear(),
        refusals=REFUSALS if core else REFUSALS.clear(),
        claims=check_claims(book, as_of), simulated=False, names=names, name_origins=name_origins(core),
        movers=movers(metric_frame, names), outlook=seen, theses=readings(card, book, as_of),
        absent=absent, doubted=doubts(core, as_of), findings=tuple(happened), span=span_of(as_of, sorted(calendar)),
    )  # fmt: skip


def rising() -> Issue:
    """Three years of a rally that ends in a surge; everything on time."""
    return issue(frames(760, 0.0009))


def falling() -> Issue:
    """Three years of decline that ends in a slide, late in
    two datasets, asked for on a Saturday.
    """
    core = frames(760, -0.0009)
    for name in ("margin_market", "stock_daily"):
        core[name] = core[name].filter(pl.col("trade_date") <= AS_OF - timedelta(days=7))
    drawn = issue(core, late=("margin_market", "stock_daily"))
    return replace(drawn, requested=date(2026, 1, 17), simulated=True)


def standing() -> Issue:
    """The rally of January, of which nothing new has come by the end of November."""
    core = frames(760, 0.0009)
    later = pl.DataFrame({"trade_date": weekdays(AS_OF, NOVEMBER)})
    core["trade_calendar"] = pl.concat([core["trade_calendar"], dated(later)])
    return issue(core, as_of=NOVEMBER)


def thin() -> Issue:
    """Six weeks of a few indices and nothing else."""
    core = frames(30, 0.0009)
    return issue({name: core[name] for name in ("index_daily", "trade_calendar")})


def empty() -> Issue:
    """A day before which nothing at all was known."""
    return issue({})


MOODS: dict[str, Callable[[], Issue]] = {
    "rising": rising,
    "falling": falling,
    "standing": standing,
    "thin": thin,
    "empty": empty,
}
FULL = ("rising", "falling", "standing")
PRINTED = (*FULL, "thin")


MadeOf = Callable[[str, Iterable[str], Callable[[str], Any]], dict[str, Any]]
LaidOut = dict[str, tuple[bytes, list[float]]]


@pytest.fixture(scope="session")
def of_moods(made_once: MadeOnce, worker_id: str) -> MadeOf:
    """`of_moods(what, moods, make)`: what `make` gives of each mood, made once for all workers.

    Every other worker begins at the last one, so that they share the work.
    """

    def of(what: str, moods: Iterable[str], make: Callable[[str], Any]) -> dict[str, Any]:
        def file_of(mood: str) -> Path:
            def write(folder: Path) -> None:
                (folder / "pickled").write_bytes(pickle.dumps(make(mood)))

            return made_once(f"{what}-{mood}", write) / "pickled"

        backwards = worker_id[-1] in "13579"
        names = [*moods]
        files = {mood: file_of(mood) for mood in (names[::-1] if backwards else names)}
        return {mood: pickle.loads(files[mood].read_bytes()) for mood in names}

    return of


@pytest.fixture(scope="session")
def issues(of_moods: MadeOf) -> dict[str, Issue]:
    """One issue per mood."""
    return of_moods("issue", MOODS, lambda mood: MOODS[mood]())


@pytest.fixture(scope="session")
def published(issues: dict[str, Issue]) -> Callable[..., Publication]:
    """`published(mood, language)`: its sections, built once for all that is printed of them."""

    @cache
    def of(mood: str, language: str = "en") -> Publication:
        return publication(issues[mood], language)

    return of


@pytest.fixture(scope="session")
def documents(of_moods: MadeOf, published: Callable[..., Publication]) -> dict[str, str]:
    """The HTML of each issue."""
    return of_moods("page", MOODS, lambda mood: render.document(published(mood)))


@pytest.fixture(scope="session")
def webs(
    of_moods: MadeOf, published: Callable[..., Publication]
) -> Callable[[str], dict[str, str]]:
    """`webs(language)`: the HTML edition of each issue but the standing one."""

    @cache
    def of(language: str) -> dict[str, str]:
        moods = ("rising", "falling", "thin", "empty")
        return of_moods(
            f"web-{language}", moods, lambda mood: web.document(published(mood, language))
        )

    return of


@pytest.fixture(scope="session")
def laid_out(of_moods: MadeOf, published: Callable[..., Publication]) -> Callable[[str], LaidOut]:
    """`laid_out(language)`: the PDF of each issue of something, and how full its pages are."""

    def make(mood: str, language: str) -> tuple[bytes, list[float]]:
        whole = published(mood, language)
        return pdf_and_filling(render.document(whole), whole.issue.as_of)

    @cache
    def of(language: str) -> LaidOut:
        moods = PRINTED if language == "en" else FULL
        return of_moods(f"pdf-{language}", moods, lambda mood: make(mood, language))

    return of


@pytest.fixture(scope="session")
def pdfs(laid_out: Callable[[str], LaidOut]) -> dict[str, bytes]:
    """The English PDF of each issue of something."""
    return {mood: content for mood, (content, _) in laid_out("en").items()}


@pytest.fixture(scope="session")
def texts(of_moods: MadeOf, pdfs: dict[str, bytes]) -> dict[str, list[str]]:
    """What can be read on each page of each PDF, places kept apart."""

    def read(mood: str) -> list[str]:
        pages = PdfReader(io.BytesIO(pdfs[mood])).pages
        return [" ".join(one.extract_text(extraction_mode="layout").split()) for one in pages]

    return of_moods("text", PRINTED, read)
