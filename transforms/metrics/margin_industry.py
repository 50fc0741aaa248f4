"""Where borrowed money sits: the financing balance by industry, each share in its industry of the
day.

Shares only and financing only (融资余额), as published share by share on the next trading day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import Group, Percentile, prepared
from transforms.formulas import stock_arrays
from transforms.formulas.concentration import effective_number, herfindahl, largest
from transforms.formulas.expressions import positive
from transforms.formulas.matrix import Floats, Wide, long, total
from transforms.metrics.concentration import of_market
from transforms.prepared.series import classified
from warehouse.datasets.security import SHENWAN_FIRST_LEVEL, SHENWAN_INDEX

SHENWAN_CODE = {SHENWAN_FIRST_LEVEL[c]: f"{SHENWAN_INDEX[c]}.SW" for c in SHENWAN_INDEX}
FEWEST_CLASSIFIED = 0.9
# Of the fullest of so many days: Shanghai and Shenzhen have nearly half of the shares each.
FEWEST_SHARES, FULL = 0.75, 20

leverage = Group(unit="fraction", paper="H06")


@prepared
def margin_industries(margin_security: pl.DataFrame, security: pl.DataFrame) -> pl.DataFrame:
    """Financing balance by industry and day, each share in its industry of that day.

    Columns entity (industry), observation_date, balance, share (of all that is classified), n
    (shares with loans), coverage (classified over all loans on shares), known_at (of the day);
    sorted by day and industry. Funds are left out, and days of which less than 90 % is classified,
    or which have less than 75 % of the shares of the fullest of the last 20 days: the exchanges
    publish apart, and half of the loans sits in other industries.
    """
    loans = margin_security.filter(
        pl.col("kind") == "share", positive(pl.col("financing_balance_cny"))
    )
    names = security["industry"].drop_nulls().unique().sort()
    days = loans["trade_date"].unique().sort()
    sums, counts = _by_day_and_industry(loans, security, days, names)
    whole, unclassified = total(sums), sums[:, -1]
    classified_sum = total(sums[:, :-1])
    like = Wide(days, names.to_list(), sums[:, :-1])
    found = long(like, balance=sums[:, :-1], n=counts[:, :-1].astype(np.float64))
    by_day = loans.group_by(observation_date="trade_date").agg(pl.col("known_at").max())
    covered = pl.DataFrame(
        {
            "observation_date": days,
            "classified": classified_sum,
            "coverage": 1 - unclassified / whole,
            "loans": counts.sum(axis=1),
        }
    ).join(by_day, on="observation_date", maintain_order="left")
    fullest = pl.col("loans").rolling_max(FULL, min_samples=1)
    full = covered.filter(pl.col("loans") >= FEWEST_SHARES * fullest)
    return (
        found.filter(pl.col("n") > 0)
        .join(full, on="observation_date")
        .filter(pl.col("coverage") >= FEWEST_CLASSIFIED)
        # polars divides by a joined column of one row as by a number, which may round otherwise.
        .with_columns(
            pl.col("n").cast(pl.Int64), share=pl.col("balance") * (1 / pl.col("classified"))
        )
        .drop("classified", "loans")
        .sort("observation_date", "entity")
    )


def _by_day_and_industry(
    loans: pl.DataFrame, security: pl.DataFrame, days: pl.Series, names: pl.Series
) -> tuple[Floats, stock_arrays.Array]:
    """Sums and numbers of loans, a row a day and a column an industry; last what has none."""
    day = np.searchsorted(_numbers(days), _numbers(loans["trade_date"]))
    stock, industry = _industries(loans, security, names)
    # Sums are added in the order of the codes, whatever the order of the rows.
    order = stock_arrays.sorting(stock.astype(np.uint16), day.astype(np.uint16))
    rows: slice | stock_arrays.Array = slice(None) if order is None else order
    shape = (days.len(), names.len() + 1)
    cell = (day * shape[1] + industry)[rows]
    balance = loans["financing_balance_cny"].cast(pl.Float64).to_numpy()[rows]
    summed = np.bincount(cell, weights=balance, minlength=shape[0] * shape[1])
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    return summed.astype(np.float64).reshape(shape), counts.reshape(shape)


def _numbers(days: pl.Series) -> stock_arrays.Array:
    """Dates as days since 1970."""
    return days.cast(pl.Date).to_physical().to_numpy()


def _industries(
    loans: pl.DataFrame, security: pl.DataFrame, names: pl.Series
) -> tuple[stock_arrays.Array, stock_arrays.Array]:
    """The number of each row's share among all codes, and of its industry on that day.

    A share without an industry on the day has the number after the last.
    """
    codes = loans["code"].unique().sort().cast(pl.String)
    numbered = pl.Enum(codes)
    spans = (
        classified(security.drop_nulls("industry"))
        .filter(pl.col("entity").is_in(codes.implode()))
        .sort("entity", "valid_from")
    )
    stock = loans["code"].cast(numbered).to_physical().to_numpy()
    owner = spans["entity"].cast(numbered).to_physical().to_numpy()
    day, begun = _numbers(loans["trade_date"]), _numbers(spans["valid_from"])
    last = _numbers(spans["valid_to"].cast(pl.Date).fill_null(pl.date(9999, 12, 31)))
    started = np.searchsorted(_key(owner, begun), _key(stock, day), side="right") - 1
    nearest = np.maximum(started, 0)
    if not spans.height:
        return stock, np.full(loans.height, names.len())
    inside = (started >= 0) & (owner[nearest] == stock) & (day <= last[nearest])
    place = spans["industry"].cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return stock, np.where(inside, place[nearest], names.len())


def _key(stock: stock_arrays.Array, day: stock_arrays.Array) -> stock_arrays.Array:
    """One number that orders rows by share and day."""
    return stock.astype(np.int64) << 32 | day.astype(np.int64)


@leverage.metric()
def margin_industry_share(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """s(k) = B(k) / sum of B over the industries of the classification."""
    return margin_industries.with_columns(value="share")


@leverage.metric(
    unit="index 0-1", score=Percentile(), block="heat/leverage", weight=16, entities=("CN",)
)
def margin_industry_hhi(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """HHI = sum of s(k)^2 over the industries."""
    return of_market(margin_industries, herfindahl(pl.col("share")))


@leverage.metric(unit="count")
def margin_industry_effective(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """1 / HHI of the industries' shares in margin financing."""
    return of_market(margin_industries, effective_number(pl.col("share")))


