"""Where the gap between China's and America's earnings growth turned, and how surely (M15).

All are counted in quarters back from the last one, so that 0 is the quarter itself. Each looks at
the quarters without a hole up to its own, eight at least.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from transforms.engine.metric import Group, prepared
from transforms.formulas.structural_breaks import Floats, inflection, mean_break
from transforms.metrics.earnings import FEWEST_QUARTERS, next_quarter
from transforms.prepared.series import WHOLE

TURNS = ("inflection", "broke", "earliest", "latest", "p_value")

turns = Group(unit="count", paper="M15; Andrews (1993); Bai and Perron (1998)", window=WHOLE)


@prepared
def earnings_turns(earnings_growth_gap: pl.DataFrame) -> pl.DataFrame:
    """What the gap had done by each quarter: TURNS beside entity, observation_date, n, known_at."""
    day = pl.col("observation_date")
    after_a_hole = (day != next_quarter(day.shift())).fill_null(value=True)
    quarters = earnings_growth_gap.sort("observation_date").with_columns(
        pl.col("known_at").cum_max(), run=after_a_hole.cum_sum()
    )
    found = [_so_far(run) for run in quarters.partition_by("run", maintain_order=True)]
    return pl.concat(found) if found else quarters.clear()


def _so_far(run: pl.DataFrame) -> pl.DataFrame:
    """The turns of a run of quarters, as far as it went on each of them."""
    values = run["value"].to_numpy()
    turns = pl.DataFrame(
        [tuple(_turns(values[:end])) for end in range(FEWEST_QUARTERS, len(values) + 1)],
        schema=dict.fromkeys(TURNS, pl.Float64),
        orient="row",
    )
    ends = run.slice(FEWEST_QUARTERS - 1).select("entity", "observation_date", "known_at")
    counted = ends.with_columns(n=pl.int_range(FEWEST_QUARTERS, FEWEST_QUARTERS + pl.len()))
    return pl.concat([counted, turns], how="horizontal")


def _turns(values: Floats) -> Iterator[float | None]:
    """TURNS of a series: quarters back, and the p-value; None where its mean has not moved."""
    last = len(values) - 1
    yield float(last - inflection(values))
    found = mean_break(values)
    if found is None:
        yield from [None] * (len(TURNS) - 1)
    else:
        yield from (float(last - row) for row in (found.row, found.earliest, found.latest))
        yield found.p_value


@turns.metric(paper="M15")
def earnings_gap_inflection(earnings_turns: pl.DataFrame) -> pl.DataFrame:
    """Quarters back to the largest |D(t+1) - 2 D(t) + D(t-1)|; n = quarters without a hole."""
    return earnings_turns.with_columns(value="inflection")


@turns.metric()
def earnings_gap_break(earnings_turns: pl.DataFrame) -> pl.DataFrame:
    """Quarters back to the date with the largest F of two means against one, three on each side."""
    return earnings_turns.with_columns(value="broke")


@turns.metric()
def earnings_gap_break_earliest(earnings_turns: pl.DataFrame) -> pl.DataFrame:
    """Upper end of the 80 % bootstrap interval of the quarters since the break."""
    return earnings_turns.with_columns(value="earliest")


@turns.metric()
def earnings_gap_break_latest(earnings_turns: pl.DataFrame) -> pl.DataFrame:
    """Lower end of the 80 % bootstrap interval of the quarters since the break."""
    return earnings_turns.with_columns(value="latest")


@turns.metric(unit="p value")
def earnings_gap_break_p_value(earnings_turns: pl.DataFrame) -> pl.DataFrame:
    """Share of 999 shuffles of the gaps whose sup F is as large."""
    return earnings_turns.with_columns(value="p_value")
