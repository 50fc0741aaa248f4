"""Limits of files: what exactly is counted, and that the last that is allowed is allowed."""

from __future__ import annotations

import lzma
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.errors import InputRefused
from warehouse.readers import foreign_files
from warehouse.readers.foreign_files import (
    _gathered,
    _hold,
    _hold_cell,
    _hold_names,
    _plain,
    _unpacked_bytes,
    _width,
    read_file,
)

TEXTS = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None]), pa.array(["ab", "某"]))


@pytest.mark.parametrize(
    ("kind", "size"),
    [(pa.float64(), 8), (pa.int32(), 4), (pa.int8(), 1), (pa.date32(), 4), (pa.bool_(), 0),
     (pa.null(), 0), (pa.string(), 16), (pa.large_string(), 16), (pa.string_view(), 16),
     (pa.dictionary(pa.int8(), pa.string()), 16)],
)  # fmt: skip
def test_a_cell_takes_at_least_the_bytes_of_its_type(kind: pa.DataType, size: int) -> None:
    assert _width(kind) == size


@pytest.mark.parametrize(
    ("kind", "plain"),
    [(pa.string_view(), True), (pa.timestamp("ns"), True), (pa.decimal128(9, 2), True),
     (pa.uint64(), True), (pa.dictionary(pa.int8(), pa.string()), True),
     (pa.dictionary(pa.int8(), pa.binary()), False), (pa.list_(pa.int8()), False)],
)  # fmt: skip
def test_a_cell_of_a_table_is_plain(kind: pa.DataType, *, plain: bool) -> None:
    assert _plain(kind) is plain


def test_a_text_that_is_repeated_costs_each_time() -> None:
    """Its bytes, not its letters, and eight for where it begins."""
    assert _unpacked_bytes("x", "c", TEXTS) == 2 + 3 + 3 + 4 * 8
    assert _unpacked_bytes("x", "c", TEXTS[:0]) == 0
    assert _unpacked_bytes("x", "c", pa.array([1.0, 2.0])) == 16
    nothing = pa.DictionaryArray.from_arrays(pa.array([None], pa.int8()), pa.array([], pa.string()))
    assert _unpacked_bytes("x", "c", nothing) == 8


def test_the_most_that_is_allowed_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_files, "CELL_BYTES", 3)
    _hold("x", "cells", 5, 5)
    _hold_cell("x", "c", 3)
    _unpacked_bytes("x", "c", TEXTS)
    with pytest.raises(InputRefused, match=r"x: has 6 cells \(rule: at most 5\)"):
        _hold("x", "cells", 6, 5)
    with pytest.raises(InputRefused, match="x: column c has a cell of 4 bytes"):
        _hold_cell("x", "c", 4)


def test_names_are_held_to_their_number_and_stand_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_files, "COLUMNS", 2)
    _hold_names("x", [])
    _hold_names("x", ["a", "b"])
    with pytest.raises(InputRefused, match=r"x: has 3 columns .*: a, b, c"):
        _hold_names("x", ["a", "b", "c"])
    with pytest.raises(InputRefused, match="x: column b is there more than once"):
        _hold_names("x", ["b", "b"])


def test_all_batches_of_a_file_share_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pa.record_batch({"a": pa.array([1.0, 2.0]), "c": TEXTS[:2]})
    most = 2 * (16 + 2 + 3 + 16)
    monkeypatch.setattr(foreign_files, "DECODED_BYTES", most)
    found = _gathered("x", [batch, batch], batch.schema)
    assert found.rows() == [(1.0, "ab"), (2.0, "某")] * 2
    with pytest.raises(InputRefused, match=f"x: has {most + most // 2} bytes when unpacked"):
        _gathered("x", [batch, batch, batch], batch.schema)
    assert _gathered("x", [], batch.schema).columns == ["a", "c"]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.jsonl", "x.jsonl.xz"])
