"""Listings in Hong Kong as upstreams give them: what is a share, columns and first days."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import conformed
from flows.sandbox import Fault, Kind
from warehouse.catalog import Call, Request, dataset
from warehouse.datasets import (
    hk_security,
    ipo_hk,
)
from warehouse.errors import ContractViolated, SourceChanged, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many
from warehouse.shanghai import SHANGHAI

pytestmark = pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")

TUESDAY = date(2025, 11, 25)
NOW = datetime(2025, 11, 25, 21, tzinfo=SHANGHAI)
CONTEXT = Context(pl.date_range(date(2010, 1, 1), date(2026, 12, 31), eager=True), TUESDAY)


def hong_kong(rows: pl.DataFrame) -> Checked:
    """The verdict on shares of the list. Raises ContractViolated where too many are broken."""
    found = check(hk_security.DATASET, shaped(hk_security.DATASET, rows, "drawn"), CONTEXT)
    refuse_many(hk_security.DATASET, found, "drawn")
    return found


def test_swapped_columns_of_the_hong_kong_list_are_noticed() -> None:
    """akshare names its 24 columns by their position."""
    row = {
        "代码": "00001",
        "中文名称": "长和",
        "交易类型": "",
        "日期时间": "2025/11/25 16:08:06",
    }
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    assert hong_kong(conformed(hk_security.SINA, call, pl.DataFrame([row]))).valid.height == 1
    for one, other in (("代码", "日期时间"), ("交易类型", "中文名称"), ("代码", "中文名称")):
        swapped = pl.DataFrame([row]).rename({one: other, other: one})
        with pytest.raises((SourceChanged, ContractViolated)):
            hong_kong(conformed(hk_security.SINA, call, swapped))


@pytest.mark.parametrize("silent", [None, "vip.stock.finance.sina.com.cn"])
def test_of_the_hong_kong_lists_only_shares_are_loaded(desk, market, silent) -> None:
    """No list says of what kind a security is; from either come the same shares."""
    office = desk(2025, 11, 25, 21)
    if silent:
        office.break_(Fault(Kind.RESET, host=silent))
    office.collect("hk_security")
    listed = market.hong_kong_issues.filter(pl.col("listing_date") <= TUESDAY)["code"]
    assert set(office.core("hk_security")["code"]) == {*listed, *market.hong_kong_older["code"]}


@pytest.mark.parametrize(
    ("code", "what", "listed"),
    [
        ("00001", "长和, the first of them", True),
        ("00700", "a company of the main board", True),
        ("07618", "a company beside leveraged products", True),
        ("07801", "a share of a SPAC", True),
        ("08083", "a company of GEM", True),
        ("09626", "a company between funds in dollars", True),
        ("09988", "a company behind them", True),
        ("02800", "a fund", False),
        ("02901", "a temporary counter", False),
        ("03033", "a fund", False),
        ("04246", "a bond of the government", False),
        ("04801", "a warrant of a SPAC", False),
        ("05029", "a note for professionals", False),
        ("06288", "a depositary receipt", False),
        ("07226", "a leveraged product", False),
        ("09834", "a fund in dollars", False),
        ("13579", "a warrant", False),
        ("66666", "a certificate", False),
        ("80700", "a counter in yuan", False),
    ],
)
def test_the_code_tells_a_hong_kong_share_from_other_securities(code, what, listed) -> None:
    found = pl.select(hk_security.is_share(pl.lit(code), pl.lit("模拟"))).item()
    assert found is listed, what


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("领展房产基金", False), ("越秀房产信托基金", False), ("冠君产业信托", False), ("顺丰房托", False),
        ("阳光房地产基金", False), ("XYZ REIT", False), ("香港电讯-SS", True), ("新鸿基地产", True),
        ("中国信达", True), ("中信股份", True),
    ],
)  # fmt: skip
def test_the_name_tells_a_trust_that_has_a_code_like_a_share(name, listed) -> None:
    found = pl.select(hk_security.is_share(pl.lit("00823"), pl.lit(name))).item()
    assert found is listed


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [({"代码": "0700"}, "nullability", "code"), ({"中文名称": "-"}, "nullability", "name")],
)
def test_a_share_of_hong_kong_without_code_or_name_is_counted(row, rule, column) -> None:
    """Once it was dropped without a word. A list of many such has other columns."""
    moment = "2025/11/25 16:08:00"
    lines = [
        {"代码": f"{700 + n:05}", "中文名称": f"模拟{n}", "日期时间": moment} for n in range(60)
    ]
    warrant = {"代码": "13001", "中文名称": "", "日期时间": moment}

    def verdict(broken: int) -> Checked:
        answer = pl.DataFrame([warrant, *(n | row for n in lines[:broken]), *lines[broken:]])
        return hong_kong(hk_security.read(answer, Call("stock_hk_spot")))

    found = verdict(1)
    assert (found.valid.height, found.gone) == (59, 1)
    assert found.rejected.select("rule", "column_name").rows() == [(rule, column)]
    with pytest.raises(ContractViolated):
        verdict(4)


def test_a_hong_kong_list_of_99_pages_was_cut_off() -> None:
    line = pl.DataFrame(
        [
            {
                "代码": "00001",
                "中文名称": "长和",
                "交易类型": "",
                "日期时间": "2025/11/25 16:08:06",
            }
        ]
    )
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    with pytest.raises(UnknownFormat, match="no further"):
        hk_security.read(pl.concat([line] * (99 * 60)), call)


def test_stock_ipo_hk_ths_shows_mainland_shares_and_is_not_asked() -> None:
    asked = {
        call.function
        for name in ("ipo_hk", "hk_security")
        for chain in dataset(name).chains
        for source in chain.sources
        for call in source.calls(Request((TUESDAY,), NOW, ("00001.HK",), (TUESDAY,)))
    }
    assert "stock_ipo_hk_ths" not in asked and len(asked) == 5


def test_the_first_bar_of_a_source_is_the_first_day_only_if_it_is_of_the_listing_date() -> None:
    call = Call(ipo_hk.PROFILE, {"symbol": "00700"}, (TUESDAY,), "00700.HK")
    profile = {
        "证券简称": "腾讯控股",
        "上市日期": "2004-06-16 00:00:00",
        "发行价": 3.7,
        "发行量(股)": 4.2e8,
    }
    bars = {"date": ["2006-01-03"], "close": [8.3]}
    parts = [
        ipo_hk.read(pl.DataFrame([profile]), call),
        ipo_hk.read(pl.DataFrame(bars), Call("stock_hk_daily", {}, (TUESDAY,), "00700.HK")),
    ]
    row = ipo_hk.combine(pl.concat(parts, how="diagonal_relaxed")).row(0, named=True)
    assert (row["first_day_close_hkd"], row["first_day_return"]) == (None, None)
    assert row["funds_raised_hkd"] == pytest.approx(3.7 * 4.2e8)


def test_the_hong_kong_list_is_of_the_newest_time_on_it() -> None:
    """Shares that were not traded bear an earlier time."""
    rows = [("00001", "长和", "2025/11/21 16:08:06"), ("00002", "中电控股", "2025/11/25 16:08:06")]
    answer = pl.DataFrame(rows, schema=["代码", "中文名称", "日期时间"], orient="row")
    (call,) = hk_security.SINA.calls(Request((TUESDAY,), NOW, calendar=(TUESDAY,)))
    assert set(hk_security.read(answer, call)["first_seen"]) == {TUESDAY}
