"""`briefing import`: history that somebody already has, loaded as one whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.progress import progress
from flows.workspace import Workspace
from warehouse.catalog import Dataset
from warehouse.checks import Checked, Context
from warehouse.errors import BriefingError, ContractViolated, InputRefused
from warehouse.files import judged, recognised
from warehouse.store import Warehouse


@dataclass(frozen=True)
class Imported:
    """What one file brought."""

    dataset: str
    file: str
    rows: int
    new: int
    revised: int
    corrected: int


def import_path(ws: Workspace, path: Path) -> list[Imported]:
    """Every recognised file of a folder, checked whole before anything is written.

    Raises InputRefused or ContractViolated naming file, column and rule; then nothing was changed.
    """
    files = recognised(path)
    checked = all_judged(files, ws.context)
    done = []
    with ws.writing() as warehouse, warehouse.transaction():
        for place, (file, result) in enumerate(checked.items(), start=1):
            progress(f"loading {file.name}", place, len(checked))
            done.append(load_file(ws, warehouse, files[file], file, result))
    progress("publishing")
    ws.publish()
    return done


def all_judged(files: Mapping[Path, Dataset], context: Context) -> dict[Path, Checked]:
    """The rows of all files, or one error that says what is wrong with each file."""
    checked: dict[Path, Checked] = {}
    complaints: list[BriefingError] = []
    for place, (file, d) in enumerate(files.items(), start=1):
        progress(f"checking {file.name}", place, len(files))
        try:
            checked[file] = judged(d, file, context)
        except (InputRefused, ContractViolated) as complaint:
            complaints.append(complaint)
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        count = f"{len(complaints)} of {len(files)} files cannot be imported"
        message = "\n  ".join([f"{count}; nothing was changed:", *map(str, complaints)])
        raise InputRefused(message)
    return checked


def load_file(
    ws: Workspace, warehouse: Warehouse, d: Dataset, file: Path, result: Checked
) -> Imported:
    """One file's rows in core, inside the import's transaction."""
    received = result.valid.height + result.corrected
    source = f"import {file.name}"
    loading = ws.loading(d.name, source, file.name, received, result.corrected)
    loaded = warehouse.load(d, result.valid, loading, ws.calendar)
    return Imported(d.name, file.name, received, loaded.new, loaded.revised, result.corrected)
