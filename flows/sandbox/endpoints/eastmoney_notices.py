"""Eastmoney: all announcements of a day, and the list of suspended shares."""

import re
from datetime import date

import polars as pl

from flows.sandbox.endpoints.eastmoney import CENTER, REPORT, _midnight, _report
from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, page
from flows.sandbox.market.notices import announcements
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

BOARDS = {"Main": "主板", "ChiNext": "创业板", "STAR": "科创板", "BSE": "北交所"}
NOTHING = {
    "version": None,
    "result": None,
    "success": False,
    "message": "返回数据为空",
    "code": 9201,
}
ODD = 173  # every so many announcements one has no heading, and one is filed under a B share first


@endpoint("np-anotice-stock.eastmoney.com", r"/api/security/ann", ann_type="A", f_node="0")
def eastmoney_announcements(view: View, query: Query) -> Answer:
    """A page of the announcements of the requested dates that are out, newest first.

    Some have no heading (an empty `columns`), some are not about an A-share.
    """
    first, last = day_of(query["begin_time"]), day_of(query["end_time"])
    dated = announcements(view.market, first, last)
    rows = dated.filter(pl.col("published_at") <= view.now).to_dicts()
    number, size = int(query["page_index"]), int(query["page_size"])
    shown = [_announcement(row, view) for row in page(rows, number, size)]

    def wrap(items: list[Row]) -> Row:
        data = {"list": items, "page_index": number, "page_size": size, "total_hits": len(rows)}
        return {"data": data if items or not shown else None, "error": "", "success": 1}

    return json_answer(shown, wrap)


def _announcement(row: Row, view: View) -> Row:
    digits = view.market.digits(row["code"], row["announcement_date"])
    odd = int(row["number"]) % ODD
    share = {
        "ann_type": "A,SHA" if row["code"].endswith("SH") else "A,SZA",
        "inner_code": digits,
        "market_code": "1" if row["code"].endswith("SH") else "0",
        "short_name": row["name"],
        "stock_code": digits,
    }
    other = {**share, "ann_type": "B,SZB", "stock_code": f"12{row['code'][2:6]}"}
    codes = [other, other] if row["security"] == "B" else [other, share] if odd == 1 else [share]
    stamp = f"{row['published_at']:%Y-%m-%d %H:%M:%S}"
    return {
        "art_code": f"AN{row['number']}",
        "codes": codes,
        "columns": [] if odd == 0 else [{"column_code": "001002", "column_name": "其他"}],
        "display_time": f"{stamp}:000",
        "eiTime": f"{stamp}:000",
        "language": "0",
        "notice_date": _midnight(row["announcement_date"]),
        "title": f"{row['name']}:{row['title']}",
    }


@endpoint(CENTER, REPORT, reportName="RPT_CUSTOM_SUSPEND_DATA_INTERFACE")
def eastmoney_suspensions(view: View, query: Query) -> Answer:
    """A page of the shares suspended on a day, and of those that will be, latest beginning first;
    B shares of the same companies included. One is known from the evening before it begins.
    """
    found = re.search(r"DATETIME='([\d-]+)'", query["filter"])
    wanted = day_of(found.group(1)) if found else view.now.date()
    known = pl.col("suspended_from").cast(pl.Datetime("us")).dt.offset_by("-6h") <= view.now
    rows = view.market.events.suspensions.filter(known, pl.col("last_day") >= wanted)
    latest = rows.sort("suspended_from", "code", descending=True)
    lines = [line for row in latest.to_dicts() for line in _suspended(row, view)]
    return _report(lines, query) if lines else json_answer([], lambda _: NOTHING)


def _suspended(row: Row, view: View) -> list[Row]:
    """The A-share, and for some also the B-share."""
    board = dict(view.market.companies.select("code", "board").iter_rows())[row["code"]]
    begin: date = row["suspended_from"]
    line = {
        "SECURITY_CODE": view.market.digits(row["code"], begin),
        "SECURITY_NAME_ABBR": row["name"],
        "SUSPEND_START_TIME": f"{begin} 09:30:00",
        "SUSPEND_END_TIME": f"{row['last_day']} 15:00:00",
        "SUSPEND_EXPIRE": row["period"],
        "SUSPEND_REASON": row["reason"],
        "TRADE_MARKET": f"{'上交所' if row['code'].endswith('SH') else '深交所'}{BOARDS[board]}",
        "SUSPEND_START_DATE": _midnight(begin),
        "PREDICT_RESUME_DATE": None,
        "TRADE_MARKET_CODE": "069001001001",
        "SECURITY_TYPE_CODE": "058001001",
        "MARKET": "全部",
    }
    twin = {**line, "SECURITY_CODE": f"200{row['code'][3:6]}"}
    return [line, twin] if row["code"].startswith("000") else [line]
