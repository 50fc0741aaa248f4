"""Eastmoney: bars of indices, boards and megacaps abroad, and the list of Hong Kong's indices."""

import polars as pl

from flows.sandbox.endpoints.eastmoney import MOST_QUOTES, QUOTES
from flows.sandbox.endpoints.eastmoney_kline import klines
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.market.abroad import COMPANIES
from flows.sandbox.market.boards import CONCEPTS, PUBLISHERS, TRADES
from flows.sandbox.market.indices import HONG_KONG
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

LOT = 100.0
SUFFIXES = {"0": "SZ", "1": "SH", "2": "CSI", "124": "HK"}
MEGACAPS = tuple(f"116.{c.code[:5]}" for c in COMPANIES if c.code.endswith(".HK"))
OTHER_INDICES = 247  # of Hong Kong, which nobody here follows


@klines("1.000", "0.399", "0.97", "0.98", "2.")
def mainland_index_bars(view: View, secid: str) -> pl.DataFrame:
    """Lots of 100 shares and CNY."""
    market, _, number = secid.partition(".")
    bars = view.index(f"{number}.{SUFFIXES[market]}")
    return _on_the_wire(bars, pl.col("volume_shares") / LOT, pl.col("amount_cny"))


@klines("124.")
def hong_kong_index_bars(view: View, secid: str) -> pl.DataFrame:
    """Levels; neither volume nor amount."""
    return _on_the_wire(view.index(f"{secid[4:]}.HK"), pl.lit(0.0), pl.lit(0.0))


@klines("100.NDX")
def new_york_index_bars(view: View, secid: str) -> pl.DataFrame:
    """Levels of the Nasdaq 100, which Eastmoney calls 纳斯达克."""
    return _on_the_wire(view.abroad(f"{secid[4:]}.US"), pl.col("volume_shares"), pl.lit(0.0))


@klines("105.")
def new_york_share_bars(view: View, secid: str) -> pl.DataFrame:
    """Shares and USD, as traded."""
    bars = view.abroad(f"{secid[4:]}.US")
    return _on_the_wire(bars, pl.col("volume_shares"), pl.col("amount"))


@klines(*MEGACAPS)
def hong_kong_megacap_bars(view: View, secid: str) -> pl.DataFrame:
    """Shares and HKD, as traded."""
    bars = view.abroad(f"{secid[4:]}.HK")
    return _on_the_wire(bars, pl.col("volume_shares"), pl.col("amount"))


@klines("90.BK")
def board_bars(view: View, secid: str) -> pl.DataFrame:
    """Lots of 100 shares and CNY."""
    names = {b.eastmoney: b.name for b in (*CONCEPTS, *TRADES)}
    bars = view.board(names.get(secid[3:], ""), PUBLISHERS[1])
    return _on_the_wire(bars, pl.col("volume_shares") / LOT, pl.col("amount_cny"))


@endpoint(QUOTES, r"/api/qt/clist/get", fs="m:124,m:125,m:305")
def eastmoney_hong_kong_indices(_view: View, query: Query) -> Answer:
    """A page of Hong Kong's indices, each with the number of the market of its bars."""
    followed = [(i.code.split(".")[0], i.name) for i in HONG_KONG]
    others = [(f"HSX{n:03}", f"模拟指数{n:03}") for n in range(OTHER_INDICES)]
    listed = [_quote(code, name) for code, name in (*followed, *others)]
    rows = page(listed, int(query["pn"]), min(int(query["pz"]), MOST_QUOTES))
    return json_answer(rows, lambda rows: {"data": {"total": len(listed), "diff": rows}})


def _quote(code: str, name: str) -> Row:
    numbers = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 33, 62)
    row: Row = {"f1": 2, **{f"f{n}": 0.0 for n in numbers}, "f12": code, "f13": 124, "f14": name}
    row |= {"f115": "-", "f128": "-", "f136": "-", "f140": "-", "f141": "-", "f152": 2}
    return dict(sorted(row.items(), key=lambda item: int(item[0][1:])))


def _on_the_wire(bars: pl.DataFrame, volume: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    prices = ("open", "close", "high", "low")
    last = pl.col("close").shift(1).fill_null(pl.col("open"))
    return bars.select("trade_date", *prices, volume=volume, amount=amount, previous_close=last)
