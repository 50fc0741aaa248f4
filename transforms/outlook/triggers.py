"""What would move the scenarios: lines that the axes and a few watched series stand near.

A line of an axis is where the state of the market changes; a line of another series is where it
would enter the highest (or lowest) tenth of its own past, as known today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from transforms.axes.composite import AXES
from transforms.axes.regimes import Border, borders, quadrants
from transforms.formulas.printed_value import whole
from transforms.outlook.event_study import STUDY_FRAME
from transforms.prepared.indices import CSI_300

STUDY = "triggers"
FEWEST = 250  # observations before a tenth of the past means anything


@dataclass(frozen=True)
class Line:
    """One line of a series and what crossing it does; below: whether it is crossed downwards."""

    metric: str
    entity: str
    line: float
    effect: str
    below: bool


# Series that lead the axes' blocks: the share of their past at the line, 0.9 or 0.1.
WATCHED = (
    ("rsi_14", CSI_300, 0.9, "enters its highest tenth"),
    ("volatility_20d", CSI_300, 0.9, "enters its highest tenth"),
    ("margin_financing_change_20d", "CN", 0.9, "enters its highest tenth"),
    ("share_above_ma50", "tech", 0.1, "enters its lowest tenth"),
    ("policy_intensity", "新质生产力", 0.1, "enters its lowest tenth"),
)


def triggers(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """The lines not yet crossed, each with its distance: STUDY_FRAME, two rows a line.

    reference: metric/entity/effect; measure: line, and distance = line - value, in the unit of the
    metric (percentage points of fractions); n: observations of the series; last_day: day of the
    value.
    """
    rows: list[dict[str, object]] = []
    states = quadrants(metric_frame)["state"]
    axes = map(_of_axis, borders(states[-1] if len(states) else None))
    for one in (*axes, *_tenths(metric_frame)):
        series = _series(metric_frame, one.metric, one.entity)
        if series.is_empty():
            continue
        value = float(series["value"][-1])
        # A state ends when the printed point is beyond its line: 49.6 prints 50 and still holds.
        at = whole(value) if one.metric in AXES.values() else value
        if at < one.line if one.below else at >= one.line:
            continue
        shared = {
            "study": STUDY,
            "reference": f"{one.metric}/{one.entity}/{one.effect}",
            "unit": series["unit"][-1],
            "n": series.height,
            "first_day": series["observation_date"][0],
            "last_day": series["observation_date"][-1],
            "known_at": series["known_at"][-1],
        }
        rows.append(shared | {"measure": "line", "value": one.line})
        of_fraction = shared["unit"] == "fraction"
        away = {"value": (one.line - value) * (100 if of_fraction else 1)}
        rows.append(
            shared | {"measure": "distance"} | away | ({"unit": "pp"} if of_fraction else {})
        )
    return pl.DataFrame(rows, STUDY_FRAME)


def _of_axis(border: Border) -> Line:
    return Line(border.axis, "CN", border.line, border.effect, border.below)


def _series(metric_frame: pl.DataFrame, metric: str, entity: str) -> pl.DataFrame:
    rows = pl.col("metric") == metric, pl.col("entity") == entity
    return metric_frame.filter(*rows).sort("observation_date")


def _tenths(metric_frame: pl.DataFrame) -> Iterator[Line]:
    """The lines of the watched series that have past enough."""
    for metric, entity, share, effect in WATCHED:
        series = _series(metric_frame, metric, entity)
        if series.height >= FEWEST:
            line = series["value"].quantile(share, "linear")
            yield Line(metric, entity, float(line or 0.0), effect, below=share < 0.5)
