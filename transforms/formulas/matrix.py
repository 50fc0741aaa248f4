"""Between long frames and matrices: one row per day, one column per series, NaN where absent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wide:
    """Values of several series by day: values[day, series], NaN where a series has none."""

    days: pl.Series
    names: list[str]
    values: Floats


def wide(rows: pl.DataFrame, column: str) -> Wide:
    """The matrix of one column of rows that are unique by (entity, observation_date).

    Days ascend and series stand by name, so that a series which begins later only adds a column.
    """
    table = rows.pivot("entity", index="observation_date", values=column, sort_columns=True)
    ordered = table.sort("observation_date")
    matrix = ordered.drop("observation_date").cast(pl.Float64).to_numpy(order="c")
    return Wide(ordered["observation_date"], ordered.columns[1:], np.array(matrix, dtype=float))


def long(like: Wide, **columns: Floats) -> pl.DataFrame:
    """Matrices shaped like `like` as rows by day and series; a row of NaN alone is left out."""
    found = {name: pl.Series(values.ravel()) for name, values in columns.items()}
    count = len(like.names)
    rows = pl.DataFrame(
        {
            "entity": pl.Series(like.names, dtype=pl.String).gather(
                np.tile(np.arange(count), like.days.len())
            ),
            "observation_date": like.days.gather(np.repeat(np.arange(like.days.len()), count)),
            **found,
        }
    )
    return rows.filter(pl.any_horizontal(pl.col(list(columns)).is_not_nan()))


def total(values: Floats) -> Floats:
    """Sum over the series of each day, absent ones left out, from the first to the last.

    One after the other, so that a column of NaN more never changes the bits of a sum.
    """
    whole = np.zeros(values.shape[0])
    for column in np.nan_to_num(values, nan=0.0).T:
        whole = whole + column
    return whole
