"""Traps of akshare and its upstreams in results and expectations, each by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, as_polars, conformed, perform
from flows.ingestion.load import completed
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request, dataset
from warehouse.datasets import (
    analyst_eps,
    consensus_eps,
    earnings_guidance,
    earnings_report,
    hk_consensus,
    hk_megacap_earnings,
    us_megacap_earnings,
)
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.readers import report_periods
from warehouse.shanghai import SHANGHAI

NOW = datetime(2025, 11, 25, 19, tzinfo=SHANGHAI)
TODAY = NOW.date()
DAYS = (date(2025, 11, 24), TODAY)
REQUEST = Request(DAYS, NOW)
NVDA_SPLIT = date(2024, 6, 10)
THIRD_QUARTER = Call("stock_yjbb_em", {"date": "20250930"}, DAYS)


def judged(name: str, rows: pl.DataFrame) -> list[str]:
    """The rules of a dataset that rows break."""
    d = dataset(name)
    absent = [
        pl.lit(None, c.dtype).alias(n)
        for n, c in d.contract.columns().items()
        if n not in rows.columns
    ]
    context = Context(pl.Series([TODAY]), TODAY)
    return (
        check(d, shaped(d, rows.with_columns(absent), "test"), context).rejected["rule"].to_list()
    )


def raw(desk, function: str, **arguments: str) -> pl.DataFrame:
    with desk.exchange.installed():
        return as_polars(getattr(akshare(), function)(**arguments))


def test_stock_yjbb_em_lists_the_third_board_and_b_shares(desk) -> None:
    """A half-year's list is twice as long as the market; only A shares come to core."""
    answer = raw(desk(), "stock_yjbb_em", date="20250630")
    assert answer["股票代码"].str.contains("^(8|900)").sum() > 0
    rows = earnings_report.read(answer, replace(THIRD_QUARTER, arguments={"date": "20250630"}))
    assert rows["code"].str.contains(r"^(60|68|00|30|92)\d{4}\.(SH|SZ|BJ)$").all()


def test_stock_yjbb_em_repeats_rows_when_pages_move(desk) -> None:
    """Pages are sorted by the day of the notice.

    One that comes in between moves a row to the next.
    """
    answer = raw(desk(), "stock_yjbb_em", date="20250930")
    moved = pl.concat([answer, answer.tail(2).with_columns(pl.col("序号") + 1)])
    assert (
        earnings_report.read(moved, THIRD_QUARTER).height
        == earnings_report.read(answer, THIRD_QUARTER).height
    )


@pytest.mark.parametrize("kind", [Kind.DUPLICATE_ROWS, Kind.TRUNCATED])
def test_a_list_whose_pages_moved_does_not_have_the_rows_that_it_counts(desk, kind) -> None:
    office = desk()
    office.break_(Fault(kind, endpoint="eastmoney_results"))
    (call,) = earnings_report.periods(REQUEST)
    with (
        open_network(office.ws) as recorder,
        pytest.raises(SourceEmpty, match="the upstream counts"),
    ):
        perform(earnings_report.EASTMONEY, call, recorder, attempts=1)


@pytest.mark.parametrize("kind", [Kind.EXTRA_COLUMN, Kind.DATA_NULL])
def test_stock_yjbb_em_names_37_fields_by_position_and_fails_on_none(desk, kind) -> None:
    """A field more is a changed source; no rows are a TypeError that means «nothing»."""
    office = desk()
    office.break_(Fault(kind, endpoint="eastmoney_results"))
    (call,) = earnings_report.periods(REQUEST)
    wanted = SourceChanged if kind is Kind.EXTRA_COLUMN else SourceEmpty
    with open_network(office.ws) as recorder, pytest.raises(wanted):
        perform(earnings_report.EASTMONEY, call, recorder, attempts=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("每股收益", "净利润-净利润"),
        ("净利润-净利润", "销售毛利率"),
        ("营业总收入-营业总收入", "每股净资产"),
    ],
)
def test_a_moved_field_of_stock_yjbb_em_breaks_a_rule(desk, one, other) -> None:
    answer = raw(desk(), "stock_yjbb_em", date="20250930")
    swapped = answer.rename({one: other, other: one})
    rows = earnings_report.read(swapped, THIRD_QUARTER)
    assert len(judged("earnings_report", rows)) > 0.02 * rows.height


