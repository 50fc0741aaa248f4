"""Loans by the industry that a share is in on the day, and days that are not whole."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.metrics.margin_industry import (
    FULL,
    margin_industries,
    margin_industry_effective,
    margin_industry_hhi,
    margin_industry_share,
    margin_industry_top3,
    margin_overleverage,
)

FIRST = date(2026, 1, 5)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2026, 1, 5, 12) + timedelta(days=number)


def loans(*rows: tuple[str, int, float | None], kind: str = "share") -> pl.DataFrame:
    """code, day, balance; each known at noon of its day."""
    return pl.DataFrame({
        "code": [row[0] for row in rows], "trade_date": [day(row[1]) for row in rows],
        "kind": kind, "financing_balance_cny": [row[2] for row in rows],
        "known_at": [noon(row[1]) for row in rows],
    }, schema_overrides={"financing_balance_cny": pl.Float64})  # fmt: skip


def security(*rows: tuple[str, str | None, int, int | None]) -> pl.DataFrame:
    """code, industry, first day, last day."""
    told = [
        (c, i, day(since), None if until is None else day(until)) for c, i, since, until in rows
    ]
    schema = {"code": pl.String, "industry": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
    return pl.DataFrame(told, schema, orient="row")


CHIPS, BANKS = ("a", "电子", -9, None), ("b", "银行", -9, None)


def found(rows: pl.DataFrame, *known: tuple) -> list[tuple]:
    table = margin_industries.compute(rows, security(*(known or (CHIPS, BANKS))))
    return [((when - FIRST).days, *rest) for when, *rest in
            table.select("observation_date", "entity", "balance", "share", "n").rows()]  # fmt: skip


def test_each_industry_has_its_loans_its_share_and_its_number():
    rows = loans(("b", 0, 10.0), ("a", 0, 20.0), ("c", 0, 70.0))
    table = margin_industries.compute(rows, security(CHIPS, BANKS, ("c", "电子", -9, None)))

    assert table.select("entity", "balance", "n", "coverage").rows() == [
        ("电子", 90.0, 2, 1.0), ("银行", 10.0, 1, 1.0),
    ]  # fmt: skip
    assert table["share"].to_list() == pytest.approx([0.9, 0.1])
    assert table["known_at"].to_list() == [noon(0)] * 2


def test_funds_and_balances_of_nothing_are_left_out():
    rows = pl.concat([
        loans(("a", 0, 20.0), ("b", 0, 0.0), ("b", 1, None), ("a", 1, 5.0)),
        loans(("b", 0, 900.0), kind="fund"),
    ])  # fmt: skip

    assert found(rows) == [(0, "电子", 20.0, 1.0, 1), (1, "电子", 5.0, 1.0, 1)]


def test_a_share_is_in_its_industry_from_its_first_day_to_its_last():
    moved = [("a", "电子", 0, 1), ("a", "银行", 2, None), BANKS]
    rows = loans(*[(code, n, 10.0) for n in range(-1, 4) for code in "ab"])

    # On the eve half of the loans are unclassified, and the day says nothing.
    assert [(n, name, count) for n, name, _, _, count in found(rows, *moved)] == [
        (0, "电子", 1), (0, "银行", 1), (1, "电子", 1), (1, "银行", 1), (2, "银行", 2), (3, "银行", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("unknown", "there"), [(10.0, True), (10.1, False)])
def test_a_day_of_which_nine_tenths_are_classified_counts(unknown, there):
    rows = loans(("a", 0, 90.0), ("z", 0, unknown))

    assert bool(found(rows)) is there
    assert found(rows, ("z", None, -9, None), CHIPS) == found(rows)
    assert found(rows, ("y", "电子", -9, None)) == [], "without any there is none"


def test_the_share_is_of_what_is_classified():
    table = margin_industries.compute(
        loans(("a", 0, 60.0), ("b", 0, 35.0), ("z", 0, 5.0)), security(CHIPS, BANKS)
    )

    assert table["share"].to_list() == pytest.approx([60 / 95, 35 / 95])
    assert table["coverage"].to_list() == pytest.approx([0.95, 0.95])


def many(*counts: int) -> pl.DataFrame:
    """So many shares of one industry on one day after the other."""
    return loans(
        *[(f"a{n}", number, 1.0) for number, count in enumerate(counts) for n in range(count)]
    )


@pytest.mark.parametrize(
    ("counts", "days"),
    [
        ((8, 6, 8), [0, 1, 2]),  # three quarters
        ((8, 5, 8), [0, 2]),
        ((8, *[5] * FULL), [0, FULL]),  # a full day is forgotten after twenty
        ((5, 8), [0, 1]),  # what comes later makes no day partial
    ],
)
def test_a_day_wants_three_quarters_of_the_shares_of_the_fullest_of_twenty(counts, days):
    known = [(f"a{n}", "电子", -9, None) for n in range(8)]

    assert [row[0] for row in found(many(*counts), *known)] == days


def test_concentration_is_over_industries():
    codes = dict(zip("abcd", ("电子", "银行", "汽车", "传媒"), strict=True))
    known = security(*[(code, name, -9, None) for code, name in codes.items()])
    table = margin_industries.compute(
        loans(("a", 0, 40.0), ("b", 0, 30.0), ("c", 0, 20.0), ("d", 0, 10.0)), known
    )

    assert margin_industry_hhi.compute(table)["value"].to_list() == [pytest.approx(0.30)]
    assert margin_industry_effective.compute(table)["value"].to_list() == [pytest.approx(1 / 0.3)]
    assert margin_industry_top3.compute(table)["value"].to_list() == [pytest.approx(0.9)]
    assert sorted(margin_industry_share.compute(table)["share"]) == pytest.approx(
        [0.1, 0.2, 0.3, 0.4]
    )


def sectors(*rows: tuple[str, int, float | None, int]) -> pl.DataFrame:
    """code, day, tradable value, day on which it was known."""
    return pl.DataFrame({
        "entity": [row[0] for row in rows], "observation_date": [day(row[1]) for row in rows],
        "float_value_cny": [row[2] for row in rows], "known_at": [noon(row[3]) for row in rows],
    }, schema_overrides={"float_value_cny": pl.Float64})  # fmt: skip


def test_a_sector_is_overleveraged_against_its_part_of_the_value_of_those_with_loans():
    table = margin_industries.compute(
        loans(("a", 0, 80.0), ("b", 0, 20.0), ("a", 1, 80.0), ("b", 1, 20.0)),
        security(CHIPS, BANKS),
    )
    caps = sectors(
        ("801080.SW", 0, 200.0, 0), ("801780.SW", 0, 600.0, 0), ("801880.SW", 0, 999.0, 7),
        ("801080.SW", 1, 200.0, 1), ("801780.SW", 1, None, 1),
    )  # fmt: skip
    lever = margin_overleverage.compute(table, caps)

    assert lever.select("observation_date", "entity").rows() == [
        (day(0), "801080.SW"), (day(0), "801780.SW"), (day(1), "801080.SW"),
    ]  # fmt: skip
    assert lever["value"].to_list() == pytest.approx([0.8 / 0.25, 0.2 / 0.75, 1.0])
    assert lever["known_at"].to_list() == [noon(7), noon(7), noon(1)]


def test_industries_of_another_classification_have_no_sector():
    table = margin_industries.compute(
        loans(("a", 0, 80.0), ("b", 0, 20.0)), security(CHIPS, ("b", "别的", -9, None))
    )
    lever = margin_overleverage.compute(table, sectors(("801080.SW", 0, 200.0, 0)))

    assert lever.select("entity", "value").rows() == [("801080.SW", 1.0)]
