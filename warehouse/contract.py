"""Contracts: what a column is called, means, is measured in, and may hold — declared once.

A contract is a dataframely schema. DDL, validation, comments, the data dictionary and number
formatting all derive from it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, TypedDict, Unpack

import dataframely as dy
import polars as pl
from dataframely._rule import RuleFactory

from warehouse.characters import RULE, readable, readable_lines
from warehouse.units import Unit


class Table(dy.Schema):
    """Base of all contracts; the docstring of a contract is the comment of its table."""


def text(
    meaning: str,
    *,
    key: bool = False,
    nullable: bool = False,
    optional: bool = False,
    pattern: str | None = None,
    lines: bool = False,
) -> dy.String:
    r"""A label. `optional` columns may be left out of an imported file.

    It holds no control characters; the `lines` of a longer text end with a line feed. In a pattern,
    `\d` is a digit of ASCII: to a regular expression ６ is a digit too.
    """
    return dy.String(
        primary_key=key,
        nullable=(nullable or optional) and not key,
        regex=pattern.replace(r"\d", "[0-9]") if pattern else None,
        check=None if pattern else {RULE: readable_lines if lines else readable},
        description=meaning,
        metadata={"optional": optional, "lines": lines},
    )


def share_code(meaning: str, *, key: bool = False, nullable: bool = False) -> dy.String:
    """A mainland share's six digits with the suffix of its exchange, in the form of today."""
    return dy.String(
        primary_key=key,
        nullable=nullable and not key,
        regex=r"^[0-9]{6}\.(SH|SZ|BJ)$",
        description=meaning,
        metadata={"share": True},
    )


def choice(meaning: str, values: list[str], *, key: bool = False) -> dy.String:
    """A label out of a closed list."""
    pattern = f"^({'|'.join(values)})$"
    return dy.String(primary_key=key, regex=pattern, description=meaning, metadata={})


def day(
    meaning: str, *, key: bool = False, nullable: bool = False, optional: bool = False
) -> dy.Date:
    """A calendar date of the exchange's own time zone."""
    return dy.Date(
        primary_key=key,
        nullable=(nullable or optional) and not key,
        description=meaning,
        metadata={"optional": optional},
    )


class Bounds(TypedDict, total=False):
    """Plausible values of a measure."""

    min: float
    min_exclusive: float
    max: float


class Counts(TypedDict, total=False):
    """Plausible numbers of things."""

    min: int
    max: int


def measure(
    meaning: str,
    unit: Unit,
    *,
    nullable: bool = False,
    optional: bool = False,
    **bounds: Unpack[Bounds],
) -> dy.Float64:
    """A number with its unit; NaN and infinities are never allowed, absence is null."""
    return dy.Float64(
        nullable=nullable or optional,
        description=meaning,
        metadata={"unit": unit, "optional": optional},
        **bounds,
    )


def count(
    meaning: str, *, key: bool = False, nullable: bool = False, **bounds: Unpack[Counts]
) -> dy.Int64:
    """A whole number of things."""
    return dy.Int64(
        primary_key=key,
        nullable=nullable and not key,
        description=meaning,
        metadata={"unit": Unit.COUNT},
        **bounds,
    )


def minute_of_day(meaning: str) -> dy.Int64:
    """The end of a minute on Shanghai's clock, in minutes after midnight; part of the key."""
    return dy.Int64(
        primary_key=True,
        min=0,
        max=24 * 60,
        description=meaning,
        metadata={"unit": Unit.MINUTE_OF_DAY},
    )


def unit_of(column: dy.Column) -> str | None:
    """The unit of a measure, or None for labels and dates."""
    return (column.metadata or {}).get("unit")


def is_share_code(column: dy.Column) -> bool:
    """Whether a column names a mainland share."""
    return bool((column.metadata or {}).get("share"))


def is_one_line(column: dy.Column) -> bool:
    """Whether a column is text that has no lines."""
    return isinstance(column, dy.String) and not (column.metadata or {}).get("lines")


def is_optional(column: dy.Column) -> bool:
    """Whether an imported file may leave the column out."""
    return bool((column.metadata or {}).get("optional"))


def nothing_or(column: str, least: float) -> RuleFactory:
    """A rule: the figure is zero or, whatever its sign, at least so large; between, the unit
    slipped.

    Name it after the column: `<column>_is_plausible = nothing_or("<column>", 1e4)`.
    """

    def rule(_cls: type[Table]) -> pl.Expr:
        figure = pl.col(column)
        return (figure == 0) | (figure.abs() >= least)

    rule.__doc__ = (
        f"{_in_words(column, first=True)}: nothing, or at least {least:,.12g}; between, somebody "
        "mixed up the units."
    )
    return dy.rule()(rule)


def _in_words(column: str, *, first: bool = False) -> str:
    """A column as a sentence names it, without its currency: net buy for net_buy_cny.

    first: whether the sentence begins with it.
    """
    words = re.sub("_(cny|hkd|usd)$", "", column).replace("_", " ")
    words = re.sub(r"\b(eps|rmb)\b", lambda found: found[0].upper(), words)
    return words[:1].upper() + words[1:] if first else words


def of_one_size(column: str, other: str, most: float, least: float) -> RuleFactory:
    """A rule: of two figures that are not next to nothing, neither is so many times the other.

    Name it after the first: `<column>_is_of_the_size_of_<other> = of_one_size(...)`.
    """

    def rule(_cls: type[Table]) -> pl.Expr:
        one, two = pl.col(column).abs(), pl.col(other).abs()
        return (one < least) | (two < least) | (one / two).is_between(1 / most, most)

    one, two = _in_words(column, first=True), _in_words(other)
    rule.__doc__ = f"{one} and {two} differ less than {most:g} times; else one of them slipped."
    return dy.rule()(rule)


def empty(contract: type[Table]) -> pl.DataFrame:
    """A frame with the contract's columns and no rows."""
    return pl.DataFrame(schema=schema(contract))


@cache
def schema(contract: type[Table]) -> dict[str, Any]:
    """Column name → polars type, in declaration order; dataframely walks the columns each time."""
    return {name: column.dtype for name, column in contract.columns().items()}


def kept(contract: type[Table], rows: pl.DataFrame) -> pl.DataFrame:
    """Whether each row keeps each rule: a truth value per row, a column per rule, named as
    dataframely does: `column|rule`, `primary_key`, or a rule of the contract.

    rows: in the columns and types of the contract. A rule that cannot be judged, since a field is
    null, is kept.
    """
    return rows.select(_compiled(contract))


@cache
def _compiled(contract: type[Table]) -> tuple[pl.Expr, ...]:
    """The rules as expressions; dataframely makes them anew for each frame that it filters."""
    found = contract._validation_rules(with_cast=False)  # noqa: SLF001
    return tuple(rule.expr.fill_null(value=True).alias(name) for name, rule in found.items())


def reads(contract: type[Table], rule: str) -> list[str]:
    """The columns that a rule of the contract looks at, each once."""
    return list(dict.fromkeys(vars(contract)[rule].make(contract).expr.meta.root_names()))


def rules(contract: type[Table]) -> dict[str, str]:
    """Name of each rule that the contract declares → the sentence it enforces."""
    return {
        name: " ".join((rule.validation_fn.__doc__ or "").split())
        for name, rule in vars(contract).items()
        if isinstance(rule, RuleFactory)
    }
