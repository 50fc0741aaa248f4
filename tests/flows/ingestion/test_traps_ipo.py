"""Issues of shares on the mainland as upstreams give them: units, branches and first days."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import conformed, perform
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request
from warehouse.datasets import (
    ipo_a,
    ipo_proceeds_monthly,
)
from warehouse.errors import SourceChanged, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.shanghai import SHANGHAI

pytestmark = pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")

TUESDAY = date(2025, 11, 25)
NOW = datetime(2025, 11, 25, 21, tzinfo=SHANGHAI)
TODAY = Request((TUESDAY,), NOW)
CONTEXT = Context(pl.date_range(date(2010, 1, 1), date(2026, 12, 31), eager=True), TUESDAY)


def answered(desk, source, call):
    with open_network(desk.ws) as recorder:
        return perform(source, call, recorder, attempts=1)


def issue(**changed: object) -> pl.DataFrame:
    """A line of Eastmoney's common list: 万股."""
    row = {
        "股票代码": "301502",
        "股票简称": "华阳智能",
        "申购日期": "2024-01-24",
        "上市日期": "2024-02-02",
        "发行价格": 28.01,
        "发行总数": 1427.1,
        "首日收盘价": 59.97,
    }
    return pl.DataFrame([row | changed])


def beijing_issue(**changed: object) -> pl.DataFrame:
    """A line of its Beijing list: single shares."""
    row = {
        "代码": "836547", "简称": "无锡晶海", "申购日": "2023-11-17", "上市首日-上市日": "2023-11-28",
        "发行价格": 16.53, "发行总数": 15_600_000, "最新价格-累计涨幅": 1.1, "上市首日-涨幅": 60.62,
        "上市首日-每百股获利": 1002.0,
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def listed(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return ipo_a.combine(ipo_a.read(answer, call))


ALL, FIRST_DAYS = ipo_a.EASTMONEY.calls(TODAY)
(BEIJING,) = ipo_a.EASTMONEY_BEIJING.calls(TODAY)


def test_the_issue_size_of_stock_xgsglb_em_is_in_ten_thousand_shares() -> None:
    """The documentation says single shares."""
    row = listed(issue(), ALL).row(0, named=True)
    assert row["issue_shares"] == pytest.approx(14_271_000)
    assert row["proceeds_cny"] == pytest.approx(28.01 * 14_271_000)


@pytest.mark.parametrize("misread", [14_271_000.0, 1427.1 / 1e4])
def test_no_issue_fits_both_single_and_ten_thousand_shares(misread) -> None:
    rows = shaped(ipo_a.DATASET, listed(issue(发行总数=misread), ALL), "Eastmoney")
    assert "issue_shares" in set(check(ipo_a.DATASET, rows, CONTEXT).rejected["column_name"])


def test_eastmoney_and_cninfo_state_the_same_issue_in_the_same_unit(desk) -> None:
    office = desk(2025, 11, 25, 21)
    issues = answered(office, ipo_a.EASTMONEY, ALL).rows
    cninfo = ipo_a.fallback(ipo_a.SHENZHEN_AND_SHANGHAI)
    other = answered(office, cninfo, cninfo.calls(TODAY)[0]).rows
    both = other.join(issues, on="code", suffix="_eastmoney")
    assert both.height > 3
    assert both["issue_shares"].to_list() == pytest.approx(both["issue_shares_eastmoney"].to_list())


def test_the_beijing_branch_has_22_columns_and_single_shares(desk) -> None:
    answer = answered(desk(2025, 11, 25, 21), ipo_a.EASTMONEY_BEIJING, BEIJING)
    assert answer.published.width == 22
    row = listed(beijing_issue(), BEIJING).row(0, named=True)
    assert (row["code"], row["issue_shares"]) == ("920547.BJ", 15_600_000)  # its code of today


def test_the_rise_since_listing_of_the_beijing_branch_is_a_wrong_formula() -> None:
    """最新价格-累计涨幅 is the first close over the newest price.

    The first day's rise is another column.
    """
    for wrong in (0.2, 5.0):
        row = listed(beijing_issue(**{"最新价格-累计涨幅": wrong}), BEIJING).row(0, named=True)
        assert row["first_day_return"] == pytest.approx(0.6062, abs=5e-4)
        assert row["first_day_close_cny"] == pytest.approx(26.55)


def test_the_rise_of_the_beijing_branch_must_be_in_per_cent() -> None:
    with pytest.raises(UnknownFormat, match="another unit"):
        ipo_a.read(beijing_issue(**{"上市首日-涨幅": 0.6062}), BEIJING)


def test_beijings_issues_in_the_common_list_are_left_to_their_own_list() -> None:
    """What unit they have there nobody says."""
    assert ipo_a.read(issue(股票代码="920056"), ALL).is_empty()


def test_stock_dxsyl_em_excludes_beijing(desk) -> None:
    first_days = answered(desk(2025, 11, 25, 21), ipo_a.EASTMONEY, FIRST_DAYS).rows
    assert set(first_days["code"].str.slice(-3)) == {".SH", ".SZ"}


def test_stock_dxsyl_em_without_its_quote_join_costs_nothing(desk) -> None:
    """The name is joined from quotes: without it akshare raises KeyError."""
    office = desk(2025, 11, 25, 21)
    office.break_(Fault(Kind.RENAMED_COLUMN, endpoint="eastmoney_first_days", column="f14"))
    with pytest.raises(SourceChanged, match="股票简称"):
        answered(office, ipo_a.EASTMONEY, FIRST_DAYS)
    office.collect("ipo_a")
    assert office.core("ipo_a")["first_day_return"].null_count() == 0


def test_names_of_stock_dxsyl_em_are_quotes_with_n_and_c(desk) -> None:
    office = desk(2025, 11, 25, 21)
    quoted = answered(office, ipo_a.EASTMONEY, FIRST_DAYS).published["股票简称"]
    assert quoted.str.starts_with("C").any()
    office.collect("ipo_a")
    assert not office.core("ipo_a")["name"].str.starts_with("C").any()


def test_the_first_days_return_of_stock_xgsr_ths_is_a_fraction_and_eastmoneys_per_cent() -> None:
    ths, eastmoney = ipo_a.READERS["stock_xgsr_ths"], ipo_a.READERS["stock_dxsyl_em"]
    row = {"股票代码": "920019", "股票简称": "铜冠矿建", "上市日期": "2024-10-11", "发行价": 4.33,
           "首日收盘价": 36.0, "首日涨跌幅": 7.3141}  # fmt: skip
    fraction = ths(pl.DataFrame([row]), ALL)["stated_return"].item()
    quote = pl.DataFrame([{"股票代码": "301502", "首日涨幅": 731.41, "总发行数量": 1427.1}])
    assert fraction == pytest.approx(eastmoney(quote, FIRST_DAYS)["stated_return"].item())


@pytest.mark.parametrize("stated", [1.1410, 114.10 * 100])
def test_a_first_day_in_another_unit_does_not_fit_its_close(stated) -> None:
    first_day = pl.DataFrame([{"股票代码": "301502", "首日涨幅": stated, "总发行数量": 1427.1}])
    both = [ipo_a.read(issue(), ALL), ipo_a.read(first_day, FIRST_DAYS)]
    rows = shaped(
        ipo_a.DATASET, ipo_a.combine(pl.concat(both, how="diagonal_relaxed")), "Eastmoney"
    )
    broken = check(ipo_a.DATASET, rows, CONTEXT).rejected
    assert "first_day_return" in set(broken["column_name"])


def test_two_lists_must_state_the_same_issue_size() -> None:
    other = pl.DataFrame([{"股票代码": "301502", "首日涨幅": 114.10, "总发行数量": 14_271_000.0}])
    both = [ipo_a.read(issue(), ALL), ipo_a.read(other, FIRST_DAYS)]
    with pytest.raises(UnknownFormat, match="not the same"):
        ipo_a.combine(pl.concat(both, how="diagonal_relaxed"))


def test_a_dash_in_the_money_raised_is_null_only_if_the_parts_still_add_up() -> None:
    """akshare makes null of whatever is no number."""
    (call,) = ipo_proceeds_monthly.THS.calls(TODAY)
    june = {
        "月份": "2024-06",
        "募集资金": 109.70,
        "首发募集资金": 38.76,
        "增发募集资金": 70.93,
        "配股募集资金": None,
    }
    row = conformed(ipo_proceeds_monthly.THS, call, pl.DataFrame([june])).row(0, named=True)
    assert (row["month"], row["rights_cny"]) == (date(2024, 6, 1), None)
    assert row["ipo_cny"] == pytest.approx(38.76e8)
    with pytest.raises(SourceChanged, match="not the sum"):
        conformed(ipo_proceeds_monthly.THS, call, pl.DataFrame([june | {"首发募集资金": None}]))
