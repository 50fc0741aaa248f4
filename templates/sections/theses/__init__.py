"""Nine standing theses, each with its line, and the article's claims then and at last."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from templates.page import (
    Absent,
    Block,
    Cell,
    Column,
    Content,
    Missing,
    Picture,
    Stack,
    Table,
    TableRow,
    rows,
)
from templates.palette import SUPPORT
from templates.sections.theses import chart, chinese, english
from templates.sections.theses.facts import (
    TONES,
    Card,
    Claimed,
    Pair,
    Standing,
    card,
    claimed,
)
from templates.wording.language import LANGUAGES
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.issue.issue import Issue

SLUG = "theses"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words, pages = WORDS[s.code], LANGUAGES[s.code].pages(issue.as_of, issue.names)
    theses, claims = card(issue), claimed(issue)
    blocks: list[Block] = [
        _scorecard(theses, words, pages, s) if theses.standings else Absent(s.absent(words.BLOCK))
    ]
    if claims:
        blocks.append(_claims(claims, words, s))
    return Content(SLUG, s.fixed("section.theses"), words.headline(theses, s), (*rows(*blocks),))


def _scorecard(theses: Card, words: ModuleType, pages: PageWords, s: Speller) -> Table:
    weeks = max((one.reading.weeks for one in theses.standings), key=len)
    thesis, now = words.HEADS
    columns = (
        Column("", "text"),
        Column(thesis, "prose"),
        Column(Picture(chart.months([day for day, _ in weeks], s), words.WEEKS), "text"),
        Column("", "text"),
        Column(now, "text"),
    )
    drawn = tuple(
        TableRow(tuple(_cells(place, one, words, pages, s)))
        for place, one in enumerate(theses.standings, start=1)
    )
    supports = theses.supports.all
    return Table(Text(), columns, drawn, every=supports, flows=True, note=words.CARD_NOTE)


def _cells(
    place: int, one: Standing, words: ModuleType, pages: PageWords, s: Speller
) -> Iterator[Cell]:
    told = pages.thesis(one.reading)
    ramp: chart.Ramp = "heat" if one.warns else "support"
    colour = s.palette.heat if one.warns else SUPPORT
    status = words.status(one)
    yield f"{place}"
    yield Stack(say("{name}", name=told.name), below=(say("{claim}", claim=told.claim),))
    weeks = [status for _, status in one.reading.weeks]
    yield Picture(chart.strip(weeks, ramp, colour), f"{told.name}: {told.held}")
    yield Picture(chart.mark(one.reading.status, ramp, colour), str(status))
    held = (told.held,) if one.reading.first_day else ()
    below = (words.beside_line(one, pages), words.since(one, s), *held)
    yield Stack(status, words.value(one, s), below, tone=ramp if one.known else "grey")


def _claims(claims: tuple[Claimed, ...], words: ModuleType, s: Speller) -> Table:
    claim, verdict, measured, then, now = words.CLAIM_HEADS
    columns = (
        Column(claim, "prose"),
        Column(verdict, "text"),
        Column(measured, "prose"),
        Column(then),
        Column(now),
    )
    drawn = tuple(row for one in claims for row in _claim_rows(one, words, s))
    return Table(words.claims_title(claims), columns, drawn, flows=True, note=words.CLAIMS_NOTE)


def _claim_rows(one: Claimed, words: ModuleType, s: Speller) -> Iterator[TableRow]:
    """One row for each measure of a claim; only the first one has its words."""
    head: tuple[Cell, ...] = (
        Stack(Text(), beside=words.claim(one), below=(words.reason(one),)),
        Stack(say("{v}", v=s.label(one.check.verdict)), tone=TONES.get(one.check.verdict, "")),
    )
    none = Missing(s.fixed("cell.no_data"))
    if not one.pairs:
        yield TableRow((*head, "", none, none))
    for pair in one.pairs:
        yield TableRow((*head, *_measures(pair, words, s)))
        head = ("", "")


def _measures(pair: Pair, words: ModuleType, s: Speller) -> Iterator[Cell]:
    yield words.measured(pair.metric, pair.entity, s)
    for fact in (pair.then, pair.now):
        yield words.dated(fact, s) if fact else Missing(s.fixed("cell.no_data"))
