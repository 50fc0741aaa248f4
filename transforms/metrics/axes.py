"""The two axes of the briefing, what they consist of, and how much hangs on their weights.

The arithmetic is in transforms.axes.composite and weight_sensitivity, and in formulas.ciss.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.axes import composite, weight_sensitivity
from transforms.axes.core import core
from transforms.engine.metric import Group, Itself, prepared
from transforms.formulas.ciss import Floats, chained_factor, running_correlation, systemic
from transforms.formulas.expressions import observations
from transforms.prepared.series import period_ends, with_columns_of

HALF_A_YEAR = 26  # weeks
HEAT = [name for name in composite.WEIGHTS if name.startswith("heat/")]
NAMED = "heat/technical"  # the factor's sign: it rises when this block heats up

axes = Group(unit="score 0-100", paper="metrics.md 5.1", version=composite.VERSION)


@axes.metric(score=Itself())
def block_score(scores: pl.DataFrame, priced_sessions: pl.DataFrame) -> pl.DataFrame:
    """Σ w·S / Σ w over the metrics of a block that are known at the end of the session.

    coverage: the share of the declared weight that had data.
    """
    return composite.blocks(scores, priced_sessions)


@axes.metric()
def indicator_score(scores: pl.DataFrame, priced_sessions: pl.DataFrame) -> pl.DataFrame:
    """Σ w·S / Σ w over the entities of one metric of a block that are known at the end of the
    session; entity: block/metric.

    coverage: the share of the entities' weight that had data.
    """
    return composite.indicators(scores, priced_sessions)


@axes.metric(paper="metrics.md 5.1; metrics.md 5.2", score=Itself(), direction="momentum")
def structural_momentum(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over the momentum blocks; none when over a third of the weight is missing."""
    return composite.axis(block_score, "momentum")


