"""Baidu: the calendar of suspensions, and the pages that give the cookies for it."""

import polars as pl

from flows.sandbox.formats.wire import HTML, SCRIPT, Answer, Query, Row, day_of, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

COUNTER = '<html><script src="https://hm.baidu.com/hm.js?0123456789abcdef"></script></html>'


@endpoint("finance.baidu.com", r"/calendar")
def baidu_calendar_page(_view: View, _query: Query) -> Answer:
    """A page that sets cookies and names the script that sets more."""
    cookies = ("BAIDUID", "BAIDUID_BFESS")
    return Answer([], lambda _: COUNTER.encode(), HTML, packed=True, cookies=cookies)


@endpoint("hm.baidu.com", r"/hm\.js")
def baidu_counter(_view: View, _query: Query) -> Answer:
    """A script of which only the cookies matter."""
    cookies = ("HMACCOUNT", "HMACCOUNT_BFESS")
    return Answer([], lambda _: b"(function(){})();", SCRIPT, packed=True, cookies=cookies)


@endpoint("finance.pae.baidu.com", r"/sapi/v1/financecalendar", cate="notify_suspend")
def baidu_suspensions(view: View, query: Query) -> Answer:
    """A page of the suspensions that begin on a day, on the mainland and in Hong Kong."""
    wanted = day_of(query["start_date"])
    known = pl.col("suspended_from").cast(pl.Datetime("us")).dt.offset_by("-6h") <= view.now
    begun = view.market.events.suspensions.filter(known, pl.col("suspended_from") == wanted)
    rows = [_suspended(row) for row in begun.to_dicts()]
    rows += [_hong_kong(rows[0])] if rows else []

    def wrap(shown: list[Row]) -> Row:
        lost = bool(rows) and not shown
        days = [] if lost else [{"date": str(wanted), "total": len(rows), "list": shown}]
        return {"ResultCode": "0", "Result": {"calendarInfo": days}}

    return json_answer(page(rows, int(query["pn"]) + 1, int(query["rn"])), wrap)


def _suspended(row: Row) -> Row:
    return {
        "code": row["code"][:6],
        "name": row["name"],
        "exchange": row["code"][7:],
        "start": str(row["suspended_from"]),
        "reason": row["reason"],
        "marketValue": "56.78亿",
        "date": str(row["suspended_from"]),
        "time": "",
        "type": "stock",
        "market": "ab",
        "isSkip": "1",
    }


def _hong_kong(row: Row) -> Row:
    return {**row, "code": "07801", "name": "模拟港口", "exchange": "HK", "market": "hk"}
