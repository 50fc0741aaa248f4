"""Eastmoney: the quote lists, and reports of the data centre (margin accounts, new issues, Hong Kong)."""

import re
from collections.abc import Iterable
from datetime import date

import polars as pl

from flows.sandbox.registry import endpoint
from flows.sandbox.view import HONG_KONG_BARS, View
from flows.sandbox.wire import Answer, Query, Row, json_answer, page

QUOTES = "*push2*.eastmoney.com"  # NN.push2, push2 and push2delay
CENTER = "datacenter-web.eastmoney.com"
F10 = "datacenter.eastmoney.com"
REPORT = r"/api/data/v1/get"
ALL_STOCKS = "m:0 t:6,m:0 t:80,m:1 t:2,m:1 t:23,m:0 t:81 s:2048"
MOST_QUOTES = 100  # per page, whatever the caller asks for

EXCHANGES = {"SSE": "上海证券交易所", "SZSE": "深圳证券交易所", "BSE": "北京证券交易所"}


@endpoint(QUOTES, r"/api/qt/clist/get", fs=ALL_STOCKS)
def eastmoney_stock_quotes(view: View, query: Query) -> Answer:
    """A page of all stocks, highest code first: lots of 100 shares, CNY, per cent; suspended: "-"."""
    stocks = view.snapshot.sort(pl.col("code").str.slice(0, 6), descending=True).to_dicts()
    size = min(int(query["pz"]), MOST_QUOTES)
    rows = [_quote(stock) for stock in page(stocks, int(query["pn"]), size)]

    def wrap(rows: list[Row]) -> Row:
        return {"rc": 0, "data": {"total": len(stocks), "diff": rows} if rows else None}

    return json_answer(rows, wrap)


