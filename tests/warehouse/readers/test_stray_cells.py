"""One bad cell of an answer costs its field or its row; a column of them is a changed format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from warehouse.catalog import Call, dataset
from warehouse.contract import schema
from warehouse.datasets import (
    consensus_eps,
    cpi,
    investor_account,
    ipo_proceeds_monthly,
    limit_pool,
    margin_account,
    sector_daily,
)
from warehouse.errors import ContractViolated, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many

WEEKDAYS = pl.date_range(date(2020, 1, 1), date(2026, 12, 31), eager=True)
CONTEXT = Context(WEEKDAYS.filter(WEEKDAYS.dt.weekday() <= 5), date(2026, 1, 20))
DAYS = CONTEXT.calendar.filter(CONTEXT.calendar < date(2026, 1, 20)).tail(60).to_list()
MONTHS = pl.date_range(date(2019, 1, 1), date(2023, 12, 1), "1mo", eager=True).to_list()
LIST = [f"6000{n:02}" for n in range(60)]
Read = Callable[[pl.DataFrame, Call], pl.DataFrame]


def drawn(column: str, values: list[str], **others: object) -> pl.DataFrame:
    """Sixty rows of one kind, as text."""
    rest = [pl.lit(str(v)).alias(c) for c, v in others.items()]
    return pl.DataFrame({column: values}).with_columns(rest)


PROCEEDS = {"募集资金": 500, "首发募集资金": 100, "增发募集资金": 400, "配股募集资金": "-"}
SHARE = {"n": "模拟", "p": 9900, "zdp": 10.0, "amount": 1e8, "hs": 2.0, "hybk": "银行",
         "ltsz": 5e9, "fund": 1e6, "lbc": 1, "zbc": 0}  # fmt: skip
ACCOUNTS = {"融资余额": 2e4, "融券余额": 100, "融券卖出额": 1, "证券公司数量": 90, "营业部数量": 9000,
            "个人投资者数量": 700, "机构投资者数量": 5e4, "参与交易的投资者数量": 4e5,
            "有融资融券负债的投资者数量": 1.6e6, "担保物总价值": 5.4e4, "平均维持担保比例": 270}  # fmt: skip
INVESTORS = {"新增投资者-数量": 100, "期末投资者-总量": 2e4, "期末投资者-A股账户": 19900,
             "期末投资者-B股账户": 230, "沪深总市值": 8e5, "沪深户均市值": 40}  # fmt: skip
EXPECTED = {"RATING_ORG_NUM": 9} | {
    f"{name}{n}": value
    for n in range(1, 5)
    for name, value in (("YEAR", 2024 + n), ("YEAR_MARK", "E"), ("EPS", 1.5))
}
PRICES = {"开盘": 100, "最高": 110, "最低": 90, "收盘": 100}
UP = Call("", {}, (DAYS[-1],), "up")
ALL = Call("", {}, tuple(DAYS))
# Of each: what reads it, sound rows, the cell that goes wrong, and the field or the row that it
# costs.
CASES: dict[str, tuple[Read, pl.DataFrame, Call, str, object, str, str]] = {
    "a share's money": (
        limit_pool.read, drawn("c", LIST, **SHARE), UP, "amount", 1e10, "amount_cny", "field"),
    "a share's count": (
        limit_pool.read, drawn("c", LIST, **SHARE), UP, "lbc", "2天", "consecutive_days", "field"),
    "a month's change": (
        cpi.read, drawn("月份", [f"{m:%Y年%m月份}" for m in MONTHS],
                        **{cpi.LEVEL: 100.2, cpi.YEAR: 0.2, cpi.MONTH: 0.4}),
        Call("", {}, (MONTHS[-1],)), cpi.YEAR, 0.7, "cpi_yoy", "row"),
    "a day's collateral": (
        margin_account.read, drawn("日期", list(map(str, DAYS)), **ACCOUNTS), ALL, "担保物总价值",
        5.4e6, "collateral_cny", "row"),
    "a month's investors": (
        investor_account.read, drawn("数据日期", [f"{m:%Y-%m}" for m in MONTHS], **INVESTORS), ALL,
        "期末投资者-总量", 3e4, "investors", "row"),
    "a month": (
        investor_account.read, drawn("数据日期", [f"{m:%Y-%m}" for m in MONTHS], **INVESTORS), ALL,
        "数据日期", "2026年", "month", "row"),
    "a month's proceeds": (
        ipo_proceeds_monthly.read, drawn("月份", [f"{m:%Y-%m}" for m in MONTHS], **PROCEEDS), ALL,
        "募集资金", 900, "total_cny", "row"),
    "a company's year": (
        consensus_eps.read, drawn("SECURITY_CODE", LIST, **EXPECTED), Call("", {}, (), "2026-01-13"),
        "YEAR1", "25年", "fiscal_year", "row"),
    "a level": (
        sector_daily.read_history, drawn("日期", list(map(str, DAYS)), **PRICES),
        Call("", {}, tuple(DAYS), "801080.SW"), "开盘", "100.1.2", "open", "field"),
}  # fmt: skip
NAMES = {
    "a share's money": "limit_pool", "a share's count": "limit_pool", "a month's change": "cpi",
    "a day's collateral": "margin_account", "a month's investors": "investor_account",
    "a month": "investor_account", "a month's proceeds": "ipo_proceeds_monthly",
    "a company's year": "consensus_eps", "a level": "sector_daily",
}  # fmt: skip


def verdict(case: str, broken: int) -> Checked:
    """The verdict on the answer with so many broken cells. Raises where nothing of it is loaded."""
    read, sound, call, column, value, *_ = CASES[case]
    d = dataset(NAMES[case])
    wrong = pl.when(pl.int_range(pl.len()) < broken).then(pl.lit(str(value)))
    rows = read(sound.with_columns(wrong.otherwise(column).alias(column)), call)
    absent = [pl.lit(None, t).alias(c) for c, t in schema(d.contract).items() if c not in rows]
    found = check(d, shaped(d, rows.with_columns(absent), "drawn"), CONTEXT)
    refuse_many(d, found, "drawn")
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_stray_cell_costs_its_field_or_its_row(case: str) -> None:
    *_, column, lost = CASES[case]
    whole, found = verdict(case, 0), verdict(case, 1)
    assert whole.rejected.is_empty()
    assert found.received == whole.received >= len(LIST)
    assert (found.gone, found.nulled(column)) == ((1, 0) if lost == "row" else (0, 1))
    assert column in found.rejected["column_name"].to_list()
    assert set(found.rejected["lost"]) == {lost}


@pytest.mark.parametrize("case", CASES)
def test_a_column_of_such_cells_is_a_changed_format(case: str) -> None:
    with pytest.raises((UnknownFormat, ContractViolated, pl.exceptions.PolarsError)):
        verdict(case, 5)


def test_one_industry_that_cannot_be_read_leaves_the_others() -> None:
    """Their shares of the market have no sum then; where all can be read they must add up."""
    rows = pl.DataFrame({"trade_date": [DAYS[-1]] * 3, "amount_share": [0.5, 0.3, float("nan")]})
    assert sector_daily.whole_days(rows).height == 3
    with pytest.raises(UnknownFormat, match=r"adds up to 80\.0%"):
        sector_daily.whole_days(rows.head(2))


@pytest.mark.parametrize(("bad", "outcome"), [(2, "left out"), (3, "refused")])
def test_a_day_whose_industries_do_not_add_up_costs_that_day(bad: int, outcome: str) -> None:
    """It is left out, so that it stays missing; most days of a table show a changed format."""
    days = DAYS[-5:]
    rows = pl.DataFrame({
        "trade_date": [d for d in days for _ in range(2)],
        "amount_share": [0.3 if n < bad else 0.5 for n in range(5) for _ in range(2)],
    })  # fmt: skip
    if outcome == "refused":
        with pytest.raises(UnknownFormat, match=r"adds up to 60\.0%"):
            sector_daily.whole_days(rows)
    else:
        assert (
            sector_daily.whole_days(rows)["trade_date"].unique(maintain_order=True).to_list()
            == days[bad:]
        )


def test_the_mean_of_a_year_that_cannot_be_one_is_doubted() -> None:
    years = {"年度": ["2026", "2027"], "预测机构数": ["3", "3"], "最小值": ["1", "1"]}
    answer = pl.DataFrame(years | {"均值": ["1.1", "9.9"], "最大值": ["1.2", "1.2"]})
    call = Call("", {}, (), "600118.SH on 2026-01-13")
    found = consensus_eps.read_ths(answer, call)
    assert found["eps_cny"].is_nan().to_list() == [False, True]
    assert found["snapshot_date"].unique().to_list() == [date(2026, 1, 13)]


def test_a_stray_day_costs_the_date_and_not_the_results() -> None:
    d = dataset("earnings_report")
    days = ["2025-10-30"] * 40 + ["30/10/2025"]
    numbers = {
        "营业总收入-营业总收入": "1e9", "净利润-净利润": "1e8", "每股收益": "1", "营业总收入-同比增长": "3",
        "净利润-同比增长": "4", "每股净资产": "9", "净资产收益率": "5", "每股经营现金流量": "1", "销售毛利率": "30",
    }  # fmt: skip
    answer = drawn("最新公告日期", days, 股票简称="模拟", 所处行业="银行", **numbers)
    answer = answer.with_columns(股票代码=pl.Series([f"6000{n:02}" for n in range(41)]))
    rows = d.chains[0].sources[0].read(answer, Call("stock_yjbb_em", {"date": "20250930"}))
    found = check(d, shaped(d, rows, "drawn"), CONTEXT)
    assert found.valid["notice_date"].to_list()[-1] is None
    assert (found.gone, found.nulled("notice_date")) == (0, 1)
    refuse_many(d, found, "drawn")


def test_what_a_reader_marks_as_no_day_is_told_so() -> None:
    d = dataset("disclosure_date")
    row = {"code": "600000.SH", "period_end": date(2025, 9, 30)}
    marked = {"first_booked_date": date(1899, 12, 31), "booked_date": date(2025, 10, 28)}
    rows = pl.DataFrame([row | marked | {"actual_date": None}], schema=schema(d.contract))
    found = check(d, shaped(d, rows, "drawn"), CONTEXT)
    assert found.valid["first_booked_date"].to_list() == [None]
    reasons = found.rejected.select("rule", "column_name", "lost").rows()
    assert reasons == [("unreadable", "first_booked_date", "field")]
    undated = rows.with_columns(period_end=date(1899, 12, 31) - timedelta(days=31))
    lost = check(d, shaped(d, undated, "drawn"), CONTEXT)
    assert (lost.valid.height, lost.unidentified) == (0, 1)
