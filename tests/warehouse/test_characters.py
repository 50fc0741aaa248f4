"""Characters that show nothing themselves: what enters core, and how they are named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from warehouse import characters
from warehouse.catalog import dataset
from warehouse.files import judged
from warehouse.quality.contract_checks import Context, check, complaint, shaped
from warehouse.quality.quarantine import Checked

SECURITY, NEWS = dataset("security"), dataset("policy_news")
CONTEXT = Context(pl.Series([date(2026, 1, 13)]), date(2026, 1, 20))
Drawn = Callable[[str], pl.DataFrame]


def named(drawn: Drawn, name: str) -> Checked:
    rows = drawn("security").head(1).with_columns(name=pl.lit(name))
    return check(SECURITY, shaped(SECURITY, rows, "security.csv"), CONTEXT)


@pytest.mark.parametrize(
    ("sign", "point"),
    [
        ("\x00", "U+0000"), ("\x07", "U+0007"), ("\x1b[31m", "U+001B"), ("\x7f", "U+007F"),
        ("\x9b31m\x08", "U+0008, U+009B"), ("\u202e", "U+202E"), ("\u2066", "U+2066"),
        ("\U000e0041", "U+E0041"), ("\uffff", "U+FFFF"),
    ],
)  # fmt: skip
def test_a_control_character_never_enters_core_and_is_named(
    drawn: Drawn, sign: str, point: str
) -> None:
    checked = named(drawn, f"航天{sign}环宇")
    assert checked.valid.is_empty()
    assert checked.rejected.select("rule", "column_name").row(0) == (characters.RULE, "name")
    said = complaint(SECURITY, checked.rejected, "security.csv")
    assert f"must hold no control or direction-changing characters: {point})" in said
    assert not characters.POINTS.search(said)


def test_a_row_with_a_bell_is_set_aside_with_file_column_and_character(
    drawn: Drawn, folder: Callable
) -> None:
    rows = drawn("security").with_columns(name=pl.lit("航天\x07环宇"))
    path = folder({"security": rows}) / "security.parquet"
    checked = judged(SECURITY, path, CONTEXT)
    assert checked.valid.is_empty()
    said = complaint(SECURITY, checked.rejected, path.name)
    assert re.search(r"security\.parquet: column name: .*U\+0007", said)


@pytest.mark.parametrize("sign", ["\ufeff", "\u200b", "\u200c", "\u200d", "\u200e", "\u00ad"])
def test_marks_that_are_merely_invisible_are_left_out(drawn: Drawn, sign: str) -> None:
    assert named(drawn, f"{sign}航天{sign}环宇").valid["name"].to_list() == ["航天环宇"]


@pytest.mark.parametrize(
    "name", ["万　科Ａ", "TCL\u00a0科技", "*ST 信通", "e\u0301toile", "🚀概念", "\ue863"]
)
def test_honest_text_is_kept_as_it_is(drawn: Drawn, name: str) -> None:
    assert named(drawn, name).valid["name"].to_list() == [name]


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\t", "\x85", "\u2028", "\n\n"])
def test_breaks_within_a_label_are_spaces(drawn: Drawn, sign: str) -> None:
    """As in the flags of listings in Hong Kong, which wrap lines in their cells."""
    assert named(drawn, f"航天{sign}环宇").valid["name"].to_list() == ["航天 环宇"]


def test_the_lines_of_a_text_stay(drawn: Drawn) -> None:
    news = drawn("policy_news").head(1).with_columns(text=pl.lit("一\n二"))
    checked = check(NEWS, shaped(NEWS, news, "cctv"), CONTEXT)
    assert checked.valid["text"].to_list() == ["一\n二"]
    bell = check(NEWS, shaped(NEWS, news.with_columns(text=pl.lit("一\x07")), "cctv"), CONTEXT)
    assert bell.rejected["column_name"].to_list() == ["text"]


def test_a_code_keeps_to_its_pattern(drawn: Drawn) -> None:
    rows = drawn("security").head(1).with_columns(code=pl.lit("600519.SH\n"))
    checked = check(SECURITY, shaped(SECURITY, rows, "security.csv"), CONTEXT)
    assert checked.rejected["rule"].to_list() == ["regex"]


def test_all_that_unicode_calls_control_or_format_is_refused() -> None:
    known = {c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Cc", "Cf", "Zl")}
    told = pl.Series(sorted(known)).to_frame("c").select(characters.readable(pl.col("c")))
    assert not told["c"].any()
    assert all(characters.POINTS.match(c) for c in known)


def test_unreadable_characters_are_written_out() -> None:
    assert characters.escaped("a\x1b[31mb\u202e\n中") == r"a\x1b[31mb\u202e\n中"
    assert characters.escaped("a\nb\x07", keep="\n") == "a\nb\\x07"
    assert characters.points(["a\x07", "\u202e\x07"]) == "U+0007, U+202E"
