"""What each kind of finding says in both languages, read as printed; `make sentences` writes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from templates.wording import chinese, english
from templates.wording.language import CHINESE, ENGLISH, LANGUAGES, Language
from tests.drawn import findings as drawn
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


def test_both_languages_tell_every_kind_and_no_other():
    assert set(english.SENTENCES) == set(chinese.SENTENCES) == set(KINDS)
    assert ENGLISH.sentences is english.SENTENCES
    assert CHINESE.sentences is chinese.SENTENCES
