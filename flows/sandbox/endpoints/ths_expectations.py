"""THS: a page per share with the analysts' expectations, GBK."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PAGE = "text/html; charset=gbk"
NOBODY = "<html><body><p>本年度暂无机构做出业绩预测</p></body></html>"
HEADS = ("年度", "预测机构数", "最小值", "均值", "最大值", "行业平均数")


@endpoint("basic.10jqka.com.cn", r"/new/(?P<code>\d{6})/worth\.html")
def ths_expectations(view: View, query: Query) -> Answer:
    """Expected earnings per share (CNY) and profit (100 million CNY) of the years to come."""
    day = view.now.date()
    fits = pl.col("code").str.starts_with(query["code"]) & (pl.col("estimate") == "expected")
    rows = view.market.consensus(day).filter(fits).to_dicts()
    return Answer([_expected(r) for r in rows], _page, PAGE)


def _expected(r: Row) -> Row:
    eps = r["eps_cny"]
    spread = abs(eps) * 0.1
    values = (r["fiscal_year"], r["reports"], eps - spread, eps, eps + spread, 0.75)
    return dict(zip(HEADS, values, strict=True))


def _page(rows: list[Row]) -> bytes:
    if not rows:
        return NOBODY.encode("gbk")
    tables = "".join(_table(rows) for _ in ("每股收益", "净利润", "机构", "指标"))
    return f"<html><body>{tables}</body></html>".encode("gbk")


def _table(rows: list[Row]) -> str:
    heads = "".join(f"<th>{name}</th>" for name in rows[0])
    lines = ("".join(f"<td>{value}</td>" for value in row.values()) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