@pytest.mark.parametrize("column", ["PARENT_NETPROFIT", "BASIC_EPS"])
def test_a_slipped_unit_of_stock_yjbb_em_stops_the_source(desk, column) -> None:
    office = desk()
    office.break_(Fault(Kind.UNIT_SLIP, endpoint="eastmoney_results", column=column))
    (outcome,) = office.collect("earnings_report")
    assert outcome.missing
    assert "Eastmoney datacenter" not in set(office.core("earnings_report")["source"])


def test_figures_of_stock_yjbb_em_are_cumulative(market) -> None:
    """The second quarter alone is the half-year less the first quarter."""
    code = market.companies["code"][0]
    of = market.earnings.filter(code=code).sort("period_end")
    year = of.filter(pl.col("period_end").dt.year() == 2024)["revenue_cny"]
    assert year.is_sorted()


def test_a_period_is_not_asked_for_before_its_season() -> None:
    """With nothing to say the upstream gives `null`, as if it were blocked."""
    january = Request((date(2026, 1, 12), date(2026, 1, 13)), NOW)
    assert report_periods.in_season(january, earnings_report.OPENING) == [date(2025, 9, 30)]
    assert report_periods.in_season(january, earnings_guidance.OPENING) == [date(2025, 12, 31)]
    april = Request((date(2026, 4, 20), date(2026, 4, 24)), NOW)
    both = [date(2025, 12, 31), date(2026, 3, 31)]
    assert report_periods.in_season(april, earnings_report.OPENING) == both


def test_stock_yjyg_em_has_several_rows_per_share(desk, market) -> None:
    """One per figure and one per revision: net profit is kept, of each notice its own."""
    answer = raw(desk(2026, 3, 2, 19), "stock_yjyg_em", date="20251231")
    assert answer.height > answer["股票代码"].n_unique()
    call = Call("stock_yjyg_em", {"date": "20251231"}, DAYS)
    rows = earnings_guidance.read(answer, call)
    assert not rows.select("code", "period_end", "notice_date").is_duplicated().any()
    told = market.guidance.filter(pl.col("notice_date") <= date(2026, 3, 2))
    assert rows.height == told.filter(period_end=date(2025, 12, 31)).height


def test_guidance_is_revised_by_a_notice_of_its_own_day() -> None:
    notice = {
        "股票代码": "600000", "股票简称": "模拟", "预测指标": earnings_guidance.NET_PROFIT, "业绩变动": "预计",
        "预测数值": 1.0e8, "业绩变动幅度": 60.0, "预告类型": "预增", "上年同期值": 6.25e7, "公告日期": "2026-01-15",
    }  # fmt: skip
    revised = notice | {
        "预测数值": 0.5e8,
        "业绩变动幅度": -20.0,
        "预告类型": "预减",
        "公告日期": "2026-01-28",
    }
    call = Call("stock_yjyg_em", {"date": "20251231"}, DAYS)
    rows = earnings_guidance.read(pl.DataFrame([notice, revised, revised]), call)
    assert rows["notice_date"].to_list() == [date(2026, 1, 15), date(2026, 1, 28)]
    assert rows["net_profit_cny"].to_list() == [1.0e8, 0.5e8]


def test_column_names_of_stock_profit_forecast_em_change_each_year(desk) -> None:
    """In February some rows begin with 2025 and most with
    2024: akshare writes one year over all.
    """
    february = desk(2026, 2, 20, 19)
    named = raw(february, "stock_profit_forecast_em")
    assert "2024预测每股收益" in named.columns
    (call,) = consensus_eps.ask(replace(REQUEST, now=NOW.replace(year=2026, month=2, day=20)))
    with open_network(february.ws) as recorder:
        rows = perform(consensus_eps.EASTMONEY, call, recorder, attempts=1).rows
    begin = rows.group_by("code").agg(pl.col("fiscal_year").min())
    assert set(begin["fiscal_year"]) == {2024, 2025}
    truth = february.exchange.market.consensus(date(2026, 2, 20))
    both = rows.join(truth, on=["code", "fiscal_year"], suffix="_true")
    assert both.height == truth.height
    assert (both["eps_cny"] == both["eps_cny_true"]).all()
    early = begin.filter(fiscal_year=2025)["code"][0]
    wrong = named.filter(pl.col("代码") == early[:6])["2024预测每股收益"].item()
    assert wrong == truth.filter(code=early, fiscal_year=2025)["eps_cny"].item()  # a year off


def test_the_first_year_of_the_consensus_is_the_last_one_reported(desk) -> None:
    office = desk()
    office.collect("consensus_eps")
    first = office.core("consensus_eps").sort("fiscal_year").group_by("code").first()
    assert set(first["estimate"]) == {"actual"}
    later = office.core("consensus_eps").filter(pl.col("fiscal_year") > 2024)
    assert set(later["estimate"]) == {"expected"}


