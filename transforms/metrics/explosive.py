"""Whether prices grow explosively: the tests of Phillips, Shi and Yu on weekly log closes (H14).

Weeks, because daily changes are too uneven for the test; log prices, because earnings of most
series are too short or too erratic to divide by: what is found is an explosive price, not a bubble.
Histories begin in 1996, the year in which both exchanges limited the change of a day. No lags.

The smallest window is fixed by the first week of a series, so that no later week moves it: 84
weeks, PSY's rule for the 1,500 weeks since 1996, for a history that begins before 2011, else 40
weeks, their rule for 400 weeks, as STAR 50 and most themes have them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.engine.metric import FEWEST_WEEKS, Anchors, Group, prepared
from transforms.engine.result_cache import Memory, Result, recalled_series
from transforms.formulas.expressions import log_level
from transforms.formulas.gsadf import Floats, episodes, explosiveness, least_window, rose
from transforms.formulas.gsadf_critical_values import (
    CONTROL,
    REPETITIONS,
    SEED,
    bootstrapped,
    critical_value,
)
from transforms.prepared.indices import LEADING, SHANGHAI
from transforms.prepared.series import WHOLE, period_ends

Flags = NDArray[np.bool_]

VERSION = 1
FIRST = date(1996, 1, 1)
# Rows of the shortest regression: of a history as long as since FIRST, and as that of STAR 50.
LONG_BEFORE, LONG, SHORT = date(2011, 1, 1), least_window(1500), least_window(400)
HEADLINE = (SHANGHAI, *LEADING)
LEVEL = 0.95

tests = Group(unit="t statistic", paper="H14; Phillips, Shi and Yu (2015)", window=WHOLE, max_age=6)


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
    weight=2.0,
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


def _ages(weeks: pl.DataFrame) -> Floats:
    """How many weeks the episode of each week has lasted, signed by its direction."""
    age = np.zeros(weeks.height)
    statistic, critical = weeks["bsadf"].to_numpy(), weeks["bootstrap_95"].to_numpy()
    for start, end in episodes(statistic, critical, least_duration=1):
        age[start:end] = np.arange(1, len(age[start:end]) + 1)
    signed: Floats = np.where(weeks["rose"].to_numpy(), age, -age)
    return signed
