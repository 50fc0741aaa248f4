"""The clock that akshare looks at: Shanghai's, for as long as any call is under way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from flows.network.frozen_clock import CLOCKED, wall_clock
from warehouse.shanghai import SHANGHAI

NOW = datetime(2026, 1, 13, 1, 30, tzinfo=SHANGHAI)


def shown(tz: Any = None, name: str = CLOCKED[0]) -> datetime:
    found: datetime = import_module(name).datetime.now(tz)
    return found


@pytest.mark.parametrize("now", [NOW, NOW.astimezone(UTC), NOW.replace(tzinfo=None)])
def test_the_hour_is_that_of_shanghai_wherever_the_machine_stands(now: datetime) -> None:
    with wall_clock(lambda: now):
        assert shown() == datetime(2026, 1, 13, 1, 30)
        assert shown(UTC) == NOW
        assert shown(UTC).utcoffset() == timedelta(0)
        assert {shown(name=name) for name in CLOCKED} == {shown()}


def test_calls_that_overlap_have_one_clock_until_the_last_one_ends() -> None:
    first, second = wall_clock(lambda: NOW), wall_clock(lambda: NOW + timedelta(days=1))
    with first:
        with second:
            assert shown().day == 13
        assert shown().day == 13
    assert import_module(CLOCKED[0]).datetime is datetime
    with wall_clock(lambda: NOW + timedelta(days=1)):
        assert shown().day == 14


def test_a_call_that_fails_takes_the_clock_away_too() -> None:
    with pytest.raises(ZeroDivisionError), wall_clock(lambda: NOW):
        raise ZeroDivisionError
    assert import_module(CLOCKED[0]).datetime is datetime
