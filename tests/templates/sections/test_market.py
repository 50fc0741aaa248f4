"""The titles of the market's pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from templates import render
from templates.sections.market import chinese, english
from templates.sections.market.facts import risers


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
