"""Judging rows: shape, types, and every rule of the contract, with words for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse import characters
from warehouse.catalog import Dataset
from warehouse.contract import is_one_line, is_optional, is_share_code, rules, schema, unit_of
from warehouse.errors import InputRefused
from warehouse.quality.corrections import corrected
from warehouse.quality.quarantine import (
    REJECTED,
    ROW_LOST,
    SAYS_NOTHING,
    Checked,
    Mark,
    as_json,
    judged,
    retried,
)
from warehouse.quoting import first_line, named, quoted
from warehouse.readers.code_changes import today
from warehouse.severity import KEY_RULE, of_column

GENERIC = {
    "nullability": "must not be empty",
    "primary_key": "the key must be unique",
    "min": "is below the smallest plausible value",
    "min_exclusive": "must be above its lower bound",
    "max": "is above the largest plausible value",
    "nan": "must be a number that can be read",
    "inf": "must be finite",
    "regex": "is not spelled as the contract demands",
    "out_of_size": "is many times larger or smaller than the figures around it",
    "day_out_of_size": "moves on that day for most entities together as no market does",
    characters.RULE: "must hold no control or direction-changing characters",
    "not_a_trading_day": "is not a trading day of the mainland exchanges",
    "weekend": "falls on a weekend",
    "in_the_future": "lies in the future",
    "unreadable": "is no day that can be read, or one before 1900",
    "too_far_ahead": "is a day of publication too far in the future",
    SAYS_NOTHING: "must have a value; without one its day would seem to be there",
    "beyond_the_calendar": "lies after the last day of the trading calendar; import or collect trade_calendar first",
}

EARLIEST = date(1900, 1, 1)  # no exchange has data of days before; readers mark stray cells so
SHOWN, LATEST = date(1800, 1, 1), date(2999, 12, 31)  # days out of these can hardly be shown
PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}

BOUNDS = ("min", "min_exclusive", "max")


@dataclass(frozen=True)
class Context:
    """What rows are judged against: the trading days known, and today."""

    calendar: pl.Series
    today: date


def shaped(dataset: Dataset, frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """The frame with exactly the contract's columns and types.

    Raises InputRefused naming the columns that are missing, unknown or not of their type.
    """
    wanted = dataset.contract.columns()
    missing = [
        c for c, column in wanted.items() if c not in frame.columns and not is_optional(column)
    ]
    unknown = [c for c in frame.columns if c not in wanted]
    if missing or unknown:
        raise InputRefused(_columns_message(dataset, where, missing, unknown, frame.columns))
    absent = [
        pl.lit(None, column.dtype).alias(c)
        for c, column in wanted.items()
        if c not in frame.columns
    ]
    complete = frame.with_columns(absent)
    return dataset.conform(
        complete.select(
            _readable(_typed(complete, c, dtype, where), wanted[c])
            for c, dtype in schema(dataset.contract).items()
        )
    )


def _columns_message(
    dataset: Dataset, where: str, missing: list[str], unknown: list[str], got: list[str]
) -> str:
    parts = []
    if missing:
        parts.append(f"column {named(missing)} is missing")
    if unknown:
        parts.append(f"column {named(unknown)} is not part of {dataset.name}")
    wanted = ", ".join(dataset.contract.column_names())
    return (
        f"{where}: {'; '.join(parts)} (rule: columns as in the contract). "
        f"It has {named(got)}; the contract has {wanted}. Rename or remove columns accordingly."
    )


def _typed(frame: pl.DataFrame, column: str, dtype: pl.DataType, where: str) -> pl.Series:
    """The column cast to its type; a Float32 keeps the seven digits it holds, no noise."""
    series = frame[column]
    _refuse_far_days(series, column, where)
    if not _fits(series, dtype):
        message = (
            f"{where}: column {column} holds {series.dtype}, which is not {dtype} (rule: type of the "
            "contract). Write dates as 2026-01-13, counts without decimals, one value in a cell."
        )
        raise InputRefused(message)
    try:
        if series.dtype == pl.Float32:
            return series.cast(pl.Float64).round_sig_figs(7)
        if series.dtype == pl.String and dtype == pl.Date:
            days = series.str.to_date("%Y-%m-%d", strict=True)
            _refuse_far_days(days, column, where)
            return days
        if series.dtype == pl.Datetime and dtype == pl.Date:
            return series.dt.date()  # of its own zone, where a cast gives that of UTC
        return series.cast(dtype, strict=True)
    except pl.exceptions.PolarsError as error:
        message = (
            f"{where}: column {column} cannot be read as {dtype} (rule: type of the contract): "
            f"{first_line(error)}. Write dates as 2026-01-13 and numbers without units."
        )
        raise InputRefused(message) from error


def _readable(series: pl.Series, column: dy.Column) -> pl.Series:
    """Texts in their normal form; that of a share's code is the one of today."""
    if is_share_code(column):
        return series.to_frame().select(today(pl.col(series.name))).to_series()
    if not isinstance(column, dy.String) or column.regex:
        return series
    text = characters.without_invisible(series)
    return characters.on_one_line(text) if is_one_line(column) else text


