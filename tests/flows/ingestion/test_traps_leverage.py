"""Traps of margin, fund and flow upstreams, each by its name.

What they do is seen at akshare itself.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, as_polars, conformed, perform
from flows.network.transport import open_network
from flows.sandbox import Exchange, Fault, Kind
from flows.sandbox.endpoints import sse_details, szse_details
from warehouse.catalog import Call, Request
from warehouse.datasets import (
    fund_daily,
    fund_share,
    investor_account,
    margin_account,
    margin_exchange,
    margin_security,
    market_fund_flow,
    stock_connect,
)
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable
from warehouse.readers import followed
from warehouse.shanghai import SHANGHAI

HOLIDAY, MONDAY, TUESDAY = date(2025, 10, 1), date(2025, 11, 24), date(2025, 11, 25)
EVENING = datetime(2025, 11, 25, 19, tzinfo=SHANGHAI)
CALENDAR = (date(2025, 11, 21), MONDAY, TUESDAY)


@pytest.fixture(autouse=True)
def few_funds(monkeypatch) -> None:
    """One fund of each exchange, and the one that is split; each takes a while to unpack."""
    for code in ("588200.SH", "515070.SH", "562500.SH"):
        monkeypatch.delitem(followed.FUNDS, code)


@pytest.fixture
def upstream(market):
    """akshare at the exchange on Tuesday evening."""
    with Exchange(market, EVENING).installed():
        yield akshare()


def asked(source, *days: date) -> list[Call]:
    codes = tuple(followed.FUNDS) if source in (fund_daily.SINA, fund_daily.EASTMONEY) else ()
    return list(source.calls(Request(days, EVENING, codes, CALENDAR)))


def judged(office, source, call: Call):
    with open_network(office.ws) as recorder:
        return perform(source, call, recorder, attempts=1)


# Margin


def test_stock_margin_detail_sse_is_cut_at_2000_rows_without_saying_so(
    desk, upstream, monkeypatch
) -> None:
    """Nothing in the answer tells; what is left does not add up to the summary."""
    monkeypatch.setattr(sse_details, "MOST_MARGIN_ROWS", 10)
    assert len(upstream.stock_margin_detail_sse("20251124")) == 10
    office = desk()
    office.collect("margin_exchange", span=(MONDAY, MONDAY))
    outcome = office.collect("margin_security", span=(MONDAY, MONDAY))[0]
    assert outcome.missing == ["2025-11-24"]
    assert "the 10 rows of 2025-11-24 add up to" in outcome.incidents[0]
    assert set(office.core("margin_security")["exchange"]) == {"SZSE", "BSE"}


def test_stock_margin_detail_sse_contains_funds(upstream) -> None:
    """Their digits begin with 5, which no share's do, and they are Shanghai's."""
    (call,) = asked(margin_security.SSE, MONDAY)
    answer = as_polars(upstream.stock_margin_detail_sse("20251124"))
    rows = margin_security.SSE.read(answer, call)
    kinds = dict(rows.select("code", "kind").rows())
    assert kinds["588000.SH"] == "fund" and kinds["600118.SH"] == "share"
    assert rows["code"].str.ends_with(".SH").all()


def test_stock_margin_detail_sse_says_no_value_of_shares_lent(upstream) -> None:
    answer = upstream.stock_margin_detail_sse("20251124")
    assert not {"融券余额", "融券余量金额", "融资融券余额"} & set(answer.columns)
    (call,) = asked(margin_security.SSE, MONDAY)
    rows = margin_security.SSE.read(as_polars(answer), call)
    assert "securities_lending_balance_cny" not in rows.columns
    assert rows["securities_lending_shares"].is_not_null().all()


def test_stock_margin_szse_buys_before_it_owes_and_bears_no_date(upstream) -> None:
    """Shanghai's columns come in another order; ours are read by name."""
    shenzhen, shanghai = (
        upstream.stock_margin_szse("20251124"),
        upstream.stock_margin_sse("20251124", "20251124"),
    )
    assert list(shenzhen.columns)[:2] == ["融资买入额", "融资余额"]
    assert list(shanghai.columns)[1:3] == ["融资余额", "融资买入额"]
    (call,) = asked(margin_exchange.SZSE, MONDAY)
    row = margin_exchange.SZSE.read(as_polars(shenzhen), call)
    assert row["financing_balance_cny"].item() > row["financing_purchases_cny"].item() * 3
    assert row["trade_date"].item() == MONDAY


