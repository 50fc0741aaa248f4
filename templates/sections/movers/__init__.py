"""The most extreme moves, and the theme in which they happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from templates import canvas, charts
from templates.canvas import Line
from templates.format import Number, company_name, level, signed
from templates.issue_view import (
    Footing,
    History,
    Lateness,
    counted,
    earlier,
    footing,
    history,
    lateness,
    latest,
)
from templates.signals import MANY_RUNUPS
from transforms.facts import Fact
from transforms.issue.issue import Issue

SLUG, TITLE = "movers", "Extreme movers"
FEATURED = ("688523.SH", "000547.SZ")
EPISODE_DAYS, COUNT_DAYS, SHOWN = 60, 250, 14


@dataclass(frozen=True)
class Mover:
    """One share of the theme, with the facts of its last day."""

    code: str
    name: str
    close: Fact | None
    day: Fact | None
    runup: Fact | None
    drawdown: Fact | None
    peak: date | None


@dataclass(frozen=True)
class Episode:
    """The featured shares from a common start, and how the latest day ended for them."""

    svg: str
    worst: Mover
    start: date
    footing: Footing


@dataclass(frozen=True)
class CountFigure:
    """How many stocks stand 90% or more above their low of 30 days."""

    svg: str
    fact: Fact
    before: Fact | None
    footing: Footing


@dataclass(frozen=True)
class Movers:
    """The page; a figure without data is None."""

    rows: list[Mover]
    fallen: Number
    total: Number
    episode: Episode | None
    count: CountFigure | None
    late: list[Lateness]


def build(issue: Issue) -> Movers:
    """All that the page prints."""
    movers = [
        _mover(issue, row["code"], row["peak_date"]) for row in issue.movers.iter_rows(named=True)
    ]
    ordered = sorted(movers, key=_height, reverse=True)
    return Movers(
        rows=ordered[:SHOWN],
        fallen=counted(sum(bool(m.day and m.day.value < 0) for m in movers), "movers#fell"),
        total=counted(len(movers), "movers#all"),
        episode=_episode(issue, {mover.code: mover for mover in ordered}),
        count=_count(issue),
        late=lateness(issue, "stock_daily", "theme_membership"),
    )


def _mover(issue: Issue, code: str, peak: date | None) -> Mover:
    metrics = ("close_cny", "return_1d", "runup_30d", "drawdown_60d")
    close, day, runup, drawdown = (latest(issue, metric, code) for metric in metrics)
    return Mover(code, company_name(code, issue.names), close, day, runup, drawdown, peak)


def _height(mover: Mover) -> float:
    return mover.runup.value if mover.runup else float("-inf")


def _episode(issue: Issue, movers: dict[str, Mover]) -> Episode | None:
    """The featured shares; if they are not followed, the two with the largest run-ups."""
    codes = [c for c in FEATURED if c in movers] or list(movers)[:2]
    past = {code: history(issue, "return_1d", code).last(EPISODE_DAYS) for code in codes}
    facts = [fact for code in codes if (fact := latest(issue, "return_1d", code))]
    days = sorted({day for returns in past.values() for day in returns.days})[-EPISODE_DAYS:]
    if len(days) < 2 or not facts:
        return None
    drawn = [
        Line(growth(past[fact.entity], days), f"{movers[fact.entity].name}\n{signed(fact)}", colour)
        for fact, colour in zip(facts, (canvas.ALARM, canvas.ACCENT), strict=False)
    ]
    svg = charts.lines(
        days,
        drawn,
        canvas.Scale(0.01, "start of the period = 100"),
        width=canvas.FULL,
        height=66.0,
        room=17.0,
    )
    worst = min(facts, key=lambda fact: fact.value)
    return Episode(svg, movers[worst.entity], days[0], footing(issue, *facts))


def growth(past: History, days: list[date]) -> list[float]:
    """The value of 1 held since the first of `days`; flat while the share is suspended."""
    by_day = dict(zip(past.days, past.values, strict=True))
    values = [1.0]
    for day in days[1:]:
        values.append(values[-1] * (1.0 + by_day.get(day, 0.0)))
    return values


def _count(issue: Issue) -> CountFigure | None:
    fact, before = (f(issue, "runup_30d_ge_90pct_count", "all") for f in (latest, earlier))
    past = history(issue, "runup_30d_ge_90pct_count", "all").last(COUNT_DAYS)
    if fact is None or not len(past):
        return None
    svg = charts.bars(
        past.days,
        past.values,
        canvas.COUNT,
        str(level(fact)),
        width=canvas.FULL,
        height=52.0,
        strong=fact.value >= MANY_RUNUPS,
    )
    return CountFigure(svg, fact, before, footing(issue, fact))
