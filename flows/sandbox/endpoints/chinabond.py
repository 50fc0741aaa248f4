"""ChinaBond: yield curves of a span of days as a web page of two tables."""

from dataclasses import replace

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, text_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HTML = "text/html; charset=utf-8"
COLUMNS = ("曲线名称", "日期", "3月", "6月", "1年", "3年", "5年", "7年", "10年", "30年")
NOTES = "中债中短期票据收益率曲线(AAA)"  # none of them runs for thirty years
CURVES = {"中债国债收益率曲线": 0.0, "中债商业银行普通债收益率曲线(AAA)": 0.28, NOTES: 0.35}
LONGEST = 366  # days


@endpoint("yield.chinabond.com.cn", r"/cbweb-pbc-web/pbc/historyQuery")
def chinabond_yields(view: View, query: Query) -> Answer:
    """Three curves by day, newest first, per cent; nothing for spans of over a year."""
    first, last = day_of(query["startDate"]), day_of(query["endDate"])
    known = pl.col("yield_date").is_between(first, min(last, view.now.date()))
    days = macro.yields(view.market.parameters.seed).filter(pl.col("country") == "CN", known)
    days = days.head(0) if (last - first).days > LONGEST else days.sort("yield_date")
    rows = [_curve(r, name, more) for r in days.to_dicts()[::-1] for name, more in CURVES.items()]
    return replace(text_answer(rows, _write), content_type=HTML)


def _curve(row: Row, name: str, more: float) -> Row:
    two, five, ten, thirty = (100 * row[f"yield_{t}y"] + more for t in (2, 5, 10, 30))
    rates = (
        two - 0.2,
        two - 0.15,
        two - 0.1,
        (two + five) / 2,
        five,
        (five + ten) / 2,
        ten,
        thirty,
    )
    shown = [f"{rate:.4f}" for rate in rates]
    values = (name, str(row["yield_date"]), *shown[:-1], "" if name == NOTES else shown[-1])
    return dict(zip(COLUMNS, values, strict=True))


def _write(rows: list[Row]) -> str:
    names = list(rows[0]) if rows else list(COLUMNS)
    header = "".join(f"<td>{name}</td>" for name in names)
    lines = "".join(
        f"<tr>{''.join(f'<td>{value}</td>' for value in row.values())}</tr>" for row in rows
    )
    form = "<table><tr><td>起始日期</td><td>结束日期</td></tr></table>"
    return f"<html><body>{form}<table><tr>{header}</tr>{lines}</table></body></html>"
