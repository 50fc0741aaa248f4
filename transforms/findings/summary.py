"""What an issue says first: headline, lede, and the findings that follow. No words yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from transforms.findings.finding import NOTABLE, Finding
from transforms.findings.ranking import AWAITED, OF_PRICE, PRICES, falls, rose
from transforms.findings.states import is_advance
from transforms.prepared.indices import (
    CHINEXT,
    CSI_300,
    HANG_SENG,
    HANG_SENG_TECH,
    SHANGHAI_COMPOSITE,
    SHENZHEN,
    STAR_50,
)

RARE_ENOUGH = 0.6  # told if one waits four spans for it: it is no news of every week
FAR_OUT = 2.0  # once in a hundred spans: it stands beside the top finding, whatever the state
LEDE, PER_BLOCK = 5, 2  # findings of a lede, and how many may be of one block and way
# What the market did comes before what was announced: so many announcements may stand among it, of
# them one in the lede. The others come last; all are listed with the events of the week.
POLICY, ANNOUNCED, ANNOUNCED_IN_LEDE = "policy", 2, 1
# Told because they happened, however often the like does.
EVENTS = ("first_days", "proceeds", "unicorns", "earnings_gap")
# No headline begins with them: two days that undid each other; a rise that has not been told of;
# what somebody announced, since nobody knows how much it moves.
NEVER_FIRST = ("breadth_flip", "breadth_narrow", "policy_event")
ALWAYS_TOLD = (STAR_50, SHANGHAI_COMPOSITE)
# Each speaks for its family where what it did is news, however much rarer that of another is: it is
# the index that readers follow.
SPEAKERS = (STAR_50, SHANGHAI_COMPOSITE, HANG_SENG_TECH)
# A close as far out as none for so long is told even where the week before had one, too.
LONG_AWAITED = timedelta(days=5 * 365)
SURGE = 99.0  # percentile from which a day of a leading index is told whatever else there is
AXES = ("axes", "axis", "partial_axis")
# Indices that move alike: of each family the most surprising speaks.
FAMILIES = {
    SHANGHAI_COMPOSITE: "mainland",
    CSI_300: "mainland",
    SHENZHEN: "mainland",
    STAR_50: "growth",
    CHINEXT: "growth",
    HANG_SENG: "Hong Kong",
    HANG_SENG_TECH: "Hong Kong",
    "tech": "shares",
    "all": "shares",
}


@dataclass(frozen=True)
class Summary:
    """What is told of a span, in this order.

    - headline: the top finding, and one of another block, or the state if it turned or nears a line
    - lede: further findings, at most two of a block that go one way, among them what the leading
      indices did, and what was announced after them; what happened; the state and the axes; what
      is missing
    - findings: all that is told, in their order, without those of the headline; announcements
      beyond the first two come last
    - due: what the first page tells whatever else there is: the week of STAR 50, a day of a leading
      index that is one in a hundred, a notable move of margin loans or else their record, and a
      notable week of listings in Hong Kong
    """

    headline: tuple[Finding, ...]
    lede: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    due: tuple[Finding, ...] = ()


def summary(ranking: Sequence[Finding]) -> Summary:
    """The summary of ranked findings: the same ones in, the same ones out."""
    told = list(_prices_first(list(_once(one for one in ranking if is_told(one)))))
    headline = _headline(told, ranking)
    rest = tuple(one for one in told if one not in headline)
    further = tuple(_lede(headline, rest))
    leading = tuple(_leading(ranking, (*headline, *further)))
    first = sorted((*further, *leading), key=lambda one: (one.block == POLICY, -one.surprise))
    last = (one for one in _last_words(ranking) if one not in headline)
    events = (one for one in rest if one.kind in EVENTS and one not in further)
    listed = tuple(_market_first(rest, ANNOUNCED - len(_announced(headline))))
    return Summary(headline, (*first, *events, *last), listed, tuple(_due(ranking)))


def is_told(one: Finding) -> bool:
    """Whether a finding is news: rare enough, or something that happened."""
    if one.block in {"state", "data"}:
        return one.kind in {"quiet", "restated"}
    return one.surprise >= RARE_ENOUGH or one.kind in EVENTS or _is_long_awaited(one)


def _once(ranking: Iterator[Finding]) -> Iterator[Finding]:
    """The findings without those that say of something alike what another says."""
    rows = list(ranking)
    speaks: dict[tuple[str, str, bool], Finding] = {}
    for one in rows:
        key = (one.kind, _family(one), rose(one))
        first = speaks.setdefault(key, one)
        news = _ranks(one) or _waited(one) > _waited(first)
        if first.entity not in SPEAKERS and one.entity in SPEAKERS and news:
            speaks[key] = one
    chosen = {id(one) for one in speaks.values()}
    yield from (one for one in rows if id(one) in chosen)


def _prices_first(told: Sequence[Finding]) -> Iterator[Finding]:
    """The same findings, what follows from a price after what is told of the price.

    The index that speaks for its family may be less surprising than the one it speaks for, whose
    zone would otherwise be told before any fall of it.
    """
    waiting: list[Finding] = []
    for place, one in enumerate(told):
        if one.kind in OF_PRICE and any(
            _tells_its_price(later, one) for later in told[place + 1 :]
        ):
            waiting.append(one)
            continue
        yield one
        yield from (after for after in waiting if _tells_its_price(one, after))
        waiting = [after for after in waiting if not _tells_its_price(one, after)]


def _tells_its_price(one: Finding, follows: Finding) -> bool:
    return one.kind in PRICES and _family(one) == _family(follows)


def _family(one: Finding) -> str:
    return FAMILIES.get(one.entity, one.entity)


def _headline(told: Sequence[Finding], ranking: Sequence[Finding]) -> tuple[Finding, ...]:
    """The top finding, and one of another block, or the state: if it is news, or all is quiet.

    A close that took years stands before a top finding that is not far out.
    """
    heads = [one for one in told if one.kind not in NEVER_FIRST]
    state = _state(ranking, quiet=bool(heads) and heads[0].kind == "quiet")
    if not heads:
        return (state,) if state else ()
    found = (heads[0], *_beside(heads[0], told, state)[:1])
    closes_first = heads[0].surprise < FAR_OUT and _is_long_awaited(found[-1])
    return found[::-1] if closes_first else found


def _beside(top: Finding, told: Sequence[Finding], state: Finding | None) -> list[Finding]:
    """What may stand beside the top finding, the best first.

    A price that went the other way, if it is far out; what else is; the state; what else the market
    did, a price before all; a price that went the other way; what no headline begins with.
    """
    others = [one for one in told if one.block != top.block and not _restates(top, one)]
    against = [one for one in told if _goes_against(top, one)]
    return [
        *[one for one in against if one.surprise >= FAR_OUT],
        *[one for one in others[:1] if one.surprise >= FAR_OUT],
        *([state] if state else []),
        *_long_awaited(others),
        *[one for one in others if _ranks(one) and one.kind in PRICES],
        *[one for one in others if _ranks(one) and one.kind not in NEVER_FIRST],
        *against,
        *others,
    ]


def _long_awaited(findings: Sequence[Finding]) -> list[Finding]:
    """Highs and lows of the leading indices that took years, also while they follow each other."""
    return [one for one in findings if _is_long_awaited(one)]


def _is_long_awaited(one: Finding) -> bool:
    if one.kind not in AWAITED or one.entity not in ALWAYS_TOLD:
        return False
    return _waited(one) >= LONG_AWAITED


def _waited(one: Finding) -> timedelta:
    """How long none was as far out: for ever, if none of all was."""
    since = one.rarity.since
    newest = max((number.day for number in one.numbers.values()), default=None)
    if one.rarity.record:
        return timedelta.max
    return newest - since if since and newest else timedelta(0)


def _goes_against(top: Finding, one: Finding) -> bool:
    """Whether two prices of different families went different ways."""
    prices = top.kind in PRICES and one.kind in PRICES
    return prices and _family(one) != _family(top) and rose(one) is not rose(top)


def _announced(findings: Sequence[Finding]) -> list[Finding]:
    return [one for one in findings if one.block == POLICY]


def _restates(top: Finding, one: Finding) -> bool:
    """Whether a finding follows from a price of which the top one told."""
    return top.block == "prices" and one.kind in OF_PRICE


def _state(ranking: Sequence[Finding], *, quiet: bool) -> Finding | None:
    """The state if it turned, the axes if the heat nears its line; when all is quiet, either.

    A market that falls is called falling: beside a rare fall an advance is no headline.
    """
    by_kind = {one.kind: one for one in ranking if one.block == "state"}
    state, axes = by_kind.get("state"), by_kind.get("axes")
    if state is None or axes is None or (falls(ranking) and is_advance(state.terms["state"])):
        return None
    if state.terms["turn"] != "still":
        return state
    return axes if axes.terms["near"] else (state if quiet else None)


def _lede(headline: Sequence[Finding], rest: Sequence[Finding]) -> Iterator[Finding]:
    """The next findings, at most two of one block and direction with those of the headline.

    What follows from a price is left out where the price of something alike is told.
    """
    told = Counter((one.block, rose(one)) for one in headline)
    priced = {_family(one) for one in headline if one.kind in PRICES}
    chosen = 0
    for one in rest:
        follows = one.kind in OF_PRICE and _family(one) in priced
        key = (one.block, rose(one))
        if chosen < LEDE and told[key] < _room(one) and not follows and _ranks(one):
            told[key] += 1
            chosen += 1
            priced |= {_family(one)} if one.kind in PRICES else set()
            yield one


def _room(one: Finding) -> int:
    """How many findings of its block a headline and a lede have room for."""
    return ANNOUNCED_IN_LEDE if one.block == POLICY else PER_BLOCK


def _ranks(one: Finding) -> bool:
    return one.surprise >= RARE_ENOUGH


def _market_first(rest: Sequence[Finding], room: int) -> Iterator[Finding]:
    """The same findings, announcements that have no room among them last."""
    later = _announced(rest)[max(room, 0) :]
    yield from (one for one in rest if one not in later)
    yield from later


def _due(ranking: Sequence[Finding]) -> Iterator[Finding]:
    """What the first page never leaves out."""
    loans = any(one.kind == "financing_change" and _is_notable(one) for one in ranking)
    for one in ranking:
        star = (one.kind, one.entity) == ("index_change", STAR_50)
        # A day of no surprise was told by the end of the last week (see told_before).
        leads = one.kind == "index_day" and one.entity in ALWAYS_TOLD and one.surprise > 0
        notable = one.kind in {"financing_change", "proceeds"} and _is_notable(one)
        record = one.kind == "financing_high" and one.rarity.record and not loans
        if star or (leads and (one.rarity.q or 0.0) >= SURGE) or notable or record:
            yield one


def _is_notable(one: Finding) -> bool:
    return (one.rarity.q or 0.0) >= NOTABLE


def _leading(ranking: Sequence[Finding], said: Sequence[Finding]) -> Iterator[Finding]:
    """What the leading indices did over the span, where it is not said."""
    for code in ALWAYS_TOLD:
        for one in ranking:
            if (one.kind, one.entity) == ("index_change", code) and one not in said:
                yield one


def _last_words(ranking: Sequence[Finding]) -> Iterator[Finding]:
    """The state and both axes as far as they are known, then what is missing."""
    for kinds in (("state",), AXES, ("missing",)):
        yield from (one for one in ranking if one.kind in kinds)
