"""Sina Finance: packed daily history, snapshots of stocks and indices, trading calendar."""

import json
from datetime import date

import polars as pl

from flows.sandbox.formats import klc
from flows.sandbox.formats.wire import (
    Answer,
    Query,
    Row,
    json_answer,
    klc_answer,
    page,
    text_answer,
)
from flows.sandbox.market.trading_days import trading_days
from flows.sandbox.registry import endpoint
from flows.sandbox.view import HONG_KONG_BARS, View

FILES = "finance.sina.com.cn"
QUOTES = "vip.stock.finance.sina.com.cn"
CENTER = "/quotes_service/api/json_v2.php/Market_Center."

# Of such changes akshare makes bars on days without trading.
DAY_OFF, CHANGED_ON_DAY_OFF = date(2025, 11, 15), ("8", "9")

# Sina's calendar file lacks this trading day; akshare puts it back.
MISSING_IN_CALENDAR = "1992-05-04"


def _index_code(symbol: str) -> str:
    """The code of a Sina index symbol: sh000001 → 000001.SH."""
    return f"{symbol[2:]}.{symbol[:2].upper()}"


def _index_volume(code: str) -> pl.Expr:
    """Shanghai's index volumes are in lots of 100 shares, the others' in shares."""
    return pl.col("volume_shares") / (100.0 if code.endswith(".SH") else 1.0)


@endpoint(FILES, r"/realstock/company/(?P<symbol>\w+)/hisdata/klc_kl\.js")
def sina_index_history(view: View, query: Query) -> Answer:
    """All bars of a mainland index."""
    symbol = query["symbol"]
    code = _index_code(symbol)
    bars = view.index(code).select(
        "trade_date", "open", "high", "low", "close", volume=_index_volume(code)
    )
    return klc_answer(f"KLC_KL_{symbol}", bars, klc.index_file)


@endpoint(FILES, r"/realstock/company/(?P<symbol>(?!sh5|sz1)\w+)/hisdata_klc2/klc_kl\.js")
def sina_stock_history(view: View, query: Query) -> Answer:
    """All bars of a mainland stock: shares and CNY."""
    bars = view.stock(query["symbol"]).select(
        "trade_date", "open", "high", "low", "close", volume="volume_shares", amount="amount_cny"
    )
    return klc_answer(f"KLC_K2_{query['symbol']}", bars, klc.stock_file)


@endpoint("stock.finance.sina.com.cn", r"/stock/api/jsonp\.php/.*/StockService\.getAmountBySymbol")
def sina_float_shares(view: View, query: Query) -> Answer:
    """Changes of the tradable shares, in units of 10,000; some are dated on a day off."""
    company = view.listed.filter(pl.col("symbol") == query["symbol"])
    rows = []
    for day, shares in company.select("listing_date", "float_shares").iter_rows():
        rows.append({"date": str(day), "amount": f"{shares / 1e4:.4f}"})
        if query["symbol"].endswith(CHANGED_ON_DAY_OFF) and day < DAY_OFF <= view.now.date():
            rows.append({"date": str(DAY_OFF), "amount": f"{shares / 1e4:.4f}"})
    return text_answer(rows, lambda rows: f"var KKE_ShareAmount=({_quoted(rows)})")


@endpoint(FILES, r"/stock/hkstock/(?P<code>\d{5})/klc2_kl\.js")
def sina_hong_kong_stock_history(view: View, query: Query) -> Answer:
    """All bars of a Hong Kong stock: shares and HKD."""
    code = f"{query['code']}.HK"
    newcomers = view.market.hong_kong_daily.filter(
        pl.col("code") == code, pl.col("trade_date") <= view.newest(HONG_KONG_BARS)
    )
    bars = pl.concat(
        listed.select(
            "trade_date", "open", "high", "low", "close", volume="volume_shares", amount=amount
        )
        for listed, amount in ((newcomers, "amount_hkd"), (view.abroad(code), "amount"))
    )
    return klc_answer(f"KLC_K2_{query['code']}", bars, klc.stock_file)


@endpoint(FILES, r"/stock/hkstock/(?P<code>[A-Z]\w*)/klc2_kl\.js")
def sina_hong_kong_index_history(view: View, query: Query) -> Answer:
    """All bars of a Hong Kong index."""
    bars = view.index(f"{query['code']}.HK").select(
        "trade_date", "open", "high", "low", "close", volume="volume_shares"
    )
    return klc_answer(f"KLC_K2_{query['code']}", bars, klc.index_file)


@endpoint(FILES, r"/realstock/company/klc_td_sh\.txt")
def sina_trading_days(view: View, _query: Query) -> Answer:
    """The trading calendar, up to the end of the current year."""
    rows = [
        {"day": day}
        for day in trading_days().tolist()
        if day.year <= view.now.year and str(day) != MISSING_IN_CALENDAR
    ]
    return text_answer(
        rows, lambda rows: f'var datelist="{klc.calendar_file([r["day"] for r in rows])}";'
    )


@endpoint(QUOTES, CENTER + "getHQNodeStockCount", node="hs_a")
def sina_stock_count(view: View, _query: Query) -> Answer:
    """How many stocks the snapshot has."""
    return text_answer([], lambda _: f'"{len(view.snapshot)}"')


