"""Traps of akshare and its upstreams in lists, totals and factors of shares, each by its name."""

from __future__ import annotations

import inspect
from datetime import date, datetime

import akshare as ak
import polars as pl
import pytest

from flows.ingestion.fetch import as_polars, conformed
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request, catalogue
from warehouse.contract import unit_of
from warehouse.datasets import (
    adjustment_factor,
    delisting,
    market_cap_monthly,
    market_turnover,
    security,
    special_treatment,
    stock_daily,
)
from warehouse.errors import SourceChanged
from warehouse.shanghai import SHANGHAI
from warehouse.units import Unit

FRIDAY, MONDAY, TUESDAY = date(2025, 11, 21), date(2025, 11, 24), date(2025, 11, 25)
EVENING = datetime(2025, 11, 25, 19, tzinfo=SHANGHAI)
CALENDAR = (FRIDAY, MONDAY, TUESDAY)


def request(*days: date, codes: tuple[str, ...] = ()) -> Request:
    return Request(days or (TUESDAY,), EVENING, codes, CALENDAR)


def names(*given: str) -> list[str | None]:
    """The marks that names of a snapshot bear."""
    page = pl.DataFrame(
        {
            "代码": [f"sh60000{n}" for n in range(len(given))],
            "名称": list(given),
            "最新价": 10.0,
            "成交量": 1e6,
        }
    )
    (call,) = special_treatment.SINA.calls(request())
    rows = special_treatment.SINA.read(page, call)
    marks = dict(rows.select(pl.col("code").str.slice(5, 1).cast(pl.Int64), "mark").iter_rows())
    return [marks.get(n) for n in range(len(given))]


def test_names_bear_marks_behind_those_of_ex_rights_days_and_in_letters_of_double_width() -> None:
    assert names("ST中利", "*ST海航", "XDST广田", "S*ST前锋", "＊ＳＴ国华") == [
        "ST",
        "*ST",
        "ST",
        "*ST",
        "*ST",
    ]
    assert names("退市海润", "华信退", "XD贵州茅", "N摩尔", "TST股份", "万  科Ａ") == [
        "退",
        "退",
        None,
        None,
        None,
        None,
    ]


def test_akshare_calls_the_day_of_delisting_in_shanghai_a_suspension() -> None:
    answer = pl.DataFrame({"公司代码": ["600001"], "公司简称": ["邯郸钢铁"], "上市日期": ["1998-01-22"],
                           "暂停上市日期": ["2009-12-29"]})  # fmt: skip
    (call,) = delisting.SHANGHAI.calls(request())
    row = delisting.SHANGHAI.read(answer, call).to_dicts()[0]
    assert (row["code"], row["delisting_date"]) == ("600001.SH", date(2009, 12, 29))


def test_lists_of_shares_know_no_delisted_ones_and_the_count_of_listed_leaves_them_out() -> None:
    """Rows of `security` stay for ever; the floor of a snapshot must not count who has left."""
    assert "core.delisting" in str(stock_daily.PAGE.listed)


def test_the_shanghai_list_has_six_columns_and_the_docs_four(desk) -> None:
    office = desk()
    with office.exchange.installed():
        ak.stock_info_sh_name_code.cache_clear()
        columns = list(ak.stock_info_sh_name_code("科创板").columns)
    assert columns == ["证券代码", "证券简称", "证券全称", "公司简称", "公司全称", "上市日期"]


def test_the_beijing_list_is_named_by_position_and_a_field_more_is_a_changed_source(desk) -> None:
    office = desk()
    office.break_(
        Fault(Kind.EXTRA_COLUMN, endpoint="bse_stock_list"),
        Fault(Kind.RESET, host="vip.stock.finance.sina.com.cn"),
        Fault(Kind.RESET, host="proxy.finance.qq.com"),
    )
    office.collect("security")
    assert not office.core("security").filter(pl.col("code").str.ends_with("BJ")).height
    assert ("SSE, SZSE, BSE, Shenwan", "SourceChanged") in office.incidents("security")


