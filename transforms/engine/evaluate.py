"""All metrics of one as-of date, computed from frames alone.

The order follows from what each metric reads: datasets, prepared frames, other metrics, or
"scores", the scored rows of every metric that belongs to a block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import date
from graphlib import TopologicalSorter
from itertools import chain
from typing import assert_never

import polars as pl

from transforms.engine.linear_algebra import one_thread
from transforms.engine.metric import (
    FEWEST_DAYS,
    MEMORY,
    SCORES,
    Anchors,
    Itself,
    Metric,
    Percentile,
    Prepared,
    Robust,
    ScoreMap,
    Trailing,
    metrics,
    preparations,
)
from transforms.engine.result_cache import Memory
from transforms.formulas.expressions import (
    five_year_percentile,
    mid_rank_percentile,
    observations,
    piecewise,
    trailing_percentile,
)
from transforms.formulas.robust_score import robust_scores
from warehouse.catalog import cutoff

METRIC_FRAME = pl.Schema(
    {
        "metric": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "value": pl.Float64(),
        "unit": pl.String(),
        "score": pl.Float64(),
        "percentile": pl.Float64(),
        "percentile_5y": pl.Float64(),
        "n_obs": pl.Int64(),
        "n": pl.Int64(),
        "coverage": pl.Float64(),
        "known_at": pl.Datetime("us"),
        "metric_version": pl.Int64(),
    }
)
SERIES = ("metric", "entity")
WORKERS = 3  # polars and numpy let go of the interpreter; more than the cores would only wait
Frames = Mapping[str, pl.DataFrame]
Told = Callable[[int, int], None]  # steps done, and all of them


def evaluate(
    frames: Frames, as_of: date, memory: Memory | None = None, told: Told | None = None
) -> pl.DataFrame:
    """Every metric × entity × observation_date that follows from what was known at `as_of`.

    frames: the core datasets by name, each with known_at (naive UTC); a missing or empty one
    yields no rows for the metrics that need it. Rows known after the cut-off or dated after
    `as_of` are left out here too, whatever the caller has cut. memory: what expensive steps gave
    in earlier evaluations; new results are added to it, and the values do not depend on it. told:
    hears how many steps of how many are done.
    Columns: METRIC_FRAME; sorted by metric, entity, observation_date.
    """
    memory = {} if memory is None else memory
    found: dict[str, pl.DataFrame] = {
        name: known for name, frame in frames.items() if (known := _known(frame, as_of)).height
    }
    graph = _graph()
    steps, finished = TopologicalSorter(graph), 0
    steps.prepare()
    running: dict[Future[pl.DataFrame | None], str] = {}
    with one_thread(), ThreadPoolExecutor(WORKERS) as pool:
        while steps.is_active():
            for name in steps.get_ready():
                running[pool.submit(_step, name, dict(found), memory)] = name
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                name, frame = running.pop(done), done.result()
                if frame is not None and frame.height:
                    found[name] = frame
                steps.done(name)
                finished += name in graph
                if told:
                    told(finished, len(graph))
    published = [found[name] for name in sorted(metrics()) if name in found]
    return pl.concat(published) if published else METRIC_FRAME.to_frame()


def other_series(rows: int) -> pl.Expr:
    """Whether the row so many rows further on, or back, is of another series or is not there.

    For a frame in the order of evaluate(): it looks at neighbours, where grouping two columns of
    text would look at every row for its group.
    """
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(-rows)) for name in SERIES)


def _step(name: str, found: Frames, memory: Memory) -> pl.DataFrame | None:
    """What one step gives, None when it lacks something or there is nothing to do."""
    if name == SCORES:
        return _scores(found)
    one = metrics().get(name) or preparations().get(name)
    return None if one is None else _computed(one, found, memory)


def _known(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows that an as-of date may see; the frame itself when that is all of them."""
    latest = {"known_at": cutoff(as_of), "trade_date": as_of, "observation_date": as_of}
    limits = {name: latest[name] for name in latest if name in frame.columns}
    over = [name for name, limit in limits.items() if _exceeds(frame[name], limit)]
    for name in over:
        frame = frame.filter(pl.col(name) <= limits[name])
    return frame