def test_stock_profit_forecast_ths_has_nothing_where_nobody_expects_anything(desk, market) -> None:
    """A page that says so is an answer; a page without a table is none."""
    known = set(market.consensus(TODAY)["code"])
    silent = next(c for c in market.companies["code"] if c not in known)
    asked = {"symbol": silent[:6], "indicator": "预测年报每股收益"}
    call = Call("stock_profit_forecast_ths", asked, DAYS, f"{silent} on {TODAY}")
    office = desk()
    with open_network(office.ws) as recorder:
        assert perform(consensus_eps.THS, call, recorder, attempts=1).rows.is_empty()
        office.break_(Fault(Kind.HTML, host="basic.10jqka.com.cn", status=200))
        with pytest.raises(SourceUnavailable, match="no table"):
            perform(consensus_eps.THS, call, recorder, attempts=1)


def test_stock_profit_forecast_ths_lists_a_year_twice() -> None:
    """Its pages keep stale lines: a year that is there twice has no one value."""
    year = {
        "年度": "2026",
        "预测机构数": 3,
        "最小值": 1.0,
        "均值": 1.1,
        "最大值": 1.2,
        "行业平均数": 2.0,
    }
    other = year | {"最小值": 2.0, "均值": 2.1, "最大值": 2.2}
    call = Call("stock_profit_forecast_ths", {}, DAYS, "600118.SH on 2025-11-25")
    rows = consensus_eps.read_ths(pl.DataFrame([year, other, year | {"年度": "2027"}]), call)
    assert rows["fiscal_year"].to_list() == [2027]
    moved = pl.DataFrame([year | {"均值": 9.9}])
    with pytest.raises(SourceChanged, match="均值 is not between"):
        conformed(consensus_eps.THS, call, moved)


def test_sina_is_asked_for_shanghai_only() -> None:
    """akshare writes «sh» before every code."""
    calls = earnings_report.SINA.calls(REQUEST)
    assert calls and all(call.label.endswith(".SH") for call in calls)


def test_hong_kong_figures_are_nine_periods_and_cumulative(desk) -> None:
    office = desk()
    office.collect("hk_megacap_earnings")
    rows = office.core("hk_megacap_earnings")
    assert set(rows.group_by("code").len()["len"]) == {9}
    tencent = rows.filter(code="00700.HK")
    months = tencent.filter(pl.col("period_end").dt.year() == 2024).sort("period_end")
    assert months["period_months"].to_list() == [3, 6, 9, 12]
    assert months["net_profit_reported"].is_sorted()
    alibaba = rows.filter(pl.col("period_end") == date(2025, 9, 30), code="09988.HK")
    assert alibaba["period_months"].item() == 6  # its year begins in April


def test_the_currency_label_of_hong_kong_figures_is_wrong(desk) -> None:
    """The figures say HKD of a company that reports renminbi; akshare patches the label from a
    second list, and keeps the wrong one where that has no entry. Amounts are never converted by it.
    """
    office = desk()
    (call, *_) = hk_megacap_earnings.ask(REQUEST)
    with office.exchange.installed():
        patched = as_polars(getattr(akshare(), call.function)(**call.arguments))
    unpatched = patched.with_columns(CURRENCY=pl.lit("HKD"))
    figures = pl.col("^.*_(reported|yoy)$")
    one, other = (hk_megacap_earnings.read(a, call).select(figures) for a in (patched, unpatched))
    assert one.equals(other)
    assert set(patched["CURRENCY"]) == {"人民币"}


@pytest.mark.parametrize(
    ("kind", "start", "months"),
    [("004", "2025-01-01", 9), ("009", "2025-01-01", 9), ("009", "2024-10-01", 12), ("004", None, 9),
     ("009", None, None)],
)  # fmt: skip
def test_how_long_a_hong_kong_period_of_unknown_kind_is_its_two_days_tell(
    kind, start, months
) -> None:
    figures = (
        "OPERATE_INCOME",
        "HOLDER_PROFIT",
        "BASIC_EPS",
        "OPERATE_INCOME_YOY",
        "HOLDER_PROFIT_YOY",
    )
    days = {"REPORT_DATE": "2025-09-30 00:00:00", "START_DATE": start}
    row = {**days, "DATE_TYPE_CODE": kind, "CURRENCY": "HKD", **dict.fromkeys(figures, 1.0)}
    (call, *_) = hk_megacap_earnings.ask(REQUEST)
    schema = {"START_DATE": pl.String}
    found = conformed(
        hk_megacap_earnings.EASTMONEY, call, pl.DataFrame([row], schema_overrides=schema)
    )
    assert found["period_months"].item() == months


