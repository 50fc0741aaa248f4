"""A place and a time: which days are trading days there."""

from __future__ import annotations

from datetime import date

from flows.workspace import Workspace


def test_the_calendar_has_shipped_and_collected_days_in_order_and_once(filled: Workspace) -> None:
    calendar = filled.calendar

    assert calendar.is_sorted()
    assert calendar.n_unique() == len(calendar)
    assert {date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 14)} <= set(calendar)
