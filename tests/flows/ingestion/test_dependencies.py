"""Which parts wait for which rows: by the SQL of their sources, their checks, their shares."""

from __future__ import annotations

from dataclasses import replace

from flows.ingestion.dependencies import part, queries, reads, share_by_share, tables
from warehouse.cadence import Daily, PerShare
from warehouse.catalog import Plausibility, Total, dataset


def test_a_query_reads_the_tables_that_it_names() -> None:
    sql = "SELECT x FROM core.stock_daily JOIN core.security USING (code)"
    assert tables(sql, "SELECT 1 FROM core.stock_daily", "SELECT core FROM mart.fact") == {
        "stock_daily", "security",
    }  # fmt: skip
    assert tables() == set()


def test_a_source_follows_from_its_query_and_is_checked_by_lists_and_totals() -> None:
    bare = replace(dataset("index_daily").chains[0].sources[0], plausibility=Plausibility())
    assert queries(bare) == []
    checked = Plausibility(
        listed="FROM core.a",
        totals=(Total("x", "FROM core.b", 1.0), Total("y", "FROM core.c", 1.0)),
    )
    full = replace(bare, query="FROM core.d", plausibility=checked)
    assert queries(full) == ["FROM core.d", "FROM core.a", "FROM core.b", "FROM core.c"]


def test_each_part_needs_the_calendar_and_what_its_rows_follow_from() -> None:
    closes, turnover = dataset("index_daily"), dataset("market_turnover")
    assert reads(closes, closes.chains[0], None) == {"trade_calendar"}
    beijing = next(c for c in turnover.chains if c.part == "BSE")
    assert reads(turnover, beijing, None) == {"trade_calendar", "stock_daily", "security"}
    margin = dataset("margin_security")
    (needed,) = {frozenset(reads(margin, c, None) - {"trade_calendar"}) for c in margin.chains[:2]}
    assert needed == {"margin_exchange"}
    calendar = dataset("trade_calendar")
    assert all(not reads(calendar, chain, None) for chain in calendar.chains)


def test_shares_of_a_later_part_may_be_those_that_an_earlier_one_found() -> None:
    listings = dataset("ipo_hk")
    first, second = listings.chains
    shares = PerShare(None, "SELECT code FROM core.hk_security")
    assert reads(listings, first, shares) >= {"trade_calendar", "hk_security"}
    assert part(listings, first) == "ipo_hk (profiles)"
    assert reads(listings, second, shares) - reads(listings, second, None) >= {"ipo_hk (profiles)"}
    assert "ipo_hk (profiles)" not in reads(listings, first, shares)
    assert "ipo_hk" not in reads(listings, second, shares)


def test_the_past_is_read_share_by_share_where_the_cadence_says_so() -> None:
    shares = PerShare(None, "SELECT code FROM core.security")
    assert share_by_share(shares) is shares
    assert share_by_share(Daily(past=shares)) is shares
    assert share_by_share(Daily()) is None
    assert share_by_share(dataset("ipo_a").cadence) is None
