"""Whether prices grow explosively: the tests of Phillips, Shi and Yu on weekly log closes (H14).

Weeks, because daily changes are too uneven for the test; log prices, because earnings of most
series are too short or too erratic to divide by: what is found is an explosive price, not a bubble.
Histories begin in 1996, the year in which both exchanges limited the change of a day. No lags.

The smallest window is fixed by the first week of a series, so that no later week moves it: 84
weeks, PSY's rule for the 1,500 weeks since 1996, for a history that begins before 2011, else 40
weeks, their rule for 400 weeks, as STAR 50 and most themes have them.

Two sharper tests of STAR 50 and the indices of artificial intelligence stand beside: of what the
market and the technology board do not explain (`adjusted`), and of the signs of the changes, which
no volatility enters (`robust`). Neither counts in the axis of heat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.engine.metric import FEWEST_WEEKS, WEEKLY, Anchors, Group, prepared
from transforms.engine.result_cache import Memory, Result, recalled_series
from transforms.formulas.expressions import log_level
from transforms.formulas.factor_adjusted import FEWEST, adjusted_level
from transforms.formulas.gsadf import Floats, episodes, explosiveness, least_window, rose
from transforms.formulas.gsadf_critical_values import (
    CONTROL,
    REPETITIONS,
    SEED,
    bootstrapped,
    critical_value,
)
from transforms.formulas.volatility_robust import robust_explosiveness, thresholds
from transforms.prepared.indices import (
    AI_INDICES,
    CHINEXT,
    CSI_300,
    CSI_ALL_SHARE,
    LEADING,
    SHANGHAI_COMPOSITE,
    STAR_50,
)
from transforms.prepared.series import WHOLE, period_ends

Flags = NDArray[np.bool_]

VERSION = 1
FIRST = date(1996, 1, 1)
# Rows of the shortest regression: of a history as long as since FIRST, and as that of STAR 50.
LONG_BEFORE, LONG, SHORT = date(2011, 1, 1), least_window(1500), least_window(400)
HEADLINE = (SHANGHAI_COMPOSITE, *LEADING)
LEVEL = 0.95
# The sharper tests, and what is taken out: the first of the markets that reaches as far back as the
# index, and for artificial intelligence the board of technology.
SHARPER = (STAR_50, *AI_INDICES)
MARKETS, INDUSTRY = (CSI_ALL_SHARE, CSI_300), CHINEXT

tests = Group(
    unit="t statistic",
    paper="H14; Phillips, Shi and Yu (2015)",
    window=WHOLE,
    step=WEEKLY,
    max_age=6,
)
adjusted = Group(paper="H14; Basele, Phillips and Shi (2025)", window=WHOLE, step=WEEKLY)
robust = Group(
    unit="t statistic",
    paper="H14; Sarkar and Wells (2026); Harvey, Leybourne and Zu (2020)",
    window=WHOLE,
    step=WEEKLY,
)


@prepared
def explosive_series(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Each series by (entity, week): level (ln P), bsadf, rose, critical_95, known_at."""
    weeks = period_ends(series_bars, "1w").filter(pl.col("observation_date") >= FIRST)
    logged = weeks.select(
        "entity",
        "observation_date",
        pl.col("known_at").cum_max().over("entity"),
        level=log_level(pl.col("close")).over("entity"),
    )
    alike: dict[tuple[int, int], list[pl.DataFrame]] = defaultdict(list)
    for weeks in logged.partition_by("entity", maintain_order=True):
        alike[weeks.height, smallest_window(weeks)].append(weeks)
    tested = [one for (_, smallest), many in alike.items() for one in _tested(many, smallest)]
    return pl.concat(tested).sort("entity", "observation_date") if tested else logged.clear()


def _tested(alike: list[pl.DataFrame], smallest: int) -> Iterator[pl.DataFrame]:
    """The weeks of each of some series, all equally many, with what the test says of them."""
    y = np.array([weeks["level"] for weeks in alike])
    found = explosiveness(y, smallest)
    critical = critical_value(np.arange(1.0, y.shape[1] + 1), smallest, LEVEL)
    for row, weeks in enumerate(alike):
        yield weeks.with_columns(
            bsadf=pl.Series(found.bsadf[row]),
            rose=pl.Series(rose(y[row], found.start[row])),
            critical_95=pl.Series(critical),
        )


