"""CNINFO: review meetings of the last year."""

import polars as pl

from flows.sandbox.endpoints.eastmoney_ipo import QUEUE
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("webapi.cninfo.com.cn", r"/api/sysapi/p_sysapi1098")
def cninfo_review_meetings(view: View, _query: Query) -> Answer:
    """Meetings that were held, newest first; the fields are read by their position."""
    day = view.newest(QUEUE)
    since = pl.lit(day).dt.offset_by("-12mo")
    meetings = view.market.primary.meetings.filter(pl.col("review_date").is_between(since, day))
    rows = [_meeting(m) for m in meetings.sort("review_date", "company").to_dicts()[::-1]]
    return json_answer(rows, lambda rows: {"resultcode": 200, "records": rows})


def _meeting(meeting: Row) -> Row:
    day = str(meeting["review_date"])
    values = (meeting["company"], day, "首发新股", "首发", meeting["result"], day)
    return {f"F{i:03d}V": value for i, value in enumerate(values)}
