"""The titles of the market's pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from templates import render
from templates.page import Figure
from templates.sections import market
from templates.sections.market import chinese, english
from templates.sections.market.facts import risers
from tests.drawn.findings import AS_OF
from tests.templates.sections.drawn import built, days, fact, issue, plain


@pytest.mark.parametrize(
    ("share", "said", "told"),
    [
        (1.0, "All of {n} technology shares rose", "{n}只科技股全部上涨"),
        (0.0, "None of {n} technology shares rose", "{n}只科技股无一上涨"),
    ],
)
def test_where_all_or_none_rose_the_title_says_so(share, said, told, issues):
    issue = issues["rising"]
    found = risers(issue)
    assert found
    one = replace(found, flipped=False, fact=replace(found.fact, value=share))
    for code, words, pattern in (("en", english, said), ("zh", chinese, told)):
        s = render.speller_of(issue, code)
        assert pattern.format(n=s.members(one.fact)) in str(words.risers_title(one, s))


def test_a_close_without_one_before_it_is_drawn_and_told_by_its_days():
    close = fact("close", "000001.SH", AS_OF, 4101.91, "index points")
    past = [("close", "000001.SH", day, 4000.0 + 9 * n, "") for n, day in enumerate(days(9)[:-1])]
    found = built(market, issue([close], past))

    for content in found.values():
        figure = next(b for row in content.rows for b in row.blocks if isinstance(b, Figure))
        assert "4,102" in plain(figure.title)
        assert figure.marks is not None
        assert [entry.mark for entry in figure.marks.items] == ["1", "2"]