def test_a_shenzhen_list_of_ten_rows_is_returned_raw_and_its_numbers_have_separators() -> None:
    """Raw, codes may have lost their zeros: then they are no codes, not those of other shares."""
    (call,) = [c for c in security.LISTS if c.function == "stock_info_sz_name_code"]
    raw = pl.DataFrame(
        {
            "A股代码": ["000002", "300750"],
            "A股简称": ["万  科Ａ", "宁德时代"],
            "A股总股本": ["11,930,709,471", "4,403,394,911"],
        }
    )
    rows = security.read(raw, call)
    assert rows["code"].to_list() == ["000002.SZ", "300750.SZ"]
    assert rows["name"].to_list() == ["万科A", "宁德时代"]
    bare = security.read(raw.with_columns(A股代码=pl.Series([2, 300750])), call)
    assert bare["code"].to_list() == [None, "300750.SZ"]


def test_nobody_calls_the_function_that_mutates_a_cached_list() -> None:
    """stock_info_a_code_name changes the frame that akshare keeps for Shenzhen."""
    days = tuple(sorted({FRIDAY, MONDAY, TUESDAY}))
    asked = {
        call.function
        for d in catalogue().values()
        for chain in d.chains
        for source in chain.sources
        if d.name in ("security", "delisting", "stock_daily", "special_treatment")
        for call in source.calls(request(*days, codes=("600000.SH",)))
    }
    assert "stock_zh_a_spot" in asked
    assert "stock_info_a_code_name" not in asked


def test_newly_listed_shares_lag_in_the_shenwan_file_and_are_listed_without_a_class() -> None:
    rows = pl.DataFrame(
        {
            "code": ["600000.SH", "688999.SH", "600000.SH"],
            "name": ["浦发银行", "新股", None],
            "valid_from": [None, None, date(2014, 2, 21)],
            "industry": [None, None, "银行"],
        }
    )
    joined = security.combine(rows).sort("code")
    assert joined["industry"].to_list() == ["银行", None]
    assert security.conform(joined)["valid_from"].to_list() == [date(2014, 2, 21), security.UNDATED]


def test_members_of_indices_say_nothing_of_shares_that_none_of_them_holds() -> None:
    """An index that did not answer may hold them: no share is unclassified for that."""
    rows = pl.DataFrame(
        {
            "code": ["600000.SH", "688999.SH", "600000.SH"],
            "name": ["浦发银行", "新股", None],
            "valid_from": [None, None, date(2021, 12, 13)],
            "industry": [None, None, "银行"],
        }
    )
    assert security.combine_members(rows)["code"].to_list() == ["600000.SH"]


def test_the_first_two_digits_of_a_shenwan_code_are_its_class() -> None:
    answer = pl.DataFrame({"symbol": ["688981", "600893", "300750", "000725"],
                           "start_date": ["2021-07-30"] * 4,
                           "industry_code": ["270104", "650201", "630701", "270303"]})  # fmt: skip
    rows = security.read(answer, security.CHANGES[0])
    assert rows["industry"].to_list() == ["电子", "国防军工", "电力设备", "电子"]
    assert set(security.SHENWAN_INDEX) == set(security.SHENWAN_FIRST_LEVEL)
    assert security.SHENWAN_INDEX["27"] == "801080"
    assert len(set(security.SHENWAN_INDEX.values())) == 31


def test_columns_of_legulegus_table_bear_dates_and_only_dateless_ones_are_read(desk) -> None:
    office = desk()
    with office.exchange.installed():
        answer = ak.sw_index_third_cons("801080.SI")
    assert any("09-30" in c for c in answer.columns)
    call = Call("sw_index_third_cons", label="电子")
    renamed = answer.rename(columns=lambda c: c.replace("09-30", "12-31"))
    assert security.read(as_polars(answer), call).equals(security.read(as_polars(renamed), call))


def test_sectors_without_dates_are_no_source_of_membership() -> None:
    """Sina's sectors name members of today; applied to the past they would carry today into it."""
    asked = {
        call.function
        for source in catalogue()["security"].chains[0].sources
        for call in source.calls(request())
    }
    assert not asked & {"stock_sector_spot", "stock_sector_detail", "stock_industry_change_cninfo"}


