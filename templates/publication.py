"""An issue told in one language: its sections, built once for all who print them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from templates.format import Number
from templates.glyphs import legible
from templates.issue_view import hosts_told
from templates.page import Content
from templates.palette import PALETTES, Direction
from templates.section import SECTIONS
from templates.sections import definitions
from templates.wording.speller import SPELLERS, Speller
from templates.wording.text import Text
from transforms.engine.metric import Metric, metrics
from transforms.issue.issue import Issue


@dataclass(frozen=True)
class Publication:
    """What PDF, HTML edition and workbook print alike; issue: with legible names only."""

    issue: Issue
    speller: Speller
    sections: tuple[Content, ...]


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage while the block runs.

    Facts, cells and the boxes of a layout are large webs that all stay in use until the end:
    looking for garbage in them takes up to half of the time and finds none.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@uncollected()
def publication(
    issue: Issue,
    language: str = "en",
    direction: Direction = "blue",
    *,
    unlicensed: bool = False,
) -> Publication:
    """The issue in one language; unlicensed: the notice says that the publisher has no licence."""
    issue = legible(issue)
    speller = replace(speller_of(issue, language, direction), unlicensed=unlicensed)
    built: list[Content] = []
    for section in SECTIONS:
        if section is definitions:
            one = definitions.build(issue, speller, cited(built))
        else:
            one = section.build(issue, speller)
        built.append(replace(one, sources=sources_of(one, speller)))
    return Publication(issue, speller, tuple(built))


def speller_of(issue: Issue, language: str = "en", direction: Direction = "blue") -> Speller:
    """Who spells the facts of an issue in a language."""
    return SPELLERS[language](
        as_of=issue.as_of,
        span=issue.span,
        names=issue.names,
        palette=PALETTES[direction],
        stale=issue.stale is not None,
    )


def sources_of(section: Content, speller: Speller) -> Text:
    """What a section stands on, told once for all of its blocks; empty where none says it."""
    found = section.stands_on
    if not found:
        return Text()
    days = sorted({one.newest for one in found if one.newest}, reverse=True)
    hosts = sorted({host for one in found for host in one.hosts})
    return speller.source(days[0] if days else None, hosts_told(hosts, speller), days[1:])


def cited(sections: Sequence[Content]) -> list[Metric]:
    """The metrics whose facts stand in these sections, in the order of their declaration."""
    there = {number.ref.partition("/")[0] for number in _numbers(sections)}
    return [one for name, one in metrics().items() if name in there]


def _numbers(part: Any) -> Iterator[Number]:
    """All numbers of a block, a section or several."""
    if isinstance(part, Number):
        yield part
    elif is_dataclass(part):
        yield from (each for one in fields(part) for each in _numbers(getattr(part, one.name)))
    elif isinstance(part, (tuple, list)):
        yield from (each for one in part for each in _numbers(one))
