"""Shenzhen Stock Exchange: stock list and daily totals as workbooks, margin as JSON.

It writes letters and digits of short names at double width, and blanks into old names (万  科Ａ).
"""

import re
from string import ascii_letters, digits

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, workbook_answer
from flows.sandbox.market.story import INDUSTRIES
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "www.szse.cn"
REPORT = r"/api/report/ShowReport"
BOARDS = {"Main": "主板", "ChiNext": "创业板"}
LIST_COLUMNS = (
    "板块", "公司全称", "英文名称", "注册地址", "A股代码", "A股简称", "A股上市日期", "A股总股本",
    "A股流通股本", "B股代码", "地区", "所属行业",
)  # fmt: skip
DELISTED_COLUMNS = ("证券代码", "证券简称", "上市日期", "终止上市日期")
MARK = re.compile(r"(\*?ST)?(.*)")  # of special treatment
WIDE = {ord(c): ord(c) + 0xFEE0 for c in ascii_letters + digits}
OLD = "00"  # codes of the main board
TOTAL_COLUMNS = ("证券类别", "数量(只)", "成交金额(元)", "总市值(元)", "流通市值(元)")


@endpoint(HOST, REPORT, CATALOGID="1110", TABKEY="tab1")
def szse_stock_list(view: View, _query: Query) -> Answer:
    """The listed companies, with the regulator's industry."""
    listed = view.listed.filter(pl.col("exchange") == "SZSE")
    return workbook_answer([_company(c) for c in listed.to_dicts()], LIST_COLUMNS)


@endpoint(HOST, REPORT, CATALOGID="1793_ssgs", TABKEY="tab2")
def szse_delisted(view: View, _query: Query) -> Answer:
    """Companies that have left."""
    gone = view.market.delisted.filter(
        pl.col("exchange") == "SZSE", pl.col("delisting_date") <= view.now.date()
    )
    values = [
        (r["code"][:6], short_name(r), str(r["listing_date"]), str(r["delisting_date"]))
        for r in gone.to_dicts()
    ]
    rows = [dict(zip(DELISTED_COLUMNS, row, strict=True)) for row in values]
    return workbook_answer(rows, DELISTED_COLUMNS)


@endpoint(HOST, REPORT, CATALOGID="1803_sczm", TABKEY="tab1")
def szse_daily_totals(view: View, query: Query) -> Answer:
    """Totals of a day by kind of security, CNY; header only on a day without trading."""
    totals = view.totals("SZSE", day_of(query["txtQueryDate"])).to_dicts()
    by_board = {t["board"]: t for t in totals}
    kinds = {
        "股票": totals,
        "主板A股": [by_board.get("Main", {})],
        "主板B股": [],
        "创业板A股": [by_board.get("ChiNext", {})],
    }
    rows = [_total(kind, parts) for kind, parts in kinds.items()] if totals else []
    return workbook_answer(rows, TOTAL_COLUMNS)


@endpoint(HOST, REPORT + "/data", CATALOGID="1837_xxpl")
def szse_margin(view: View, query: Query) -> Answer:
    """Margin of a day, 100 million CNY or shares, without the day itself."""
    day = pl.col("trade_date") == day_of(query["txtDate"])
    rows = [_margin(m) for m in view.margin("SZSE").filter(day).to_dicts()]
    return json_answer(rows, lambda rows: [{"data": rows, "error": None}, {"data": []}])


def short_name(share: Row) -> str:
    """The short name as the exchange writes it."""
    found = MARK.fullmatch(share["name"])
    assert found is not None
    mark, wide = found[1] or "", found[2].translate(WIDE)
    old = share["code"].startswith(OLD)
    return mark + (f"{wide[0]}  {wide[1:]}" if old else wide)


def _company(company: Row) -> Row:
    industry = next(i.csrc for i in INDUSTRIES if i.name == company["industry"])
    values = (
        BOARDS[company["board"]], f"{company['name']}股份有限公司", "Simulated Co., Ltd.", "模拟地址",
        company["code"][:6], short_name(company), str(company["listing_date"]),
        f"{company['shares']:,.0f}", f"{company['float_shares']:,.0f}", None, "模拟", industry,
    )  # fmt: skip
    return dict(zip(LIST_COLUMNS, values, strict=True))


def _total(kind: str, parts: list[Row]) -> Row:
    def total(column: str) -> float:
        return float(sum(p.get(column, 0.0) for p in parts))

    number = int(total("stocks"))
    money = [total(c) for c in ("amount_cny", "market_value_cny", "float_value_cny")]
    values = (kind, number, *(f"{x:,.2f}" for x in money))
    return dict(zip(TOTAL_COLUMNS, values, strict=True))


def _margin(day: Row) -> Row:
    lent, owed = day["securities_lending_balance_cny"], day["financing_balance_cny"]
    values = {
        "jrrzmr": day["financing_purchases_cny"],
        "jrrzye": owed,
        "jrrjmc": day["securities_lending_sold_shares"],
        "jrrjyl": day["securities_lending_shares"],
        "jrrjye": lent,
        "jrrzrjye": owed + lent,
    }
    return {key: f"{value / 1e8:,.2f}" for key, value in values.items()}
