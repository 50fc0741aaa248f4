"""Traps in the sources of valuation and of the economy, each by its name."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, as_polars, conformed, perform
from flows.network.frozen_clock import wall_clock
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from flows.sandbox.exchange import Entry
from warehouse.catalog import Call, Request
from warehouse.datasets import (
    board_valuation,
    buffett_index,
    cpi,
    fx_rate,
    gdp,
    government_yield,
    high_low_count,
    market_activity,
    market_valuation,
    money_supply,
    social_financing,
)
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable, UnknownFormat
from warehouse.readers.calls import bond_yield_calls
from warehouse.readers.dated_lists import month
from warehouse.shanghai import SHANGHAI

SUNDAY, TUESDAY = date(2025, 9, 14), date(2025, 11, 25)
NOW = datetime(2025, 11, 25, 19, tzinfo=SHANGHAI)


def test_the_token_of_legulegu_is_the_hash_of_shanghai_s_date(monkeypatch, desk) -> None:
    """At 20:00 in New York it is the next day in Shanghai; the machine's own date is refused."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    from akshare.stock_feature.stock_a_indicator import get_token_lg

    evening = datetime(2025, 11, 25, 20, tzinfo=ZoneInfo("America/New_York"))
    try:
        with wall_clock(lambda: evening):
            token = get_token_lg()
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert token == hashlib.md5(b"2025-11-26").hexdigest()
    with wall_clock(lambda: evening.astimezone(UTC)):
        assert get_token_lg() == token
    office = desk(2025, 11, 25, 19)
    with (
        open_network(office.ws),
        wall_clock(lambda: datetime(2025, 11, 24, 19)),
        pytest.raises(KeyError),
    ):
        akshare().stock_buffett_index_lg()  # the token of yesterday opens nothing


@pytest.mark.parametrize("fault", [Kind.RESET, Kind.HTML])
def test_a_refusal_of_legulegu_is_an_unavailable_source(desk, fault) -> None:
    """akshare wraps it in an error of its own, with or without a status."""
    office = desk()
    office.break_(Fault(fault, host="*legulegu.com", status=403))
    with open_network(office.ws) as recorder, pytest.raises(SourceUnavailable):
        perform(market_valuation.LEGULEGU, Call("stock_a_ttm_lyr"), recorder, attempts=1)


def test_a_sunday_of_legulegu_never_comes_to_core(desk) -> None:
    office = desk()
    office.collect("market_valuation")
    rows = office.core("market_valuation")
    assert rows.height > 2000
    assert SUNDAY not in rows["trade_date"].to_list()
    refused = office.query(
        "SELECT rule, content FROM raw.rejected WHERE dataset = 'market_valuation'"
    )
    assert refused["rule"].to_list() == ["not_a_trading_day"]
    assert str(SUNDAY) in refused["content"].item()


def test_board_history_is_month_ends_and_the_newest_day(desk) -> None:
    office = desk()
    office.collect("board_valuation")
    days = office.core("board_valuation").filter(board="ChiNext")["trade_date"].sort()
    assert days.tail(3).to_list() == [date(2025, 9, 30), date(2025, 10, 31), TUESDAY]


def test_star_is_spelled_its_own_way_and_its_columns_too() -> None:
    earnings, book = board_valuation.pages("STAR")(Request((TUESDAY,), NOW))
    assert {earnings.arguments["symbol"], book.arguments["symbol"]} == {"科创版"}
    answer = pl.DataFrame({"日期": ["2025-11-25"], "总市值": [8.1e4], "市盈率": [78.6]})
    assert board_valuation.read(answer, earnings)["pe_weighted"].item() == 78.6


def buffett(days: list[date]) -> pl.DataFrame:
    return pl.DataFrame(
        {"日期": days, "总市值": [1.2e6] * len(days), "GDP": [1.35e6] * len(days)},
        schema_overrides={"日期": pl.Date},
    ).with_columns(pl.col("日期").cast(pl.String))


def test_dates_of_the_buffett_index_may_be_a_day_early() -> None:
    """Shifted days run from Sunday to Thursday, true ones from Monday to Friday."""
    week = [date(2025, 11, 17) + timedelta(days=n) for n in range(5)]
    call = Call("stock_buffett_index_lg", days=(TUESDAY,))
    for early in (0, 1):
        said = buffett([d - timedelta(days=early) for d in week])
        rows = buffett_index.read(said, call)
        assert rows["trade_date"].to_list() == week
    assert rows["market_value_cny"][0] == 1.2e14  # 亿元
    assert rows["ratio_percentile_10y"].is_null().all()  # a column that may be missing
    with pytest.raises((UnknownFormat, pl.exceptions.ComputeError), match="do not tell"):
        buffett_index.read(buffett(week[1:3]), call)


