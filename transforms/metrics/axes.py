"""The two axes of the briefing, what they consist of, and how far they are to be believed.

The arithmetic is in transforms.axes.composite, sensitivity and systemic.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.axes import composite, weight_sensitivity
from transforms.engine.metric import Itself, metric, prepared
from transforms.formulas.ciss import Floats, chained_factor, running_correlation, systemic
from transforms.formulas.expressions import ROUNDING
from transforms.prepared.series import period_ends

HALF_A_YEAR = 26  # weeks
READS = ("scores", "priced_sessions")
HEAT = [name for name in composite.WEIGHTS if name.startswith("heat/")]
NAMED = "heat/technical"  # the factor's sign: it rises when this block heats up


@metric(
    "block_score",
    unit="score 0-100",
    reads=READS,
    score=Itself(),
    version=composite.VERSION,
    label="Block score",
    reading="Mean of the scores in the block.",
    pitfall="A block with under half of its weight is missing, whatever the rest says.",
    paper="metrics.md 5.1",
)
def block_score(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Σ w·S / Σ w over the metrics of a block that are known at the end of the session.

    coverage: the share of the declared weight that had data.
    """
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
    pitfall="The weights are chosen, not estimated: read it with its band.",
    paper="metrics.md 5.1-5.2",
)
def structural_momentum(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over the momentum blocks; none when over a third of the weight is missing."""
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
    pitfall="Heat may last for months and says nothing of the day on which it ends.",
    paper="metrics.md 5.1-5.2",
)
def overheating(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over the heat blocks; none when over a third of the weight is missing."""
    return composite.axis(block_score, "heat")


@metric(
    "composite_coverage",
    unit="fraction",
    reads=("block_score",),
    version=composite.VERSION,
    label="Share of a composite's weight that had data",
    reading="Where it is under 1, blocks are missing and the composite is the mean of the others.",
    pitfall="Under two thirds the composite is not published.",
    paper="metrics.md 5.1",
)
def composite_coverage(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W of the blocks with data, per axis and session, also where the composite is withheld."""
    return composite.coverage(block_score)


@prepared("momentum_band", reads=("block_score",))
def momentum_band(block_score: pl.DataFrame) -> pl.DataFrame:
    """Structural momentum under other weights: observation_date, low, high, known_at."""
    return weight_sensitivity.band(block_score, "momentum")


@prepared("heat_band", reads=("block_score",))
def heat_band(block_score: pl.DataFrame) -> pl.DataFrame:
    """Overheating under other weights: observation_date, low, high, known_at."""
    return weight_sensitivity.band(block_score, "heat")


def _edge(band: pl.DataFrame, edge: str) -> pl.DataFrame:
    return band.select("observation_date", "known_at", entity=pl.lit("CN"), value=edge)


@metric(
    "structural_momentum_p10",
    unit="score 0-100",
    reads=("momentum_band",),
    version=composite.VERSION,
    label="Structural momentum, low edge of its band",
    reading="One in ten other sets of weights gives a lower axis.",
    pitfall="The band tells of the weights only, not of data or of what follows.",
    paper="metrics.md 5.1: Dirichlet weights",
)
def structural_momentum_p10(momentum_band: pl.DataFrame) -> pl.DataFrame:
    """10th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(momentum_band, "low")


@metric(
    "structural_momentum_p90",
    unit="score 0-100",
    reads=("momentum_band",),
    version=composite.VERSION,
    label="Structural momentum, high edge of its band",
    reading="One in ten other sets of weights gives a higher axis.",
    pitfall="The band tells of the weights only, not of data or of what follows.",
    paper="metrics.md 5.1: Dirichlet weights",
)
def structural_momentum_p90(momentum_band: pl.DataFrame) -> pl.DataFrame:
    """90th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(momentum_band, "high")


@metric(
    "overheating_p10",
    unit="score 0-100",
    reads=("heat_band",),
    version=composite.VERSION,
    label="Overheating, low edge of its band",
    reading="One in ten other sets of weights gives a cooler axis.",
    pitfall="The band tells of the weights only, not of data or of what follows.",
    paper="metrics.md 5.1: Dirichlet weights",
)
def overheating_p10(heat_band: pl.DataFrame) -> pl.DataFrame:
    """10th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(heat_band, "low")


@metric(
    "overheating_p90",
    unit="score 0-100",
    reads=("heat_band",),
    version=composite.VERSION,
    label="Overheating, high edge of its band",
    reading="One in ten other sets of weights gives a hotter axis.",
    pitfall="The band tells of the weights only, not of data or of what follows.",
    paper="metrics.md 5.1: Dirichlet weights",
)
def overheating_p90(heat_band: pl.DataFrame) -> pl.DataFrame:
    """90th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(heat_band, "high")


@prepared("heat_weeks", reads=("block_score",))
def heat_weeks(block_score: pl.DataFrame) -> pl.DataFrame:
    """Heat blocks at the end of each finished week: observation_date, known_at, a column each.

    Scores as fractions, null where a block is missing.
    """
    heat = block_score.filter(pl.col("entity").is_in(HEAT))
    days = heat.group_by("observation_date").agg(pl.col("known_at").max()).sort("observation_date")
    weeks = period_ends(days.with_columns(entity=pl.lit("CN")), "1w")
    wide = heat.pivot("entity", index="observation_date", values="value")
    absent = [pl.lit(None, pl.Float64).alias(name) for name in HEAT if name not in wide.columns]
    scores = wide.with_columns(absent).select("observation_date", pl.col(HEAT) / 100)
    return weeks.join(scores, on="observation_date").sort("observation_date")


def _per_week(weeks: pl.DataFrame, value: Floats) -> pl.DataFrame:
    """The values of weeks, known when any week up to them was; NaN is dropped by evaluate."""
    return weeks.select(
        "observation_date",
        known_at=pl.col("known_at").cum_max(),
        entity=pl.lit("CN"),
        value=pl.Series(value, dtype=pl.Float64),
    )


@metric(
    "heat_systemic",
    unit="score 0-100",
    reads=("heat_weeks",),
    score=Itself(),
    version=composite.VERSION,
    label="Systemic heat",
    reading="Near the overheating score when all blocks run hot together, below it when only some do.",
    pitfall="In a week in which the blocks agree that all is cool it is close to it too.",
    paper="metrics.md 5.3; Holló, Kremer, Lo Duca (2012), CISS",
)
def heat_systemic(heat_weeks: pl.DataFrame) -> pl.DataFrame:
    """100 × √((w∘s)' C (w∘s)), C from products of s - ½ weighted by 0.93 per week; weekly.

    A block takes part when 52 of its weeks are past; none when over a third of the weight is out.
    """
    weights = np.array([composite.WEIGHTS[name] for name in HEAT])
    found = systemic(heat_weeks.select(HEAT).to_numpy(), weights, real_time=True)
    enough = found.coverage > composite.FEWEST_OF_AXIS - ROUNDING
    values = np.where(enough, 100 * np.sqrt(found.ciss), np.nan)
    return _per_week(heat_weeks, values).with_columns(coverage=pl.Series(found.coverage))


@metric(
    "heat_factor",
    unit="standard deviations",
    reads=("heat_weeks",),
    version=composite.VERSION,
    label="First common factor of heat",
    reading="What the blocks of heat have in common, with weights out of the data, not chosen.",
    pitfall="A diagnostic: its level starts anywhere, only its path can be compared.",
    paper="metrics.md 5.4; Monin (2019), OFR FSI",
)
def heat_factor(heat_weeks: pl.DataFrame) -> pl.DataFrame:
    """Σ loading · Δz over weeks: loadings of the first principal component of all weeks so far.

    z are the block scores standardised by all weeks so far; the technical block loads positively.
    """
    scores = heat_weeks.select(HEAT).to_numpy()
    return _per_week(heat_weeks, chained_factor(scores, HEAT.index(NAMED)))


@metric(
    "heat_factor_correlation",
    unit="ratio",
    reads=("heat_factor", "overheating"),
    version=composite.VERSION,
    label="Agreement of overheating with its common factor",
    reading="Above 0.8 the chosen weights say what the data say; far below, they matter.",
    pitfall="Two levels that drift correlate highly by themselves.",
    paper="metrics.md 5.4",
    window=HALF_A_YEAR,
)
def heat_factor_correlation(heat_factor: pl.DataFrame, overheating: pl.DataFrame) -> pl.DataFrame:
    """Correlation of heat_factor with overheating over all weeks so far, from 26 on."""
    axis = overheating.select("observation_date", axis="value", axis_known="known_at")
    weeks = heat_factor.join(axis, on="observation_date").sort("observation_date")
    found = running_correlation(weeks["value"].to_numpy(), weeks["axis"].to_numpy(), HALF_A_YEAR)
    known = pl.max_horizontal("known_at", "axis_known")
    counted = weeks.with_columns(known_at=known)
    return _per_week(counted, found).with_columns(n=pl.int_range(1, pl.len() + 1))
