"""Specs of industries and themes: what is named, what is shown, what is left out."""

from __future__ import annotations

import csv
from datetime import date, datetime
from importlib.resources import files
from types import SimpleNamespace

import polars as pl
import pytest

from templates.page import Absent, Missing, Shaded, Table
from templates.sections import industries
from templates.sections.industries.facts import TECHNOLOGY
from templates.wording.speller import SPELLERS
from transforms.facts import Fact, FactBook, fact_id
from transforms.findings.span import Kind, Span

LAST = date(2026, 1, 16)
WEEK = Span(date(2026, 1, 9), tuple(date(2026, 1, d) for d in range(12, 17)), Kind.WEEK)
HEALTH = pl.DataFrame(
    schema={"state": pl.String, "dataset": pl.String, "label": pl.String}
    | {"newest_observation": pl.Date, "expected_observation": pl.Date}
)


def fact(metric: str, entity: str, value: float, *, n: int | None = 30, rank: float | None = None,
         day: date = LAST) -> Fact:  # fmt: skip
    return Fact(
        fact_id(metric, entity, day), metric, entity, day, value, "fraction",
        datetime(2026, 1, 16, 8), 600, date(2020, 1, 1), (), "", n=n, percentile=rank,
        change_1w=0.01,
    )  # fmt: skip


def drawn(*facts: Fact, span: Span = WEEK):
    return SimpleNamespace(facts=FactBook(facts), span=span, as_of=LAST, findings=(), health=HEALTH,
                           stale=None)  # fmt: skip


def weeks(**moves: float) -> list[Fact]:
    return [fact("group_return_5d", name, move) for name, move in moves.items()]


def build(issue, code: str):
    return industries.build(issue, SPELLERS[code](LAST, issue.span, {"600001.SH": "样本"}))


def tables(issue, code: str = "en") -> list[Table]:
    return [b for row in build(issue, code).rows for b in row.blocks if isinstance(b, Table)]


@pytest.mark.parametrize(
    ("moves", "en", "zh"),
    [
        (
            {"电子": 0.026, "煤炭": -0.031},
            "Electronics rose 2.6% in the week, coal fell 3.1%",
            "当周个股中位数：电子涨2.6%，煤炭跌3.1%",
        ),
        (
            {"电子": 0.026, "煤炭": 0.011},
            "All 2 industries rose in the week, electronics most (+2.6%)",
            "当周2个行业全部上涨，电子幅度最大（+2.6%）",
        ),
        (
            {"电子": -0.026, "煤炭": -0.031},
            "All 2 industries fell in the week, coal most (−3.1%)",
            "当周2个行业全部下跌，煤炭幅度最大（−3.1%）",
        ),
        ({"电子": 0.0004, "煤炭": -0.0004}, "Electronics was flat in the week", "当周电子基本持平"),
    ],
)
def test_the_headline_names_the_best_and_the_worst(moves, en, zh):
    assert str(build(drawn(*weeks(**moves)), "en").headline) == en
    assert str(build(drawn(*weeks(**moves)), "zh").headline) == zh


@pytest.mark.parametrize(
    ("moves", "en", "zh"),
    [
        ((0.02, 0.01), "The median share rose in all 2 industries in the week",
         "当周2个行业个股中位数全部上涨"),
        ((-0.02, 0.0), "The median share rose in none of 2 industries in the week",
         "当周2个行业个股中位数无一上涨"),
        ((0.02, -0.01), "The median share rose in 1 of 2 industries in the week",
         "当周2个行业中，1个行业个股中位数上涨"),
    ],
)  # fmt: skip
def test_all_and_none_are_said_as_such(moves, en, zh):
    issue = drawn(*weeks(**dict(zip(("电子", "煤炭"), moves, strict=True))))

    assert [str(tables(issue, code)[0].title) for code in ("en", "zh")] == [en, zh]


def test_a_verb_is_as_strong_as_the_move_is_rare():
    rare = [fact("group_return_5d", "电子", 0.026, rank=98.0), *weeks(煤炭=-0.03)]

    assert str(build(drawn(*rare), "en").headline).startswith("Electronics jumped 2.6%")


