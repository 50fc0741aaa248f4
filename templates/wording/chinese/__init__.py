"""How Chinese says each kind of finding: a function for each, named after its kind."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getmembers, isfunction

from templates.wording.chinese import market, readings, shares, state
from templates.wording.chinese.teller import Chinese
from templates.wording.told import Said

Sentence = Callable[[Chinese], Said]


def _public(module: object) -> dict[str, Sentence]:
    name = getattr(module, "__name__", "")
    return {
        kind: say
        for kind, say in getmembers(module, isfunction)
        if say.__module__ == name and not kind.startswith("_")
    }


SENTENCES: dict[str, Sentence] = (
    _public(market) | _public(shares) | _public(readings) | _public(state)
)
