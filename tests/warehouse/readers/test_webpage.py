"""Web pages of somebody else: their texts and tables are read, within limits, and nothing runs."""

from __future__ import annotations

import pytest

from warehouse.errors import NotAnswered, UnknownFormat
from warehouse.readers import webpage
from warehouse.readers.responses import table
from warehouse.readers.webpage import Page

HEADS = "<tr><th>年度</th><th>均值</th></tr>"
YEARS = "<tr><td>2026</td><td>1.5</td></tr><tr><td>2027</td><td>2</td></tr>"


def grid(markup: str) -> list[list[str]]:
    (found,) = Page(f"<table>{markup}</table>").tables()
    return [list(row) for row in found.rows]


def test_a_text_has_a_line_for_each_paragraph_and_no_script() -> None:
    page = Page(
        "<h3>Title <b>in</b>\n two</h3><div class='x cnt_bd y'>Lead<script>var a='<p>no</p>'</script>"
        "<p>One&nbsp;&amp; two<br>three</p><style>p{}</style><!-- no --></div><div class=cnt_bd>Other"
    )
    assert page.first(("div", "cnt_bd")) == "Lead\nOne & two\nthree"
    assert page.first(("h2", ""), ("h3", "")) == "Title in\ntwo"
    assert page.first(("div", "cnt")) is None


def test_items_are_told_apart_though_nobody_closes_them() -> None:
    assert Page("<li>a\n b<li>c<ul><li>d</ul><li><script>e</script>").items() == [
        "a b",
        "c",
        "d",
        "",
    ]
    assert Page("").items() == Page(" \n").items() == []


def test_a_cell_stands_in_each_row_and_column_that_it_spans() -> None:
    assert grid(
        "<tr><td rowspan=2>a<td colspan=2>b<td rowspan=3>c<tr><td>d<td>e<tr><td>f<td>g<td>h"
    ) == [["a", "b", "b", "c"], ["a", "d", "e", "c"], ["f", "g", "h", "c"]]


def test_no_cell_reaches_out_of_its_group() -> None:
    assert grid("<thead><tr><th rowspan=9>a</thead><tbody><tr><td>b<tr><td>c</tbody>") == [
        ["a"],
        ["b"],
        ["c"],
    ]
    markup = f"<table><thead>{HEADS.replace('<th>', '<th rowspan=2>')}</thead>{YEARS}</table>"
    assert table(markup, "均值")["均值"].to_list() == ["1.5", "2"]


def test_a_table_within_a_cell_stands_by_itself() -> None:
    page = Page("<table><tr><td>a<table><tr><td>b</table>c<td>d</table>")
    assert [list(t.rows[0]) for t in page.tables()] == [["ac", "d"], ["b"]]


def test_headings_may_stand_in_several_rows() -> None:
    """The lowest names a column; where that is there twice, those above it come before it."""
    two = (
        "<thead><tr><th rowspan=2>年度<th colspan=2>每股收益<th colspan=2>净利润"
        "<tr><th>均值<th>最大值<th>均值<th>最小值</thead>"
    )
    row = "<tr><td>2026<td>1<td>2<td>3<td>4"
    for heading in ("年度", "最大值"):  # in the upper row, in the lower one
        found = table(f"<table>{two}{row}</table>", heading)
        assert found.columns == ["年度", "每股收益 均值", "最大值", "净利润 均值", "最小值"]
        assert found.rows() == [("2026", "1", "2", "3", "4")]


def test_rows_are_read_until_one_begins_with_no_year() -> None:
    note = "<tr><td colspan=2>注：预测<tr><td>2028<td>9"
    blank = "<tr><td></td></tr>"
    found = table(f"<table><tr><td>x</table><table>{HEADS}{blank}{YEARS}{note}</table>", "均值")
    assert found.rows() == [("2026", "1.5"), ("2027", "2")]


def test_a_year_with_too_few_cells_is_never_left_out() -> None:
    with pytest.raises(UnknownFormat, match=r"a row of 1 cells below 2 headings: \['2026'\]"):
        table(f"<table>{HEADS}<tr><td>2026</tr>{YEARS}</table>", "均值")


@pytest.mark.parametrize(
    ("markup", "says"),
    [("", "no table with a heading 均值"), (f"<table>{YEARS}</table>", "no table with a heading"),
     (f"<table>{HEADS}<tr><td>Mean<td>1</table>", "no line below the heading 均值 begins")],
)  # fmt: skip
def test_a_page_without_the_table_is_no_answer(markup: str, says: str) -> None:
    with pytest.raises(NotAnswered, match=says):
        table(markup, "均值")


ATTRIBUTES = " ".join(f'a{n}=">"' for n in range(20_000))