def test_a_file_without_rows_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table({"a": pa.array([], pa.float64())}), path)
    else:
        content = b"a,b\n\n" if name.endswith("csv") else b"\n\n"
        path.write_bytes(lzma.compress(content) if name.endswith("xz") else content)
    with pytest.raises(InputRefused, match=rf"^{name}: has no rows"):
        read_file(path)


def test_a_file_with_fewer_rows_than_it_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"a": [1.0, 2.0]}), tmp_path / "x.parquet")
    monkeypatch.setattr(foreign_files, "_gathered", lambda *_: pl.DataFrame({"a": [1.0]}))
    with pytest.raises(InputRefused, match=r"x\.parquet: holds 1 rows and says 2"):
        read_file(tmp_path / "x.parquet")


LIMITS = {
    "CSV_BYTES": ("x.csv", b"a,b\n1,2\n", 8),
    "HEADER_BYTES": ("x.csv", b"a,b\n1,2\n", 4),
    "TEXT_CELLS": ("x.csv", b"a,b\n1,2\n3,4\n", 4),
    "CELL_BYTES": ("x.csv", b"a,b\n1,234\n", 3),
    "COLUMNS": ("x.csv", b"a,b\n1,2\n", 2),
    "JSON_BYTES": ("x.jsonl", b'{"a": 1}\n', 9),
    "JSON_LINES": ("x.jsonl", b'{"a": 1}\n{"a": 2}\n', 2),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_file_at_its_limit_is_read_and_one_beyond_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    name, content, most = LIMITS[limit]
    (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(foreign_files, limit, most)
    assert read_file(tmp_path / name).height >= 1
    monkeypatch.setattr(foreign_files, limit, most - 1)
    with pytest.raises(InputRefused, match=f"at most {most - 1}"):
        read_file(tmp_path / name)


def test_json_lines_may_have_blank_lines_and_other_keys(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'\n{"a": 1}\n  \n{"b": "x"}')
    assert read_file(tmp_path / "x.jsonl").rows() == [(1, None), (None, "x")]


def test_the_limits_are_those_that_were_read_last() -> None:
    """Room for ten years of all shares, which are 13 million rows of 12 columns and 1.3 GB."""
    names = (
        "CELLS", "DECODED_BYTES", "TEXT_CELLS", "CSV_BYTES", "JSON_BYTES", "JSON_LINES", "COLUMNS",
        "CELL_BYTES", "LINE_BYTES", "HEADER_BYTES", "FOOTER_BYTES", "BATCH",
    )  # fmt: skip
    assert [f"{name} {getattr(foreign_files, name):,}" for name in names] == [
        "CELLS 200,000,000", "DECODED_BYTES 1,400,000,000", "TEXT_CELLS 50,000,000",
        "CSV_BYTES 671,088,640", "JSON_BYTES 67,108,864", "JSON_LINES 2,000,000", "COLUMNS 500",
        "CELL_BYTES 1,048,576", "LINE_BYTES 4,194,304", "HEADER_BYTES 65,536",
        "FOOTER_BYTES 8,388,608", "BATCH 65,536",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "groups", "bytes_"),
    [(["某" * 40 + str(n) for n in range(40)], 2, 8_000), (["a"] * 1_000, 1, 31_999)],
    ids=["two groups", "a text that is repeated"],
)
def test_a_parquet_is_measured_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str], groups: int, bytes_: int
) -> None:
    """By all of its groups, and by sixteen bytes for each text, however it is packed."""
    rows = len(cells) // groups
    pq.write_table(pa.table({"a": cells, "b": cells}), tmp_path / "x.parquet", row_group_size=rows)
    monkeypatch.setattr(foreign_files, "DECODED_BYTES", bytes_)
    monkeypatch.setattr(foreign_files, "_gathered", None)
    with pytest.raises(InputRefused, match="bytes when unpacked"):
        read_file(tmp_path / "x.parquet")
