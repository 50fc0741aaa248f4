"""Eastmoney: exchange-traded funds, quotes of all and bars of each."""

from datetime import UTC, datetime

import polars as pl

from flows.sandbox.endpoints.eastmoney import MOST_QUOTES, QUOTES
from flows.sandbox.endpoints.eastmoney_kline import klines
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

ALL_FUNDS = "b:MK0021,b:MK0022,b:MK0023,b:MK0024,b:MK0827"


@endpoint(QUOTES, r"/api/qt/clist/get", fs=ALL_FUNDS)
def eastmoney_fund_quotes(view: View, query: Query) -> Answer:
    """A page of all funds, highest code first: lots of 100, CNY, per cent, and the newest shares
    that the exchanges have published.
    """
    quotes = view.market.fund_daily.filter(pl.col("trade_date") == view.bar_day)
    known = pl.concat([view.fund_shares("SSE"), view.fund_shares("SZSE")])
    newest = known.filter(pl.col("trade_date") == known["trade_date"].max())
    both = quotes.drop("fund_shares").join(newest.select("code", "fund_shares"), on="code")
    listed = both.sort(pl.col("code").str.head(6), descending=True).to_dicts()
    size = min(int(query["pz"]), MOST_QUOTES)
    rows = [_quote(fund) for fund in page(listed, int(query["pn"]), size)]

    def wrap(rows: list[Row]) -> Row:
        return {"rc": 0, "data": {"total": len(listed), "diff": rows} if rows else None}

    return json_answer(rows, wrap)


@klines("1.5", "0.15", "0.16", "0.18")
def fund_bars(view: View, secid: str) -> pl.DataFrame:
    """Bars of a fund: lots of 100 shares, CNY."""
    market, _, digits = secid.partition(".")
    bars = view.fund(f"{digits}.{'SH' if market == '1' else 'SZ'}")
    return bars.with_columns(
        volume=pl.col("volume_shares") / 100.0,
        amount="amount_cny",
        previous_close=pl.col("close").shift(1).fill_null(pl.col("open")),
        turnover_percent=100.0 * pl.col("volume_shares") / pl.col("fund_shares"),
    )


def _quote(fund: Row) -> Row:
    """Keys in ascending order, as the upstream sends them; without trading data in depth."""
    close, opened, shares = fund["close"], fund["open"], fund["fund_shares"]
    day = fund["trade_date"]
    updated = datetime(day.year, day.month, day.day, 8, 15, tzinfo=UTC)
    known = {
        2: close, 3: round(100 * (close / opened - 1), 2), 4: round(close - opened, 3),
        5: int(fund["volume_shares"] / 100), 6: fund["amount_cny"],
        8: round(100 * fund["volume_shares"] / shares, 2), 12: fund["code"][:6],
        13: int(fund["exchange"] == "SSE"), 14: fund["name"], 15: fund["high"], 16: fund["low"],
        17: opened, 18: opened, 20: round(shares * close), 21: round(shares * close), 38: shares,
        124: int(updated.timestamp()), 297: int(f"{day:%Y%m%d}"), 441: close,
    }  # fmt: skip
    others = (1, 7, 9, 10, 11, 22, 23, 24, 25, 30, 31, 32, 33, 34, 35, 62, 63, 64, 65, 66, 69, 72,
              75, 78, 81, 84, 87, 115, 128, 136, 152, 184, 402)  # fmt: skip
    values = dict.fromkeys(others, 0.0) | known
    return {f"f{n}": values[n] for n in sorted(values)}
