"""Takes finished texts apart: sentences, numbers with their facts, what a word speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from templates.format import INDEX_NAMES, Day, Number
from templates.wording.text import Text
from tests.templates.recomputed import Evidence, Past, Ranks
from tests.templates.vocabulary import MAIN, SCALES, SHORT_NAMES, VERBS, VERBS_OF, WORDS, ZH_NAMES
from transforms.findings.kinds import KINDS

REF = re.compile(rf"finding_({'|'.join(sorted(KINDS, key=len, reverse=True))})_(\w+)/(.+)/(\S+)")


LOW = re.compile("record low|fewest|lowest|worst|least|smallest|最低|最少|跌幅|降幅|新低")


@dataclass(frozen=True)
class Page:
    """What is printed at the front in one language. names: what others chose: companies, titles."""

    language: str
    headline: Text
    lede: Text
    findings: tuple[Text, ...]
    subject: Text = field(default_factory=Text)
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contradiction:
    """A text that says what is not so: by which rule, and how it is instead."""

    rule: str
    text: str
    why: str


@dataclass(frozen=True)
class Mark:
    """A number or a day in a sentence, with its place; of a number, the fact that it states."""

    start: int
    end: int
    part: Number | Day

    @cached_property
    def fact(self) -> tuple[str, str, str, date] | None:
        """Kind, role, entity and day."""
        ref = self.part.ref.partition("#")[0] if isinstance(self.part, Number) else ""
        found = REF.fullmatch(ref)
        return (*found.group(1, 2, 3), date.fromisoformat(found[4])) if found else None  # type: ignore[return-value]

    @property
    def is_rank(self) -> bool:
        return isinstance(self.part, Number) and (
            self.part.ref.endswith("#percentile") or bool(self.fact and self.fact[1] == "rate_rank")
        )


@dataclass(frozen=True)
class Statement:
    """One sentence, or one clause of a headline."""

    where: str
    language: str
    text: str
    marks: tuple[Mark, ...]

    @property
    def numbers(self) -> Iterator[tuple[Mark, str, str, str, date]]:
        """The numbers that state a fact, ranks left out."""
        for mark in self.marks:
            if mark.fact and not mark.is_rank:
                yield (mark, *mark.fact)

    def governing(self, place: int) -> tuple[str, str, str, date] | None:
        """The fact that a word at a place speaks of: the last main number before it, else the next
        one.
        """
        main = [(mark, fact) for mark in self.marks
                if (fact := mark.fact) and not mark.is_rank and fact[1] in MAIN.get(fact[0], ())]  # fmt: skip
        before = [fact for mark, fact in main if mark.start <= place]
        return before[-1] if before else main[0][1] if main else None


def statements(page: Page) -> list[Statement]:
    """All sentences of a page, and the clauses of its headline and of its subject."""
    stops = {"en": (".",), "zh": ("。",)}[page.language]
    clauses = {"en": ("; ",), "zh": ("，",)}[page.language]
    told = [*_split("headline", page, page.headline, clauses),
            *_split("subject", page, page.subject, clauses),
            *_split("lede", page, page.lede, stops)]  # fmt: skip
    for one in page.findings:
        told += _split("finding", page, one, stops)
    return told


def _split(where: str, page: Page, text: Text, stops: Sequence[str]) -> Iterator[Statement]:
    parts: list[str | Number | Day] = []
    for part in (*text.parts, stops[0]):
        if part not in stops:
            parts.append(part)
            continue
        said, marks = "", []
        for one in parts:
            start = len(said)
            said += str(one).replace("\N{NO-BREAK SPACE}", " ")
            if not isinstance(one, str):
                marks.append(Mark(start, len(said), one))
        if said.strip():
            yield Statement(where, page.language, said, tuple(marks))
        parts = []


def spelled(text: str) -> tuple[float, float, int] | None:
    """A printed number: its size, the step of its last digit, and its sign if it has one."""
    plain = text.replace(",", "").replace("\N{NO-BREAK SPACE}", " ")
    found = re.search(r"([+\u2212-]?)(?:HK\$|US\$)?(\d+(?:\.(\d+))?)", plain)
    if not found:
        return (float(WORDS[plain]), 0.0, 0) if plain in WORDS else None
    tail = plain[found.end() :]
    scale = next((size for name, size in SCALES if name in tail), 1.0)
    sign = {"": 0, "+": 1}.get(found[1], -1)
    return float(found[2]) * scale, scale * 10.0 ** -len(found[3] or ""), sign


def rounded(value: float, places: int) -> float:
    """Half away from zero."""
    step = Decimal(1).scaleb(-places)
    return float(Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP))


def verb_before(one: Statement, mark: Mark) -> tuple[str, int, float, float] | None:
    """The last verb before a number, with its way and the percentiles that it is for."""
    if str(mark.part)[:1] in "+\u2212":
        return None
    last = None
    for found in VERBS[one.language].finditer(one.text, 0, mark.start):
        last = found[0]
    return None if last is None else (last, *VERBS_OF[one.language][last])


def since_named(one: Statement, mark: Mark) -> str:
    """Whether a day is that since when something is so: "since", "first" of a record, or ""."""
    before, after = one.text[: mark.start], one.text[mark.end :]
    if one.language == "en":
        if not before.endswith(("since ", "since the series began in ")):
            return ""
        if before.endswith(("percentile since ", "in force since ")):
            return "" if before.endswith("force since ") else "history"
        return "first" if re.search(r"(began in|record since) $", before) else "since"
    if after.startswith("有数据以来"):
        return "first"
    if not after.startswith("以来"):
        return ""
    return "history" if re.match(r"以来\d+%分位", after) else "since"


def speaks_of_low(one: Statement, mark_start: int, mark_end: int, rank: Ranks) -> bool:
    """Whether a clause speaks of something far down: by its word, of a move by its sign."""
    if rank.is_move:
        return rank.now < 0
    if re.search("ETFs lost|ETFs lose|净赎回", one.text):
        return "smallest" not in one.text and "最小" not in one.text
    if one.language == "zh":
        clause = re.split("[，；。]", one.text[mark_end:])[0]
    else:
        clause = re.split("[,;(]", one.text[:mark_start])[-1]
    return bool(LOW.search(clause))


def spoken_of(one: Statement, place: int, evidence: Evidence) -> tuple[str, str, str, date] | None:
    """The fact that a clause speaks of; of a headline without its number, the close it names."""
    fact = one.governing(place)
    if fact or one.where not in {"headline", "subject"}:
        return fact
    code = named_index(one.text, one.language)
    high = bool(re.search("highest|新高", one.text))
    past = evidence.past("close", code) if code else None
    if past is None or code is None or not past.sessions:
        return None
    return ("index_high" if high else "index_low", "level", code, extreme(past, high=high))


def extreme(past: Past, *, high: bool) -> date:
    inside = past.values[past.begins :]
    return past.days[past.begins + int(inside.argmax() if high else inside.argmin())]


def named_index(text: str, language: str) -> str | None:
    """The index that a clause begins with or names first, the longest name first."""
    names = (*INDEX_NAMES.items(), *SHORT_NAMES.items()) if language == "en" else ZH_NAMES.items()
    pairs = [(name, code) for code, name in names]
    hits = [(text.find(n), -len(n), c) for n, c in pairs if n in text]
    return min(hits)[2] if hits else None