@pytest.mark.parametrize(
    ("function", "days", "error"),
    [
        ("stock_margin_sse", {"start_date": "20251001", "end_date": "20251001"}, "0 elements, new values have 13"),
        ("stock_margin_szse", {"date": "20251001"}, "0 elements, new values have 6"),
        ("stock_margin_detail_sse", {"date": "20251001"}, "0 elements, new values have 13"),
    ],
)  # fmt: skip
def test_margin_of_a_holiday_raises_length_mismatch(desk, upstream, function, days, error) -> None:
    with pytest.raises(ValueError, match=error):
        getattr(upstream, function)(**days)
    source = margin_exchange.SSE if function == "stock_margin_sse" else margin_exchange.SZSE
    with pytest.raises(SourceEmpty, match="nothing published"):
        judged(desk(), source, Call(function, days, (HOLIDAY,), "SSE"))


def test_stock_margin_bse_of_a_holiday_is_an_empty_typed_frame(desk, upstream) -> None:
    for function in ("stock_margin_bse", "stock_margin_detail_bse"):
        answer = getattr(upstream, function)("20251001")
        assert answer.empty and "融资余额" in answer.columns
        with pytest.raises(SourceEmpty):
            judged(desk(), margin_exchange.BSE, Call(function, {"date": "20251001"}, (HOLIDAY,)))


def test_header_only_workbook_of_stock_margin_detail_szse_is_an_empty_frame(desk, upstream) -> None:
    assert upstream.stock_margin_detail_szse("20251001").empty
    call = Call("stock_margin_detail_szse", {"date": "20251001"}, (HOLIDAY,), "SZSE")
    with pytest.raises(SourceEmpty):
        judged(desk(), margin_security.SZSE, call)


def test_stock_margin_detail_szse_without_thousands_separators_raises_attribute_error(
    desk, upstream, monkeypatch
) -> None:
    """Cells that hold numbers instead of text are a changed source, not an empty one."""
    columns, written = szse_details.MARGIN_COLUMNS, szse_details._margin

    def as_numbers(row):
        return {
            c: v if c in columns[:2] else float(v.replace(",", "")) for c, v in written(row).items()
        }

    monkeypatch.setattr(szse_details, "_margin", as_numbers)
    with pytest.raises(AttributeError, match=r"\.str"):
        upstream.stock_margin_detail_szse("20251124")
    (call,) = asked(margin_security.SZSE, MONDAY)
    with pytest.raises(SourceChanged, match="AttributeError"):
        judged(desk(), margin_security.SZSE, call)


def test_stock_margin_account_info_is_in_yi_wan_and_per_cent(upstream, market) -> None:
    answer = as_polars(upstream.stock_margin_account_info())
    row = margin_account.EASTMONEY.read(answer, Call("", days=(MONDAY,)))
    truth = market.margin_accounts.filter(trade_date=MONDAY)
    for column in (
        "individual_investors",
        "indebted_investors",
        "collateral_cny",
        "maintenance_ratio",
    ):
        assert row[column].item() == pytest.approx(truth[column].item()), column
    slipped = answer.with_columns(担保物总价值=pl.col("担保物总价值") / 1e4)
    with pytest.raises(SourceChanged, match="is not 平均维持担保比例"):
        conformed(margin_account.EASTMONEY, Call("", days=(MONDAY,)), slipped)


# Eastmoney's data centre


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("stock_margin_account_info", {}),
        ("stock_hsgt_hist_em", {"symbol": "南向资金"}),
        ("stock_account_statistics_em", {}),
    ],
)
def test_datacenter_without_rows_raises_type_error(desk, function, arguments) -> None:
    office = desk()
    office.break_(Fault(Kind.DATA_NULL, host="datacenter-web.eastmoney.com"))
    with office.exchange.installed(), pytest.raises(TypeError, match="'NoneType' object is not"):
        getattr(akshare(), function)(**arguments)
    with pytest.raises(SourceEmpty, match="nothing published"):
        judged(office, margin_account.EASTMONEY, Call(function, arguments))


def test_paged_datacenter_functions_fetch_the_first_page_twice(desk) -> None:
    office = desk()
    judged(office, margin_account.EASTMONEY, asked(margin_account.EASTMONEY, MONDAY)[0])
    assert office.asked()["datacenter-web.eastmoney.com"] == 2
    judged(office, investor_account.EASTMONEY, asked(investor_account.EASTMONEY, MONDAY)[0])
    assert office.asked()["datacenter-web.eastmoney.com"] == 3


