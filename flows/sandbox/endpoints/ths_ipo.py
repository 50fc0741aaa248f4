"""THS (10jqka): first trading days of new shares, and the money raised by month, as HTML tables."""

from collections.abc import Sequence

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "data.10jqka.com.cn"
PAGE = 50
GBK = "text/html; charset=gbk"


@endpoint(HOST, r"/ipo/xgsr/field/SSRQ/order/desc/page/(?P<page>\d+)/ajax/1/free/1/")
def ths_first_days(view: View, query: Query) -> Answer:
    """A page of new shares by listing day, newest first: CNY, returns as texts in per cent."""
    listed = view.market.primary.issues.filter(pl.col("listing_date") <= view.bar_day)
    listed = listed.drop_nulls("first_day_close_cny")
    issues = listed.sort("listing_date", "code", descending=True).with_row_index("number", 1)
    rows = [_first_day(i) for i in page(issues.to_dicts(), int(query["page"]), PAGE)]
    pages = max(-(-len(listed) // PAGE), 1)
    foot = f'<span class="page_info">{query["page"]}/{pages}</span>'
    return _html(rows, foot, FIRST_DAY)


@endpoint(HOST, r"/macro/finance/")
def ths_money_raised(view: View, _query: Query) -> Answer:
    """The money raised by shares in each finished month, newest first, 100 million CNY."""
    raised = view.market.primary.raised
    known = raised.filter(pl.col("published_on") <= view.now.date()).sort("month")
    rows = [_month(m) for m in known.to_dicts()[::-1]]
    return _html(rows, "", MONTH)


FIRST_DAY = ("序号", "股票代码", "股票简称", "上市日期", "发行价(元)", "最新价", "首日开盘价", "首日收盘价",
             "首日最高价", "首日最低价", "首日涨跌幅", "是否破发")  # fmt: skip
MONTH = ("月份", "募集资金(亿元)", "首发募集资金(亿元)", "增发募集资金(亿元)", "配股募集资金(亿元)")


def _first_day(issue: Row) -> Row:
    offer, close = issue["offer_price_cny"], issue["first_day_close_cny"]
    values = (
        issue["number"], issue["code"][:6], issue["name"], str(issue["listing_date"]), offer, close,
        round(offer * 1.1, 2), close, round(close * 1.1, 2), round(close * 0.9, 2),
        f"{100 * (close / offer - 1):.2f}%", "是" if close < offer else "否",
    )  # fmt: skip
    return dict(zip(FIRST_DAY, values, strict=True))


def _month(month: Row) -> Row:
    parts = [month[f"{kind}_cny"] for kind in ("total", "ipo", "follow_on", "rights")]
    shown = [f"{part / 1e8:.2f}" if part else "--" for part in parts]
    return dict(zip(MONTH, (f"{month['month']:%Y-%m}", *shown), strict=True))


def _html(rows: list[Row], foot: str, columns: Sequence[str]) -> Answer:
    def write(rows: list[Row]) -> bytes:
        head = "".join(f"<th>{name}</th>" for name in (rows[0] if rows else columns))
        body = "".join(f"<tr>{''.join(f'<td>{v}</td>' for v in r.values())}</tr>" for r in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<!DOCTYPE html><html><body>{table}{foot}</body></html>".encode("gbk")

    return Answer(rows, write, GBK)
