"""From an issue to a page, a PDF and a mail: the same issue and code give the same bytes.

WeasyPrint may read nothing but what is inside the document (`data:`), and whatever it warns about
fails the render: a missing glyph or a dropped rule is a wrong page, not a log line. What upstreams
wrote cannot do that: see templates.glyphs.
No environment is needed for fixed bytes: dates come from the document's own metadata, the file's
identifier from `as_of`, and HarfBuzz subsets fonts without a clock (without libharfbuzz-subset
WeasyPrint warns, and the render fails).
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydyf import PDF
from weasyprint import Attachment
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from templates import revision_note
from templates.glyphs import legible
from templates.lean import lean
from templates.letter import letter
from templates.page import (
    Bar,
    Boxed,
    Content,
    FrontPage,
    Hatched,
    Missing,
    Picture,
    Shaded,
    Stack,
    Strong,
)
from templates.palette import Direction
from templates.pdf_objects import settle
from templates.publication import Publication, publication, speller_of, uncollected
from templates.sections import definitions
from templates.tagging import mend
from templates.typesetting import hasten, parsed
from transforms.findings.facts import READS
from transforms.issue.issue import Issue
from warehouse.errors import RenderFailed

NAME = "China Tech Rally Briefing"
MARGIN = 2  # changes that the margin of page 1 has room to name
LOGGER_NAMES = ("weasyprint", "fontTools")
REPORTED_WARNINGS = 5
VARIANT = "pdf/ua-1"  # tagged, with metadata, and no figure without alternative text
NAMED = re.compile(r"</?(?:data|time)(?: [^>]*)?>")  # of numbers and days, which say what they are
UNIT = re.compile(r"(\d%?(?:</a>)?)(?=[分个万亿倍只家项次年月日])")
MEANING = "m-"  # how the place is called at which the meaning of a metric stands
CELLS = (Missing, Bar, Shaded, Boxed, Strong, Hatched, Picture, Stack)


@dataclass(frozen=True)
class Mail:
    """What a recipient sees before opening the PDF."""

    subject: str
    html: str
    text: str


def html(
    issue: Issue,
    language: str = "en",
    direction: Direction = "blue",
    *,
    unlicensed: bool = False,
) -> str:
    """The whole briefing in one language as one self-contained HTML document."""
    return document(publication(issue, language, direction, unlicensed=unlicensed))


def document(whole: Publication) -> str:
    """The sections as the HTML that becomes the PDF."""
    pages = [(one.slug, printed(one, at)) for at, one in enumerate(whole.sections, start=1)]
    style = files("templates").joinpath("style.css").read_text(encoding="utf-8")
    template = environment().get_template("briefing.html.j2")
    note = revision_note.note(whole.issue, whole.speller, MARGIN)
    markup = template.render(
        **_furniture(whole.issue), pages=pages, style=style, s=whole.speller, note=note
    )
    return _linked(markup)


def printed(content: Content, number: int) -> str:
    """The markup of one section."""
    blocks: Any = environment().get_template("blocks.html.j2").module
    front = isinstance(content, FrontPage)
    return str(blocks.front(content) if front else blocks.content(content, number))


def space_inside(markup: str) -> str:
    """The same text with the space before a link moved into it.

    WeasyPrint 70 breaks a line far too early when an unbreakable inline element that no longer
    fits follows a space outside it.
    """
    return re.sub(r'\s+(<a href="#[^"]*">)', r"\1 ", markup)


def units_kept(markup: str) -> str:
    """The same text with a word joiner between a number and its Chinese unit: 9分, 2020年.

    A line may end between any two of these characters, and a number says nothing without its unit.
    """
    return UNIT.sub("\\1\u2060", markup)


def _linked(markup: str) -> str:
    """The markup with a link from each number to what its metric means, where the pages tell it.

    A number of a finding leads to the first metric that the finding follows from, and what has no
    metric to the page that says how a number is checked.
    """
    told = dict.fromkeys(re.findall(rf'id="{MEANING}([^"]+)"', markup))

    def link(number: re.Match[str]) -> str:
        metric = number[1].partition("/")[0]
        kinds = (reads for kind, reads in READS.items() if metric.startswith(f"finding_{kind}_"))
        places = (f"{MEANING}{one}" for one in (metric, *next(kinds, ())) if one in told)
        place = next(places, definitions.SLUG)
        return f'<data value="{number[1]}"><a href="#{place}">{number[2]}</a></data>'

    if f'id="{definitions.SLUG}"' not in markup:
        return markup

    return re.sub(r'<data value="([^"]+)">(.*?)</data>', link, markup)


def _meanings(markup: str) -> dict[str, str]:
    """What stands at each place that numbers lead to: a metric's label, or a section's title."""
    found = re.findall(rf'id="({MEANING}[^"]+)">\s*<b>(.*?)</b>', markup)
    title = re.search(rf'id="{definitions.SLUG}">.*?<b>(.*?)</b>', markup, re.DOTALL)
    places = [*found, *([(definitions.SLUG, title[1])] if title else [])]
    return {place: " ".join(unescape(label).split()) for place, label in places}


def pdf(markup: str, as_of: date, enclosed: Mapping[str, bytes] | None = None) -> bytes:
    """The document as A4 PDF; enclosed: files that are attached to it, by name.

    A PDF has no place for what a number or a day is called. Without these elements texts are in one
    piece, which takes less time, and WeasyPrint does not break a line before a number too early.
    Raises RenderFailed on anything WeasyPrint warns about, such as a character without a glyph.
    """
    hasten()
    with _warnings() as said, uncollected():
        try:
            text = units_kept(space_inside(NAMED.sub("", markup)))
            content = parsed(text, _fetcher()).write_pdf(  # type: ignore[no-untyped-call]
                pdf_identifier=f"briefing {as_of}".encode(),
                pdf_variant=VARIANT,
                attachments=[_attached(*file, as_of) for file in (enclosed or {}).items()],
                finisher=lambda _, made: _finish(made, _meanings(markup)),
            )
        except FatalURLFetchingError as refused:  # a BaseException of WeasyPrint's
            raise RenderFailed(
                f"the briefing of {as_of} refers outside itself: {refused}"
            ) from refused
    if said:
        shown = "; ".join(dict.fromkeys(said[:REPORTED_WARNINGS]))
        raise RenderFailed(f"the briefing of {as_of} would not be set right: {shown}")
    return bytes(content)


def _finish(made: PDF, leads_to: Mapping[str, str]) -> None:
    """Completes the tags of a PDF that is laid out; leads_to: see templates.tagging."""
    mend(made, leads_to)
    settle(made)


def _attached(name: str, content: bytes, as_of: date) -> Attachment:
    """A file inside the PDF, dated by the issue and not by the clock."""
    day = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return Attachment(  # type: ignore[no-untyped-call]
        string=content, name=name, description=name, created=day, modified=day, relationship="Data"
    )


def mail(issue: Issue, language: str = "en") -> Mail:
    """The summary that fits one screen in one language, as HTML and as plain text."""
    issue = legible(issue)
    speller = speller_of(issue, language)
    said = letter(issue, speller)
    values = {**_furniture(issue), "v": said, "s": speller}
    return Mail(
        subject=" ".join(str(said.subject).split()),  # a header that is folded keeps no other space
        html=environment().get_template("letter/letter.html.j2").render(**values),
        text=environment().get_template("letter/letter.txt.j2").render(**values),
    )


def cited_facts(*documents: str) -> frozenset[str]:
    """The facts that numbers of pages and mails name, those of which only a part is printed too."""
    named = (name for text in documents for name in re.findall(r'<data value="([^"#]+)', text))
    return frozenset(unescape(name) for name in named)


def _furniture(issue: Issue) -> dict[str, Any]:
    """What every page carries."""
    return {
        "name": NAME,
        "issue_id": issue.issue_id,
        "revision": revision_note.mark(issue),
        "as_of": issue.as_of,
        "requested": issue.requested,
        "cutoff": issue.cutoff,
        "simulated": issue.simulated,
        "names": issue.names,
        "stale": issue.stale,
    }


@cache
def environment() -> Environment:
    """The templates with everything that their words need."""
    made = Environment(
        loader=PackageLoader("templates", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({"data_uri": data_uri, "kind": _kind})
    made.tests.update({f"{one.__name__.lower()}_cell": _is(one) for one in CELLS})
    return made


def _kind(block: object) -> str:
    """Which macro prints a block."""
    return type(block).__name__


def _is(kind: type) -> Callable[[object], bool]:
    return lambda cell: isinstance(cell, kind)


def data_uri(svg: str) -> str:
    """The figure as an address that carries it."""
    return "data:image/svg+xml;base64," + base64.b64encode(lean(svg).encode()).decode()


def _fetcher() -> URLFetcher:
    return URLFetcher(  # type: ignore[no-untyped-call]
        allowed_protocols=["data"], fail_on_errors=True
    )


class _Collector(logging.Handler):
    """Keeps the text of every warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What the renderer complains about while the block runs.

    Its loggers speak here even where somebody has disabled them, as a logging configuration of the
    process does by default.
    """
    collector = _Collector()
    loggers = [logging.getLogger(name) for name in LOGGER_NAMES]
    disabled = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.addHandler(collector)
        logger.disabled = False
    try:
        yield collector.said
    finally:
        for logger, was in zip(loggers, disabled, strict=True):
            logger.removeHandler(collector)
            logger.disabled = was
