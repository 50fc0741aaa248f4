"""CNINFO: new issues of the last 36 months."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("webapi.cninfo.com.cn", r"/api/sysapi/p_sysapi1097")
def cninfo_new_issues(view: View, _query: Query) -> Answer:
    """Issues by subscription day, 10,000 shares and CNY."""
    today = view.now.date()
    since = pl.lit(today).dt.offset_by("-36mo")
    issues = view.market.primary.issues.filter(pl.col("apply_date").is_between(since, today))
    rows = [_issue(i, view) for i in issues.sort("apply_date", descending=True).to_dicts()]
    return json_answer(rows, lambda rows: {"resultcode": 200, "records": rows})


def _issue(issue: Row, view: View) -> Row:
    listed = issue["listing_date"] <= view.now.date()
    number = issue["issue_shares"] / 1e4
    values = (
        None, None, issue["name"], str(issue["listing_date"]) if listed else None, None,
        str(issue["apply_date"]), issue["offer_price_cny"], issue["code"][:6], 0.03, number,
        24.5, round(number * 0.3, 2), 1.0,
    )  # fmt: skip
    return {f"F{i:03d}": value for i, value in enumerate(values)}
