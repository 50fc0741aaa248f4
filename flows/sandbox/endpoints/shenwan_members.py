"""Who belongs to which industry of Shenwan's first level: the publisher's index members, and
Legulegu's page of the same.
"""

from html import escape

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, text_answer
from flows.sandbox.market.story import INDUSTRIES
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View
from warehouse.datasets.security import SHENWAN_FIRST_LEVEL, SHENWAN_INDEX

COLUMNS = (
    "序号", "股票代码", "股票简称", "纳入时间", "申万1级", "申万2级", "申万3级", "价格", "市盈率",
    "市盈率ttm", "市净率", "股息率", "市值（亿元）", "归母净利润同比增长(09-30)(%)",
)  # fmt: skip


@endpoint("www.swsresearch.com", r"/institute-sw/api/index_publish/details/component_stocks/")
def shenwan_members(view: View, query: Query) -> Answer:
    """The members of an index, with the day on which each came in."""
    rows = [
        {
            "swindexcode": query["swindexcode"],
            "stockcode": company["code"][:6],
            "stockname": company["name"],
            "newweight": 1.0,
            "beginningdate": f"{company['listing_date']} 00:00:00",
        }
        for company in _members(view, query["swindexcode"])
    ]

    def wrap(rows: list[Row]) -> Row:
        data = {"count": len(rows), "next": None, "previous": None, "results": rows}
        return {"code": "200", "message": "success", "data": data}

    return json_answer(rows, wrap)


@endpoint("legulegu.com", r"/stockdata/index-composition")
def legulegu_members(view: View, query: Query) -> Answer:
    """A page with a table of the members; without any, a table of none."""
    rows = [
        dict(zip(COLUMNS, _line(number, company), strict=True))
        for number, company in enumerate(_members(view, query["industryCode"][:6]), 1)
    ]
    return text_answer(rows, _page)


def _members(view: View, index: str) -> list[Row]:
    """The listed companies of the industry that the index stands for."""
    level = next((digits for digits, code in SHENWAN_INDEX.items() if code == index), None)
    names = [i.name for i in INDUSTRIES if i.shenwan[:2] == level]
    return view.listed.filter(pl.col("industry").is_in(names)).sort("code").to_dicts()


def _line(number: int, company: Row) -> tuple[object, ...]:
    industry = next(i for i in INDUSTRIES if i.name == company["industry"])
    levels = (SHENWAN_FIRST_LEVEL[industry.shenwan[:2]], industry.name, industry.name)
    since = str(company["listing_date"])
    figures = (company["price"], 30.0, 30.0, 3.0, "1.20%", 100.0, "5.0%")
    return (number, company["code"], company["name"], since, *levels, *figures)


def _page(rows: list[Row]) -> str:
    header = "".join(f"<th>{column}</th>" for column in (rows[0] if rows else COLUMNS))
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row.values()) + "</tr>"
        for row in rows
    )
    table = f"<thead><tr>{header}</tr></thead><tbody>{lines}</tbody>"
    return f"<!DOCTYPE html><html><body><table>{table}</table></body></html>"
