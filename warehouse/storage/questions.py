"""A user's SQL: it reads the published warehouse and nothing else of the machine.

`Reader.open` locks DuckDB; what that refuses is reported here with what to do instead.
"""

from __future__ import annotations

import re

import polars as pl

from warehouse.errors import InputRefused
from warehouse.storage.store import Reader

# DuckDB would end the whole process, without a message, as the log's file may not be written. The
# two functions run text, in which that name can be put together out of pieces.
GAP = r"(?:\s|/\*.*?\*/|--[^\n]*\n)*"
LOGGING = re.compile(
    rf'\benable_logging\b|\b(?:query|json_execute_serialized_sql)"?{GAP}\(',
    re.IGNORECASE | re.DOTALL,
)
BEYOND = re.compile("disabled by configuration|disabled through configuration|has been locked")
READS_ONLY = (
    "Here a question reads the published warehouse and nothing else; for other files, write what it "
    "prints with `--format csv`, or open what `briefing path` prints in a client of your own."
)


def answer(reader: Reader, sql: str) -> pl.DataFrame:
    """What a statement yields; raises InputRefused for what reads or writes elsewhere."""
    if LOGGING.search(sql):
        raise InputRefused(
            "enable_logging would write a log beside the warehouse, and query(…) could hide it; write "
            f"the statement itself. {READS_ONLY}"
        )
    try:
        return reader.query(sql)
    except InputRefused as refused:
        if BEYOND.search(str(refused)):
            refused.add_note(READS_ONLY)
        raise
