"""Nine standing theses, each with its line, and the article's claims then and at last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    Standing,
    card,
    claimed,
)
from templates.wording.language import LANGUAGES
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.issue.issue import Issue

SLUG = "theses"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
THESIS, CLAIM = 70.0, 86.0  # millimetres of the column that says what is tested


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
        Column(thesis, "prose", width=THESIS),
        Column(Picture(chart.months([day for day, _ in weeks], s), words.WEEKS), "text"),
        Column("", "text"),
        Column(now, "text"),
    )
    drawn = tuple(
        TableRow(tuple(_cells(place, one, words, pages, s)))
        for place, one in enumerate(theses.standings, start=1)
    )
    supports = theses.supports.all
    return Table(Text(), columns, drawn, every=supports, dense=True, flows=True,
                 note=words.CARD_NOTE)  # fmt: skip


def _cells(
    place: int, one: Standing, words: ModuleType, pages: PageWords, s: Speller
) -> Iterator[Cell]:
    told = pages.thesis(one.reading)
    ramp: chart.Ramp = "heat" if one.warns else "support"
    colour = s.palette.heat if one.warns else SUPPORT
    status = say((words.WARNING if one.warns else words.SUPPORT)[one.reading.status])
    yield f"{place}"
    yield Stack(say("{name}", name=told.name), say("{claim}", claim=told.claim))
    weeks = [status for _, status in one.reading.weeks]
    yield Picture(chart.strip(weeks, ramp, colour), f"{told.name}: {told.held}")
    yield Picture(chart.mark(one.reading.status, ramp, colour), str(status))
    held = (told.held,) if one.reading.first_day else ()
    value = joined((words.value(one, s), words.beside_line(one, pages)), by=words.BETWEEN)
    since = joined([words.since(one, s), *held], by=words.THEN)
    yield Stack(status, value, (since,), tone=ramp if one.known else "grey")


def _claims(claims: tuple[Claimed, ...], words: ModuleType, s: Speller) -> Table:
    claim, measured, then, now = words.CLAIM_HEADS
    columns = (
        Column(claim, "prose", width=CLAIM),
        Column(measured, "text"),
        Column(then),
        Column(now),
    )
    drawn = tuple(TableRow(tuple(_claim(one, words, s))) for one in claims)
    return Table(words.claims_title(claims), columns, drawn, dense=True, flows=True,
                 note=words.CLAIMS_NOTE)  # fmt: skip


def _claim(one: Claimed, words: ModuleType, s: Speller) -> Iterator[Cell]:
    """What was said and why it holds or not, then a line for each of its measures."""
    verdict = say("{v}", v=s.label(one.check.verdict))
    tone = TONES.get(one.check.verdict, "")
    yield Stack(verdict, words.claim(one) + words.SPACE + words.reason(one), tone=tone)
    none, gone = say("{none}", none=s.fixed("cell.no_data")), Missing(s.fixed("cell.no_data"))
    yield _lines([_measured(pair.metric, pair.entity, words, s) for pair in one.pairs] or [Text()])
    for side in ([p.then for p in one.pairs], [p.now for p in one.pairs]):
        there = [words.dated(fact, s) if fact else none for fact in side]
        yield _lines(there) if any(side) else gone


def _lines(texts: Sequence[Text]) -> Cell:
    """A cell of as many lines as there are measures, so that they stand level."""
    return texts[0] if len(texts) == 1 else Stack(Text(), texts[0], (*texts[1:],))


def _measured(metric: str, entity: str, words: ModuleType, s: Speller) -> Text:
    """What a claim is measured by."""
    return say("{what}", what=words.MEASURED[metric].format(who=s.company(entity)))
