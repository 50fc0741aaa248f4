"""Eastmoney's data centre: new issues, applications, review meetings, Hong Kong shares."""

import re
from datetime import time, timedelta

import polars as pl

from flows.sandbox.endpoints.eastmoney import (
    CENTER,
    F10,
    MOST_QUOTES,
    QUOTES,
    REPORT,
    _filtered,
    _midnight,
    _numbered,
    _percent,
    _report,
)
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import HONG_KONG_BARS, View

QUEUE = time(18, 0)  # the exchanges publish the steps of a day's applications that evening
EXCHANGES = {"SSE": "上海证券交易所", "SZSE": "深圳证券交易所", "BSE": "北京证券交易所"}
HONG_KONG_STOCKS = "m:128 t:3,m:128 t:4,m:128 t:1,m:128 t:2"
BEIJING = "069001017"
ISSUES_AHEAD, FIRST_DAYS_AHEAD = timedelta(days=8), timedelta(days=3)  # how early days are known
BALLOT = timedelta(days=2)  # after the subscription
MARKET_TYPES = {"STAR": "科创板", "BSE": "北交所"}
LISTED_AT = {"沪主板": "上交所主板", "科创板": "上交所科创板", "深主板": "深交所主板",
             "创业板": "深交所创业板", "北交所": "北交所"}  # fmt: skip
APPLICANT = "A25178"  # what stands for a code before there is one
CITIES = ("北京", "上海")  # that are provinces
UNSAID = 23  # of so many applicants one does not say how much it wants
MARKETS = {
    "SSE Main": "069001001001",
    "SSE STAR": "069001001006",
    "SZSE Main": "069001002001",
    "SZSE ChiNext": "069001002002",
    "BSE BSE": BEIJING,
}