def _refuse_far_days(series: pl.Series, column: str, where: str) -> None:
    """A day that no calendar has; polars panics, and Python overflows, when such a day is shown."""
    if series.dtype not in (pl.Date, pl.Datetime):
        return
    unit = getattr(series.dtype, "time_unit", None)
    days = series.to_physical() // (PER_DAY[unit] if unit else 1)
    epoch = date(1970, 1, 1)
    bounds = ((SHOWN - epoch).days, (LATEST - epoch).days)
    far = days.filter(~days.is_between(*bounds))
    if far.len():
        message = (
            f"{where}: column {column}: {far.len():,} cells are before {SHOWN} or after {LATEST}, "
            f"the first of them {far[0]:,} days from {epoch} (rule: a day of the calendar). "
            "Write dates as 2026-01-13."
        )
        raise InputRefused(message)


def _fits(series: pl.Series, dtype: pl.DataType) -> bool:
    """Whether a cast keeps the meaning: 20260113 is no day count, and 2.5 is no count."""
    given = series.dtype
    if given == pl.Null:
        return True
    if dtype == pl.Date and given == pl.Datetime:  # an hour would tell of another day elsewhere
        return bool((series.drop_nulls().dt.time() == time(0)).all())
    if dtype == pl.Date:
        return given in (pl.String, pl.Date)
    if dtype == pl.String:
        return not (given.is_nested() or given in (pl.Binary, pl.Boolean))
    if dtype == pl.Int64 and given.is_float():
        return bool((series.drop_nulls() % 1 == 0).all())
    return not dtype.is_numeric() or given.is_numeric() or given == pl.String


def check(dataset: Dataset, frame: pl.DataFrame, context: Context) -> Checked:
    """The frame's rows by every rule of the dataset: valid, without a field, or set aside.

    Rows equal in every column are one row: they tell one story, and none of them is set aside for
    its key. It costs nothing where each key is there once.
    """
    rows, dropped = corrected(dataset.name, frame, context.calendar, context.today)
    found = _in_time_judged(dataset, rows, context)
    if KEY_RULE in found.rejected["rule"]:
        each = rows.unique(maintain_order=True)
        found = replace(_in_time_judged(dataset, each, context), repeated=rows.height - each.height)
    return replace(found, corrected=dropped)


def _in_time_judged(dataset: Dataset, rows: pl.DataFrame, context: Context) -> Checked:
    """The rows by their dates, and those whose dates can be by the contract."""
    in_time, off_calendar = _split_by_calendar(dataset, rows, context)
    found = judged(dataset, in_time)
    doubts = [
        *_unreadable(dataset, found.valid),
        *_too_far_ahead(dataset, found.valid, context.today),
    ]
    found = retried(dataset, found, doubts) if doubts else found
    return replace(
        found,
        rejected=pl.concat([off_calendar, found.rejected]),
        gone=off_calendar.height + found.gone,
        unidentified=off_calendar.height + found.unidentified,
    )


