"""What the indices, the boards and the whole market cost, against earnings, bonds and output (H13).

Ratios of indices are aggregate: all capitalisation over all earnings, losses included. Market value
is that of the shares in Shanghai and Shenzhen; what mainland companies are worth in Hong Kong or
New York is not in it.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_DAYS, ROW, Group, Percentile, prepared
from transforms.formulas.expressions import positive
from transforms.prepared.indices import CSI_300, LEADING
from transforms.prepared.series import MAINLAND, ranked
from warehouse.shanghai import DAY_END_UTC

TEN_YEARS = "10y"
ALL_SHARES = "A"
YIELD_MAY_BE_OLD = 20  # days
NONE = pl.DataFrame(
    schema={
        "entity": pl.String,
        "observation_date": pl.Date,
        "value": pl.Float64,
        "known_at": pl.Datetime("us"),
    }
)


def _published(frame: pl.DataFrame, entity: str | pl.Expr, column: str) -> pl.DataFrame:
    """A column as published, days without it left out."""
    if column not in frame.columns:
        return NONE
    return frame.filter(pl.col(column).is_not_null()).select(
        "known_at", entity=entity, observation_date="trade_date", value=column
    )


multiples = Group(unit="ratio", paper="H13", direction="heat")
spreads = Group(unit="fraction", paper="H13")
ranks = Group(unit="percentile 0-100", paper="H13", direction="heat")


@multiples.metric(
    score=Percentile(),
    block="heat/valuation",
    weight=50,
    core=25,
    core_entities=(CSI_300,),
    entities=LEADING,
    max_age=5,
)
def pe_ttm(index_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ capitalisation / Σ earnings of four quarters, as the index maker publishes it."""
    return _published(index_valuation, "code", "pe_ttm")


def _quantile(rows: pl.DataFrame, share: float) -> pl.DataFrame:
    """The value below which a share of the ten years up to each day lies, two years at least."""
    line = pl.col("value").rolling_quantile_by(
        "observation_date", TEN_YEARS, quantile=share, interpolation="linear",
        min_samples=FEWEST_DAYS,
    )  # fmt: skip
    ordered = rows.select(ROW).sort("entity", "observation_date")
    return ordered.with_columns(
        value=line.over("entity"), known_at=pl.col("known_at").cum_max().over("entity")
    )


@multiples.metric(direction="context")
def pe_ttm_low_10y(pe_ttm: pl.DataFrame) -> pl.DataFrame:
    """10 % quantile of PE among the values of ten years."""
    return _quantile(pe_ttm, 0.1)


@multiples.metric(direction="context")
def pe_ttm_median_10y(pe_ttm: pl.DataFrame) -> pl.DataFrame:
    """Median of PE among the values of ten years."""
    return _quantile(pe_ttm, 0.5)


@multiples.metric(direction="context")
def pe_ttm_high_10y(pe_ttm: pl.DataFrame) -> pl.DataFrame:
    """90 % quantile of PE among the values of ten years."""
    return _quantile(pe_ttm, 0.9)


