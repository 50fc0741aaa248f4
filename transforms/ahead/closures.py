"""Days on which Shanghai, Hong Kong or New York rest, and sessions that end early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from transforms.ahead.entry import LONGEST_REST, Certainty, Entry, Kind, runs
from transforms.ahead.mainland import Mainland
from warehouse.exchanges import HONG_KONG, NEW_YORK, SATURDAY, half_days, planned_closures
from warehouse.shanghai import AHEAD_OF_UTC

NAMES = {
    HONG_KONG: ("Hong Kong closed", "港股休市"),
    NEW_YORK: ("New York closed", "美股休市"),
}
EARLY = {
    HONG_KONG: ("Hong Kong: morning session only", "港股仅上午交易"),
    NEW_YORK: ("New York closes early", "美股提前收市"),
}
HOLIDAYS = "holidays of the exchange"
NOTICE = "the exchanges' notice of the year's holidays"


def closures(mainland: Mainland, first: date, last: date) -> Iterator[Entry]:
    """What begins, or goes on, in a span; it ends before the first day that nobody was told of."""
    yield from _mainland_rests(mainland, first, last)
    if last > mainland.until:
        yield _untold(max(mainland.until + timedelta(days=1), first))
    for market in (HONG_KONG, NEW_YORK):
        yield from _rests_abroad(market, first, last)
        yield from _half_days(market, first, last)


def _mainland_rests(mainland: Mainland, first: date, last: date) -> Iterator[Entry]:
    told_to = min(last + LONGEST_REST, mainland.until)
    days = (first + timedelta(days=n) for n in range((told_to - first).days + 1))
    rest = [day for day in days if day.weekday() < SATURDAY and not mainland.open_on(day)]
    for begins, ends in _begun(rest, last):
        yield Entry(
            begins, Kind.CLOSED, "mainland", "Shanghai, Shenzhen and Beijing closed", "沪深北休市",
            NOTICE, Certainty.ANNOUNCED, until=ends if ends > begins else None,
        )  # fmt: skip


def _begun(days: list[date], last: date) -> list[tuple[date, date]]:
    """The runs of days that begin by the last day of a span, each to its own end."""
    return [(begins, ends) for begins, ends in runs(days) if begins <= last]


def _untold(day: date) -> Entry:
    return Entry(
        day, Kind.CALENDAR, "mainland", f"Trading days from {day} on are not known here",
        f"{day}起的交易日尚未公布或未收录", NOTICE, Certainty.UNKNOWN,
    )  # fmt: skip


def _rests_abroad(market: str, first: date, last: date) -> Iterator[Entry]:
    english, chinese = NAMES[market]
    for begins, ends in _begun(planned_closures(market, first, last + LONGEST_REST), last):
        yield Entry(
            begins, Kind.CLOSED, market, english, chinese, HOLIDAYS,
            until=ends if ends > begins else None,
        )  # fmt: skip


def _half_days(market: str, first: date, last: date) -> Iterator[Entry]:
    english, chinese = EARLY[market]
    for day, close in half_days(market, first, last):
        yield Entry(
            day, Kind.HALF_DAY, market, english, chinese, HOLIDAYS,
            beijing_time=_in_beijing(day, close),
        )  # fmt: skip


def _in_beijing(day: date, moment: datetime) -> str:
    """The hour of a naive UTC moment in Beijing, marked where it is that of the next day."""
    local = moment + AHEAD_OF_UTC
    return f"{local:%H:%M}" + ("+1" if local.date() > day else "")
