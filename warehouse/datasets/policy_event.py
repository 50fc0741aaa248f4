"""What authorities and companies announced, with the day on which it is in force: a dated list.

The project's list has public facts with their source; `briefing import` extends it. An event is
known at the end of the day of its announcement in Shanghai: what was said in an American afternoon
has the date of the next day. Where the day in force was told later than the measure, each has a row
of its own, so that no row holds what its announcement did not say. The list is a selection and
grows denser over the years: that it lacks an event proves nothing.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, choice, day, measure, text
from warehouse.units import Unit

KINDS = [
    "corporate",
    "export_control",
    "fiscal",
    "index_event",
    "industrial_policy",
    "ipo_rule",
    "market_rule",
    "monetary",
    "party_meeting",
    "regulation",
    "tariff",
]
WORDS_OF_KEY = 5


class PolicyEvent(Table):
    """Events of policy, regulation and industry: announced on a day, in force from another."""

    event = text(
        "Its name for good: the day and the first words that it was entered with",
        key=True,
        pattern=r"^\d{4}-\d{2}-\d{2}(-[a-z0-9]+)+$",
    )
    announced_on = day("Day of the announcement, on the calendar of Shanghai")
    effective_on = day(
        "Day on which it comes into force, as announced with it; null where none was",
        nullable=True,
    )
    kind = choice("What sort of event it is", KINDS)
    series = text(
        "What recurs under one name, such as margin ratio; null for what stands alone",
        optional=True,
    )
    body = text("Who announced it; several are parted by semicolons")
    title_en = text("What it is, in English")
    title_zh = text("What it is, in Chinese")
    scope = choice("What it is about", ["A", "HK", "both", "tech", "AI", "semis"])
    number = measure("The number in it, in the row's own unit", Unit.DECLARED, nullable=True)
    unit = text("Unit of the number", nullable=True)
    publisher = text("Where it was read")
    address = text("Address of that page; it is shown and never fetched", pattern=r"^https?://\S+$")
    confidence = choice(
        "Whether several sources agree, one has it, or they disagree",
        ["verified", "one source", "disputed"],
    )
    note = text("What sources disagree about, or what a date means", optional=True)

    @dy.rule()
    def effective_on_is_not_before_announced_on(cls) -> pl.Expr:
        """Nothing is in force before it is announced; else the two days were mixed up."""
        return pl.col("effective_on") >= pl.col("announced_on")

    @dy.rule()
    def title_zh_is_chinese(cls) -> pl.Expr:
        """It holds a Chinese character; else the columns of the titles were mixed up."""
        return pl.col("title_zh").str.contains(r"\p{Han}")

    @dy.rule()
    def unit_is_there_with_the_number(cls) -> pl.Expr:
        """A number says nothing without its unit."""
        return pl.col("number").is_null() == pl.col("unit").is_null()


def named(title: pl.Expr, announced: pl.Expr) -> pl.Expr:
    """The key of an event that has none yet: its day and the first words of its English title."""
    words = title.str.to_lowercase().str.replace_all("[^a-z0-9]+", " ").str.strip_chars()
    first = words.str.split(" ").list.head(WORDS_OF_KEY).list.join("-")
    return pl.concat_str(announced.cast(pl.String), pl.lit("-"), first)


def from_list(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a list with or without keys; what somebody thinks an event is good for is left out.

    A list may call the publisher its source: every table of the warehouse has a column of that name
    for the file that a row came from.
    """
    plain = rows.drop("direction", strict=False).rename({"source": "publisher"}, strict=False)
    if "event" in plain.columns:
        return plain
    return plain.with_columns(event=named(pl.col("title_en"), pl.col("announced_on")))


DATASET = Dataset(
    name="policy_event",
    label="Policy events",
    grain="one row per event",
    contract=PolicyEvent,
    publication=Publication("announced_on", time(23, 59)),
    cadence=Reference(),
    reference="policy_event.csv",
    foreign={"policy_event": from_list},
)
