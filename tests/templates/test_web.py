"""The HTML edition: whole in one file, every number leads to its origin, only its own runs."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
import pytest
from lxml import html

from templates import canvas, charts
from templates.canvas import Line
from templates.format import Number
from templates.page import (
    Bar,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Missing,
    Panel,
    Row,
    Table,
    TableRow,
)
from templates.palette import INK, PALETTES, SUPPORT
from templates.publication import Publication, speller_of
from templates.sections.verdict.chart import spark
from templates.web import document, values_of, web
from templates.web.drawings import Drawings, night
from templates.web.lineage import Group, Origin, _grouped, datasets
from templates.wording.speller import Scale
from templates.wording.text import Text, say

MOODS = ("rising", "falling", "thin", "empty")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;"


@pytest.fixture(scope="module")
def made(webs) -> dict[tuple[str, str], str]:
    """The file of each mood in each language."""
    return {(mood, code): webs(code)[mood] for mood in MOODS for code in ("en", "zh")}


@pytest.fixture(scope="module")
def read(made) -> Callable[..., html.HtmlElement]:
    """`read(mood, language)`: the page of a file, parsed once."""
    return cache(lambda *which: html.document_fromstring(made[which]))


@pytest.fixture(params=[(mood, code) for mood in MOODS for code in ("en", "zh")], ids="-".join)
def page(request, read) -> html.HtmlElement:
    return read(*request.param)


def test_every_identity_is_borne_once(page):
    names = page.xpath("//@id")
    assert sorted(names) == sorted(set(names))


def known(entry: html.HtmlElement) -> dict[str, str]:
    """What the end of the file tells of a number: what is its own, then what its group shares."""
    group = entry if entry.tag == "section" else next(entry.iterancestors("section"))
    shared = zip(group.xpath("dl/dt"), group.xpath("dl/dd"), strict=True)
    told = {head.text: text.text_content() for head, text in shared}
    if entry is not group:
        heads = group.xpath(".//thead/tr/th")
        told |= {h.text: c.text_content() for h, c in zip(heads, entry, strict=True)}
    return told


def test_every_number_is_a_link_to_an_entry_that_tells_of_it(page):
    entries = {
        one.get("id"): one for one in page.xpath("//section[@id='lineage']//*[@id][not(self::h2)]")
    }
    links = page.xpath("//a[@class='n']")
    assert {link.get("href")[1:] for link in links} == entries.keys()
    for entry in entries.values():
        assert any(text.strip() for text in known(entry).values())
    assert all(title.text.strip() for title in page.xpath("//section[@id='lineage']//h3"))
    assert page.xpath("//data") == []


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_the_entries_give_back_the_query_of_each_number(mood, issues, read):
    """Put into the query of its group, the cells of an entry make the query of the fact."""
    facts, seen = issues[mood].facts, 0
    page = read(mood, "en")
    places = {one.get("id"): one for one in page.xpath("//*[@id]")}
    for link in page.xpath("//a[@class='n']"):
        told = known(places[link.get("href")[1:]])
        if "Query" not in told:
            continue
        fact = facts[f"{told['Metric']}/{told['Code']}/{told['Day']}"]
        assert re.sub(r"{([^}]+)}", lambda slot, t=told: t[slot[1]], told["Query"]) == fact.query
        assert float(told["Exact value"]) == fact.value
        seen += 1
    assert seen > 200


def test_an_entry_leads_on_to_what_its_metric_means(read):
    page = read("rising", "en")
    links = page.xpath("//section[@id='lineage']//dl//a/@href")
    assert len(links) > 40
    meanings = [page.get_element_by_id(link[1:]) for link in links]
    assert {next(one.iterancestors("section")).get("id") for one in meanings} == {"definitions"}
    assert [one.xpath("string(*[@class='aside'])") for one in meanings] == [
        link[3:] for link in links
    ]


def test_every_inner_link_and_label_leads_somewhere(page):
    names = set(page.xpath("//@id"))
    inner = {target[1:] for target in page.xpath("//a/@href")}
    inner |= {*page.xpath("//@aria-labelledby"), *page.xpath("//@data-table")}
    assert inner <= names


def test_every_figure_has_an_alternative_and_a_table_of_as_many_rows_as_days(page):
    for figure in page.iter("figure"):
        plots = figure.find_class("plot")
        assert [one.get("class") for one in plots] in (["plot"], ["plot wide", "plot slim"])
        for plot in plots:
            assert plot.get("role") == "img"
            assert plot.get("aria-label") == figure.find("h3").text_content()
        assert len(figure.xpath(".//details//tbody/tr")) > 1
        heads = figure.xpath(".//details//thead/tr/th")
        assert all(len(row) == len(heads) for row in figure.xpath(".//details//tbody/tr"))


def test_nothing_outside_the_file_is_named(made, read):
    for which, markup in made.items():
        page = read(*which)
        addresses = [
            str(a)
            for a in page.xpath("//@src | //@href | //@xlink:href", namespaces={"xlink": "x"})
        ]
        assert all(address.startswith(("#", "data:,")) for address in addresses)
        assert not re.search(
            r"https?:|//[a-z]|url\((?!#)|@import",
            re.sub(r"<script>.*</script>", "", markup, flags=re.DOTALL),
        )
        assert page.xpath("//@style | //@*[starts-with(name(), 'on')]") == []


def test_only_the_style_and_the_script_of_the_file_may_run(made, read):
    for which in made:
        page = read(*which)
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; ")
        for tag in ("style", "script"):
            (part,) = page.iter(tag)
            digest = base64.b64encode(hashlib.sha256(part.text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


def test_language_title_and_headings(made, read):
    for mood, code in made:
        page = read(mood, code)
        assert page.get("lang") == {"en": "en-GB", "zh": "zh-Hans"}[code]
        assert len(list(page.iter("h1"))) == 1
        assert page.findtext(".//title").strip()


def test_the_same_issue_gives_the_same_bytes(issues, made):
    assert web(issues["rising"], "en") == made["rising", "en"]


LARGEST = 1_000_000  # bytes


def test_a_file_is_small(made):
    assert max(len(markup.encode()) for markup in made.values()) < LARGEST


def test_simulated_is_said_in_title_and_head_only_of_what_is(issues, made):
    assert not issues["rising"].simulated
    real, drawn = made["rising", "en"], web(replace(issues["rising"], simulated=True))
    assert html.document_fromstring(drawn).findtext(".//title").startswith("SIMULATED")
    assert len(html.document_fromstring(drawn).find_class("simulated")) == 1
    assert "SIMULATED" not in real
    assert "Real market data" in real


def section(*blocks) -> tuple[Content, ...]:
    return (Content("market", "One", say("A finding"), tuple(Row((block,)) for block in blocks)),)


def test_what_upstreams_write_stays_text(issues):
    issue = issues["rising"]
    s = speller_of(issue)
    data = pl.DataFrame({"day": [date(2026, 1, 12), date(2026, 1, 13)], HOSTILE: [1.0, 2.0]})
    with canvas.drawing(86.0, 40.0) as figure:
        axes = canvas.panel(figure, left=5, right=5, bottom=5, top=5)
        axes.text(0.5, 0.5, HOSTILE)
        svg = canvas.svg_of(figure)
    number = Number(HOSTILE, f"rule/{HOSTILE}")
    blocks = (
        Table(say(HOSTILE), (Column(HOSTILE, "text"), Column("n")),
              (TableRow((HOSTILE, number)), TableRow((say("{x}", x=HOSTILE), Missing(HOSTILE))))),
        Figure(say(HOSTILE), svg, unit=HOSTILE, data=data, note=say("{x}", x=HOSTILE)),
        Entries((Entry(HOSTILE, say("{n}", n=number), say(HOSTILE)),)),
        Panel(HOSTILE, Missing(HOSTILE), HOSTILE),
    )  # fmt: skip
    markup = document(Publication(issue, s, section(*blocks)))
    page = html.document_fromstring(markup)

    assert len(list(page.iter("script"))) == 1
    assert len(list(page.iter("img"))) == 0
    assert page.xpath("//@onerror") == []
    assert page.xpath("//main//th[@scope='row']")[0].text_content().strip() == HOSTILE
    (entry,) = page.xpath("//section[@id='lineage']/section")
    assert list(known(entry).values()) == [f"rule/{HOSTILE}"]


def test_an_entry_tells_what_is_known_of_a_fact(issues):
    issue = issues["rising"]
    fact = issue.facts.latest("rsi_14", "000001.SH")
    s = speller_of(issue)
    text = say("RSI of {n}, {p}", n=s.size(fact), p=s.percentile(fact))
    page = html.document_fromstring(
        document(Publication(issue, s, section(Entries((Entry("1", text),)))))
    )

    links = page.xpath("//a[@class='n']")
    assert [link.text_content() for link in links] == [str(s.size(fact)), str(s.percentile(fact))]
    assert [link.get("data-v") for link in links] == [None, f"{fact.percentile:.9g}"]
    (entry,) = page.xpath("//section[@id='lineage']/section")
    told = known(entry)
    assert (told["Metric"], told["Code"], told["Name"]) == (
        "rsi_14",
        "000001.SH",
        "Shanghai Composite",
    )
    assert told["Day"] == "2026-01-13"
    assert told["Known, Beijing time"] == "2026-01-13 16:00"
    assert (told["Value"], told["Exact value"]) == (str(s.size(fact)), repr(fact.value))
    assert told["Source"] == "sina"
    assert told["Query"] == fact.query
    assert re.fullmatch(r"2026-01-\d\d \d\d:\d\d", told["Fetched, Beijing time"])


def test_findings_follow_from_datasets_too():
    assert "index_daily" in datasets("finding_index_change_change")
    assert "margin_market" in datasets("margin_financing_balance_cny")


@pytest.mark.parametrize(
    ("name", "unit", "values", "texts"),
    [
        ("%", "%", [0.50099, 0.361], ["50.099", "36.100"]),
        ("CNY tn", "CNY tn", [3.0263e12, None], ["3.0263", ""]),
        ("万亿元", "万亿元", [3.0263e12], ["3.0263"]),
        ("STAR 50", "index points", [1514.07, -2.5], ["1,514.1", "−2.5"]),
        ("Shares", "", [45.0, 7.0], ["45", "7"]),
        ("ratio", "", [float("nan"), 1.25], ["", "1.2500"]),
    ],
)
def test_values_are_told_in_the_unit_that_is_named(issues, name, unit, values, texts):
    frame = pl.DataFrame({"day": [date(2026, 1, 12 + n) for n in range(len(values))], name: values})
    table = values_of(frame, unit, speller_of(issues["rising"]))
    assert [row[1] for row in table.rows] == texts
    assert table.rows[0][0] == "12\xa0Jan\xa02026"


def test_counts_beside_what_is_drawn_and_printed_numbers_stay_as_they_are(issues):
    frame = pl.DataFrame(
        [("STAR 50", 60, 0.45, Number("<5%", "m"))], ("i", "sessions", "x", "p"), orient="row"
    )
    table = values_of(frame, "in steps of 5%", speller_of(issues["rising"]))

    assert table.rows == (("STAR 50", "60", "45", "<5%"),)


def drawn_line() -> str:
    days = [date(2026, 1, day) for day in range(1, 14)]
    return charts.lines(days, [Line(list(range(13)), "end", SUPPORT)], Scale(1.0, ""))


def clipped_line() -> str:
    """A line that leaves its frame at the top, and one that does not."""
    with canvas.drawing(86.0, 40.0) as figure:
        axes = canvas.panel(figure, left=5, right=5, bottom=5, top=5)
        axes.plot([0, 1, 2], [0, 9, 1], color=SUPPORT)
        axes.plot([0, 1, 2], [1, 2, 3], color=INK)
        axes.set_ylim(0, 4)
        return canvas.svg_of(figure)


def test_figures_share_no_identity_and_keep_their_references():
    drawings = Drawings()
    one, two = (
        html.fragment_fromstring(str(drawings.inline(clipped_line()).svg)) for _ in range(2)
    )
    assert not set(one.xpath("//@id")) & set(two.xpath("//@id"))
    for figure in (one, two):
        (clipped,) = figure.xpath("//*[@clip-path]/@clip-path")
        assert [f"url(#{name})" for name in figure.xpath("//clippath/@id")] == [clipped]
        assert figure.xpath("//@style | //@href") == []


def test_a_figure_tells_where_its_days_stand():
    left, right, first, last = map(float, Drawings().inline(drawn_line()).days.split())
    assert 0 < left < right < 86 / 25.4 * 72
    assert (first, last) == (-1, 13)


def test_a_figure_without_days_tells_nothing_of_them():
    svg = spark([1.0, 2.0], "1", "2", 90.0, PALETTES["blue"].heat)
    assert Drawings().inline(svg).days == ""


def test_every_colour_of_a_figure_has_a_rule_for_dark_paper():
    drawings = Drawings()
    source = drawn_line()
    svg = html.fragment_fromstring(str(drawings.inline(source).svg))
    rules = dict(re.findall(r"\.(s\d+)\{(.*)\}", drawings.rules()))
    assert set(svg.xpath("//svg//@class")) - {"w244"} == rules.keys()
    shown = set(re.findall(r"light-dark\((#[0-9a-f]{6}),", " ".join(rules.values())))
    assert SUPPORT in shown
    assert shown <= set(re.findall("#[0-9a-f]{6}", source))
    assert svg.xpath("//@fill | //@stroke") == []


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "colour", [INK, SUPPORT, "#a8431f", "#45505e", "#626d7a", "#1a6b4f", "#b01f24", "#8c510a"]
)
def test_ink_can_be_read_on_dark_paper(colour):
    assert (luminance(night(colour)) + 0.05) / (luminance("#0f151d") + 0.05) >= 4.5


def test_bars_point_the_way_of_their_value(issues):
    table = Table(Text(), (Column("a", "text"), Column("", "bar")),
                  (TableRow(("up", Bar(0.5))), TableRow(("down", Bar(-1.0)))))  # fmt: skip
    issue = issues["rising"]
    page = html.document_fromstring(document(Publication(issue, speller_of(issue), section(table))))
    bars = [(r.get("class"), r.get("x"), r.get("width")) for r in page.iter("rect")]
    assert bars == [("up", "0.000", "0.500"), ("down", "-1.000", "1.000")]


def test_heads_of_a_group_stand_in_the_order_of_its_fullest_row():
    """What is the same in all rows stands above them; a row may lack a cell."""
    rows = [("z", {"to": "2", "unit": "CNY"}), ("b", {"from": "1", "to": "3", "unit": "CNY"})]

    assert _grouped("title", rows) == Group(
        "title",
        (("unit", "CNY"),),
        ("from", "to"),
        (Origin("z", ("", "2")), Origin("b", ("1", "3"))),
    )
