"""What a command loads before it knows what it is asked for."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "akshare", "exchange_calendars", "lxml", "matplotlib", "pandas", "prefect", "pyarrow",
    "sqlalchemy", "weasyprint",
}  # fmt: skip


def in_new_process(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_command_starts_without_what_few_of_them_need() -> None:
    program = f"import sys, flows.cli.commands; print(sorted({HEAVY} & set(sys.modules)))"
    assert in_new_process(program) == "[]"


def test_sqlalchemy_can_be_imported_before_and_after_the_warehouse() -> None:
    """Rows are checked either way; only Prefect needs it."""
    for order in ("warehouse.contract, sqlalchemy", "sqlalchemy, warehouse.contract"):
        program = f"import {order}; print(sqlalchemy.__name__, sqlalchemy.select)"
        assert in_new_process(program).startswith("sqlalchemy <function select")
