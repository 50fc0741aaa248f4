"""The document: pages, fonts, bytes, marks, and what makes a render fail."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from templates import render
from templates.section import SECTIONS
from tests.drawn import findings as drawn
from warehouse.errors import RenderFailed

A4 = (595.3, 841.9)
MARK = "SIMULATED"
BANNED = ("证券研究报告", "buy rating", "target price")


def reader(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


@pytest.mark.parametrize("mood", ["rising", "falling", "thin"])
def test_the_first_page_is_one_and_the_rest_are_few(mood, pdfs, texts):
    """All A4; what page 1 ends with stands on it, and the next section begins on page 2."""
    pages = reader(pdfs[mood]).pages

    assert 4 <= len(pages) <= 12
    assert "briefing explain shows its query" in texts[mood][0]
    assert "Thirteen weeks by block" in texts[mood][1]
    assert {
        (round(float(p.mediabox.width), 1), round(float(p.mediabox.height), 1)) for p in pages
    } == {A4}


@pytest.mark.parametrize("mood", ["rising", "falling", "thin"])
def test_every_page_says_its_day_its_issue_and_its_number(mood, texts):
    for number, text in enumerate(texts[mood], start=1):
        assert "13 January 2026" in text
        assert "2026-01-13" in text
        assert f"{number} / {len(texts[mood])}" in text


def test_a_simulated_issue_says_so_on_every_page_and_a_real_one_nowhere(texts):
    assert all(MARK in text for text in texts["falling"])
    assert not any(MARK in text for text in texts["rising"])


def test_all_fonts_are_embedded_and_chinese_can_be_copied(laid_out):
    document = reader(laid_out("zh")["rising"][0])
    fonts = [
        font.get_object()
        for page in document.pages
        for font in page["/Resources"]["/Font"].get_object().values()
    ]
    descriptors = [f["/DescendantFonts"][0].get_object()["/FontDescriptor"] for f in fonts]

    assert all("/FontFile3" in d or "/FontFile2" in d for d in descriptors)
    assert "航天环宇" in "".join(page.extract_text() for page in document.pages)


def test_the_same_issue_gives_the_same_bytes(issues, pdfs):
    again = render.pdf(render.html(issues["rising"]), issues["rising"].as_of)

    assert hashlib.sha256(again).hexdigest() == hashlib.sha256(pdfs["rising"]).hexdigest()


def test_the_date_of_the_file_is_the_cutoff_not_the_clock(issues, pdfs):
    assert reader(pdfs["rising"]).metadata.creation_date.replace(tzinfo=None) == (
        issues["rising"].cutoff.replace(microsecond=0)
    )


def test_the_document_is_tagged_and_says_its_language(pdfs, issues):
    root = reader(pdfs["rising"]).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert reader(pdfs["rising"]).xmp_metadata.dc_title["x-default"].startswith("China Tech")
    assert '<html lang="zh-CN"' in render.html(issues["thin"], "zh")


@pytest.mark.parametrize("mood", ["rising", "falling", "standing", "thin"])
def test_every_figure_has_its_finding_as_alternative_text(mood, documents):
    figures = re.findall(r"<img [^>]*?>", documents[mood])

    assert figures
    assert all(re.search(r' alt="[^"]{4,}"', figure) for figure in figures)


def test_the_setting_of_direction_colours_rise_and_fall(issues):
    page = render.html(issues["thin"], "en", "red-up")

    assert "--up: #b01f24; --down: #1a6b4f; --heat: #8c510a" in page


def test_the_file_is_small_enough_for_mail(pdfs):
    assert max(len(content) for content in pdfs.values()) < 1_500_000


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.SLUG)
@pytest.mark.parametrize("mood", ["rising", "falling", "thin", "empty"])
def test_every_section_is_set_whatever_is_missing(section, mood, documents):
    document = documents[mood]

    assert f'id="{section.SLUG}"' in document
    assert "None" not in document.split("</style>")[-1]
    assert not [word for word in BANNED if word in document]


def test_an_issue_of_nothing_says_what_is_missing(documents):
    assert "never received" in documents["empty"]
    assert documents["empty"].count("no value is known") > 10


def test_a_late_input_is_named_with_its_last_good_value(documents):
    page = documents["falling"].replace("\xa0", " ")

    assert "Margin market: last good value" in page
    assert '<time datetime="2026-01-06">' in page


def test_an_issue_asked_for_on_a_holiday_says_so(documents):
    assert "which was not a trading day" in documents["falling"]
    assert "which was not a trading day" not in documents["rising"]


def test_a_character_without_a_glyph_fails_the_render(issues):
    broken = "<!DOCTYPE html><html><body><p>\U0001f9ff\U00013000</p></body></html>"
    with pytest.raises(RenderFailed, match=r"would not be set right.*glyph"):
        render.pdf(broken, issues["rising"].as_of)


@pytest.mark.parametrize("source", ["file:///etc/hostname", "http://127.0.0.1:9/x.png"])
def test_a_document_that_refers_outside_itself_fails(source, issues):
    with pytest.raises(RenderFailed):
        render.pdf(f'<html><body><img src="{source}"></body></html>', issues["rising"].as_of)


@pytest.mark.parametrize("disabled", [False, True])
def test_an_unknown_style_rule_fails_the_render(issues, monkeypatch, disabled):
    """Also where a logging configuration has disabled the loggers that were there before it."""
    monkeypatch.setattr(logging.getLogger("weasyprint"), "disabled", disabled)
    with pytest.raises(RenderFailed):
        render.pdf("<style>p { colour: red }</style><p>x</p>", issues["rising"].as_of)


def test_names_from_the_data_cannot_become_markup(issues):
    told = (
        drawn.finding("index_change", drawn.RECORD),
        drawn.finding("turnover_total", drawn.RECORD),
        replace(drawn.finding("theme_move", drawn.NOTABLE), surprise=0.7),
    )
    names = {**issues["rising"].names, "688523.SH": "<script>x</script>"}
    named = replace(issues["rising"], names=names, findings=told)

    assert "&lt;script&gt;" in render.mail(named).html
    assert "<script>" not in render.mail(named).html


def test_the_mail_fits_one_screen_and_says_the_headline_of_page_one(issues, documents):
    letter = render.mail(issues["rising"])
    headline = letter.subject.rpartition(" | ")[0]

    assert headline in letter.text
    assert len(letter.text.splitlines()) <= 40
    assert len(letter.html) < 20_000
    assert "<img" not in letter.html


def test_the_mail_of_a_simulated_issue_is_marked_in_subject_and_bodies(issues):
    letter = render.mail(issues["falling"])

    assert all(MARK in part for part in (letter.subject, letter.html, letter.text))


def test_plain_text_has_no_markup(issues):
    for name, issue in issues.items():
        letter = render.mail(issue)

        assert not re.search(r"</?[a-z]|&[a-z#]+;", letter.text), name
        assert "\n" not in letter.subject, name


def test_a_document_cites_the_facts_of_its_numbers_and_of_their_parts():
    page = (
        '<data value="close/000001.SH/2026-01-13">4,139</data> <data value="a&amp;b/CN/2026-01-13'
        '#percentile">86th</data> <time datetime="2026-01-13">13 Jan</time>'
    )
    mail = '<data value="close/000001.SH/2026-01-13">4,139</data>'
    cited = {"close/000001.SH/2026-01-13", "a&b/CN/2026-01-13"}
    assert render.cited_facts(page, mail) == cited


def test_a_chinese_unit_stays_at_its_number():
    kept = render.units_kept('过热59分（周<a href="#m-x">+9</a>分），2020年1月，4.4个百分点')
    assert kept == (
        '过热59\u2060分（周<a href="#m-x">+9</a>\u2060分），2020\u2060年1\u2060月，4.4\u2060个百分点'
    )
    assert render.units_kept("59 of 100, 9%") == "59 of 100, 9%"