def test_stock_account_statistics_em_ends_with_august_2023_and_nothing_is_inferred(
    desk, assert_true
) -> None:
    office = desk()
    office.collect("investor_account")
    assert_true(office, "investor_account")
    rows = office.core("investor_account").sort("month")
    assert rows["month"].to_list()[-1] == date(2023, 8, 1)
    assert rows["known_at"].to_list()[-1] == datetime(2023, 9, 20, 10)


def test_stock_account_statistics_em_names_its_columns_by_position(upstream) -> None:
    answer = as_polars(upstream.stock_account_statistics_em())
    number, value = "期末投资者-总量", "沪深总市值"
    moved = answer.rename({number: value, value: number})
    with pytest.raises(SourceChanged, match="is not 沪深户均市值"):
        conformed(investor_account.EASTMONEY, Call("stock_account_statistics_em"), moved)


# Stock Connect


def test_northbound_net_buy_is_nan_after_2024_08_16(desk) -> None:
    office = desk()
    office.collect("stock_connect", span=(date(2024, 8, 14), date(2024, 8, 20)))
    rows = office.core("stock_connect").sort("trade_date")
    north = rows.filter(direction="northbound")
    assert north["net_buy_cny"].is_null().to_list() == [False, False, False, True, True]
    assert rows.filter(direction="southbound")["net_buy_hkd"].is_not_null().all()


def test_a_zero_in_place_of_northbound_net_buy_is_not_taken_for_one() -> None:
    row = {
        "direction": "northbound",
        "trade_date": date(2025, 11, 24),
        "net_buy_cny": 0.0,
        "bought_cny": 0.0,
        "sold_cny": 0.0,
    }
    columns = stock_connect.StockConnect.columns()
    frame = pl.DataFrame(
        [{c: row.get(c) for c in columns}], schema={c: k.dtype for c, k in columns.items()}
    )
    result = stock_connect.StockConnect.filter(frame)
    assert result.result.is_empty()
    assert "net_buy_cny_has_ended" in result.failure.counts()


def test_accumulated_net_buy_is_in_wan_yi_while_the_days_are_in_yi(upstream, market) -> None:
    answer = as_polars(upstream.stock_hsgt_hist_em("南向资金"))
    call = Call("stock_hsgt_hist_em", {}, (MONDAY,), "southbound")
    row = stock_connect.EASTMONEY.read(answer, call)
    truth = market.stock_connect.filter(direction="southbound", trade_date=MONDAY)
    assert row["net_buy_hkd"].item() == pytest.approx(truth["net_buy"].item())
    total = row["accumulated_net_buy_hkd"].item()
    assert total == pytest.approx(truth["accumulated_net_buy"].item())
    in_yi = answer.with_columns(历史累计净买额=pl.col("历史累计净买额") * 1e4)
    with pytest.raises(SourceChanged, match="does not grow by"):
        conformed(stock_connect.EASTMONEY, call, in_yi)


def test_the_index_of_southbound_days_is_mislabelled_and_not_read(upstream, market) -> None:
    """What is called 沪深300 is Hong Kong's index."""
    answer = upstream.stock_hsgt_hist_em("南向资金")
    hang_seng = market.indices.filter(code="HSI.HK", trade_date=MONDAY)["close"].item()
    assert answer.set_index("日期").loc[MONDAY, "沪深300"] == pytest.approx(hang_seng)
    assert not [c for c in stock_connect.StockConnect.column_names() if "index" in c]


# Funds


def test_fund_etf_scale_sse_has_been_multiplied_by_10000_in_the_code(upstream, market) -> None:
    (call,) = asked(fund_share.SSE, MONDAY)
    rows = fund_share.SSE.read(as_polars(upstream.fund_etf_scale_sse("20251124")), call)
    truth = market.fund_daily.filter(code="588000.SH", trade_date=MONDAY)["fund_shares"].item()
    assert rows.filter(code="588000.SH")["fund_shares"].item() == truth
    columns = fund_share.FundShare.columns()
    in_wan = rows.with_columns(pl.col("fund_shares") / 1e4).select(list(columns))
    assert "588000.SH" not in fund_share.FundShare.filter(in_wan).result["code"]


def test_fund_etf_scale_sse_of_a_holiday_raises_key_error(desk, upstream) -> None:
    with pytest.raises(KeyError):
        upstream.fund_etf_scale_sse("20251001")
    call = Call("fund_etf_scale_sse", {"date": "20251001"}, (HOLIDAY,), "SSE")
    with pytest.raises(SourceEmpty):
        judged(desk(), fund_share.SSE, call)