def _split_by_calendar(
    dataset: Dataset, rows: pl.DataFrame, context: Context
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose dates can be, and the others with the rule that they break."""
    column = dataset.dated_by
    if column is None or rows.is_empty():
        return rows, REJECTED
    told = rows.with_columns(_date_rule(dataset, column, context).alias("rule"))
    bad = told.filter(pl.col("rule").is_not_null())
    if bad.is_empty():
        return rows, REJECTED
    good = told.filter(pl.col("rule").is_null()).drop("rule")
    return good, bad.select(
        "rule",
        column_name=pl.lit(column),
        content=as_json(bad.drop("rule")),
        lost=pl.lit(ROW_LOST),
    )


def _unreadable(dataset: Dataset, rows: pl.DataFrame) -> Iterator[Mark]:
    """Days that a reader has marked, since their cells hold something else."""
    for column in (c for c, kind in rows.schema.items() if kind == pl.Date):
        before = (rows[column] < EARLIEST).fill_null(value=False)
        if before.any():
            yield Mark("unreadable", column, of_column(dataset, column), before)


def _too_far_ahead(dataset: Dataset, rows: pl.DataFrame, today: date) -> Iterator[Mark]:
    """Days of publication so long after today that nobody can have the notice already."""
    for column, ahead in dataset.announced.items():
        late = (rows[column] > today + ahead).fill_null(value=False)
        if late.any():
            yield Mark("too_far_ahead", column, of_column(dataset, column), late)


def _date_rule(dataset: Dataset, column: str, context: Context) -> pl.Expr:
    """Name of the rule that a row's date breaks, or null."""
    dates = pl.col(column)
    rule = pl.when(dates > context.today).then(pl.lit("in_the_future"))
    if dataset.trading_day is None:
        return rule
    calendar = context.calendar
    mainland = dataset.on_mainland & dates.is_not_null()
    return (
        rule.when(mainland & (dates > calendar.max()))
        .then(pl.lit("beyond_the_calendar"))
        .when(mainland & ~dates.is_in(calendar.implode()))
        .then(pl.lit("not_a_trading_day"))
        .when(dates.dt.weekday() > 5)
        .then(pl.lit("weekend"))
    )


def sentence(dataset: Dataset, rule: str, column: str) -> str:
    """What a rule demands, in words, with the bound that the column has."""
    words = rules(dataset.contract).get(rule) or GENERIC.get(rule, rule)
    declared = dataset.contract.columns().get(column)
    bound = getattr(declared, rule, None) if rule in BOUNDS else None
    if declared is None or bound is None:
        return words
    return f"{words}, {bound:,.12g} {unit_of(declared) or ''}".rstrip()


def complaint(dataset: Dataset, rejected: pl.DataFrame, where: str) -> str:
    """One message for all rejected rows: column, rule, how many, the first of them, what to do."""
    lines = []
    for (column, rule), rows in rejected.group_by(["column_name", "rule"], maintain_order=True):
        shown = column if column != "key" else f"key ({', '.join(dataset.key)})"
        lines.append(
            f"column {shown}: rule {rule} ({sentence(dataset, rule, column)}"
            f"{_which(rule, column, rows)}) is broken by {rows.height:,} "
            f"row{'s' if rows.height > 1 else ''}, first: "
            f"{quoted(characters.escaped(rows['content'][0]))}"
        )
    return (
        f"{where}: " + "; ".join(lines) + ". Correct or remove these rows, or register a known "
        "upstream error in warehouse/corrections.toml."
    )


def by_rule(dataset: Dataset, rejected: pl.DataFrame) -> list[dict[str, object]]:
    """What was set aside, by column and rule, with the rule in words and the first row."""
    groups = rejected.group_by(["column_name", "rule"], maintain_order=True)
    return [
        {
            "dataset": dataset.name,
            "column": column,
            "rule": f"{rule} ({sentence(dataset, rule, column)})",
            "rows": rows.height,
            "first": rows["content"][0],
        }
        for (column, rule), rows in groups
    ]


def _which(rule: str, column: str, rows: pl.DataFrame) -> str:
    """The characters that rows are refused for, by code point: nobody could see them."""
    if rule != characters.RULE:
        return ""
    return f": {characters.points(str(json.loads(text)[column]) for text in rows['content'])}"
