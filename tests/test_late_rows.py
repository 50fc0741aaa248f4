"""What arrives late or is revised changes no evaluation that was made before it.

Of every dataset some of the rows just before a cut become known after it: half of them are missing
until then, half stand there with other figures. The cuts are the last session of a month, a quarter
and a year, and sessions beside holidays.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.markets import LAST, market
from tests.test_no_lookahead import SEED, follows_from_ranks, known_on
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics
from transforms.engine.result_cache import Memory
from warehouse.catalog import cutoff

Frames = dict[str, pl.DataFrame]
# The ends of a year, of a quarter before the holidays of October, of a month, and of a year in
# which investors and northbound money were counted still.
CUTS = (date(2025, 12, 31), date(2025, 9, 30), date(2025, 11, 28), date(2022, 12, 30))
LATE_BY = timedelta(days=6)  # after the cut
# Chosen by what was known on a day: of a revised row today's evaluation has no first version, and
# finds what came before it.
LATE_ONLY = (
    "government_yield",
    "gdp", "ipo_pipeline", "us_megacap_earnings", "hk_megacap_earnings",
    "earnings_report", "policy_event",
)  # fmt: skip
# A price is read with whatever factors and marks there are by then.
NEVER_LATE = ("adjustment_factor", "special_treatment")
# … or changes with a second report or fit, which none of these cuts falls upon.
DATED_WHEN_KNOWN = {
    "ipo_pipeline_count", "ipo_pipeline_change_7d", "ipo_registration_rate_90d", "earnings_crossover", "earnings_gap_break",
    "earnings_gap_break_earliest", "earnings_gap_break_latest", "earnings_gap_break_p_value",
    "earnings_gap_inflection", "lppls_tc_iqr_days", "new_high_ratio_10d",
}  # fmt: skip
NEWEST = 24  # rows of a dataset that come seldom, such as reports and months
MEASURED = [name for name in metrics() if not follows_from_ranks(name)]
MEMORY: Memory = {}  # of fits, by digests of their inputs; test_no_lookahead.py has none
SHOWN = ["metric", "entity", "observation_date", "value", "n", "coverage", "known_at"]


def late_and_revised(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows as they are in the end, and what stood there of the revised ones until `comes`.

    Every third of the rows of the last days before a cut, and of the newest ones, comes later.
    """
    number = pl.int_range(pl.len())
    kind = number.hash(len(name) + 20) % 6
    comes = pl.lit(None, pl.Datetime("us"))
    for cut in CUTS:
        known = pl.col("known_at") <= cutoff(cut)
        near = pl.col("known_at") > cutoff(cut - timedelta(days=7))
        newest = pl.col("known_at").rank("ordinal", descending=True).over(known) <= NEWEST
        late = known & (near | newest) & (kind < 2)
        comes = pl.when(late).then(pl.lit(cutoff(cut) + LATE_BY)).otherwise(comes)
    marked = frame.with_columns(comes=comes)
    after = marked.with_columns(known_at=pl.coalesce("comes", "known_at")).drop("comes")
    revised = pl.col("comes").is_not_null() & (kind == 0) & (name not in LATE_ONLY)
    return after, marked.filter(revised).with_columns(pl.selectors.float() * 2)  # cents stay cents


@pytest.fixture(scope="module")
def history() -> tuple[Frames, Frames]:
    """The market in the end, and the rows of it that were revised."""
    after, before = {}, {}
    for name, frame in market(SEED).items():
        if "known_at" in frame.columns and name not in NEVER_LATE:
            after[name], before[name] = late_and_revised(name, frame)
        else:
            after[name], before[name] = frame, frame.clear()
    return after, before


@pytest.fixture(scope="module")
def in_the_end(history) -> pl.DataFrame:
    return evaluate(history[0], LAST, MEMORY)


def seen_by(history: tuple[Frames, Frames], day: date) -> Frames:
    """What was there on a day: rows that were revised later in their first version."""
    after, before = history
    return {name: _seen(frame, before[name], cutoff(day)) for name, frame in after.items()}


def _seen(after: pl.DataFrame, before: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    if "comes" not in before.columns:
        return after
    first = before.filter((pl.col("known_at") <= moment) & (pl.col("comes") > moment))
    return pl.concat([after.filter(pl.col("known_at") <= moment), first.drop("comes")])


def test_every_dataset_has_rows_that_come_late_and_rows_that_are_revised(history):
    after, before = history
    drawn = market(SEED)
    for name, frame in after.items():
        if "known_at" in frame.columns and name not in NEVER_LATE:
            late = frame["known_at"] != drawn[name]["known_at"]
            assert late.any(), f"no row of {name} comes late"
            floats = frame.select(pl.selectors.float()).width
            assert before[name].height or name in LATE_ONLY or not floats, f"{name}: none revised"


def test_nearly_every_measured_metric_has_values_that_come_late(in_the_end):
    """What is dated by the day on which it became known never does."""
    day = pl.col("observation_date")
    late = [(day <= cut) & (pl.col("known_at") > cutoff(cut)) for cut in CUTS]
    found = in_the_end.filter(pl.any_horizontal(late))["metric"].unique()

    assert set(MEASURED) - set(found) <= DATED_WHEN_KNOWN


@pytest.mark.parametrize("day", CUTS, ids=str)
def test_what_is_said_to_have_been_known_on_a_day_was_said_on_it(history, in_the_end, day: date):
    """A value follows from nothing that became known after it.

    Ranks are left out: an observation that comes late is counted in later ranks from then on.
    """
    told = in_the_end.filter(pl.col("metric").is_in(MEASURED), known_on(day)).select(SHOWN)
    then = evaluate(seen_by(history, day), day, MEMORY).select(SHOWN)

    both = told.join(then, on=SHOWN[:3], how="left", suffix="_then")
    here, there = pl.col("value"), pl.col("value_then")  # a rolling sum may differ in the last bits
    same = (here - there).abs() <= 1e-9 * (1 + here.abs())
    for column in SHOWN[4:]:
        same &= pl.col(column).eq_missing(pl.col(f"{column}_then"))
    changed = both.filter(~same.fill_null(value=False))
    assert changed["metric"].unique().sort().to_list() == []