@multiples.metric(score=Percentile())
def pb(index_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ capitalisation / Σ net assets, as the index maker publishes it."""
    return _published(index_valuation, "code", "pb")


@spreads.metric()
def dividend_yield(index_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ dividends of twelve months / Σ capitalisation, as the index maker publishes it."""
    return _published(index_valuation, "code", "dividend_yield")


@spreads.metric()
def equity_risk_premium(
    index_valuation: pl.DataFrame, government_yield: pl.DataFrame
) -> pl.DataFrame:
    """1 / PE - ten-year yield known by the end of the day; American indices over American bonds."""
    code = pl.col("code")
    country = (
        pl.when(code.str.contains(MAINLAND))
        .then(pl.lit("CN"))
        .when(code.str.ends_with(".US"))
        .then(pl.lit("US"))
    )
    days = (
        index_valuation.filter(pl.col("pe_ttm") != 0)
        .select(
            "pe_ttm",
            "known_at",
            entity="code",
            observation_date="trade_date",
            country=country,
            cutoff=pl.col("trade_date").dt.combine(DAY_END_UTC),
        )
        .drop_nulls(["country", "pe_ttm"])
    )
    yields = government_yield.select(
        "yield_10y", "yield_date", country=pl.col("country").cast(pl.String), fixed_at="known_at"
    )
    both = days.sort("cutoff").join_asof(
        _as_they_came(yields, "yield_date", "country"),
        left_on="cutoff",
        right_on="fixed_at",
        by="country",
        coalesce=False,
        check_sortedness=False,
    )
    age = (pl.col("observation_date") - pl.col("yield_date")).dt.total_days()
    return both.filter(age <= YIELD_MAY_BE_OLD).select(
        "entity",
        "observation_date",
        value=1 / pl.col("pe_ttm") - pl.col("yield_10y"),
        known_at=pl.max_horizontal("known_at", "fixed_at"),
    )


def _as_they_came(rows: pl.DataFrame, dated: str, *by: str) -> pl.DataFrame:
    """The rows that were the newest of their series when they became known, in that order."""
    ordered = rows.sort("fixed_at", dated)
    newest = pl.col(dated).cum_max()
    return ordered.filter(pl.col(dated) == (newest.over(by) if by else newest))


@spreads.metric(
    score=Percentile(), block="heat/valuation", weight=25, entities=(CSI_300,), max_age=5
)
def yield_gap(equity_risk_premium: pl.DataFrame) -> pl.DataFrame:
    """Ten-year yield - 1 / PE = minus the equity risk premium."""
    return equity_risk_premium.select(ROW).with_columns(value=-pl.col("value"))


@spreads.metric()
def equity_bond_spread_published(equity_bond_spread: pl.DataFrame) -> pl.DataFrame:
    """Earnings yield - ten-year yield, as published."""
    return _published(equity_bond_spread, pl.lit(CSI_300), "spread")


@prepared
def market_caps(
    capitalisation_days: pl.DataFrame | None = None, buffett_index: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Market value of all shares in Shanghai and Shenzhen: observation_date, market_cap, known_at.

    The exchanges' own figures; on days without them what a publisher adds up.
    """
    parts = [NONE.select("observation_date", pl.col("value").alias("market_cap"), "known_at")]
    if capitalisation_days is not None:
        both = capitalisation_days.filter(pl.col("entity") == "SSE+SZSE")
        parts.append(both.select("observation_date", "known_at", market_cap="market_cap_cny"))
    if buffett_index is not None:
        added = buffett_index.select(
            "known_at",
            observation_date="trade_date",
            market_cap=pl.col("market_value_cny").cast(pl.Float64),
        )
        parts.append(added.filter(positive(pl.col("market_cap"))))
    return (
        pl.concat(parts, how="diagonal_relaxed")
        .unique("observation_date", keep="first", maintain_order=True)
        .sort("observation_date")
    )


def _four_quarters(gdp: pl.DataFrame) -> pl.DataFrame:
    """Output of four quarters, as it became known: output, until (the last quarter), fixed_at.

    Year so far + last full year - the same part of the last year.
    """
    months = pl.col("quarter").dt.month()
    year = pl.col("quarter").dt.year()
    so_far = gdp.select(
        "quarter", "known_at", months=months, year=year, gdp=pl.col("gdp_cny").cast(pl.Float64)
    )
    before = so_far.with_columns(pl.col("year") + 1)
    whole = before.filter(pl.col("months") == 10).select(
        "year", whole="gdp", whole_known_at="known_at"
    )
    part = before.select("year", "months", part="gdp", part_known_at="known_at")
    joined = so_far.join(whole, on="year").join(part, on=["year", "months"])
    return joined.select(
        output=pl.col("gdp") + pl.col("whole") - pl.col("part"),
        until="quarter",
        fixed_at=pl.max_horizontal("known_at", "whole_known_at", "part_known_at"),
    )


@multiples.metric(
    paper="H13; Buffett and Loomis (2001)",
    score=Percentile(),
    block="heat/valuation",
    weight=25,
    entities=(ALL_SHARES,),
    max_age=10,
)
def buffett_ratio(
    market_caps: pl.DataFrame,
    gdp: pl.DataFrame | None = None,
    buffett_index: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Market value of the day / GDP of the last four quarters known by its end.

    Before four quarters are known, the full year that the publisher of the ratio uses.
    """
    day = "observation_date"
    days = market_caps.with_columns(cutoff=pl.col(day).dt.combine(DAY_END_UTC)).sort("cutoff")
    unknown = NONE.select(output="value", until="observation_date", fixed_at="known_at")
    quarters = unknown if gdp is None else _four_quarters(gdp)
    joined = days.join_asof(
        _as_they_came(quarters, "until"), left_on="cutoff", right_on="fixed_at", coalesce=False
    )
    if buffett_index is not None:
        stated = buffett_index.select("gdp_cny", "known_at", observation_date="trade_date")
        used = joined.join(stated, on=day, how="left", suffix="_stated").with_columns(
            fixed_at=pl.coalesce("fixed_at", "known_at_stated")
        )
        joined = used.with_columns(output=pl.coalesce("output", pl.col("gdp_cny").cast(pl.Float64)))
    # A column of one value is divided by as by its inverse; so it is everywhere, to the last bit.
    return joined.select(
        day,
        entity=pl.lit(ALL_SHARES),
        value=pl.col("market_cap") * (1 / pl.col("output")),
        known_at=pl.max_horizontal("known_at", "fixed_at"),
    ).sort(day)


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """The place of each value among those of the ten years up to it, two years at least."""
    return ranked(rows.select(ROW), TEN_YEARS, FEWEST_DAYS)


@ranks.metric()
def pe_ttm_percentile_10y(pe_ttm: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of PE among the values of ten years."""
    return _ranked(pe_ttm)


@ranks.metric()
def pb_percentile_10y(pb: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of PB among the values of ten years."""
    return _ranked(pb)


@ranks.metric(direction="context")
def equity_risk_premium_percentile_10y(equity_risk_premium: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of 1 / PE - ten-year yield among the values of ten years."""
    return _ranked(equity_risk_premium)


@ranks.metric()
def buffett_ratio_percentile_10y(buffett_ratio: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of market value / GDP among the values of ten years."""
    return _ranked(buffett_ratio)


@multiples.metric(score=Percentile())
def pe_median_all_shares(market_valuation: pl.DataFrame) -> pl.DataFrame:
    """Median of price / trailing earnings over all A-shares, as published."""
    return _published(market_valuation, pl.lit(ALL_SHARES), "pe_ttm_median")


@multiples.metric()
def pe_weighted_all_shares(market_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ market value / Σ earnings over all A-shares, as published."""
    return _published(market_valuation, pl.lit(ALL_SHARES), "pe_weighted")


@multiples.metric(score=Percentile())
def pb_median_all_shares(market_valuation: pl.DataFrame) -> pl.DataFrame:
    """Median of price / net assets over all A-shares, as published."""
    return _published(market_valuation, pl.lit(ALL_SHARES), "pb_median")


@multiples.metric()
def pe_board(board_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ market value / Σ earnings of the board, as published."""
    return _published(board_valuation, "board", "pe_weighted")


@multiples.metric()
def pb_board(board_valuation: pl.DataFrame) -> pl.DataFrame:
    """Σ market value / Σ net assets of the board, as published."""
    return _published(board_valuation, "board", "pb_weighted")
