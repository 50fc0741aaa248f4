"""What each kind of finding says in both languages, read as printed; `make sentences` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from templates.wording import chinese, english
from templates.wording.language import CHINESE, ENGLISH, LANGUAGES, Language
from templates.wording.told import Setting
from tests.drawn import findings as drawn
from transforms.findings.finding import Finding
from transforms.findings.kinds import KINDS

HERE = Path(__file__).parent


def sheet(language: Language) -> str:
    """Every form of every kind in every strength, as a person reads it; none twice."""
    lines = []
    for kind in KINDS:
        lines.append(f"== {kind}")
        read = set()
        strengths = ((told, one, drawn.WEEK) for told, one in drawn.by_strength(kind).items())
        for told, finding, setting in (*strengths, *drawn.VARIANTS.get(kind, ())):
            said = language.told(finding, setting)
            if said not in read:
                read.add(said)
                lines.append(f"-- {told}")
                lines += [f"{text.capitalized()}{language.stop}" for text in said.sentences]
                lines += [f"   | {text}" for text in said.headlines]
    return "\n".join(lines).replace("\u00a0", " ") + "\n"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_is_the_one_that_was_read(code):
    file = HERE / f"sentences.{code}.txt"
    said = sheet(LANGUAGES[code])
    if os.environ.get("WRITE_SENTENCES"):
        file.write_text(said, encoding="utf-8")

    assert said.splitlines() == file.read_text(encoding="utf-8").splitlines()


def cases(kind: str) -> Iterator[tuple[str, Finding, Setting]]:
    """A kind in each strength, with one thing otherwise: a number left out, none, one, turned."""
    declared = KINDS[kind]
    for strength, rare in drawn.STRENGTHS.items():
        for role in declared.optional:
            yield f"{strength}, no {role}", drawn.finding(kind, rare, without=(role,)), drawn.WEEK
        for role, unit in {**declared.numbers, **declared.optional}.items():
            turned = -drawn.number(kind, role, unit).value
            for value in (0.0, 1.0, 2.0) if unit == "count" else (turned, 0.0):
                one = drawn.finding(kind, rare, **{role: value})
                yield f"{strength}, {role} {value:g}", one, drawn.WEEK
        for setting in (drawn.SHORT, drawn.SESSIONS):
            yield f"{strength}, {setting.span.kind.value}", drawn.finding(kind, rare), setting


def numbered(language: Language) -> str:
    """All that a kind says, each line once, and by their numbers the lines of each case."""
    lines = []
    for kind in KINDS:
        places: dict[str, int] = {}
        told = []
        for name, finding, setting in cases(kind):
            said = language.told(finding, setting)
            texts = map(str, (*said.sentences, *said.headlines, *said.neutral))
            told.append(
                f"{name}: {' '.join(str(places.setdefault(t, len(places))) for t in texts)}"
            )
        lines += [f"== {kind}", *(f"{place} {text}" for text, place in places.items()), *told]
    return "\n".join(lines).replace("\u00a0", " ") + "\n"


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_finding_is_told_as_it_was_read_with_one_thing_otherwise(code):
    file = HERE / f"cases.{code}.txt"
    said = numbered(LANGUAGES[code])
    if os.environ.get("WRITE_SENTENCES"):
        file.write_text(said, encoding="utf-8")

    assert said.splitlines() == file.read_text(encoding="utf-8").splitlines()


def test_both_languages_tell_every_kind_and_no_other():
    assert set(english.SENTENCES) == set(chinese.SENTENCES) == set(KINDS)
    assert ENGLISH.sentences is english.SENTENCES
    assert CHINESE.sentences is chinese.SENTENCES