@pytest.mark.parametrize(
    ("markup", "says"),
    [
        ("<p>" * 400_000, "1,200,000 bytes"),
        (f"<p {ATTRIBUTES}>x", "no tag in them"),  # libxml2 compares each with each
        ("<div>" * 257 + "x", "Excessive depth"),
        ("<div>" * 100_000 + "x", "no tag in them"),
        ("<!--" * 100_000, "no tag in them"),
        ("<table><tr><td colspan=999999>x", "100,000 cells"),
        ("<table><tr>" + "<td rowspan=999999 colspan=400>x<tr>" * 300, "100,000 cells"),
    ],
    ids=["long", "attributes", "deep", "deeper", "comments", "columns", "rows"],
)
def test_what_costs_too_much_is_refused(markup: str, says: str) -> None:
    with pytest.raises(UnknownFormat, match=says):
        list(Page(markup).tables())


def test_all_tables_of_a_page_share_the_limit_of_cells(monkeypatch) -> None:
    monkeypatch.setattr(webpage, "CELLS", 3)
    with pytest.raises(UnknownFormat, match="more than 3 cells"):
        list(Page("<table><tr><td>a<td>b</table>" * 2).tables())


def test_a_page_names_files_and_entities_in_vain(tmp_path) -> None:
    """What an entity of its own would bring stays a name; no file and no address is opened."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    page = Page(
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "yy">]>'
        f'<?xml-stylesheet href="{secret.as_uri()}"?><link rel=import href="{secret.as_uri()}">'
        "<p>&x;&y;a\x00\x1b[2J</p>"
    )
    text = page.first(("p", "")) or ""
    assert "secret" not in "".join(page.root.itertext())
    assert text.startswith("&x;&y;a")


@pytest.mark.parametrize(
    ("stated", "rows"),
    [("2", 2), ("0", 1), ("x", 1), ("-2", 1), ("", 1), ("999999", 3), ("1000000", 1), ("²", 1)],
)
def test_a_cell_spans_as_many_rows_as_it_states_in_six_digits(stated: str, rows: int) -> None:
    found = grid(f"<tr><td rowspan='{stated}'>a<td>b<tr><td>c<tr><td>d")
    assert [row[0] for row in found].count("a") == rows


def test_the_last_cell_and_the_last_byte_that_are_allowed_are_read(monkeypatch) -> None:
    square = "<table><tr><td>a<td colspan=1>b<tr><td>c<td>d</table>"
    for most, tables in ((4, 1), (8, 2)):
        monkeypatch.setattr(webpage, "CELLS", most)
        assert len(list(Page(square * tables).tables())) == tables
        with pytest.raises(UnknownFormat, match=f"more than {most} cells"):
            list(Page(square * tables + "<table><tr><td>e</table>").tables())
    monkeypatch.setattr(webpage, "PAGE_BYTES", 10)
    assert Page("<p>1234567").first(("p", "")) == "1234567"
    with pytest.raises(UnknownFormat, match="a page of 11 bytes; at most 10 are read"):
        Page("<p>12345678")


def test_text_without_a_tag_is_read_for_so_long_and_no_longer(monkeypatch) -> None:
    monkeypatch.setattr(webpage, "CHUNK", 4)
    monkeypatch.setattr(webpage, "WITHOUT_TAG", 8)
    assert Page("<p>" + "x" * 13).first(("p", "")) == "x" * 13
    assert Page("<p>" + "x" * 5 + "<p>" + "y" * 5).first(("p", "")) == "xxxxx"
    with pytest.raises(UnknownFormat, match="8 bytes and no tag"):
        Page("<p>" + "x" * 14)


def test_the_limits_of_pages_are_those_that_were_read_last() -> None:
    """The longest page that is read has a tenth of the bytes."""
    limits = (webpage.PAGE_BYTES, webpage.CHUNK, webpage.WITHOUT_TAG, webpage.CELLS)
    assert limits == (1_000_000, 8_192, 65_536, 100_000)


def test_an_element_is_chosen_by_one_of_its_classes() -> None:
    page = Page("<div class='ab'>x</div><div class='a b'>y</div><p></p><p class=b>z")
    assert page.first(("div", "b")) == "y"
    assert page.first(("div", "c"), ("p", "b")) == "z"
    assert page.first(("p", "")) is None, "the first of them has no text"


def test_headings_of_a_column_are_found_by_how_they_begin() -> None:
    page = Page(f"<table>{HEADS}{YEARS}</table>")
    (found,) = page.tables()
    assert found.headings("均") == (["年度", "均值"], 1)
    assert found.headings("值") is None
    assert found.reach == [1, 1, 1]
