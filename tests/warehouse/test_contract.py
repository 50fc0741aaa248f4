"""How columns and rules are declared: what a column may hold, and what a rule says of itself."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest

from warehouse import contract
from warehouse.contract import (
    Table,
    choice,
    count,
    day,
    empty,
    is_one_line,
    is_optional,
    is_share_code,
    kept,
    measure,
    minute_of_day,
    nothing_or,
    of_one_size,
    reads,
    rules,
    schema,
    share_code,
    text,
    unit_of,
)
from warehouse.units import Unit


def passes(column: dy.Column, *values: object) -> list[bool]:
    """Whether each value is one that the column may hold."""
    table = type("Drawn", (Table,), {"column": column})
    rows = pl.DataFrame({"column": values}, {"column": column.dtype}, strict=False)
    return (
        kept(table, rows).select(pl.all_horizontal(pl.exclude("primary_key"))).to_series().to_list()
    )


@pytest.mark.parametrize("declare", [text, share_code, day, count])
def test_a_column_is_always_there_unless_it_is_said_and_a_key_always(declare) -> None:
    assert not declare("Meaning").nullable
    assert not declare("Meaning").primary_key
    assert declare("Meaning", nullable=True).nullable
    key = declare("Meaning", key=True, nullable=True)
    assert (key.primary_key, key.nullable) == (True, False)
    assert declare("Meaning").description == "Meaning"


@pytest.mark.parametrize("declare", [text, day])
def test_what_a_file_may_leave_out_may_be_absent_but_for_a_key(declare) -> None:
    assert declare("Meaning", optional=True).nullable
    assert is_optional(declare("Meaning", optional=True))
    assert not is_optional(declare("Meaning", nullable=True))
    assert not declare("Meaning", key=True, optional=True).nullable


def test_a_measure_has_a_unit_and_is_there_unless_it_is_said() -> None:
    plain = measure("Money", Unit.CNY, min=0)
    assert (plain.nullable, plain.primary_key, plain.description) == (False, False, "Money")
    assert (unit_of(plain), is_optional(plain)) == (Unit.CNY, False)
    assert measure("Money", Unit.CNY, nullable=True).nullable
    left_out = measure("Money", Unit.CNY, optional=True)
    assert (left_out.nullable, is_optional(left_out)) == (True, True)
    assert passes(plain, 0.0, -0.1, float("nan"), float("inf")) == [True, False, False, False]


def test_a_number_of_things_is_counted() -> None:
    assert unit_of(count("Things")) == Unit.COUNT
    assert passes(count("Things", min=1, max=2), 0, 1, 2, 3) == [False, True, True, False]


def test_minutes_of_a_day_go_from_midnight_to_midnight() -> None:
    column = minute_of_day("Minute")
    assert column.primary_key
    assert unit_of(column) == Unit.MINUTE_OF_DAY
    assert passes(column, -1, 0, 1440, 1441) == [False, True, True, False]


def test_a_choice_is_one_of_its_values_and_no_more() -> None:
    column = choice("Side", ["buy", "sell"])
    assert (column.primary_key, column.nullable) == (False, False)
    assert choice("Side", ["buy"], key=True).primary_key
    assert passes(column, "buy", "sell", "buyer", "xsell", "") == [True, True, False, False, False]


def test_a_share_has_six_digits_and_an_exchange() -> None:
    column = share_code("Share")
    assert passes(column, "600519.SH", "000001.SZ", "920002.BJ") == [True] * 3
    assert passes(column, "60051.SH", "6005190.SH", "00700.HK", "600519.SH\n") == [False] * 4
    assert is_share_code(column)
    assert not is_share_code(text("Code"))


def test_a_digit_of_a_pattern_is_one_of_ascii_and_a_pattern_stands_for_the_check() -> None:
    column = text("Month", pattern=r"^\d{2}$")
    assert passes(column, "06", "６6", "a6") == [True, False, False]
    assert column.check is None


def test_a_label_has_one_line_and_a_longer_text_several() -> None:
    assert passes(text("Name"), "one", "one\ntwo", "one\x07") == [True, False, False]
    assert passes(text("Words", lines=True), "one\ntwo", "one\x07") == [True, False]
    assert is_one_line(text("Name"))
    assert not is_one_line(text("Words", lines=True))
    assert not is_one_line(day("Day"))


class Sized(Table):
    """Money of
    some sort.
    """

    code = text("Code", key=True)
    net_buy_cny = measure("Net buy", Unit.CNY, nullable=True)
    eps_rmb = measure("Earnings", Unit.CNY, nullable=True)

    net_buy_cny_is_plausible = nothing_or("net_buy_cny", 1e4)
    net_buy_cny_is_of_the_size_of_eps_rmb = of_one_size("net_buy_cny", "eps_rmb", 100, 2.0)


def broken(column: str, *rows: tuple[float | None, float | None]) -> list[bool]:
    frame = pl.DataFrame(
        [(str(n), *row) for n, row in enumerate(rows)], schema(Sized), orient="row"
    )
    return (~kept(Sized, frame)[column]).to_list()


def test_a_figure_is_nothing_or_large_whatever_its_sign() -> None:
    figures = (0.0, 1e4, -1e4, 9_999.0, -9_999.0, None)
    told = broken("net_buy_cny_is_plausible", *((figure, None) for figure in figures))
    assert told == [False, False, False, True, True, False]


def test_two_figures_are_of_one_size_unless_one_is_next_to_nothing() -> None:
    told = broken(
        "net_buy_cny_is_of_the_size_of_eps_rmb",
        (200.0, 2.0), (201.0, 2.0), (2.0, 200.0), (2.0, 201.0), (-201.0, 2.0), (201.0, -2.0),
        (201.0, 1.9), (1.9, 201.0), (None, 2.0),
    )  # fmt: skip
    assert told == [False, True, False, True, True, True, False, False, False]


def test_a_rule_says_what_it_is_in_a_sentence() -> None:
    assert rules(Sized) == {
        "net_buy_cny_is_plausible": (
            "Net buy: nothing, or at least 10,000; between, somebody mixed up the units."
        ),
        "net_buy_cny_is_of_the_size_of_eps_rmb": (
            "Net buy and EPS RMB differ less than 100 times; else one of them slipped."
        ),
    }


def test_a_rule_reads_each_column_once() -> None:
    assert reads(Sized, "net_buy_cny_is_plausible") == ["net_buy_cny"]
    other = reads(Sized, "net_buy_cny_is_of_the_size_of_eps_rmb")
    assert sorted(other) == ["eps_rmb", "net_buy_cny"]


def test_the_columns_stand_in_the_order_in_which_they_are_declared() -> None:
    assert list(schema(Sized)) == ["code", "net_buy_cny", "eps_rmb"]
    assert empty(Sized).schema == schema(Sized)
    assert empty(Sized).is_empty()


@pytest.mark.parametrize(
    ("column", "first", "words"),
    [
        ("net_buy_hkd", True, "Net buy"),
        ("net_buy_usd", False, "net buy"),
        ("cny_per_unit", True, "Cny per unit"),
        ("forward_eps", False, "forward EPS"),
        ("rmb_deposits", True, "RMB deposits"),
    ],
)
def test_a_column_is_named_without_its_currency(column: str, words: str, *, first: bool) -> None:
    assert contract._in_words(column, first=first) == words
