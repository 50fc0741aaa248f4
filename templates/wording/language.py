"""What the two editions differ in when findings are put together: marks, lengths, and who tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from templates.format import dated
from templates.wording import chinese, english
from templates.wording.chinese.gaps import not_received as chinese_gaps
from templates.wording.chinese.pages import ChinesePages
from templates.wording.chinese.teller import Chinese
from templates.wording.english.gaps import not_received as english_gaps
from templates.wording.english.pages import EnglishPages
from templates.wording.english.teller import English
from templates.wording.page_words import PageWords
from templates.wording.text import Text, letters, squares
from templates.wording.told import Said, Setting
from transforms.findings.finding import Finding


@dataclass(frozen=True)
class Lengths:
    """How long a text may be, in characters (English) or full-width squares (Chinese).

    line: of the list on the first page, which is half as wide as the page.
    """

    headline: int
    lede: int
    finding: int
    subject: int
    line: int


@dataclass(frozen=True)
class Language:
    """One edition's way to put findings together.

    sentences: what is said of a kind of finding; pages: what pages say beside the findings, of an
    issue's day and with the names of companies; between: what stands between two clauses of a
    headline; stop, gap: the end of a sentence, and what stands before the next one; cool: words
    that never stand beside an overbought reading or a record; measure: how long a text is.
    """

    code: str
    teller: Callable[[Finding, Setting], Any]
    sentences: Mapping[str, Callable[[Any], Said]]
    pages: Callable[[date, Mapping[str, str]], PageWords]
    not_received: Callable[..., Text]
    lengths: Lengths
    measure: Callable[[Text | str], float]
    between: str
    stop: str
    gap: str
    cool: tuple[str, ...]
    bar: str
    simulated: str
    correction: str

    def told(self, finding: Finding, setting: Setting) -> Said:
        """What is said of a finding."""
        key = self.code, id(finding)
        if key not in setting.said:
            setting.said[key] = finding, self._told(finding, setting)
        return setting.said[key][1]

    def _told(self, finding: Finding, setting: Setting) -> Said:
        said = self.sentences[finding.kind](self.teller(finding, setting))
        sentences, headlines = (
            tuple(dict.fromkeys(forms)) for forms in (said.sentences, said.headlines)
        )
        return Said(sentences, headlines, said.neutral)


ENGLISH = Language(
    code="en",
    teller=English,
    sentences=english.SENTENCES,
    pages=EnglishPages,
    not_received=english_gaps,
    lengths=Lengths(headline=90, lede=420, finding=150, subject=70, line=56),
    measure=letters,
    between="; ",
    stop=".",
    gap=" ",
    cool=("not hot", "no longer hot"),
    bar=" | ",
    simulated="SIMULATED: ",
    correction="Correction: ",
)
CHINESE = Language(
    code="zh",
    teller=Chinese,
    sentences=chinese.SENTENCES,
    pages=ChinesePages,
    not_received=chinese_gaps,
    lengths=Lengths(headline=32, lede=190, finding=70, subject=30, line=28),
    measure=squares,
    between="，",
    stop="。",
    gap="",
    cool=("未过热", "不再过热"),
    bar="｜",
    simulated="【模拟】",
    correction="【更正】",
)
LANGUAGES = {one.code: one for one in (ENGLISH, CHINESE)}


def issue_label(issue_id: str, language: Language) -> str:
    """An issue by its week or its day: 2026-W03, 13 Jan 2026; 2026年第3周, 2026年1月13日."""
    year, _, week = issue_id.partition("-W")
    if week:
        return issue_id if language is ENGLISH else f"{year}年第{int(week)}周"
    day = date.fromisoformat(issue_id)
    return str(dated(day)) if language is ENGLISH else f"{day.year}年{day.month}月{day.day}日"
