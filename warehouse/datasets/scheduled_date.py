"""Days that publishers and exchanges have named ahead: statistics, and how far holidays are told.

The project's list has what was read; `briefing import` extends it. What nobody has named follows
from rules (transforms.ahead), and is said to be expected. A day is known at the end of the day on
which its list was published, in Shanghai; where that could not be read, at the end of the first
day that the list names.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, choice, day, text

CALENDAR, WORKDAY = "mainland_calendar", "workday"
STATISTICS = ["activity", "gdp", "money", "pmi", "prices", "profits", "trade"]


class ScheduledDate(Table):
    """Days named ahead, one row per subject and day."""

    subject = choice(
        "What comes: a statistic; mainland_calendar, up to which day trading days are told; "
        "workday, a day of a weekend on which offices work and exchanges do not",
        [*STATISTICS, CALENDAR, WORKDAY],
        key=True,
    )
    scheduled_on = day("The day that was named", key=True)
    beijing_time = text(
        "Hour in Beijing, where one was named", nullable=True, pattern=r"^[0-2]\d:[0-5]\d$"
    )
    announced_on = day("Day on which it was named")
    publisher = text("Who named it")
    address = text("Where it was read; it is shown and never fetched", pattern=r"^https?://\S+$")
    confidence = choice("How sure the list is", ["verified", "one source", "disputed"])

    @dy.rule()
    def announced_on_is_not_after_scheduled_on(cls) -> pl.Expr:
        """What is over is not announced; a list may name its own day first."""
        return pl.col("announced_on") <= pl.col("scheduled_on")


DATASET = Dataset(
    name="scheduled_date",
    label="Days named ahead",
    grain="one row per subject and day",
    contract=ScheduledDate,
    publication=Publication("announced_on", time(23, 59)),
    cadence=Reference(),
    reference="scheduled_date.csv",
)
