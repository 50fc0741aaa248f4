"""Every part of a dataset has sources on two hosts, or the list of gaps says why it has not."""

from __future__ import annotations

from collections import Counter

import pytest

from warehouse.catalog import catalogue
from warehouse.storage.dictionary import gap_rows

PARTS = [(d.name, chain.part) for d in catalogue().values() for chain in d.chains]
SAID = [(row["dataset"], row["part"]) for row in gap_rows() if row["dataset"]]


def hosts(name: str, part: str) -> set[str]:
    """The hosts of a part's sources; rows that follow from another dataset have none."""
    (chain,) = (c for c in catalogue()[name].chains if c.part == part)
    return {source.host for source in chain.sources}


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_part_has_two_hosts_or_its_gap_is_declared(name: str, part: str) -> None:
    declared = bool({(name, part), (name, None)} & set(SAID))
    assert declared == (len(hosts(name, part)) < 2)


def test_every_declared_gap_is_of_a_part_that_is_there_and_said_once() -> None:
    named = {name for name, _ in PARTS}
    for name, part in SAID:
        assert (name, part) in PARTS if part else name in named
    assert max(Counter(SAID).values()) == 1
    for row in gap_rows():
        assert row["why"].endswith(".") and row["instead"].endswith(".")
