"""Files of rows, one dataset each: which there are, and whether their rows keep the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import polars as pl

from warehouse.catalog import Dataset, catalogue
from warehouse.errors import InputRefused
from warehouse.quality.contract_checks import Context, check, shaped
from warehouse.quality.quarantine import Checked
from warehouse.quoting import first_line, named, quoted
from warehouse.readers.foreign_files import read_file

SUFFIXES = (".parquet", ".csv", ".jsonl", ".jsonl.xz")


def recognised(path: Path) -> Mapping[Path, Dataset]:
    """The files at a path that are named after a dataset, by name.

    `path` is a folder, of which other files are passed over, or one file, which must be a dataset.
    """
    known = catalogue()
    known_as = {name: d for d in known.values() for name in (d.name, *d.foreign)}
    found = {f: known_as[stem(f)] for f in _candidates(path) if stem(f) in known_as}
    for file in found:
        if not file.is_file():
            raise InputRefused(
                f"{file}: is a folder, a pipe, a device or a broken link (rule: a dataset is a file). "
                "Give it another name, or put one file in its place."
            )
    if not found:
        what = f"unknown dataset {path.name!r}" if path.is_file() else "holds no dataset"
        message = (
            f"{path}: {what} (rule: files are named <dataset>.parquet or <dataset>.csv). "
            f"Rename it to one of the datasets: {', '.join(known)}"
        )
        raise InputRefused(message)
    for name, files_of_it in Counter(d.name for d in found.values()).items():
        if files_of_it > 1:
            message = f"{path}: {name} is there both as parquet and as csv; remove one of them"
            raise InputRefused(message)
    return found


def _candidates(path: Path) -> list[Path]:
    """The parquet and csv files at a path."""
    try:
        if not path.exists():
            message = (
                f"{path} does not exist; give a folder of <dataset>.parquet or .csv, or one file"
            )
            raise InputRefused(message)
        listed = sorted(path.iterdir()) if path.is_dir() else [path]
        return [f for f in listed if f.name.endswith(SUFFIXES)]
    except OSError as error:
        message = f"{quoted(str(path))} cannot be read: {error.strerror}; check who may read it"
        raise InputRefused(message) from error


def stem(path: Path) -> str:
    """The name of a file without its suffixes."""
    return path.name.partition(".")[0]


def passed_over(path: Path) -> list[str]:
    """Names of the files in a folder that belong to no dataset."""
    taken = recognised(path)
    return sorted(f.name for f in path.iterdir() if f not in taken) if path.is_dir() else []


def judged(d: Dataset, path: Path, context: Context) -> Checked:
    """The file's rows, those that break a rule apart.

    Raises InputRefused (shape, type, damage).
    """
    return check(d, shaped(d, translated(d, path, read_file(path)), path.name), context)


def translated(d: Dataset, path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file that has another name or shape than the dataset, as rows of it."""
    if stem(path) not in d.foreign:
        return rows
    try:
        return d.foreign[stem(path)](rows)
    except pl.exceptions.PolarsError as error:
        message = (
            f"{path.name}: cannot be read as {d.name} (rule: the columns of such a file): "
            f"{first_line(error)}. It has {named(rows.columns)}."
        )
        raise InputRefused(message) from error


def reference(d: Dataset) -> pl.DataFrame:
    """The rows of a dataset that the project itself keeps."""
    name = d.reference or ""
    with files("warehouse").joinpath("reference", name).open("rb") as handle:
        return shaped(d, pl.read_csv(handle, infer_schema=False), name)
