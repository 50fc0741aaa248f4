"""The foot of a letter, and the lines of its plain text."""

from __future__ import annotations

import re

import pytest

from templates.mail_foot import COLUMNS, PLACE, Enclosed, Foot, Link, _plain, folded, with_foot
from templates.wording.text import squares

FOOT = Foot(Enclosed.PDF, (Link("pdf", "https://example.org/a.pdf"),), "a.pdf", "a@example.org")
LINES = [
    "1 Margin loans rose by 98.1 billion yuan (3.8%) in five sessions to 2.70 trillion yuan on 15 Jan.",
    "- 19日 周一：融资保证金最低比例由80%提高到100%，仅限新合约起实施；再贷款、再贴现利率下调0.25个百分点起实施",
    "1月14日两市成交额3.94万亿元，创历史新高，此前纪录3.45万亿元（2024年10月8日）。结构动能79分（强，周−2分）。",
    "word " * 40,
    "",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_folded_to_its_columns_and_loses_nothing(line):
    found = folded(line)
    assert "".join("".join(found).split()) == "".join(line.split())
    hanging = 2  # a closing mark may stand outside
    assert all(2 * squares(one.rstrip()) <= COLUMNS + hanging for one in found)
    assert len(found) > 1 or len(line) < COLUMNS


@pytest.mark.parametrize("line", LINES[1:3])
def test_no_line_begins_with_what_closes_nor_ends_with_what_opens(line):
    found = folded(line)
    assert not [one for one in found[1:] if one.strip()[0] in "，。；：、）》”"]
    assert not [one for one in found if one.rstrip()[-1] in "（《“"]


def test_a_number_keeps_its_unit_and_an_item_its_indent():
    found = folded("- " + "融" * 29 + "3.94万亿元")
    assert found[1] == "  3.94万亿元"


def test_an_address_is_never_cut():
    url = "https://example.org/" + "x" * 100
    assert folded(f"PDF: {url}")[-1].strip() == url


@pytest.mark.parametrize("page", [f"<div>{PLACE}</div>", "<body>x</body>", "x"])
def test_the_foot_stands_in_its_place_and_both_say_the_same(page):
    text, html = with_foot("said\n", page, FOOT, "en")
    assert PLACE not in html
    bare = re.sub("<[^>]+>", " ", html)
    for said in ("The whole issue is attached as a PDF.", "no ratings", "a@example.org", "PDF"):
        assert said in text
        assert said in bare
    assert html.endswith(("</div>", "</body>", "</p>"))


def test_what_settings_say_stays_text():
    foot = Foot(Enclosed.NOTHING, (), "<b>&.pdf", "a&b'@example.org")
    _, html = with_foot("said", "x", foot, "zh")
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;.pdf" in html
    assert 'href="mailto:a&amp;b&#39;@example.org?subject=unsubscribe"' in html


@pytest.mark.parametrize(
    ("named", "lines"),
    [([("Web", "https://a.org")], ["text", "", "Web: https://a.org", "", "said"]),
     ([], ["text", "", "said"])],
)  # fmt: skip
def test_links_stand_by_themselves_between_the_text_and_what_is_said_of_the_mail(named, lines):
    assert _plain("text\n\n", ["said"], named).splitlines() == lines
