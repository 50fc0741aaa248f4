"""The workbook of an issue, read back by another library than the one that wrote it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates.format import Day, Number
from templates.page import (
    Absent,
    Bar,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Hatched,
    Missing,
    Panel,
    Row,
    Source,
    Table,
    TableRow,
)
from templates.publication import Publication
from templates.wording.speller import SPELLERS
from templates.wording.text import Text, say
from templates.workbook import workbook, workbook_of
from templates.workbook.sheets import Sheet, data_sheets
from templates.workbook.writer import written
from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import Fact, FactBook, fact_id
from transforms.issue.issue import Issue
from warehouse.errors import RenderFailed

DAY = date(2026, 1, 16)
TURNOVER = 3.026312345678e12
LANGUAGES = ("en", "zh")


def fact(metric: str, entity: str, value: float, unit: str, **more: object) -> Fact:
    return Fact(
        fact_id(metric, entity, DAY), metric, entity, DAY, value, unit, datetime(2026, 1, 16, 8),
        9, date(2020, 1, 1), ("drawn",), "SELECT 1", **more,
    )  # fmt: skip


CLOSE = fact("close", "000688.SH", 1514.0712, "index points", percentile=76.4)
MOVE = fact("return_5d", "000688.SH", 0.02581353, "fraction")
MONEY = fact("turnover_cny", "SSE+SZSE", TURNOVER, "CNY")
FACTS = FactBook([CLOSE, MOVE, MONEY])


def issue_of(facts: FactBook = FACTS, *, simulated: bool = False) -> Issue:
    bare = {n: pl.DataFrame() for n in ("health", "discrepancies", "gaps", "refusals", "movers")}
    return Issue(
        issue_id="2026-W03", as_of=DAY, requested=DAY, cutoff=datetime(2026, 1, 16, 16),
        facts=facts, series=METRIC_FRAME.to_frame(), claims=(), simulated=simulated, names={}, **bare,
    )  # fmt: skip


def section(code: str = "en", *blocks: object, slug: str = "market") -> Content:
    s = SPELLERS[code](as_of=DAY)
    table = Table(
        say("Indices"),
        (
            Column("Index", "text"),
            Column("Close"),
            Column("Week"),
            Column("", "bar"),
            Column("P/E"),
        ),
        (
            TableRow(
                ("STAR 50", s.level(CLOSE), s.signed(MOVE), Bar(1.0), Missing("not reported"))
            ),
            TableRow(("CSI 500", Hatched(), "", "", "")),
        ),
        note=say("Sorted by the first move."),
        source=Source(s.source(DAY, "drawn"), ("close", "return_5d")),
    )
    days = [date(2026, 1, 15), DAY]
    scale = s.money("CNY", TURNOVER)
    figure = Figure(
        say("Turnover is below its record"),
        "<svg/>",
        unit=scale.label,
        data=pl.DataFrame({"day": days, scale.label: [None, TURNOVER]}),
        marks=Entries((Entry("1", say("Record")),)),
        source=Source(s.source(DAY, "drawn"), ("turnover_cny/SSE+SZSE",)),
    )
    panel = Panel(
        "STAR 50, week",
        s.signed(MOVE),
        rank=say("76th"),
        data=pl.DataFrame({"day": days, "STAR 50": [0.01, MOVE.value]}),
    )
    rows = [Row((block,)) for block in (*blocks, table, figure, panel, Absent(say("Gone: nothing.")))]  # fmt: skip
    return Content(slug, s.fixed("section.market"), say("Rises"), tuple(rows), late=say("Late."))


def made(code: str = "en", *sections: Content, issue: Issue | None = None) -> bytes:
    issue = issue or issue_of()
    speller = SPELLERS[code](as_of=DAY)
    return workbook_of(Publication(issue, speller, sections or (section(code),)))


def read(file: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(file))


def values(sheet) -> list[tuple[object, ...]]:
    return [*sheet.iter_rows(values_only=True)]


def formulas(file: bytes) -> list[str]:
    """The sheets that hold a formula or a link out of the workbook."""
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        texts = {name: parts.read(name).decode() for name in parts.namelist()}
    return [n for n, text in texts.items() if "<f>" in text or "<f " in text or "External" in text]


def test_each_table_and_picture_has_a_sheet():
    book = read(made())

    assert book.sheetnames == [
        "Contents",
        "Market and breadth 1 Indices",
        "Market and breadth 2 Turnover",
        "Market and breadth 3 STAR 50",
        "Facts",
    ]
    table = book["Market and breadth 1 Indices"]
    assert values(table)[:4] == [
        ("Indices", None, None, None),
        ("Index", "Close (index points)", "Week (%)", "P/E"),
        ("STAR 50", CLOSE.value, MOVE.value, "not reported"),
        ("CSI 500", "no data", None, None),
    ]
    assert [line[0] for line in values(table)[5:]] == [
        "Sorted by the first move.",
        "To 16 Jan. Source: drawn.",
        "Facts: close, return_5d",
        "Late.",
    ]
    assert table.freeze_panes == "A3"
    assert table["C3"].number_format.startswith('"+"0.0%;')


def test_what_a_picture_draws_is_in_the_unit_of_its_facts():
    """The axis counts in trillions, the values are in yuan."""
    sheet = read(made())["Market and breadth 2 Turnover"]

    assert values(sheet)[1:4] == [
        ("Day", "CNY"),
        (datetime(2026, 1, 15), "no data"),
        (datetime(2026, 1, 16), TURNOVER),
    ]
    assert sheet["A3"].number_format == "yyyy-mm-dd"
    assert sheet["B4"].number_format == "#,##0"
    assert values(sheet)[5][0] == "1 Record"


def test_a_panel_tells_its_value_under_its_history():
    sheet = read(made())["Market and breadth 3 STAR 50"]

    assert values(sheet)[1] == ("Day", "STAR 50 (%)")
    assert sheet["B4"].number_format.startswith("0.0%")
    assert values(sheet)[5][0] == "+2.6% 76th"


def test_a_fact_of_another_metric_with_the_same_value_tells_no_unit():
    """A ratio of 25.66 is no price, whatever share closed at 25.66."""
    others = [fact("close_cny", f"{number}", MOVE.value, "CNY") for number in range(3)]
    sheet = read(made(issue=issue_of(FactBook([*FACTS, *others]))))["Market and breadth 3 STAR 50"]

    assert values(sheet)[1] == ("Day", "STAR 50 (%)")


def test_what_no_fact_tells_has_the_unit_of_the_axis():
    figure = Figure(
        say("Apart"), "", unit="mm", data=pl.DataFrame({"name": ["a"], "depth": [0.5], "n": [3]})
    )
    sheet = read(made("en", section("en", figure)))["Market and breadth 1 Apart"]

    assert values(sheet)[1:3] == [("Name", "Depth (mm)", "n"), ("a", 0.5, 3)]


def test_a_bound_that_a_picture_draws_prints_as_one():
    """0.05 of a bound stands for all below it; 0.05 of a probability is 5%."""
    s = SPELLERS["en"](as_of=DAY)
    facts = [fact(name, "x", value, unit) for name, value, unit in (
        ("rare", 0.05, "probability under"), ("some", 0.05, "probability"),
        ("sure", 0.95, "probability over"), ("low", 0.0412, "probability"))]  # fmt: skip
    frame = pl.DataFrame([(s.level(one),) for one in facts], ("Chance",), orient="row")
    figure = Figure(say("Chances"), "", data=frame)
    book = read(made("en", section("en", figure), issue=issue_of(FactBook(facts))))
    sheet = next(book[name] for name in book.sheetnames if name.endswith(" 1 Chances"))
    cells = [sheet[f"A{row}"] for row in range(2, 7)]

    assert [cell.value for cell in cells] == ["Chance (%)", 0.05, 0.05, 0.95, 0.0412]
    assert [cell.number_format.partition(";")[0] for cell in cells[1:]] == [
        '"<"0%', "0%", '">"0%', "0%",
    ]  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_scenarios_print_in_their_sheet_as_on_the_page(code, published):
    book = read(workbook_of(published("rising", code)))
    section = {"en": "Scenarios and their record 1", "zh": "情景与检验 1"}[code]
    sheet = next(book[name] for name in book.sheetnames if name.startswith(section))
    heads = next(row for row in sheet.iter_rows() if row[6].value)
    rows = [row for row in sheet.iter_rows(min_row=heads[0].row + 1) if row[6].value is not None]
    formats = {cell.number_format.partition(";")[0] for row in rows for cell in row[3:]}
    bounds = {row[3].value for row in rows if row[3].number_format.startswith('"<"')}

    assert all("%" in head.value for head in heads[3:])
    assert formats == {"0%", '"<"0%'}
    assert bounds == {0.05}


def test_the_first_sheet_says_what_it_is_and_leads_to_the_others():
    book = read(made())
    first = book["Contents"]

    assert values(first)[:6] == [
        ("China Tech Rally Briefing", None, None),
        ("Issue", "2026-W03", None),
        ("As of", datetime(2026, 1, 16), None),
        ("Language", "English", None),
        ("Data", "real", None),
        ("Sheet", "Section", "Title"),
    ]
    links = {cell.value: cell.hyperlink.location for (cell, *_) in first["A7:A10"]}
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert values(first)[-1][0] == "Gone: nothing."


def test_a_simulated_issue_says_so_on_each_sheet_of_the_pages():
    book = read(made(issue=issue_of(simulated=True)))

    said = "SIMULATED: no number here is real"
    assert book["Contents"]["B5"].value == said
    assert {book[name]["A2"].value for name in book.sheetnames[1:]} == {said}
    assert book["Market and breadth 1 Indices"].freeze_panes == "A4"


def test_the_facts_are_all_there():
    sheet = read(made())["Facts"]

    assert values(sheet)[1:3] == [
        ("Fact", "Metric", "Entity", "Day", "Value", "Unit", "Percentile", "Sources",
         "Known at (UTC)"),
        ("close/000688.SH/2026-01-16", "close", "000688.SH", datetime(2026, 1, 16), CLOSE.value,
         "index points", 76.4, "drawn", datetime(2026, 1, 16, 8)),
    ]  # fmt: skip
    assert sheet.max_row == 2 + len(FACTS)
    assert sheet["G4"].value == "not ranked"


def test_the_chinese_workbook_is_chinese():
    book = read(made("zh"))

    assert (book.sheetnames[0], book.sheetnames[-1]) == ("目录", "数据项")
    assert values(book["市场与宽度 1 Indices"])[1][1:3] == ("Close（点）", "Week（%）")
    assert values(book["市场与宽度 2 Turnover is below its"])[1:4] == [
        ("日", "元"),
        (datetime(2026, 1, 15), "无数据"),
        (datetime(2026, 1, 16), TURNOVER),
    ]
    assert book["目录"]["B4"].value == "中文"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_same_issue_gives_the_same_bytes(code, monkeypatch):
    first = made(code)
    monkeypatch.setenv("TZ", "Asia/Shanghai")

    assert made(code) == first
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-01-16T16:00:00Z" in parts.read("docProps/core.xml")


HOSTILE = st.builds(
    str.__add__, st.sampled_from("=+-@\t\r"), st.text("=+-@|!\"'<>&\x00\x07\n\u202e\ud800A1(){}\\[]:*?/", max_size=40)
)  # fmt: skip


@settings(max_examples=30)
@given(name=HOSTILE, other=HOSTILE)
def test_no_text_of_the_data_is_a_formula_or_a_link(name, other):
    table = Table(
        Text((name,)),
        (Column(name, "text"), Column(other)),
        (TableRow((name, Number(other, name))), TableRow((Missing(other), Text((name, other))))),
        note=Text((other,)),
        source=Source(Text((name,)), (other, name)),
    )
    figure = Figure(
        Text((name,)), "", unit=other, data=pl.DataFrame({"day": [other.encode("utf-8", "replace").decode()]})
    )  # fmt: skip
    hostile = replace(fact("m", "e", 1.5, other), fact_id=name, entity=other, sources=(name,))
    file = made("en", section("en", table, figure), issue=issue_of(FactBook([hostile])))
    book = read(file)

    assert formulas(file) == []
    assert {c.data_type for sheet in book for row in sheet.iter_rows() for c in row} <= {*"snd"}
    assert not [n for n in book.sheetnames if len(n) > 31 or re.search(r"[\[\]:*?/\\']", n)]


def test_names_of_sheets_are_distinct_and_fit():
    long = "A title far longer than the thirty-one letters of a tab"
    tables = [Table(Text((long,)), (Column("a"),), (TableRow(("x",)),)) for _ in range(12)]
    wide = Table(Text(("\N{GRINNING FACE}" * 40,)), (Column("a"),), (TableRow(("x",)),))
    first, second = section("en", *tables, wide), section("en", *tables)
    names = read(made("en", first, second)).sheetnames

    assert len({name.casefold() for name in names}) == len(names) == 2 + 13 + 3 + 12 + 3
    assert max(len(name.encode("utf-16-le")) // 2 for name in names) <= 31
    assert names[1:3] == ["Market and breadth 1 A title", "Market and breadth 2 A title"]
    assert "Market and breadth 1 A (2)" in names


def test_a_name_neither_repeats_its_section_nor_ends_in_a_comma():
    same = Table(say("Market and breadth"), (Column("a"),), (TableRow(("x",)),))
    cut = Table(say("Rises, of course, follow"), (Column("a"),), (TableRow(("x",)),))
    names = read(made("en", section("en", same, cut))).sheetnames

    assert names[1:3] == ["Market and breadth 1", "Market and breadth 2 Rises, of"]


@pytest.mark.parametrize(
    ("code", "heads"),
    [("en", ("26 Dec 2025", "2 Jan 2026", "9 Jan 2026")),
     ("zh", ("2025年12月26日", "2026年1月2日", "2026年1月9日"))],
)  # fmt: skip
def test_a_head_that_is_a_day_is_told_whole(code, heads):
    days = [Day("Dec\n26", "2025-12-26"), Day("Jan\n2", "2026-01-02"), Day("9", "2026-01-09")]
    table = Table(
        say("Weeks"), tuple(Column(say("{d}", d=d)) for d in days), (TableRow(("",) * 3),)
    )
    book = read(made(code, section(code, table)))

    assert values(book[book.sheetnames[1]])[1] == heads


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet("large", "", ("a",), ((None,),) * 1_048_575 + (("x",),)),
        Sheet("large", "", ("a",) * 16_385, ()),
        Sheet("large", "", ("a",), (("x" * 32_768,),)),
    ],
    ids=["rows", "columns", "letters"],
)
def test_what_excel_cannot_hold_is_refused(sheet):
    with pytest.raises(RenderFailed, match=r"the sheet 'large' of the workbook has no room"):
        written([sheet], title="", created=datetime(2026, 1, 16))


@pytest.mark.parametrize("mood", ["rising", "falling", "empty"])
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_workbook_of_an_issue_holds_its_pages_and_facts(mood, code, published):
    whole = published(mood, code)
    issue, file = whole.issue, workbook_of(whole)
    book = read(file)

    assert formulas(file) == []
    facts = values(book[book.sheetnames[-1]])
    assert facts[-1][0] == [*issue.facts][-1].fact_id if len(issue.facts) else len(facts) == 2
    section = SPELLERS[code](as_of=DAY).fixed("section.market")
    market = [name for name in book.sheetnames if name.startswith(f"{section} ")]
    assert len(market) == (0 if mood == "empty" else 5)


def test_a_workbook_of_an_issue_is_that_of_its_sections(issues, published):
    assert workbook(issues["thin"], "zh") == workbook_of(published("thin", "zh"))


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path):
    (tmp_path / "book.xlsx").write_bytes(made())
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "csv", "--outdir", str(tmp_path), str(tmp_path / "book.xlsx")],
        check=True, timeout=180,
    )  # fmt: skip
    assert "China Tech Rally Briefing" in (tmp_path / "book.csv").read_text("utf-8")


SYMBOLS = {"n", "p"}


@pytest.mark.parametrize("mood", ["rising", "thin"])
def test_heads_begin_with_a_capital_and_name_units_that_readers_know(mood, published):
    whole = published(mood)
    sheets = data_sheets(whole.sections, whole.issue, whole.speller)
    heads = {one for sheet in sheets for one in sheet.heads if one}
    assert len(heads) > 10
    names = {one.partition(" (")[0] for one in heads}
    assert {one for one in names if one[0].islower()} <= SYMBOLS
    units = {one.partition(" (")[2].rstrip(")") for one in heads if " (" in one}
    assert units <= {"%", "CNY", "HKD", "index points", "0–100", "pp", "points"}


def test_chinese_heads_hold_a_unit_and_no_explanation(published):
    whole = published("rising", "zh")
    sheets = data_sheets(whole.sections, whole.issue, whole.speller)
    heads = {one for sheet in sheets for one in sheet.heads if "（" in one}
    units = {one.rpartition("（")[2].rstrip("）") for one in heads}
    assert "%" in units
    assert units <= {"%", "元", "港元", "点", "0–100", "个百分点", "分"}
