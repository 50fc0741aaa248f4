"""CNINFO: announcements found by a word in their title."""

from datetime import datetime, time, timedelta

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, page
from flows.sandbox.market.notices import announcements
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View
from warehouse.shanghai import SHANGHAI

SITE = "www.cninfo.com.cn"
SHOWN = timedelta(days=31)  # at most; a wider search would take the exchange minutes


@endpoint(SITE, r"/new/data/szse_stock\.json")
def cninfo_share_list(view: View, _query: Query) -> Answer:
    """All shares with the number under which CNINFO keeps their company."""
    rows = [
        {"code": c[:6], "pinyin": "mn", "category": "A股", "orgId": _organisation(c), "zwjc": name}
        for c, name in view.listed.select("code", "name").iter_rows()
    ]
    return json_answer(rows, lambda rows: {"stockList": rows})


@endpoint(SITE, r"/new/hisAnnouncement/query", column="szse", tabName="fulltext")
def cninfo_announcements(view: View, query: Query) -> Answer:
    """A page of the announcements with a word in their title, which is marked, newest first."""
    first, last = (day_of(d) for d in query["seDate"].split("~"))
    word = query["searchkey"]
    dated = announcements(view.market, max(first, last - SHOWN), last)
    rows = dated.filter(
        pl.col("published_at") <= view.now, pl.col("title").str.contains(word, literal=True)
    ).to_dicts()
    found = [_announcement(row, word, view) for row in rows]

    def wrap(shown: list[Row]) -> Row:
        return {
            "classifiedAnnouncements": None,
            "totalSecurities": 0,
            "totalAnnouncement": len(found),
            "totalRecordNum": len(found),
            "announcements": shown or None,
            "hasMore": False,
        }

    return json_answer(page(found, int(query["pageNum"]), int(query["pageSize"])), wrap)


def _announcement(row: Row, word: str, view: View) -> Row:
    dated = datetime.combine(row["announcement_date"], time(), SHANGHAI)
    return {
        "secCode": view.market.digits(row["code"], row["announcement_date"]),
        "secName": row["name"],
        "orgId": _organisation(row["code"]),
        "announcementId": f"12{row['number'][4:]}",
        "announcementTitle": row["title"].replace(word, f"<em>{word}</em>"),
        "announcementTime": int(dated.timestamp() * 1000),
        "adjunctType": "PDF",
    }


def _organisation(code: str) -> str:
    return f"gssz0{code[:6]}"