@endpoint(QUOTES, CENTER + "getHQNodeData", node="hs_a")
def sina_stock_snapshot(view: View, query: Query) -> Answer:
    """A page of all stocks by symbol: shares and CNY, market values in 10,000 CNY."""
    stocks = view.snapshot.sort("symbol")
    size = int(query["num"])
    wanted = stocks.slice((int(query["page"]) - 1) * size, size)
    return text_answer([_stock_quote(stock) for stock in wanted.to_dicts()], _quoted)


@endpoint(QUOTES, CENTER + "getHQNodeStockCountSimple", node="hs_s")
def sina_index_count(view: View, _query: Query) -> Answer:
    """How many indices the snapshot has."""
    return text_answer([], lambda _: f'"{len(_index_pairs(view))}"')


@endpoint(QUOTES, CENTER + "getHQNodeDataSimple", node="hs_s")
def sina_index_snapshot(view: View, query: Query) -> Answer:
    """A page of the mainland indices: CNY."""
    pairs = page(_index_pairs(view), int(query["page"]), int(query["num"]))
    return text_answer([_index_quote(pair) for pair in pairs], _quoted)


@endpoint(QUOTES, CENTER + "getHKStockData", node="qbgg_hk")
def sina_hong_kong_snapshot(view: View, query: Query) -> Answer:
    """A page of the Hong Kong list: shares and HKD; beyond the last page an empty list.

    It says no longer of what kind a security is.
    """
    listed = view.market.hong_kong_quotes(view.newest(HONG_KONG_BARS)).filter("sina")
    wanted = page(listed.to_dicts(), int(query["page"]), int(query["num"]))
    return json_answer([_hong_kong_quote(row) for row in wanted])


def _stock_quote(stock: Row) -> Row:
    close = stock["close"] or 0.0
    last = stock["previous_close"]
    change = close - last if close else 0.0
    return {
        "symbol": stock["symbol"],
        "code": stock["code"][:6],
        "name": stock["name"],
        "trade": f"{close:.3f}",
        "pricechange": round(change, 3),
        "changepercent": round(100 * change / last, 3),
        "buy": f"{close:.3f}",
        "sell": f"{close:.3f}",
        "settlement": f"{last:.3f}",
        **{k: f"{stock[k] or 0.0:.3f}" for k in ("open", "high", "low")},
        "volume": int(stock["volume_shares"]),
        "amount": int(stock["amount_cny"]),
        "ticktime": "15:30:00",
        "per": 30.0,
        "pb": 3.0,
        "mktcap": last * stock["shares"] / 1e4,
        "nmc": last * stock["float_shares"] / 1e4,
        "turnoverratio": round(100 * stock["volume_shares"] / stock["float_shares"], 5),
    }


def _index_pairs(view: View) -> list[Row]:
    """The newest bar of each mainland index and the close before it."""
    until = pl.col("trade_date") <= view.bar_day
    listed = pl.col("code").str.contains(r"\.(SH|SZ)$")
    bars = view.market.indices.filter(until, listed).sort("code", "trade_date")
    pairs = bars.with_columns(previous_close=pl.col("close").shift(1).over("code"))
    pairs = pairs.group_by("code", maintain_order=True).last()
    symbol = pl.col("code").str.slice(7).str.to_lowercase() + pl.col("code").str.slice(0, 6)
    return pairs.with_columns(symbol=symbol).sort("symbol").to_dicts()


def _index_quote(row: Row) -> Row:
    change = row["close"] - row["previous_close"]
    lot = 100.0 if row["symbol"].startswith("sh") else 1.0
    return {
        "symbol": row["symbol"],
        "name": row["name"],
        "trade": f"{row['close']:.4f}",
        "pricechange": f"{change:.3f}",
        "changepercent": f"{100 * change / row['previous_close']:.3f}",
        "buy": "0",
        "sell": "0",
        "settlement": f"{row['previous_close']:.4f}",
        **{k: f"{row[k]:.4f}" for k in ("open", "high", "low")},
        "volume": int(row["volume_shares"] / lot),
        "amount": int(row["amount_cny"]),
        "code": row["symbol"][2:],
        "ticktime": "15:30:39",
    }


def _hong_kong_quote(row: Row) -> Row:
    change = row["close"] - row["previous_close"]
    price = {k: f"{row[k]:.3f}" for k in ("open", "high", "low")}
    return {
        "symbol": row["code"][:5],
        "name": row["name"],
        "engname": row["english"],
        "tradetype": "",
        "lasttrade": f"{row['close']:.3f}",
        "prevclose": f"{row['previous_close']:.3f}",
        **price,
        "volume": str(int(row["volume_shares"])),
        "currentvolume": "0",
        "amount": str(int(row["amount_hkd"])),
        "ticktime": f"{row['trade_date']:%Y/%m/%d} 16:08:30",
        "buy": f"{row['close']:.3f}",
        "sell": f"{row['close']:.3f}",
        "high_52week": price["high"],
        "low_52week": price["low"],
        "eps": "0.000",
        "dividend": None,
        "stocks_sum": None,
        "pricechange": f"{change:.3f}",
        "changepercent": f"{100 * change / row['previous_close']:.7f}",
        "market_value": "0.000",
        "pe_ratio": "0.0000000",
    }


def _quoted(rows: list[Row]) -> str:
    """Sina's JSON, in which Chinese is escaped."""
    return json.dumps(rows, separators=(",", ":"))
