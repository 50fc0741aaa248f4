"""A revision says on page, web page and letter which one it replaces, and what has changed."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime

import pytest
from lxml import html
from pypdf import PdfReader

from templates import publication, render, revision_note
from templates.sections import verdict
from templates.web import document, web
from transforms.facts import Fact
from transforms.issue.issue import Issue
from transforms.issue.restatements import Why
from transforms.issue.revisions import Change, Replaced, Restated

PRINTED = date(2026, 1, 14)


def corrected(issue: Issue, *changes: Change) -> Issue:
    return replace(issue, replaced=Replaced(2, 1, PRINTED, changes))


def changed(issue: Issue, why: Why = Why.RESTATED, by: float = 5.0) -> Change:
    now = issue.facts.latest("rsi_14", "000001.SH")
    return Change(replace(now, value=now.value - by), now, why)


def note(issue: Issue, code: str) -> str:
    return str(revision_note.note(issue, render.speller_of(issue, code))).replace("\u00a0", " ")


def test_a_first_revision_says_nothing(issues, documents):
    issue = issues["rising"]
    assert note(issue, "en") == note(issue, "zh") == revision_note.mark(issue) == ""
    assert 'class="revision"' not in documents["rising"]


def test_without_another_number_it_says_so(issues):
    issue = corrected(issues["rising"])
    assert note(issue, "en") == (
        "Revision 2 replaces r1 of 14 Jan: words or layout were corrected; no number has changed."
    )
    assert note(issue, "zh") == "第2版替代1月14日第1版：更正文字或版式，数字未变。"


def test_a_number_is_told_with_both_values_its_day_and_why(issues):
    issue = issues["rising"]
    one = changed(issue)
    said = note(corrected(issue, one), "en")
    old, new = f"{one.before.value:.1f}", f"{one.now.value:.1f}"
    assert said == (
        f"Revision 2 replaces r1 of 14 Jan: 1 number has changed. RSI of the Shanghai Composite, "
        f"13 Jan: from {old} to {new} (revised by its source)."
    )
    assert note(corrected(issue, one), "zh") == (
        f"第2版替代1月14日第1版：1个数字有更正。上证指数RSI（1月13日）由{old}改为{new}（来源修订）。"
    )


def test_what_is_gone_is_withdrawn_and_what_has_no_room_is_counted(issues):
    issue = issues["rising"]
    gone = replace(changed(issue, Why.CORRECTED), now=None)
    many = corrected(issue, *[gone] * 5)
    assert "withdrawn (corrected by us)" in note(many, "en")
    assert note(many, "en").endswith("; 2 more.")
    assert note(many, "zh").endswith("；另有2个。")


def restated(issue: Issue, by: float = 4.0) -> Issue:
    fact = issue.facts.latest("rsi_14", "000001.SH")
    one = Restated(fact, fact.value + by, ("Sina",), datetime(2026, 1, 14, 17))
    return replace(issue, restated=(one,))


def test_what_a_source_restated_is_told_beside_what_was_known_at_the_cut_off(issues):
    issue = restated(issues["rising"])
    (one,) = issue.restated
    old, new = f"{one.fact.value:.1f}", f"{one.value:.1f}"
    said = note(corrected(issue), "en")
    assert said == (
        "Revision 2 replaces r1 of 14 Jan: its numbers are the same. Sources have since restated 1 "
        "of the numbers printed here, which are as known at the end of 13 Jan. RSI of the Shanghai "
        f"Composite, 13 Jan: printed {old}, now {new} (Sina, fetched 15 Jan)."
    )
    assert note(corrected(issue), "zh") == (
        "第2版替代1月14日第1版：所载数字不变。本期数字以1月13日收盘后所知为准，其中1个此后经来源修订："
        f"上证指数RSI（1月13日）原载{old}，现为{new}（新浪财经，1月15日获取）。"
    )
    assert note(issue, "en") in said, "also in a language of which there was no edition yet"


def test_what_a_source_took_back_is_told_as_printed(issues):
    issue = restated(issues["rising"], by=0.0)
    assert ", again so (Sina" in note(issue, "en")
    assert "，现仍如此（" in note(issue, "zh")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_page_web_page_and_letter_say_the_same(issues, code):
    issue = restated(corrected(issues["rising"], changed(issues["rising"])))
    said = note(issue, code)
    whole = publication.publication(issue, code)
    printed, mail = render.document(whole), render.mail(issue, code)
    for page in (printed, document(whole), mail.html):
        text = "".join(html.document_fromstring(page).itertext()).replace("\u00a0", " ")
        assert said in text
    assert said in mail.text.replace("\u00a0", " ")
    assert f"{issue.issue_id} r2" in mail.text
    assert f"{issue.issue_id} r2" in printed


def test_its_numbers_lead_somewhere(issues):
    """Also those of a value that no fact has any more."""
    page = html.document_fromstring(
        web(corrected(issues["rising"], changed(issues["rising"])), "en")
    )
    names = set(page.xpath("//@id"))
    links = page.xpath("//header//p[@class='standstill']/a/@href")
    assert len(links) == 5
    assert {one[1:] for one in links} <= names


def test_page_one_keeps_its_page_with_the_note(issues, monkeypatch):
    """Without the note it does, too: tests/templates/sections/test_verdict.py."""
    monkeypatch.setattr(publication, "SECTIONS", (verdict,))
    issue = issues["rising"]
    noted = restated(corrected(issue, *[changed(issue)] * 3))
    markup = render.html(noted)
    assert 'class="revision"' in markup
    assert len(PdfReader(io.BytesIO(render.pdf(markup, noted.as_of))).pages) == 1


def test_the_facts_of_a_note_are_printed_ones(issues):
    issue = corrected(issues["rising"], changed(issues["rising"]))
    cited = render.cited_facts(render.mail(issue).html)
    fact: Fact = issue.facts.latest("rsi_14", "000001.SH")
    assert fact.fact_id in cited


def test_only_the_first_of_several_changes_begins_with_a_capital(issues):
    issue = issues["rising"]
    loans = issue.facts.latest("margin_financing_change_1d", "CN")
    other = Change(replace(loans, value=loans.value - 0.01), loans, Why.RESTATED)
    said = note(corrected(issue, changed(issue), other), "en")

    assert "changed. RSI of" in said
    assert "; one-day change of margin loans" in said
