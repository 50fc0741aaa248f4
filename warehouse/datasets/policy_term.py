"""The terms of industrial policy that are counted in the evening news: a dated list of our own."""

from __future__ import annotations

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, choice, day, text


class PolicyTerm(Table):
    """Terms counted in the evening news, in baskets, each
    from the day on which it means something.
    """

    term = text("The term as it is spoken", key=True)
    basket = choice(
        "What it stands for: new quality productive forces, artificial intelligence, "
        "semiconductors, self-reliance",
        ["NQPF", "AI", "SEMI", "SELF"],
    )
    valid_from = day("First day on which the term counts; zeros before it say nothing")
    list_version = text("Version of the list, the day on which it was drawn up")
    note = text("What the term means, in English", nullable=True)


DATASET = Dataset(
    name="policy_term",
    label="Policy terms",
    grain="one row per term",
    contract=PolicyTerm,
    publication=Publication(column=None),
    cadence=Reference(),
    reference="policy_term.csv",
)