@endpoint(CENTER, REPORT, reportName="RPTA_WEB_MARGIN_DAILYTRADE")
def eastmoney_margin_accounts(view: View, query: Query) -> Answer:
    """A page of the whole market's margin, newest first, 100 million CNY."""
    published = pl.col("trade_date") <= view.margin_day("SSE")
    days = (
        view.market.margin.filter(published)
        .group_by("trade_date")
        .agg(pl.col("^.*_cny$").sum(), pl.col("^.*_shares$").sum())
        .sort("trade_date", descending=True)
    )
    return _report([_margin(day) for day in days.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPTA_APP_IPOAPPLY")
def eastmoney_new_issues(view: View, query: Query) -> Answer:
    """A page of the mainland's new issues by subscription day: CNY; all shares in units of 10,000,
    those sold online in single shares.

    Only the filter for all stocks is honoured. Listing and first close appear when they have happened.
    """
    issues = view.market.mainland_issues.filter(pl.col("apply_date") <= view.now.date())
    issues = issues.sort("apply_date", "code", descending=True)
    return _report([_issue(i, view) for i in issues.to_dicts()], query)


@endpoint(F10, r"/securities" + REPORT, reportName="RPT_HKF10_INFO_SECURITYINFO")
def eastmoney_hong_kong_security(view: View, query: Query) -> Answer:
    """The master data of one Hong Kong security, from its listing day."""
    code = _filtered(query["filter"], "SECUCODE")
    known = pl.col("listing_date") <= view.newest(HONG_KONG_BARS)
    issues = view.market.hong_kong_issues.filter(pl.col("code") == code, known)
    return _report([_hong_kong_security(i) for i in issues.to_dicts()], query)


def _report(rows: list[Row], query: Query) -> Answer:
    """A page of a data-centre report; nothing at all is `"result": null`."""
    size = int(query["pageSize"])
    pages = -(-len(rows) // size)

    def wrap(shown: list[Row]) -> Row:
        result = {"pages": pages, "data": shown, "count": len(rows)} if shown else None
        return {"version": "0", "result": result, "success": bool(shown), "code": 0}

    return json_answer(page(rows, int(query["pageNumber"]), size), wrap)


def _filtered(text: str, column: str) -> str:
    found = re.search(rf'{column}="([^"]*)"', text)
    return found.group(1) if found else ""


def _quote(stock: Row) -> Row:
    """Keys in ascending order, as the upstream sends them."""
    last, close = stock["previous_close"], stock["close"]
    if close is None:
        seen: list[object] = ["-"] * 6 + [0]
    else:
        change, swing = close - last, stock["high"] - stock["low"]
        seen = [close, _percent(change, last), round(change, 2), int(stock["volume_shares"] / 100)]
        seen += [stock["amount_cny"], _percent(swing, last)]
        seen += [_percent(stock["volume_shares"], stock["float_shares"])]
    prices = [stock[k] if close is not None else "-" for k in ("high", "low", "open")]
    shanghai = int(stock["exchange"] == "SSE")
    return {
        **_numbered((1, 2, 3, 4, 5, 6, 7, 8), [2, *seen]),
        **_numbered((9, 10, 11), [30.0, 1.0, 0.0]),
        **_numbered((12, 13, 14), [stock["code"][:6], shanghai, stock["name"]]),
        **_numbered((15, 16, 17, 18), [*prices, last]),
        **_numbered((20, 21), [round(last * stock[c]) for c in ("shares", "float_shares")]),
        **_numbered((22, 23, 24, 25, 62), [0.0, 3.0, 0.0, 0.0, 0.0]),
        **_numbered((115, 128, 136, 140, 141, 152), [30.0, "-", "-", "-", "-", 2]),
    }


def _numbered(numbers: Iterable[int], values: Iterable[object]) -> Row:
    return {f"f{n}": value for n, value in zip(numbers, values, strict=True)}


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 2)


def _margin(day: Row) -> Row:
    lent, owed = day["securities_lending_balance_cny"], day["financing_balance_cny"]
    return {
        "STATISTICS_DATE": _midnight(day["trade_date"]),
        "FIN_BALANCE": round(owed / 1e8, 2),
        "LOAN_BALANCE": round(lent / 1e8, 2),
        "FIN_BUY_AMT": round(day["financing_purchases_cny"] / 1e8, 2),
        "LOAN_SELL_AMT": round(lent / 150.0 / 1e8, 2),
        "SECURITY_ORG_NUM": 94,
        "OPERATEDEPT_NUM": 11700,
        "PERSONAL_INVESTOR_NUM": 780.0,
        "ORG_INVESTOR_NUM": 50000,
        "INVESTOR_NUM": round(owed / 4.7e6),
        "MARGINLIAB_INVESTOR_NUM": round(owed / 1.4e6),
        "TOTAL_GUARANTEE": round(owed * 3.3 / 1e8, 2),
        "AVG_GUARANTEE_RATIO": 285.0,
    }


def _issue(issue: Row, view: View) -> Row:
    listed = issue["listing_date"] <= view.now.date()
    traded = issue["listing_date"] <= view.bar_day
    offer, close = issue["offer_price_cny"], issue["first_day_close_cny"]
    number = issue["issue_shares"] / 1e4
    return {
        "SECURITY_CODE": issue["code"][:6],
        "SECURITY_NAME": issue["name"],
        "TRADE_MARKET_CODE": "069001001001",
        "APPLY_CODE": issue["code"][:6],
        "TRADE_MARKET": EXCHANGES[issue["exchange"]],
        "MARKET_TYPE": "科创板" if issue["board"] == "STAR" else "非科创板",
        "ISSUE_NUM": number,
        "ONLINE_ISSUE_NUM": round(issue["issue_shares"] * 0.3),
        "TOP_APPLY_MARKETCAP": 10.0,
        "ONLINE_APPLY_UPPER": 1.0,
        "ISSUE_PRICE": offer,
        "LATELY_PRICE": close if traded else None,
        "CLOSE_PRICE": close if traded else None,
        "APPLY_DATE": _midnight(issue["apply_date"]),
        "BALLOT_NUM_DATE": None,
        "BALLOT_PAY_DATE": None,
        "LISTING_DATE": _midnight(issue["listing_date"]) if listed else None,
        "AFTER_ISSUE_PE": 24.5,
        "ONLINE_ISSUE_LWR": 0.03,
        "INITIAL_MULTIPLE": 2500.0,
        "INDUSTRY_PE_NEW": 33.0,
        "OFFLINE_EP_OBJECT": "7000",
        "CONTINUOUS_1WORD_NUM": "-",
        "TOTAL_CHANGE": _percent(close - offer, offer) if traded else None,
        "PROFIT": round((close - offer) * 500, 2) if traded else None,
    }


def _hong_kong_security(issue: Row) -> Row:
    return {
        "SECUCODE": issue["code"],
        "SECURITY_CODE": issue["code"][:5],
        "SECURITY_NAME_ABBR": issue["name"],
        "SECURITY_TYPE": "非H股",
        "LISTING_DATE": _midnight(issue["listing_date"]),
        "ISIN_CODE": f"XX00000{issue['code'][:5]}",
        "BOARD": "主板",
        "TRADE_UNIT": 100,
        "TRADE_MARKET": "香港交易所",
        "GANGGUTONGBIAODISHEN": "否",
        "GANGGUTONGBIAODIHU": "否",
        "PAR_VALUE": "0.0001 USD",
        "ISSUE_PRICE": issue["offer_price_hkd"],
        "ISSUE_NUM": int(issue["issue_shares"]),
        "YEAR_SETTLE_DAY": "12-31",
    }


def _midnight(day: date) -> str:
    return f"{day} 00:00:00"
