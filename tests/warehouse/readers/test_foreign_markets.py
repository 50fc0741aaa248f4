"""Bars of Hong Kong and New York: which days are asked for, and which closes are plausible."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from warehouse.catalog import Call, Request
from warehouse.errors import UnknownFormat
from warehouse.readers import foreign_markets
from warehouse.readers.foreign_markets import CALM, plausible_bars, run_up, weekdays, with_splits

NOW = datetime(2026, 1, 20)
FRIDAY, MONDAY, TUESDAY = date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 13)


def asked(*days: date, calendar: tuple[date, ...] = (FRIDAY, MONDAY, TUESDAY)) -> tuple[date, ...]:
    return weekdays(Request(days, NOW, (), calendar))


def test_the_day_after_a_session_is_asked_for_alone() -> None:
    assert asked(TUESDAY) == (TUESDAY,)
    assert asked(MONDAY) == (MONDAY,), "nobody trades on a weekend"


def test_days_on_which_only_the_other_market_traded_are_asked_for_too() -> None:
    """After a week of holidays on the mainland."""
    before, after = date(2025, 9, 30), date(2025, 10, 9)

    assert asked(after, calendar=(before, after)) == tuple(
        date(2025, 10, day) for day in (1, 2, 3, 6, 7, 8, 9)
    )


def test_before_the_calendar_begins_only_the_day_itself_is_asked_for() -> None:
    assert asked(FRIDAY) == (FRIDAY,)


def test_the_close_before_a_long_pause_is_in_the_answer() -> None:
    assert run_up([TUESDAY, MONDAY]) == MONDAY - timedelta(days=12)


def bars(*closes: tuple[date, float]) -> pl.DataFrame:
    rows = [("A.US", day, close) for day, close in closes]
    return pl.DataFrame(rows, schema=["code", "trade_date", "close"], orient="row")


@pytest.fixture
def split(monkeypatch) -> None:
    """Two for one on Tuesday."""
    monkeypatch.setattr(foreign_markets, "SPLITS", {"A.US": {TUESDAY: 2.0}})


@pytest.mark.usefixtures("split")
def test_a_day_has_the_ratio_of_its_split_and_others_have_one() -> None:
    found = with_splits(bars((MONDAY, 10.0), (TUESDAY, 5.0)).with_columns(split_ratio=9.0))

    assert found["split_ratio"].to_list() == [1.0, 2.0]
    assert found.columns == ["code", "trade_date", "close", "split_ratio"]


@pytest.mark.usefixtures("split")
def test_half_the_price_on_the_day_of_a_split_is_plausible() -> None:
    found = plausible_bars(bars((MONDAY, 10.0), (TUESDAY, 5.0)), Call("f", {}, (TUESDAY,)))

    assert found.select("trade_date", "close").rows() == [(TUESDAY, 5.0)]
    assert found.columns == ["code", "trade_date", "close", "split_ratio"]


@pytest.mark.parametrize("factor", [CALM[0] - 0.01, CALM[1] + 0.01])
def test_a_close_that_is_torn_from_the_one_before_is_not(factor: float) -> None:
    torn = bars((MONDAY, 10.0), (TUESDAY, 10.0 * factor))

    with pytest.raises(UnknownFormat, match=r"A\.US closed on 2026-01-13 at"):
        plausible_bars(torn, Call("f", {}, (TUESDAY,)))
    assert plausible_bars(torn, Call("f", {}, (MONDAY,))).height == 1, "another day was asked for"


@pytest.mark.parametrize(("pause", "torn"), [(12, True), (13, False)])
def test_after_a_longer_pause_than_any_market_makes_a_close_is_held_against_none(
    pause, torn
) -> None:
    """The earlier close stands within the run-up of an earlier day that is asked for, too."""
    before = TUESDAY - timedelta(days=pause)
    call = Call("f", {}, (before, TUESDAY))
    rows = bars((before, 10.0), (TUESDAY, 100.0))
    if torn:
        with pytest.raises(UnknownFormat):
            plausible_bars(rows, call)
    else:
        assert plausible_bars(rows, call).height == 2