def test_a_day_that_comes_twice_among_the_highs_is_one_row() -> None:
    call = Call("stock_a_high_low_statistics", days=(TUESDAY,))
    row = {"date": "2025-11-25", "high20": 90, "low20": 40, "high60": 50, "low60": 20, "high120": 30,
           "low120": 9}  # fmt: skip
    assert high_low_count.read(pl.DataFrame([row, row]), call).height == 1
    assert high_low_count.read(pl.DataFrame([row, row | {"low120": 8}]), call).height == 2


def activity(**changed: str) -> pl.DataFrame:
    items = {"上涨": "3000", "涨停": "80", "真实涨停": "70", "st st*涨停": "3", "下跌": "2000",
             "跌停": "9", "真实跌停": "8", "st st*跌停": "1", "平盘": "90", "停牌": "12",
             "活跃度": "58.90%", "统计日期": "2025-11-25 15:00:00"}  # fmt: skip
    said = items | changed
    return pl.DataFrame({"item": list(said), "value": list(said.values())})


def test_market_activity_mixes_counts_per_cents_and_a_date() -> None:
    call = Call("stock_market_activity_legu", days=(TUESDAY,))
    row = market_activity.read(activity(), call).row(0, named=True)
    assert (row["trade_date"], row["advancing"], row["limit_up"]) == (TUESDAY, 3000, 80)
    assert row["counted"] == 3000 + 2000 + 90 + 12


def test_market_activity_of_another_day_is_no_answer_for_this_one() -> None:
    call = Call("stock_market_activity_legu", days=(TUESDAY,))
    with pytest.raises(SourceEmpty, match="shows 2025-11-24"):
        market_activity.read(activity(统计日期="2025-11-24 15:00:00"), call)
    with pytest.raises(SourceChanged, match="平盘"):
        conformed(market_activity.LEGULEGU, call, activity().filter(pl.col("item") != "平盘"))


def test_yields_are_never_asked_from_a_day_after_their_newest_row(desk) -> None:
    """akshare would then download all pages since 1990."""
    (call,) = bond_yield_calls(Request((TUESDAY,), NOW))
    assert call.arguments["start_date"] <= "20251111"
    office = desk()
    with office.exchange.installed():
        akshare().bond_zh_us_rate(start_date="20251120")
        few = len(office.exchange.log)
        akshare().bond_zh_us_rate(start_date="20251220")
    assert (few, len(office.exchange.log) - few) == (2, 7)


def test_chinabond_answers_for_less_than_a_year() -> None:
    days = tuple(date(2023, 1, 2) + timedelta(days=n) for n in range(900))
    spans = [c.arguments for c in government_yield.chinabond_calls(Request(days, NOW))]
    asked = [
        (date.fromisoformat(s["start_date"]), date.fromisoformat(s["end_date"])) for s in spans
    ]
    assert all((last - first).days < 365 for first, last in asked)
    assert (asked[0][0], asked[-1][1]) == (days[0], days[-1])


def test_the_parity_is_for_100_units_and_an_inverse_quotation_is_refused(desk) -> None:
    call = Call("currency_boc_sina", {}, (TUESDAY,), "USD")
    said = pl.DataFrame({"日期": ["2025-11-25"], "央行中间价": [708.26]})
    assert fx_rate.read(said, call)["cny_per_unit"].item() == pytest.approx(7.0826)
    rows = fx_rate.read(said.with_columns(央行中间价=pl.lit(14.1)), call)
    assert fx_rate.FxRate.filter(rows).result.is_empty()


def test_a_bank_s_page_repeats_the_parity_on_days_off() -> None:
    call = Call("currency_boc_sina", {}, (TUESDAY,), "USD")
    said = pl.DataFrame({"日期": ["2025-11-23", "2025-11-25"], "央行中间价": [708.0, 708.26]})
    assert fx_rate.read(said, call)["rate_date"].to_list() == [TUESDAY]


def test_m1_was_redefined_in_january_2025(desk) -> None:
    office = desk()
    office.collect("money_supply")
    rows = office.core("money_supply").sort("month").select("month", "m1_definition")
    newest_old = rows.filter(m1_definition="before 2025")["month"].max()
    oldest_new = rows.filter(m1_definition="from 2025")["month"].min()
    assert (newest_old, oldest_new) == (date(2024, 12, 1), date(2025, 1, 1))