def test_an_american_quarter_in_another_currency_has_no_row_and_costs_no_other() -> None:
    (call,) = [c for c in us_megacap_earnings.ask(REQUEST) if c.label == "NVDA"]
    quarter = {"REPORT_TYPE": "", "OPERATE_INCOME": 2.6e10, "NOTICE_DATE": "2024-05-29",
               "PARENT_HOLDER_NETPROFIT": 1.49e10, "DILUTED_EPS": 5.98}  # fmt: skip
    rows = [
        quarter | {"REPORT_DATE": "2024-04-28", "CURRENCY": "美元"},
        quarter | {"REPORT_DATE": "2024-07-28", "CURRENCY": "日元"},
    ]
    found = us_megacap_earnings.read(pl.DataFrame(rows), call)
    assert found["quarter_end"].to_list() == [date(2024, 4, 30)]
    with pytest.raises(UnknownFormat, match="no dollars, but 日元"):
        us_megacap_earnings.read(pl.DataFrame(rows[1:]), call)


@pytest.mark.parametrize(
    ("ticker", "filed", "quarter"),
    [
        ("NVDA", date(2025, 2, 26), date(2025, 1, 31)),
        ("NVDA", date(2025, 11, 19), date(2025, 10, 31)),
        ("AAPL", date(2025, 10, 31), date(2025, 9, 30)),
        ("MSFT", date(2025, 1, 29), date(2024, 12, 31)),
        ("TSLA", date(2025, 4, 23), date(2025, 3, 31)),
    ],
)
def test_labels_of_american_quarters_contradict_each_other_and_filings_date_them(
    ticker, filed, quarter
) -> None:
    row = {"ticker": ticker, "quarter_end": None, "filing_date": filed}
    schema = {"ticker": pl.String, "quarter_end": pl.Date, "filing_date": pl.Date}
    rows = us_megacap_earnings.conform(pl.DataFrame([row], schema=schema))
    assert rows["quarter_end"].item() == quarter


def test_fiscal_quarters_that_end_on_a_last_saturday_are_dated_by_their_month(desk) -> None:
    office = desk()
    office.collect("us_megacap_earnings")
    rows = office.core("us_megacap_earnings")
    assert (rows["quarter_end"] == rows["quarter_end"].dt.month_end()).all()
    apart = rows.sort("ticker", "quarter_end").with_columns(
        gap=pl.col("quarter_end").diff().over("ticker").dt.total_days()
    )
    assert apart["gap"].drop_nulls().is_between(88, 93).all()
    nvidia = rows.filter(ticker="NVDA")["quarter_end"].dt.month()
    assert set(nvidia) == {1, 4, 7, 10}


def test_american_earnings_per_share_are_not_adjusted_for_splits() -> None:
    """Ten shares for one in June 2024: earnings per share fall to a tenth, net income does not."""
    (call,) = [c for c in us_megacap_earnings.ask(REQUEST) if c.label == "NVDA"]
    quarter = {"REPORT_TYPE": "", "CURRENCY": "USD", "OPERATE_INCOME": 2.6e10}
    before = quarter | {
        "REPORT_DATE": "2024-04-28",
        "NOTICE_DATE": "2024-05-29",
        "PARENT_HOLDER_NETPROFIT": 1.49e10,
        "DILUTED_EPS": 5.98,
    }
    after = quarter | {
        "REPORT_DATE": "2024-07-28",
        "NOTICE_DATE": "2024-08-28",
        "PARENT_HOLDER_NETPROFIT": 1.66e10,
        "DILUTED_EPS": 0.67,
    }
    rows = us_megacap_earnings.read(pl.DataFrame([before, after]), call).sort("quarter_end")
    assert rows["eps_diluted_usd"].pct_change()[1] < -0.8
    assert rows["net_income_usd"].pct_change()[1] > 0.1
    assert "not adjusted" in (us_megacap_earnings.__doc__ or "")


def test_a_quarter_without_a_notice_is_known_from_the_fetch() -> None:
    publication = dataset("us_megacap_earnings").publication
    rows = pl.DataFrame(
        {"quarter_end": [date(2025, 9, 30)] * 2, "filing_date": [None, date(2025, 10, 30)]}
    )
    due = publication.due(rows, pl.Series([date(2025, 10, 30), date(2025, 10, 31)]))
    assert due[0].year == 2999
    assert due[1] == datetime(2025, 10, 31, 1)


