"""The picture and the table of rooms are what the imports say, and no arrow leads upwards."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.architecture import House, house, in_cycles, picture, written
from scripts.layers import Arrow, Box, arrange

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built() -> House:
    return house()


def test_the_documents_show_the_imports_as_they_are(built: House) -> None:
    stale = [file.name for file, text in written(built).items() if file.read_text("utf-8") != text]
    assert stale == [], "run `make architecture`"


def test_no_arrow_leads_upwards(built: House) -> None:
    assert built.upwards == []
    assert 'class="wrong"' not in picture(built)


def test_every_room_has_a_place(built: House) -> None:
    placed = {room for rows in built.rows.values() for row in rows for room in row}
    assert set(built.files) == placed
    assert built.imports["flows.weekly", "flows.briefing"] == 1


def drawn(*imports: tuple[str, str]) -> House:
    """A house of three layers in one package, and of one room in each of the others."""
    rows = {
        "flows": [["flows.a"], ["flows.b", "flows.c"], ["flows.d"]],
        "templates": [["templates.t"]],
        "transforms": [["transforms.t"]],
        "warehouse": [["warehouse.w"]],
    }
    files = {room: 1 for layers in rows.values() for row in layers for room in row}
    return House(files, Counter(imports), rows)


@pytest.mark.parametrize(
    ("tail", "head"),
    [("flows.d", "flows.a"), ("flows.b", "flows.c"), ("warehouse.w", "flows.d")],
)
def test_an_arrow_against_the_layers_is_found(tail: str, head: str) -> None:
    assert drawn(("flows.a", "flows.b"), (tail, head)).upwards == [(tail, head)]


def test_an_arrow_upwards_is_red() -> None:
    assert picture(drawn(("flows.d", "flows.a"))).count('class="wrong"') == 1
    assert picture(drawn(("flows.a", "flows.d"))).count('class="wrong"') == 0


def test_arrows_that_follow_from_others_are_left_out_and_boxes_do_not_overlap() -> None:
    rows = [[Box(name, name, 1) for name in row] for row in (["aa"], ["bb", "cc"], ["dd"])]
    arrows = [Arrow("aa", "bb", 1), Arrow("bb", "dd", 3), Arrow("aa", "dd", 9)]
    spots, lines = arrange(rows, arrows, (0, 0, 200, 300))
    assert sorted(imports for _, imports in lines) == [1, 3]
    assert abs(spots["bb"].x - spots["cc"].x) >= (spots["bb"].box.width + spots["cc"].box.width) / 2
    assert spots["aa"].below[1] < spots["bb"].top < spots["dd"].top


def test_a_long_arrow_passes_beside_the_boxes_of_the_rows_between() -> None:
    rows = [[Box(name, name, 1)] for name in ("aa", "bb", "cc")]
    spots, lines = arrange(rows, [Arrow("aa", "cc", 1)], (0, 0, 200, 300))
    middle = spots["bb"]
    passing = [x for x, y in lines[0][0] if middle.top <= y <= middle.top + middle.height]
    assert passing
    assert all(abs(x - middle.x) > middle.box.width / 2 for x in passing)


def test_cycles_are_counted() -> None:
    assert in_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]) == {
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
    }


def test_the_questions_of_newcomers_lead_to_files() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    listed = page.partition("## Where is …?")[2].partition("\n## ")[0]
    asked = re.findall(r"^\| (.+\?) \| (.+) \|$", listed, re.MULTILINE)
    assert len(asked) >= 15
    for question, answer in asked:
        files = re.findall(r"`([\w./]+/[\w./]*)`", answer)
        assert files, question
        assert [name for name in files if not (ROOT / name).exists()] == [], question
