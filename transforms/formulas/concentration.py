"""How unequally shares are spread: Herfindahl, Shannon and the largest few (metrics.md H06, H07).

Each expression sums up the shares of ONE group, which are fractions that add up to 1; apply it in
`group_by(...).agg`. Rows in a fixed order give the same bits.
"""

from __future__ import annotations

import polars as pl


def herfindahl(share: pl.Expr) -> pl.Expr:
    """Sum of squared shares: 1 for a single holder, 1 / N for N equal ones."""
    return (share * share).sum()


def effective_number(share: pl.Expr) -> pl.Expr:
    """1 / HHI: so many equal holders would be as concentrated."""
    return 1 / herfindahl(share)


def normalised_herfindahl(share: pl.Expr) -> pl.Expr:
    """(HHI - 1/N) / (1 - 1/N): 0 when all are equal, 1 for one of many; null for a single one."""
    count = share.count()
    return pl.when(count > 1).then((herfindahl(share) - 1 / count) / (1 - 1 / count))


def entropy_number(share: pl.Expr) -> pl.Expr:
    """exp(H) of Shannon's entropy H = -sum s ln s: so many equal holders would be as spread."""
    held = share.filter(share > 0)
    return (-(held * held.log()).sum()).exp()


def largest(share: pl.Expr, count: int) -> pl.Expr:
    """Sum of the largest few shares; null when there are fewer than that."""
    return pl.when(share.count() >= count).then(share.top_k(count).sort().sum())


def distance(share: pl.Expr, other: pl.Expr) -> pl.Expr:
    """0.5 x sum of |share - other share|: what would have to move; null if a share is missing."""
    gap = (share - other).abs()
    return pl.when(gap.is_not_null().all()).then(0.5 * gap.sum())


def log_kappa(share: pl.Expr, cap_share: pl.Expr) -> pl.Expr:
    """Logarithm of share in turnover over share in capitalisation: 0 where both are equal (H08)."""
    return (share / cap_share).log()
