"""etnet: a page per Hong Kong share with five tables, of which the fourth is the consensus."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row
from flows.sandbox.market.megacaps import expected
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PAGE = "text/html; charset=utf-8"
# currency: millions, hundredths, units
WORDS = {
    "人民币": ("百万元人民币", "分", "人民币元"),
    "港元": ("百万港元", "港仙", "港元"),
    "美元": ("百万美元", "美仙", "美元"),
}


@endpoint("www.etnet.com.hk", r"/www/sc/stocks/realtime/quote_profit\.php")
def etnet_expectations(view: View, query: Query) -> Answer:
    """The consensus on a share by fiscal year; the headings name the currency."""
    code = f"{int(query['code']):05d}.HK"
    day = view.now.date()
    rows = expected(view.market.hong_kong_earnings, day).filter(pl.col("code") == code)
    shown = [_line(r) for r in rows.to_dicts()]
    newest = f"{day:%d/%m/%Y}"
    return Answer(shown, lambda shown: _page(shown, newest), PAGE)


def _line(r: Row) -> Row:
    millions, cents, units = WORDS[r["currency"]]
    return {
        "财政年度": r["fiscal_year"],
        f"纯利/(亏损)  ({millions})": f"{r['profit'] / 1e6:.2f}",
        f"每股盈利/  (亏损)({cents})": f"{100 * r['eps']:.2f}",
        f"每股派息  ({cents})": "--",
        f"每股资产净值  ({units})": "--",
        f"最高  ({millions})": f"{r['high'] / 1e6:.2f}",
        f"最低  ({millions})": f"{r['low'] / 1e6:.2f}",
    }


def _page(rows: list[Row], newest: str) -> bytes:
    if not rows:
        return b"<html><body><p>--</p></body></html>"
    heads = list(rows[0])
    overview = [
        {
            heads[0]: row[heads[0]],
            heads[1]: row[heads[1]],
            heads[2].replace("/  (", "*/ (").replace(")(", ")  ("): row[heads[2]],
            heads[3].replace("派息", "派息*"): "--",
            "证券商": "模拟证券",
            "评级": "买入",
            "目标价* (港元)": "600.00",
            "目标价* (港元).1": "",
            "更新日期": newest,
        }
        for row in rows
    ]
    filler = [{"平均评级": "1.9"}]
    tables = (filler, filler, filler, rows, overview)
    return f"<html><body>{''.join(map(_table, tables))}</body></html>".encode()


def _table(rows: list[Row]) -> str:
    """Where akshare reads two spaces the page breaks the line."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    broken = [[str(value).replace("  ", "\n ") for value in line] for line in lines]
    cells = ("".join(f"<td>{value}</td>" for value in line) for line in broken)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in cells)}</table>"
