"""The table of contents: the sections in their order."""

from __future__ import annotations

from typing import Protocol

from templates.page import Content
from templates.sections import (
    definitions,
    earnings,
    heat_map,
    industries,
    leverage,
    listings,
    market,
    movers,
    restatements,
    scenarios,
    sources,
    theses,
    verdict,
)
from templates.wording.speller import Speller
from transforms.issue.issue import Issue


class Section(Protocol):
    """A module with a slug (its folder and anchor) that is told in both languages."""

    SLUG: str

    def build(self, issue: Issue, speller: Speller) -> Content:
        """All that it prints, in the speller's language."""


SECTIONS: tuple[Section, ...] = (
    verdict,
    heat_map,
    market,
    industries,
    leverage,
    listings,
    earnings,
    movers,
    scenarios,
    theses,
    restatements,
    sources,
    definitions,
)