def test_months_are_written_in_four_ways() -> None:
    texts = pl.DataFrame({"m": ["2025年10月份", "2025.10", "202510", "2025-10", "2025.9"]})
    months = texts.select(month("m")).to_series().to_list()
    assert months == [date(2025, 10, 1)] * 4 + [date(2025, 9, 1)]


def test_social_financing_that_has_stopped_is_no_answer(desk) -> None:
    """The ministry's list may end years ago; the other host's column is there all the same."""
    stale = pl.DataFrame(
        {
            "月份": ["202401"],
            social_financing.TOTAL: [65000.0],
            **{part: [1.0] for part in social_financing.PARTS.values()},
        }
    )
    with pytest.raises(SourceEmpty, match="stopped updating"):
        social_financing.read(stale, Call("macro_china_shrzgm", days=(TUESDAY,)))
    office = desk()
    office.break_(Fault(Kind.TRUNCATED, endpoint="mofcom_social_financing"))
    (outcome,) = office.collect("social_financing")
    assert outcome.missing == ["macro_china_shrzgm"]
    newest = office.core("social_financing").sort("month").row(-1, named=True)
    assert newest["month"] == date(2025, 10, 1)
    assert newest["total_cny"] is None
    assert newest["new_loans_cny"] > 0


def test_social_financing_goes_through_an_adapter_of_its_own(desk) -> None:
    office = desk()
    office.collect("social_financing")
    entries: list[Entry] = office.exchange.log
    assert [e.method for e in entries if e.host == "data.mofcom.gov.cn"] == ["POST"]


def test_loans_of_a_month_and_of_the_year_are_told_apart_by_january() -> None:
    months = [f"{year}年01月份" for year in (2023, 2024, 2025)]
    right = pl.DataFrame({"月份": months, "当月": [49000.0] * 3, "累计": [49000.0] * 3})
    social_financing.refuse_mixed_up(right)
    with pytest.raises(UnknownFormat, match="Januaries"):
        social_financing.refuse_mixed_up(right.with_columns(当月=pl.lit(2.1)))
    call = Call("macro_china_new_financial_credit", days=(date(2025, 2, 18),))
    assert social_financing.read(right, call)["new_loans_cny"].to_list() == [4.9e12] * 3
    with pytest.raises(UnknownFormat, match="Januaries"):
        social_financing.read(right.with_columns(累计=pl.lit(2.1)), call)


def test_output_is_named_by_position_and_its_sectors_tell() -> None:
    call = Call("macro_china_gdp", days=(TUESDAY,))
    said = pl.DataFrame({
        "季度": ["2025年第1-3季度", "2025年第1季度"], gdp.TOTAL: [1.0e6, 3.2e5], gdp.GROWTH: [5.2, 5.4],
        "第一产业-绝对值": [6e4, 1e4], "第二产业-绝对值": [3.6e5, 1.1e5], "第三产业-绝对值": [5.8e5, 2e5],
    })  # fmt: skip
    rows = gdp.read(said, call)
    assert rows["quarter"].to_list() == [date(2025, 7, 1), date(2025, 1, 1)]
    assert rows["gdp_cny"].to_list() == [1.0e14, 3.2e13]
    with pytest.raises(UnknownFormat, match="is not"):
        gdp.read(said.rename({gdp.TOTAL: gdp.SECTORS[0], gdp.SECTORS[0]: gdp.TOTAL}), call)


def test_consumer_prices_are_named_by_position_and_their_level_tells() -> None:
    call = Call("macro_china_cpi", days=(TUESDAY,))
    said = pl.DataFrame(
        {"月份": ["2025年10月份"], cpi.LEVEL: [100.2], cpi.YEAR: [0.2], cpi.MONTH: [0.4]}
    )
    assert cpi.read(said, call)["cpi_yoy"].item() == pytest.approx(0.002)
    with pytest.raises(UnknownFormat, match="is not 100"):
        cpi.read(said.rename({cpi.YEAR: cpi.MONTH, cpi.MONTH: cpi.YEAR}), call)


def test_money_within_money_tells_columns_apart(desk) -> None:
    office = desk()
    with office.exchange.installed():
        said = as_polars(akshare().macro_china_money_supply())
    one, other = money_supply.EASTMONEY_COLUMNS["m1_cny"], money_supply.EASTMONEY_COLUMNS["m0_cny"]
    call = Call("macro_china_money_supply", days=(TUESDAY,))
    rows = money_supply.EASTMONEY.read(said.rename({one: other, other: one}), call)
    assert money_supply.MoneySupply.filter(rows).result.is_empty()
