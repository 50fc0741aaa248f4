"""Sections that are told in both languages: the same blocks, from the same facts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import product

import polars as pl
import pytest

from templates.format import Day, Number
from templates.page import Content
from templates.section import SECTIONS
from templates.sections import definitions
from templates.wording.fixed import fixed
from templates.wording.never import banned
from templates.wording.text import Text
from tests.templates.lineage import is_stated

MOODS = ("rising", "falling", "standing", "thin", "empty")
NOTICE = {code: fixed("notice", code) for code in ("en", "zh")}  # it may use any word
HAN = "[\u4e00-\u9fff]"


def public(module: object) -> dict[str, object]:
    """What a module of sentences offers: its constants and functions, with their parameters."""
    own = module.__name__
    found = {}
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", own) != own:
            continue
        if inspect.isfunction(value):
            found[name] = [*inspect.signature(value).parameters]
        elif name.isupper():
            found[name] = type(value)
    return found


def told(part: object) -> Iterator[Text | Number | Day | str]:
    """All that a block prints, however deep it lies."""
    if isinstance(part, Text):
        yield from part.parts
    elif isinstance(part, Number | Day | str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from told(one)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in {"svg", "data", "refs", "slug", "kind", "grid"}:
                yield from told(getattr(part, field.name))


@pytest.fixture(scope="module")
def contents(published) -> dict[tuple[str, str, str], Content]:
    """Each section of each mood in each language; the definitions without what others cite."""
    found = {}
    for mood, code in product(MOODS, ("en", "zh")):
        whole = published(mood, code)
        found |= {(section.slug, mood, code): section for section in whole.sections}
        bare = definitions.build(whole.issue, whole.speller)
        found[definitions.SLUG, mood, code] = bare
    return found


@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
def test_both_languages_have_the_same_sentences(section):
    english, chinese = (
        import_module(f"{section.__name__}.{name}") for name in ("english", "chinese")
    )

    names = public(english)
    assert names.keys() >= {"headline"}
    assert names == public(chinese)


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
def test_both_languages_print_the_same_blocks_and_facts(section, mood, contents):
    shapes, facts = [], []
    for code in ("en", "zh"):
        content = contents[section.SLUG, mood, code]
        shapes.append([(row.grid, *(type(one) for one in row.blocks)) for row in content.rows])
        cells = [one.ref for one in told(content.rows) if isinstance(one, Number)]
        facts.append({ref.partition("#")[0] for ref in cells})

    assert shapes[0] == shapes[1]
    assert facts[0] == facts[1]


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
def test_every_number_of_a_block_is_its_fact(section, mood, code, contents, issues):
    parts = [*told(contents[section.SLUG, mood, code])]
    numbers = [one for one in parts if isinstance(one, Number)]

    assert [one for one in numbers if not is_stated(issues[mood], one.ref, one.text)] == []


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
def test_texts_are_in_the_style_of_their_language(section, mood, contents):
    """Full-width marks between Chinese, no space around figures; no word that is never used."""
    for code in ("en", "zh"):
        content = contents[section.SLUG, mood, code]
        words = "".join(map(str, told(content))).replace(NOTICE[code], "")
        assert banned(words, code) == []
    titles = [str(content.headline), *(str(t) for t in _titles(content))]
    assert not [t for t in titles if re.search(f"{HAN}[ ,.;:]|[ ,;:]{HAN}", t)]


def _titles(content: Content) -> Iterator[Text]:
    for row in content.rows:
        for block in row.blocks:
            yield getattr(block, "title", Text())


@pytest.mark.parametrize(("code", "room"), [("en", 90), ("zh", 34)])
@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
def test_a_headline_fits_two_lines(section, mood, code, room, contents):
    from templates.wording.language import LANGUAGES

    assert LANGUAGES[code].measure(contents[section.SLUG, mood, code].headline) <= room


def test_what_a_figure_draws_lies_beside_it_as_named_columns(contents):
    figures = [
        block
        for content in contents.values()
        for row in content.rows
        for block in row.blocks
        if getattr(block, "svg", "")
    ]

    assert figures
    assert all(isinstance(one.data, pl.DataFrame) and one.data.height > 1 for one in figures)
    assert all(str(getattr(one, "title", "")) or one.name for one in figures)