def test_tencents_page_has_no_open_high_and_low_and_is_no_source_of_bars(desk) -> None:
    office = desk()
    with office.exchange.installed():
        columns = set(ak.stock_zh_a_spot_tx().columns)
    assert not columns & {"open", "high", "low", "今开", "最高", "最低"}
    (chain,) = catalogue()["stock_daily"].chains
    asked = {c.function for s in chain.sources for c in s.calls(request(codes=("600000.SH",)))}
    assert "stock_zh_a_spot_tx" not in asked


def test_tencent_sorts_by_price_while_it_is_paged_and_a_lost_share_shows_in_its_count() -> None:
    """akshare drops repeated codes, which hides that another one was lost."""
    assert "drop_duplicates" in inspect.getsource(ak.stock_zh_a_spot_tx)
    assert special_treatment.TENCENT.counted
    assert special_treatment.EASTMONEY.counted


def test_eastmoney_sends_keys_in_ascending_order_and_two_that_nobody_asked_for(desk) -> None:
    """akshare names 31 columns by their place; f140 and f141 come uninvited."""
    office = desk()
    with office.exchange.installed():
        answer = ak.stock_zh_a_st_em()
    assert list(answer.columns) == ["序号", "代码", "名称", "最新价", "涨跌幅", "涨跌额", "成交量", "成交额",
        "振幅", "最高", "最低", "今开", "昨收", "量比", "换手率", "市盈率-动态", "市净率"]  # fmt: skip
    assert answer["代码"].str.fullmatch(r"\d{6}").all()
    assert answer["名称"].str.contains("ST").all()


def test_tencents_end_date_needs_dashes_and_codes_need_prefixes() -> None:
    """Without dashes akshare loops to the current year.

    Bare 920xxx are taken for another market.
    """
    (call,) = stock_daily.TENCENT_BARS.calls(request(MONDAY, codes=("920001.BJ",)))
    assert call.arguments["symbol"] == "bj920001"
    assert call.arguments["end_date"] == "2025-11-24"


def test_depositary_receipts_have_a_function_of_their_own_and_no_turnover_rate(
    desk, market
) -> None:
    calls = stock_daily.SINA_BARS.calls(request(MONDAY, codes=("689009.SH", "600118.SH")))
    assert [c.function for c in calls] == ["stock_zh_a_cdr_daily", "stock_zh_a_daily"]
    receipt = Call("stock_zh_a_cdr_daily", {"symbol": "sh600118"}, (MONDAY,), "600118.SH")
    office = desk()
    with office.exchange.installed():
        answer = ak.stock_zh_a_cdr_daily("sh600118", "20251101", "20251124")
    row = stock_daily.SINA_BARS.read(as_polars(answer), receipt)
    truth = market.stock_daily.filter(code="600118.SH", trade_date=MONDAY)
    assert row["close"].item() == truth["close"].item()
    assert row["volume_shares"].item() == truth["volume_shares"].item()
    assert row["turnover_rate"].item() is None


def test_the_factor_file_is_evaluated_by_akshare_and_garbage_is_a_changed_source(desk) -> None:
    assert "eval(" in inspect.getsource(ak.stock_zh_a_daily)
    with pytest.raises(SourceChanged):
        conformed(
            adjustment_factor.SINA,
            Call("stock_zh_a_daily", label="600000.SH"),
            pl.DataFrame({"date": ["2025-07-16"], "hfq_factor": ["<html>"]}),
        )


def four_products() -> pl.DataFrame:
    """Shanghai's answer of early 2022, without a total: akshare writes a dash into it."""
    lines = {
        "成交金额": (3000.0, 1.0, 700.0),
        "成交量": (300.0, 0.2, 20.0),
        "市价总值": (400000.0, 800.0, 60000.0),
        "流通市值": (380000.0, 800.0, 25000.0),
    }
    main, foreign, star = zip(*lines.values(), strict=True)
    parts = {"主板A": list(main), "主板B": list(foreign), "科创板": list(star)}
    return pl.DataFrame({"单日情况": list(lines), "股票": ["-"] * 4, **parts})


def test_the_layout_of_stock_sse_deal_daily_depends_on_the_number_of_products() -> None:
    (call,) = market_turnover.SSE.calls(request(MONDAY))
    row = conformed(market_turnover.SSE, call, four_products()).to_dicts()[0]
    assert row["amount_cny"] == pytest.approx(3701.0e8)
    assert row["market_cap_cny"] == pytest.approx(460800.0e8)
    incomplete = four_products().with_columns(科创板=pl.lit("-"))
    with pytest.raises(SourceChanged):
        conformed(market_turnover.SSE, call, incomplete)


