"""The two axes of the briefing and the blocks they consist of; the arithmetic is in composite."""

from __future__ import annotations

import polars as pl

from transforms import composite
from transforms.metric import Itself, metric

READS = ("scores", "sessions")


@metric(
    "block_score",
    unit="score 0-100",
    reads=READS,
    score=Itself(),
    version=composite.VERSION,
    label="Block score",
    reading="Mean of the scores in the block; a block with under half of its weight is missing.",
    paper="metrics.md 5.1",
)
def block_score(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Weighted mean score of each block at each session; coverage = weight that had data."""
    return composite.blocks(scores, sessions)


@metric(
    "structural_momentum",
    unit="score 0-100",
    reads=("block_score",),
    score=Itself(),
    direction="momentum",
    version=composite.VERSION,
    label="Structural momentum",
    reading="Above 55 the advance has structure; below 45 it is fading.",
    paper="metrics.md 5.1-5.2",
)
def structural_momentum(block_score: pl.DataFrame) -> pl.DataFrame:
    """Weighted mean of the momentum blocks; none when over a third of the weight is missing."""
    return composite.axis(block_score, "momentum")


@metric(
    "overheating",
    unit="score 0-100",
    reads=("block_score",),
    score=Itself(),
    direction="heat",
    version=composite.VERSION,
    label="Overheating",
    reading="Above 60 the market is hot. It is never merged with momentum into one number.",
    paper="metrics.md 5.1-5.2",
)
def overheating(block_score: pl.DataFrame) -> pl.DataFrame:
    """Weighted mean of the heat blocks; none when over a third of the weight is missing."""
    return composite.axis(block_score, "heat")


@metric(
    "composite_coverage",
    unit="fraction",
    reads=("block_score",),
    version=composite.VERSION,
    label="Share of a composite's weight that had data",
    reading="Under two thirds the composite is not published; the rest is never redistributed.",
    paper="metrics.md 5.1",
)
def composite_coverage(block_score: pl.DataFrame) -> pl.DataFrame:
    """Declared weight with data, per axis and session, also where the composite is withheld."""
    return composite.coverage(block_score)
