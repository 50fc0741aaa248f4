"""Where the axes stood at the great tops and bottoms of an index.

A top is a close that was the highest of 250 sessions and was followed by a fall of 15 % or more
before the next such close; the bottom is the lowest close between the two. Both are found by this
rule alone, from closes, and only once they can be told from a pause: a top when the index has
fallen by so much, a bottom when it has risen by so much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from transforms.axes.composite import AXES
from transforms.axes.core import METRICS

YEAR = 250  # sessions
FALL = 0.15  # of a top to its bottom, and from a bottom until it is one
READINGS = {
    "momentum_core": METRICS["momentum"],
    "heat_core": METRICS["heat"],
    "momentum": AXES["momentum"],
    "heat": AXES["heat"],
}
FOUND = pl.Schema(
    {
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "turn": pl.String(),
        "close": pl.Float64(),
        "fall": pl.Float64(),
        "confirmed_on": pl.Date(),
    }
)
TURN_FRAME = pl.Schema(FOUND | dict.fromkeys(READINGS, pl.Float64()))


class Turn(NamedTuple):
    """A top or a bottom by the places of its day and of the day on which it was told."""

    kind: str
    place: int
    fall: float  # from the top to the lowest close so far before the next top, fraction <= 0
    confirmed: int


def turns(metric_frame: pl.DataFrame, indices: Sequence[str]) -> pl.DataFrame:
    """The tops and bottoms of indices with the readings of their days: TURN_FRAME, sorted.

    metric_frame: from evaluate(); turn: "top" or "bottom"; fall: from the top to the bottom,
    fraction <= 0, so far where no later top has come; confirmed_on: the first day on which the turn
    could be told. A reading that was not there on that day is null.
    """
    found = []
    for index in indices:
        rows = metric_frame.filter(metric="close", entity=index).sort("observation_date")
        days, closes = rows["observation_date"].to_list(), rows["value"].to_list()
        found += [_row(index, days, closes, one) for one in _turns(rows["value"])]
    frame = pl.DataFrame(found, FOUND, orient="row")
    for name, metric in READINGS.items():
        readings = metric_frame.filter(metric=metric, entity="CN")
        frame = frame.join(
            readings.select("observation_date", pl.col("value").alias(name)),
            on="observation_date",
            how="left",
        )
    return frame.select(TURN_FRAME.names()).sort("entity", "observation_date")


def _row(index: str, days: list[date], closes: list[float], one: Turn) -> tuple[object, ...]:
    place = one.place
    return index, days[place], one.kind, closes[place], one.fall, days[one.confirmed]


def _turns(series: pl.Series) -> Iterator[Turn]:
    """The turns of a series; its first 249 closes are no top, for too little lies before them."""
    closes = series.to_list()
    highs = (series == series.rolling_max(YEAR)).fill_null(value=False).arg_true().to_list()
    for place, following in zip(highs, [*highs, len(closes)][1:], strict=True):
        fallen = _first(closes, range(place, following), closes[place] * (1 - FALL), below=True)
        if fallen is None:
            continue
        bottom = min(range(place, following), key=closes.__getitem__)
        fall = closes[bottom] / closes[place] - 1
        yield Turn("top", place, fall, fallen)
        risen = _first(closes, range(bottom, len(closes)), closes[bottom] * (1 + FALL), below=False)
        if risen is not None:
            yield Turn("bottom", bottom, fall, risen)


def _first(closes: Sequence[float], places: range, line: float, *, below: bool) -> int | None:
    """The first of the places whose close has reached a line."""
    reached = (p for p in places if (closes[p] <= line if below else closes[p] >= line))
    return next(reached, None)
