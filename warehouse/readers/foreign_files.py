"""Rows out of a file that anybody may have made, within limits; whatever is wrong is a sentence.

Arrow reads parquet and csv: on a damaged file it raises, where polars may panic or fill in nulls,
and it gives rows in batches, so that a bomb is noticed before it has gone off.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import lzma
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from warehouse.errors import InputRefused
from warehouse.quoting import first_line, named, quoted

ABSENT_IN_FILES = ["--"]  # how publishers of tables write that there is no figure

# Ten years of all shares are 13 million rows of 12 columns, 1.3 GB. With these limits, reading
# takes less than 2 GB of memory, whatever the file says of itself.
CELLS = 200_000_000
DECODED_BYTES = 1_400_000_000
TEXT_CELLS = 50_000_000  # in a csv each of them is a text of its own until the contract types it
CSV_BYTES = 640 << 20
JSON_BYTES = 64 << 20  # ten years of evening news are 15 MB
JSON_LINES = 2_000_000  # a row has thirty bytes at least
COLUMNS = 500  # the widest file, with one column for each of the terms, has some dozens
CELL_BYTES = 1 << 20  # the longest broadcast has 0.1 MB
LINE_BYTES = 4 << 20
HEADER_BYTES = 64 << 10
FOOTER_BYTES = 8 << 20  # thirty row groups of nine columns need 22 KB
BATCH = 1 << 16

UNREADABLE = (
    pa.ArrowException,
    pl.exceptions.PolarsError,
    lzma.LZMAError,
    EOFError,  # the compressed stream is cut off
    UnicodeDecodeError,
    csv.Error,
    json.JSONDecodeError,
    RecursionError,  # JSON of a thousand levels
    MemoryError,
)
MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "Excel or zip", b"PAR1": "parquet"}
MARKS |= {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz"}


def read_file(path: Path) -> pl.DataFrame:
    """The rows of a parquet, csv or JSON lines file; csv cells stay text until they are typed.

    Raises InputRefused naming the file, the column if it is about one, the rule, and what to do.
    """
    try:
        with path.open("rb") as handle:
            rows = _reader(path)(handle, path.name)
    except (*UNREADABLE, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # Arrow's own have no number
            what = (
                f"{os.strerror(error.errno)}. Look who may read it, and whether the disk is well."
            )
        else:
            what = f"it is damaged, empty or of another kind: {_plainly(error)}. Save or copy it again."
        message = f"{path.name}: cannot be read (rule: parquet; csv or JSON lines in UTF-8): {what}"
        raise InputRefused(message) from error
    if rows.is_empty():
        message = f"{path.name}: has no rows (rule: a file must hold data); leave it out or fill it"
        raise InputRefused(message)
    return rows


def _plainly(error: BaseException) -> str:
    """What Arrow says of a line that does not end, in words that help."""
    if "straddling" in str(error):
        return f"a line, or a cell in quotes, is longer than {LINE_BYTES:,} bytes"
    return first_line(error)


def _reader(path: Path) -> Callable[[BinaryIO, str], pl.DataFrame]:
    return {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines, ".xz": _packed}[path.suffix]


def _parquet(handle: BinaryIO, name: str) -> pl.DataFrame:
    _look_at_footer(handle, name)
    with pq.ParquetFile(handle) as file:
        claimed, schema = file.metadata, file.schema_arrow
    _hold_names(name, schema.names)
    for column in schema:
        if not _plain(column.type):
            raise InputRefused(
                f"{name}: column {quoted(column.name)} holds {quoted(str(column.type))} (rule: a column "
                "holds text, numbers, days or times). Write each value into a column of its own."
            )
    decoded = sum(claimed.row_group(i).total_byte_size for i in range(claimed.num_row_groups))
    least = claimed.num_rows * sum(_width(column.type) for column in schema)
    _hold(name, "cells", claimed.num_rows * len(schema), CELLS)
    _hold(name, "bytes when unpacked", max(decoded, least), DECODED_BYTES)
    texts = [c.name for c in schema if _text(c.type)]
    with pq.ParquetFile(
        handle, metadata=claimed, read_dictionary=texts, page_checksum_verification=True
    ) as file:
        rows = _gathered(name, file.iter_batches(BATCH), schema)
    if rows.height != claimed.num_rows:
        raise InputRefused(
            f"{name}: holds {rows.height:,} rows and says {claimed.num_rows:,} (rule: a file is whole); "
            "it is damaged. Save or copy it again."
        )
    return rows


def _look_at_footer(handle: BinaryIO, name: str) -> None:
    """Arrow builds a tree of all that the footer lists, so its size is looked at before."""
    size = handle.seek(0, 2)
    handle.seek(max(size - 8, 0))
    end = handle.read(8)
    if len(end) < 8 or end[4:] not in (b"PAR1", b"PARE"):
        what = (
            "is empty" if not size else "does not end as parquet does: it is cut off, or no parquet"
        )
        raise InputRefused(
            f"{name}: cannot be read (rule: parquet; csv or JSON lines in UTF-8): it is damaged; it {what}. "
            "Save or copy it again."
        )
    if end[4:] == b"PARE":
        raise InputRefused(f"{name}: is encrypted (rule: plain parquet); save it without a key")
    _hold(name, "bytes of footer", struct.unpack("<I", end[:4])[0], FOOTER_BYTES)


def _text(kind: pa.DataType) -> bool:
    return any(is_(kind) for is_ in (pa.types.is_string, pa.types.is_large_string, _is_view))


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string_view(kind))


PLAIN = (
    pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_float32,
    pa.types.is_float64, pa.types.is_decimal128, pa.types.is_date, pa.types.is_timestamp, _text,
)  # fmt: skip


def _plain(kind: pa.DataType) -> bool:
    """Whether a type is one that a contract could mean; anything else is no cell of a table."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_(inner) for is_ in PLAIN)


