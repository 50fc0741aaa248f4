"""The pictures of the handbook: for each metric three years of one series, a point a week."""

from __future__ import annotations

import re

import polars as pl

from templates.canvas import (
    SMALL,
    Line,
    drawing,
    finish,
    panel,
    plot,
    svg_of,
)
from templates.page import FULL
from templates.palette import PALE
from templates.wording.speller import Scale
from transforms.engine.metric import Metric
from transforms.prepared.indices import CSI_300, SHANGHAI_COMPOSITE

YEARS = "3y"
# Whom a reader knows best; else the first that enters a composite, else whoever is observed most.
WELL_KNOWN = ("CN", "all", "SSE+SZSE", CSI_300, SHANGHAI_COMPOSITE, "HK")
FEW = 8  # with fewer observations in its longest series, a metric is drawn as dots of all of them
MONEY = {"CNY": "CNY", "HKD": "HK$", "USD": "US$"}
TOO_EXACT = re.compile(r"(\d\.\d)\d+")  # a tenth of a point is less than anybody sees
MULTIPLES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))


def history(metric: Metric, rows: pl.DataFrame) -> str:
    """The metric's history as SVG; rows: entity, observation_date, value, at least one.

    Drawn is one entity, or all of them where none has enough observations.
    """
    entity = _entity(metric, rows)
    own = rows.filter(pl.col("entity") == entity).sort("observation_date")
    drawn = own if own.height >= FEW else rows.sort("observation_date", "entity")
    weekly = _weekly(drawn) if own.height >= FEW else drawn
    days = weekly["observation_date"].to_list()
    scale = _scale(metric.unit, weekly["value"])
    with drawing(FULL, 40.0) as figure:
        axes = panel(figure, left=11.0, right=3.0, bottom=8.5, top=5.5)
        if own.height >= FEW:
            plot(axes, [Line(weekly["value"].to_list(), "")])
        else:
            axes.plot(range(len(days)), weekly["value"].to_list(), "o", markersize=2.0)
            axes.set_xlim(-1, len(days))
        finish(axes, days, scale)
        caption = (
            f"{entity}, simulated, version {metric.version}"
            if own.height >= FEW
            else (f"all entities, simulated, version {metric.version}")
        )
        axes.annotate(
            caption, (1, 1), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points",
            ha="right", fontsize=SMALL, color=PALE,
        )  # fmt: skip
        return TOO_EXACT.sub(r"\1", svg_of(figure))


def silence(metric: Metric, reason: str) -> str:
    """What stands in place of a history: why the metric has none; as SVG."""
    with drawing(FULL, 12.0) as figure:
        figure.text(0.02, 0.6, f"No value in the simulated market: {reason}.", fontsize=SMALL)
        figure.text(0.02, 0.2, f"simulated, version {metric.version}", fontsize=SMALL, color=PALE)
        return svg_of(figure)


def _entity(metric: Metric, rows: pl.DataFrame) -> str:
    there = rows.group_by("entity").len().sort("len", "entity", descending=[True, False])
    longest = there.filter(pl.col("len") >= min(FEW, there["len"][0]))["entity"].to_list()
    known = [one for one in (*WELL_KNOWN, *metric.entities) if one in longest]
    return str(known[0] if known else longest[0])


def _weekly(rows: pl.DataFrame) -> pl.DataFrame:
    """The last value of each of the last weeks."""
    day = pl.col("observation_date")
    recent = rows.filter(day >= day.max().dt.offset_by(f"-{YEARS}"))
    return recent.filter(day == day.max().over(day.dt.truncate("1w")))


def _scale(unit: str, values: pl.Series) -> Scale:
    """Fractions in per cent, money in the largest multiple that its largest value fills."""
    if unit == "fraction":
        return Scale(0.01, "%")
    if unit in MONEY:
        largest = float(values.abs().max() or 0.0)  # type: ignore[arg-type]
        factor, name = next(((f, n) for f, n in MULTIPLES if largest >= f), (1.0, ""))
        return Scale(factor, f"{MONEY[unit]} {name}".strip())
    return Scale(1.0, unit)
