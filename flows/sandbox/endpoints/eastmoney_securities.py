"""Eastmoney: the board of shares under special treatment, and the market's monthly statistics."""

from datetime import date, timedelta

import polars as pl

from flows.sandbox.endpoints.eastmoney import CENTER, MOST_QUOTES, QUOTES, REPORT, _quote, _report
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

MONTH_OUT = timedelta(days=15)  # after the month's end
FIELDS = (
    "TOTAL_SHARES_SH", "TOTAL_MARKE_SH", "DEAL_AMOUNT_SH", "VOLUME_SH", "HIGH_INDEX_SH",
    "LOW_INDEX_SH", "TOTAL_SZARES_SZ", "TOTAL_MARKE_SZ", "DEAL_AMOUNT_SZ", "VOLUME_SZ",
    "HIGH_INDEX_SZ", "LOW_INDEX_SZ",
)  # fmt: skip


@endpoint(QUOTES, r"/api/qt/clist/get", fs="m:0 f:4,m:1 f:4")
def eastmoney_special_treatment(view: View, query: Query) -> Answer:
    """A page of the shares under special treatment, in the fields of the quote list."""
    stocks = (
        view.snapshot.filter(pl.col("name").str.contains("ST"))
        .sort("code", descending=True)
        .to_dicts()
    )
    size = min(int(query["pz"]), MOST_QUOTES)
    rows = [_quote(stock) for stock in page(stocks, int(query["pn"]), size)]
    shown = [{key: value for key, value in row.items() if key != "f1"} for row in rows]

    def wrap(rows: list[Row]) -> Row:
        return {"rc": 0, "data": {"total": len(stocks), "diff": rows} if rows else None}

    return json_answer(shown, wrap)


@endpoint(CENTER, REPORT, reportName="RPT_ECONOMY_STOCK_STATISTICS")
def eastmoney_stock_statistics(view: View, query: Query) -> Answer:
    """Both exchanges by month, newest first: 100 million CNY, 100 million shares, index points.

    A month whose figures are not out has those of the indices only.
    """
    begun = view.market.monthly_statistics.filter(pl.col("month") <= view.now.date())
    months = begun.sort("month", "exchange", descending=[True, False])
    pairs = months.partition_by("month", maintain_order=True)
    out = view.now.date() - MONTH_OUT
    return _report([_month(pair.to_dicts(), out) for pair in pairs], query)


def _month(both: list[Row], out: date) -> Row:
    month = both[0]["month"]
    values: list[float | None] = []
    for row in both:
        hundred_millions = [row["shares"], row["market_cap_cny"], row["amount_cny"]]
        sums = [round(x / 1e8, 2) for x in (*hundred_millions, row["volume_shares"])]
        values += sums if month <= out else [None] * len(sums)
        values += [row["high"], row["low"]]
    return {
        "REPORT_DATE": f"{month:%Y-%m}-01 00:00:00",
        "TIME": f"{month:%Y年%m月份}",
        **dict(zip(FIELDS, values, strict=True)),
    }
