"""`briefing import`: history that is there already, checked like what is collected.

All files are checked before any is loaded. Doubtful rows and figures are quarantined and the rest
loads; a file of which too much is doubtful, or that has another shape, refuses the whole import.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.progress import progress
from flows.workspace import Workspace
from warehouse.catalog import Dataset
from warehouse.errors import BriefingError, ContractViolated, InputRefused
from warehouse.files import judged, recognised
from warehouse.quality.contract_checks import by_rule, complaint
from warehouse.quality.magnitude import beside
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many
from warehouse.quality.traded import adjusted
from warehouse.records.collection_log import add_rejected, not_rejected_before
from warehouse.storage.store import Reader, Warehouse

FEW = 5  # so many rows of a short file may break a rule, though they are a large share of it


@dataclass(frozen=True)
class Imported:
    """What one file brought, what of it was quarantined by which rule, and what the file is not."""

    dataset: str
    file: str
    rows: int
    new: int
    revised: int
    corrected: int
    quarantined: int
    rules: tuple[Mapping[str, object], ...] = ()
    note: str = ""

    @property
    def account(self) -> dict[str, object]:
        """Its line in the table of an import."""
        return {
            name: getattr(self, name)
            for name in ("dataset", "file", "rows", "new", "revised", "corrected", "quarantined")
        }


def import_path(ws: Workspace, path: Path, *, strict: bool = False) -> list[Imported]:
    """Every recognised file of a folder, checked whole before anything is written.

    strict: one doubtful row refuses everything. Raises InputRefused or ContractViolated naming
    file, column and rule; then nothing was changed.
    """
    files = recognised(path)
    with ws.store.newest() or nullcontext() as reader:
        checked = all_judged(ws, files, reader, strict=strict)
    done = []
    with ws.writing() as warehouse, warehouse.transaction():
        for place, (file, result) in enumerate(checked.items(), start=1):
            progress(f"loading {file.name}", place, len(checked))
            done.append(load_file(ws, warehouse, files[file], file, result))
    progress("publishing")
    ws.publish()
    return done


def all_judged(
    ws: Workspace, files: Mapping[Path, Dataset], reader: Reader | None, *, strict: bool
) -> dict[Path, Checked]:
    """The rows of all files, or one error that says what is wrong with each file."""
    checked: dict[Path, Checked] = {}
    complaints: list[BriefingError] = []
    for place, (file, d) in enumerate(files.items(), start=1):
        progress(f"checking {file.name}", place, len(files))
        try:
            checked[file] = checked_file(ws, d, file, reader, strict=strict)
        except (InputRefused, ContractViolated) as wrong:
            complaints.append(wrong)
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        count = f"{len(complaints)} of {len(files)} files cannot be imported"
        message = "\n  ".join([f"{count}; nothing was changed:", *map(str, complaints)])
        raise InputRefused(message)
    return checked


def checked_file(
    ws: Workspace, d: Dataset, file: Path, reader: Reader | None, *, strict: bool
) -> Checked:
    """A file's rows, checked by themselves and against loaded data; the doubtful ones apart.

    Raises ContractViolated where nothing may be doubtful, or too much is.
    """
    checked = beside(reader, d, judged(d, file, ws.context), file.name)
    if strict and checked.rejected.height:
        problem = complaint(d, checked.rejected, file.name)
        raise ContractViolated(
            f"{problem} Without --strict they are quarantined and the rest loads."
        )
    refuse_many(d, checked, file.name, few=FEW, undated=FEW)
    return checked


def load_file(
    ws: Workspace, warehouse: Warehouse, d: Dataset, file: Path, result: Checked
) -> Imported:
    """One file's rows in core, its doubtful rows beside them, inside the import's transaction."""
    received = result.received + result.corrected
    source = f"import {file.name}"
    loading = ws.loading(d.name, source, file.name, received, result.corrected)
    loaded = warehouse.load(d, result.valid, loading, ws.calendar)
    add_rejected(warehouse, d, not_rejected_before(warehouse, d, result.rejected), loading)
    return Imported(
        d.name, file.name, received, loaded.new, loaded.revised, result.corrected,
        result.doubtful, tuple(by_rule(d, result.rejected)), note(d, file, result.valid),
    )  # fmt: skip


def note(d: Dataset, file: Path, rows: pl.DataFrame) -> str:
    """What readers of a file must know: prices of shares that are not those that were traded."""
    if d.name != "stock_daily" or not (found := adjusted(rows)):
        return ""
    return (
        f"{file.name}: {found}. Metrics of price limits need prices as traded and stay silent on "
        "these days; counts of abnormal fluctuations rest on adjusted returns."
    )