@endpoint(CENTER, REPORT, reportName="RPTA_APP_IPOAPPLY", quoteType="0")
def eastmoney_first_days(view: View, query: Query) -> Answer:
    """A page of the issues by listing day, without Beijing's, joined with quotes: CNY, 10,000
    shares, per cent. In its first days a share's quoted name begins with N or C.
    """
    issues = _announced(view, FIRST_DAYS_AHEAD, "listing_date").filter(pl.col("exchange") != "BSE")
    issues = issues.sort("listing_date", "code", descending=True)
    return _report([_first_day(i, view) for i in issues.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPTA_APP_IPOAPPLY")
def eastmoney_new_issues(view: View, query: Query) -> Answer:
    """A page of the mainland's new issues by subscription day: CNY; all shares in units of 10,000,
    those sold online in single shares. What has not happened yet is null: the price before the
    subscription, the ballot, the listing and the first close.
    """
    chosen = re.search(r"TRADE_MARKET_CODE(?: in \(|=)([^)]*)", query["filter"])
    announced = _announced(view, ISSUES_AHEAD, "apply_date")
    issues = announced.sort("apply_date", "code", descending=True).to_dicts()
    rows = [_issue(i, view) for i in issues]
    if chosen:
        rows = [row for row in rows if row["TRADE_MARKET_CODE"] in chosen[1]]
    return _report(rows, query)


@endpoint(CENTER, REPORT, reportName="RPT_NEEQ_ISSUEINFO_LIST")
def eastmoney_beijing_issues(view: View, query: Query) -> Answer:
    """A page of Beijing's new issues: CNY, single shares, per cent."""
    issues = _announced(view, timedelta(0), "apply_date").filter(pl.col("exchange") == "BSE")
    issues = issues.sort("apply_date", "code", descending=True)
    return _report([_beijing_issue(i, view) for i in issues.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPT_IPO_INFOALLNEW")
def eastmoney_applications(view: View, query: Query) -> Answer:
    """A page of the applications for listing, each with its newest status, newest first."""
    venue = _filtered(query.get("filter", ""), "PREDICT_LISTING_MARKET")
    reached = view.market.primary.progress.filter(pl.col("updated_on") <= view.newest(QUEUE))
    newest = reached.sort("updated_on", "company").group_by("company", maintain_order=True).last()
    if venue:
        newest = newest.filter(pl.col("venue") == venue)
    newest = newest.sort("updated_on", "company", descending=True)
    return _report([_application(a) for a in newest.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPT_IPO_REVIEW")
def eastmoney_review_meetings(view: View, query: Query) -> Answer:
    """A page of the review meetings, also of those announced: single shares and CNY."""
    day = view.newest(QUEUE)
    meetings = view.market.primary.meetings.filter(pl.col("notice_date") <= day)
    meetings = meetings.sort("review_date", "company", descending=True)
    return _report([_meeting(m, view) for m in meetings.to_dicts()], query)


@endpoint(F10, r"/securities" + REPORT, reportName="RPT_HKF10_INFO_SECURITYINFO")
def eastmoney_hong_kong_security(view: View, query: Query) -> Answer:
    """Master data of a Hong Kong security, from its listing day; older ones have no issue data."""
    code = _filtered(query["filter"], "SECUCODE")
    known = pl.col("listing_date") <= view.newest(HONG_KONG_BARS)
    issues = view.market.hong_kong_issues.filter(pl.col("code") == code, known)
    older = view.market.hong_kong_older.filter(pl.col("code") == code)
    found = pl.concat([issues, older], how="diagonal_relaxed")
    return _report([_hong_kong_security(i) for i in found.to_dicts()], query)


@endpoint(QUOTES, r"/api/qt/clist/get", fs=HONG_KONG_STOCKS)
def eastmoney_hong_kong_quotes(view: View, query: Query) -> Answer:
    """A page of the Hong Kong securities, highest code first, shares and others: HKD, per cent."""
    listed = view.market.hong_kong_quotes(view.newest(HONG_KONG_BARS))
    listed = listed.sort("code", descending=True)
    rows = [_hong_kong_quote(s) for s in page(listed.to_dicts(), int(query["pn"]), MOST_QUOTES)]

    def wrap(rows: list[Row]) -> Row:
        return {"rc": 0, "data": {"total": len(listed), "diff": rows} if rows else None}

    return json_answer(rows, wrap)


def _announced(view: View, ahead: timedelta, day: str) -> pl.DataFrame:
    """The issues of which a day is known: it is not further ahead."""
    return view.market.primary.issues.filter(pl.col(day) <= view.now.date() + ahead)


def _happened(issue: Row, view: View) -> tuple[bool, bool]:
    """Whether the share is listed by now, and whether its first day has a close."""
    over = issue["listing_date"] <= view.bar_day and issue["first_day_close_cny"] is not None
    return issue["listing_date"] <= view.now.date(), over


def _gain(issue: Row) -> float:
    """The first day's return in per cent, with the digits of the upstream."""
    offer, close = float(issue["offer_price_cny"]), float(issue["first_day_close_cny"])
    return round(100 * (close / offer - 1), 4)


def _issue(issue: Row, view: View) -> Row:
    listed, traded = _happened(issue, view)
    offer, close = issue["offer_price_cny"], issue["first_day_close_cny"]
    priced = issue["apply_date"] <= view.now.date()
    ballot = _midnight(issue["apply_date"] + BALLOT)
    return {
        "SECURITY_CODE": issue["code"][:6],
        "SECURITY_NAME": issue["name"],
        "TRADE_MARKET_CODE": MARKETS[f"{issue['exchange']} {issue['board']}"],
        "APPLY_CODE": issue["code"][:6],
        "TRADE_MARKET": EXCHANGES[issue["exchange"]],
        "MARKET_TYPE": MARKET_TYPES.get(issue["board"], "非科创板"),
        "ISSUE_NUM": issue["issue_shares"] / 1e4,
        "ONLINE_ISSUE_NUM": round(issue["issue_shares"] * 0.3),
        "TOP_APPLY_MARKETCAP": 10.5,
        "ONLINE_APPLY_UPPER": 10500,
        "ISSUE_PRICE": offer if priced else None,
        "LATELY_PRICE": close if traded else None,
        "CLOSE_PRICE": close if traded else None,
        "APPLY_DATE": _midnight(issue["apply_date"]),
        "BALLOT_NUM_DATE": ballot,
        "BALLOT_PAY_DATE": None if issue["board"] == "BSE" else ballot,
        "LISTING_DATE": _midnight(issue["listing_date"]) if listed else None,
        "AFTER_ISSUE_PE": 24.5 if priced else None,
        "ONLINE_ISSUE_LWR": 0.03 if priced else None,
        "INITIAL_MULTIPLE": 2500.0 if priced else None,
        "INDUSTRY_PE_NEW": 33.0,
        "OFFLINE_EP_OBJECT": 7000 if priced else None,
        "CONTINUOUS_1WORD_NUM": None if issue["board"] == "BSE" else "-" if listed else "待上市",
        "TOTAL_CHANGE": _percent(close - offer, offer) if traded else None,
        "PROFIT": round((close - offer) * 500, 2) if traded else None,
    }


def _first_day(issue: Row, view: View) -> Row:
    listed, traded = _happened(issue, view)
    young = "C" if listed and (view.now.date() - issue["listing_date"]).days < 5 else ""
    return {
        "SECURITY_CODE": issue["code"][:6],
        "f2": issue["first_day_close_cny"] if traded else "-",
        "f14": young + issue["name"],
        "ISSUE_PRICE": issue["offer_price_cny"],
        "LATELY_PRICE": issue["first_day_close_cny"] if traded else None,
        "ONLINE_ISSUE_LWR": 0.03,
        "ONLINE_VA_SHARES": 5_500_000.25,
        "ONLINE_VA_NUM": 12_000_000.0,
        "ONLINE_ES_MULTIPLE": 3300.0,
        "OFFLINE_VAP_RATIO": 0.02,
        "OFFLINE_VATS": 9_000_000.0,
        "OFFLINE_VAP_OBJECT": 7000.0,
        "OFFLINE_VAS_MULTIPLE": 2500.0,
        "ISSUE_NUM": issue["issue_shares"] / 1e4,
        "LD_OPEN_PREMIUM": round(_gain(issue) * 0.9, 4) if traded else None,
        "LD_CLOSE_CHANGE": _gain(issue) if traded else None,
        "LISTING_DATE": _midnight(issue["listing_date"]),
    }


def _beijing_issue(issue: Row, view: View) -> Row:
    listed, traded = _happened(issue, view)
    offer, close = issue["offer_price_cny"], issue["first_day_close_cny"]
    return {
        "SECURITY_CODE": issue["code"][:6],
        "SECURITY_NAME_ABBR": issue["name"],
        "APPLY_CODE": issue["code"][:6],
        "EXPECT_ISSUE_NUM": int(issue["issue_shares"]),
        "ISSUE_PRICE": offer,
        "ISSUE_PE_RATIO": 15.0,
        "APPLY_DATE": _midnight(issue["apply_date"]),
        "SELECT_LISTING_DATE": _midnight(issue["listing_date"]) if listed else None,
        "ONLINE_ISSUE_NUM": round(issue["issue_shares"] * 0.95),
        "APPLY_AMT_UPPER": 5_000_000,
        "APPLY_NUM_UPPER": 500_000,
        "ONLINE_ISSUE_LWR": 0.05,
        "NEWEST_PRICE": round(close * 0.9, 2) if traded else None,
        "CLOSE_PRICE": close if traded else None,
        "PER_SHARES_INCOME": round(100 * (close - offer), 2) if traded else None,
        "LD_CLOSE_CHANGE": _gain(issue) if traded else None,
        "INDUSTRY_PE_RATIO": 30.0,
        "APPLY_AMT_100": 2_000_000.0,
        "CAPTURE_PROFIT": 8.0,
        "AVERAGE_PRICE": close if traded else None,
        "ORG_VAN": 500_000,
        "VA_AMT": 8.0e11,
    }


def _application(application: Row) -> Row:
    return {
        "SECURITY_CODE": (application["code"] or "")[:6] or None,
        "STATE": application["status"],
        "REG_ADDRESS": _place(application),
        "INFO_CODE": f"AN{application['accepted_on']:%Y%m%d}0000000001",
        "CSRC_INDUSTRY": application["industry"],
        "ACCEPT_DATE": _midnight(application["accepted_on"]),
        "DECLARE_ORG": application["company"],
        "PREDICT_LISTING_MARKET": application["venue"],
        "LAW_FIRM": "模拟律师事务所",
        "ACCOUNT_FIRM": "模拟会计师事务所(特殊普通合伙)",
        "ORG_CODE": "10000001",
        "UPDATE_DATE": _midnight(application["updated_on"]),
        "RECOMMEND_ORG": application["sponsor"],
        "IS_REGISTRATION": "1",
    }


def _place(application: Row) -> str:
    """A province; of Beijing's exchange a province and a city, with a blank between them."""
    province: str = application["province"]
    if application["venue"] != "北交所":
        return province
    return f"{province}市 海淀区" if province in CITIES else f"{province}省 模拟市"


def _meeting(meeting: Row, view: View) -> Row:
    held = meeting["review_date"] <= view.newest(QUEUE)
    listing = meeting["listing_date"]
    return {
        "ORG_CODE": "10000001",
        "ORG_NAME": meeting["company"],
        "SECURITY_NAME_ABBR": meeting["short"],
        "SECURITY_CODE": (meeting["code"] or APPLICANT)[:6],
        "TRADE_MARKET": LISTED_AT[meeting["venue"]],
        "REVIEW_DATE": _midnight(meeting["review_date"]),
        "REVIEW_STATE": REVIEWED[meeting["result"]] if held else "未上会",
        "REVIEW_MEMBER": "甲委员,乙委员,丙委员",
        "LEAD_UNDERWRITER": meeting["sponsor"],
        "ISSUE_NUM": int(meeting["issue_shares"]),
        "FINANCE_AMT_UPPER": _sought(meeting),
        "NOTICE_DATE": _midnight(meeting["notice_date"]),
        "LISTING_DATE": _midnight(listing) if listing and listing <= view.now.date() else None,
    }


def _sought(meeting: Row) -> float | None:
    """The money sought in yuan, of Beijing's applicants in 万元 though the column says 元; of some
    nobody knows it.
    """
    if meeting["issue_shares"] // 10_000 % UNSAID == 0:
        return None
    money: float | None = meeting["funds_cny"]
    return money / 1e4 if money and meeting["venue"] == "北交所" else money


REVIEWED = {
    "通过": "上会通过",
    "未通过": "上会未通过",
    "暂缓表决": "暂缓表决",
    "取消审核": "取消审核",
}


def _hong_kong_security(issue: Row) -> Row:
    shares = issue["issue_shares"]
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
        "ISSUE_NUM": None if shares is None else int(shares),
        "YEAR_SETTLE_DAY": "12-31",
    }


def _hong_kong_quote(share: Row) -> Row:
    """Keys in ascending order, as the upstream sends them."""
    last, close = share["previous_close"], share["close"]
    swing = _percent(share["high"] - share["low"], last)
    change = [_percent(close - last, last), round(close - last, 3)]
    traded = [int(share["volume_shares"]), share["amount_hkd"]]
    prices = [share[k] for k in ("high", "low", "open")]
    return {
        **_numbered((1, 2, 3, 4, 5, 6, 7, 8), [3, close, *change, *traded, swing, 0.5]),
        **_numbered((9, 10, 11), [30.0, 1.0, 0.0]),
        **_numbered((12, 13, 14), [share["code"][:5], 128, share["name"]]),
        **_numbered((15, 16, 17, 18), [*prices, last]),
        **_numbered((20, 21), [5e9, 5e9]),
        **_numbered((22, 23, 24, 25, 62), [0.0, 3.0, 0.0, 0.0, 0.0]),
        **_numbered((115, 128, 136, 140, 141, 152), [30.0, "-", "-", "-", "-", 2]),
    }