def smallest_window(weeks: pl.DataFrame) -> int:
    """Rows of the shortest regression of a series, from the date of its first week alone."""
    begins = weeks["observation_date"].min()
    return LONG if isinstance(begins, date) and begins < LONG_BEFORE else SHORT


@prepared
def explosive_headline(explosive_series: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """The headline indices with the wild bootstrap: explosive_series and p_value, bootstrap_95.

    Both compare with the largest BSADF of the last 104 weeks in series that are not explosive, so
    that two years raise a false alarm with the probability that is stated, not each week of them.
    """
    chosen = explosive_series.filter(pl.col("entity").is_in(HEADLINE))
    parts = chosen.partition_by("entity", maintain_order=True)
    return pl.concat([_judged(part, memory) for part in parts]) if parts else chosen


def _judged(weeks: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """The weeks of one series with what the bootstrap says of them; remembered week by week."""
    level, smallest = weeks["level"].to_numpy(), smallest_window(weeks)
    settings = f"{VERSION} {smallest} {REPETITIONS} {CONTROL} {SEED}"

    def since(first: int) -> list[Result]:
        null = bootstrapped(level, smallest, first=first)
        return _compared(weeks["bsadf"].to_numpy()[first:], null)

    found = recalled_series(memory, f"wild bootstrap {settings}", level, since)
    columns = {"p_value": pl.Float64, "bootstrap_95": pl.Float64}
    judged = pl.DataFrame(found, schema=columns, orient="row").fill_null(float("nan"))
    return pl.concat([weeks, judged], how="horizontal")


def _compared(bsadf: Floats, null: Floats) -> list[Result]:
    """p-value and critical value of each week, None where the null series have no statistic yet."""
    above = (null >= bsadf[:, None]).sum(axis=1)
    p_value = (1 + above) / (1 + null.shape[1])
    highest = np.quantile(null, LEVEL, axis=1)
    whole: Flags = np.isfinite(null.max(axis=1))
    return [
        (float(p), float(high)) if there else (None, None)
        for p, high, there in zip(p_value, highest, whole, strict=True)
    ]


def _rows(weeks: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """The rows of a metric, where the test itself is defined."""
    return weeks.filter(pl.col("bsadf").is_not_nan()).select(
        "entity", "observation_date", "known_at", value=value
    )


@tests.metric()
def bsadf_weekly(explosive_series: pl.DataFrame) -> pl.DataFrame:
    """BSADF(t) = max over windows of 84 (young series: 40) weeks and more that end at t of
    t(b) in Δ ln P = a + b ln P(-1) + e.
    """
    return _rows(explosive_series, pl.col("bsadf"))


@tests.metric(paper="H14; Phillips, Shi and Yu (2015); metrics.md 3")
def bsadf_critical_95(explosive_series: pl.DataFrame) -> pl.DataFrame:
    """95 % quantile of SADF in random walks as long as the history so far, 8,000 draws or more."""
    return _rows(explosive_series, pl.col("critical_95"))


@tests.metric(paper="H14; Harvey, Leybourne, Sollis and Taylor (2016); Phillips and Shi (2020)")
def bsadf_bootstrap_95(explosive_headline: pl.DataFrame) -> pl.DataFrame:
    """95 % quantile, over 199 series Σ w Δ ln P with standard normal w, of the largest BSADF of
    the last 104 weeks.
    """
    return _rows(explosive_headline, pl.col("bootstrap_95"))


@tests.metric(
    unit="p value",
    paper="H14; Harvey, Leybourne, Sollis and Taylor (2016); Phillips and Shi (2020)",
    score=Anchors(
        ((0.001, 100), (0.01, 95), (0.05, 82), (0.10, 70), (0.5, 30), (1.0, 0)),
        minimum=FEWEST_WEEKS,
    ),
    block="heat/explosiveness",
    weight=67,
    core=15,
    core_entities=(SHANGHAI_COMPOSITE,),
    entities=HEADLINE,
)
def explosive_p_value(explosive_headline: pl.DataFrame) -> pl.DataFrame:
    """(1 + bootstrap series whose largest BSADF of the last 104 weeks reaches BSADF(t)) / 200;
    1 where the price fell over the window of BSADF(t), for a collapse is no heat.
    """
    return _rows(explosive_headline, pl.when("rose").then("p_value").otherwise(1.0))


@tests.metric(unit="weeks")
def explosive_weeks(explosive_headline: pl.DataFrame) -> pl.DataFrame:
    """Weeks since BSADF first exceeded bootstrap_95 without having been below it since; minus that
    where the price fell over the window of BSADF, 0 outside.
    """
    parts = explosive_headline.partition_by("entity", maintain_order=True)
    aged = [part.with_columns(age=pl.Series(_ages(part), dtype=pl.Float64)) for part in parts]
    return _rows(pl.concat(aged), pl.col("age"))


def _ages(weeks: pl.DataFrame, origin: str = "bootstrap_95", collapse: str | None = None) -> Floats:
    """How many weeks the episode of each week has lasted, signed by its direction."""
    age = np.zeros(weeks.height)
    statistic, critical = weeks["bsadf"].to_numpy(), weeks[origin].to_numpy()
    below = None if collapse is None else weeks[collapse].to_numpy()
    for start, end in episodes(statistic, critical, least_duration=1, collapse=below):
        age[start:end] = np.arange(1, len(age[start:end]) + 1)
    signed: Floats = np.where(weeks["rose"].to_numpy(), age, -age)
    return signed


# ---- sharper tests ------------------------------------------------------------------------------


@prepared
def explosive_adjusted(explosive_series: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """What factors do not explain of each index, tested and judged as in explosive_headline.

    An index of which a market or the industry has no level, or that is too young for slopes and one
    window, has no rows.
    """
    by_entity = {
        str(entity): weeks
        for (entity,), weeks in explosive_series.partition_by("entity", as_dict=True).items()
    }
    residuals = [_residual(by_entity, index) for index in SHARPER if index in by_entity]
    found = [
        _judged(weeks, memory)
        for residual in residuals
        if residual is not None
        for weeks in _tested([residual], smallest_window(residual))
    ]
    none = explosive_series.clear().with_columns(p_value=pl.lit(0.0), bootstrap_95=pl.lit(0.0))
    return pl.concat(found) if found else none


def _residual(by_entity: Mapping[str, pl.DataFrame], index: str) -> pl.DataFrame | None:
    """The weeks of the adjusted log price of an index, None where it has none."""
    own, names = by_entity[index], _factors(by_entity, index)
    if not all(name in by_entity for name in names):
        return None
    weeks = _side_by_side(own, [by_entity[name] for name in names])
    if weeks.height <= FEWEST + 1:
        return None
    factors = weeks.select(pl.col("^factor_.*$")).to_numpy()
    level = adjusted_level(weeks["level"].to_numpy(), factors)
    told = weeks.select("entity", "observation_date", "known_at")
    return told[FEWEST:].with_columns(level=pl.Series(level))


def _factors(by_entity: Mapping[str, pl.DataFrame], index: str) -> list[str]:
    """The market and, for artificial intelligence, the industry: the first market that has all
    weeks of the index, else the one that begins first.
    """
    first = {name: _begins(by_entity[name]) for name in (index, *MARKETS) if name in by_entity}
    market = min(MARKETS, key=lambda name: max(first.get(name, date.max), first[index]))
    return [market, INDUSTRY] if index in AI_INDICES else [market]


def _begins(weeks: pl.DataFrame) -> date:
    return cast("date", weeks["observation_date"].item(0))


def _side_by_side(own: pl.DataFrame, factors: list[pl.DataFrame]) -> pl.DataFrame:
    """The weeks that all have: those of the index with the levels factor_0 … of the others."""
    week = pl.col("observation_date").dt.truncate("1w").alias("week")
    joined = own.select("entity", "observation_date", "known_at", "level", week)
    for number, one in enumerate(factors):
        other = one.select(week, **{f"factor_{number}": "level", f"known_{number}": "known_at"})
        joined = joined.join(other, on="week")
    return joined.sort("week").with_columns(
        known_at=pl.max_horizontal("known_at", pl.col("^known_\\d$")).cum_max()
    )


@prepared
def explosive_robust(explosive_series: pl.DataFrame) -> pl.DataFrame:
    """explosive_series of the sharper tests' indices with the statistic of signs instead, and the
    thresholds origination and collapse.
    """
    chosen = explosive_series.filter(pl.col("entity").is_in(SHARPER))
    parts = chosen.partition_by("entity", maintain_order=True)
    none = chosen.with_columns(origination=pl.lit(0.0), collapse=pl.lit(0.0))
    return pl.concat([_of_signs(part) for part in parts]) if parts else none


def _of_signs(weeks: pl.DataFrame) -> pl.DataFrame:
    level, smallest = weeks["level"].to_numpy(), smallest_window(weeks)
    found = robust_explosiveness(level, smallest)
    limits = thresholds(np.arange(1.0, len(level) + 1), smallest, LEVEL)
    return weeks.with_columns(
        bsadf=pl.Series(found.bsadf),
        rose=pl.Series(rose(level, found.start)),
        origination=pl.Series(limits.origination),
        collapse=pl.Series(limits.collapse),
    )


@adjusted.metric(unit="t statistic")
def bsadf_adjusted(explosive_adjusted: pl.DataFrame) -> pl.DataFrame:
    """BSADF of Σ e, e = Δ ln P - b Δ ln M - c Δ ln I, with b and c of the 104 weeks (at first 52)
    before; M is CSI All Share (CSI 300 where that is shorter), I ChiNext, for indices of artificial
    intelligence alone.
    """
    return _rows(explosive_adjusted, pl.col("bsadf"))


@adjusted.metric(
    unit="p value",
    paper="H14; Basele, Phillips and Shi (2025); Harvey, Leybourne, Sollis and Taylor (2016)",
)
def explosive_p_value_adjusted(explosive_adjusted: pl.DataFrame) -> pl.DataFrame:
    """(1 + bootstrap series of e whose largest BSADF of the last 104 weeks reaches bsadf_adjusted)
    / 200; 1 where Σ e fell over the window of the statistic.
    """
    return _rows(explosive_adjusted, pl.when("rose").then("p_value").otherwise(1.0))


@robust.metric()
def bsadf_robust(explosive_robust: pl.DataFrame) -> pl.DataFrame:
    """BSADF of Σ sign Δ ln P, with windows as in bsadf_weekly."""
    return _rows(explosive_robust, pl.col("bsadf"))


@robust.metric()
def bsadf_robust_origination_95(explosive_robust: pl.DataFrame) -> pl.DataFrame:
    """95 % quantile of the largest bsadf_robust of the last 104 weeks in random walks of steps ±1
    as long as the history so far.
    """
    return _rows(explosive_robust, pl.col("origination"))


@robust.metric()
def bsadf_robust_collapse_95(explosive_robust: pl.DataFrame) -> pl.DataFrame:
    """95 % quantile of bsadf_robust of one week in the same random walks."""
    return _rows(explosive_robust, pl.col("collapse"))


@robust.metric(unit="weeks")
def explosive_weeks_robust(explosive_robust: pl.DataFrame) -> pl.DataFrame:
    """Weeks since bsadf_robust first exceeded bsadf_robust_origination_95 without having fallen
    below bsadf_robust_collapse_95 since; minus that where the price fell over the window of the
    statistic, 0 outside.
    """
    parts = explosive_robust.partition_by("entity", maintain_order=True)
    aged = [
        part.with_columns(age=pl.Series(_ages(part, "origination", "collapse"), dtype=pl.Float64))
        for part in parts
    ]
    none = explosive_robust.with_columns(age=pl.lit(0.0))
    return _rows(pl.concat(aged) if aged else none, pl.col("age"))
