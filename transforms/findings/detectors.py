"""What can be found in one series over a span: a change, a rare day, a total, a level long awaited.

Each detector takes the history of a series up to the end of the span, and the place at which the
span begins, and gives what it found or None. Rarities are those of the day that is told about:
nothing that came after it counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from transforms.findings.finding import RARE, History, Number
from transforms.findings.rarity import (
    YEAR,
    Rarity,
    Values,
    among,
    awaited,
    is_farthest,
    rarity_of_level,
    rarity_of_move,
)

CORRECTION = 0.05  # a fall from the peak that is worth a clause
PERCENT = 100
LONG_CLOSURE = 6  # days from one session to the next: longer than a weekend with a holiday
LOW = 10.0  # percentile at or below which a level is told as a low one


class Found(NamedTuple):
    """What was found in a series: how rare it is, and its numbers by role."""

    rarity: Rarity
    numbers: dict[str, Number]


Detector = Callable[["Series", int], Found | None]


class Series:
    """A history with its unit, and whether a change of it is a share of the value before.

    relative: as of prices; otherwise a change is a difference.
    """

    def __init__(self, history: History, unit: str, *, relative: bool = False) -> None:
        self.history, self.unit, self.relative = history, unit, relative

    def __len__(self) -> int:
        return len(self.history)

    @property
    def values(self) -> Values:
        return self.history.values

    def changes(self, sessions: int) -> Values:
        """The change over so many observations that ends at each, from the first that has one."""
        after, before = self.values[sessions:], self.values[:-sessions]
        return after / before - 1 if self.relative else after - before

    def number(
        self, place: int, value: float, unit: str | None = None, base: int | None = None
    ) -> Number:
        """A number of the observation at a place, measured from the one at `base`."""
        past = self.history
        since = None if base is None else past.day(base)
        return Number(value, unit or self.unit, past.day(place), past.known_at(place), since)

    def level(self, place: int) -> Number:
        """The value at a place."""
        return self.number(place, float(self.values[place]))

    def changed(self, place: int, value: float, base: int) -> Number:
        """A change as a number: a fraction, if it is a share; percentage points, of a fraction."""
        if self.relative:
            return self.number(place, value, "fraction", base)
        if self.unit == "fraction":
            return self.number(place, PERCENT * value, "pp", base)
        return self.number(place, value, None, base)

    def counted(self, count: int) -> Number:
        """How many observations are told about, as of the last one."""
        return self.number(len(self) - 1, float(count), "count")


def change(series: Series, begins: int) -> Found | None:
    """The change since the last observation before the span, over as many as the span has."""
    last, sessions = len(series) - 1, len(series) - begins
    changes = series.changes(sessions)
    if not len(changes):
        return None
    numbers = {
        "change": series.changed(last, float(changes[-1]), begins - 1),
        "level": series.level(last),
        "sessions": series.counted(sessions),
    }
    return Found(rarity_of_move(series.history.days[sessions:], changes, sessions), numbers)


def change_in_its_course(series: Series, begins: int) -> Found | None:
    """The same, with the change over as many sessions before, and how far below the highest of the
    last 250 sessions it leaves the series.
    """
    found = change(series, begins)
    if found is None:
        return None
    return Found(found.rarity, found.numbers | _before(series, begins) | _below_peak(series))


def _before(series: Series, begins: int) -> dict[str, Number]:
    """The change over as many sessions as the span has that ended before it, and its percentile."""
    sessions, last = len(series) - begins, begins - 1
    if last < sessions:
        return {}
    changes = series.changes(sessions)[: last + 1 - sessions]
    q = rarity_of_move(series.history.days[sessions : last + 1], changes, sessions).q
    if q is None:
        return {}
    return {
        "before": series.changed(last, float(changes[-1]), last - sessions),
        "before_q": series.number(last, q, "percentile"),
    }


def _below_peak(series: Series) -> dict[str, Number]:
    """How far below the highest of 250 sessions, if a clause is worth it."""
    values = series.values
    peak = int(np.argmax(values[-YEAR:])) + max(len(values) - YEAR, 0)
    below = float(values[-1] / values[peak] - 1)
    if below > -CORRECTION:
        return {}
    return {"from_peak": series.number(len(series) - 1, below, "fraction", peak)}


def change_with_amount(series: Series, begins: int) -> Found | None:
    """The same, and by what amount."""
    found = change(series, begins)
    if found is None:
        return None
    last = len(series) - 1
    amount = float(series.values[last] - series.values[begins - 1])
    return Found(
        found.rarity, {**found.numbers, "amount": series.number(last, amount, base=begins - 1)}
    )


def change_of_loans(series: Series, begins: int) -> Found | None:
    """The same of loans, no more surprising than others over a span that holds such a closure."""
    found = change_with_amount(series, begins)
    if found is None:
        return None
    return _beside_its_season(series, found, len(series) - 1, len(series) - begins)


def rare_day(series: Series, begins: int) -> Found | None:
    """The change of one day of the span that is rarest in its own history, if it is rare."""
    return _rarest(series, range(max(begins, 1), len(series)))


def rare_day_of_loans(series: Series, begins: int) -> Found | None:
    """The same of loans, which are repaid before a long closure and taken up again after it.

    Since 2015 the day after a closure is at its 93rd percentile in the middle, the day before at
    its 3rd: such a day is told only where none of all was as far out.
    """
    places = range(max(begins, 1), len(series))
    found = _rarest(series, places)
    if found is None:
        return None
    if found.rarity.record:
        ended = series.history.after(found.numbers["change"].day) - 1
        return _beside_its_season(series, found, ended, 1)
    return _rarest(series, [place for place in places if not _of_season(series, place)])


def _beside_its_season(series: Series, found: Found, end: int, sessions: int) -> Found:
    """A change over so many sessions up to a place; one with a day of the season that went its way
    is held against its like.
    """
    changes, past = series.changes(sessions)[: end + 1 - sessions], series.changes(1)[:end]
    up = changes[-1] > 0
    ways = (past > 0) == up

    def is_of_it(place: int) -> bool:
        return bool(place and ways[place - 1]) and _of_season(series, place)

    if not any(map(is_of_it, range(end + 1 - sessions, end + 1))):
        return found
    ended = np.cumsum([0, *map(is_of_it, range(end + 1))])
    holds = ended[sessions + 1 :] > ended[1:-sessions]
    outward = (changes if up else -changes)[holds]
    awaited_for = math.log10((len(outward) + 1) / int((outward >= outward[-1]).sum()))
    surprise = min(found.rarity.surprise, awaited_for)
    return Found(replace(found.rarity, surprise=surprise), found.numbers)


def _of_season(series: Series, place: int) -> bool:
    """Whether a balance rose right after a long closure, or fell right before one."""
    past, rose = series.history, series.values[place] > series.values[place - 1]
    if rose:
        return (past.day(place) - past.day(place - 1)).days >= LONG_CLOSURE
    newest = place + 1 == len(past)  # published on the next session
    following = past.known_at(place).date() if newest else past.day(place + 1)
    return (following - past.day(place)).days >= LONG_CLOSURE


def _rarest(series: Series, places: Sequence[int]) -> Found | None:
    changes, days = series.changes(1), series.history.days
    judged = [(rarity_of_move(days[1 : end + 1], changes[:end], 1), end) for end in places]
    rarity, end = max(judged, key=lambda one: one[0].surprise, default=(None, 0))
    if rarity is None or rarity.q is None or rarity.q < RARE:
        return None
    numbers = {
        "change": series.changed(end, float(changes[end - 1]), end - 1),
        "level": series.level(end),
    }
    return Found(among(rarity, len(judged)), numbers)


def rare_day_in_span(series: Series, begins: int) -> Found | None:
    """The same, and what became of it by the end of the span, where that is another number."""
    found, last = rare_day(series, begins), len(series) - 1
    if found is None or last == begins:
        return found
    over = float(series.values[last] / series.values[begins - 1] - 1)
    return Found(
        found.rarity,
        {**found.numbers, "span_change": series.number(last, over, "fraction", begins - 1)},
    )


def total(series: Series, begins: int) -> Found | None:
    """The sum over the span, unless it is one of the lowest tenth."""
    found, is_low = sum_over(series, begins)
    return None if is_low else found


def total_as_low(series: Series, begins: int) -> Found | None:
    """The mean of the span, if its sum is one of the lowest tenth."""
    found, is_low = sum_over(series, begins)
    if found is None or not is_low:
        return None
    return Found(found.rarity, {role: found.numbers[role] for role in ("mean", "sessions")})


def sum_over(series: Series, begins: int) -> tuple[Found | None, bool]:
    """The sum over the span, among sums that share no session with it; whether it is a low one."""
    sessions, last = len(series) - begins, len(series) - 1
    sums = np.convolve(series.values, np.ones(sessions), mode="valid")
    apart = np.append(sums[: max(begins - sessions + 1, 0)], sums[-1])
    if len(apart) < 2:
        return None, False
    days = np.append(series.history.days[sessions - 1 : begins], series.history.days[-1:])
    numbers = {
        "total": series.number(last, float(sums[-1]), base=begins - 1),
        "mean": series.number(last, float(sums[-1]) / sessions, base=begins - 1),
        "sessions": series.counted(sessions),
    }
    is_high = bool((apart <= apart[-1]).sum() >= (apart >= apart[-1]).sum())
    rarity = rarity_of_level(days, apart, high=is_high)
    found = Found(awaited(rarity, apart, len(apart) - 1, sessions, high=is_high), numbers)
    return found, not is_high and rarity.q is not None and rarity.q >= 100 - LOW


def level(series: Series, begins: int) -> Found:
    """The last value, as a high one or as a low one, and what it gained over the span."""
    last, values = len(series) - 1, series.values
    is_high = bool((values <= values[-1]).sum() >= (values >= values[-1]).sum())
    rarity = rarity_of_level(series.history.days, values, high=is_high)
    gained = float(values[-1] - values[begins - 1])
    numbers = {"level": series.level(last), "change": series.changed(last, gained, begins - 1)}
    return Found(awaited(rarity, values, begins, len(series) - begins, high=is_high), numbers)


def bare_level(series: Series, begins: int) -> Found:
    """The last value alone."""
    found = level(series, begins)
    return Found(found.rarity, {"level": found.numbers["level"]})


def high(series: Series, begins: int) -> Found | None:
    """The highest value of the span, where one as high was awaited for over a year of sessions."""
    return _farthest(series, begins, high=True)


def low(series: Series, begins: int) -> Found | None:
    """The lowest value of the span, where one as low was awaited for over a year of sessions."""
    return _farthest(series, begins, high=False)


def high_with_record(series: Series, begins: int) -> Found | None:
    """The same as `high`; of the highest of all also the highest before it, of the span or not."""
    found = high(series, begins)
    if found is None or not found.rarity.record:
        return found
    place = begins + int(np.argmax(series.values[begins:]))
    before = int(np.argmax(series.values[:place]))
    return Found(found.rarity, {**found.numbers, "before": series.level(before)})


def _farthest(series: Series, begins: int, *, high: bool) -> Found | None:
    values = series.values
    outward = values if high else -values
    place = begins + int(np.argmax(outward[begins:]))
    if not is_farthest(outward, place, YEAR):
        return None
    rarity = rarity_of_level(series.history.days[: place + 1], values[: place + 1], high=high)
    numbers = {"level": series.level(place)}
    if place < len(series) - 1:
        after = values[-1] / values[place] - 1 if series.relative else values[-1] - values[place]
        numbers["after"] = series.changed(len(series) - 1, float(after), place)
    sessions = len(series) - begins
    return Found(awaited(rarity, values[: place + 1], begins, sessions, high=high), numbers)
