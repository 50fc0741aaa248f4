"""Axes, blocks and indicators over thirteen weeks: every cell prints its score on its shade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Literal

from templates.format import Day
from templates.issue_view import sourced
from templates.page import (
    Absent,
    Cell,
    Column,
    Content,
    Hatched,
    Missing,
    Shaded,
    Strong,
    Table,
    TableRow,
    rows,
)
from templates.sections.heat_map import chinese, english
from templates.sections.heat_map.facts import CLEAR, Axis, Course, HeatMap, Side, heat_map
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.axes.composite import AXES
from transforms.engine.metric import metrics
from transforms.formulas.printed_value import whole
from transforms.issue.issue import Issue

SLUG = "heat_map"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
STEPS, TOP = 5, 100
RAMPS: dict[Side, Literal["blue", "rust"]] = {"momentum": "blue", "heat": "rust"}


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words, found = WORDS[s.code], heat_map(issue)
    name = s.fixed("section.heat_map")
    if found is None or not found.axes:
        gone = Absent(s.absent(words.MISSING))
        return Content(SLUG, name, say("{name}", name=name), (*rows(gone),))
    tables = [_table(issue, axis, found, words, s) for axis in found.axes]
    return Content(SLUG, name, words.headline(found, s), tuple(rows(*tables)))


def _table(issue: Issue, axis: Axis, found: HeatMap, words: ModuleType, s: Speller) -> Table:
    columns = (
        Column("", "text"),
        *(Column(_head(found.days, n, s), "shade") for n in range(len(found.days))),
        Column(words.NOW, strong=True),
        Column(words.change_head(found), "aside"),
        Column(words.COVERAGE, "aside"),
    )
    last = axis is found.axes[-1]
    facts = [block.score.now for one in found.axes for block in one.blocks]
    refs = (*(AXES[one.side] for one in found.axes), "block_score", "indicator_score")
    return Table(
        words.title(axis, found, s),
        columns,
        tuple(_rows(axis, words, s)),
        dense=True,
        note=words.NOTE if last else Text(),
        source=sourced(issue, s, *facts, refs=refs) if last else None,
    )


def _head(days: tuple[date, ...], place: int, s: Speller) -> Text:
    """The day of a week's end, its month above the first of the month."""
    day = days[place]
    fresh = place == 0 or days[place - 1].month != day.month
    month = f"{s.tick(day)}\n" if fresh else ""
    return say("{day}", day=Day(f"{month}{day.day}", day.isoformat()))


def _rows(axis: Axis, words: ModuleType, s: Speller) -> Iterator[TableRow]:
    yield TableRow(tuple(_cells(words.AXES[axis.side], axis.score, axis.side, s)), emphasis=True)
    for block in axis.blocks:
        name = s.block(block.score.entity)
        name = name[:1].upper() + name[1:]
        yield TableRow(tuple(_cells(name, block.score, axis.side, s)), emphasis=True)
        for one in block.indicators:
            metric = one.entity.rpartition("/")[2]
            label = words.INDICATORS.get(metric) or s.label(metrics()[metric].label)
            yield TableRow(tuple(_cells(label, one, axis.side, s)), part=True)


def _cells(name: str, course: Course, side: Side, s: Speller) -> Iterator[Cell]:
    yield name
    for fact in course.weeks:
        if fact is None:
            yield Hatched()
        else:
            step = min(STEPS - 1, max(0, whole(fact.value)) * STEPS // TOP)
            yield Shaded(s.level(fact), step, RAMPS[side])
    now = course.now
    none = Missing("–")
    yield s.level(now) if now else none
    gained = s.week_change(now) if now else None
    yield (Strong(gained) if abs(course.change) >= CLEAR else gained) if gained else none
    partial = now is not None and now.coverage is not None and now.coverage < 1
    yield s.covered(now) if now and partial else ""