@axes.metric(paper="metrics.md 5.1; metrics.md 5.2", score=Itself(), direction="heat")
def overheating(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over the heat blocks; none when over a third of the weight is missing."""
    return composite.axis(block_score, "heat")


@axes.metric(unit="fraction")
def composite_coverage(block_score: pl.DataFrame) -> pl.DataFrame:
    """Σ W of the blocks with data, per axis and session, also where the composite is withheld."""
    return composite.coverage(block_score)


@prepared
def momentum_range(block_score: pl.DataFrame) -> pl.DataFrame:
    """What structural momentum can be: low, high by entity, observation_date, with known_at."""
    return composite.ranges(block_score, "momentum")


@prepared
def heat_range(block_score: pl.DataFrame) -> pl.DataFrame:
    """What overheating can be: low, high by entity, observation_date, with known_at."""
    return composite.ranges(block_score, "heat")


@axes.metric(paper="metrics.md 5.8")
def structural_momentum_low(momentum_range: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over all momentum blocks, those that are missing at 0; coverage: Σ W with data.

    On every day with a block, also where the axis is withheld.
    """
    return momentum_range.with_columns(value="low")


@axes.metric(paper="metrics.md 5.8")
def structural_momentum_high(momentum_range: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over all momentum blocks, those that are missing at 100; coverage: with data.

    On every day with a block, also where the axis is withheld.
    """
    return momentum_range.with_columns(value="high")


@axes.metric(paper="metrics.md 5.8")
def overheating_low(heat_range: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over all heat blocks, those that are missing at 0; coverage: Σ W with data.

    On every day with a block, also where the axis is withheld.
    """
    return heat_range.with_columns(value="low")


@axes.metric(paper="metrics.md 5.8")
def overheating_high(heat_range: pl.DataFrame) -> pl.DataFrame:
    """Σ W·B / Σ W over all heat blocks, those that are missing at 100; coverage: Σ W with data.

    On every day with a block, also where the axis is withheld.
    """
    return heat_range.with_columns(value="high")


@axes.metric(paper="metrics.md 5.9", score=Itself(), direction="momentum")
def structural_momentum_core(scores: pl.DataFrame, priced_sessions: pl.DataFrame) -> pl.DataFrame:
    """Σ w·S / Σ w over the inputs of momentum's core, on sessions that have all; n = inputs."""
    return core(scores, priced_sessions, "momentum")


@axes.metric(paper="metrics.md 5.9", score=Itself(), direction="heat")
def overheating_core(scores: pl.DataFrame, priced_sessions: pl.DataFrame) -> pl.DataFrame:
    """Σ w·S / Σ w over the inputs of heat's core, on sessions that have all; n = inputs."""
    return core(scores, priced_sessions, "heat")


@prepared
def momentum_band(block_score: pl.DataFrame) -> pl.DataFrame:
    """Structural momentum under other weights: observation_date, low, high, known_at."""
    return weight_sensitivity.band(block_score, "momentum")


@prepared
def heat_band(block_score: pl.DataFrame) -> pl.DataFrame:
    """Overheating under other weights: observation_date, low, high, known_at."""
    return weight_sensitivity.band(block_score, "heat")


def _edge(band: pl.DataFrame, edge: str) -> pl.DataFrame:
    return band.select("observation_date", "known_at", entity=pl.lit("CN"), value=edge)


@axes.metric()
def structural_momentum_p10(momentum_band: pl.DataFrame) -> pl.DataFrame:
    """10th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(momentum_band, "low")


@axes.metric()
def structural_momentum_p90(momentum_band: pl.DataFrame) -> pl.DataFrame:
    """90th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(momentum_band, "high")


@axes.metric()
def overheating_p10(heat_band: pl.DataFrame) -> pl.DataFrame:
    """10th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(heat_band, "low")


@axes.metric()
def overheating_p90(heat_band: pl.DataFrame) -> pl.DataFrame:
    """90th percentile of Σ W·B / Σ W over 1,000 draws W ~ Dirichlet(20 × declared weight)."""
    return _edge(heat_band, "high")


@prepared
def heat_weeks(block_score: pl.DataFrame) -> pl.DataFrame:
    """Heat blocks at the end of each finished week: observation_date, known_at, a column each.

    Scores as fractions, null where a block is missing.
    """
    heat = block_score.filter(pl.col("entity").is_in(HEAT))
    days = heat.group_by("observation_date").agg(pl.col("known_at").max()).sort("observation_date")
    weeks = period_ends(days.with_columns(entity=pl.lit("CN")), "1w")
    wide = heat.pivot("entity", index="observation_date", values="value")
    scores = with_columns_of(wide, *HEAT).select("observation_date", pl.col(HEAT) / 100)
    return weeks.join(scores, on="observation_date").sort("observation_date")


def _per_week(weeks: pl.DataFrame, value: Floats) -> pl.DataFrame:
    """The values of weeks, known when any week up to them was; NaN is dropped by evaluate."""
    return weeks.select(
        "observation_date",
        known_at=pl.col("known_at").cum_max(),
        entity=pl.lit("CN"),
        value=pl.Series(value, dtype=pl.Float64),
    )


@axes.metric(
    paper="metrics.md 5.3; Holló, Kremer and Lo Duca (2012)",
    score=Itself(),
    version=composite.VERSION + 1,
)
def heat_systemic(heat_weeks: pl.DataFrame) -> pl.DataFrame:
    """100 × √((w∘s)' C (w∘s)), C from products of s - ½ weighted by 0.93 per week; weekly.

    A block takes part when 52 of its weeks are past; none when over a third of the weight is out.
    """
    weights = np.array([composite.WEIGHTS[name] for name in HEAT])
    found = systemic(heat_weeks.select(HEAT).to_numpy(), weights, real_time=True)
    # A sum of whole per cents is never two thirds: no rounding can decide.
    enough = found.coverage >= float(composite.FEWEST_OF_AXIS)
    values = np.where(enough, np.sqrt(found.ciss), np.nan)  # weights in per cents are the 100 ×
    return _per_week(heat_weeks, values).with_columns(coverage=pl.Series(found.coverage))


@axes.metric(unit="standard deviations", paper="metrics.md 5.4; Monin (2019)")
def heat_factor(heat_weeks: pl.DataFrame) -> pl.DataFrame:
    """Σ loading · Δz over weeks: loadings of the first principal component of all weeks so far.

    z are the block scores standardised by all weeks so far; the technical block loads positively.
    """
    scores = heat_weeks.select(HEAT).to_numpy()
    return _per_week(heat_weeks, chained_factor(scores, HEAT.index(NAMED)))


@axes.metric(unit="ratio", paper="metrics.md 5.4", window=HALF_A_YEAR)
def heat_factor_correlation(heat_factor: pl.DataFrame, overheating: pl.DataFrame) -> pl.DataFrame:
    """Correlation of heat_factor with overheating over all weeks so far, from 26 on."""
    axis = overheating.select("observation_date", axis="value", axis_known="known_at")
    weeks = heat_factor.join(axis, on="observation_date").sort("observation_date")
    found = running_correlation(weeks["value"].to_numpy(), weeks["axis"].to_numpy(), HALF_A_YEAR)
    known = pl.max_horizontal("known_at", "axis_known")
    counted = weeks.with_columns(known_at=known)
    return _per_week(counted, found).with_columns(n=observations())
