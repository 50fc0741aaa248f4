"""How Chinese names several things that were not received in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from templates.wording.chinese.teller import Chinese
from templates.wording.names import MEASURES, known
from templates.wording.text import Text, joined, say


def not_received(gaps: Sequence[Chinese], *, more: bool = False) -> Text:
    """融资余额（最近1月8日）、两市成交额（最近1月12日）等未取得."""
    tail = "等" if more else ""
    return say("{all}{tail}未取得", all=joined(map(_one, gaps), by="、"), tail=tail)


def _one(t: Chinese) -> Text:
    what = known(MEASURES, t.term("what")).zh
    if not t.has("last"):
        return say("{what}", what=what)
    return say("{what}（最近{d}）", what=what, d=t.on("last"))
