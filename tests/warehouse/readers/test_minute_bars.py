"""Pages of minute bars: which days are whole on them, and how an auction's bar is counted."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from warehouse.catalog import Call, Request
from warehouse.readers.minute_bars import bars, calls, in_session, is_index, on_page, with_auction

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (12, 13, 14))
NAMES = {c: c for c in ("time", "open", "high", "low", "close", "volume", "amount")}
SCHEMA = ["minute", "open", "high", "low", "close", "volume_shares", "amount_cny"]


def rows(*lines: tuple[float | None, ...], day: date = TUESDAY) -> pl.DataFrame:
    """Bars of one share: minute, open, high, low, close, volume, amount."""
    kinds = dict.fromkeys(SCHEMA, pl.Float64) | {"minute": pl.Int64}
    frame = pl.DataFrame(lines, schema=kinds, orient="row")
    return frame.select(pl.lit("a").alias("code"), pl.lit(day).alias("trade_date"), *SCHEMA)


def told(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return found.select(SCHEMA).rows()


@pytest.mark.parametrize(("early", "counted_in"), [(565, 571), (570, 571), (780, 781)])
def test_a_bar_before_trading_is_counted_in_the_first_minute(early: int, counted_in: int) -> None:
    """Its price is where the minute opened; highs, lows and sums are of both."""
    before = (early, 9.0, 9.5, 8.5, 9.2, 100.0, 900.0)
    first = (counted_in, 10.0, 10.5, 9.8, 10.2, 50.0, 500.0)
    next_one = (counted_in + 1, 10.2, 10.3, 10.1, 10.2, 7.0, 70.0)
    found = with_auction(rows(before, first, next_one))

    assert told(found) == [(counted_in, 9.0, 10.5, 8.5, 10.2, 150.0, 1400.0), next_one]
    assert found.columns == rows(first).columns


def test_without_an_early_bar_all_stays_as_it_is() -> None:
    page = rows((571, 10.0, 10.5, 9.8, 10.2, 50.0, 500.0))
    assert with_auction(page) is page


def test_an_auction_without_an_opening_price_opened_at_its_close() -> None:
    early = (565, None, 9.5, 8.5, 9.2, 100.0, 900.0)
    found = with_auction(rows(early, (571, 10.0, 10.5, 9.8, 10.2, 50.0, 500.0)))
    assert found["open"].to_list() == [9.2]


def test_of_two_early_bars_the_earlier_tells_the_opening_price() -> None:
    later, earlier = (570, 8.0, 11.0, 8.0, 8.1, 1.0, 8.0), (565, 9.0, 9.5, 7.0, 9.2, 2.0, 18.0)
    found = with_auction(rows(later, earlier, (571, 10.0, 10.5, 9.8, 10.2, 4.0, 40.0)))
    assert told(found) == [(571, 9.0, 11.0, 7.0, 10.2, 7.0, 66.0)]


def test_an_auction_is_counted_in_its_own_day() -> None:
    first = (571, 10.0, 10.5, 9.8, 10.2, 50.0, 500.0)
    early = rows((565, 9.0, 9.5, 8.5, 9.2, 100.0, 900.0), day=MONDAY)
    found = with_auction(pl.concat([early, rows(first, day=MONDAY), rows(first)]))
    assert found.select("trade_date", "volume_shares").rows() == [(MONDAY, 150.0), (TUESDAY, 50.0)]


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def page(day: date, minutes: list[int], opened: str = "10") -> pl.DataFrame:
    cells = {"open": opened, "high": "12", "low": "9", "close": "11", "volume": "2", "amount": "22"}
    times = pl.DataFrame({"time": [f"{day} {clock(minute)}:00" for minute in minutes]})
    return times.with_columns(pl.lit(value).alias(name) for name, value in cells.items())


SESSION = [*range(571, 691), *range(781, 901)]
CALL = Call("", {}, (MONDAY, TUESDAY), "600000.SH")


def test_bars_of_the_days_asked_for_are_read_with_their_minute() -> None:
    answer = pl.concat([page(day, SESSION) for day in (MONDAY, TUESDAY, WEDNESDAY)])
    found = bars(answer, CALL, NAMES, 100.0)

    assert found.group_by("trade_date").len().sort("trade_date").rows() == [
        (MONDAY, 240), (TUESDAY, 240),
    ]  # fmt: skip
    assert found.row(0) == ("600000.SH", MONDAY, 571, 10.0, 12.0, 9.0, 11.0, 200.0, 22.0)
    assert found["minute"].max() == 900


def test_a_price_of_zero_is_none() -> None:
    assert bars(page(TUESDAY, SESSION, "0"), CALL, NAMES)["open"].null_count() == 240


@pytest.mark.parametrize(("minutes", "whole"), [(216, True), (215, False)])
def test_a_day_of_which_a_tenth_is_cut_off_is_not_read(minutes: int, *, whole: bool) -> None:
    """Bars of the auctions do not count, nor does one that is there twice."""
    early = [565, 570]
    answer = pl.concat(
        [page(TUESDAY, early), page(TUESDAY, SESSION[-minutes:]), page(TUESDAY, [900] * 9)]
    )
    assert bars(answer, CALL, NAMES).is_empty() is not whole


CALENDAR = tuple(date(2026, 1, day) for day in (5, 6, 7, 8, 9, 12, 13, 14))


@pytest.mark.parametrize(
    ("hour", "sessions", "shown"),
    [(19, 2, (MONDAY, TUESDAY)), (19, 1, (TUESDAY,)), (8, 1, (MONDAY,)), (8, 2, (MONDAY,)),
     (19, 99, (date(2026, 1, 5), MONDAY, TUESDAY))],
)  # fmt: skip
def test_a_page_shows_the_newest_sessions(
    hour: int, sessions: int, shown: tuple[date, ...]
) -> None:
    """Of the days wanted; in the morning the session of the day has not begun."""
    wanted = (date(2026, 1, 5), MONDAY, TUESDAY, WEDNESDAY)
    request = Request(wanted, datetime(2026, 1, 13, hour), ("600000.SH",), CALENDAR)
    assert on_page(request, sessions) == shown
    (asked,) = calls("f", request, sessions, period="1")
    assert asked == Call("f", {"symbol": "sh600000", "period": "1"}, shown, "600000.SH")


def test_nothing_is_asked_where_the_page_shows_no_wanted_day() -> None:
    request = Request((CALENDAR[0],), datetime(2026, 1, 13, 19), ("600000.SH",), CALENDAR)
    assert calls("f", request, 2) == []


@pytest.mark.parametrize(
    ("minute", "inside"),
    [(564, False), (565, True), (566, False), (569, False), (570, True), (690, True), (691, False),
     (779, False), (780, True), (900, True), (901, False)],
)  # fmt: skip
def test_a_bar_ends_in_a_session_or_is_the_auctions(minute: int, *, inside: bool) -> None:
    assert pl.DataFrame({"minute": [minute]}).select(in_session()).item() is inside


@pytest.mark.parametrize(
    ("code", "index"),
    [("000001.SH", True), ("399006.SZ", True), ("970070.SZ", True), ("980017.SZ", True),
     ("000001.SZ", False), ("600000.SH", False), ("300001.SZ", False)],
)  # fmt: skip
def test_a_code_tells_an_index_from_a_share(code: str, *, index: bool) -> None:
    assert pl.DataFrame({"code": [code]}).select(is_index()).item() is index
