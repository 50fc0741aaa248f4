"""What the audit says of a table and its ledger that contradict each other."""

from __future__ import annotations

import pytest

from warehouse.catalog import dataset
from warehouse.storage.audit import _faults
from warehouse.storage.store import checksum_kind

INDEX = dataset("index_daily")
CORE = "core.index_daily"
KIND = checksum_kind(INDEX)
GOOD = {"rows": 1_234, "revised": 5, "checksum": f"{KIND}:77"}
THERE = {CORE: (1_234, 77), f"{CORE}_superseded": (5, 0)}


@pytest.mark.parametrize(
    ("there", "ledger", "said"),
    [
        ({}, {}, []),
        ({CORE: (1_233, 77)}, {}, [f"{CORE} holds 1,233 rows, its ledger says 1,234"]),
        ({CORE: (1_234, 78)}, {}, [f"{CORE} holds other values than were loaded"]),
        ({CORE: (1_234, 78)}, {"checksum": "another kind:77"}, []),  # of an older version
        (
            {f"{CORE}_superseded": (4, 0)},
            {},
            [f"{CORE}_superseded holds 4 rows, the ledger says 5"],
        ),
        ({CORE: (9, 78)}, {"revised": 6}, [
            f"{CORE} holds 9 rows, its ledger says 1,234",
            f"{CORE}_superseded holds 5 rows, the ledger says 6",
        ]),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_with_table_and_numbers(there, ledger, said) -> None:
    assert list(_faults(INDEX, THERE | there, GOOD | ledger)) == said


def test_what_was_never_loaded_is_empty() -> None:
    assert list(_faults(INDEX, {}, {})) == []
    assert list(_faults(INDEX, {CORE: (1, 7)}, {})) == [f"{CORE} holds 1 rows, its ledger says 0"]
