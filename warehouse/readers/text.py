"""Expressions that read published text as dates and numbers, once and strictly.

Upstreams write numbers with thousands separators, as text, or as '-' where there is none. What is
neither a number nor one of these marks is never a null. A column with many such cells raises: its
format is another. A stray one is marked with a value that no contract lets pass, so that its field
or its row is set aside with a reason (`warehouse.severity`): a number as NaN, a count as -1, a day
as one before all others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

import polars as pl

from warehouse.errors import UnknownFormat
from warehouse.readers.code_changes import today

HAN = r"(\p{Han})"
A_SHARES = r"^(60[0135]|68[89]|00[0-3]|30[0-2]|43\d|8[3-9]\d|92\d)\d{3}$"
# The exchanges' plan gives whole ranges of codes to a kind of security; a source that lists several
# kinds is read by these. A code outside of all of them may be of a range that was opened since.
KINDS = (
    A_SHARES.strip("^$"),
    r"(900|200)\d{3}",  # B-shares
    r"(5\d|1[5-8])\d{4}",  # funds
    r"(0[12]|1[0-4])\d{4}",  # bonds
    r"(4[0-2]|8[0-2])\d{4}",  # shares traded over the counter
    r"A\d+",  # applicants, which have no code yet
    r"\d{5}",  # Hong Kong
)
KNOWN_CODES = rf"^(sh|sz|bj)?({'|'.join(KINDS)})$"
NO_NUMBER, NO_COUNT, NO_DAY = math.nan, -1, date(1899, 12, 31)
STRAY = 0.05  # share of the cells of a column that may be unreadable
# Of few rows a share tells little: in a list of eleven, two bad entries are slips and no format. So
# many may be bad in any case, unless they are more than half.
SLIPS = 2
UNREADABLE = "?"  # in the place of a cell that contradicts others
ABSENT = ["", "-", "--", "—", "None", "nan", "NaN", "N/A", "NaT", "<NA>"]


def number(column: str, multiple: float = 1.0) -> pl.Expr:
    """A published number in canonical units; '-' and the like are null.

    A stray cell that is none is NaN. Raises PolarsError where many are.
    """
    return pl.col(column).map_batches(as_numbers, return_dtype=pl.Float64) * multiple


def count(column: str) -> pl.Expr:
    """A published whole number. A stray cell that is none is -1; raises like `number`."""
    return pl.col(column).map_batches(as_counts, return_dtype=pl.Int64)


def as_numbers(cells: pl.Series) -> pl.Series:
    """Cells as `number` reads them."""
    if cells.dtype.is_numeric():
        return cells.cast(pl.Float64).fill_nan(None)
    text = present(cells).str.replace_all(",", "", literal=True)
    return parsed(
        text, lambda strict: text.cast(pl.Float64, strict=strict).fill_nan(None), NO_NUMBER
    )


def as_counts(cells: pl.Series) -> pl.Series:
    """Cells as `count` reads them."""
    return as_numbers(cells).fill_nan(NO_COUNT).cast(pl.Int64)


def present(cells: pl.Series) -> pl.Series:
    """The texts of cells, null where they stand for an absent value."""
    text = cells.cast(pl.String).str.strip_chars()
    return text.to_frame("text").select(pl.when(~text.is_in(ABSENT)).then("text")).to_series()


def parsed(text: pl.Series, parse: Callable[..., pl.Series], mark: float | date) -> pl.Series:
    """What texts say, with a mark for stray ones that cannot be read; parse: strictly, or with null
    for these. It costs nothing more where all can be read.
    """
    try:
        return parse(strict=True)
    except pl.exceptions.PolarsError:
        found = parse(strict=False)
        stray = text.is_not_null() & found.is_null()
        if many(int(stray.sum()), int(text.count())):
            raise
        return found.set(stray, mark)


def many(bad: int, of: int, share: float = STRAY, few: int = SLIPS) -> bool:
    """Whether so many are no slips: more than a share of all, and more than a few or than half."""
    return bad > share * of and (bad > few or 2 * bad > of)


def doubting(
    answer: pl.DataFrame, wrong: pl.Expr, columns: Iterable[str], what: str
) -> pl.DataFrame:
    """The answer without what contradicts itself: in rows that are wrong, the cells of these
    columns cannot be read any more.

    Raises UnknownFormat where many rows are: then columns have moved, or a unit has.
    """
    found = answer.select(wrong=wrong.fill_null(value=False))["wrong"]
    bad = answer.filter(found)
    if bad.is_empty():
        return answer
    if many(bad.height, answer.height):
        raise UnknownFormat(f"{what} in {bad.height} rows: {bad.row(0, named=True)}")
    doubted = pl.when(~found)
    return answer.with_columns(
        doubted.then(pl.col(c).cast(pl.String)).otherwise(pl.lit(UNREADABLE)).alias(c)
        for c in columns
    )


def adding_up(answer: pl.DataFrame, total: str, parts: Iterable[str]) -> pl.DataFrame:
    """The answer, without the sums of rows whose parts do not add up to their total.

    Columns of akshare are named by position; a sum is what tells when they have moved.
    """
    parts = list(parts)
    gap = (pl.sum_horizontal(number(p) for p in parts) - number(total)).abs()
    complete = pl.all_horizontal(number(p).is_finite() for p in parts)
    wrong = complete & (gap > 1e-3 * number(total).abs() + 0.02)
    return doubting(answer, wrong, (total, *parts), f"{total} is not {' + '.join(parts)}")


def only(answer: pl.DataFrame, column: str, label: str) -> pl.DataFrame:
    """The one row of that label; raises UnknownFormat if there is none or several."""
    found = answer.filter(pl.col(column).cast(pl.String).str.strip_chars() == label)
    if found.height != 1:
        raise UnknownFormat(f"{column} has {found.height} rows called {label}, not one")
    return found


def day(column: str, form: str = "%Y-%m-%d") -> pl.Expr:
    """A published date, whether it came as a date or as text.

    A stray cell that is none is a day before all others. Raises PolarsError where many are.
    """
    return pl.col(column).map_batches(partial(as_days, form=form), return_dtype=pl.Date)


def as_days(cells: pl.Series, form: str) -> pl.Series:
    """Cells as `day` reads them."""
    text = present(cells).str.head(len("2026-01-13"))
    return parsed(text, lambda strict: text.str.to_date(form, strict=strict), NO_DAY)


def code(column: str, suffix: str | None = None) -> pl.Expr:
    """A mainland security's six digits with the suffix of its exchange, in the form of today.

    What else stands beside the digits does not count (sh600000, 430047.BJ). What has fewer or more
    than six has no code: a number that has lost its zeros may be of another market. `suffix`: that
    of the exchange that publishes it, since a fund's digits do not tell it; there lost zeros are no
    doubt. Else 6…, 9 (B shares) are Shanghai; 0…, 2…, 3… Shenzhen; 4…, 8…, 92… Beijing.
    """
    text = pl.col(column).cast(pl.String).str.strip_chars()
    if suffix:
        text = pl.when(text.str.contains("^[0-9]+$")).then(text.str.zfill(6)).otherwise(text)
    digits = text.str.extract("(?:^|[^0-9])([0-9]{6})(?:[^0-9]|$)", 1)
    if suffix:
        return today(digits + suffix)
    exchange = (
        pl.when(digits.str.contains(r"^(4|8|92)"))
        .then(pl.lit(".BJ"))
        .when(digits.str.contains(r"^[69]"))
        .then(pl.lit(".SH"))
        .otherwise(pl.lit(".SZ"))
    )
    return today(digits + exchange)


def is_a_share(column: str) -> pl.Expr:
    """Whether a code's six digits are an A-share's, not a B-share's, a fund's or a bond's."""
    return pl.col(column).cast(pl.String).str.contains(A_SHARES)


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
