"""Sina: a company's key figures, a column per report period."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

# akshare cuts the table at these headings.
SECTIONS = ("常用指标", "每股指标", "盈利能力", "成长能力", "收益质量", "财务风险", "营运能力")


@endpoint(
    "quotes.sina.cn",
    r"/cn/api/openapi\.php/CompanyFinanceService\.getFinanceReport2022",
    source="gjzb",
)
def sina_key_figures(view: View, query: Query) -> Answer:
    """The reports of one Shanghai share that are out, newest first; CNY, numbers as text.

    Another exchange's share has no page under the prefix that akshare writes before every code.
    """
    code = f"{query['paperCode'][2:]}.SH"
    known = (pl.col("code") == code) & (pl.col("notice_date") <= view.now.date())
    rows = view.market.earnings.filter(known).sort("period_end", descending=True).to_dicts()

    def wrap(reports: list[Row]) -> Row:
        listed = {f"{r['period_end']:%Y%m%d}": {"data": _figures(r)} for r in reports}
        return {"result": {"data": {"report_list": listed}} if listed else {"data": {}}}

    return json_answer(rows, wrap)


def _figures(r: Row) -> list[Row]:
    def line(title: str, value: object = None) -> Row:
        return {"item_title": title, "item_value": None if value is None else str(value)}

    figures = {
        "常用指标": [
            line("归母净利润", r["net_profit_cny"]),
            line("营业总收入", r["revenue_cny"]),
            line("净资产收益率(ROE)", round(100 * r["roe"], 4)),
        ],
        "每股指标": [
            line("基本每股收益", r["eps_cny"]),
            line("每股净资产_最新股数", r["book_value_per_share_cny"]),
        ],
        "盈利能力": [line("毛利率", round(100 * r["gross_margin"], 4))],
    }
    other = [line("营业总收入增长率", round(100 * r["revenue_yoy"], 4))]
    return [x for section in SECTIONS for x in (line(section), *figures.get(section, other))]
