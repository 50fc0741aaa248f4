"""A file of an earlier version: its rows go under the codes that shares have today.

Rows under an old code take the new one with all else as it was, also when they became known. Where
versions of a row stand under both, they become one history in the order in which they became known,
so that a past day is answered with what was known on it, once.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from warehouse.catalog import Dataset, catalogue
from warehouse.contract import is_share_code
from warehouse.readers.code_changes import code_changes
from warehouse.storage.connection import Connection

CHANGES = "code_changes"  # the view of old and new codes that the statements read


def recoded(connection: Connection) -> Iterator[Dataset]:
    """The datasets that had rows under codes of before; they are under those of today now.

    Call it in a transaction, and enter each dataset in the ledger: its checksum is another one.
    """
    pairs = list(code_changes().items())
    connection.register(CHANGES, pl.DataFrame(pairs, schema=["old", "new"], orient="row"))
    try:
        for d in catalogue().values():
            for column, declared in d.contract.columns().items():
                if is_share_code(declared) and _moved(connection, d, column):
                    yield d
    finally:
        connection.unregister(CHANGES)


def _moved(connection: Connection, d: Dataset, column: str) -> bool:
    """Whether a table, or its superseded versions, had old codes in a column."""
    core, past = f"core.{d.name}", f"core.{d.name}_superseded"
    old = f"{column} IN (SELECT old FROM {CHANGES})"
    found = f"SELECT (SELECT count(*) FROM {core} WHERE {old}) + (SELECT count(*) FROM {past} WHERE {old})"
    if connection.execute(found).fetchone() == (0,):
        return False
    if column in d.key:
        _merge(connection, d, column)
    else:
        for table in (core, past):
            connection.execute(
                f"UPDATE {table} AS t SET {column} = m.new FROM {CHANGES} m WHERE t.{column} = m.old"
            )
    return True


def _merge(connection: Connection, d: Dataset, column: str) -> None:
    """All versions of the rows that had old codes as one history under the new code.

    Known at the same time, what stood under the new code comes last: upstreams say it now. A
    version that was never the newest is kept, and no moment shows it.
    """
    core, past, run = f"core.{d.name}", f"core.{d.name}_superseded", connection.execute
    keys = ", ".join(d.key)
    run(f"""
        CREATE OR REPLACE TEMP TABLE versions AS
        WITH everything AS (
            SELECT t.* EXCLUDE (superseded_at) REPLACE (coalesce(m.new, t.{column}) AS {column}),
                m.old IS NOT NULL AS moved
            FROM (SELECT *, NULL::TIMESTAMP AS superseded_at FROM {core}
                  UNION ALL BY NAME FROM {past}) t
            LEFT JOIN {CHANGES} m ON t.{column} = m.old
        )
        FROM everything SEMI JOIN (FROM everything SELECT DISTINCT {keys} WHERE moved) USING ({keys})
    """)
    same = " AND ".join(f"t.{k} = v.{k}" for k in d.key)
    for table in (core, past):
        run(f"DELETE FROM {table} WHERE {column} IN (SELECT old FROM {CHANGES})")
        run(f"DELETE FROM {table} t USING versions v WHERE {same}")
    order = f"OVER (PARTITION BY {keys} ORDER BY known_at, moved DESC)"
    last = f"row_number() OVER (PARTITION BY {keys} ORDER BY known_at DESC, moved) = 1"
    first = f"row_number() {order} = 1"
    newest = first if d.first_wins else last
    run(f"INSERT INTO {core} BY NAME SELECT * EXCLUDE (moved) FROM versions QUALIFY {newest}")
    until = "known_at" if d.first_wins else f"lead(known_at) {order}"
    run(
        f"INSERT INTO {past} BY NAME SELECT * EXCLUDE (moved), {until} AS superseded_at "
        f"FROM versions QUALIFY NOT ({newest})"
    )
    run("DROP TABLE versions")
