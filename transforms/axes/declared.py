"""What makes the axes, as tables: every weight, and how every value becomes a score."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from transforms.axes.composite import AXES, VERSION, WEIGHTS, WHOLE, members
from transforms.axes.core import METRICS
from transforms.engine.history import fewest
from transforms.engine.metric import Anchors, Metric, Trailing, metrics

Row = dict[str, object]


def weights() -> pl.DataFrame:
    """The weight of each entity of each metric in the axes and their cores: rows of meta.weight.

    block_weight, metric_weight: whole per cents, of the axis and of the block; in a core of the
    core alone. axis_weight: the fraction of the axis that one of the `entities` has.
    """
    return pl.DataFrame([*_of_axes(), *_of_cores()])


def _of_axes() -> Iterator[Row]:
    for one in members():
        block = str(one.block)
        share = WEIGHTS[block] / WHOLE * one.weight / WHOLE
        axis = AXES[block.partition("/")[0]]
        yield from _rows(one, axis, (WEIGHTS[block], one.weight), share, one.entities)


def _of_cores() -> Iterator[Row]:
    for one in members():
        if one.core:
            block = str(one.block)
            together = sum(other.core for other in members() if other.block == block)
            axis = METRICS[block.partition("/")[0]]
            yield from _rows(one, axis, (together, one.core), one.core / WHOLE, one.core_entities)


def _rows(
    one: Metric, axis: str, per_cents: tuple[int, int], share: float, entities: tuple[str, ...]
) -> Iterator[Row]:
    block_weight, metric_weight = per_cents
    for entity in entities:
        yield {
            "axis": axis,
            "metric": one.id,
            "entity": entity,
            "block": one.block,
            "block_weight": block_weight,
            "metric_weight": metric_weight,
            "entities": len(entities),
            "axis_weight": share / len(entities),
            "version": VERSION,
        }


def anchors() -> pl.DataFrame:
    """How each metric's values become scores: rows of meta.anchor, a row for each point."""
    return pl.DataFrame(
        [row for one in metrics().values() if one.score is not None for row in _points(one)],
        {
            "metric": pl.String,
            "place": pl.Int64,
            "score_map": pl.String,
            "fewest": pl.Int64,
            "span": pl.String,
            "value": pl.Float64,
            "score": pl.Float64,
        },
        orient="row",
    )


def _points(one: Metric) -> Iterator[tuple[object, ...]]:
    span = one.score.span if isinstance(one.score, Trailing) else None
    said = type(one.score).__name__.lower(), fewest(one.score), span
    if isinstance(one.score, Anchors):
        for place, (value, score) in enumerate(one.score.points, start=1):
            yield one.id, place, *said, float(value), float(score)
    else:
        yield one.id, 0, *said, None, None
