"""Days as minute bars tell of them, and the closes and price limits from which they began."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import prepared
from transforms.formulas.expressions import latest_known, positive
from transforms.formulas.price_limits import cents, limits
from transforms.formulas.stock_arrays import Array, Mark
from transforms.intraday.figures import SESSION, figures_of
from transforms.prepared.stocks import (
    ground_of,
    limits_in_force,
    special_rows,
)

FEWEST = 0.9  # of the 240 minutes; a day with fewer is cut off, and says nothing of its course


@prepared
def intraday_days(stock_minute: pl.DataFrame) -> pl.DataFrame:
    """The days that have nearly all of their minutes, by (entity, observation_date).

    Columns: those of transforms.intraday.figures.FIGURES. Minute bars reach an evaluation as these
    figures; those of a drawn market, which are few, are reduced here.
    """
    days = figures_of(stock_minute).filter(pl.col("minutes") >= FEWEST * SESSION)
    return days.rename({"code": "entity", "trade_date": "observation_date"}).sort(
        "entity", "observation_date"
    )


@prepared
def intraday_sessions(
    intraday_days: pl.DataFrame,
    index_daily: pl.DataFrame | None = None,
    stock_bars: pl.DataFrame | None = None,
    special_treatment: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The days of intraday_days of which the close before is known.

    Columns beside: previous, the close before without what a share went ex; limit_up and
    limit_down, cents, null where there is no known limit. known_at is that of all of them.
    """
    known = [frame for frame in (_of_indices(index_daily), _of_shares(
        stock_bars, special_treatment, intraday_days["entity"].unique())) if frame is not None]  # fmt: skip
    if not known:
        return intraday_days.clear()
    both = intraday_days.join(pl.concat(known), on=["entity", "observation_date"])
    return both.with_columns(known_at=pl.max_horizontal("known_at", "priced_at")).sort(
        "entity", "observation_date"
    )


REFERENCE = pl.Schema(
    {
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "previous": pl.Float64(),
        "limit_up": pl.Int64(),
        "limit_down": pl.Int64(),
        "priced_at": pl.Datetime("us"),
    }
)


def _of_indices(index_daily: pl.DataFrame | None) -> pl.DataFrame | None:
    """The close before of each index and day; an index has no limit."""
    if index_daily is None:
        return None
    bars = index_daily.filter(positive(pl.col("close"))).sort("code", "trade_date")
    none = pl.lit(None, pl.Int64)
    return bars.select(
        entity="code",
        observation_date="trade_date",
        previous=pl.col("close").shift().over("code"),
        limit_up=none,
        limit_down=none,
        priced_at=latest_known(2).over("code"),
    ).cast(REFERENCE)


def _of_shares(
    stock_bars: pl.DataFrame | None, special_treatment: pl.DataFrame | None, codes: pl.Series
) -> pl.DataFrame | None:
    """The close before of each share and day, and the limits that follow from it."""
    if stock_bars is None:
        return None
    bars = stock_bars.filter(pl.col("entity").cast(pl.String).is_in(codes.implode()))
    down, up, known = _limits(bars, special_treatment)
    return bars.select(
        pl.col("entity").cast(pl.String),
        "observation_date",
        previous=pl.col("close") / (1 + pl.col("return_1d")),
        limit_up=pl.when(pl.Series(known)).then(pl.Series(up)),
        limit_down=pl.when(pl.Series(known)).then(pl.Series(down)),
        priced_at=latest_known(2).over("entity"),
    ).cast(REFERENCE)


def _limits(
    bars: pl.DataFrame, special_treatment: pl.DataFrame | None
) -> tuple[Array, Array, Array]:
    """Lowest and highest price allowed, cents, of each bar, and whether they are known."""
    ground = ground_of(bars)
    rows = slice(0, bars.height)
    special = special_rows(ground, special_treatment)
    percent = limits_in_force(ground)(rows, ground.starts, special)
    change = bars["return_1d"].to_numpy()
    previous, whole = cents(bars["close"].to_numpy() / (1 + change))
    known = whole & (percent > 0) & ((bars["marks"].to_numpy() & Mark.WITH_LIMIT) > 0)
    down, up = limits(previous, np.where(known, percent, 0))
    return down, up, known
