"""The two axes that estimators and cases look back on: their cores, or the full ones without them.

The core of an axis has the same inputs on every day, as far back as they go; the full one takes in
what each year began to publish, so that its past is short. Both cores or neither: the two axes of a
state are of one kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from transforms.axes import core
from transforms.axes.composite import AXES
from transforms.axes.regimes import quadrants

CORE, FULL = "core", "full"
NAMES: Mapping[str, Mapping[str, str]] = {
    FULL: AXES,
    CORE: core.METRICS,
}


@dataclass(frozen=True)
class AxesUsed:
    """The axes by day.

    days: observation_date, momentum, heat, state (null without both) and known_at; which: of
    NAMES; metrics: the metric of each side, momentum and heat.
    """

    days: pl.DataFrame
    which: str

    @property
    def metrics(self) -> Mapping[str, str]:
        return NAMES[self.which]


def axes_used(metric_frame: pl.DataFrame) -> AxesUsed:
    """The axes of METRIC_FRAME on each day that has one, and the state on each that has both."""
    cores = metric_frame.filter(pl.col("metric").is_in(list(NAMES[CORE].values())))
    which = CORE if cores["metric"].n_unique() == len(AXES) else FULL
    as_full = {NAMES[which][side]: metric for side, metric in AXES.items()}
    rows = metric_frame.filter(pl.col("metric").is_in(list(as_full))).with_columns(
        pl.col("metric").cast(pl.String).replace(as_full)
    )
    momentum, heat = (
        rows.filter(pl.col("metric") == metric).select(
            "observation_date", pl.col("value").alias(side), known_at="known_at"
        )
        for side, metric in AXES.items()
    )
    states = quadrants(rows).select("observation_date", "state")
    days = (
        momentum.join(heat, on="observation_date", how="full", coalesce=True)
        .join(states, on="observation_date", how="left")
        .with_columns(known_at=pl.max_horizontal("known_at", "known_at_right"))
        .drop("known_at_right")
        .sort("observation_date")
    )
    return AxesUsed(days, which)
