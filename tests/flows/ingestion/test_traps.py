"""Traps of akshare and its upstreams that our readers must not fall into, each by its name."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
import requests

from flows.ingestion.fetch import akshare, as_polars, conformed, failure, perform
from flows.network.transport import Recorder, open_network
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request, Source
from warehouse.datasets import margin_exchange, market_turnover, stock_daily
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable
from warehouse.shanghai import SHANGHAI

SATURDAY, MONDAY = date(2025, 11, 15), date(2025, 11, 17)
NOW = datetime(2025, 11, 25, 19, tzinfo=SHANGHAI)
ANYTHING = Source("Somebody", "example.org", frozenset(), lambda _: [], lambda rows, _: rows)


def margin_row(**changed: float) -> pl.DataFrame:
    """Shenzhen's answer: 亿元, without a date."""
    row = {"融资买入额": 1900.0, "融资余额": 13000.0, "融券卖出量": 0.1, "融券余量": 5.0, "融券余额": 60.0,
           "融资融券余额": 13060.0}  # fmt: skip
    return pl.DataFrame([row | changed])


def totals(amount: float = 14800.0, volume: float = 980.0, star: float = 2000.0) -> pl.DataFrame:
    """Shanghai's answer: 亿元 and 亿股."""
    values = {
        "成交金额": (amount, 1.0, star),
        "成交量": (volume, 0.2, 100.0),
        "市价总值": (640_000.0, 900.0, 100_000.0),
        "流通市值": (610_000.0, 700.0, 80_000.0),
    }
    rows = [
        {"单日情况": item, "股票": whole, "主板A": whole - b - s, "主板B": b, "科创板": s}
        for item, (whole, b, s) in values.items()
    ]
    return pl.DataFrame(rows)


def test_weekend_bar_of_stock_zh_a_daily(desk, market) -> None:
    """A change of capital on a Saturday makes a bar of that day; it never comes to core."""
    code = next(c for c in market.companies["code"] if c[5] in "89")
    noon = desk(2025, 11, 25, 12)
    with noon.exchange.installed():
        symbol = f"{code[7:].lower()}{code[:6]}"
        raw = akshare().stock_zh_a_daily(symbol, start_date="20251115", end_date="20251118")
    assert SATURDAY in raw["date"].tolist()
    request = Request((MONDAY,), NOW, (code,))
    (call,) = stock_daily.SINA_BARS.calls(request)
    assert call.arguments["start_date"] < "20241118"
    rows = stock_daily.SINA_BARS.read(as_polars(raw), call)
    assert rows["trade_date"].to_list() == [MONDAY]


def test_tencent_volume_of_sz000_is_in_lots_and_of_others_in_shares() -> None:
    bar = {
        "date": "2025-11-17",
        "open": 10.0,
        "high": 10.5,
        "low": 9.8,
        "close": 10.2,
        "turnover": 0.01,
    }
    call = Call("stock_zh_a_hist_tx", {}, (MONDAY,), "000001.SZ")
    for volume in (2.0e7, 2.0e5):  # shares, lots
        answer = pl.DataFrame([bar | {"volume": volume, "amount": 2.04e8}])
        assert stock_daily.read_tencent(answer, call)["volume_shares"].item() == 2.0e7


def test_sse_margin_is_cut_at_2000_rows() -> None:
    """No span is longer than five years, however far apart the days are."""
    days = tuple(date(year, 6, 1) for year in range(2010, 2026))
    spans = [c.arguments for c in margin_exchange.SSE.calls(Request(days, NOW))]
    assert len(spans) == 4
    assert all(int(s["end_date"][:4]) - int(s["start_date"][:4]) <= 5 for s in spans)


@pytest.mark.parametrize(
    ("source", "multiple"), [(margin_exchange.SZSE, 1e8), (margin_exchange.BSE, 1e4)]
)
def test_the_margin_column_has_three_units(source, multiple) -> None:
    (call,) = source.calls(Request((MONDAY,), NOW))
    row = source.read(margin_row(), call)
    assert row["financing_balance_cny"].item() == 13000.0 * multiple
    assert row["trade_date"].item() == MONDAY


@pytest.mark.parametrize("swapped", [("融资买入额", "融资余额"), ("融券余额", "融券余量")])
def test_swapped_columns_of_a_margin_answer_do_not_add_up(swapped) -> None:
    one, other = swapped
    answer = margin_row().rename({one: other, other: one})
    (call,) = margin_exchange.SZSE.calls(Request((MONDAY,), NOW))
    with pytest.raises(SourceChanged, match="融资融券余额 is not"):
        conformed(margin_exchange.SZSE, call, answer)


def test_stock_sse_deal_daily_names_its_table_by_position() -> None:
    (call,) = market_turnover.SSE.calls(Request((MONDAY,), NOW))
    read = market_turnover.SSE
    row = conformed(read, call, totals())
    assert row.select("amount_cny", "market_cap_cny").row(0) == (1.48e12, 6.4e13)
    with pytest.raises(SourceChanged, match="no share's price"):
        conformed(read, call, totals(amount=9800.0, volume=148000.0))
    with pytest.raises(SourceChanged, match="股票 is not 主板A"):
        conformed(read, call, totals().with_columns(科创板=pl.col("主板B")))


def test_suspended_shares_show_zero_prices_and_have_no_row() -> None:
    page = {"代码": ["sh600000", "sz000001"], "今开": [0.0, 10.0], "最高": [0.0, 10.5], "最低": [0.0, 9.8],
            "最新价": [0.0, 10.2], "昨收": [7.5, 10.0], "成交量": [0.0, 2e7], "成交额": [0.0, 2.04e8]}  # fmt: skip
    call = Call("stock_zh_a_spot", {}, (MONDAY,), "2025-11-14")
    assert stock_daily.SINA_SPOT.read(pl.DataFrame(page), call)["code"].to_list() == ["000001.SZ"]


@pytest.mark.parametrize("function", ["stock_zh_index_daily", "stock_zh_a_spot"])
def test_a_block_page_of_sina_is_an_unavailable_source(desk, function) -> None:
    """The packed files raise IndexError, the pages a class of akshare's own."""
    office = desk()
    office.break_(Fault(Kind.HTML, status=456))
    symbol = {"symbol": "sh000001"} if function == "stock_zh_index_daily" else {}
    with open_network(office.ws) as recorder, pytest.raises(SourceUnavailable, match="status 456"):
        perform(ANYTHING, Call(function, symbol), recorder, attempts=1)


def test_lists_that_akshare_caches_are_asked_for_again(desk) -> None:
    office = desk()
    with open_network(office.ws) as recorder:
        for _ in range(2):
            perform(ANYTHING, Call("stock_info_bj_name_code"), recorder, attempts=1)
    assert office.asked()["www.bse.cn"] >= 2
    assert recorder.requests_per_host == office.asked()


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b'{"result": null}', 200, SourceEmpty),
        (b"[]", 200, SourceEmpty),
        (b'{"result": [{"x": 1}]}', 200, SourceChanged),
        (b"<script>challenge()</script>", 200, SourceUnavailable),
        (b"{}", 503, SourceUnavailable),
    ],
)
def test_what_an_exception_means_is_told_by_the_last_answer(tmp_path, body, status, kind) -> None:
    recorder = Recorder(tmp_path, lambda: NOW)
    response = requests.Response()
    response.status_code, response._content = status, body
    recorder.keep(requests.Request("GET", "https://example.org/x").prepare(), response)
    verdict = failure(ANYTHING, Call("anything"), recorder, KeyError("x"))
    assert type(verdict) is kind
