"""The sentences of definitions and notice in English."""

from __future__ import annotations

from templates.format import Number
from templates.wording.speller import Speller
from templates.wording.text import Text, say

NOTICE_TITLE = say("Notice")
CHECK_TITLE = say("How to check a number")
CHECK = say(
    "The name of each measure stands in grey behind its definition. briefing facts lists all numbers "
    "of an issue, briefing explain metric/entity/date prints one with its query, its sources and "
    "when they became known."
)


def headline(cited: int) -> Text:
    """What the 118 measures on these pages mean."""
    if not cited:
        return say("What this briefing is not, and how to check a number")
    return say("What the {n} measures on these pages mean", n=Number(f"{cited}", "cited#metrics"))


def notice(s: Speller, *, simulated: bool) -> Text:
    """The whole notice: that a drawn market is one, and that the publisher has no licence."""
    licence = f" {s.fixed('notice.licence')}" if s.unlicensed else ""
    first = f"{s.fixed('footer.simulated')}. " if simulated else ""
    return say("{first}{notice}{licence}", first=first, notice=s.fixed("notice"), licence=licence)
