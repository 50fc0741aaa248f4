"""The primary market as it comes in: what is collected is what happened, from whichever host."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.ingestion.collection import Collection
from flows.ingestion.fallback_chain import collect_dataset
from flows.sandbox import Fault, Kind

pytestmark = pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")

TUESDAY = date(2025, 11, 25)
EVENING = (2025, 11, 25, 21)
CENTER, CNINFO, THS = "datacenter-web.eastmoney.com", "webapi.cninfo.com.cn", "data.10jqka.com.cn"
LISTS = ["ipo_a", "ipo_pipeline", "ipo_review", "ipo_proceeds_monthly", "unicorn_company"]
DOWN = [Fault(Kind.RESET, host=host) for host in (CENTER, CNINFO, THS, "www.hurun.net")]


@pytest.fixture
def office(desk):
    return desk(*EVENING)


@pytest.mark.parametrize("name", LISTS)
def test_what_is_collected_is_what_happened(office, assert_true, truth, name) -> None:
    outcomes = office.collect(name)
    assert [o.missing for o in outcomes if o.missing] == []
    assert office.core(name).height > 10
    assert_true(office, name)


def test_all_listings_up_to_the_day_and_none_after_it(office, market) -> None:
    office.collect("ipo_a")
    listed = market.primary.issues.filter(pl.col("listing_date") <= TUESDAY)
    core = office.core("ipo_a")
    assert set(core["code"]) == set(listed["code"])
    assert core["first_day_return"].null_count() == 0
    assert set(core["source"]) == {"Eastmoney datacenter"}
    assert set(core["board"]) >= {"BSE", "Main"}


def test_the_other_hosts_give_the_same_listings(office, assert_true, market) -> None:
    office.break_(Fault(Kind.RESET, host=CENTER))
    outcomes = office.collect("ipo_a")
    assert [o.missing for o in outcomes if o.missing] == []
    core = office.core("ipo_a")
    assert set(core["source"]) == {"cninfo, THS"}
    assert core.height == market.primary.issues.filter(pl.col("listing_date") <= TUESDAY).height
    assert_true(office, "ipo_a", ["offer_price_cny", "issue_shares", "first_day_close_cny"])
    recent = core.filter(pl.col("subscription_date") > date(2023, 1, 1))
    assert recent["proceeds_cny"].null_count() == 0
    assert (office.asked()[CNINFO], office.asked()[THS]) == (1, 2)  # for all exchanges at once


@pytest.mark.parametrize("silent", [CNINFO, THS])
def test_half_of_the_fallback_is_better_than_nothing(office, assert_true, silent) -> None:
    """cninfo knows no first days, THS no sizes; each of them alone gives what it knows."""
    office.break_(Fault(Kind.RESET, host=CENTER), Fault(Kind.RESET, host=silent))
    office.collect("ipo_a")
    newest = office.core("ipo_a").sort("listing_date").row(-1, named=True)
    assert newest["listing_date"] == TUESDAY
    assert (newest["issue_shares"] is None) == (silent == CNINFO)
    assert (newest["first_day_return"] is None) == (silent == THS)


def test_what_a_fallback_left_open_the_first_source_fills(office, market) -> None:
    office.break_(Fault(Kind.RESET, host=CENTER), Fault(Kind.RESET, host=CNINFO))
    office.collect("ipo_a")
    office.exchange.heal()
    office.collect("ipo_a")
    core = office.core("ipo_a")
    assert core["proceeds_cny"].null_count() == 0
    assert core.height == market.primary.issues.filter(pl.col("listing_date") <= TUESDAY).height


def test_first_days_that_fail_are_reckoned_from_the_first_close(office, assert_true) -> None:
    office.break_(Fault(Kind.RESET, endpoint="eastmoney_first_days"))
    office.collect("ipo_a")
    assert office.core("ipo_a")["first_day_return"].null_count() == 0
    assert ("Eastmoney datacenter", "SourceUnavailable") in office.incidents("ipo_a")
    assert_true(office, "ipo_a")


@pytest.mark.parametrize("name", LISTS)
def test_with_all_hosts_down_a_list_stops_and_says_so(office, name) -> None:
    office.break_(*DOWN)
    outcomes = office.collect(name)
    assert all(o.missing for o in outcomes)
    assert office.core(name).is_empty()
    assert {kind for _, kind in office.incidents(name)} == {"SourceUnavailable"}


def test_meetings_come_from_cninfo_when_eastmoney_is_down(office, market) -> None:
    office.break_(Fault(Kind.RESET, host=CENTER))
    (outcome,) = office.collect("ipo_review")
    assert outcome.missing == []
    core = office.core("ipo_review")
    held = market.primary.meetings.filter(
        pl.col("review_date").is_between(date(2024, 11, 25), TUESDAY)
    )
    assert set(core["company"]) == set(held["company"])
    assert set(core["outcome"]) <= {"passed", "refused", "deferred", "cancelled"}


def test_a_meeting_is_the_same_for_both_hosts(office, desk) -> None:
    office.collect("ipo_review")
    before = office.core("ipo_review")
    office.break_(Fault(Kind.RESET, host=CENTER))
    office.collect("ipo_review")
    assert office.core("ipo_review").height == before.height


def test_an_application_keeps_the_statuses_in_which_it_was_seen(desk, market) -> None:
    """The list shows the newest status; the earlier one stays where it was seen."""
    desk(2025, 9, 25, 21).collect("ipo_pipeline")
    november = desk(*EVENING)
    november.collect("ipo_pipeline")
    moved = november.query(
        "SELECT company, count(*) n FROM core.ipo_pipeline GROUP BY ALL HAVING n > 1"
    )
    assert moved.height > 0
    steps = set(market.primary.progress.select("company", "updated_on", "status").iter_rows())
    seen = november.core("ipo_pipeline").select("company", "updated_on", "status")
    assert set(seen.iter_rows()) <= steps


def test_the_first_issues_of_a_month_are_the_listings_of_that_month(office) -> None:
    office.collect("ipo_a", "ipo_proceeds_monthly")
    both = office.query("""
        SELECT m.month, m.ipo_cny, sum(a.proceeds_cny) AS listed
        FROM core.ipo_proceeds_monthly m
        JOIN core.ipo_a a ON m.month = date_trunc('month', a.listing_date) GROUP BY ALL
    """)
    assert both.height > 3
    assert both.filter((pl.col("ipo_cny") - pl.col("listed")).abs() > 1e6).is_empty()


def test_unicorns_are_counted_per_list_and_year(office) -> None:
    office.collect("unicorn_company")
    (row,) = office.query("FROM mart.unicorn_list").rows(named=True)
    assert (row["year"], row["companies"]) == (2025, 380)
    assert 40 < row["companies_ai"] < 100


def test_lists_are_asked_weekly_and_the_list_of_unicorns_monthly(desk) -> None:
    """All that a week asks for, at most: 6 + 2 + 2 … pages of each list, one probe each."""
    names = (*LISTS, "hk_security")
    first = desk(*EVENING)
    first.collect(*names)
    asked = first.asked()
    assert asked[CENTER] == 2 * 3 + 2 + 2
    assert asked["www.hurun.net"] == 3
    later = desk(2025, 11, 28, 21)
    for name in names:
        assert collect_dataset(Collection(later.ws), name) == []
    assert later.asked().total() == 0
