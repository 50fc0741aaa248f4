"""The last page: what the metrics cited before mean, and what this paper is not."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from templates.page import Content, Grid, Passage, Passages, rows
from templates.sections.definitions import chinese, english
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.engine.metric import Metric
from transforms.issue.issue import Issue

SLUG = "definitions"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def build(issue: Issue, s: Speller, cited: Sequence[Metric] = ()) -> Content:
    """The section in the speller's language; cited: the metrics of the pages before."""
    words = WORDS[s.code]
    meanings = [Passages(tuple(_definition(one, s) for one in cited), columns=3)] if cited else []
    notice = words.notice(s, simulated=issue.simulated)
    closing = (
        Passages((Passage(Text(), notice),), words.NOTICE_TITLE, columns=1),
        Passages((Passage(Text(), words.CHECK),), words.CHECK_TITLE, columns=1),
    )
    return Content(
        SLUG,
        s.fixed("section.definitions"),
        words.headline(len(cited)),
        (*rows(*meanings), *rows(*closing, grid=Grid.HALVES)),
    )


def _definition(one: Metric, s: Speller) -> Passage:
    return Passage(
        say("{label}", label=s.label(one.label)),
        say("{reading}", reading=s.label(one.reading)),
        say("{id}", id=one.id),
        one.id,
    )
