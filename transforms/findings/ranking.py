"""Which finding is told before which: by surprise, and by what else is told.

- A week and its day are one event told twice. Where the week is as rare of its kind, and went the
  same way, it leads: it takes the place of its day, which follows.
- A zone of its RSI and a multiple of its earnings follow from the price of an index: neither stands
  above what is told of the price itself.
- The axes have their word after the prices: no state stands above a fall that is rare.
- A quiet span leads with saying so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from transforms.findings.finding import NOTABLE, RARE, Finding
from transforms.findings.kinds import KINDS
from transforms.findings.rarity import unranked

# The kind that tells a span, and the one that tells a day of it.
DAYS = {
    "index_change": "index_day",
    "financing_change": "financing_day",
    "turnover_total": "turnover_high",
    "breadth_week": "breadth_day",
}
# Moves that make a span or a day of it other than quiet.
MOVES = ("index_change", "financing_change", "breadth_week", "theme_move")
MOVES_OF_A_DAY = ("index_day", "financing_day", "breadth_day")
AWAITED = ("index_high", "index_low")  # found only where none was as far out for a year
RECORDS = ("turnover_high", "financing_high")  # the same; of these a record of all only
# Kinds that follow from the price of their entity, and those that tell of the price.
OF_PRICE = ("rsi_zone", "pe_level")
PRICES = ("index_change", "index_day", "index_high", "index_low")
BARELY = 1e-6  # what comes right after something else is less surprising by this


def ranked(findings: Sequence[Finding], last: date, known_at: datetime) -> list[Finding]:
    """The findings, the most surprising first; equals as they were found.

    last: the last session; known_at: when a quiet span is known to be one.
    """
    weeks_first = list(_weeks_first(findings))
    raised = list(_after_falls(list(_prices_first(weeks_first))))
    if is_quiet(findings, last):
        raised.append(_quiet(last, known_at, raised))
    return sorted(raised, key=lambda one: -one.surprise)


def is_quiet(findings: Sequence[Finding], last: date) -> bool:
    """Whether no move of the span is notable, none of a day rare, no price the extreme of a
    year, and nothing at a record.

    Where no index has a move up to the last session, nobody knows.
    """
    measured = any(
        one.kind == "index_change"
        and one.rarity.q is not None
        and one.numbers["change"].day == last
        for one in findings
    )
    return measured and not any(
        one.rarity.q is not None
        and (
            (one.kind in MOVES and one.rarity.q >= NOTABLE)
            or (one.kind in MOVES_OF_A_DAY and one.rarity.q >= RARE)
            or one.kind in AWAITED
            or (one.kind in RECORDS and one.rarity.record)
        )
        for one in findings
    )


def _quiet(last: date, known_at: datetime, others: Sequence[Finding]) -> Finding:
    highest = max(one.surprise for one in others)  # a change of an index is among them
    kind = KINDS["quiet"]
    return Finding(
        kind.name, "CN", kind.block, unranked(last), highest + BARELY, {}, told_at=known_at
    )


def rose(one: Finding) -> bool:
    """Whether a finding tells of something that rose, or that is high."""
    change = one.numbers.get("change") or one.numbers.get("median")
    if one.rarity.q is None and change:
        return change.value >= 0
    return not one.rarity.low


def _weeks_first(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Rare weeks before the day of theirs that went the same way."""
    by_key = {(one.kind, one.entity): one for one in findings}
    for one in findings:
        day = by_key.get((DAYS.get(one.kind, ""), one.entity))
        as_rare = _is_rare(one) and (one.rarity.record or not (day and day.rarity.record))
        if day and day.surprise >= one.surprise and as_rare and rose(day) == rose(one):
            yield replace(one, surprise=day.surprise + BARELY)
        else:
            yield one


def _is_rare(one: Finding) -> bool:
    return one.rarity.record or (one.rarity.q or 0.0) >= RARE


def falls(findings: Sequence[Finding]) -> list[Finding]:
    """The falls of prices that are rare, of the span or of a day."""
    moves = ("index_change", "index_day")
    return [one for one in findings if one.kind in moves and _is_rare(one) and not rose(one)]


def _prices_first(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What follows from a price after what is told of it."""
    for one in findings:
        of_price = [p.surprise for p in findings if p.kind in PRICES and p.entity == one.entity]
        yield _below(one, max(of_price, default=math.inf)) if one.kind in OF_PRICE else one


def _after_falls(findings: Sequence[Finding]) -> Iterator[Finding]:
    """No state above the last of the rare falls."""
    least = min((one.surprise for one in falls(findings)), default=math.inf)
    for one in findings:
        yield _below(one, least) if one.kind == "state" else one


def _below(one: Finding, surprise: float) -> Finding:
    """The finding, less surprising than something else."""
    if one.surprise < surprise:
        return one
    return replace(one, surprise=max(surprise - BARELY, 0.0))
