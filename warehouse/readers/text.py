"""Expressions that read published text as dates and numbers, once and strictly.

Upstreams write numbers with thousands separators, as text, or as '-' where there is none. What is
neither a number nor one of these marks raises: a format that we do not know is never a null.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from warehouse.errors import UnknownFormat

HAN = r"(\p{Han})"
ABSENT = ["", "-", "--", "—", "None", "nan", "NaN", "N/A", "NaT", "<NA>"]


def number(column: str, multiple: float = 1.0) -> pl.Expr:
    """A published number in canonical units; '-' and the like are null."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace_all(",", "")
    present = pl.when(~text.is_in(ABSENT)).then(text)
    return present.cast(pl.Float64, strict=True).fill_nan(None) * multiple


def adding_up(answer: pl.DataFrame, total: str, parts: Iterable[str]) -> pl.DataFrame:
    """The answer, if the parts of each row that has them add up to its total.

    Columns of akshare are named by position; a sum is what tells when they have moved.
    """
    parts = list(parts)
    gap = (pl.sum_horizontal(number(p) for p in parts) - number(total)).abs()
    complete = pl.all_horizontal(number(p).is_not_null() for p in parts)
    wrong = answer.filter(complete, gap > 1e-3 * number(total).abs() + 0.02)
    if wrong.height:
        shown = {c: wrong[c][0] for c in (total, *parts)}
        raise UnknownFormat(f"{total} is not {' + '.join(parts)} in {wrong.height} rows: {shown}")
    return answer


def only(answer: pl.DataFrame, column: str, label: str) -> pl.DataFrame:
    """The one row of that label; raises UnknownFormat if there is none or several."""
    found = answer.filter(pl.col(column).cast(pl.String).str.strip_chars() == label)
    if found.height != 1:
        raise UnknownFormat(f"{column} has {found.height} rows called {label}, not one")
    return found


def day(column: str, form: str = "%Y-%m-%d") -> pl.Expr:
    """A published date, whether it came as a date or as text."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.head(len("2026-01-13"))
    return pl.when(~text.is_in(ABSENT)).then(text).str.to_date(form, strict=True)


def code(column: str) -> pl.Expr:
    """A mainland share's six digits with the suffix of its exchange.

    6…, 9 (B shares) are Shanghai; 0…, 2…, 3… Shenzhen; 4…, 8…, 92… Beijing.
    """
    digits = pl.col(column).cast(pl.String).str.extract(r"(\d{6})", 1)
    exchange = (
        pl.when(digits.str.contains(r"^(4|8|92)"))
        .then(pl.lit(".BJ"))
        .when(digits.str.contains(r"^[69]"))
        .then(pl.lit(".SH"))
        .otherwise(pl.lit(".SZ"))
    )
    return digits + exchange


def is_a_share(column: str) -> pl.Expr:
    """Whether a code's six digits are an A-share's, not a B-share's, a fund's or a bond's."""
    ranges = r"^(60[0135]|68[89]|00[0-3]|30[0-2]|43\d|8[3-9]\d|92\d)\d{3}$"
    return pl.col(column).cast(pl.String).str.contains(ranges)


def board() -> pl.Expr:
    """The board a share is listed on, from its code."""
    return (
        pl.when(pl.col("code").str.ends_with(".BJ"))
        .then(pl.lit("BSE"))
        .when(pl.col("code").str.contains(r"^68[89]"))
        .then(pl.lit("STAR"))
        .when(pl.col("code").str.contains(r"^30"))
        .then(pl.lit("ChiNext"))
        .otherwise(pl.lit("Main"))
    )


def sina_symbol(code: str) -> str:
    """`600000.SH` → `sh600000`, the spelling of Sina and Tencent."""
    digits, exchange = code.split(".")
    return exchange.lower() + digits


def short_name(column: str) -> pl.Expr:
    """A share's short name in its one normal form.

    Letters of double width, as Shenzhen writes them, become plain ones; blanks beside Chinese
    characters go (万  科Ａ is 万科A), those between Latin words are one (CKH HOLDINGS).
    """
    plain = pl.col(column).cast(pl.String).str.normalize("NFKC").str.strip_chars()
    one = plain.str.replace_all(r"\s+", " ")
    return one.str.replace_all(f"{HAN} ", "$1").str.replace_all(f" {HAN}", "$1")


def label(column: str) -> pl.Expr:
    """A published name in its one normal form; what stands for an absent one is null."""
    words = short_name(column)
    return pl.when(~words.is_in(ABSENT)).then(words)