@leverage.metric()
def margin_industry_top3(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """Sum of the three largest s(k)."""
    return of_market(margin_industries, largest(pl.col("share"), 3))


@leverage.metric(unit="ratio")
def margin_overleverage(
    margin_industries: pl.DataFrame, shenwan_days: pl.DataFrame
) -> pl.DataFrame:
    """lambda(k) = (B(k) / sum of B) / (F(k) / sum of F), F =
    tradable capitalisation of a sector.
    """
    code = pl.col("entity").replace_strict(SHENWAN_CODE, default=None)
    loans = margin_industries.with_columns(entity=code).drop_nulls("entity")
    # A day is there when most of its sectors are, with loans or without: all of them make it known.
    known = pl.col("known_at").max().over("observation_date")
    caps = shenwan_days.select("entity", "observation_date", "float_value_cny", known=known)
    both = loans.join(
        caps.filter(positive(pl.col("float_value_cny"))), on=["entity", "observation_date"]
    ).sort("observation_date", "entity")
    loans_share, cap_share = (
        pl.col(name) / pl.col(name).sum().over("observation_date", order_by="entity")
        for name in ("balance", "float_value_cny")
    )
    return both.with_columns(
        value=loans_share / cap_share,
        known_at=pl.max_horizontal("known_at", "known").max().over("observation_date"),
    )
