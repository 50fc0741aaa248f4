"""Files that anybody may have made: each is read as it says, or refused in a readable sentence."""

from __future__ import annotations

import codecs
import gzip
import lzma
import os
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.catalog import catalogue
from warehouse.contract import text
from warehouse.errors import InputRefused
from warehouse.files import recognised
from warehouse.quality.contract_checks import shaped
from warehouse.quoting import LONGEST, named, quoted
from warehouse.readers import foreign_files
from warehouse.readers.foreign_files import read_file

LONG = 1_500  # characters: a sentence, the columns of a contract, and twenty names
ROW = "trade_date,exchange\n2026-01-13,SSE\n"

Written = Callable[[str, bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A file of these bytes."""

    def write(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., Path]:
    """A parquet file with these columns."""

    def store(**columns: object) -> Path:
        pq.write_table(pa.table(columns), tmp_path / "x.parquet")
        return tmp_path / "x.parquet"

    return store


def refused(path: Path, *words: str) -> None:
    """The file is refused in a message that names it and the rule, has the words, and is short."""
    with pytest.raises(InputRefused) as caught:
        read_file(path)
    told = str(caught.value)
    for word in (path.name, "rule: ", *words):
        assert word in told
    assert len(told) < LONG


PACKED = lzma.compress(b'{"a": 1}\n' * 100)
DAMAGED = {
    "cut off xz": ("x.jsonl.xz", PACKED[:-20], "ended before the end-of-stream"),
    "empty xz": ("x.jsonl.xz", b"", "ended before the end-of-stream"),
    "no xz": ("x.jsonl.xz", b"PK\x03\x04", "of another kind"),
    "flipped xz": ("x.jsonl.xz", PACKED[:30] + b"\xff" + PACKED[31:], "damaged"),
    "empty csv": ("x.csv", b"", "is empty"),
    "lines without anything": ("x.csv", b"\n\n\n", "is empty"),
    "gzip": ("x.csv", gzip.compress(ROW.encode()), "begins like gzip"),
    "UTF-16": ("x.csv", ROW.encode("utf-16"), "begins like UTF-16"),
    "GBK": ("x.csv", "日期\n".encode("gbk"), "UTF-8"),
    "GBK in a cell": ("x.csv", ROW.encode() + "2026-01-13,上海\n".encode("gbk"), "damaged"),
    "short row": ("x.csv", ROW.encode() + b"2026-01-13\n", "Expected 2 columns, got 1"),
    "long row": ("x.csv", ROW.encode() + b"2026-01-13,SSE,7\n", "Expected 2 columns, got 3"),
    "open quote": ("x.csv", ROW.encode() + b'"2026-01-13,SSE\n', "Expected 2 columns, got 1"),
    "cut off csv": ("x.csv", ROW.encode()[:-2], "does not end with a line break"),
    "header twice": ("x.csv", b"a,a\n1,2\n", "column a is there more than once"),
    "empty parquet": ("x.parquet", b"", "is empty"),
    "half a parquet": ("x.parquet", b"PAR1 half a file", "cut off"),
    "encrypted parquet": ("x.parquet", b"PAR1" + bytes(8) + b"PARE", "is encrypted"),
    "a footer of 4 GB": ("x.parquet", b"PAR1" + b"\xff" * 4 + b"PAR1", "bytes of footer"),
    "a footer that is not there": (
        "x.parquet", b"PAR1" + struct.pack("<I", 500) + b"PAR1", "damaged"),
    "JSON of a thousand levels": ("x.jsonl", b'{"a":' * 100_000, "damaged"),
    "a JSON list": ("x.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
    "a JSON number": ("x.jsonl", b'{"a": 1}\n5\n', "line 2 is no JSON object"),
    "a JSON key twice": ("x.jsonl", b'{"a": 1, "a": 2}\n', "column a is there more than once"),
    "a JSON number of 5,000 digits": ("x.jsonl", b'{"a": ' + b"9" * 5_000 + b"}\n", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(written: Written, case: str) -> None:
    name, content, words = DAMAGED[case]
    refused(written(name, content), words)


@pytest.mark.parametrize("kept", range(8, 400, 28))
def test_a_parquet_cut_anywhere_is_refused(stored: Callable[..., Path], kept: int) -> None:
    path = stored(close=[1.0, 2.0])
    path.write_bytes(path.read_bytes()[:kept])
    refused(path, "damaged")


def test_a_flipped_bit_is_noticed_where_the_file_has_checksums(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"close": [1.0, 2.0, 3.0]})
    pq.write_table(table, path, compression="none", use_dictionary=False, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[content.index(struct.pack("<d", 2.0))] ^= 1
    path.write_bytes(content)
    refused(path, "damaged")


ODD = {
    "list": pa.array([[1]]),
    "struct": pa.array([{"a": 1}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"x"]),
    "time64": pa.array([1], pa.time64("us")),
    "duration": pa.array([1], pa.duration("us")),
    "decimal256": pa.array([1], pa.decimal256(60, 2)),
    "halffloat": pa.array([1.0], pa.float16()),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_type_that_no_cell_of_a_table_has_is_refused(
    stored: Callable[..., Path], kind: str
) -> None:
    refused(stored(close=[1.0], code=ODD[kind]), "column code holds", kind)


def test_plain_types_are_read_as_they_are(stored: Callable[..., Path]) -> None:
    rows = read_file(
        stored(
            day=pa.array([date(2026, 1, 13)] * 2),
            code=pa.array(["600000.SH", None]).dictionary_encode(),
            large=pa.array(["浦发银行", ""], pa.large_string()),
            single=pa.array([1.5, None], pa.float32()),
            nothing=pa.nulls(2),
        )
    )
    assert rows.rows() == [
        (date(2026, 1, 13), "600000.SH", "浦发银行", 1.5, None),
        (date(2026, 1, 13), None, "", None, None),
    ]
    assert rows.schema["code"] == pl.String and rows.schema["single"] == pl.Float32


def test_csv_and_json_lines_are_read_as_they_are(written: Written) -> None:
    csv = '\ufeffday,"name"\r\n2026-01-13,"a ""b"", c\nd"\r\n--,\r\n"",""\r\n'
    rows = read_file(written("x.csv", csv.encode()))
    assert rows.rows() == [("2026-01-13", 'a "b", c\nd'), (None, None), ("", "")]
    line = codecs.BOM_UTF8 + b'{"day": "2026-01-13", "close": 1.5}\n{"day": "2026-01-14"}\n'
    assert read_file(written("x.jsonl", line)).rows() == [("2026-01-13", 1.5), ("2026-01-14", None)]


def test_a_text_that_is_repeated_millions_of_times_is_noticed_before_it_is_unpacked(
    stored: Callable[..., Path],
) -> None:
    text = pa.array(["x" * 100_000])
    path = stored(code=pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), text))
    assert path.stat().st_size < 200_000
    refused(path, "bytes when unpacked", "split the file")


LIMITED = {
    "xz": ("JSON_BYTES", 900, "x.jsonl.xz", lzma.compress(b'{"a": 1}\n' * 1000), "901 bytes when"),
    "JSON": ("JSON_BYTES", 900, "x.jsonl", b'{"a": 1}\n' * 1000, "901 bytes when"),
    "csv": ("CSV_BYTES", 30, "x.csv", ROW.encode(), "35 bytes"),
    "cells of csv": ("TEXT_CELLS", 10, "x.csv", b"a,b\n" + b"1,2\n" * 6, "12 cells of text"),
    "cells of JSON": ("TEXT_CELLS", 10, "x.jsonl", b'{"a": 1, "b": 2}\n' * 6, "12 cells of text"),
    "lines of JSON": ("JSON_LINES", 10, "x.jsonl", b"\n" * 11, "11 lines"),
    "line": ("LINE_BYTES", 100, "x.csv", b"a\n" + b"x" * 300 + b"\n", "longer than 100 bytes"),
}


@pytest.mark.parametrize("case", LIMITED)
def test_more_than_data_can_need_is_refused(
    written: Written, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    limit, most, name, content, words = LIMITED[case]
    monkeypatch.setattr(foreign_files, limit, most)
    refused(written(name, content), words)


@pytest.mark.parametrize(
    ("limit", "most", "words"),
    [
        ("CELLS", 5, "6 cells (rule: at most 5)"),
        ("DECODED_BYTES", 40, "bytes when unpacked (rule: at most 40)"),
    ],
)
def test_a_parquet_of_more_cells_or_bytes_is_refused_before_it_is_read(
    stored: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    words: str,
) -> None:
    path = stored(a=pa.array([0.0] * 3), b=pa.array([0.0] * 3))
    monkeypatch.setattr(foreign_files, limit, most)
    monkeypatch.setattr(foreign_files, "_gathered", None)
    refused(path, words)


def test_a_million_columns_are_not_all_named(written: Written, stored: Callable[..., Path]) -> None:
    names = [f"c{i}" for i in range(20_000)]
    refused(written("x.csv", ",".join(names).encode() + b"\n1\n"), "bytes of header")
    refused(written("y.csv", ",".join(names[:501]).encode() + b"\n1\n"), "501 columns", "481 more")
    refused(stored(**{c: [1] for c in names[:501]}), "501 columns", "c0, c1", "481 more")
    keys = b"".join(b'{"%s": 1}\n' % c.encode() for c in names[:5_000])
    refused(written("x.jsonl", keys), "5,000 columns", "4,980 more")


def test_a_cell_of_megabytes_is_not_echoed(written: Written, stored: Callable[..., Path]) -> None:
    refused(written("x.csv", b"a\n" + b"x" * 2_000_000 + b"\n"), "column a has a cell of 2,000,000")
    refused(written("y.csv", b"a\n" + b"x" * 9_000_000 + b"\n"), "is longer than")
    refused(stored(a=["x" * 2_000_000]), "column a has a cell of 2,000,000")


def test_what_is_quoted_is_short() -> None:
    assert quoted("short") == "short"
    assert quoted("x" * 5_000_000) == "x" * LONGEST + "… (5,000,000 characters)"
    assert named(["a", "b"]) == "a, b"
    assert named([str(n) for n in range(5_000)]).endswith("18, 19 and 4,980 more")


@pytest.mark.parametrize("name", ["index_daily", "trade_calendar"])
@pytest.mark.parametrize("days", [2**31 - 1, -(2**31), 3_000_000, -800_000, 400_000])
def test_a_day_that_no_calendar_has_is_refused(name: str, days: int, drawn: object) -> None:
    good = drawn(name)  # type: ignore[operator]
    far = good.with_columns(
        trade_date=pl.Series([days] * good.height, dtype=pl.Int32).cast(pl.Date)
    )
    words = r"column trade_date: .* cells are before 1800-01-01 or after 2999-12-31"
    with pytest.raises(InputRefused, match=words):
        shaped(catalogue()[name], far, "x.parquet")


@pytest.mark.parametrize("cell", ["0000-01-01", "-0001-01-01", "+12345-01-01", "9999-12-31"])
def test_a_year_that_no_calendar_has_is_refused_in_text(cell: str) -> None:
    with pytest.raises(InputRefused, match=r"column trade_date: 1 cells are before 1800-01-01"):
        shaped(catalogue()["trade_calendar"], pl.DataFrame({"trade_date": [cell]}), "x.csv")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
@pytest.mark.parametrize("number", [2**62, -(2**62)])
def test_a_moment_that_no_calendar_has_is_refused(unit: str, zone: str, number: int) -> None:
    if unit == "ns":
        number //= 1 if number > 0 else 2  # nanoseconds end in 2262
    far = pl.Series([number]).cast(pl.Datetime(unit, zone))  # type: ignore[arg-type]
    with pytest.raises(InputRefused, match="column trade_date"):
        shaped(catalogue()["trade_calendar"], pl.DataFrame({"trade_date": far}), "x.parquet")


def test_a_day_with_an_hour_is_refused_and_midnight_is_a_day() -> None:
    """16:00 in UTC is midnight of the next day in Shanghai: nobody can tell which day was meant."""
    d = catalogue()["trade_calendar"]
    midnight = pl.Series([date(2026, 1, 13)]).cast(pl.Datetime("ns"))
    assert shaped(d, pl.DataFrame({"trade_date": midnight}), "x")["trade_date"][0] == date(
        2026, 1, 13
    )
    shanghai = midnight.dt.replace_time_zone("Asia/Shanghai")
    assert shaped(d, pl.DataFrame({"trade_date": shanghai}), "x")["trade_date"][0] == date(
        2026, 1, 13
    )
    with pytest.raises(InputRefused, match="column trade_date holds Datetime"):
        shaped(d, pl.DataFrame({"trade_date": shanghai.dt.convert_time_zone("UTC")}), "x")


@pytest.mark.parametrize("cells", [[["a"]], [{"a": 1}], [b"x"], [True]])
def test_what_is_no_text_is_refused_where_text_is_due(cells: list[object]) -> None:
    rows = pl.DataFrame({"code": ["510300.SH"]}).with_columns(pl.Series("code", cells))
    d = catalogue()["fund_share"]
    for name in d.contract.column_names():
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None).alias(name))
    with pytest.raises(InputRefused, match=r"column code holds .* which is not String"):
        shaped(d, rows, "x")


def test_a_digit_of_a_code_is_a_digit_of_ascii() -> None:
    """６ is a digit to a regular expression."""
    patterns = [
        column.regex
        for d in catalogue().values()
        for column in d.contract.columns().values()
        if getattr(column, "regex", None)
    ]
    assert len(patterns) > 30
    for pattern in [*patterns, text("", pattern=r"^\d{6}$").regex]:
        spelled = pl.Series(["６０００００.SH", "０６６５６.HK", "６０００００", "801０01.SW"])
        assert not spelled.str.contains(pattern).any(), pattern


def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    pipe, device, circle, folder = (
        tmp_path / "a" / f"{n}.csv" for n in ("security", "ipo_a", "ipo_hk", "gdp")
    )
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    circle.symlink_to(circle)
    folder.mkdir()
    for path in (pipe, device, circle, folder):
        with pytest.raises(InputRefused, match="is a folder, a pipe, a device or a broken link"):
            recognised(path.parent)
        path.rmdir() if path is folder else path.unlink()
    with pytest.raises(InputRefused, match="holds no dataset"):
        recognised(tmp_path / "a")


def test_the_machine_says_why_a_file_cannot_be_read(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written("x.csv", ROW.encode())
    monkeypatch.setattr(Path, "open", forbidden)
    refused(path, "Permission denied", "Look who may read it")