def test_etnet_names_the_currency_in_headings_that_akshare_renames(desk) -> None:
    """SMIC's amounts are in dollars; akshare's table would not say so."""
    office = desk()
    office.collect("hk_consensus")
    named = dict(office.core("hk_consensus").select("code", "currency").unique().rows())
    assert named["00981.HK"] == "USD"
    assert {named[c] for c in named if c != "00981.HK"} == {"CNY"}
    columns = raw(
        office, "stock_hk_profit_forecast_et", symbol="00700", indicator="综合盈利预测"
    ).columns
    assert "纯利/亏损" in columns and not any("人民币)" in c and "纯利" in c for c in columns)


def test_an_etnet_currency_that_we_do_not_know_is_kept_and_a_heading_without_one_refused() -> None:
    (call, *_) = hk_consensus.ask(REQUEST)
    heads = ["财政年度", "纯利/(亏损) (百万日元)", "每股盈利/ (亏损)(分)", "最高 (百万日元)", "最低 (百万日元)"]  # fmt: skip
    row = conformed(hk_consensus.ETNET, call, pl.DataFrame({h: ["1"] for h in heads}))
    assert row.select("currency", "net_profit_reported", "eps_reported").row(0) == (
        "日元",
        1e6,
        None,
    )
    for silent in ("(百万)", "(百万元)", ""):
        without = {h.replace("(百万日元)", silent): ["1"] for h in heads}
        with pytest.raises(SourceChanged, match="names no currency"):
            conformed(hk_consensus.ETNET, call, pl.DataFrame(without))
    mixed = {
        h: ["1"]
        for h in (heads[0], "纯利 (百万港元)", heads[2], "最高 (百万港元)", "最低 (百万元人民币)")
    }
    with pytest.raises(SourceChanged, match="amounts are in CNY, HKD"):
        conformed(hk_consensus.ETNET, call, pl.DataFrame(mixed))


def test_stock_research_report_em_puts_one_year_over_the_reports_of_all(desk) -> None:
    """A report of 2024 stands under 2025: only those
    written in the year of the column are taken.
    """
    office = desk()
    (call, *_) = analyst_eps.ask(REQUEST)
    answer = raw(office, call.function, **call.arguments)
    assert {2024, 2025} <= set(answer["日期"].str.head(4).cast(pl.Int64))
    rows = analyst_eps.read(answer, call)
    assert rows.height > 0
    assert set(rows["report_date"].dt.year()) == set(rows["fiscal_year"]) == {2025}


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("consensus_eps", "eastmoney_expectations"),
        ("hk_consensus", "etnet_expectations"),
        ("earnings_report", "eastmoney_results"),
    ],
)
def test_dashes_instead_of_numbers_are_no_complete_answer(desk, name, endpoint) -> None:
    office = desk()
    office.break_(Fault(Kind.DASH_VALUES, endpoint=endpoint))
    office.break_(Fault(Kind.RESET, host="*.10jqka.com.cn"), Fault(Kind.RESET, host="*.sina.cn"))
    (outcome,) = office.collect(name)
    assert outcome.state == "failed"
    assert office.core(name).is_empty()


@pytest.mark.parametrize(
    ("notice", "known"),
    [
        ("2025-02-26", date(2025, 2, 26)),
        ("2026-02-25", None),
        ("2024-12-01", None),
        ("2025-05-31", date(2025, 5, 31)),
        ("2025-06-01", None),
    ],
)
def test_a_notice_that_was_moved_to_the_next_filing_is_no_day_of_the_quarter(notice, known) -> None:
    """Eastmoney dates a quarter by the filing in which it is the comparison; the row stays, and
    the day is told with the rule that it breaks.
    """
    (call,) = [c for c in us_megacap_earnings.ask(REQUEST) if c.label == "NVDA"]
    row = {
        "REPORT_DATE": "2025-01-26",
        "NOTICE_DATE": notice,
        "REPORT_TYPE": "",
        "CURRENCY": "USD",
        "OPERATE_INCOME": 3.9e10,
        "PARENT_HOLDER_NETPROFIT": 2.2e10,
        "DILUTED_EPS": 0.89,
    }
    rows = us_megacap_earnings.read(pl.DataFrame([row]), call)
    d, today = us_megacap_earnings.DATASET, date(2026, 3, 1)
    found = check(d, shaped(d, completed(d, rows), "test"), Context(pl.Series([TODAY]), today))
    there = found.valid.select("quarter_end", "filing_date").rows()
    assert there == [(date(2025, 1, 31), known)]
    assert (found.rejected["column_name"].to_list() == ["filing_date"]) is (known is None)
