"""Beijing Stock Exchange: stock list and margin, as JSONP."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, page, text_answer, to_json
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "www.bse.cn"
PAGE = 20
LIST_FIELDS = 48  # read by position: the place of the fields that carry something
PLACES = {
    "listing_date": 0,
    "float_shares": 11,
    "industry": 17,
    "report_date": 22,
    "area": 29,
    "sponsor": 35,
    "shares": 36,
    "code": 38,
    "name": 40,
}


@endpoint(HOST, r"/nqxxController/nqxxCnzq\.do")
def bse_stock_list(view: View, query: Query) -> Answer:
    """A page of the listed companies."""
    listed = view.listed.filter(pl.col("exchange") == "BSE").sort("code").to_dicts()
    rows = [_company(c, view) for c in page(listed, int(query["page"]) + 1, PAGE)]
    pages = -(-len(listed) // PAGE)

    def write(rows: list[Row]) -> str:
        head = {"content": rows, "totalElements": len(listed), "totalPages": pages}
        return f"null({to_json([head]).decode()})"

    return text_answer(rows, write)


@endpoint(HOST, r"/rzrqjyyexxController/summaryInfoResult\.do")
def bse_margin(view: View, query: Query) -> Answer:
    """Margin of a day, 10,000 CNY or shares."""
    day = pl.col("trade_date") == day_of(query["transDate"])
    rows = [_margin(m) for m in view.margin("BSE").filter(day).to_dicts()]
    name, date = query["callback"], query["transDate"]
    return text_answer(rows, lambda rows: f"{name}([{to_json(rows).decode()},'{date}'])")


def _company(company: Row, view: View) -> Row:
    values: list[object] = [None] * LIST_FIELDS
    known = {
        **{k: company[k] for k in ("industry", "name")},
        "code": company["code"][:6],
        "listing_date": f"{company['listing_date']:%Y%m%d}",
        "report_date": f"{view.bar_day:%Y%m%d}",
        "shares": int(company["shares"]),
        "float_shares": int(company["float_shares"]),
        "area": "模拟省",
        "sponsor": "模拟证券",
    }
    for name, place in PLACES.items():
        values[place] = known[name]
    return {f"xx{i:02d}": value for i, value in enumerate(values)}


def _margin(day: Row) -> Row:
    lent, owed = day["securities_lending_balance_cny"], day["financing_balance_cny"]
    values = {
        "rzmreRound": day["financing_purchases_cny"],
        "rzyeRound": owed,
        "rqmclRound": day["securities_lending_sold_shares"],
        "rqylRound": day["securities_lending_shares"],
        "rqyeRound": lent,
        "rzrqyeRound": owed + lent,
    }
    return {key: round(value / 1e4, 2) for key, value in values.items()}
