"""Where a rule of reading begins to hold: the last value on this side and the first beyond."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.warehouse.datasets.answers import TUESDAY, call, table
from warehouse.catalog import Asker, Request
from warehouse.datasets import (
    disclosure_date,
    earnings_flash,
    earnings_guidance,
    earnings_report,
    hk_security,
    ipo_proceeds_monthly,
    ipo_review,
    market_turnover,
    policy_news,
    sector_daily,
    security,
    stock_connect,
    suspension,
    trade_calendar,
    unicorn_company,
)
from warehouse.errors import CalendarEnds, UnknownFormat

QUARTERS = ("0331", "0630", "0930", "1231")
# The days on which upstreams are sure to have an answer for the quarters of a year.
OPENED: dict[str, tuple[Asker, tuple[str, ...]]] = {
    "booked days": (disclosure_date.ask, ("04-05", "07-05", "10-08", "01-05")),
    "first results": (earnings_flash.ask, ("04-20", "07-20", "10-22", "01-25")),
    "guidance": (earnings_guidance.ask, ("04-10", "07-05", "10-08", "01-05")),
    "results": (earnings_report.periods, ("04-15", "07-20", "10-18", "02-01")),
}


@pytest.mark.parametrize("name", OPENED)
def test_a_period_is_asked_for_from_the_day_of_its_opening_on(name: str) -> None:
    ask, opened = OPENED[name]

    def newest(day: date) -> str:
        return ask(Request((day,), datetime(2027, 1, 1)))[0].arguments["date"]

    for quarter, first in zip(QUARTERS, opened, strict=True):
        year = 2026 if quarter == "1231" else 2025
        opening = date.fromisoformat(f"{year}-{first}")
        assert newest(opening) == f"2025{quarter}"
        assert newest(opening - timedelta(days=1)) < f"2025{quarter}"


SHARES = (
    1, 2799, 2850, 2899, 3200, 3399, 3500, 3999, 6030, 6199, 6400, 7199, 7400, 7499, 7600, 7699,
    7800, 8999, 9600, 9699, 9850, 9999,
)  # fmt: skip
OTHERS = (
    2800, 2849, 2900, 2999, 3000, 3199, 3400, 3499, 4000, 6029, 6200, 6399, 7200, 7399, 7500, 7599,
    7700, 7799, 9000, 9599, 9700, 9849, 10000, 99999,
)  # fmt: skip


def test_codes_of_hong_kong_tell_shares_from_other_securities() -> None:
    codes = pl.DataFrame({"code": [f"{n:05}" for n in (*SHARES, *OTHERS)]})
    found = codes.filter(hk_security.is_share(pl.col("code"), pl.lit("某某")))
    assert [int(code) for code in found["code"]] == list(SHARES)


@pytest.mark.parametrize(
    ("money", "read_as"),
    [(1.0, 1.0), (500.0, 500.0), (501.0, 501.0), (0.05, 500.0), (0.06, 0.06), (1e-4, 1.0),
     (0.9e-4, 0.9e-4), (0.9, 0.9)],
)  # fmt: skip
def test_money_sought_is_in_yuan_where_that_makes_a_price(money: float, read_as: float) -> None:
    """Else in ten thousands, if these make one of 1 to 500 yuan for each share."""
    rows = pl.DataFrame({"money": [money], "shares": [1.0]})
    found = rows.select(ipo_review.in_yuan(pl.col("money"), pl.col("shares"))).item()
    assert found == pytest.approx(read_as)


@pytest.mark.parametrize(("total", "fits"), [("500.04", True), ("500.06", False)])
def test_proceeds_add_up_to_a_rounding(total: str, *, fits: bool) -> None:
    answer = table("月份 首发募集资金 增发募集资金 配股募集资金\n2025-11 100 400 0")
    rows = answer.with_columns(募集资金=pl.lit(total))
    if fits:
        assert ipo_proceeds_monthly.read(rows, call()).height == 1
    else:
        with pytest.raises(UnknownFormat):
            ipo_proceeds_monthly.read(rows, call())


@pytest.mark.parametrize(("board", "fits"), [("60.09", True), ("60.12", False), ("39.91", True)])
def test_boards_of_shenzhen_add_up_to_a_thousandth(board: str, *, fits: bool) -> None:
    """More than the total is an error, and so is less without a line that may be a board."""
    answer = table("证券类别 成交金额\n股票 100\n主板A股 0\n创业板A股 40").with_columns(
        成交金额=pl.Series(["100", board, "40" if float(board) > 50 else "60"])
    )
    rows = answer.with_columns(总市值="成交金额", 流通市值="成交金额")
    if fits:
        assert market_turnover.shenzhen(rows, call("", "SZSE")).height == 1
    else:
        with pytest.raises(UnknownFormat):
            market_turnover.shenzhen(rows, call("", "SZSE"))


def test_news_are_asked_for_since_their_pages_look_as_they_do() -> None:
    days = (date(2016, 2, 3), date(2016, 2, 4))
    (asked,) = policy_news.ask(Request(days, datetime(2026, 1, 1)))
    assert asked.days == days[1:]


@pytest.mark.parametrize(("days", "calls"), [(10, 1), (11, 0)])
def test_the_long_table_of_industries_is_asked_for_few_days_only(days: int, calls: int) -> None:
    wanted = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(days))
    ask = sector_daily.tables(sector_daily.SECOND, sector_daily.SHORT)
    assert len(ask(Request(wanted, datetime(2026, 2, 1)))) == calls


@pytest.mark.parametrize(("days", "spans"), [(20, [20]), (21, [20, 1]), (40, [20, 20])])
def test_a_table_of_industries_holds_twenty_days(days: int, spans: list[int]) -> None:
    wanted = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(days))
    asked = sector_daily.tables(sector_daily.FIRST)(Request(wanted, datetime(2026, 3, 1)))
    assert [len(one.days) for one in asked] == spans
    assert asked[-1].arguments["end_date"] == f"{wanted[-1]:%Y%m%d}"


@pytest.mark.parametrize(("unlisted", "fits"), [(2, True), (3, False)])
def test_of_members_of_indices_one_in_fifty_may_have_left(unlisted: int, *, fits: bool) -> None:
    codes = [f"6{n:05}.SH" for n in range(100)]
    listed = pl.DataFrame({"code": codes[unlisted:], "name": "n"})
    members = pl.DataFrame({"code": codes, "valid_from": TUESDAY, "industry": "Banks"})
    rows = pl.concat([listed, members], how="diagonal")
    if fits:
        assert security.combine_members(rows).height == 100 - unlisted
    else:
        with pytest.raises(UnknownFormat, match=r"^3 of 100 members"):
            security.combine_members(rows)


@pytest.mark.parametrize(("odd", "fits"), [(1, True), (2, False)])
def test_of_days_of_stock_connect_one_in_fifty_may_be_off(odd: int, *, fits: bool) -> None:
    total = [1.0 + 0.001 * n for n in range(50)]
    grown = ["10" if n else "0" for n in range(50)]
    answer = pl.DataFrame({
        "日期": [f"{TUESDAY + timedelta(days=n)}" for n in range(50)],
        "当日成交净买额": [*grown[:-odd], *["90"] * odd],
        "历史累计净买额": [f"{value:.4f}" for value in total],
    })  # fmt: skip
    if fits:
        assert stock_connect.accumulating(answer) is answer
    else:
        with pytest.raises(UnknownFormat, match="in 2 rows"):
            stock_connect.accumulating(answer)


@pytest.mark.parametrize(("odd", "fits"), [(1, True), (2, False)])
def test_more_than_half_of_the_codes_of_suspensions_are_never_strange(
    odd: int, *, fits: bool
) -> None:
    answer = table("""
