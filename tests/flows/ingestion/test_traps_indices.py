"""Traps of indices, boards, industries and markets abroad, each by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, perform
from flows.network.frozen_clock import wall_clock
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from warehouse.cadence import Daily
from warehouse.catalog import Call, Request
from warehouse.datasets import (
    board_daily,
    hk_stock_daily,
    index_daily,
    sector_daily,
    us_stock_daily,
)
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable, UnknownFormat
from warehouse.readers import foreign_markets, index_bars
from warehouse.shanghai import SHANGHAI

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
NOW = datetime(2025, 11, 26, 9, 10, tzinfo=SHANGHAI)
SPAN = {"start_date": "20251120", "end_date": "20251125"}
INDEX_BARS = "stock_zh_index_daily_em"


@pytest.fixture(autouse=True)
def fresh_akshare() -> None:
    """akshare remembers the lists of boards and indices for as long as a process lives."""
    from akshare.index import index_stock_hk
    from akshare.stock_feature import stock_board_concept_ths, stock_board_industry_ths

    index_stock_hk._symbol_code_dict.cache_clear()
    stock_board_concept_ths._get_stock_board_concept_name_ths.cache_clear()
    stock_board_concept_ths.__dict__["__stock_board_concept_summary_ths"].cache_clear()
    stock_board_industry_ths._get_stock_board_industry_name_ths.cache_clear()


@pytest.fixture
def raw(desk):
    """`raw(function, …)`: what akshare itself makes of the simulated market."""
    morning = desk(2025, 11, 26, 9, 10)

    def ask(function: str, *arguments: str, **named: str):
        with morning.exchange.installed(), wall_clock(lambda: morning.exchange.now):
            return getattr(akshare(), function)(*arguments, **named)

    ask.exchange = morning.exchange
    return ask


def request(*codes: str, days: tuple[date, ...] = (TUESDAY,)) -> Request:
    return Request(days, NOW, codes, (date(2025, 11, 21), MONDAY, TUESDAY))


NOTHING = {
    "csindex: Length mismatch 0 vs 16": (
        index_daily.CSI, "stock_zh_index_hist_csindex", {"symbol": "930713", **SPAN}, "csindex_history"),
    "CNI: Length mismatch 0 vs 11": (
        index_daily.CNI, "index_hist_cni", {"symbol": "399006", **SPAN}, "cni_history"),
    "Eastmoney index: TypeError": (
        index_daily.EASTMONEY, INDEX_BARS, {"symbol": "sh000688", **SPAN}, "eastmoney_bars"),
    "Eastmoney Hong Kong index: TypeError": (
        index_daily.EASTMONEY_HK, "stock_hk_index_daily_em", {"symbol": "HSI"}, "eastmoney_bars"),
    "Eastmoney 纳斯达克: TypeError": (
        index_daily.EASTMONEY_US, "index_global_hist_em", {"symbol": "纳斯达克"}, "eastmoney_bars"),
    "Eastmoney Hong Kong share: TypeError": (
        hk_stock_daily.EASTMONEY, "stock_hk_hist", {"symbol": "00700", **SPAN}, "eastmoney_bars"),
    "Eastmoney New York share: TypeError": (
        us_stock_daily.EASTMONEY, "stock_us_hist", {"symbol": "105.NVDA", **SPAN}, "eastmoney_bars"),
    "Eastmoney concept: InvalidParameterError": (
        board_daily.FROM_EASTMONEY, "stock_board_concept_hist_em", {"symbol": "BK0963", **SPAN},
        "eastmoney_bars"),
    "Eastmoney industry: TypeError": (
        board_daily.FROM_EASTMONEY, "stock_board_industry_hist_em", {"symbol": "BK1036", **SPAN},
        "eastmoney_bars"),
    "Shenwan history: KeyError": (
        sector_daily.DATASET.chains[0].sources[1], "index_hist_sw", {"symbol": "801080"},
        "shenwan_index_history"),
    "Shenwan table: KeyError": (
        sector_daily.DATASET.chains[0].sources[0], "index_analysis_daily_sw",
        {"symbol": "一级行业", **SPAN}, "shenwan_first_level"),
}  # fmt: skip


@pytest.mark.parametrize("trap", NOTHING)
def test_nothing_published_raises_whatever_comes_and_is_an_empty_source(desk, trap) -> None:
    source, function, arguments, endpoint = NOTHING[trap]
    office = desk(2025, 11, 26, 9, 10)
    office.break_(Fault(Kind.DATA_NULL, endpoint=endpoint))
    with open_network(office.ws) as recorder, pytest.raises(SourceEmpty):
        perform(source, Call(function, arguments, (TUESDAY,), "X"), recorder, attempts=1)


@pytest.mark.parametrize(
    ("source", "function", "symbol", "endpoint"),
    [
        (index_daily.SINA_HK, "stock_hk_index_daily_sina", "HSI", "sina_hong_kong_index_history"),
        (index_daily.SINA_US, "index_us_stock_sina", ".NDX", "sina_new_york_history"),
        (hk_stock_daily.SINA, "stock_hk_daily", "00700", "sina_hong_kong_stock_history"),
        (us_stock_daily.SINA, "stock_us_daily", "NVDA", "sina_new_york_history"),
    ],
)
def test_a_block_page_of_sina_s_files_raises_index_error_and_is_an_unavailable_source(
    desk, source, function, symbol, endpoint
) -> None:
    office = desk(2025, 11, 26, 9, 10)
    office.break_(Fault(Kind.HTML, endpoint=endpoint, status=456))
    with open_network(office.ws) as recorder, pytest.raises(SourceUnavailable, match="status 456"):
        perform(source, Call(function, {"symbol": symbol}, (TUESDAY,)), recorder, attempts=1)


def test_ths_leaves_out_a_year_without_a_word_and_the_calendar_tells(raw, desk) -> None:
    year = raw("stock_board_industry_index_ths", "半导体", "20241201", "20251125")
    assert min(year["日期"]) == date(2025, 9, 1)  # nothing of 2024, and no complaint
    evening = desk(2025, 11, 25, 19)
    (outcome,) = evening.collect("board_daily", span=(date(2024, 12, 30), date(2025, 9, 2)))
    assert {"2024-12-30", "2024-12-31", "2025-01-02"} <= set(outcome.missing)
    assert ("THS", "SourceEmpty") in evening.incidents("board_daily")
    assert "2025-09-02" not in outcome.missing


def test_a_board_page_that_is_blocked_is_filled_by_eastmoney(desk, assert_true) -> None:
    evening = desk(2025, 11, 25, 19)
    evening.break_(Fault(Kind.HTML, endpoint="ths_board_bars", status=403))
    assert [o.missing for o in evening.collect("board_daily") if o.missing] == []
    assert set(evening.core("board_daily")["publisher"]) == {"Eastmoney"}
    assert_true(evening, "board_daily")


def test_ths_asks_with_a_cookie_that_its_own_script_makes(raw, monkeypatch) -> None:
    sent = []
    answer = raw.exchange.send
    monkeypatch.setattr(raw.exchange, "send", lambda r: sent.append(r) or answer(r))
    raw("stock_board_industry_index_ths", "半导体", "20251120", "20251125")
    (bars,) = [r for r in sent if "/v4/line/" in r.url]
    assert len(bars.headers["Cookie"].removeprefix("v=")) > 20


def test_a_board_s_code_spares_eastmoney_s_list_of_all_boards(raw) -> None:
    for name, board in board_daily.BOARDS.items():
        assert board.eastmoney.startswith("BK"), name
    raw("stock_board_concept_hist_em", "BK0963", **SPAN)
    raw("stock_board_industry_hist_em", "BK1036", **SPAN)
    assert [entry.endpoint for entry in raw.exchange.log] == ["eastmoney_bars"] * 2


def test_volume_of_a_board_is_in_shares_at_ths_and_in_lots_at_eastmoney(raw) -> None:
    call = Call("", {}, (TUESDAY,), "半导体")
    theirs = raw("stock_board_industry_index_ths", "半导体", **SPAN)
    others = raw("stock_board_industry_hist_em", "BK1036", **SPAN)
    read = [
        source.read(pl.from_pandas(rows), call).filter(trade_date=TUESDAY)["volume_shares"].item()
        for source, rows in ((board_daily.FROM_THS, theirs), (board_daily.FROM_EASTMONEY, others))
    ]
    assert theirs["成交量"].iloc[-1] == pytest.approx(100 * others["成交量"].iloc[-1], rel=1e-3)
    assert read[0] == pytest.approx(read[1], rel=1e-3)


def test_the_list_of_hong_kong_s_indices_is_asked_once_in_a_process(raw) -> None:
    for symbol in ("HSI", "HSTECH"):
        raw("stock_hk_index_daily_em", symbol)
    asked = [entry.endpoint for entry in raw.exchange.log]
    assert asked == ["eastmoney_hong_kong_indices"] * 3 + ["eastmoney_bars"] * 2


def test_the_close_of_a_hong_kong_index_is_called_latest_and_comes_second_at_the_wire(
    raw, truth
) -> None:
    answer = pl.from_pandas(raw("stock_hk_index_daily_em", "HSI"))
    (call,) = index_daily.EASTMONEY_HK.calls(request("HSI.HK"))
    row = index_daily.EASTMONEY_HK.read(answer, call).filter(trade_date=TUESDAY).to_dicts()[0]
    known = truth("index_daily").filter(code="HSI.HK", trade_date=TUESDAY).to_dicts()[0]
    for column in ("open", "high", "low", "close"):
        assert row[column] == pytest.approx(known[column], abs=0.006)


def test_what_eastmoney_calls_nasdaq_is_the_nasdaq_100_and_says_so(raw) -> None:
    answer = pl.from_pandas(raw("index_global_hist_em", "纳斯达克"))
    (call,) = index_daily.EASTMONEY_US.calls(request("NDX.US"))
    assert index_daily.EASTMONEY_US.read(answer, call).height
    with pytest.raises(UnknownFormat, match="IXIC, not NDX"):
        index_daily.EASTMONEY_US.read(answer.with_columns(代码=pl.lit("IXIC")), call)


def test_index_global_hist_sina_has_no_index_of_new_york(raw) -> None:
    with pytest.raises(KeyError):
        raw("index_global_hist_sina", "纳斯达克")
    assert "index_global_hist_sina" not in {
        call.function
        for source in index_daily.DATASET.chains[-1].sources
        for call in source.calls(request("NDX.US"))
    }


def test_an_unknown_prefix_of_an_index_is_an_empty_answer_without_a_request(raw) -> None:
    assert raw(INDEX_BARS, "930713").empty
    assert raw.exchange.log == []
    calls = index_daily.EASTMONEY.calls(request("930713.CSI", "000688.SH", "970070.SZ"))
    assert [c.arguments["symbol"] for c in calls] == ["csi930713", "sh000688", "sz970070"]


def test_tencent_s_columns_are_open_close_high_low_and_its_amount_is_a_volume(raw, truth) -> None:
    answer = raw("stock_zh_index_daily_tx", "sh000688", "20251120", "20251125")
    assert list(answer) == ["date", "open", "close", "high", "low", "amount"]
    (call,) = index_daily.TENCENT.calls(request("000688.SH"))
    row = index_daily.TENCENT.read(pl.from_pandas(answer), call).to_dicts()[0]
    known = truth("index_daily").filter(code="000688.SH", trade_date=TUESDAY).to_dicts()[0]
    assert row["volume_shares"] == pytest.approx(known["volume_shares"], abs=1.1)
    assert (row["close"], row["high"]) == pytest.approx((known["close"], known["high"]), abs=1e-3)
    assert "amount_cny" not in row


def test_sina_s_index_volume_has_another_unit_for_each_exchange_and_is_not_read(raw) -> None:
    answer = raw("stock_zh_index_daily", "sh000688")
    assert "amount" not in answer.columns
    (call,) = index_daily.SINA.calls(request("000688.SH"))
    assert "volume_shares" not in index_daily.SINA.read(pl.from_pandas(answer), call).columns


def test_cni_s_change_is_a_fraction_and_csi_s_a_per_cent_and_neither_is_read(raw) -> None:
    cni = raw("index_hist_cni", "399006", **SPAN)
    csi = raw("stock_zh_index_hist_csindex", "000688", **SPAN)
    assert cni["涨跌幅"].iloc[-1] == pytest.approx(cni["收盘价"].pct_change().iloc[-1], abs=1e-4)
    assert csi["涨跌幅"].iloc[-1] == pytest.approx(
        100 * csi["收盘"].pct_change().iloc[-1], abs=0.01
    )
    for answer, code, source in (
        (cni, "399006.SZ", index_daily.CNI),
        (csi, "000688.SH", index_daily.CSI),
    ):
        (call,) = source.calls(request(code))
        assert source.read(pl.from_pandas(answer), call)["amount_cny"].item() > 1e6


def test_stock_us_daily_always_fetches_the_file_of_factors_and_dies_without_it(raw, desk) -> None:
    (call,) = us_stock_daily.SINA.calls(request("NVDA.US"))
    assert call.arguments["adjust"] == ""
    raw("stock_us_daily", **call.arguments)
    asked = [entry.endpoint for entry in raw.exchange.log]
    assert asked == ["sina_new_york_history", "sina_new_york_factors"]
    office = desk(2025, 11, 26, 9, 10)
    office.break_(Fault(Kind.HTML, endpoint="sina_new_york_factors", status=404))
    office.collect("us_stock_daily")
    assert office.sources("us_stock_daily", TUESDAY) == {"Eastmoney"}


def test_forward_adjustment_of_new_york_is_additive_and_never_asked_for(raw) -> None:
    traded, adjusted = (raw("stock_us_daily", "NVDA", adjust=how) for how in ("", "qfq"))
    gap = (traded["close"] - adjusted["close"]).round(4)
    assert gap.nunique() <= 3  # dollars subtracted, the same from dear and cheap days
    assert gap.iloc[0] > 0
    for source in us_stock_daily.DATASET.chains[0].sources:
        assert {c.arguments["adjust"] for c in source.calls(request("NVDA.US"))} == {""}


@pytest.fixture
def later(desk, market, monkeypatch):
    """A desk that follows BYD in a market that begins before its split."""
    monkeypatch.setitem(hk_stock_daily.CHINA_SEVEN, "01211.HK", date(2002, 7, 31))
    longer = replace(market.parameters, index_first_day=date(2025, 5, 2))
    later = desk(2025, 11, 25, 19)
    later.exchange.market = replace(market, parameters=longer)
    assert later.exchange.market.abroad.height  # made while all splits are known
    return later


def test_a_split_is_no_crash(later) -> None:
    later.collect("hk_stock_daily", span=(date(2025, 6, 4), date(2025, 6, 16)))
    byd = later.core("hk_stock_daily").filter(code="01211.HK").sort("trade_date")
    assert byd.filter(trade_date=date(2025, 6, 10))["split_ratio"].item() == 3.0
    returns = byd["close"] * byd["split_ratio"] / byd["close"].shift(1)
    assert returns.drop_nulls().is_between(0.85, 1.15).all()
    assert (byd["close"] / byd["close"].shift(1)).min() < 0.4
    assert later.incidents("hk_stock_daily") == set()


def test_a_split_that_nobody_told_us_of_stops_the_share_with_a_message(later, monkeypatch) -> None:
    monkeypatch.delitem(foreign_markets.SPLITS, "01211.HK")
    later.collect("hk_stock_daily", span=(date(2025, 6, 10), date(2025, 6, 10)))
    rows = later.query("SELECT source, message FROM meta.incident WHERE kind = 'SourceChanged'")
    assert set(rows["source"]) == {"Sina HK", "Eastmoney"}
    assert (
        rows["message"].str.contains("add the split to warehouse/readers/foreign_markets.py").all()
    )
    assert set(later.core("hk_stock_daily")["code"]) == {"00700.HK"}


def test_hong_kong_and_new_york_are_asked_for_days_that_no_calendar_expects_too() -> None:
    calendar = (date(2025, 9, 30), date(2025, 10, 9))
    asked = foreign_markets.weekdays(Request((date(2025, 10, 9),), NOW, (), calendar))
    assert asked[0] == date(2025, 10, 1)
    assert asked[-1] == date(2025, 10, 9)
    assert len(asked) == 7  # weekdays
    exchanges = {"Hong Kong": "XHKG", "New York": "XNYS"}
    for chain in index_daily.DATASET.chains:
        assert index_daily.DATASET.cadence_of(chain) == Daily(exchanges.get(chain.part))


def test_industries_that_do_not_share_out_the_market_are_a_changed_source(desk) -> None:
    office = desk(2025, 11, 26, 9, 10)
    office.break_(Fault(Kind.TRUNCATED, endpoint="shenwan_first_level"))
    table = sector_daily.DATASET.chains[0].sources[0]
    (call,) = table.calls(request())
    with open_network(office.ws) as recorder, pytest.raises(SourceChanged, match="adds up to"):
        perform(table, call, recorder, attempts=1)


def test_a_long_back_fill_spares_shenwan_s_long_table() -> None:
    days = tuple(date(2025, 9, day) for day in range(1, 13))
    first, second = (chain.sources[0] for chain in sector_daily.DATASET.chains)
    assert len(first.calls(request(days=days * 2))) == 2
    assert second.calls(request(days=days)) == []


def test_a_span_that_begins_before_the_index_has_a_copied_bar_in_front() -> None:
    """CSI dates the first real bar by the start of the span, too, and has no bars in between."""
    bar = {
        "开盘": 990.0,
        "最高": 1010.0,
        "最低": 985.0,
        "收盘": 1000.0,
        "成交量": 5.0,
        "成交金额": 60.0,
    }
    days = [date(2004, 12, 30), date(2005, 1, 5), date(2005, 1, 6)]
    answer = pl.DataFrame(
        [{"日期": day, **bar} for day in days[:2]] + [{"日期": days[2], **bar, "收盘": 1001.0}]
    )
    wanted = (*days, date(2004, 12, 31))
    call = Call("stock_zh_index_hist_csindex", {}, wanted, label="000928.CSI")
    assert index_bars.official(answer, call)["trade_date"].to_list() == days[1:]
    stale = Call(call.function, {}, tuple(days), label=call.label)
    assert index_bars.official(answer, stale)["trade_date"].to_list() == days, "no day is missing"
    own = answer.with_columns(收盘=pl.Series([999.0, 1000.0, 1001.0]))
    assert index_bars.official(own, call)["trade_date"].to_list() == days
