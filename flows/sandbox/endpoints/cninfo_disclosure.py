"""CNINFO: the booked publication days of periodic reports."""

from flows.sandbox.endpoints.eastmoney_results import booked
from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("www.cninfo.com.cn", r"/new/information/getPrbookInfo")
def cninfo_appointments(view: View, query: Query) -> Answer:
    """All exchanges' companies with ten fields that akshare names by their place."""
    rows = booked(view, day_of(query["sectionTime"]))
    return json_answer([_row(r) for r in rows.to_dicts()], lambda rows: {"prbookinfos": rows})


def _row(r: Row) -> Row:
    return {
        "seccode": r["code"][:6],
        "secname": r["name"],
        "f001d_0102": str(r["first"]),
        "f006d_0102": str(r["actual"]) if r["actual"] else "",
        "f002d_0102": str(r["moved"]) if r["moved"] else "",
        "f003d_0102": "",
        "f004d_0102": "",
        "f005d_0102": str(r["period_end"]),
        "orgtype": "",
        "orgId": f"gssx{r['code'][:6]}",
    }
