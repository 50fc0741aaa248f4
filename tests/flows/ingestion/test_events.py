"""Warnings, suspensions, price limits and the evening news: what is collected is what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from flows.sandbox import Fault, Kind, Market, MarketParameters, build_market
from flows.sandbox.archive import archive
from warehouse.catalog import dataset
from warehouse.files import judged, recognised

BREAK = date(2026, 1, 13)
NIGHT = (2026, 1, 13, 22)
MORNING = (2026, 1, 14, 6)
WEEK = (date(2026, 1, 9), BREAK)  # with a weekend
SMALL = MarketParameters(
    stocks=80,
    first_day=date(2025, 11, 3),
    last_day=date(2026, 1, 16),
    index_first_day=date(2025, 6, 2),
)
NOTICES, SEARCH = "np-anotice-stock.eastmoney.com", "www.cninfo.com.cn"


@pytest.fixture(scope="session")
def market() -> Market:
    return build_market(SMALL)


@pytest.fixture(scope="session")
def truth(market: Market) -> Callable[[str], pl.DataFrame]:
    return cache(lambda name: archive(market, name))


@pytest.fixture
def same(truth) -> Callable[..., pl.DataFrame]:
    """`same(desk, dataset, span)`: core holds what the market says, all of it, and nothing else."""

    def check(desk, name: str, span: tuple[date, date], *columns: str) -> pl.DataFrame:
        d = dataset(name)
        within = pl.col(str(d.dated_by)).is_between(*span)
        facts = truth(name).filter(within)
        chosen = [c for c in columns or d.contract.column_names() if c in facts.columns]
        rows, facts = desk.core(name), facts.select(*d.key, *[c for c in chosen if c not in d.key])
        assert rows.select(d.key).sort(d.key).rows() == facts.select(d.key).sort(d.key).rows()
        both = rows.sort(d.key).select(facts.columns), facts.sort(d.key)
        for ours, theirs in zip(*both, strict=True):
            if ours.dtype.is_float():
                assert ((ours - theirs).abs() <= 1e-6 + 1e-4 * theirs.abs()).all(), ours.name
            assert ours.dtype.is_float() or ours.to_list() == theirs.to_list(), ours.name
        return rows

    return check


def test_announcements_are_those_that_companies_made(desk, same) -> None:
    office = desk(*MORNING)
    (outcome,) = office.collect("announcement", span=WEEK)
    assert outcome.state == "complete"
    rows = same(office, "announcement", WEEK)
    assert {"trading_risk_warning", "abnormal_fluctuation"} <= set(rows["kind"])
    assert set(rows["source"]) == {"Eastmoney"}
    assert SEARCH not in office.asked()


def test_announcements_of_the_other_host_are_the_same(desk, same) -> None:
    office = desk(*MORNING)
    office.break_(Fault(Kind.RESET, NOTICES))
    (outcome,) = office.collect("announcement", span=WEEK)
    assert outcome.state == "complete"
    assert set(same(office, "announcement", WEEK)["source"]) == {"CNINFO"}


def test_announcements_of_long_ago_are_searched_for_by_their_words(desk, same) -> None:
    long_ago = (date(2025, 11, 10), date(2025, 11, 14))
    office = desk(*MORNING)
    (outcome,) = office.collect("announcement", span=long_ago)
    assert (outcome.state, outcome.sources) == ("complete", ["CNINFO"])
    same(office, "announcement", long_ago)
    assert NOTICES not in office.asked()


def test_a_day_of_announcements_is_asked_for_once(desk) -> None:
    office = desk(*MORNING)
    office.collect("announcement", span=WEEK)
    asked = office.asked().total()
    assert office.collect("announcement", span=WEEK) == []
    assert office.asked().total() == asked


def test_without_both_hosts_of_announcements_the_days_are_missing(desk) -> None:
    office = desk(*MORNING)
    office.break_(Fault(Kind.RESET, NOTICES), Fault(Kind.RESET, SEARCH))
    (outcome,) = office.collect("announcement", span=WEEK)
    assert outcome.state == "failed"
    assert len(outcome.missing) == 5
    assert office.core("announcement").is_empty()
    office.exchange.heal()


def test_suspensions_begin_where_prices_end(desk, market, same) -> None:
    begun = market.events.suspensions["suspended_from"]
    span = (begun[0], begun[-1])
    office = desk(*NIGHT)
    (outcome,) = office.collect("suspension", span=span)
    assert (outcome.state, outcome.incidents) == ("complete", [])
    rows = same(office, "suspension", span)
    bars = market.stock_daily.select("code", suspended_from="trade_date")
    assert rows.join(bars, on=["code", "suspended_from"]).is_empty()
    assert set(rows["source"]) == {"Eastmoney datacenter"}


def test_suspensions_of_the_other_host_are_the_same(desk, market, same) -> None:
    begun = market.events.suspensions["suspended_from"]
    span = (begun[-1] - timedelta(days=3), begun[-1])
    office = desk(*NIGHT)
    office.break_(Fault(Kind.DATA_NULL, "datacenter-web.eastmoney.com"))
    (outcome,) = office.collect("suspension", span=span)
    assert outcome.state == "complete"
    rows = same(office, "suspension", span, "name", "reason")
    assert set(rows["source"]) == {"Baidu"}
    assert ("Eastmoney datacenter", "SourceEmpty") in office.incidents("suspension")


def test_without_both_hosts_of_suspensions_the_day_is_missing(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.HTML))
    (outcome,) = office.collect("suspension", span=(BREAK, BREAK))
    assert (outcome.state, outcome.missing) == ("failed", [str(BREAK)])


def test_pools_are_the_shares_at_their_limit(desk, market, same) -> None:
    """Pools of past days count when prices prove their day; those without members cannot."""
    span = (date(2026, 1, 5), BREAK)
    office = desk(*NIGHT)
    load_bars(office, market)
    (outcome,) = office.collect("limit_pool", span=span)
    assert (outcome.state, outcome.missing) == ("complete", [])
    rows = same(office, "limit_pool", span, "close_cny", "change", "amount_cny", "turnover_rate")
    assert {"up", "down"} <= set(rows["pool"])
    assert set(rows.filter(trade_date=BREAK)["source"]) == {"Eastmoney"}
    assert office.asked() == {"push2ex.eastmoney.com": 7 * 3}


def test_pools_of_days_without_prices_do_not_keep_the_others_out(desk, market) -> None:
    """As on the first evening of a home, when there are prices of that day only."""
    office = desk(*NIGHT)
    load_bars(office, market, since=BREAK)
    (outcome,) = office.collect("limit_pool", span=(date(2026, 1, 12), BREAK))
    assert outcome.missing == ["2026-01-12"]
    rows = office.core("limit_pool").filter(trade_date=BREAK)
    assert rows.height and set(rows["source"]) == {"Eastmoney"}
    assert "share prices has nothing for 2026-01-12" in outcome.incidents[-1]


def test_pools_follow_from_the_prices_where_nobody_keeps_them(desk, market, truth, same) -> None:
    """Of days that are too long ago, and of any day on which the host is silent."""
    long_ago = (date(2025, 11, 10), date(2025, 11, 14))
    office = desk(*NIGHT)
    load_bars(office, market)
    (outcome,) = office.collect("limit_pool", span=long_ago)
    assert (outcome.state, outcome.sources) == ("complete", ["share prices"])
    columns = ("close_cny", "change", "amount_cny", "turnover_rate")
    assert set(same(office, "limit_pool", long_ago, *columns)["pool"]) == {"down", "broken"}
    assert office.asked().total() == 0
    office.break_(Fault(Kind.RESET))
    (outcome,) = office.collect("limit_pool", span=(BREAK, BREAK))
    assert (outcome.state, outcome.sources) == ("complete", ["share prices"])
    fallen = truth("limit_pool").filter(pl.col("trade_date") == BREAK)["code"]
    assert set(office.core("limit_pool").filter(pl.col("trade_date") == BREAK)["code"]) == set(
        fallen
    )


def test_without_host_and_prices_the_pools_are_missing(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.RESET))
    (outcome,) = office.collect("limit_pool", span=(BREAK, BREAK))
    assert (outcome.state, outcome.missing) == ("failed", [str(BREAK)])
    assert ("share prices", "SourceEmpty") in office.incidents("limit_pool")


def test_the_evening_news_is_collected_as_broadcast_on_every_day(desk, same) -> None:
    office = desk(*NIGHT)
    weekend = (date(2026, 1, 10), date(2026, 1, 12))
    (outcome,) = office.collect("policy_news", span=weekend)
    assert outcome.state == "complete"
    rows = same(office, "policy_news", weekend)
    assert rows["text"].str.starts_with("新质生产力").any()
    assert set(rows["broadcast_date"].dt.weekday()) == {6, 7, 1}


def test_policy_terms_are_counted_in_the_news_that_is_there(desk, same) -> None:
    office = desk(*NIGHT)
    days = (date(2026, 1, 11), date(2026, 1, 12))
    outcomes = office.collect("policy_term_count", "policy_news", span=days)
    assert [o.dataset for o in outcomes] == ["policy_news", "policy_term_count"]
    rows = same(office, "policy_term_count", days)
    assert (rows["hits"] == 0).any() and (rows["hits"] > 0).any()


def test_imported_counts_give_way_to_those_of_texts_that_are_there(desk, same) -> None:
    office, day = desk(*NIGHT), (date(2026, 1, 12), date(2026, 1, 12))
    d, ws = dataset("policy_term_count"), office.ws
    stated = {"broadcast_date": day[:1], "term": "芯片", "hits": 99, "items_with_term": None, "items": 9,
              "items_without_text": None, "characters": 900, "share_of_items": None}  # fmt: skip
    with ws.writing() as warehouse, warehouse.transaction():
        rows = pl.DataFrame(stated, schema_overrides={"share_of_items": pl.Float64})
        warehouse.load(d, rows, ws.loading(d.name, "import counts", "counts", 1), ws.calendar)
    office.collect("policy_news", "policy_term_count", span=day)
    assert set(same(office, "policy_term_count", day)["source"]) == {"evening news"}


def test_a_day_without_news_has_no_counts_and_is_missing(desk) -> None:
    office = desk(*NIGHT)
    (outcome,) = office.collect("policy_term_count", span=(BREAK, BREAK))
    assert (outcome.state, outcome.missing) == ("failed", [str(BREAK)])
    assert office.core("policy_term_count").is_empty()


def load_bars(office, market: Market, since: date = date.min) -> None:
    """The market's bars in core, as if they had been imported."""
    d, ws = dataset("stock_daily"), office.ws
    bars = market.stock_daily.filter(pl.col("trade_date").is_between(since, BREAK))
    with ws.writing() as warehouse, warehouse.transaction():
        loading = ws.loading(d.name, "import bars", "bars", bars.height)
        warehouse.load(d, bars.select(d.contract.column_names()), loading, ws.calendar)


