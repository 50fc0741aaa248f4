"""Answers that are read from the responses themselves: whole, of the day, or not at all."""

from __future__ import annotations

import json

import pytest

from tests.warehouse.datasets.answers import MONDAY, TUESDAY, call
from warehouse.datasets import (
    announcement,
    consensus_eps,
    hk_consensus,
    limit_pool,
    policy_news,
    stock_minute,
    suspension,
)
from warehouse.errors import NotAnswered, NothingYet, UnknownFormat
from warehouse.response import Response


def heard(said: object, url: str = "http://a", status: int = 200) -> Response:
    body = said if isinstance(said, str) else json.dumps(said)
    return Response(url, status, body.encode())


# Pools of shares at their limits

UP = call("", "up", TUESDAY)
POOL = "http://push2ex.eastmoney.com/getTopicZTPool?"


def pool(*codes: str, count: int | None = None, day: int = 20260113) -> list[Response]:
    rows = [{"c": code, "zttj": {"days": 1}} for code in codes]
    data = {"tc": len(codes) if count is None else count, "qdate": day, "pool": rows}
    return [heard({"data": 0}, "http://other"), heard({"data": data}, POOL)]


def test_all_shares_of_a_limit_pool_are_read_without_what_is_no_cell() -> None:
    found = limit_pool.transcript(pool("600000", "600001", day=20260112), UP)
    assert (found.columns, found["c"].to_list()) == (["c"], ["600000", "600001"])


def test_a_limit_pool_without_shares_proves_it_by_its_day() -> None:
    assert limit_pool.transcript(pool(), UP).width == 0
    with pytest.raises(NothingYet, match="a page of 20260112"):
        limit_pool.transcript(pool(day=20260112), UP)
    with pytest.raises(NothingYet, match="no data"):
        limit_pool.transcript([heard({"data": None}, POOL)], UP)


def test_a_limit_pool_of_which_shares_are_lacking_is_no_answer() -> None:
    with pytest.raises(NotAnswered, match="1 of 2 shares"):
        limit_pool.transcript(pool("600000", count=2), UP)


# Announcements of a day

NOTICES = "http://np-anotice-stock.eastmoney.com/api/security/ann?"


def notices(*items: tuple[str, str, str], total: int) -> Response:
    """A page of announcements: number, day that it bears, moment at which it was shown."""
    said = [
        {
            "art_code": number, "title": f"t{number}", "notice_date": f"{day} 00:00:00",
            "display_time": f"{shown} 19:00:00",
            "codes": [{"stock_code": c, "short_name": f"n{c}"} for c in ("600000", "900901")],
        }
        for number, day, shown in items
    ]  # fmt: skip
    return heard({"data": {"list": said, "total_hits": total}}, NOTICES)


FIRST = ("1", "2026-01-13", "2026-01-12")
SECOND = ("2", "2026-01-13", "2026-01-13")


def test_each_announcement_has_a_row_for_each_of_its_securities() -> None:
    pages = [notices(FIRST, total=2), notices(FIRST, SECOND, total=1)]
    found = announcement.eastmoney(pages, call("", announcement.TRADING, TUESDAY))
    assert found.rows() == [
        (code, f"n{code}", f"t{number}", "2026-01-13", number)
        for number in "12"
        for code in ("600000", "900901")
    ]


def test_fewer_announcements_than_were_counted_are_no_answer() -> None:
    with pytest.raises(NotAnswered, match="1 of 2 announcements"):
        announcement.eastmoney(
            [notices(FIRST, total=2), notices(FIRST, total=1)], call("", "", TUESDAY)
        )


def test_announcements_of_another_day_are_no_answer() -> None:
    with pytest.raises(NotAnswered, match="the list is of 2026-01-13"):
        announcement.eastmoney([notices(FIRST, total=1)], call("", "", MONDAY))


def test_on_a_trading_day_something_of_the_day_itself_must_be_there() -> None:
    """On others the list may end with the evening before, or be empty."""
    trading, other = call("", announcement.TRADING, TUESDAY), call("", "", TUESDAY)
    for page in (notices(FIRST, total=1), notices(total=0)):
        with pytest.raises(NothingYet, match="the newest announcement is of"):
            announcement.eastmoney([page], trading)
    assert announcement.eastmoney([notices(FIRST, total=1)], other).height == 2
    assert announcement.eastmoney([notices(total=0)], other).width == 0


# Expectations

TH = "".join(f"<th>{name}" for name in ("年度", "预测机构数", "最小值", "均值", "最大值"))
WORTH = "http://basic.10jqka.com.cn/600118/worth.html"


def worth(text: str) -> list[Response]:
    return [Response(WORTH, 200, text.encode("gbk"))]


def test_expectations_of_a_share_stand_in_the_first_table_with_such_headings() -> None:
    row = "".join(f"<td>{cell}" for cell in ("2026", 3, 1, 1.1, 1.2))
    text = f"<table><tr><td>x</table><table><tr>{TH}<tr>{row}</table>"
    found = consensus_eps.means(worth(text), call())
    assert found.rows() == [("2026", "3", "1", "1.1", "1.2")]


def test_a_page_that_says_so_proves_that_nobody_expects_anything() -> None:
    assert consensus_eps.means(worth(f"<p>{consensus_eps.NOBODY}"), call()).width == 0
    with pytest.raises(NotAnswered):
        consensus_eps.means(worth("<p>"), call())


