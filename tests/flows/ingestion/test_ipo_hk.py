"""Hong Kong listings, put together out of a list of shares, profiles and first bars."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.sandbox import Fault, Kind
from flows.sandbox.view import View

TUESDAY = date(2025, 11, 25)
SINA_LIST, SINA_BARS = "vip.stock.finance.sina.com.cn", "finance.sina.com.cn"
F10 = "datacenter.eastmoney.com"
DAY_BEFORE, EVENING = (2025, 11, 20, 19), (2025, 11, 21, 19)


@pytest.fixture
def listing(market):
    """The one listing of Friday 2025-11-21."""
    return market.hong_kong_issues.filter(listing_date=date(2025, 11, 21)).row(0, named=True)


@pytest.fixture
def evening(desk):
    """The evening of a listing, after the list of the day before was seen."""
    desk(*DAY_BEFORE).collect("hk_security")
    return desk(*EVENING)


def row_of(desk, code: str) -> dict[str, object]:
    return desk.core("ipo_hk").filter(code=code).row(0, named=True)


@pytest.mark.parametrize("broken", [None, SINA_BARS])
def test_a_new_share_on_the_list_becomes_a_listing(evening, listing, assert_true, broken) -> None:
    """Its first bar comes from Sina or, when that is down, from Eastmoney."""
    if broken:
        evening.break_(Fault(Kind.RESET, host=broken))
    outcomes = evening.collect("hk_security", "ipo_hk")
    assert [o.missing for o in outcomes if o.missing] == []
    row = row_of(evening, listing["code"])
    assert row["funds_raised_hkd"] == pytest.approx(listing["funds_raised_hkd"])
    assert row["first_day_return"] == pytest.approx(listing["first_day_return"])
    assert row["source"] == ("Eastmoney" if broken else "Eastmoney, Sina")
    assert evening.core("ipo_hk").height == 1
    assert_true(evening, "ipo_hk")


def test_without_any_bar_a_listing_has_a_row_and_gets_its_close_later(evening, listing) -> None:
    evening.break_(Fault(Kind.RESET, host=SINA_BARS), Fault(Kind.RESET, host="*push2*"))
    evening.collect("hk_security", "ipo_hk")
    row = row_of(evening, listing["code"])
    assert (row["first_day_close_hkd"], row["source"]) == (None, "Eastmoney profile")
    evening.exchange.heal()
    evening.collect("ipo_hk")
    assert row_of(evening, listing["code"])["first_day_close_hkd"] == listing["first_day_close_hkd"]


def test_without_a_profile_a_share_is_missing_and_asked_for_again(evening, listing) -> None:
    evening.break_(Fault(Kind.RESET, host=F10))
    outcomes = evening.collect("hk_security", "ipo_hk")
    assert [o.missing for o in outcomes if o.missing] == [[listing["code"]]]
    assert evening.core("ipo_hk").is_empty()
    evening.exchange.heal()
    evening.collect("ipo_hk")
    assert row_of(evening, listing["code"])["listing_date"] == listing["listing_date"]


@pytest.mark.parametrize("fault", [Kind.RESET, Kind.HTML, Kind.DATA_NULL, Kind.RENAMED_COLUMN])
def test_the_list_comes_from_eastmoney_when_sina_fails(evening, listing, fault) -> None:
    evening.break_(Fault(fault, endpoint="sina_hong_kong_snapshot", column="symbol"))
    (outcome,) = evening.collect("hk_security")
    if fault is Kind.RENAMED_COLUMN:  # columns go by their position
        assert outcome.sources == ["Sina"]
    else:
        assert outcome.sources == ["Eastmoney"]
        assert outcome.missing == []
    assert listing["code"] in set(evening.core("hk_security")["code"])


def test_both_lists_hold_the_same_shares(desk) -> None:
    first = desk(*EVENING)
    first.collect("hk_security")
    first.break_(Fault(Kind.RESET, host=SINA_LIST))
    (outcome,) = first.collect("hk_security")
    read = first.query("SELECT rows FROM raw.answer WHERE source = 'Eastmoney'")["rows"].to_list()
    assert (len(read), read[0] > 0, outcome.missing, outcome.new) == (1, True, [], 0)


def test_with_both_lists_down_nothing_is_new(evening) -> None:
    before = evening.core("hk_security").height
    evening.break_(Fault(Kind.RESET, host=SINA_LIST), Fault(Kind.RESET, host="*push2*"))
    (outcome,) = evening.collect("hk_security")
    assert outcome.missing == ["stock_hk_spot_em"]
    assert evening.core("hk_security").height == before


def test_a_back_fill_asks_who_everybody_is_and_for_first_days_of_issues_only(desk) -> None:
    """Three issues and three old shares stand for the whole list."""
    office = desk(*EVENING)
    office.collect("hk_security")
    with office.ws.writing() as warehouse:
        few = "code < '00004.HK' OR code BETWEEN '07908' AND '07911'"
        warehouse.connection.execute(f"DELETE FROM core.hk_security WHERE NOT ({few})")
    before = office.asked()
    office.collect("ipo_hk", span=(date(2025, 9, 1), date(2025, 11, 21)))
    known = office.core("ipo_hk")
    issued = known.filter(pl.col("offer_price_hkd").is_not_null())
    assert (known.height, issued.height) == (6, 3)
    assert office.asked() - before == {F10: 6 + 3, SINA_BARS: 3}
    assert issued["first_day_close_hkd"].null_count() == 0


def test_the_list_is_of_the_day_that_it_says_itself(desk, market) -> None:
    """On Saturday the page is of Friday."""
    saturday = desk(2025, 11, 22, 9)
    saturday.collect("hk_security")
    assert set(saturday.core("hk_security")["first_seen"]) == {date(2025, 11, 21)}
    assert View(market, saturday.exchange.now).bar_day == date(2025, 11, 21)
