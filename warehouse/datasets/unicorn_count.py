"""How many unicorns a list maker counts; lists of different makers are never spliced."""

from __future__ import annotations

from datetime import time

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, count, day, text


class UnicornCount(Table):
    """Counts of private companies valued at a billion dollars or more, by list and year."""

    list_name = text("The list", key=True)
    scope = text("What is counted, such as CN-AI", key=True)
    observation_date = day("End of the year that the list describes", key=True)
    year = count("Year of the list", min=2000, max=2100)
    count = count("Companies on the list", min=0)
    publisher = text("Who publishes the list")
    url = text("Where the number was read")
    published_on = day("Day on which the number was published")


DATASET = Dataset(
    name="unicorn_count",
    label="AI unicorns",
    grain="one row per list, scope and year",
    contract=UnicornCount,
    publication=Publication(column="published_on", at=time(12, 0)),
    cadence=Reference(),
    reference="unicorn_count.csv",
)
