"""Shares whose code changed: Beijing's in 2025, by the exchange's table, and single ones before."""

from __future__ import annotations

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, day, share_code, text
from warehouse.readers.code_changes import FILE


class CodeChange(Table):
    """Shares whose code changed, most of them in Beijing; other tables have the code of today."""

    old_code = text("Code until the change", key=True, pattern=r"^\d{6}\.(SZ|BJ)$")
    code = share_code("Code since then, under which all of the share's history stands")
    effective_on = day("First trading day under the code of today")
    announced_by = text("Exchange that announced the change")


DATASET = Dataset(
    name="code_change",
    label="Changes of share codes",
    grain="one row per share whose code changed",
    contract=CodeChange,
    publication=Publication(column=None),
    cadence=Reference(),
    reference=FILE,
)
