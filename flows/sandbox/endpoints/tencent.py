"""Tencent: daily bars of indices and stocks by year, the fallback of Sina's history."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, day_of, text_answer, to_json
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

MOST_ROWS = 640


@endpoint("proxy.finance.qq.com", r"/ifzqgtimg/appstock/app/newfqkline/get")
def tencent_history(view: View, query: Query) -> Answer:
    """Bars between two days. Volume in lots of 100 shares (STAR stocks: in shares), amount in
    10,000 CNY; indices carry neither amount nor turnover.
    """
    symbol, _, first, last, _, adjusted = query["param"].split(",")
    bars = _bars(view, symbol)
    if first:
        bars = bars.filter(pl.col("trade_date").is_between(day_of(first), day_of(last)))
    key = "day" if not adjusted or _is_index(symbol) else f"{adjusted}day"
    rows = bars.tail(MOST_ROWS).to_dicts()

    def write(rows: list[dict[str, object]]) -> str:
        data = {symbol: {key: [list(row.values()) for row in rows]}}
        return _assigned(query["_var"], {"code": 0, "msg": "", "data": data})

    return text_answer(rows, write)


@endpoint("web.ifzq.gtimg.cn", r"/other/klineweb/klineWeb/weekTrends")
def tencent_weekly_trend(view: View, query: Query) -> Answer:
    """The close of each week since the listing; callers read the first day from it."""
    bars = _bars(view, query["code"])
    weeks = bars.group_by(week=pl.col("trade_date").dt.truncate("1w"), maintain_order=True).agg(
        day=pl.col("trade_date").first(), close=pl.col("close").last()
    )
    rows = weeks.select("day", "close").to_dicts()

    def write(rows: list[dict[str, object]]) -> str:
        data = [list(row.values()) for row in rows]
        return _assigned(query["_var"], {"code": 0, "msg": "", "data": data})

    return text_answer(rows, write)


def _assigned(name: str, value: object) -> str:
    return f"{name}={to_json(value).decode()}"


def _is_index(symbol: str) -> bool:
    return symbol.startswith(("sh000", "sz399", "sz98", "bj899", "csi"))


def _bars(view: View, symbol: str) -> pl.DataFrame:
    """The day, then texts in Tencent's order: open, close, high, low, volume, …"""
    if _is_index(symbol):
        bars = view.index(f"{symbol[-6:]}.{symbol[:-6].upper()}")
        return bars.select(*_common(3, 100.0))
    lot = 1.0 if symbol.startswith("sh688") else 100.0
    return view.stock(symbol).select(
        *_common(2, lot),
        nothing=pl.lit(None),
        turnover=_text(pl.col("turnover_rate") * 100, 2),
        amount=_text(pl.col("amount_cny") / 1e4, 2),
    )


def _common(decimals: int, lot: float) -> list[pl.Expr]:
    prices = [_text(pl.col(c), decimals) for c in ("open", "close", "high", "low")]
    return [pl.col("trade_date"), *prices, _text(pl.col("volume_shares") / lot, 3).alias("volume")]


def _text(number: pl.Expr, decimals: int) -> pl.Expr:
    return number.round(decimals).cast(pl.String)
