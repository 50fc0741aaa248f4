"""Reading a file of rows: parquet, csv or JSON lines, one dataset each; errors name the file."""

from __future__ import annotations

import lzma
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import polars as pl

from warehouse.catalog import Dataset, catalogue
from warehouse.checks import Checked, Context, check, first_line, shaped
from warehouse.errors import InputRefused

SUFFIXES = (".parquet", ".csv", ".jsonl", ".jsonl.xz")
ABSENT_IN_FILES = ["--"]  # how publishers of tables write that there is no figure


def recognised(path: Path) -> Mapping[Path, Dataset]:
    """The files at a path that are named after a dataset, by name.

    `path` is a folder, of which other files are passed over, or one file, which must be a dataset.
    """
    known = catalogue()
    known_as = {name: d for d in known.values() for name in (d.name, *d.foreign)}
    found = {f: known_as[stem(f)] for f in _candidates(path) if stem(f) in known_as}
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
    if not path.exists():
        message = f"{path} does not exist; give a folder of <dataset>.parquet or .csv, or one file"
        raise InputRefused(message)
    try:
        listed = sorted(path.iterdir()) if path.is_dir() else [path]
        return [f for f in listed if f.name.endswith(SUFFIXES) and f.is_file()]
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}; check who may read it"
        raise InputRefused(message) from error


def stem(path: Path) -> str:
    """The name of a file without its suffixes."""
    return path.name.partition(".")[0]


def passed_over(path: Path) -> list[str]:
    """Names of the files in a folder that belong to no dataset."""
    taken = recognised(path)
    return sorted(f.name for f in path.iterdir() if f not in taken) if path.is_dir() else []


def read_file(path: Path) -> pl.DataFrame:
    """The rows of a parquet or csv file; csv cells stay text until the contract types them."""
    try:
        if path.suffix == ".parquet":
            rows = pl.read_parquet(path)
        elif path.suffix == ".csv":
            rows = pl.read_csv(path, infer_schema=False, null_values=ABSENT_IN_FILES)
        else:
            packed = lzma.open if path.suffix == ".xz" else Path.open
            with packed(path, "rb") as handle:
                rows = pl.read_ndjson(handle.read(), infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, lzma.LZMAError) as error:
        message = (
            f"{path.name}: cannot be read (rule: parquet; csv or JSON lines in UTF-8), the file is damaged, "
            f"empty or of another kind: {first_line(error)}. Save or copy it again."
        )
        raise InputRefused(message) from error
    if rows.is_empty():
        message = f"{path.name}: has no rows (rule: a file must hold data); leave it out or fill it"
        raise InputRefused(message)
    return rows


def judged(d: Dataset, path: Path, context: Context) -> Checked:
    """The file's rows, those that break a rule apart; a row that is there twice counts once.

    Raises InputRefused (shape, type, damage).
    """
    rows = shaped(d, translated(d, path, read_file(path)), path.name)
    result = check(d, rows, context)
    if "primary_key" in result.rejected["rule"]:
        result = check(d, rows.unique(maintain_order=True), context)
    return result


def translated(d: Dataset, path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file that has another name or shape than the dataset, as rows of it."""
    if stem(path) not in d.foreign:
        return rows
    try:
        return d.foreign[stem(path)](rows)
    except pl.exceptions.PolarsError as error:
        message = (
            f"{path.name}: cannot be read as {d.name} (rule: the columns of such a file): "
            f"{first_line(error)}. It has {', '.join(rows.columns)}."
        )
        raise InputRefused(message) from error


def reference(d: Dataset) -> pl.DataFrame:
    """The rows of a dataset that the project itself keeps."""
    name = d.reference or ""
    with files("warehouse").joinpath("reference", name).open("rb") as handle:
        return shaped(d, pl.read_csv(handle, infer_schema=False), name)
