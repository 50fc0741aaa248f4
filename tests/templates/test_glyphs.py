"""Characters from data that no font of the page has: shown as substitutes, and named."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from pypdf import PdfReader

from templates import glyphs, publication, render
from templates.sections import industries, movers, sources, theses
from templates.sections.sources.facts import SUBSTITUTES
from tests.drawn import findings as drawn
from transforms.facts import FactBook
from transforms.issue.issue import Issue, Substitute
from warehouse.errors import RenderFailed

HUNAN, ROCKET, MAYA = "688523.SH", "\U0001f680", "\U0001d2e0"
AS_OF = date(2026, 1, 13)


def with_name(issue: Issue, name: str) -> Issue:
    return replace(issue, names={**issue.names, HUNAN: name})


def text_of(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.fixture(scope="module")
def odd(issues: dict[str, Issue]) -> Issue:
    """An issue whose featured share bears a rocket and a sign of the Mayas in its name."""
    return with_name(issues["rising"], f"航{ROCKET}天{MAYA}")


def test_an_odd_character_does_not_stop_the_issue_and_is_named(
    odd: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name stands in tables and in a figure, which the page measures with the same font.

    Only the sections that tell of shares are set: the others do not name this one.
    """
    monkeypatch.setattr(publication, "SECTIONS", (industries, movers, theses, sources))
    english = " ".join(text_of(render.pdf(render.html(odd), odd.as_of)))
    assert re.search(rf"航□天□ {HUNAN} \([^)]+\) U\+1F680 U\+1D2E0", english)
    chinese = " ".join(text_of(render.pdf(render.html(odd, "zh"), odd.as_of)))
    assert chinese.count("航□天□") > 1


def test_the_mail_shows_the_same_substitutes(odd: Issue) -> None:
    """The mail names a share where a finding does: here the worst of a theme."""
    told = (
        drawn.finding("index_change", drawn.RECORD),
        drawn.finding("turnover_total", drawn.RECORD),
        replace(drawn.finding("theme_move", drawn.NOTABLE), surprise=0.7),
    )
    letter = render.mail(replace(odd, findings=told), "zh")
    for part in (letter.html, letter.text):
        assert "航□天□" in part
        assert ROCKET not in part


def test_an_issue_that_can_be_shown_is_not_touched(issues: dict[str, Issue]) -> None:
    seen = glyphs.legible(issues["rising"])
    assert seen.substituted == ()
    assert seen.facts is issues["rising"].facts
    assert dict(seen.names) == dict(issues["rising"].names)


def test_our_own_words_are_not_mended(issues: dict[str, Issue]) -> None:
    own = "<!DOCTYPE html><html><body><p>\U00013000</p></body></html>"
    with pytest.raises(RenderFailed, match="glyph"):
        render.pdf(own, issues["rising"].as_of)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("航天环宇", "航天环宇"), ("万　科Ａ", "万　科Ａ"), ("TCL\u00a0科技", "TCL\u00a0科技"),
        ("e\u0301", "e\u0301"), ("头条\u200d\ufe0f\u202e", "头条"), ("一\r\n二\t三", "一  二 三"),
        (f"{ROCKET}\ue863\x1b[0m\ufffd", "□□□[0m□"), ("อักษรไทย", "□" * 8), ("𠮷野", "𠮷野"),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_text(name: str, seen: str) -> None:
    assert glyphs.shown(name) == seen
    assert set(seen) <= glyphs.covered()


def test_a_name_cannot_add_a_line_to_the_subject(issues: dict[str, Issue]) -> None:
    """The headline names the share that fell hardest."""
    fallen = with_name(issues["rising"], "航天\r\nBcc: x@example.org")
    letter = render.mail(fallen)
    assert "\n" not in letter.subject and "\r" not in letter.subject


def test_two_boards_that_differ_in_an_odd_sign_stay_two(issues: dict[str, Issue]) -> None:
    issue = issues["thin"]
    fact = issue.facts.latest("close", "000001.SH")
    rocket, maya = (f"{sign}概念 (THS)" for sign in (ROCKET, MAYA))
    book = FactBook(
        replace(fact, metric="return_30d", entity=name, fact_id=f"return_30d/{name}")
        for name in (rocket, maya, "□概念 (THS)")
    )
    series = pl.DataFrame({"metric": "return_30d", "entity": [rocket, maya, "□概念 (THS)"]})
    seen = glyphs.legible(replace(issue, facts=book, series=series, names={}))
    names = {one.entity for one in seen.facts}
    assert names == {"□概念 (THS)", "□概念 (THS)□", "□概念 (THS)□□"} == set(seen.series["entity"])
    assert [one.dataset for one in seen.substituted] == ["board_daily"] * 2
    assert [one.characters for one in seen.substituted] == [("U+1D2E0",), ("U+1F680",)]


def test_many_odd_names_are_counted(issues: dict[str, Issue]) -> None:
    many = tuple(Substitute("security", f"{n:06d}.SZ", "□", ("U+1F680",)) for n in range(20))
    drawn = replace(issues["thin"], substituted=many)
    page = sources.build(drawn, render.speller_of(drawn))
    said = str(next(p.text for p in page.rows[-1].blocks[0].items if "□" in str(p.text)))
    assert said.count("U+1F680") == SUBSTITUTES
    assert "14 more" in said


def test_a_font_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "FAMILIES", ("No Such Font",))
    glyphs.covered.cache_clear()
    with pytest.raises(RenderFailed, match=r"No Such Font is not installed; run `make setup`"):
        glyphs.covered()
    monkeypatch.undo()
    glyphs.covered.cache_clear()


def test_what_follows_from_an_issue_is_worked_out_once_for_each(issues: dict[str, Issue]) -> None:
    one, other = issues["rising"], replace(issues["rising"], names={})
    assert glyphs.legible(one) is glyphs.legible(one)
    assert glyphs.legible(other) is not glyphs.legible(one)
    assert glyphs.legible(one).names
    assert not glyphs.legible(other).names
