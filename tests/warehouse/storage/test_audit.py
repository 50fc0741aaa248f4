"""What the audit says of a table and its ledger that contradict each other."""

from __future__ import annotations

import pytest

from tests.warehouse.records.books import books, day, put
from warehouse.catalog import dataset
from warehouse.storage.audit import _faults, audit, contents
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


def test_contents_are_rows_and_a_sum_over_all_their_values_in_whichever_order() -> None:
    def of(*names: str, table: str = "meta.setting") -> tuple[int, int]:
        made = books("meta.setting", "meta.gap")
        put(made, "meta.setting", ({"name": name, "value": f"is {name}"} for name in names))
        return contents(made)[table]

    assert of() == (0, 0)
    assert of("a", "b") == of("b", "a")
    assert of("a", "b")[0] == 2
    assert of("a") != of("b")
    assert of("a", table="meta.gap") == (0, 0)


def test_only_the_tables_that_are_named_are_read_and_columns_of_theirs_that_are_there() -> None:
    made = books("meta.setting", "meta.gap")
    assert list(contents(made)) == ["meta.gap", "meta.setting"]
    assert list(contents(made, ["meta.gap"])) == ["meta.gap"]
    put(made, "meta.setting", [{"name": "a", "value": "b"}])
    before = contents(made)["meta.setting"]
    made.connection.execute("ALTER TABLE meta.setting ADD COLUMN mine INTEGER DEFAULT 7")
    assert contents(made)["meta.setting"] == before, "no column of ours"
    made.connection.execute("ALTER TABLE meta.setting DROP COLUMN value")
    assert contents(made)["meta.setting"][0] == 1


def test_a_table_is_held_against_the_last_line_of_its_ledger() -> None:
    made = books(CORE, f"{CORE}_superseded", "meta.load")
    put(made, CORE, [{"code": "x", "trade_date": day(12)}])
    rows, number = contents(made)[CORE]
    line = {"dataset": "index_daily", "rows_revised": 0}
    put(made, "meta.load", [line | {"rows_after": 9, "checksum": "x:1"},
                            line | {"rows_after": rows, "checksum": f"{KIND}:{number}"}])  # fmt: skip
    assert audit(made, [INDEX]) == []
    put(made, "meta.load", [line | {"rows_after": 1, "checksum": f"{KIND}:1", "rows_revised": 2}])
    assert audit(made, [INDEX]) == [
        f"{CORE} holds other values than were loaded",
        f"{CORE}_superseded holds 0 rows, the ledger says 2",
    ]
