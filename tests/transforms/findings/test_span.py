"""The week of an issue: sessions since the last close of the week before, or five of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.workspace import packaged_calendar
from transforms.findings.span import FULL_WEEK, Kind, span_of

CALENDAR = packaged_calendar().to_list()


@pytest.mark.parametrize(
    ("as_of", "kind", "base", "sessions"),
    [
        (date(2026, 1, 16), Kind.WEEK, date(2026, 1, 9), 5),
        (date(2026, 1, 17), Kind.WEEK, date(2026, 1, 9), 5),  # a Saturday
        (date(2024, 10, 11), Kind.SHORT_WEEK, date(2024, 9, 30), 4),
        (date(2026, 1, 13), Kind.SESSIONS, date(2026, 1, 6), 5),  # a Tuesday
        (date(2024, 9, 30), Kind.SESSIONS, date(2024, 9, 23), 5),  # alone before a holiday
        (date(2024, 10, 8), Kind.SESSIONS, date(2024, 9, 24), 5),  # across a holiday
    ],
)
def test_a_week_counts_from_the_last_close_of_the_week_before(as_of, kind, base, sessions) -> None:
    span = span_of(as_of, CALENDAR)
    assert span is not None
    assert (span.kind, span.base, len(span)) == (kind, base, sessions)


@pytest.mark.parametrize(
    ("as_of", "eve"),
    [
        (date(2026, 1, 16), date(2026, 1, 9)),
        (date(2024, 10, 11), date(2024, 10, 4)),  # behind the holiday: Hong Kong was open
        (date(2026, 1, 9), date(2026, 1, 2)),
        (date(2026, 1, 13), date(2026, 1, 6)),  # five sessions, and all since
    ],
)
def test_other_markets_have_their_part_of_a_week_after_the_week_before(as_of, eve) -> None:
    span = span_of(as_of, CALENDAR)
    assert span is not None
    assert span.eve == eve


def test_without_a_session_before_it_there_is_no_span() -> None:
    assert span_of(date(2026, 1, 5), []) is None
    assert span_of(date(2026, 1, 5), [date(2026, 1, 5)]) is None


@given(st.dates(date(1992, 1, 1), date(2026, 12, 1)))
def test_a_span_is_what_lies_between_its_base_and_its_end(as_of: date) -> None:
    span = span_of(as_of, CALENDAR)
    assert span is not None
    between = tuple(day for day in CALENDAR if span.base < day <= as_of)
    assert span.sessions == between
    assert 1 <= len(span) <= FULL_WEEK
    assert span.base <= span.eve < span.sessions[0]
    assert span.base in CALENDAR
    if span.kind is not Kind.SESSIONS:
        assert {day.isocalendar()[:2] for day in span.sessions} == {span.last.isocalendar()[:2]}
        assert span.base.isocalendar()[:2] != span.last.isocalendar()[:2]