def _width(kind: pa.DataType) -> int:
    """Bytes that a cell takes at least; a text is looked up in a list of texts."""
    if pa.types.is_dictionary(kind) or _text(kind):
        return 16
    return 0 if pa.types.is_null(kind) else int(kind.bit_width) // 8


def _gathered(name: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pl.DataFrame:
    """All batches as one frame; texts stay in their dictionaries until their length is known."""
    frames, spent = [], 0
    for batch in batches:
        spent += sum(
            _unpacked_bytes(name, f.name, c) for f, c in zip(batch.schema, batch, strict=True)
        )
        _hold(name, "bytes when unpacked", spent, DECODED_BYTES)
        plain = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch]
        frames.append(pl.DataFrame(pa.Table.from_arrays(plain, batch.schema.names)))
    if not frames:
        return pl.DataFrame(schema.empty_table())
    return pl.concat(frames, rechunk=False)


def _unpacked_bytes(name: str, column: str, cells: pa.Array) -> int:
    """Bytes of the cells of a column when each stands for itself.

    A repeated text costs each time.
    """
    if not (pa.types.is_dictionary(cells.type) and _text(cells.type.value_type)):
        return int(cells.nbytes)
    lengths = pc.binary_length(cells.dictionary)
    _hold_cell(name, column, pc.max(lengths).as_py() or 0)
    return int(pc.sum(pc.take(lengths, cells.indices)).as_py() or 0) + 8 * len(cells)


def _csv(handle: BinaryIO, name: str) -> pl.DataFrame:
    _hold(name, "bytes", handle.seek(0, 2), CSV_BYTES)
    names = _header(handle, name)
    begin = handle.tell()
    if not handle.read(BATCH).strip():
        return pl.DataFrame(schema=names)
    _look_at_end(handle, name)
    handle.seek(begin)
    frames, cells = [], 0
    with _csv_batches(handle, names) as batches:
        for batch in batches:
            cells += batch.num_rows * len(names)
            _hold(name, "cells of text", cells, TEXT_CELLS)
            for column, texts in zip(names, batch, strict=True):
                _hold_cell(name, column, pc.max(pc.binary_length(texts)).as_py() or 0)
            frames.append(pl.DataFrame(pa.Table.from_batches([batch])))
    return pl.concat(frames, rechunk=False)