def shenzhen(**changed: float) -> pl.DataFrame:
    total = {"成交金额": 2.17e12, "总市值": 4.6e13, "流通市值": 4.0e13}
    rows = [
        {"证券类别": "股票", **total} | changed,
        {"证券类别": "主板A股", **total},
        {"证券类别": "基金", "成交金额": 3e11, "总市值": 2e12, "流通市值": 2e12},
    ]
    return pl.DataFrame(rows)


def test_shanghai_counts_in_yi_and_shenzhen_in_yuan_and_both_arrive_in_yuan() -> None:
    (sse,), (szse,) = (
        s.calls(request(MONDAY)) for s in (market_turnover.SSE, market_turnover.SZSE)
    )
    shanghai = conformed(market_turnover.SSE, sse, four_products())
    other = conformed(market_turnover.SZSE, szse, shenzhen())
    for column in ("amount_cny", "market_cap_cny", "float_market_cap_cny"):
        assert 0.1 < shanghai[column].item() / other[column].item() < 10
        assert unit_of(market_turnover.MarketTurnover.columns()[column]) == Unit.CNY


@pytest.mark.parametrize("column", ["成交金额", "总市值", "流通市值"])
def test_columns_of_stock_szse_summary_are_named_by_position_and_must_add_up(column) -> None:
    (call,) = market_turnover.SZSE.calls(request(MONDAY))
    with pytest.raises(SourceChanged, match="its boards add up to"):
        conformed(market_turnover.SZSE, call, shenzhen(**{column: 9.9e12}))


@pytest.mark.parametrize(("amount", "fits"), [(1.7e11, True), (1e10, False)])
def test_a_board_of_shenzhen_that_is_new_refuses_nothing_if_it_makes_up_the_total(
    amount, fits
) -> None:
    """中小板 was one until 2021, and is known."""
    (call,) = market_turnover.SZSE.calls(request(MONDAY))
    known = shenzhen().with_columns(
        成交金额=pl.when(证券类别="主板A股").then(2e12).otherwise("成交金额")
    )
    line = {"成交金额": amount, "总市值": 0.0, "流通市值": 0.0}
    for name in ("成长板A股", "中小板"):
        answer = pl.concat([known, pl.DataFrame([{"证券类别": name, **line}])])
        if fits:
            row = conformed(market_turnover.SZSE, call, answer)
            assert row["amount_cny"].item() == 2.17e12
        else:
            with pytest.raises(SourceChanged, match="its boards add up to"):
                conformed(market_turnover.SZSE, call, answer)


@pytest.mark.parametrize(
    ("number", "industry"), [("270101", "电子"), ("210101", "采掘"), ("780101", "78")]
)
def test_a_class_of_shenwan_that_is_new_is_kept_as_its_number(number, industry) -> None:
    answer = pl.DataFrame(
        {"symbol": ["600000"], "start_date": ["2024-01-02"], "industry_code": [number]}
    )
    assert security.read(answer, security.CHANGES[0])["industry"].item() == industry


def test_a_day_without_trading_is_an_empty_workbook_of_shenzhen(desk) -> None:
    """It has a header and no rows; akshare answers with an empty frame and no error."""
    office = desk()
    with office.exchange.installed():
        assert ak.stock_szse_summary("20251122").empty


def test_a_month_is_named_in_words_and_counted_in_yi() -> None:
    columns = {
        f"{c}-{city}": [7.5e5] for c in ("市价总值", "成交金额") for city in ("上海", "深圳")
    }
    answer = pl.DataFrame({"数据日期": ["2025年12月份"], **columns})
    rows = market_cap_monthly.read(answer, Call("macro_china_stock_market_cap"))
    assert rows["month"].to_list() == [date(2025, 12, 1)] * 2
    assert rows["market_cap_cny"].to_list() == [7.5e13] * 2


def test_the_calendar_of_sina_lacks_a_day_that_akshare_puts_back(desk) -> None:
    office = desk()
    office.collect("trade_calendar")
    assert date(1992, 5, 4) in office.core("trade_calendar")["trade_date"].to_list()
