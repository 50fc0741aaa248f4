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
COLUMNS = ("日期", "美元", "港元", "泰铢")
INVERSE = 4.6  # baht for a yuan


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
        {"日期": str(r["rate_date"]), "美元": round(100 * r["USD"], 2),
         "港元": round(100 * r["HKD"], 2), "泰铢": round(100 * INVERSE, 2)}
        for r in days.to_dicts()
    ]  # fmt: skip