名称 停牌时间   停牌截止时间 停牌期限 停牌原因 所属市场
浦发 2026-01-12 2026-01-20   连续停牌 重大事项 上交所主板
平安 2026-01-12 2026-01-12   连续停牌 重大事项 上交所主板
万科 2026-01-12 -            连续停牌 重大事项 上交所主板
""").with_columns(代码=pl.Series([*["某"] * odd, *["600000", "600001", "600002"][odd:]]))
    if fits:
        assert suspension.eastmoney(answer, call("", "", TUESDAY)).height == 3 - odd
    else:
        with pytest.raises(UnknownFormat, match="代码 holds 某"):
            suspension.eastmoney(answer, call("", "", TUESDAY))


@pytest.mark.parametrize(
    ("now", "years"), [(datetime(2026, 9, 30), ["2025"]), (datetime(2026, 10, 1), ["2025", "2026"])]
)
def test_a_list_of_unicorns_is_asked_for_from_october_on(now: datetime, years: list[str]) -> None:
    days = (date(2018, 5, 1), date(2025, 5, 1), date(2026, 5, 1))
    asked = unicorn_company.ask(Request(days, now))
    assert [one.label for one in asked] == years
    assert asked[0].days == (date(2025, 12, 31),)
    assert asked[-1].days[0] <= now.date()


@pytest.mark.parametrize(
    ("ahead", "warned", "stopped"), [(30, 0, 0), (29, 1, 0), (7, 1, 0), (6, 1, 1)]
)
def test_an_operator_hears_a_month_before_that_the_calendar_ends(
    ahead: int, warned: int, stopped: int
) -> None:
    """Within its last week nothing is collected."""
    last = TUESDAY + timedelta(days=ahead)
    told = trade_calendar.ends_soon(last, TUESDAY)
    assert bool(told) == bool(warned)
    if told:
        assert told.startswith(f"the trading calendar ends on {last}, {ahead} days from 2026-01-13")
    if stopped:
        with pytest.raises(CalendarEnds, match="nothing is collected: the trading calendar ends"):
            trade_calendar.insist_on_days_ahead(last, TUESDAY)
    else:
        trade_calendar.insist_on_days_ahead(last, TUESDAY)