def _exceeds(column: pl.Series, limit: date) -> bool:
    return bool((column > limit).any())


def _graph() -> dict[str, tuple[str, ...]]:
    """What each prepared frame and metric reads."""
    graph = {name: one.inputs for name, one in (preparations() | metrics()).items()}
    graph[SCORES] = tuple(name for name, one in metrics().items() if one.block is not None)
    return graph


def _computed(one: Metric | Prepared, found: Frames, memory: Memory) -> pl.DataFrame | None:
    """The frame of one declaration, None when a frame that it needs is not there."""
    absent = [name for name in one.reads if name not in found]
    if absent or not any(name in found for name in one.inputs):
        return None
    try:
        handed: dict[str, object] = {name: found.get(name) for name in one.inputs}
        if isinstance(one, Prepared) and one.remembers:
            handed[MEMORY] = memory
        rows = one.compute(**handed)
        return _finished(one, rows) if isinstance(one, Metric) else rows
    except Exception as error:
        error.add_note(f"while computing {one.id}")
        raise


def _scores(found: Frames) -> pl.DataFrame:
    """The scored rows of all metrics that enter a block."""
    parts = [found[name] for name, one in metrics().items() if one.block and name in found]
    return pl.concat(parts) if parts else METRIC_FRAME.to_frame()


def _finished(one: Metric, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a metric in the shape of METRIC_FRAME, with rank, score and count."""
    optional = [pl.lit(None).alias(name) for name in ("n", "coverage") if name not in rows.columns]
    series = (
        rows.with_columns(pl.col("entity").cast(pl.String), *optional)
        .filter(pl.col("value").is_finite())
        .sort("entity", "observation_date")
        .with_columns(
            metric=pl.lit(one.id),
            unit=pl.lit(one.unit),
            metric_version=pl.lit(one.version),
            n_obs=observations().over("entity"),
        )
    )
    value, day = pl.col("value"), pl.col("observation_date")
    ranks = series.with_columns(
        percentile=mid_rank_percentile(value, series.height).over("entity"),
        percentile_5y=five_year_percentile(value, day, _fewest(one.score)).over("entity"),
    )
    enough = pl.col("n_obs") >= _fewest(one.score)
    ranked = ranks.with_columns(percentile=pl.when(enough).then("percentile"))
    scored = ranked.with_columns(score=_score(one.score, ranked))
    return scored.select(METRIC_FRAME.names()).cast(METRIC_FRAME)


def _fewest(score: ScoreMap) -> int:
    """How many observations a rank needs: what the metric declares, else those of two years."""
    return score.minimum if isinstance(score, Percentile | Anchors) else FEWEST_DAYS


def _score(score: ScoreMap, series: pl.DataFrame) -> pl.Expr | pl.Series:
    """The score of each row, null where the history is too short or the metric has none."""
    match score:
        case None:
            return pl.lit(None, pl.Float64)
        case Itself():
            return pl.col("value")
        case Anchors(points):
            return piecewise(pl.col("value"), points)
        case Percentile():
            return pl.col("percentile")
        case Trailing(span, minimum):
            day = pl.col("observation_date")
            return trailing_percentile(pl.col("value"), day, span, minimum).over("entity")
        case Robust(minimum):
            return _robust(series, minimum)
        case _:
            assert_never(score)


def _robust(series: pl.DataFrame, minimum: int) -> pl.Series:
    """The robust score of each row against the rows of its entity up to it."""
    parts = series.partition_by("entity", maintain_order=True)
    scores = chain.from_iterable(robust_scores(part["value"].to_list(), minimum) for part in parts)
    return pl.Series("score", list(scores), dtype=pl.Float64)
