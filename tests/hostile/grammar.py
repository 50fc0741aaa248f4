"""How honest rows become a hostile file: cells, columns,
types, bytes, bombs, and no file at all.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.conftest import rows_of
from tests.drawn import DRAWN

FORMS = ("csv", "csv", "parquet", "parquet", "jsonl", "jsonl.xz")

Cells = list[dict[str, Any]]


@dataclass
class Case:
    """One file: where it is, what was done to it, and what it says.

    `said` are the rows that the file states, as text by column; None where it is damaged, and only
    honest rows may be loaded from it.
    """

    seed: int
    file: Path
    name: str
    form: str
    done: list[str] = field(default_factory=list)
    cells: Cells = field(default_factory=list)
    touched: dict[tuple[int, str], str] = field(default_factory=dict)


CELLS = (
    "", " ", "--", "nan", "NaN", "inf", "-inf", "1e999", "-1e308", "9" * 30, "9" * 5000, "1,234.5",
    "12%", "0x1F", "1_000", "TRUE", "None", "NULL", "１２３", "６０００００.SH", "2026/01/13",
    "13.01.2026", "20260113", "2026-02-30", "2026-1-13", "0000-01-01", "0001-01-01", "-0001-01-01",
    "+12345-01-01", "9999-12-31", "2999-12-31", "1899-12-31", "2026-01-13T00:00:00+08:00",
    '{"a": 1}', "[1, 2]", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a\x00b", "\x1b[2J",
    "\u202etxt", "a\nb", 'a"b', "'; DROP TABLE core.security; --", "x" * 2_000_000, "融" * 400_000,
    "\ufeff", "e\u0301", "😀", "-0", "1e-320", "18446744073709551616",
)  # fmt: skip


def change_cells(case: Case, rng: random.Random) -> None:
    """Some cells say something else."""
    for _ in range(rng.choice((1, 1, 3))):
        row, column = rng.randrange(len(case.cells)), rng.choice(list(case.cells[0]))
        token = rng.choice(CELLS)
        case.cells[row][column] = token
        case.touched[row, column] = token
        case.done.append(f"{column}={token[:12]!r}")


def repeat_row(case: Case, _rng: random.Random) -> None:
    case.cells.append(dict(case.cells[0]))
    case.done.append("row twice")


def no_rows(case: Case, _rng: random.Random) -> None:
    case.cells.clear()
    case.done.append("no rows")


def shuffle_columns(case: Case, rng: random.Random) -> None:
    order = list(case.cells[0])
    rng.shuffle(order)
    case.cells[:] = [{c: row[c] for c in order} for row in case.cells]
    case.done.append("columns in another order")


def rename_column(case: Case, rng: random.Random) -> None:
    column = rng.choice(list(case.cells[0]))
    other = rng.choice((column.upper(), f" {column}", f"{column}\u200b", "", "x" * 5000, "a\x00"))
    case.cells[:] = [{other if k == column else k: v for k, v in r.items()} for r in case.cells]
    case.done.append(f"column {column} renamed {other[:10]!r}")


def drop_column(case: Case, rng: random.Random) -> None:
    column = rng.choice(list(case.cells[0]))
    for row in case.cells:
        del row[column]
    case.done.append(f"column {column} dropped")


def more_columns(case: Case, rng: random.Random) -> None:
    many = rng.choice((1, 499, 501, 20_000))
    for row in case.cells:
        row.update({f"more_{i}": "1" for i in range(many)})
    case.done.append(f"{many} more columns")


ON_ROWS: tuple[Callable[[Case, random.Random], None], ...] = (
    change_cells, change_cells, change_cells, change_cells, repeat_row, no_rows, shuffle_columns,
    rename_column, drop_column, more_columns,
)  # fmt: skip


def as_csv(case: Case, rng: random.Random) -> bytes:
    """The cells as csv, in one of the dialects."""
    names = list(case.cells[0]) if case.cells else list(rows_of(case.name).columns)
    end, quote = rng.choice(("\n", "\n", "\r\n")), rng.random() < 0.3

    def spelled(cell: str | None) -> str:
        if cell is None or (cell == "" and not quote):
            return ""
        if quote or any(sign in cell for sign in ',"\n\r'):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    lines = [names, *([row[n] for n in names] for row in case.cells)]
    return "".join(",".join(map(spelled, line)) + end for line in lines).encode()


def as_json_lines(case: Case, _rng: random.Random) -> bytes:
    """The cells as objects: figures as figures where they are such."""
    kinds = rows_of(case.name).schema

    def typed(column: str, cell: str | None) -> Any:
        if cell is None or column not in kinds or not kinds[column].is_numeric():
            return cell
        try:
            return json.loads(cell)
        except ValueError:
            return cell

    return "".join(
        json.dumps({c: typed(c, v) for c, v in row.items()}, ensure_ascii=False) + "\n"
        for row in case.cells
    ).encode()


def as_parquet(case: Case, rng: random.Random) -> bytes:
    """The cells as parquet, typed where they can be, with checksums, in one of many layouts."""
    kinds = rows_of(case.name).schema
    names = list(case.cells[0]) if case.cells else list(kinds)
    columns = {}
    for name in names:
        texts = pl.Series(name, [row[name] for row in case.cells], pl.String)
        kind = kinds.get(name, pl.String())
        typed = (
            texts.str.to_date("%Y-%m-%d", strict=False)
            if kind == pl.Date
            else texts.cast(kind, strict=False)
        )
        columns[name] = (
            (typed if typed.null_count() == texts.null_count() else texts).alias("").to_arrow()
        )
    odd = rng.random()
    if odd < 0.35 and case.cells:
        name = rng.choice(names)
        label, array = rng.choice(odd_arrays(len(case.cells)))
        columns[name] = array
        case.done.append(f"column {name} as {label}")
        case.touched |= {(row, name): "?" for row in range(len(case.cells))}
    out = io.BytesIO()
    pq.write_table(
        pa.table(columns),
        out,
        compression=rng.choice(("none", "snappy", "gzip", "zstd", "lz4", "brotli")),
        use_dictionary=rng.random() < 0.5,
        data_page_version=rng.choice(("1.0", "2.0")),
        row_group_size=rng.choice((1, 2, 1000)),
        write_page_checksum=True,
        store_schema=rng.random() < 0.5,
    )
    return out.getvalue()


def odd_arrays(rows: int) -> list[tuple[str, pa.Array]]:
    """Columns of types that no contract means, or at the edge of those that it means."""
    far = [2**31 - 1, -(2**31), 3_000_000, -800_000]
    days = [(f"day {d}", pa.array([d] * rows, pa.int32()).cast(pa.date32())) for d in far]
    moments = [
        (f"moment {m} {unit} {zone}", pa.array([m] * rows, pa.timestamp(unit, zone)))
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC", "Asia/Shanghai")
        for m in (2**62, -(2**62), 1_768_233_600)
    ]
    plain = {
        "list": pa.array([[1]] * rows),
        "struct": pa.array([{"a": 1}] * rows),
        "map": pa.array([[("a", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
        "binary": pa.array([b"\xff\x00"] * rows),
        "time": pa.array([1] * rows, pa.time64("us")),
        "duration": pa.array([1] * rows, pa.duration("us")),
        "float16": pa.array([1.0] * rows, pa.float16()),
        "decimal256": pa.array([1] * rows, pa.decimal256(60, 2)),
        "decimal": pa.array([1] * rows, pa.decimal128(30, 2)),
        "uint64": pa.array([2**64 - 1] * rows, pa.uint64()),
        "int64": pa.array([2**63 - 1] * rows),
        "true": pa.array([True] * rows),
        "nothing": pa.nulls(rows),
        "NaN": pa.array([float("nan")] * rows),
        "infinity": pa.array([float("-inf")] * rows),
        "long text": pa.array(["x" * 5_000_000] * rows),
        "category": pa.array(["x"] * rows).dictionary_encode(),
        "deep": pa.array([[[[[[{"a": [[1]]}]]]]]] * rows),
    }
    return [*days, *moments, *plain.items()]


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def headless(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randrange(1, len(content)) :]


def invalid_bytes(content: bytes, rng: random.Random) -> bytes:
    """Bytes that no text has; a flipped digit would be another honest figure."""
    place = rng.randrange(len(content))
    return content[:place] + rng.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80")) + content[place:]


def flipped(content: bytes, rng: random.Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(rng.choice((1, 1, 8))):
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def flipped_footer(content: bytes, rng: random.Random) -> bytes:
    spoilt = bytearray(content)
    spoilt[-rng.randrange(1, min(len(spoilt), 1500))] = rng.randrange(256)
    return bytes(spoilt)


def open_quote(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    lines[place] = b'"' + lines[place]
    return b"\n".join(lines)


def ragged(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = rng.randrange(len(lines) - 1) if len(lines) > 1 else 0
    lines[place] = lines[place] + b",1" if rng.random() < 0.5 else lines[place].rpartition(b",")[0]
    return b"\n".join(lines)


def empty(_content: bytes, _rng: random.Random) -> bytes:
    return b""


def zeros(content: bytes, _rng: random.Random) -> bytes:
    return bytes(len(content))


def gzipped(content: bytes, _rng: random.Random) -> bytes:
    return gzip.compress(content)


def utf16(content: bytes, _rng: random.Random) -> bytes:
    return content.decode().encode("utf-16")


def with_mark(content: bytes, _rng: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + content


def twice(content: bytes, _rng: random.Random) -> bytes:
    return content + content


def text_bomb(_content: bytes, rng: random.Random) -> bytes:
    return rng.choice((b"0", b"\n", b",", b'"', b"[")) * 30_000_000


@cache
def packed_bomb(size: int) -> bytes:
    return lzma.compress(b'{"a": 1}\n' * (size // 9), preset=0)


def bomb(_content: bytes, rng: random.Random) -> bytes:
    return packed_bomb(rng.choice((60_000_000, 300_000_000)))


@cache
def parquet_bomb(kind: str) -> bytes:
    """A few kilobytes that claim, and hold, gigabytes."""
    if kind == "one text":
        text = pa.array(["x" * 1_000_000])
        table = pa.table(
            {"code": pa.DictionaryArray.from_arrays(pa.array(np.zeros(5_000_000, np.int32)), text)}
        )
    elif kind == "zeros":
        zeros = pa.array(np.zeros(20_000_000))
        table = pa.table({f"c{i}": zeros for i in range(12)})
    else:
        table = pa.table({f"c{i}": [1] for i in range(60_000)})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def binary_bomb(_content: bytes, rng: random.Random) -> bytes:
    return parquet_bomb(rng.choice(("one text", "zeros", "columns")))


Bytes = Callable[[bytes, random.Random], bytes]
ON_BYTES: dict[str, tuple[Bytes, ...]] = {
    "csv": (cut, cut, headless, invalid_bytes, open_quote, ragged, ragged, empty, zeros, gzipped,
            utf16, with_mark, twice, text_bomb),
    "jsonl": (cut, headless, invalid_bytes, empty, zeros, gzipped, utf16, with_mark, twice, text_bomb),
    "jsonl.xz": (cut, cut, headless, flipped, flipped, empty, zeros, gzipped, twice, bomb),
    "parquet": (cut, cut, headless, flipped, flipped, flipped_footer, flipped_footer,
                flipped_footer, empty, zeros, gzipped, twice, binary_bomb),
}  # fmt: skip


def folder_instead(file: Path) -> None:
    file.mkdir()


def pipe_instead(file: Path) -> None:
    os.mkfifo(file)


def circle_instead(file: Path) -> None:
    file.symlink_to(file)


def device_instead(file: Path) -> None:
    file.symlink_to("/dev/zero")


def broken_link_instead(file: Path) -> None:
    file.symlink_to(file.with_name("nowhere"))


ODD_FILES = (folder_instead, pipe_instead, circle_instead, device_instead, broken_link_instead)


def drawn_case(seed: int, folder: Path) -> Case:
    """The hostile file of a seed, written into the folder."""
    rng = random.Random(seed)
    name, form = rng.choice(sorted(DRAWN)), rng.choice(FORMS)
    case = Case(seed, folder / f"{name}.{form}", name, form)
    case.cells = stated(rows_of(name))
    if rng.random() < 0.03:
        odd = rng.choice(ODD_FILES)
        odd(case.file)
        case.done.append(odd.__name__)
        return case
    if rng.random() < 0.6:
        rng.choice(ON_ROWS)(case, rng)
    write = {"csv": as_csv, "parquet": as_parquet}.get(form, as_json_lines)
    content = write(case, rng)
    content = lzma.compress(content) if form == "jsonl.xz" else content
    if not case.done or rng.random() < 0.4:
        spoil = rng.choice(ON_BYTES[form])
        content = spoil(content, rng) if content else content
        case.done.append(spoil.__name__)
    case.file.write_bytes(content)
    return case


def stated(rows: pl.DataFrame) -> Cells:
    """Each cell as the text that a csv has for it."""
    return rows.with_columns(pl.all().cast(pl.String)).to_dicts()
