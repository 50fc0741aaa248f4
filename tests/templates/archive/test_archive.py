"""The archive: every issue with all its editions, the course of both axes, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from lxml import etree, html

from templates.archive import Archive, FiledEdition, FiledIssue, archive, feed, headline, leading
from templates.archive.chart import APART

FRIDAY = date(2026, 1, 16)
DAYS = [
    FRIDAY - timedelta(days=n)
    for n in range(400, -1, -1)
    if (FRIDAY - timedelta(days=n)).weekday() < 5
]
HOSTILE = '<script>alert(1)</script>" onload="x'
FILES = {"web": "html", "pdf": "pdf", "workbook": "xlsx"}


def edition(
    issue_id: str, language: str = "en", revision: int = 1, told: str = "Rally", **more
) -> FiledEdition:
    stem = f"{issue_id}/china-tech-briefing_{issue_id}_{language}_r{revision}"
    behind = f" | {issue_id}" if language == "en" else f"｜{issue_id}"
    files = {part: f"{stem}.{ending}" for part, ending in FILES.items()}
    made = datetime(2026, 1, 17, revision, 30)
    return FiledEdition(language, revision, f"{told}{behind}", files, made, **more)


def issue(week: int, *editions: FiledEdition, surprise: float = 1.0, **more) -> FiledIssue:
    name = f"2026-W{week:02d}"
    known = {"state": "overheated advance", "momentum": 79.4, "heat": 59.9} | more
    return FiledIssue(
        name, FRIDAY - timedelta(weeks=3 - week), surprise=surprise,
        editions=editions or (edition(name), edition(name, "zh", told="上涨")), **known,
    )  # fmt: skip


AXES = pl.DataFrame({
    "observation_date": DAYS,
    "momentum": [50 + n % 30 for n in range(len(DAYS))],
    "heat": [None if n < 200 else 40.0 + n % 25 for n in range(len(DAYS))],
})  # fmt: skip
STATES = pl.DataFrame({
    "observation_date": DAYS[200:],
    "state": ["healthy advance"] * (len(DAYS) - 204) + ["overheated advance"] * 4,
})  # fmt: skip
CORRECTED = (
    edition("2026-W03", revision=2), edition("2026-W03", "zh", told="上涨"),
    edition("2026-W03", revision=1, earlier=True),
)  # fmt: skip
ISSUES = (
    issue(3, *CORRECTED),
    issue(2, momentum=81.2, heat=58.8, state="healthy advance"),
    issue(1),
)
WHOLE = Archive(ISSUES, AXES, STATES, simulated=False)


@pytest.fixture(params=["en", "zh"])
def page(request) -> html.HtmlElement:
    return html.document_fromstring(archive(WHOLE, request.param))


def test_every_file_of_every_edition_is_linked_once(page):
    links = list(page.xpath("//td[contains(@class, 'read')]//a/@href"))
    every = [file for one in ISSUES for each in one.editions for file in each.files.values()]
    assert sorted(links) == sorted(every)


def test_each_link_leads_into_the_folder_and_each_anchor_somewhere(page):
    names = set(page.xpath("//@id"))
    for href in page.xpath("//a/@href"):
        assert href[1:] in names if href.startswith("#") else re.fullmatch(r"[\w./-]+", href), href
    assert not page.xpath("//@src | //link[not(@rel='alternate' or @href='data:,')]")
    assert len(page.xpath("//@id")) == len(names)


def test_an_issue_is_told_in_the_readers_language_where_there_is_one():
    only = replace(WHOLE, issues=(issue(3, edition("2026-W03")),))
    told = html.document_fromstring(archive(only, "zh")).xpath("//td[@class='finding']")[0]
    assert (told.text, told.get("lang")) == ("Rally", "en-GB")
    told = html.document_fromstring(archive(WHOLE, "zh")).xpath("//td[@class='finding']")[0]
    assert (told.text, told.get("lang")) == ("上涨", "zh-Hans")


def test_scores_are_those_printed_and_moves_add_up(page):
    first = page.xpath("//tbody/tr[@id='2026-W03']")[0].text_content().split()
    assert {"79", "−2", "60", "+1"} <= set(first)


def test_what_is_unknown_is_a_dash_and_no_zero():
    bare = replace(WHOLE, issues=(issue(3, momentum=None, heat=None, state=None),))
    row = html.document_fromstring(archive(bare, "en")).xpath("//tr[@id='2026-W03']")[0]
    assert [one.text for one in row.xpath(".//td[contains(@class, 'number')]/b")] == ["–", "–"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_before_any_score_is_known_the_issues_are_listed_without_a_chart(language):
    early = Archive(
        (issue(1, momentum=None, heat=None, state=None),), AXES[:0], STATES[:0], simulated=False
    )
    drawn = html.document_fromstring(archive(early, language))
    assert len(drawn.xpath("//td[contains(@class, 'read')]//a")) == 6
    assert not drawn.xpath("//*[local-name()='svg'] | //figure")


@pytest.mark.parametrize(
    ("told", "language", "left"),
    [("SIMULATED: Rally | 2026-W03", "en", "Rally"), ("【模拟】上涨｜2026年第3周", "zh", "上涨"),
     ("Nothing behind", "en", "Nothing behind"), ("A | B | 2026-W03", "en", "A | B")],
)  # fmt: skip
def test_a_headline_is_the_finding_alone(told, language, left):
    assert headline(FiledEdition(language, 1, told, {}, datetime(2026, 1, 17))) == left


def test_what_data_wrote_stays_text():
    hostile = issue(3, edition("2026-W03", told=HOSTILE))
    page = archive(replace(WHOLE, issues=(hostile,)), "en")
    assert "<script>alert" not in page
    assert len(html.document_fromstring(page).xpath("//script")) == 1
    assert not html.document_fromstring(page).xpath("//@onload")


def test_only_its_own_style_and_script_run(page):
    (policy,) = page.xpath("//meta[@http-equiv]/@content")
    for kind in ("style", "script"):
        (own,) = page.xpath(f"//{kind}")
        digest = base64.b64encode(hashlib.sha256(own.text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not page.xpath("//@style")


def test_the_rarest_findings_are_numbered_by_day_and_none_lies_on_another():
    many = tuple(
        FiledIssue(day.isoformat(), day, None, None, None, float(n % 11), (edition("2026-W03"),))
        for n, day in enumerate(DAYS[::-1][:30])
    )
    page = html.document_fromstring(archive(replace(WHOLE, issues=many), "en"))
    told = page.xpath("//ol[@class='told']/li/a/@href")
    rare = sorted(many, key=lambda one: (-one.surprise, one.as_of))[:7]
    assert [one[1:] for one in told] == sorted(one.issue_id for one in rare)
    for figure in ("wide", "slim"):
        at = [
            float(x)
            for x in page.xpath(f"//div[contains(@class, '{figure}')]//circle[@class='number']/@cx")
        ]
        assert len(at) == 7
        assert all(b - a >= APART - 0.11 for a, b in itertools.pairwise(at))
        width = float(page.xpath(f"//div[contains(@class, '{figure}')]/svg/@width")[0])
        assert at[0] > 0 and at[-1] < width


@pytest.mark.parametrize("figure", ["wide", "slim"])
@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_lines_run_through_every_day_and_break_where_there_is_none(figure, code):
    page = html.document_fromstring(archive(WHOLE, code))
    course = {
        kind: page.xpath(
            f"//div[contains(@class, '{figure}')]//path[contains(@class, 'line {kind}')]/@d"
        )[0]
        for kind in ("momentum", "heat")
    }
    assert len(re.findall("[ML]", course["momentum"])) == len(DAYS)
    assert len(re.findall("[ML]", course["heat"])) == len(DAYS) - 200
    assert course["heat"].count("M") == 1
    bands = page.xpath(f"//div[contains(@class, '{figure}')]//rect/@class")
    assert bands == ["band-advance", "band-hot"]


def test_the_title_is_the_finding_of_the_chart(page):
    title = page.xpath("//h2[@id='h-axes']")[0].text.replace("\u00a0", " ")
    momentum, heat = AXES["momentum"][-1], int(AXES["heat"][-1])
    begins = STATES.filter(state="overheated advance")["observation_date"][0]
    assert title in (
        f"Overheated advance since {begins.day} Jan: momentum {momentum}, heat {heat}",
        f"1月{begins.day}日以来“上涨且过热”：结构动能{momentum}分，过热{heat}分",
    )
    assert page.xpath("//figure/div/@aria-label")[0].replace("\u00a0", " ") == title


def test_simulated_is_said_first():
    for code, said in (("en", "SIMULATED"), ("zh", "模拟数据")):
        page = html.document_fromstring(archive(replace(WHOLE, simulated=True), code))
        assert said in page.xpath("//header/p[@class='simulated']")[0].text
        assert said in page.xpath("//title")[0].text


def test_a_hundred_issues_are_less_than_half_a_megabyte():
    many = tuple(
        FiledIssue(f"2024-W{n:03d}", day, "fading", 40.0, 40.0, 1.0, tuple(
            edition(f"2024-W{n:03d}", code, told="Margin loans rise by 98.1 billion yuan" * 2)
            for code in ("en", "zh")))
        for n, day in enumerate(DAYS[::-1][:100])
    )  # fmt: skip
    assert len(archive(replace(WHOLE, issues=many), "zh").encode()) < 500_000


def test_the_page_beside_an_issue_leads_to_its_newest_edition():
    page = html.document_fromstring(leading(ISSUES[0], "en"))
    file = "china-tech-briefing_2026-W03_en_r2.html"
    assert page.xpath("//a/@href") == [file]
    assert page.xpath("//meta[@http-equiv='refresh']/@content") == [f"0; url={file}"]


def test_without_an_edition_it_names_the_other_one_and_leads_nowhere():
    page = html.document_fromstring(leading(issue(3, edition("2026-W03")), "zh"))
    assert page.xpath("//a/@href") == ["china-tech-briefing_2026-W03_en_r1.html"]
    assert "无中文版" in page.text_content()
    assert not page.xpath("//meta[@http-equiv='refresh']")


ATOM = {"a": "http://www.w3.org/2005/Atom"}


def fed(one: Archive, language: str = "en") -> etree._Element:
    told = feed(one, language)
    assert told is not None
    return etree.fromstring(told.encode())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_feed_has_an_entry_for_each_issue_that_leads_to_its_newest_edition(language):
    whole = fed(WHOLE, language)
    links = whole.xpath("a:entry/a:link/@href", namespaces=ATOM)
    assert links == [one.newest(language).files["web"] for one in ISSUES]
    titles = whole.xpath("a:entry/a:title/text()", namespaces=ATOM)
    assert titles == [headline(one.newest(language)) for one in ISSUES]
    (page,) = html.document_fromstring(archive(WHOLE, language)).xpath(
        "//link[@rel='alternate']/@href"
    )
    assert whole.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == [page]


def test_what_is_needed_is_there_once_and_moments_are_those_of_editions():
    whole = fed(WHOLE)
    for name in ("id", "title", "updated"):
        for part in (whole, *whole.findall("a:entry", ATOM)):
            assert len(part.findall(f"a:{name}", ATOM)) == 1
    assert whole.xpath("a:author/a:name", namespaces=ATOM)
    moments = whole.xpath(
        "a:entry[1]/a:published/text() | a:entry[1]/a:updated/text()", namespaces=ATOM
    )
    assert moments == ["2026-01-17T01:30:00Z", "2026-01-17T02:30:00Z"]
    assert whole.xpath("a:updated/text()", namespaces=ATOM) == [moments[1]]


def test_the_id_of_an_issue_stays_when_it_is_corrected_and_where_it_lies():
    ids = "a:id/text() | a:entry/a:id/text()"
    before = replace(WHOLE, issues=(issue(3), *ISSUES[1:]))
    there = fed(WHOLE).xpath(ids, namespaces=ATOM)
    assert there == fed(before).xpath(ids, namespaces=ATOM)
    assert there == fed(replace(WHOLE, address="https://example.org/issues/")).xpath(
        ids, namespaces=ATOM
    )
    assert len({*there, *fed(WHOLE, "zh").xpath(ids, namespaces=ATOM)}) == 2 * len(there)


def test_the_address_of_the_folder_is_the_base_where_it_is_known():
    xml = "{http://www.w3.org/XML/1998/namespace}base"
    assert fed(WHOLE).get(xml) is None
    assert (
        fed(replace(WHOLE, address="https://example.org/issues/")).get(xml)
        == "https://example.org/issues/"
    )


def test_what_data_wrote_stays_text_in_the_feed_and_simulated_is_said():
    told = fed(
        replace(WHOLE, issues=(issue(3, edition("2026-W03", told=HOSTILE)),), simulated=True)
    )
    assert told.xpath("a:entry/a:title/text()", namespaces=ATOM) == [HOSTILE]
    assert told.findtext("a:title", namespaces=ATOM).startswith("SIMULATED")


def test_an_issue_without_an_edition_in_the_language_is_not_in_its_feed():
    only = replace(WHOLE, issues=(issue(3, edition("2026-W03")), *ISSUES[1:]))
    assert len(fed(only, "zh").findall("a:entry", ATOM)) == len(ISSUES) - 1


def test_a_language_without_an_issue_has_no_feed_and_its_page_links_none():
    only = replace(WHOLE, issues=(issue(3, edition("2026-W03")),))
    assert feed(only, "zh") is None
    assert "feed" not in archive(only, "zh")
    assert 'href="feed.xml"' in archive(only, "en")
