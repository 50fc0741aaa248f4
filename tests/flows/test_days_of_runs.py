"""Which day an issue stands for, up to which day is collected, and in which order."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from flows import collect, weekly, workspace
from flows.backfill import checked_span
from flows.settings import Settings
from flows.workspace import Workspace, packaged_calendar
from warehouse.errors import InputRefused
from warehouse.records import coverage

FRIDAY, SATURDAY, MONDAY = date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 12)
LAST = packaged_calendar().to_list()[-1]


@pytest.fixture
def at(tmp_path, monkeypatch):
    """`at(day, hour)`: a workspace at an hour of Shanghai, with closes since a first day."""

    def made(day: date, hour: int = 20, first: date | None = date(2025, 1, 2)) -> Workspace:
        monkeypatch.setattr(workspace.coverage, "first_close", lambda _reader: first)
        moment = datetime(day.year, day.month, day.day, hour - 8, tzinfo=UTC)
        return Workspace(Settings(home=tmp_path / "home"), lambda: moment)

    return made


@pytest.mark.parametrize(
    ("today", "hour", "requested", "stands_for"),
    [
        (MONDAY, 16, None, MONDAY),
        (MONDAY, 15, None, FRIDAY),
        (MONDAY, 15, MONDAY, MONDAY),
        (SATURDAY, 9, None, FRIDAY),
        (SATURDAY, 9, SATURDAY, FRIDAY),
        (MONDAY, 20, date(2025, 1, 2), date(2025, 1, 2)),
    ],
)
def test_an_issue_stands_for_the_last_trading_day(at, today, hour, requested, stands_for) -> None:
    assert at(today, hour).resolve(requested, object()) == stands_for


@pytest.mark.parametrize(
    ("requested", "first", "told"),
    [
        (date(2026, 1, 13), FRIDAY, "--as-of 2026-01-13 lies in the future; the latest possible"),
        (date(2026, 1, 8), FRIDAY, "--as-of 2026-01-08: the data begin on 2026-01-09; import or"),
        (MONDAY, None, "--as-of 2026-01-12: the warehouse holds no index closes; import or"),
    ],
)  # fmt: skip
def test_a_day_without_data_is_refused_with_what_there_is(at, requested, first, told) -> None:
    with pytest.raises(InputRefused) as refused:
        at(MONDAY, first=first).resolve(requested, object())
    assert str(refused.value).startswith(told)


def test_beyond_the_calendar_no_day_is_known(at) -> None:
    assert at(LAST).resolve(LAST, object()) == LAST
    with pytest.raises(InputRefused, match=f"the trading calendar ends on {LAST}"):
        at(LAST.replace(year=LAST.year + 1)).resolve(None, object())


@pytest.mark.parametrize(
    ("scheduled", "closed"),
    [
        (datetime(2024, 2, 13, 1, tzinfo=UTC), True),  # Tuesday; the week before had sessions
        (datetime(2024, 2, 19, 1, tzinfo=UTC), False),  # the Monday after the holiday
        (datetime(2024, 2, 18, 17, tzinfo=UTC), False),  # that Monday in Shanghai
        (None, False),
    ],
)
def test_a_week_is_closed_without_a_session_since_its_monday(monkeypatch, scheduled, closed):
    monkeypatch.setattr(weekly, "scheduled_for", lambda: scheduled)
    ws = SimpleNamespace(calendar=packaged_calendar())
    assert (weekly.closed_week(ws) is not None) == closed


@pytest.mark.parametrize("fetched", [None, FRIDAY, LAST.replace(year=LAST.year + 1)])
def test_the_calendar_ends_where_the_longer_of_both_ends(monkeypatch, fetched) -> None:
    monkeypatch.setattr(coverage, "last_trading_day", lambda _reader: fetched)
    ws = SimpleNamespace(calendar=packaged_calendar())
    run: Any = SimpleNamespace(ws=ws, reading=lambda: nullcontext(object()))
    assert collect.last_trading_day(run) == max(LAST, fetched or LAST)
    run.reading = lambda: nullcontext(None)
    assert collect.last_trading_day(run) == LAST


@pytest.mark.parametrize(
    ("span", "until"),
    [
        (None, MONDAY),
        ((date(2025, 1, 2), FRIDAY), FRIDAY),
        ((date(2025, 1, 2), date(2026, 3, 2)), MONDAY),
    ],
)
@pytest.mark.parametrize("names", [["index_daily"], ["trade_calendar", "index_daily", "ipo_a"]])
def test_the_calendar_must_reach_up_to_the_last_day_collected(
    monkeypatch, span, until, names
) -> None:
    asked = []
    monkeypatch.setattr(collect, "last_trading_day", lambda _run: LAST)
    monkeypatch.setattr(collect, "insist_on_days_ahead", lambda *days: asked.append(days))
    monkeypatch.setattr(
        collect, "one_dataset", lambda _run, name, *_, **__: asked.append(name) or []
    )
    run: Any = SimpleNamespace(ws=SimpleNamespace(today=MONDAY), reach=SimpleNamespace(lost=False))

    assert collect.each(run, names, span, named=True) == []

    wanted: list[Any] = [*names]
    wanted.insert(names.index("index_daily"), (LAST, until))
    assert asked == wanted


def test_lists_come_before_what_is_read_by_them_and_what_follows_comes_last() -> None:
    wanted = ["market_turnover", "margin_security", "stock_daily", "security", "trade_calendar"]
    assert collect.collectable(wanted) == [
        "trade_calendar", "security", "stock_daily", "margin_security", "market_turnover",
    ]  # fmt: skip
    every = collect.collectable()
    assert every[:5] == [
        "trade_calendar", "security", "hk_security", "stock_daily", "margin_market",
    ]  # fmt: skip
    assert set(every) >= {"index_daily", "limit_pool"}


def test_a_span_runs_forward_and_may_be_one_day() -> None:
    assert checked_span(FRIDAY, FRIDAY) == (FRIDAY, FRIDAY)
    assert checked_span(FRIDAY, MONDAY) == (FRIDAY, MONDAY)
    told = r"the span ends \(2026-01-09\) before it begins \(2026-01-12\); swap the two days"
    with pytest.raises(InputRefused, match=told):
        checked_span(MONDAY, FRIDAY)
