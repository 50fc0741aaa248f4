"""Eastmoney: margin accounts, investor accounts, Stock Connect, and flow by size of order."""

import polars as pl

from flows.sandbox.endpoints.eastmoney import CENTER, QUOTES, REPORT, _filtered, _midnight, _report
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import BARS, CONNECT, View

DIRECTIONS = {"005": "northbound", "006": "southbound"}
HISTORY = 120  # days of flow that are shown
ORDERS = ("main", "small", "medium", "large", "super_large")


@endpoint(CENTER, REPORT, reportName="RPTA_WEB_MARGIN_DAILYTRADE")
def eastmoney_margin_accounts(view: View, query: Query) -> Answer:
    """A page of the whole market's margin, newest first, 100 million CNY."""
    published = pl.col("trade_date") <= view.margin_day("SSE")
    days = view.market.margin_accounts.filter(published).sort("trade_date", descending=True)
    return _report([_margin(day) for day in days.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPT_STOCK_OPEN_DATA")
def eastmoney_investor_accounts(view: View, query: Query) -> Answer:
    """Investors by month, newest first, 10,000 accounts; nothing after August 2023."""
    public = pl.col("month").dt.offset_by("1mo15d") <= view.now.date()
    months = view.market.investor_accounts.with_columns(
        before=pl.col("new_investors").shift(1), year_before=pl.col("new_investors").shift(12)
    ).filter(public)
    rows = months.sort("month", descending=True).to_dicts()
    return _report([_investors(month) for month in rows], query)


@endpoint(CENTER, REPORT, reportName="RPT_MUTUAL_DEAL_HISTORY")
def eastmoney_stock_connect(view: View, query: Query) -> Answer:
    """A page of a direction's days, newest first, millions of HKD (southbound) or CNY."""
    direction = DIRECTIONS.get(_filtered(query["filter"], "MUTUAL_TYPE"), "")
    public = pl.col("trade_date") <= view.newest(CONNECT)
    days = view.market.stock_connect.filter(pl.col("direction") == direction, public)
    index = "HSI.HK" if direction == "southbound" else "000300.SH"
    levels = view.market.indices.filter(code=index).select("trade_date", level="close")
    rows = days.join(levels, on="trade_date", how="left").sort("trade_date", descending=True)
    return _report([_crossing(day) for day in rows.to_dicts()], query)


@endpoint(QUOTES, r"/api/qt/stock/fflow/daykline/get")
def eastmoney_market_flow(view: View, _query: Query) -> Answer:
    """Flow by size of order of Shanghai and Shenzhen, the last 120 days: CNY and per cent."""
    flows = view.market.flow_by_order.filter(pl.col("trade_date") <= view.newest(BARS))
    for code in ("000001.SH", "399001.SZ"):
        close = pl.col("close")
        bars = view.index(code).select(
            "trade_date",
            **{code: close, f"{code} change": 100 * (close / close.shift(1) - 1).fill_null(0.0)},
        )
        flows = flows.join(bars, on="trade_date", how="left", maintain_order="left")
    rows = [_flow(day) for day in flows.tail(HISTORY).to_dicts()]

    def wrap(rows: list[Row]) -> Row:
        lines = [",".join(str(v) for v in row.values()) for row in rows]
        return {"rc": 0, "data": {"code": "000001", "klines": lines} if rows else None}

    return json_answer(rows, wrap)


def _margin(day: Row) -> Row:
    return {
        "STATISTICS_DATE": _midnight(day["trade_date"]),
        "FIN_BALANCE": round(day["financing_balance_cny"] / 1e8, 2),
        "LOAN_BALANCE": round(day["securities_lending_balance_cny"] / 1e8, 2),
        "FIN_BUY_AMT": round(day["financing_purchases_cny"] / 1e8, 2),
        "LOAN_SELL_AMT": round(day["securities_lending_sold_cny"] / 1e8, 2),
        "SECURITY_ORG_NUM": day["securities_firms"],
        "OPERATEDEPT_NUM": day["branches"],
        "PERSONAL_INVESTOR_NUM": round(day["individual_investors"] / 1e4, 2),
        "ORG_INVESTOR_NUM": int(day["institutional_investors"]),
        "INVESTOR_NUM": int(day["trading_investors"]),
        "MARGINLIAB_INVESTOR_NUM": int(day["indebted_investors"]),
        "TOTAL_GUARANTEE": round(day["collateral_cny"] / 1e8, 2),
        "AVG_GUARANTEE_RATIO": round(100 * day["maintenance_ratio"], 2),
    }


def _investors(month: Row) -> Row:
    """Read by position, in this order; growth of new investors is a fraction."""
    new, number, value = month["new_investors"], month["investors"], month["market_value_cny"]

    def growth(before: float | None) -> float | None:
        return None if before is None else round(new / before - 1, 4)

    return {
        "STATISTICS_DATE": f"{month['month']:%Y-%m}",
        "ADD_INVESTOR": round(new / 1e4, 2),
        "ADD_INVESTOR_QOQ": growth(month["before"]),
        "ADD_INVESTOR_YOY": growth(month["year_before"]),
        "END_INVESTOR": round(number / 1e4, 2),
        "END_INVESTOR_A": round(month["a_share_investors"] / 1e4, 2),
        "END_INVESTOR_B": round(month["b_share_investors"] / 1e4, 2),
        "CLOSE_PRICE": month["close"],
        "CHANGE_RATE": 0.5,
        "TOTAL_MARKET_CAP": round(value / 1e8, 2),
        "AVERAGE_MARKET_CAP": round(value / number / 1e4, 2),
        "STATISTICS_DATE_NY": f"{month['month']:%Y年%m月}",
    }


def _crossing(day: Row) -> Row:
    def millions(name: str) -> float | None:
        return None if day[name] is None else round(day[name] / 1e6, 2)

    return {
        "MUTUAL_TYPE": "006" if day["direction"] == "southbound" else "005",
        "TRADE_DATE": _midnight(day["trade_date"]),
        "FUND_INFLOW": millions("net_buy"),
        "NET_DEAL_AMT": millions("net_buy"),
        "QUOTA_BALANCE": None if day["net_buy"] is None else round(84000 - day["net_buy"] / 1e6, 2),
        "ACCUM_DEAL_AMT": millions("accumulated_net_buy"),
        "BUY_AMT": millions("bought"),
        "SELL_AMT": millions("sold"),
        "LEAD_STOCKS_CODE": "600000.SH",
        "LEAD_STOCKS_NAME": "模拟银行001",
        "LS_CHANGE_RATE": 1.5,
        "INDEX_CLOSE_PRICE": day["level"],
        "INDEX_CHANGE_RATE": 0.2,
        "HOLD_MARKET_CAP": 0.0,
    }


def _flow(day: Row) -> Row:
    """Read by position: amounts, their shares of the value traded in per cent, two indices."""
    traded = day["amount_cny"]
    amounts = {f"{size} net": day[f"{size}_net_cny"] for size in ORDERS}
    shares = {f"{size} share": round(100 * day[f"{size}_net_cny"] / traded, 2) for size in ORDERS}
    indices = {
        name: round(day[name] or 0.0, 2)
        for code in ("000001.SH", "399001.SZ")
        for name in (code, f"{code} change")
    }
    return {"day": str(day["trade_date"]), **amounts, **shares, **indices}