def test_fund_scale_daily_szse_of_more_than_six_months_is_silently_empty(upstream) -> None:
    assert upstream.fund_scale_daily_szse("20250401", "20251124").empty
    assert len(upstream.fund_scale_daily_szse("20250901", "20251124"))
    days = [date(2025, month, 3) for month in range(1, 12)]
    spans = [(c.days[0], c.days[-1]) for c in asked(fund_share.SZSE, *days)]
    assert all((last - first).days < 180 for first, last in spans)
    assert sorted(d for c in asked(fund_share.SZSE, *days) for d in c.days) == days


def test_fund_etf_hist_em_of_nothing_is_a_frame_without_columns(desk, upstream) -> None:
    span = {"symbol": "588000", "start_date": "20251001", "end_date": "20251001", "adjust": ""}
    assert list(upstream.fund_etf_hist_em(**span).columns) == []
    with pytest.raises(SourceEmpty):
        judged(desk(), fund_daily.EASTMONEY, Call("fund_etf_hist_em", span, (HOLIDAY,)))


def test_fund_volume_of_sina_is_in_shares_and_of_eastmoney_in_lots(upstream) -> None:
    sina, *_ = asked(fund_daily.SINA, MONDAY)
    eastmoney, *_ = asked(fund_daily.EASTMONEY, MONDAY)
    bars = as_polars(upstream.fund_etf_hist_sina("sh588000"))
    one = fund_daily.SINA.read(bars, sina)
    lots = as_polars(
        upstream.fund_etf_hist_em("588000", start_date="20251124", end_date="20251124")
    )
    assert fund_daily.EASTMONEY.read(lots, eastmoney).equals(one)
    as_lots = one.with_columns(pl.col("volume_shares") / 100)
    failure = fund_daily.FundDaily.filter(as_lots).failure
    assert failure.counts() == {"amount_cny_is_plausible": 1}


def test_a_blocked_fund_file_of_sina_raises_index_error(desk) -> None:
    office = desk()
    office.break_(Fault(Kind.HTML, endpoint="sina_fund_history", status=456))
    with office.exchange.installed(), pytest.raises(IndexError):
        akshare().fund_etf_hist_sina("sh588000")
    with pytest.raises(SourceUnavailable, match="status 456"):
        judged(office, fund_daily.SINA, asked(fund_daily.SINA, MONDAY)[0])


def test_a_split_is_no_inflow_and_does_not_stop_the_collection(desk, assert_true) -> None:
    """Shares double and the price halves on 2025-10-20; value does not move."""
    office, days = desk(), (date(2025, 10, 17), date(2025, 10, 20))
    for name in ("fund_share", "fund_daily"):
        assert [o.missing for o in office.collect(name, span=days) if o.missing] == []
        assert_true(office, name)
    value = office.query(
        "SELECT fund_shares * close AS value, fund_shares FROM core.fund_share "
        "JOIN core.fund_daily USING (code, trade_date) WHERE code = '512480.SH' ORDER BY trade_date"
    )
    before, after = value.rows()
    assert after[1] / before[1] == pytest.approx(2, rel=0.05)
    assert after[0] / before[0] == pytest.approx(1, rel=0.1)


# Order flow


def test_stock_market_fund_flow_is_on_a_host_that_drops_connections(desk) -> None:
    office = desk()
    office.break_(Fault(Kind.RESET, host="push2his.eastmoney.com"))
    (outcome,) = office.collect("market_fund_flow", span=(MONDAY, TUESDAY))
    assert outcome.missing == ["2025-11-24", "2025-11-25"]
    assert "is the host blocked?" in outcome.incidents[0]
    assert office.core("market_fund_flow").is_empty()


def test_stock_market_fund_flow_names_its_columns_by_position(upstream) -> None:
    (call,) = asked(market_fund_flow.EASTMONEY, MONDAY)
    answer = as_polars(upstream.stock_market_fund_flow())
    main, small = "主力净流入-净额", "小单净流入-净额"
    moved = answer.rename({main: small, small: main})
    rows = market_fund_flow.EASTMONEY.read(moved, call)
    failure = market_fund_flow.MarketFundFlow.filter(rows).failure
    assert "main_net_cny_is_the_sum_of_large_orders" in failure.counts()


@pytest.mark.parametrize(
    ("code", "kind"),
    [("600000.SH", "share"), ("510300.SH", "fund"), ("159995.SZ", "fund"), ("302132.SZ", "share"),
     ("920036.BJ", "share"), ("113050.SH", "other")],
)  # fmt: skip
def test_what_is_neither_share_nor_fund_by_its_code_is_called_neither(code, kind) -> None:
    rows = margin_security.conform(pl.DataFrame({"code": [code]}))
    assert rows["kind"].item() == kind
