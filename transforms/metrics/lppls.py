"""Whether prices rise the way bubbles did: faster and faster, in ever shorter waves (H15).

The confidence indicator of Sornette et al. (2015) is the share of 126 windows, of 125 to 750
trading days up to a day, whose best fit of the log-periodic power law has the shape that bubbles
had. It is a flag of low weight: the model is sloppy, and the critical time that it fits is no
forecast of a crash, so that only its spread is published. Oscillations are counted in half-periods,
errors averaged (metrics.md 4). A day costs a tenth of a second, so there is one value a week, and
none before SINCE.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.engine.metric import FEWEST_WEEKS, WEEKLY, Anchors, Group, prepared
from transforms.engine.result_cache import Floats, Memory, Result, recalled
from transforms.formulas.expressions import latest_known, observations
from transforms.formulas.lppls import WINDOWS, confidence
from transforms.prepared.indices import SHANGHAI_COMPOSITE, STAR_50
from transforms.prepared.series import period_ends

VERSION = 1
SINCE = date(2025, 7, 1)
HEADLINE = (SHANGHAI_COMPOSITE, STAR_50)
LONGEST = max(WINDOWS)
NUMBERS = ("positive", "negative", "tc_iqr")

fits = Group(unit="fraction", paper="H15; Sornette et al. (2015)", window=LONGEST)


@prepared
def lppls_weeks(series_bars: pl.DataFrame, memory: Memory) -> pl.DataFrame:
    """Each headline index by (entity, week): positive, negative, tc_iqr (days), known_at.

    A week before which there are not 750 bars, or whose price never moved, has none.
    """
    chosen = series_bars.filter(pl.col("entity").is_in(HEADLINE)).with_columns(
        bars=observations().over("entity"),
        known_at=latest_known(LONGEST).over("entity"),
    )
    weeks = period_ends(chosen, "1w").filter(
        pl.col("observation_date") >= SINCE, pl.col("bars") >= LONGEST
    )
    closes = {
        str(entity): rows["close"].to_numpy()
        for (entity,), rows in chosen.partition_by("entity", as_dict=True).items()
    }
    found = [
        recalled(memory, f"lppls {VERSION}", closes[entity][bars - LONGEST : bars], _confidence)
        for entity, bars in weeks.select("entity", "bars").iter_rows()
    ]
    columns = pl.DataFrame(found, schema=dict.fromkeys(NUMBERS, pl.Float64), orient="row")
    return pl.concat(
        [weeks.select("entity", "observation_date", "known_at"), columns], how="horizontal"
    )


def _confidence(closes: Floats) -> Result:
    """The indicator at the last of some closes."""
    found = confidence(closes, WINDOWS)
    if found is None:
        return (None,) * len(NUMBERS)
    return found.positive, found.negative, found.tc_iqr


def _rows(weeks: pl.DataFrame, name: str) -> pl.DataFrame:
    return weeks.select("entity", "observation_date", "known_at", value=name)


@fits.metric(
    score=Anchors(((0.0, 0), (0.05, 40), (0.15, 70), (0.3, 90), (0.5, 100)), minimum=FEWEST_WEEKS),
    block="heat/explosiveness",
    weight=33,
    entities=HEADLINE,
    step=WEEKLY,
    max_age=6,
)
def lppls_confidence_positive(lppls_weeks: pl.DataFrame) -> pl.DataFrame:
    """Qualified fits with B < 0 and 0 < m < 1 over all 126 windows."""
    return _rows(lppls_weeks, "positive")


@fits.metric()
def lppls_confidence_negative(lppls_weeks: pl.DataFrame) -> pl.DataFrame:
    """Qualified fits with B > 0 and 0 < m < 1 over all 126 windows."""
    return _rows(lppls_weeks, "negative")


@fits.metric(unit="days")
def lppls_tc_iqr_days(lppls_weeks: pl.DataFrame) -> pl.DataFrame:
    """Interquartile range of tc over the qualified fits, in trading days."""
    return _rows(lppls_weeks, "tc_iqr")
