"""How English names several things that were not received in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from templates.wording.english.teller import English
from templates.wording.names import MEASURES, known
from templates.wording.text import Text, joined, say


def not_received(gaps: Sequence[English], *, more: bool = False) -> Text:
    """Not received: margin loans (last 8 Jan), turnover (last 12 Jan) and others."""
    tail = " and others" if more else ""
    return say("not received: {all}{tail}", all=joined(map(_one, gaps), by=", "), tail=tail)


def _one(t: English) -> Text:
    what = known(MEASURES, t.term("what")).en
    if not t.has("last"):
        return say("{what}", what=what)
    return say("{what} (last {d})", what=what, d=t.on("last"))
