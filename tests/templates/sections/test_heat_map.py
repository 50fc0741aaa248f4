"""Specs of the thirteen weeks: which block is told, and what a cell without a score is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from templates.page import Absent, Hatched, Shaded, Strong, Table
from templates.sections import heat_map
from templates.sections.heat_map import chinese, english
from templates.sections.heat_map.facts import Course
from templates.wording.speller import SPELLERS
from transforms.axes.composite import members
from transforms.facts import Fact, FactBook, fact_id

LAST = date(2026, 1, 16)
FRIDAYS = [LAST - timedelta(weeks=n) for n in range(12, -1, -1)]


def score(metric: str, entity: str, day: date, value: float, change: float | None = None) -> Fact:
    return Fact(
        fact_id(metric, entity, day), metric, entity, day, value, "score 0-100",
        datetime(2026, 1, 16, 8), 500, date(2020, 1, 1), (), "", coverage=0.85, change_1w=change,
    )  # fmt: skip


def drawn(changes: dict[str, float], start: dict[str, float] | None = None, *, axis: bool = True):
    """An issue in which blocks stand at 70 and gained so much over the week."""
    facts = []
    for name, change in changes.items():
        facts += [
            score("block_score", name, day, (start or {}).get(name, 70.0)) for day in FRIDAYS[:-1]
        ]
        facts.append(score("block_score", name, LAST, 70.0, change))
    facts += [score("indicator_score", "heat/technical/rsi_14", day, 44.4) for day in FRIDAYS[5:]]
    if axis:
        facts += [score("overheating", "CN", LAST, 59.86, 1.0)]
    else:
        facts += [
            score("overheating_low", "CN", LAST, 40.0),
            score("overheating_high", "CN", LAST, 75.0),
        ]
    return SimpleNamespace(facts=FactBook(facts), span=None, as_of=LAST, findings=())


def build(issue, code: str, *, stale: bool = False):
    return heat_map.build(issue, SPELLERS[code](LAST, stale=stale))


QUIET = {"heat/technical": 3.0, "momentum/policy": -4.0}


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        (
            {"heat/technical": 3.0, "momentum/policy": -22.6},
            "Technical is the hottest block at 70; policy fell 23 points in five sessions",
            "过热分项中技术面最高（70分），政策分项五日下降23分",
        ),
        (
            {"heat/technical": 12.0, "momentum/policy": -4.0},
            "Technical, the hottest block, rose 12 points to 70 in five sessions",
            "技术面五日上升12分至70分，为过热分项最高",
        ),
        (
            QUIET,
            "Technical is the hottest block at 70; no block moved by ten points in five sessions",
            "过热分项中技术面最高（70分），各分项五日变动均不足10分",
        ),
    ],
)
def test_the_headline_names_the_hottest_block_and_what_moved_most(changes, en, zh):
    issue = drawn(changes)

    assert str(build(issue, "en").headline) == en
    assert str(build(issue, "zh").headline) == zh


def test_a_quiet_week_tells_what_moved_since_the_first_week():
    issue = drawn(QUIET, start={"momentum/policy": 91.0})

    assert (
        str(build(issue, "en").headline)
        .replace("\N{NO-BREAK SPACE}", " ")
        .endswith("; policy fell from 91 to 70 since 24 Oct 2025")
    )
    assert str(build(issue, "zh").headline).endswith("政策分项自2025年10月24日以来由91分下降至70分")


def test_an_old_issue_is_told_as_past():
    assert "was the hottest" in str(build(drawn(QUIET), "en", stale=True).headline)


def heat(issue, code: str = "en") -> Table:
    content = build(issue, code)
    return next(b for row in content.rows for b in row.blocks if "Overheating" in str(b.title))


def test_a_week_without_a_score_is_hatched_and_never_a_number():
    rows = {str(row.cells[0]): row.cells for row in heat(drawn(QUIET)).rows}

    assert [type(cell) for cell in rows["RSI-14"][1:7]] == [Hatched] * 5 + [Shaded]
    assert str(rows["RSI-14"][6].number) == "44"
    assert all(isinstance(cell, Hatched) for cell in rows["Leverage"][1:14])


def test_a_change_of_ten_points_stands_out():
    rows = {
        str(row.cells[0]): row.cells
        for row in heat(drawn({"heat/technical": 9.6, "heat/leverage": 9.4})).rows
    }

    assert isinstance(rows["Technical"][15], Strong)
    assert not isinstance(rows["Leverage"][15], Strong)


def test_a_withheld_axis_is_told_by_its_range():
    title = str(heat(drawn(QUIET, axis=False)).title)

    assert title == "Overheating on 85.0% of its weight, between 40 and 75; technical highest at 70"


def test_scores_of_the_article_are_no_week_of_a_later_issue():
    issue = drawn(QUIET)
    old = replace(score("block_score", "heat/technical", LAST - timedelta(weeks=40), 50.0))
    later = SimpleNamespace(**vars(issue) | {"facts": FactBook([*issue.facts, old])})

    assert len(heat(later).columns) == len(heat(issue).columns) == 1 + 13 + 3


def test_without_a_score_there_is_one_line():
    nothing = SimpleNamespace(facts=FactBook([]), span=None, as_of=LAST, findings=())

    (row,) = build(nothing, "en").rows
    assert isinstance(row.blocks[0], Absent)


@pytest.mark.parametrize(("words", "room"), [(english, 32), (chinese, 16)])
def test_every_indicator_has_a_short_name(words, room):
    ids = {one.id for one in members()}

    assert words.INDICATORS.keys() == ids
    assert all(len(name) <= room for name in words.INDICATORS.values())
    assert len(set(words.INDICATORS.values())) == len(ids)


@pytest.mark.parametrize(
    ("value", "step"),
    [(0.0, 0), (-3.0, 0), (19.4, 0), (19.5, 1), (40.0, 2), (79.4, 3), (80.0, 4), (100.0, 4)],
)
def test_a_score_is_shaded_in_five_steps_as_it_prints(value, step):
    one = Course("heat/technical", (score("block_score", "heat/technical", LAST, value),))
    shaded = list(heat_map._cells("name", one, "heat", SPELLERS["en"](LAST)))[1]

    assert (type(shaded), shaded.step) == (Shaded, step)
