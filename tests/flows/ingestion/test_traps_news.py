"""Traps of the evening news, each by its name."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import akshare, perform
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from flows.sandbox.market.broadcast import broadcast
from warehouse.catalog import Call, Request
from warehouse.datasets import policy_news, policy_term_count
from warehouse.shanghai import SHANGHAI

BREAK = date(2026, 1, 13)
NIGHT = (2026, 1, 13, 22)
NOW = datetime(*NIGHT, tzinfo=SHANGHAI)


def request(*days: date) -> Request:
    return Request(days, NOW)


def answer(office, source, call) -> pl.DataFrame:
    with open_network(office.ws) as recorder:
        return perform(source, call, recorder, attempts=1).rows


def test_akshare_strips_characters_off_the_texts_that_we_keep(desk) -> None:
    """新质生产力… becomes 质生产力…, titles lose 视 and 频.

    Ours are whole, and so are the counts.
    """
    office = desk(*NIGHT)
    with office.exchange.installed():
        damaged = akshare().news_cctv("20260113")["content"].tolist()
    (call,) = policy_news.CCTV.calls(request(BREAK))
    ours = policy_news.conform(answer(office, policy_news.CCTV, call))["text"].to_list()
    spoken = [i.text for i in broadcast(BREAK, office.exchange.market.parameters.seed)]
    assert ours == spoken
    assert [d.replace(" ", "") for d in damaged] != [
        s.replace("\n", "").replace(" ", "") for s in spoken
    ]
    assert damaged[0].startswith("行今日") and ours[0].startswith("央行今日")


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.HANG, Kind.HTML])
def test_an_article_that_fails_is_never_passed_over(desk, kind) -> None:
    """akshare skips it without a word; the day is asked for again."""
    office = desk(*NIGHT)
    office.break_(Fault(kind, endpoint="cctv_article", times=1, status=503))
    (outcome,) = office.collect("policy_news", span=(BREAK, BREAK))
    assert (outcome.state, outcome.missing) == ("failed", [str(BREAK)])
    assert office.core("policy_news").is_empty()
    assert office.incidents("policy_news") == {("CCTV", "SourceUnavailable")}
    (outcome,) = office.collect("policy_news", span=(BREAK, BREAK))
    assert outcome.state == "complete"


def test_an_article_that_is_gone_keeps_its_title_and_has_no_text(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.HTML, endpoint="cctv_article", times=1, status=404))
    office.collect("policy_news", "policy_term_count", span=(BREAK, BREAK))
    items = broadcast(BREAK, office.exchange.market.parameters.seed)
    rows = office.core("policy_news").sort("position")
    assert rows["title"].to_list() == [i.title for i in items]
    assert rows["text"].is_null().to_list() == [True] + [False] * (len(items) - 1)
    counts = office.core("policy_term_count")
    assert set(counts["items_without_text"]) == {1}
    assert set(counts["items"]) == {len(items) - 1}


def test_a_page_that_is_not_there_is_missing_and_not_a_day_without_news(desk) -> None:
    """akshare returns an empty frame with columns for it."""
    office = desk(*NIGHT)
    office.exchange.set_now(datetime(2026, 1, 13, 12))
    with office.exchange.installed():
        assert akshare().news_cctv("20260113").empty
    (outcome,) = office.collect("policy_news", span=(BREAK, BREAK))
    assert (outcome.state, outcome.missing) == ("failed", [str(BREAK)])
    assert office.incidents("policy_news") == {("CCTV", "SourceEmpty")}


def test_an_item_that_is_listed_twice_is_one_item(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.DUPLICATE_ROWS, endpoint="cctv_day"))
    office.collect("policy_news", span=(BREAK, BREAK))
    items = broadcast(BREAK, office.exchange.market.parameters.seed)
    assert office.core("policy_news").height == len(items)


def test_pages_whose_articles_look_otherwise_are_a_changed_source(desk) -> None:
    office = desk(*NIGHT)
    office.break_(Fault(Kind.DATA_NULL, endpoint="cctv_article"))
    office.collect("policy_news", span=(BREAK, BREAK))
    assert office.incidents("policy_news") == {("CCTV", "SourceChanged")}
    assert office.core("policy_news").is_empty()


def test_20160203_is_a_day_that_akshare_answers_with_none() -> None:
    assert akshare().news_cctv("20160203") is None
    asked = policy_news.CCTV.calls(request(date(2016, 2, 3), date(2016, 2, 4)))
    assert [c.days for c in asked] == [(date(2016, 2, 4),)]


def test_the_news_of_a_day_is_not_asked_for_before_its_page_is_complete(desk) -> None:
    office = desk(2026, 1, 13, 21)
    assert office.collect("policy_news", span=(BREAK, BREAK)) == []
    assert office.asked().total() == 0


def test_nested_terms_are_counted_once() -> None:
    items = pl.DataFrame(
        {
            "broadcast_date": [BREAK] * 2,
            "position": [1, 2],
            "title": ["“人工智能+”行动", "芯片"],
            "text": ["人工智能和人工智能+", None],
            "terms": [["人工智能+", "人工智能", "芯片"]] * 2,
        }
    )
    counts = policy_term_count.read(items, Call("", {}, (BREAK,)))
    assert dict(counts.select("term", "hits").rows()) == {"人工智能+": 2, "人工智能": 1, "芯片": 1}
    assert set(counts["items"]) == {1}
    assert set(counts["characters"]) == {len("“人工智能+”行动" + "芯片" + "人工智能和人工智能+")}
