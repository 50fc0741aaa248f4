"""Shenzhen Stock Exchange: margin by security and shares of exchange-traded funds, as workbooks."""

import polars as pl

from flows.sandbox.endpoints.szse import HOST, REPORT, short_name
from flows.sandbox.formats.wire import Answer, Query, Row, day_of, workbook_answer
from flows.sandbox.market.margin_detail import detail
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

LONGEST = 184  # days; a longer span is answered by the header alone
MARGIN_COLUMNS = (
    "证券代码", "证券简称", "融资买入额(元)", "融资余额(元)", "融券卖出量(股/份)", "融券余量(股/份)",
    "融券余额(元)", "融资融券余额(元)",
)  # fmt: skip
SHARE_COLUMNS = ("日期", "基金代码", "基金简称", "基金规模(份)")


@endpoint(HOST, REPORT, CATALOGID="1837_xxpl", TABKEY="tab2")
def szse_margin_detail(view: View, query: Query) -> Answer:
    """Margin of a day by security, CNY and shares, without the day itself."""
    day = day_of(query["txtDate"])
    published = day <= view.margin_day("SZSE")
    rows = detail(view.market, "SZSE", day).to_dicts() if published else []
    return workbook_answer([_margin(row) for row in rows], MARGIN_COLUMNS)


@endpoint(HOST, REPORT, CATALOGID="scsj_fund_jjgm", TABKEY="tab1")
def szse_fund_shares(view: View, query: Query) -> Answer:
    """Shares of all funds at the end of the days of a span, newest first."""
    first, last = day_of(query["txtStart"]), day_of(query["txtEnd"])
    there = view.fund_shares("SZSE").filter(pl.col("trade_date").is_between(first, last))
    if (last - first).days > LONGEST:
        there = there.clear()
    rows = there.sort("trade_date", "code", descending=[True, False]).to_dicts()
    return workbook_answer([_shares(fund) for fund in rows], SHARE_COLUMNS)


def _margin(row: Row) -> Row:
    owed, lent = row["financing_balance_cny"], row["securities_lending_balance_cny"]
    numbers = (
        row["financing_purchases_cny"],
        owed,
        row["securities_lending_sold_shares"],
        row["securities_lending_shares"],
        lent,
        owed + lent,
    )
    values = (row["code"][:6], short_name(row), *(f"{x:,.0f}" for x in numbers))
    return dict(zip(MARGIN_COLUMNS, values, strict=True))


def _shares(fund: Row) -> Row:
    values = (
        str(fund["trade_date"]),
        fund["code"][:6],
        fund["name"],
        f"{fund['fund_shares']:,.0f}",
    )
    return dict(zip(SHARE_COLUMNS, values, strict=True))
