"""The definitions of what is cited, and the notice with and without the line on the licence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from templates import render
from templates.page import Content, Passages
from templates.sections import definitions
from templates.wording.fixed import fixed
from templates.wording.speller import SPELLERS
from transforms.engine.metric import metrics

CITED = tuple(metrics()[name] for name in ("rsi_14", "close", "turnover_cny"))


def texts(content: Content) -> list[str]:
    blocks = [b for row in content.rows for b in row.blocks if isinstance(b, Passages)]
    return [str(item.text) for block in blocks for item in block.items]


@pytest.mark.parametrize("code", ["en", "zh"])
def test_each_cited_metric_has_its_definition_in_the_readers_language(code, issues):
    s = SPELLERS[code](as_of=issues["rising"].as_of)
    content = definitions.build(issues["rising"], s, CITED)
    first = content.rows[0].blocks[0]

    assert isinstance(first, Passages)
    assert [str(one.head) for one in first.items] == [s.label(m.label) for m in CITED]
    assert [str(one.aside) for one in first.items] == [m.id for m in CITED]
    assert "3" in str(content.headline)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_notice_is_whole_and_speaks_of_the_licence_only_where_it_is_set(code, issues):
    s = SPELLERS[code](as_of=issues["rising"].as_of)
    plain = texts(definitions.build(issues["rising"], s))[0]
    with_line = texts(definitions.build(issues["rising"], replace(s, unlicensed=True)))[0]
    line = fixed("notice.licence", code)

    assert plain == fixed("notice", code)
    assert line in with_line
    assert with_line.replace(line, "").replace("  ", " ").strip() == plain


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_drawn_market_is_said_to_be_one(code, issues):
    s = SPELLERS[code](as_of=issues["rising"].as_of)
    drawn = replace(issues["rising"], simulated=True)

    assert texts(definitions.build(drawn, s))[0].startswith(fixed("footer.simulated", code))


def test_the_page_defines_what_the_pages_before_cite(documents):
    before, _, last = documents["rising"].partition('id="definitions"')
    cited = {name.partition("/")[0] for name in render.cited_facts(before)} & metrics().keys()

    assert len(cited) > 20
    assert all(f">{name}<" in last for name in cited)
