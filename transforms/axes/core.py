"""The core of each axis: the same inputs on every day, as far back as all of them reach.

An axis begins when its youngest data do, in 2023 and 2025; its core is made of the inputs that
know the top of October 2007, so that a reading of today can be compared with those of other
advances. What enters it, with which weight, is declared beside the metrics (`core`), in whole per
cents, near the proportions of the blocks of the full axis:

- momentum: trend and persistence of the two broad indices, the Shanghai Composite and the Shenzhen
  Component, and turnover of both exchanges against its year: scored since the spring of 1994.
  Breadth, policy, capital formation and earnings begin later and stay outside.
- heat: RSI and run-up of the two indices (1993), turnover of five days against its year (1994), the
  test of explosive growth of the Shanghai Composite (1997) and the P/E of the CSI 300 (30 April
  2007), which is its first day. Margin loans, which are scored since the end of 2014, stay outside,
  and so does what has a value on rising days only, for it cannot be there on every day.

A day on which an input is missing has no core: other inputs would be another measure.
"""

from __future__ import annotations

import polars as pl

from transforms.axes.composite import SERIES, as_known, shared
from transforms.engine.metric import metrics

METRICS = {"momentum": "structural_momentum_core", "heat": "overheating_core"}


def inputs(side: str) -> pl.DataFrame:
    """What enters the core of "momentum" or "heat": block, metric, entity, weight, max_age."""
    return shared(
        (one.block, one, one.core, one.core_entities)
        for one in metrics().values()
        if one.core and one.block is not None and one.block.startswith(f"{side}/")
    )


def core(scores: pl.DataFrame, sessions: pl.DataFrame, side: str) -> pl.DataFrame:
    """Σ w·S / Σ w over the inputs of a core: entity CN, observation_date, value, n, known_at.

    scores, sessions: as in composite.blocks; n: how many inputs. Sessions without the score of one
    of them, known at their end and not too old, have no row.
    """
    wanted = inputs(side)
    weight = pl.col("weight")
    sums = (
        as_known(scores, sessions, wanted=wanted)
        .sort("observation_date", *SERIES)
        .group_by("observation_date", maintain_order=True)
        .agg(
            pl.col("known_at").max(),
            value=(pl.col("score") * weight).sum() / weight.sum(),
            n=pl.len().cast(pl.Int64),
        )
    )
    whole = sums.filter(pl.col("n") == wanted.height)
    return whole.with_columns(entity=pl.lit("CN"))