def test_files_of_news_and_of_counts_can_be_imported(desk, tmp_path) -> None:
    """A list of items for each day, packed; and a table with a column for each term."""
    import lzma

    items = '[{"title": "[视频]一", "text": "央视网消息（新闻联播）：新质生产力"}]'
    packed = tmp_path / "policy_news.jsonl.xz"
    packed.write_bytes(lzma.compress(f'{{"date": "20260112", "items": {items}}}\n'.encode()))
    counts = tmp_path / "policy_keyword_counts.csv"
    counts.write_text(
        "broadcast_date,items,chars,芯片,算力\n2026-01-12,13,9000,2,0\n2026-01-13,0,0,0,0\n"
    )
    files = {f.name: d.name for f, d in recognised(tmp_path).items()}
    assert files == {packed.name: "policy_news", counts.name: "policy_term_count"}
    context = desk(*NIGHT).ws.context
    news = judged(dataset("policy_news"), packed, context).valid.to_dicts()
    assert [(r["position"], r["title"], r["text"]) for r in news] == [(1, "一", "新质生产力")]
    counted = judged(dataset("policy_term_count"), counts, context).valid
    known = counted.select("broadcast_date", "term", "hits", "items_with_term").sort("term").rows()
    monday = date(2026, 1, 12)
    assert known == [(monday, "算力", 0, None), (monday, "芯片", 2, None)]
