"""The audit: whether a warehouse's records and tables agree, and whether all of it can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from warehouse.catalog import Dataset, catalogue
from warehouse.storage import ddl
from warehouse.storage.store import Reader, checksum_kind

LEDGER = """
    SELECT dataset, arg_max(rows_after, rowid) AS rows, arg_max(checksum, rowid) AS checksum,
        sum(rows_revised)::BIGINT AS revised
    FROM meta.load GROUP BY dataset
"""


def audit(reader: Reader, only: Collection[Dataset] = ()) -> list[str]:
    """Contradictions between the ledger and the tables, or those of some datasets; empty when all
    is well.

    Every value of every table is read, of marts and records too: DuckDB checks each block as it
    reads it. Raises WarehouseDamaged for one that is not what was written.
    """
    found = contents(
        reader, [t for d in only for t in (f"core.{d.name}", f"core.{d.name}_superseded")]
    )
    last = {row["dataset"]: row for row in reader.query(LEDGER).iter_rows(named=True)}
    datasets = only or catalogue().values()
    return [f for d in datasets for f in _faults(d, found, last.get(d.name, {}))]


def contents(reader: Reader, only: Collection[str] = ()) -> dict[str, tuple[int, int]]:
    """Rows and checksum of every table of a file, or of those named.

    In one statement: a hundred and fifty of them take longer to be understood than to be executed.
    """
    declared = {name: list(columns) for name, columns, _ in ddl.tables(catalogue())}
    scans = []
    for table, there in reader.columns().items():
        if only and table not in only:
            continue
        columns = [c for c in declared.get(table, there) if c in there]
        hashed = ", ".join(f'"{c}"' for c in columns)
        scans.append(
            f"SELECT '{table}', count(*), coalesce(bit_xor(hash({hashed})), 0) FROM {table}"
        )
    rows = reader.query(" UNION ALL ".join(scans)).iter_rows()
    return {table: (count, checksum) for table, count, checksum in rows}


def _faults(
    d: Dataset, found: Mapping[str, tuple[int, int]], last: Mapping[str, Any]
) -> Iterator[str]:
    """What contradicts the last line of a dataset's ledger, {} if it has none."""
    core = f"core.{d.name}"
    (there, checksum), (kept, _) = (found.get(t, (0, 0)) for t in (core, f"{core}_superseded"))
    expected, revised = last.get("rows", 0), last.get("revised", 0)
    kind, _, number = last.get("checksum", "").partition(":")
    if there != expected:
        yield f"{core} holds {there:,} rows, its ledger says {expected:,}"
    elif kind == checksum_kind(d) and int(number) != checksum:
        yield f"{core} holds other values than were loaded"
    if kept != revised:
        yield f"{core}_superseded holds {kept:,} rows, the ledger says {revised:,}"
