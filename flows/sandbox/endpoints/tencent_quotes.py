"""Tencent: the list of all stocks with their quotes, dearest first."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("proxy.finance.qq.com", r"/cgi/cgi-bin/rank/hs/getBoardRankList", board_code="aStock")
def tencent_stock_quotes(view: View, query: Query) -> Answer:
    """Some of all stocks by price: texts in CNY, lots of 100 shares, 10,000 CNY, per cent; market
    values in 100 million CNY. It shows no opening, highest and lowest price.
    """
    price = pl.coalesce("close", "previous_close")
    stocks = view.snapshot.with_columns(price=price).sort("price", "code", descending=[True, False])
    wanted = stocks.slice(int(query["offset"]), int(query["count"]))
    rows = [_quote(stock) for stock in wanted.to_dicts()]

    def wrap(rows: list[Row]) -> Row:
        data = {"rank_list": rows, "offset": int(query["offset"]), "total": len(stocks)}
        return {"code": 0, "msg": "ok", "data": data}

    return json_answer(rows, wrap)


def _quote(stock: Row) -> Row:
    last, price = stock["previous_close"], stock["price"]
    change = price - last
    return {
        "code": stock["symbol"],
        "hsl": f"{100 * stock['volume_shares'] / stock['float_shares']:.2f}",
        "lb": "1.00",
        "ltsz": f"{price * stock['float_shares'] / 1e8:.2f}",
        "name": stock["name"],
        "pe_ttm": "30.00",
        "pn": "3.00",
        "speed": "0.00",
        "state": "" if stock["volume_shares"] else "S",
        "stock_type": "GP-A-KCB" if stock["board"] == "STAR" else "GP-A",
        "turnover": f"{stock['amount_cny'] / 1e4:.0f}",
        "volume": f"{stock['volume_shares'] / 100:.2f}",
        "zd": f"{change:.2f}",
        "zdf": f"{100 * change / last:.2f}",
        "zsz": f"{price * stock['shares'] / 1e8:.2f}",
        "zxj": f"{price:.2f}",
    }
