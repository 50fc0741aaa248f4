"""Shanghai Stock Exchange: stock list, daily totals, margin."""

from datetime import date

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer
from flows.sandbox.market.appraisal import board_valuation
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "query.sse.com.cn"
MOST_MARGIN_ROWS = 2000
LIST = "COMMON_SSE_CP_GPJCTPZ_GPLB_GP_L"
LISTED, BOARDS = "2,4,5,7,8", {"1": "Main", "8": "STAR"}
PRODUCTS = ("01", "02", "03", "11", "17")  # main board A, B, STAR, buy-backs, all stocks


@endpoint(HOST, r"/sseQuery/commonQuery\.do", sqlId=LIST)
def sse_stock_list(view: View, query: Query) -> Answer:
    """The listed companies of a board."""
    board = BOARDS.get(query["STOCK_TYPE"]) if query["COMPANY_STATUS"] == LISTED else None
    listed = view.listed.filter(pl.col("exchange") == "SSE", pl.col("board") == board)
    return json_answer([_company(c) for c in listed.to_dicts()], lambda rows: {"result": rows})


@endpoint(HOST, r"/commonQuery\.do", sqlId=LIST, COMPANY_STATUS="3")
def sse_delisted(view: View, query: Query) -> Answer:
    """Companies that have left; the caller asks for all boards at once, 500 to a page."""
    gone = view.market.delisted.filter(
        pl.col("exchange") == "SSE", pl.col("delisting_date") <= view.now.date()
    )
    rows = [_company(c | {"board": "Main"}) for c in gone.to_dicts()]
    for row, company in zip(rows, gone.to_dicts(), strict=True):
        row |= {"DELIST_DATE": f"{company['delisting_date']:%Y%m%d}", "STATE_CODE_STOCK": "3"}
    size = int(query["pageHelp.pageSize"])
    return json_answer(rows[:size], lambda rows: {"result": rows, "pageHelp": {"total": len(gone)}})


@endpoint(HOST, r"/commonQuery\.do", sqlId="COMMON_SSE_SJ_GPSJ_CJGK_MRGK_C")
def sse_daily_totals(view: View, query: Query) -> Answer:
    """Totals of a day, one row per product: 100 million CNY or shares, per cent."""
    totals = view.totals("SSE", day_of(query["SEARCH_DATE"])).to_dicts()
    ratios = _average_earnings(view, day_of(query["SEARCH_DATE"]))
    rows = [
        _totals(product, totals, query["SEARCH_DATE"], ratios.get(product, 0.0))
        for product in PRODUCTS
    ]
    return json_answer(rows if totals else [], lambda rows: {"result": rows})


@endpoint(HOST, r"/marketdata/tradedata/queryMargin\.do", tabType="")
def sse_margin(view: View, query: Query) -> Answer:
    """Margin of a range of days, newest first, CNY and shares; never more than 2,000 days."""
    between = pl.col("trade_date").is_between(day_of(query["beginDate"]), day_of(query["endDate"]))
    days = view.margin("SSE").filter(between).sort("trade_date", descending=True)
    rows = [_margin(day) for day in days.head(MOST_MARGIN_ROWS).to_dicts()]
    return json_answer(rows, lambda rows: {"result": rows, "pageHelp": {"total": len(days)}})


def _average_earnings(view: View, day: date) -> dict[str, float]:
    """Average P/E by product: of all stocks, which are mostly the main board's, and of STAR."""
    boards = board_valuation(view.market.parameters.seed).filter(pl.col("trade_date") == day)
    ratios = dict(boards.select("board", "pe_weighted").iter_rows())
    whole, star = ratios.get("Shanghai", 0.0), ratios.get("STAR", 0.0)
    return {"01": whole, "17": whole, "03": star}


def _company(company: Row) -> Row:
    code, name = company["code"][:6], company["name"]
    return {
        "A_STOCK_CODE": code,
        "B_STOCK_CODE": "-",
        "COMPANY_ABBR": name,
        "COMPANY_CODE": code,
        "CSRC_CODE_DESC": "-",
        "FULL_NAME": f"{name}股份有限公司",
        "LIST_BOARD": "2" if company["board"] == "STAR" else "1",
        "LIST_DATE": f"{company['listing_date']:%Y%m%d}",
        "SEC_NAME_CN": name,
        "SEC_NAME_FULL": name,
        "STATE_CODE_STOCK": "1",
    }


def _totals(product: str, totals: list[Row], day: str, earnings: float) -> Row:
    """The fields in the upstream's order, by which akshare names them."""
    board = {"01": "Main", "03": "STAR"}.get(product)
    counted = [t for t in totals if product == "17" or t["board"] == board]
    amount, volume, value, floating, number = (
        sum(t[c] for t in counted)
        for c in (
            "amount_cny",
            "volume_shares",
            "market_value_cny",
            "float_value_cny",
            "stocks",
        )
    )
    return {
        "TOTAL_VALUE": f"{value / 1e8:.2f}",
        "TRADE_VOL": f"{volume / 1e8:.2f}",
        "AVG_PE_RATE": f"{earnings:.2f}",
        "TOTAL_TO_RATE": f"{100 * amount / max(value, 1):.4f}",
        "TRADE_AMT": f"{amount / 1e8:.2f}",
        "PRODUCT_CODE": product,
        "NEGO_VALUE": f"{floating / 1e8:.2f}",
        "NEGO_TO_RATE": f"{100 * amount / max(floating, 1):.4f}",
        "TRADE_DATE": day.replace("-", ""),
        "LIST_NUM": str(number),
        "SECURITY_TYPE": "1",
    }


def _margin(day: Row) -> Row:
    lent, owed = day["securities_lending_balance_cny"], day["financing_balance_cny"]
    return {
        "detailsDate": None,
        "opDate": f"{day['trade_date']:%Y%m%d}",
        "rqchl": None,
        "rqmcl": int(day["securities_lending_sold_shares"]),
        "rqyl": int(day["securities_lending_shares"]),
        "rqylje": int(lent),
        "rzche": None,
        "rzchl": None,
        "rzmre": int(day["financing_purchases_cny"]),
        "rzrqjyzl": int(owed + lent),
        "rzye": int(owed),
        "securityAbbr": None,
        "stockCode": None,
    }