def test_a_small_industry_is_in_the_table_and_not_in_the_headline():
    few = [*weeks(电子=0.02, 煤炭=-0.03), fact("group_return_5d", "综合", 0.30, n=6)]
    issue = drawn(*few)

    assert "Electronics" in str(build(issue, "en").headline)
    assert tables(issue)[0].rows[0].cells[1].text == "6"


def test_five_sessions_of_two_weeks_are_no_week():
    short = Span(date(2026, 1, 6), WEEK.sessions, Kind.SESSIONS)

    assert "in five sessions" in str(
        build(drawn(*weeks(电子=0.02, 煤炭=-0.03), span=short), "en").headline
    )


def test_columns_without_any_value_vanish_and_are_named_in_the_note():
    table = tables(drawn(*weeks(电子=0.02, 煤炭=-0.03), fact("group_return_20d", "电子", 0.1)))[0]
    heads = [str(column.label) for column in table.columns]

    assert "20 days" in heads and "Turnover share" not in heads
    assert "turnover share" in str(table.note) and "20 days" not in str(table.note)
    assert isinstance(table.rows[1].cells[heads.index("20 days")], Missing)


def test_an_industry_of_an_earlier_day_is_no_row():
    old = fact("group_return_5d", "综合", 0.3, day=date(2026, 1, 9))

    assert len(tables(drawn(*weeks(电子=0.02, 煤炭=-0.03), old))[0].rows) == 2


def test_a_long_list_shows_its_ends():
    many = [fact("group_return_5d", f"行业{n}", n / 1000) for n in range(-20, 20)]
    table = tables(drawn(*many))[0]

    assert len(table.rows) == 24
    assert "rose in 19 of 40 industries in the week; shown: the 12 best" in str(table.title)


def test_the_theme_that_moved_most_is_named():
    issue = drawn(
        fact("group_return_5d", "tech", 0.022, n=1008, rank=70.0),
        fact("group_return_5d", "commercial_aerospace", -0.073, n=14, rank=3.0),
        fact("return_5d", "人工智能 (THS)", 0.05, n=None, rank=90.0),
    )
    (table,) = tables(issue)

    assert str(table.title) == (
        "Theme of the week: Commercial aerospace, −7.3% for the median of 14 shares, 3rd percentile"
    )
    assert [row.emphasis for row in table.rows] == [False, False, True]
    assert str(tables(issue, "zh")[0].title) == "当周主题：商业航天，14只个股中位数−7.3%，3%分位"


def test_the_worst_share_comes_first_among_the_worst():
    worst = [fact("worst_share_return_5d", f"60000{n}.SH", -n / 10) for n in (1, 2, 3)]
    (table,) = tables(drawn(*worst))

    assert [str(row.cells[1]) for row in table.rows] == ["600003.SH", "600002.SH", "600001.SH"]


def test_without_anything_each_block_is_a_line():
    content = build(drawn(), "en")

    assert all(isinstance(block, Absent) for row in content.rows for block in row.blocks)


def test_technology_is_what_the_list_says():
    path = files("warehouse").joinpath("reference", "theme_membership.csv")
    lines = csv.DictReader(path.read_text(encoding="utf-8").splitlines())

    assert {
        r["member"] for r in lines if r["theme"] == "tech" and r["kind"] == "industry"
    } == TECHNOLOGY


def test_an_industry_of_many_shares_is_the_theme_where_its_move_is_rarer():
    """A list drawn up later, without a rank, is not named before what the data show."""
    issue = drawn(
        fact("group_return_5d", "tech", 0.022, n=1008, rank=70.0),
        fact("group_return_5d", "航空", -0.061, n=50, rank=5.0),
        fact("group_return_5d", "焦炭加工", -0.09, n=7, rank=1.0),
    )
    themes = tables(issue)[1]

    assert "Theme of the week" in str(themes.title)
    assert "for the median of 50 shares, 5th percentile" in str(themes.title)
    assert [str(row.cells[1]) for row in themes.rows] == ["median share", "industry, median share"]


def test_a_move_stands_on_the_ground_of_its_direction():
    rows = tables(drawn(*weeks(电子=0.04, 银行=0.004, 综合=0.0, 煤炭=-0.03)))[0].rows
    grounds = [(one.ramp, one.step) for row in rows if isinstance(one := row.cells[2], Shaded)]

    assert grounds == [("up", 3), ("up", 0), ("down", 3)]
