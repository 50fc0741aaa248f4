"""What the end of the last week had told already, in an issue that is made before its week ends.

Its five sessions reach back into that week, so that a rare week of Friday would lead on Monday as
well. A change that was rare by then, too, is news as far as it is rarer now, or as what came since
is, unless that is rare by itself, or the whole a record. A rare day that was known by then is no
news, unless it is a record; one that came since takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from transforms.findings.finding import RARE, Finding
from transforms.findings.ranking import rose
from transforms.findings.span import Kind, Span
from warehouse.catalog import cutoff

CHANGES = ("index_change", "financing_change")
DAYS = ("index_day", "financing_day")
Look = Callable[[Span], Sequence[Finding]]


def news_first(
    findings: Sequence[Finding], span: Span, calendar: Sequence[date], look: Look
) -> list[Finding]:
    """The findings of a span, less surprising where the end of the last week had told them.

    calendar: the trading days, sorted; look: what is found in another span of the same histories.
    """
    monday = span.last - timedelta(days=span.last.weekday())
    ended = [day for day in calendar if day < monday]
    if span.kind is not Kind.SESSIONS or len(ended) <= len(span):
        return list(findings)
    begins = len(ended) - len(span)
    then = Span(ended[begins - 1], tuple(ended[begins:]), Kind.SESSIONS)
    since = Span(then.last, tuple(day for day in span.sessions if day > then.last), Kind.SESSIONS)
    earlier = {(one.kind, one.entity): one for one in look(then)}
    later = {(one.kind, one.entity): one for one in look(since)}
    return [
        _beyond(one, earlier.get(key), later.get(key), then.last)
        for one in findings
        for key in [(one.kind, one.entity)]
    ]


def _beyond(one: Finding, then: Finding | None, since: Finding | None, ended: date) -> Finding:
    """The finding, as surprising as it is beyond what was told at the end of the last week."""
    if one.rarity.record:
        return one
    if one.kind in DAYS:
        return _new_day(one, since) if one.numbers["change"].known_at <= cutoff(ended) else one
    told = then is not None and _is_rare(then) and rose(then) == rose(one)
    if one.kind in CHANGES and then is not None and told and not _is_rare(since):
        beyond = max(one.surprise - then.surprise, since.surprise if since else 0.0)
        return replace(one, surprise=min(one.surprise, beyond))
    return one


def _new_day(one: Finding, since: Finding | None) -> Finding:
    """A rare day that came since instead of one that was told; without one that, as no news."""
    if since is None:
        return replace(one, surprise=0.0)
    over = {role: one.numbers[role] for role in ("span_change",) if role in one.numbers}
    return replace(since, numbers={**since.numbers, **over})


def _is_rare(one: Finding | None) -> bool:
    return one is not None and (one.rarity.q or 0.0) >= RARE
