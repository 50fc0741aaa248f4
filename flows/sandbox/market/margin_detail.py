"""Margin by security: the summary of an exchange and day, shared out.

The parts add up to the last yuan.
"""

from datetime import date

import numpy as np
import polars as pl

from flows.sandbox.market.market import Market
from flows.sandbox.market.paths import Floats

MOST = {"SSE": 1800, "SZSE": 1850, "BSE": 80}  # companies whose shares may be bought on margin
FUNDS_SHARE = {"SSE": 0.06, "SZSE": 0.04, "BSE": 0.0}  # of the exchange's loans
MOST_FUNDS = 90
PARTS = (
    "financing_balance_cny",
    "securities_lending_shares",
    "securities_lending_sold_shares",
    "securities_lending_balance_cny",
)


def eligible(companies: pl.DataFrame, exchange: str) -> pl.DataFrame:
    """The companies that may be bought on margin: the largest, none that is new; with row and base,
    a weight that lasts.
    """
    rng = np.random.default_rng([34, len(companies)])
    taste = pl.Series(np.exp(rng.normal(0.0, 0.5, len(companies))))
    return (
        companies.with_row_index("row")
        .with_columns(base=pl.col("float_shares") * pl.col("price") * taste)
        .filter(~pl.col("newcomer"), pl.col("exchange") == exchange)
        .sort("base", descending=True)
        .head(MOST[exchange])
        .sort("code")
    )


def detail(market: Market, exchange: str, day: date) -> pl.DataFrame:
    """Margin per security of an exchange and day: code, name, the columns of the summary, and
    financing_repayments_cny. Empty if nothing was lent that day or the market knows no prices.
    """
    at = np.flatnonzero(market.days == np.datetime64(day))
    if not len(at) or market.margin_of(exchange, day) is None:
        return pl.DataFrame(schema={"code": pl.String, "name": pl.String})
    now = _shared_out(market, exchange, int(at[0]))
    owed = pl.col("financing_balance_cny")
    before = now.with_columns(owed_before=owed)
    if at[0]:
        earlier = _shared_out(market, exchange, int(at[0]) - 1)
        before = now.join(earlier.select("code", owed_before=owed), on="code", how="left")
    paid = pl.col("owed_before") + pl.col("financing_purchases_cny") - owed
    return before.with_columns(
        financing_repayments_cny=paid.fill_null(0.0).clip(lower_bound=0.0)
    ).drop("owed_before")


def _shared_out(market: Market, exchange: str, t: int) -> pl.DataFrame:
    day = market.days[t].item()
    summary = market.margin_of(exchange, day) or {}
    frame = _weights(market, exchange, t)
    weight, bought = frame["weight"].to_numpy(), frame["amount_cny"].to_numpy()
    parts = {name: _apportioned(summary[name], weight) for name in PARTS}
    purchases = _apportioned(summary["financing_purchases_cny"], bought)
    return frame.select("code", "name").with_columns(
        financing_purchases_cny=purchases, **{c: pl.Series(v) for c, v in parts.items()}
    )


def _weights(market: Market, exchange: str, t: int) -> pl.DataFrame:
    """Who takes which part of the loans (code, name, weight) and of the purchases (amount_cny)."""
    chosen = eligible(market.companies, exchange)
    rows = chosen["row"].to_numpy()
    price = market.tape.last[t, rows] / chosen["price"].to_numpy()
    shares = chosen.select("code", "name").with_columns(
        weight=pl.Series(chosen["base"].to_numpy() * np.sqrt(price)),
        amount_cny=pl.Series(np.nan_to_num(market.tape.amount[t, rows])),
    )
    part = FUNDS_SHARE[exchange]
    if not part:
        return shares
    funds = market.fund_daily.filter(
        pl.col("trade_date") == market.days[t].item(), pl.col("exchange") == exchange
    ).top_k(MOST_FUNDS, by="amount_cny")
    size = pl.col("fund_shares") * pl.col("close")
    rest = part / (1 - part)
    scaled = funds.select(
        "code", "name",
        weight=size / size.sum() * shares["weight"].sum() * rest,
        amount_cny=pl.col("amount_cny") / pl.col("amount_cny").sum() * shares["amount_cny"].sum() * rest,
    )  # fmt: skip
    return pl.concat([shares, scaled]).sort("code")


def _apportioned(total: float, weight: Floats) -> Floats:
    """Whole numbers in proportion to the weights that add up to the total exactly."""
    edges = np.rint(total * np.cumsum(weight) / weight.sum())
    parts: Floats = np.diff(edges, prepend=0.0)
    return parts