def test_each_company_is_read_once_from_all_pages_of_expectations() -> None:
    shuffled = [f"{n * 37 % 60}" for n in range(60)]
    pages = [
        heard({"result": {"data": [{"SECUCODE": c, "n": n} for c in codes]}})
        for n, codes in enumerate((shuffled[:40], shuffled[30:]))
    ]
    found = consensus_eps.own_years([*pages, heard({"result": None})], call())
    assert found["SECUCODE"].to_list() == shuffled
    assert found["n"].to_list() == [0] * 40 + [1] * 20
    with pytest.raises(NothingYet):
        consensus_eps.own_years([heard({"result": None})], call())


def test_expectations_of_hong_kong_stand_in_the_table_with_a_highest() -> None:
    text = "<table><tr><th>年度<th>最高(百万)<tr><td>2026<td>9</table>"
    found = hk_consensus.means([heard(text, "http://a/quote_profit.php?")], call())
    assert found.rows() == [("2026", "9")]


# The evening news


def programme(*titles: str) -> Response:
    return heard("".join(f"<li>{title}" for title in ("整个节目", *titles)), "http://day")


def article(url: str, text: str | None = "x", title: str = "", status: int = 200) -> Response:
    body = f'<div class="cnt_bd"><p>{text}</p></div>' if text else ""
    return heard(f"<h3>{title}</h3>{body}", url, status)


def test_items_of_the_news_come_in_their_order_with_what_their_articles_say() -> None:
    answers = [
        programme("一", "二", "三"),
        article("u", title="甲"),
        article("v", status=404),
        article("w"),
    ]
    found = policy_news.transcript([answers[0], heard("", "moved", 302), *answers[1:]], call())
    assert found.rows() == [("甲", "x", "u"), ("二", None, "v"), ("三", "x", "w")]


def test_an_article_that_is_listed_twice_is_one_item() -> None:
    found = policy_news.transcript([programme("一", "二"), article("u"), article("u")], call())
    assert found.rows() == [("二", "x", "u")]


def test_older_pages_of_the_news_have_other_marks() -> None:
    body = '<div class="tit">甲  乙</div><div class="content_area">旧</div>'
    assert policy_news.transcript([programme("一"), heard(body, "u")], call()).row(0)[:2] == (
        "甲 乙",
        "旧",
    )


@pytest.mark.parametrize(
    ("answers", "error", "says"),
    [
        ([heard("", status=404)], NothingYet, "no page of that day"),
        ([heard("", status=410)], NothingYet, "no page of that day"),
        ([heard("", status=203)], NotAnswered, "answered with status 203"),
        ([programme()], NothingYet, "lists nothing"),
        ([programme("一", "二"), article("u")], NotAnswered, "2 articles are listed, 1 answered"),
        ([programme("一", "二"), article("u"), article("v", status=203)], NotAnswered,
         r"1 answered; first lost: \['v'\]"),
        ([programme(*"一二三"), *(article(u, None) for u in "uv"), article("w")], UnknownFormat,
         "most articles have no text"),
    ],
)  # fmt: skip
def test_news_that_are_not_all_there_are_no_answer(
    answers: list[Response], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        policy_news.transcript(answers, call())


def test_half_of_the_articles_of_the_news_may_be_gone() -> None:
    answers = [programme(*"一二"), article("u", None, status=404), article("w")]
    assert policy_news.transcript(answers, call()).height == 2


# Minutes

PAGE = "http://quotes.sina.cn/getKLineData?"


def test_the_last_page_of_minutes_that_came_is_read() -> None:
    rows = '[{"day": "2026-01-13 09:31:00", "open": "1"}]'
    pages = [heard("/**/=([]);", PAGE), heard(f"/**/=({rows});", PAGE), heard("=([1]);", PAGE, 500)]
    assert stock_minute.page(pages, call()).rows() == [("2026-01-13 09:31:00", "1")]


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [("=([]);", 200, NothingYet), ("=([{);", 200, NotAnswered), ("<html>", 200, NotAnswered),
     ("=([1]);", 400, NotAnswered), ("=([1]);", 0, NotAnswered)],
)  # fmt: skip
def test_a_page_without_minutes_is_no_answer(
    said: str, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        stock_minute.page([heard(said, PAGE, status)], call())


# Suspensions


@pytest.mark.parametrize(
    ("body", "proof"), [({"code": 9201}, True), ({"code": 9501}, False), ({}, False), ([], False)]
)
def test_only_one_message_proves_that_nothing_is_suspended(body: object, *, proof: bool) -> None:
    assert suspension.nothing_found(json.dumps(body).encode(), call()) is proof


@pytest.mark.parametrize(
    ("days", "proof"),
    [({"2026-01-13": 0}, True), ({"2026-01-13": 1}, False), ({"2026-01-12": 0}, False),
     ({"2026-01-12": 3, "2026-01-13": 0}, True), ({}, False)],
)  # fmt: skip
def test_a_count_of_none_on_the_day_proves_that_nothing_is_suspended(
    days: dict[str, int], *, proof: bool
) -> None:
    said = [{"date": day, "total": total} for day, total in days.items()]
    body = json.dumps({"Result": {"calendarInfo": said}}).encode()
    assert suspension.none_on_that_day(body, call("", "", TUESDAY)) is proof
    for empty in (b"<", b'{"Result": null}', b'{"Result": {"calendarInfo": null}}'):
        assert suspension.none_on_that_day(empty, call("", "", TUESDAY)) is False
