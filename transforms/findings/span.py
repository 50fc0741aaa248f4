"""The span that an issue is about: its week, or five sessions where the week has not ended."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

FULL_WEEK = 5
WEEKEND = 3  # days from a Friday to the Monday after it
FEWEST_OF_WEEK = 3  # a week of one or two sessions, beside a holiday, is told as five sessions


class Kind(StrEnum):
    """How a span is called: a week, a week that a holiday cut short, or five sessions."""

    WEEK = "week"
    SHORT_WEEK = "short week"
    SESSIONS = "sessions"


@dataclass(frozen=True)
class Span:
    """The sessions that are told about; `base` is the session whose close they are measured from.

    kind: how the span may be called.
    """

    base: date
    sessions: tuple[date, ...]
    kind: Kind

    @property
    def last(self) -> date:
        return self.sessions[-1]

    @property
    def eve(self) -> date:
        """The day after which a market with other holidays has its part of the span.

        The last day of the week before, which a mainland holiday may lie behind: what Hong Kong did
        on the Friday of one is no part of the week after it. Of five sessions it is the base.
        """
        if self.kind is Kind.SESSIONS:
            return self.base
        return max(self.base, self.last - timedelta(days=self.last.weekday() + WEEKEND))

    def __len__(self) -> int:
        return len(self.sessions)


def span_of(as_of: date, calendar: Sequence[date]) -> Span | None:
    """The span of an issue; None where there is no session before it.

    calendar: the trading days, sorted, those to come as well: they tell whether the week has ended.
    The week counts from the last close of the week before. An issue dated before its week ends
    tells of five sessions, and so does one whose week has next to none.
    """
    here = bisect_right(calendar, as_of)
    if here < 2:
        return None
    last = calendar[here - 1]
    monday = last - timedelta(days=last.weekday())
    begins = bisect_left(calendar, monday)
    ended = here == len(calendar) or calendar[here] >= monday + timedelta(days=7)
    if begins and ended and here - begins >= FEWEST_OF_WEEK:
        kind = Kind.WEEK if here - begins >= FULL_WEEK else Kind.SHORT_WEEK
    else:
        begins, kind = max(here - FULL_WEEK, 1), Kind.SESSIONS
    return Span(calendar[begins - 1], tuple(calendar[begins:here]), kind)
