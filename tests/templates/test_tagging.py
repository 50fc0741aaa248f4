"""The PDF by its tags: what a screen reader is given, held against the structure of PDF/UA-1."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream

from templates import render

MOODS = ("rising", "falling", "thin")
SHOWS_TEXT = {b"Tj", b"TJ", b"'", b'"'}
PAINTS = {b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"sh", b"Do"}


@pytest.fixture(scope="module")
def readers(pdfs) -> dict[str, PdfReader]:
    return {mood: PdfReader(io.BytesIO(pdfs[mood])) for mood in MOODS}


@pytest.fixture(params=MOODS)
def reader(request, readers) -> PdfReader:
    return readers[request.param]


def elements(reader: PdfReader) -> Iterator[tuple[Any, list[Any]]]:
    """Every element of the tag tree, in reading order, with its kids."""
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()]
    while waiting:
        one = waiting.pop()
        kids = [kid.get_object() for kid in one.get("/K", [])]
        yield one, kids
        waiting += [kid for kid in kids if isinstance(kid, dict) and "/S" in kid][::-1]


def named(reader: PdfReader, kind: str) -> list[tuple[Any, list[Any]]]:
    return [pair for pair in elements(reader) if pair[0]["/S"] == kind]


def marks(page: Any, reader: PdfReader) -> Iterator[tuple[bytes, list[Any]]]:
    """What paints or shows text on a page, with the marks it stands in, the innermost last."""
    inside: list[Any] = []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in {b"BMC", b"BDC"}:
            inside.append(operands)
        elif operator == b"EMC":
            inside.pop()
        elif operator in SHOWS_TEXT | PAINTS:
            yield operator, [*inside]


def test_all_that_is_drawn_is_tagged_or_furniture(reader):
    """Each mark with a number stands in the tree, once; the rest says that it is an artifact."""
    tagged = {
        (one["/Pg"].get_object()["/StructParents"], kid)
        for one, kids in elements(reader)
        for kid in kids
        if isinstance(kid, int)
    }
    seen = set()
    for page in reader.pages:
        for operator, inside in marks(page, reader):
            if operator == b"Do" and not inside:
                continue
            assert inside, operator
            for name, *properties in inside:
                number = properties[0].get("/MCID") if properties else None
                if name == "/Artifact":
                    assert number is None
                else:
                    seen.add((page["/StructParents"], number))
    assert seen
    assert seen <= tagged


def test_the_margins_of_each_page_are_no_part_of_the_text(reader):
    for page in reader.pages:
        furniture = [inside for operator, inside in marks(page, reader)
                     if operator in SHOWS_TEXT and inside[-1][0] == "/Artifact"]  # fmt: skip
        assert len(furniture) >= 4


def test_headings_begin_at_one_and_skip_no_level(reader):
    levels = [int(one["/S"][2:]) for one, _ in elements(reader) if re.fullmatch(r"/H\d", one["/S"])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_figure_says_what_it_shows_and_where_it_stands(reader):
    figures = named(reader, "/Figure")
    assert figures
    for one, _ in figures:
        assert len(one["/Alt"]) >= 4
        assert len(one["/A"]["/BBox"]) == 4


def test_heads_of_tables_say_what_they_head(reader):
    heads = named(reader, "/TH")
    assert {one["/A"]["/Scope"] for one, _ in heads} == {"/Column", "/Row"}
    identities = {one["/ID"] for one, _ in heads}
    assert len(identities) == len(heads)
    for one, _ in named(reader, "/TD"):
        assert set(one["/A"]["/Headers"]) <= identities


def test_every_number_is_a_tagged_link_that_says_where_it_leads(reader):
    found = named(reader, "/Link")
    annotations = [annotation.get_object() for page in reader.pages
                   for annotation in page.get("/Annots", [])]  # fmt: skip
    places = reader.named_destinations
    assert len(annotations) > 30
    held = [
        kid["/Obj"].get_object()
        for _, kids in found
        for kid in kids
        if isinstance(kid, dict) and "/Obj" in kid
    ]
    assert len(held) == len(annotations)
    for one in annotations:
        assert one["/Subtype"] == "/Link"
        assert one["/Dest"] in places
        assert one["/Contents"]
        assert one["/Contents"] != one["/Dest"]
    assert all(page["/Tabs"] == "/S" for page in reader.pages)


def test_the_link_of_a_number_names_its_metric(readers):
    links = [
        one.get_object() for page in readers["rising"].pages for one in page.get("/Annots", [])
    ]
    told = {one["/Dest"]: one["/Contents"] for one in links}
    assert told["m-rsi_14"] == "RSI (14 days)"


def test_lists_hold_items_only(reader):
    for _, kids in named(reader, "/L"):
        assert {kid["/S"] for kid in kids} <= {"/LI", "/L", "/Caption"}


def test_the_file_says_that_it_is_accessible_and_has_bookmarks(reader):
    root = reader.trailer["/Root"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert len(reader.outline) > 3


def test_files_are_attached_with_the_day_of_the_issue(issues, documents):
    issue = issues["thin"]
    enclosed = {"facts.json": b"[]", "tables.xlsx": b"PK"}
    made = render.pdf(documents["thin"], issue.as_of, enclosed)
    assert made == render.pdf(documents["thin"], issue.as_of, enclosed)
    reader = PdfReader(io.BytesIO(made))
    assert {name: content for name, (content,) in reader.attachments.items()} == enclosed
    names = reader.trailer["/Root"]["/Names"]["/EmbeddedFiles"]["/Names"]
    assert [one.get_object()["/EF"]["/F"]["/Params"]["/ModDate"] for one in names[1::2]] == [
        "D:20260113000000Z"
    ] * 2
