"""The day on which Beijing's codes changed: hosts write a day as they did then, core has one share.

On 30 September a share of the market is 873001 to its exchange, from 9 October on 920001.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.sandbox.endpoints.bse_details import bse_margin_detail
from flows.sandbox.view import View

BEFORE, AFTER = date(2025, 9, 30), date(2025, 10, 9)
MOMENT = datetime(2025, 10, 10, 19)
SHARE, OLD = "920001", "873001"
NAMES = ("margin_exchange", "margin_security", "stock_daily", "announcement")


@pytest.mark.parametrize(("day", "digits"), [(BEFORE, OLD), (AFTER, SHARE)])
def test_the_exchange_writes_a_day_with_the_codes_of_that_day(market, day, digits) -> None:
    query = {"transDate": f"{day}", "page": "0", "callback": "x"}
    codes = {row["zqdm"] for row in bse_margin_detail(View(market, MOMENT), query).rows}
    assert codes & {OLD, SHARE} == {digits}


def test_core_has_one_share_before_and_after(desk, assert_true) -> None:
    evening = desk(2025, 10, 10, 19)
    evening.collect("security", *NAMES, span=(BEFORE, AFTER))
    for name in NAMES:
        assert_true(evening, name)
    margin = evening.core("margin_security").filter(pl.col("code").str.ends_with(".BJ"))
    assert set(margin["trade_date"]) == {BEFORE, AFTER}
    assert set(margin["code"]) == {f"{SHARE}.BJ"}
    listed = evening.query("SELECT DISTINCT code FROM core.security WHERE code LIKE '%.BJ'")
    bars = evening.query("SELECT DISTINCT code FROM core.stock_daily WHERE code LIKE '%.BJ'")
    assert f"{SHARE}.BJ" in listed["code"].to_list()
    assert set(margin["code"]) <= set(bars["code"])
    everywhere = [evening.core(name)["code"] for name in ("security", *NAMES[1:])]
    assert not any(codes.str.contains(OLD).any() for codes in everywhere)
