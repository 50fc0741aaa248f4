"""The State Administration of Foreign Exchange: central parities as a file and as a page.

The file holds the history to the end of the last year; the page what came since. Some currencies
are quoted the other way round.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, text_answer, workbook_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "www.safe.gov.cn"
HTML = "text/html; charset=utf-8"
FILE = "/safe/file/file/20260104/parities.xlsx"
# Beside dollars of both kinds: CNY for 100 units, then units for 100 CNY.
DIRECT = {"欧元": 815.0, "日元": 4.6, "英镑": 945.0, "澳元": 468.0, "新西兰元": 403.0,
          "新加坡元": 545.0, "瑞士法郎": 880.0, "加元": 510.0}  # fmt: skip
INVERSE = {"澳门元": 115.0, "林吉特": 58.0, "卢布": 1120.0, "兰特": 235.0, "韩元": 20600.0,
           "迪拉姆": 52.5, "里亚尔": 53.6, "福林": 4700.0, "兹罗提": 51.5, "丹麦克朗": 91.0,
           "瑞典克朗": 131.0, "挪威克朗": 144.0, "里拉": 610.0, "比索": 252.0, "泰铢": 460.0}  # fmt: skip
COLUMNS = ("日期", "美元", "欧元", "日元", "港元", *list(DIRECT)[2:], *INVERSE)


@endpoint(HOST, r"/safe/2020/1218/17833\.html")
def safe_page(_view: View, _query: Query) -> Answer:
    """The page that links the file."""
    text = f'<html><body><a href="{FILE}">人民币汇率中间价</a></body></html>'
    return replace(text_answer([], lambda _: text), content_type=HTML)


@endpoint(HOST, FILE)
def safe_history(view: View, _query: Query) -> Answer:
    """All days to the end of the last year: CNY per 100 units, or units per 100 CNY."""
    return workbook_answer(_rates(view, date.min, date(view.now.year - 1, 12, 31)), COLUMNS)


@endpoint(HOST, r"/AppStructured/hlw/RMBQuery\.do")
def safe_query(view: View, query: Query) -> Answer:
    """The days of a span, newest first, as the last table of a page."""
    last = min(day_of(query["endDate"]), view.now.date())
    rows = _rates(view, day_of(query["startDate"]), last)[::-1]

    def write(rows: list[Row]) -> str:
        header = "".join(f"<th>{name}</th>" for name in (rows[0] if rows else COLUMNS))
        lines = "".join(
            f"<tr>{''.join(f'<td>{value}</td>' for value in row.values())}</tr>" for row in rows
        )
        form = "<table><tr><td>起始日期</td></tr></table>"
        return f"<html><body>{form}<table><tr>{header}</tr>{lines}</table></body></html>"

    return replace(text_answer(rows, write), content_type=HTML)


def _rates(view: View, first: date, last: date) -> list[Row]:
    rates = macro.parities(view.market.parameters.seed).filter(
        pl.col("rate_date").is_between(first, last)
    )
    days = rates.pivot(on="currency", index="rate_date", values="cny_per_unit").sort("rate_date")
    return [
        dict(zip(COLUMNS, (str(r["rate_date"]), *_parities(r)), strict=True))
        for r in days.to_dicts()
    ]


def _parities(r: Row) -> list[float]:
    known = {
        "美元": round(100 * r["USD"], 2),
        "港元": round(100 * r["HKD"], 2),
        **DIRECT,
        **INVERSE,
    }
    return [known[name] for name in COLUMNS[1:]]