def _look_at_end(handle: BinaryIO, name: str) -> None:
    """Half a last line may look whole: 1234 may have been 123456.78."""
    handle.seek(-1, 2)
    if handle.read(1) not in b"\r\n":
        raise InputRefused(
            f"{name}: does not end with a line break (rule: a csv file is whole); it may have been cut "
            "off within its last row. Copy it again, or end the last line if it is all there."
        )


def _csv_batches(handle: BinaryIO, names: Sequence[str]) -> pyarrow.csv.CSVStreamingReader:
    return pyarrow.csv.open_csv(
        handle,
        pyarrow.csv.ReadOptions(block_size=LINE_BYTES, column_names=names),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=["", *ABSENT_IN_FILES],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _header(handle: BinaryIO, name: str) -> list[str]:
    """The names of the columns; the handle stands behind them."""
    handle.seek(0)
    line = handle.readline(HEADER_BYTES + 1)
    kind = next((name for mark, name in MARKS.items() if line.startswith(mark)), None)
    if kind:
        raise InputRefused(
            f"{name}: cannot be read (rule: csv or JSON lines in UTF-8); it begins like {kind}. "
            "Save it as UTF-8 text, or name it after its kind."
        )
    _hold(name, "bytes of header", len(line), HEADER_BYTES)
    names = next(csv.reader([line.decode("utf-8-sig")], strict=True), [])
    if not names:
        raise InputRefused(f"{name}: cannot be read (rule: csv has a header), the file is empty")
    _hold_names(name, names)
    return names


def _packed(handle: BinaryIO, name: str) -> pl.DataFrame:
    with lzma.open(handle) as unpacked:
        return _json_lines(unpacked, name)


def _json_lines(handle: BinaryIO | lzma.LZMAFile, name: str) -> pl.DataFrame:
    content = handle.read(JSON_BYTES + 1).removeprefix(codecs.BOM_UTF8)
    _hold(name, "bytes when unpacked", len(content), JSON_BYTES)
    _hold(name, "lines", content.count(b"\n"), JSON_LINES)
    keys, rows = _keys(name, content)
    _hold_names(name, keys)
    _hold(name, "cells of text", len(keys) * rows, TEXT_CELLS)
    return pl.read_ndjson(content, infer_schema_length=None) if rows else pl.DataFrame()


def _keys(name: str, content: bytes) -> tuple[list[str], int]:
    """The keys of all objects, at any depth, and how many rows there are."""
    keys: set[str] = set()

    def paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise InputRefused(_twice(name, twice))
        keys.update(found)
        return found

    decoder, rows = json.JSONDecoder(object_pairs_hook=paired, parse_int=str), 0
    for number, line in enumerate(io.BytesIO(content), start=1):
        if not line.strip():
            continue
        rows += 1
        if not isinstance(decoder.decode(line.decode()), dict):
            raise InputRefused(
                f"{name}: line {number:,} is no JSON object (rule: one object for each row). "
                'Write rows such as {"trade_date": "2026-01-13"}.'
            )
    return sorted(keys), rows


def _hold_names(name: str, columns: Sequence[str]) -> None:
    """Few columns, and each name once."""
    _hold(name, "columns", len(columns), COLUMNS, f": {named(columns)}")
    column, times = Counter(columns).most_common(1)[0] if columns else ("", 0)
    if times > 1:
        raise InputRefused(_twice(name, column))


def _twice(name: str, column: str) -> str:
    return (
        f"{name}: column {quoted(column)} is there more than once (rule: each column once). "
        "Remove the one that is not meant."
    )


def _hold_cell(name: str, column: str, length: int) -> None:
    if length > CELL_BYTES:
        raise InputRefused(
            f"{name}: column {quoted(column)} has a cell of {length:,} bytes (rule: at most "
            f"{CELL_BYTES:,}). Look what stands there; it is no figure and no name."
        )


def _hold(name: str, what: str, found: int, most: int, which: str = "") -> None:
    """Refuse what would take more memory or time than data of this kind can need."""
    if found > most:
        raise InputRefused(
            f"{name}: has {found:,} {what} (rule: at most {most:,}){which}. "
            "If these are data, write them as parquet or split the file by years."
        )
