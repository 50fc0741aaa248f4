"""What the indices cost."""

from __future__ import annotations

import polars as pl

from transforms.metric import Percentile, metric


@metric(
    "pe_ttm",
    unit="ratio",
    reads=("index_valuation",),
    score=Percentile(),
    direction="heat",
    block="heat/valuation",
    entities=("000300.SH", "399006.SZ", "000688.SH"),
    label="Price over earnings, trailing 12 months",
    reading="Aggregate: all capitalisation over all earnings. It explodes when earnings collapse.",
    paper="H13",
)
def pe_ttm(index_valuation: pl.DataFrame) -> pl.DataFrame:
    """The ratio as published by the index maker; days without one are left out."""
    return index_valuation.filter(pl.col("pe_ttm").is_not_null()).select(
        "known_at", entity="code", observation_date="trade_date", value="pe_ttm"
    )
