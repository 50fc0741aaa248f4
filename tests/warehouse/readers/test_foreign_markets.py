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


def test_a_close_that_cannot_be_read_is_left_to_the_contract_and_the_one_before_it_tells() -> None:
    nan = float("nan")
    before = MONDAY - timedelta(days=3)
    call = Call("f", {}, (MONDAY, TUESDAY))
    assert plausible_bars(bars((before, 10.0), (MONDAY, nan), (TUESDAY, 10.1)), call).height == 2
    found = plausible_bars(bars((before, 10.0), (MONDAY, nan), (TUESDAY, 5.0)), call)
    assert closes(found) == [None, None]


def closes(found: pl.DataFrame) -> list[float | None]:
    """The closes, None where one cannot be read."""
    return found["close"].fill_nan(None).to_list()


def sessions(*factors: float) -> pl.DataFrame:
    """Closes on weekdays up to Tuesday, as multiples of ten."""
    days = [
        TUESDAY - timedelta(days=n)
        for n in range(60)
        if (TUESDAY - timedelta(days=n)).weekday() < 5
    ]
    return bars(*zip(reversed(days[: len(factors)]), [10.0 * f for f in factors], strict=True))


def test_one_close_that_is_torn_from_its_neighbours_costs_its_row() -> None:
    """The next is held against the one before it; a history of days would else be refused."""
    rows = sessions(1, 1, 100, 1.1, 1, 1)
    found = plausible_bars(rows, Call("f", {}, tuple(rows["trade_date"])))
    assert closes(found) == [10, 10, None, 11, 10, 10]


@pytest.mark.parametrize(("days", "outcome"), [(2, "set aside"), (3, "refused")])
def test_after_a_split_that_nobody_knows_no_close_is_believed(days: int, outcome: str) -> None:
    """However long the history before it; of the newest few, rows are set aside."""
    rows = sessions(*[1.0] * (20 - days), *[0.5] * days)
    call = Call("f", {}, tuple(rows["trade_date"]))
    if outcome == "refused":
        with pytest.raises(
            UnknownFormat, match=r"0\.50 times the close before; if its shares were split"
        ):
            plausible_bars(rows, call)
    else:
        assert closes(plausible_bars(rows, call))[-3:] == [10, None, None]
    with pytest.raises(UnknownFormat, match="split"):
        plausible_bars(rows, Call("f", {}, (TUESDAY,)))


@pytest.mark.usefixtures("split")
def test_a_known_split_counts_though_the_close_of_its_day_cannot_be_read() -> None:
    after = TUESDAY + timedelta(days=1)
    rows = bars((MONDAY, 10.0), (TUESDAY, float("nan")), (after, 5.0))
    found = plausible_bars(rows, Call("f", {}, (MONDAY, TUESDAY, after)))
    assert closes(found) == [10, None, 5]


@pytest.mark.parametrize(("pause", "torn"), [(12, True), (13, False)])
def test_after_a_longer_pause_than_any_market_makes_a_close_is_held_against_none(
    pause, torn
) -> None:
    """The earlier close stands within the run-up of an earlier day that is asked for, too."""
    before = TUESDAY - timedelta(days=pause)
    rows = bars((before, 10.0), (TUESDAY, 100.0))
    found = plausible_bars(rows, Call("f", {}, (before, TUESDAY)))
    assert closes(found) == [10, None if torn else 100]


def test_the_splits_that_are_known_are_those_that_were_read_last() -> None:
    """As the companies told them: how many shares became of one, and from which day on."""
    told = [
        f"{c} {d} {r:g}" for c, known in foreign_markets.SPLITS.items() for d, r in known.items()
    ]
    assert told == [
        "00700.HK 2014-05-15 5", "00981.HK 2016-12-07 0.1", "01211.HK 2025-06-10 3",
        "AAPL.US 2014-06-09 7", "AAPL.US 2020-08-31 4", "AMZN.US 2022-06-06 20",
        "GOOGL.US 2014-04-03 2", "GOOGL.US 2022-07-18 20", "NVDA.US 2021-07-20 4",
        "NVDA.US 2024-06-10 10", "TSLA.US 2020-08-31 5", "TSLA.US 2022-08-25 3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("factor", "torn"), [(0.71, False), (0.69, True), (1.44, False), (1.46, True)]
)
def test_a_day_moves_a_price_by_less_than_half(factor: float, *, torn: bool) -> None:
    """The worst day of a megacap since 2014 was 0.74 of the close before."""
    rows = sessions(*[1.0] * 20, factor)
    found = closes(plausible_bars(rows, Call("f", {}, tuple(rows["trade_date"]))))
    assert (found[-1] is None) is torn
