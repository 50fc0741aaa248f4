"""Fixed texts: both languages have each, with the same slots, within their lengths."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from templates.wording.fixed import FIXED, fixed
from templates.wording.never import banned
from templates.wording.text import letters, squares


def slots(text: str) -> set[str]:
    return {slot for _, slot, _, _ in Formatter().parse(text) if slot}


@pytest.mark.parametrize("key", FIXED)
def test_both_languages_have_a_text_that_keeps_the_rules(key):
    text = FIXED[key]
    assert text.en
    assert text.zh
    assert slots(text.zh) <= slots(text.en)
    assert not re.search("[\u4e00-\u9fff，。：；（）]", text.en)
    if key.partition(".")[0] not in {"notice", "mail"}:
        assert not re.search("[\u4e00-\u9fff] | [\u4e00-\u9fff]", text.zh)
        assert banned(text.en, "en") == banned(text.zh, "zh") == []


@pytest.mark.parametrize("key", [key for key in FIXED if key.startswith("tile.")])
def test_the_name_of_a_tile_is_short(key):
    assert letters(FIXED[key].en) <= 22
    assert squares(FIXED[key].zh) <= 10


def test_a_fixed_text_has_its_slots_filled():
    assert fixed("footer.as_of", "en", day="16 Jan 2026") == "as of 16 Jan 2026"
    assert fixed("footer.as_of", "zh", day="2026年1月16日") == "截至2026年1月16日"
    with pytest.raises(KeyError):
        fixed("footer.as_of", "en")
