"""The indicators of the briefing on plain polars series and frames: a documented library.

Each function takes values in order of time and gives values aligned to its input; what is null or
too short gives null, and nonsense raises a ValueError that says what is wrong. The formulas are
those of the metrics: nothing is computed here that is not computed there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from transforms import scoring
from transforms.systemic import DECAY, systemic


def ciss(
    scores: pl.DataFrame, weights: Mapping[str, float] | Sequence[float], decay: float = DECAY
) -> pl.Series:
    """Composite indicator of systemic stress (Holló, Kremer, Lo Duca 2012; metrics.md 5.3).

    scores: a row per period, a column per block, fractions 0-1 such as ranks in an expanding
    history; weights: by column name, other columns then being left aside, or one number per
    column; decay: of the covariance per row, 0.93 for weeks. Gives (w∘s)' C (w∘s), aligned to the
    rows, which is on a square scale: its square root compares with the scores.

    The covariance starts as the mean product of the first 52 rows, as the reference does, so the
    first 51 values are no real-time values. A row with a null or NaN gives null and changes
    nothing for later rows. Raises ValueError for scores outside 0-1, negative weights, weights
    that do not fit the columns, or a decay outside 0 … 1.
    """
    named = weights if isinstance(weights, Mapping) else _by_column(weights, scores.columns)
    if unknown := [name for name in named if name not in scores.columns]:
        raise ValueError(f"no column {unknown[0]!r} in the scores: they have {scores.columns}")
    if not named or min(named.values()) < 0 or sum(named.values()) <= 0:
        raise ValueError(f"weights must not be negative and not all zero, got {dict(named)}")
    if not 0 <= decay < 1:
        raise ValueError(f"decay is a share from 0 to under 1, got {decay}")
    blocks = scores.select(pl.col(list(named)).cast(pl.Float64).fill_nan(None))
    whole = blocks.select(~pl.any_horizontal(pl.all().is_null())).to_series()
    values = blocks.filter(whole).to_numpy()
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError("scores are fractions from 0 to 1: divide scores of 0-100 by 100")
    found = np.full(scores.height, np.nan)
    weighting = np.array([*named.values()], dtype=float)
    found[whole.to_numpy()] = systemic(values, weighting, decay).ciss
    return pl.Series("ciss", found).fill_nan(None)


def _by_column(weights: Sequence[float], columns: list[str]) -> dict[str, float]:
    if len(weights) != len(columns):
        raise ValueError(f"{len(weights)} weights for {len(columns)} columns: one for each")
    return dict(zip(columns, weights, strict=True))


def deflated_sharpe(  # noqa: PLR0917 - in the order of the paper's formula
    sharpe: float,
    n_obs: int,
    skew: float,
    kurtosis: float,
    trial_variance: float,
    n_trials: int,
) -> float:
    """Probability that the best of `n_trials` Sharpe ratios is above zero in truth.

    sharpe and trial_variance (the variance of the trials' ratios): per observation, not annualised;
    n_obs: observations; kurtosis: raw, 3 for a normal distribution. Bailey and López de Prado
    (2014); metrics.md 6.7. Raises ValueError for fewer than 2 observations, a negative variance, no
    trial, or moments that no distribution has.
    """
    numbers = (sharpe, skew, kurtosis, trial_variance)
    possible = all(math.isfinite(one) for one in numbers) and kurtosis >= 1 + skew**2
    if n_obs < 2 or trial_variance < 0 or n_trials < 1 or not possible:
        raise ValueError(
            "a deflated Sharpe ratio needs at least 2 observations and 1 trial, a variance that is "
            f"not negative, and a kurtosis of at least 1 + skew², got {n_obs=}, {n_trials=}, "
            f"{trial_variance=}, {kurtosis=}, {skew=}, {sharpe=}"
        )
    return scoring.deflated_sharpe(
        sharpe,
        n_obs,
        skew=skew,
        kurtosis=kurtosis,
        trial_variance=trial_variance,
        n_trials=n_trials,
    )


def brier(probability: pl.Series, outcome: pl.Series) -> float | None:
    """Mean of (probability - outcome)², 0 at best (Brier 1950; metrics.md 6.5).

    probability: fractions 0-1; outcome: 0 or 1, or booleans, of the same length. Pairs with a null
    or NaN are left out; without any pair the score is None. Raises ValueError for other values.
    """
    if len(probability) != len(outcome):
        raise ValueError(f"{len(probability)} probabilities for {len(outcome)} outcomes")
    pairs = pl.DataFrame({"p": probability.cast(pl.Float64), "o": outcome.cast(pl.Float64)})
    known = pairs.fill_nan(None).drop_nulls()
    if known.is_empty():
        return None
    if not known["p"].is_between(0, 1).all():
        raise ValueError("probabilities are fractions from 0 to 1: divide per cents by 100")
    if not known["o"].is_in([0.0, 1.0]).all():
        raise ValueError("an outcome is 0 or 1: it came or it did not")
    return float(scoring.brier_scores(known["p"].to_numpy(), known["o"].to_numpy()).mean())
