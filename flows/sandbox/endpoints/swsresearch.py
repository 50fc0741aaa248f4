"""Shenwan: which industry each stock has belonged to, and since when.

The upstream sends an old binary workbook; this is a new one under the same name, which pandas
recognises by its content.
"""

from flows.sandbox.formats.wire import Answer, Query, Row, workbook_answer
from flows.sandbox.market.story import INDUSTRIES
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

COLUMNS = ("股票代码", "计入日期", "行业代码", "更新日期")


@endpoint("www.swsresearch.com", r"/swindex/pdf/SwClass2021/StockClassifyUse_stock\.xls")
def shenwan_classification(view: View, _query: Query) -> Answer:
    """One row per listed stock: Shenwan 2021 code of six digits, under its code of then."""
    codes = {i.name: i.shenwan for i in INDUSTRIES}
    return workbook_answer([_entry(c, codes, view) for c in view.listed.to_dicts()], COLUMNS)


def _entry(company: Row, codes: dict[str, str], view: View) -> Row:
    since = str(company["listing_date"])
    digits = view.market.digits(company["code"], company["listing_date"])
    values = (digits, since, codes[company["industry"]], since)
    return dict(zip(COLUMNS, values, strict=True))
