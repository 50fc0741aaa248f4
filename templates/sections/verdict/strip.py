"""The blocks of both axes over the last weeks, as shades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from templates.format import short_month
from templates.issue_view import History, entities, history, latest
from transforms.axes.composite import WEIGHTS
from transforms.facts import Fact
from transforms.issue.issue import Issue

WEEKS, SHADES = 13, 5


@dataclass(frozen=True)
class Row:
    """One block in the heat strip: 13 weekly shades (0 pale … 4 dark, None no value).

    fact: its score of the last day of the strip; None where it has lost its data.
    """

    name: str
    axis: str
    shades: list[int | None]
    fact: Fact | None
    is_axis: bool = False


@dataclass(frozen=True)
class Strip:
    """The blocks over the last weeks, with the month's name over its first week."""

    months: list[str]
    rows: list[Row]
    hottest: Row | None
    without_data: list[str]


def strip_of(issue: Issue) -> Strip:
    weeks = _week_ends(issue)
    rows = []
    for axis, composite in (("momentum", "structural_momentum"), ("heat", "overheating")):
        if len(history(issue, composite, "CN")):
            rows.append(_row(issue, weeks, axis, composite, "CN"))
        rows += [
            _row(issue, weeks, axis, "block_score", name)
            for name in entities(issue, "block_score")
            if name.startswith(f"{axis}/")
        ]
    heats = [row for row in rows if row.axis == "heat" and not row.is_axis and row.fact]
    hottest = max(heats, key=lambda row: row.fact.value if row.fact else 0.0, default=None)
    scored = entities(issue, "block_score")
    return Strip(
        [_month_mark(weeks, i) for i in range(len(weeks))],
        rows,
        hottest,
        without_data=[name for name in WEIGHTS if name not in scored],
    )


def _week_ends(issue: Issue) -> list[date]:
    """The last scored day of each of the last weeks."""
    days = sorted(
        {
            day
            for name in ("structural_momentum", "overheating", "block_score")
            for entity in entities(issue, name)
            for day in history(issue, name, entity).days
        }
    )
    return History(days, [0.0] * len(days)).weekly(WEEKS).days


def _row(issue: Issue, weeks: list[date], axis: str, metric: str, entity: str) -> Row:
    past = history(issue, metric, entity)
    by_week = {d.isocalendar()[:2]: v for d, v in zip(past.days, past.values, strict=True)}
    shades = [_shade(by_week.get(week.isocalendar()[:2])) for week in weeks]
    newest = latest(issue, metric, entity)
    fact = newest if newest and newest.observation_date == weeks[-1] else None
    return Row(entity, axis, shades, fact, is_axis=metric != "block_score")


def _shade(score: float | None) -> int | None:
    return None if score is None else min(SHADES - 1, max(0, int(score * SHADES / 100)))


def _month_mark(weeks: list[date], index: int) -> str:
    """The month's name over its first week, nothing over the others."""
    month = short_month(weeks[index], "{}")
    return month if index == 0 or weeks[index].month != weeks[index - 1].month else ""
