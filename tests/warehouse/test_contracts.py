"""Contracts: what is plausible passes, a slipped unit does not, and every word is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from warehouse.catalog import catalogue, dataset
from warehouse.contract import unit_of
from warehouse.quality.contract_checks import Context, check, complaint, shaped
from warehouse.quality.corrections import corrections
from warehouse.storage.dictionary import described
from warehouse.units import YI, Unit

Drawn = Callable[[str], pl.DataFrame]
TODAY = date(2026, 1, 20)
MONEY = {
    Unit.CNY,
    Unit.HKD,
    Unit.USD,
    Unit.CNY_PER_SHARE,
    Unit.HKD_PER_SHARE,
    Unit.USD_PER_SHARE,
}
MONEY_COLUMNS = [
    (name, column)
    for name, d in catalogue().items()
    for column, declared in d.contract.columns().items()
    if unit_of(declared) in MONEY
]
TABLES = dict(described())
# The bars of a share keep the names that every charting tool knows; its comment has the unit.
PRICES = ("open", "high", "low", "close", "previous_close")
BARS = {
    (table, c)
    for table in (
        "core.stock_daily",
        "core.fund_daily",
        "core.hk_stock_daily",
        "core.us_stock_daily",
    )
    for c in PRICES
}
WEEKDAYS = pl.date_range(date(1990, 12, 19), date(2026, 12, 31), eager=True)
CONTEXT = Context(WEEKDAYS.filter(WEEKDAYS.dt.weekday() <= 5), TODAY)


@pytest.mark.parametrize("name", catalogue())
def test_drawn_rows_are_plausible(drawn: Drawn, name: str) -> None:
    rows = shaped(dataset(name), drawn(name), name)
    assert check(dataset(name), rows, CONTEXT).rejected.height == 0


@pytest.mark.parametrize(("name", "column"), MONEY_COLUMNS)
@pytest.mark.parametrize("slip", [YI, 1 / YI], ids=["up", "down"])
def test_a_slip_of_a_hundred_million_is_caught_in_every_single_row(
    drawn: Drawn, name: str, column: str, slip: float
) -> None:
    d = dataset(name)
    rows = drawn(name).filter(pl.col(column) > 0)
    for place in range(rows.height):
        here = pl.int_range(pl.len()) == place
        factor = pl.when(here).then(pl.lit(slip)).otherwise(1.0)
        broken = check(d, rows.with_columns(pl.col(column) * factor), CONTEXT).rejected
        assert column in broken["column_name"].to_list()
        message = complaint(d, broken, f"{name}.csv")
        assert message.startswith(f"{name}.csv: column ")
        assert f"column {column}: rule " in message


@pytest.mark.parametrize(
    ("exchange", "day", "amount"),
    [("SSE", date(1991, 4, 3), 83_206.0), ("SZSE", date(1999, 6, 25), 4.0e10)],
)
@pytest.mark.parametrize("slip", [YI, 1 / YI], ids=["up", "down"])
def test_a_slip_is_caught_in_the_young_market_too(
    exchange: str, day: date, amount: float, slip: float
) -> None:
    d = dataset("market_turnover")
    stated = pl.DataFrame({"exchange": exchange, "trade_date": day, "amount_cny": amount})
    rows = shaped(d, stated, "the young market")
    assert check(d, rows, CONTEXT).valid.height == 1
    assert check(d, rows.with_columns(pl.col("amount_cny") * slip), CONTEXT).valid.is_empty()


def test_margin_loans_of_the_first_days_are_plausible() -> None:
    first = pl.DataFrame(
        {
            "exchange": ["SSE"],
            "trade_date": [date(2010, 3, 31)],
            "financing_balance_cny": [5_824_813.0],
            "financing_purchases_cny": [5_866_316.0],
            "securities_lending_balance_cny": [0.0],
        }
    )
    assert check(dataset("margin_exchange"), first, CONTEXT).rejected.is_empty()


def test_hands_and_shares_are_not_mixed_up(drawn: Drawn) -> None:
    d = dataset("stock_daily")
    slipped = drawn("stock_daily").with_columns(pl.col("volume_shares") / 100)
    found = set(check(d, slipped, CONTEXT).rejected["rule"])
    assert found == {"amount_cny_is_plausible", "amount_cny_is_volume_times_price"}


def test_a_rejected_row_is_kept_as_text_with_its_rule(drawn: Drawn) -> None:
    bad = drawn("stock_daily").head(1).with_columns(close=-5.0)
    broken = check(dataset("stock_daily"), bad, CONTEXT).rejected
    assert broken.columns == ["rule", "column_name", "content", "lost"]
    assert broken["lost"].to_list() == ["row"] * broken.height
    assert '"trade_date":"2026-01-12"' in broken["content"][0]


def test_a_bound_is_told_with_its_unit(drawn: Drawn) -> None:
    d = dataset("margin_market")
    slipped = drawn("margin_market").with_columns(pl.col("financing_balance_cny") / YI)
    message = complaint(d, check(d, slipped, CONTEXT).rejected, "margin_market.csv")
    assert (
        "is below the smallest plausible value, 10,000,000,000 CNY) is broken by 2 rows" in message
    )


def test_a_row_off_the_calendar_says_which_day_the_calendar_ends(drawn: Drawn) -> None:
    context = Context(CONTEXT.calendar.filter(CONTEXT.calendar < date(2026, 1, 13)), TODAY)
    broken = check(dataset("margin_market"), drawn("margin_market"), context).rejected
    assert broken["rule"].to_list() == ["beyond_the_calendar"]


@pytest.mark.parametrize(("table", "columns"), TABLES.items(), ids=TABLES)
def test_every_column_has_a_meaning(table: str, columns: dict[str, object]) -> None:
    for name, column in columns.items():
        assert len(column.description or "") >= 4, f"{table}.{name} has no meaning"


@pytest.mark.parametrize(("table", "columns"), TABLES.items(), ids=TABLES)
def test_money_and_shares_carry_their_unit_in_the_name(
    table: str, columns: dict[str, object]
) -> None:
    for name, column in columns.items():
        unit = str(unit_of(column) or "")
        currency = unit.partition(" ")[0]
        if currency in {"CNY", "HKD", "USD"} and (table, name) not in BARS:
            money = currency.lower()
            assert name.endswith(f"_{money}") or name.startswith(f"{money}_per_")
        if unit == Unit.SHARES:
            assert name.endswith("_shares")


def test_suffixes_tell_the_unit() -> None:
    for table, columns in described():
        for name, column in columns.items():
            if suffix := re.search(r"_(cny|hkd|usd|shares)$", name):
                assert suffix[1] in str(unit_of(column)).lower(), f"{table}.{name}"


def test_corrections_name_rows_of_datasets_and_expire() -> None:
    for correction in corrections():
        assert set(correction.key) <= set(dataset(correction.dataset).contract.column_names())
        assert correction.reason
        assert correction.expires > TODAY


@pytest.mark.parametrize(
    ("day", "lent", "kept"),
    [
        (date(2010, 4, 12), 8_100.0, True),
        (date(2010, 4, 12), 81.0, False),
        (date(2011, 4, 12), 8_100.0, False),
        (date(2011, 4, 12), 81_000.0, True),
    ],
)
def test_in_the_first_year_small_sums_of_shares_lent_are_true(day, lent, kept) -> None:
    row = {
        "exchange": "SZSE",
        "trade_date": day,
        "financing_balance_cny": 2e9,
        "financing_purchases_cny": 1e7,
        "securities_lending_balance_cny": lent,
    }
    d = dataset("margin_exchange")
    verdict = check(d, shaped(d, pl.DataFrame([row]), "SZSE"), CONTEXT)
    assert verdict.valid["securities_lending_balance_cny"].to_list() == [lent if kept else None]


@pytest.mark.parametrize(("eps", "rejected"), [(0.0, 0), (1e-5, 0), (-1e-5, 0), (9e-6, 1)])
def test_an_analyst_expects_nothing_or_a_thousandth_of_a_fen_at_least(eps, rejected, drawn) -> None:
    nothing = pl.lit(None, pl.Float64)
    rows = (
        drawn("analyst_eps")
        .head(1)
        .with_columns(eps_cny=pl.lit(eps), eps_next_year_cny=nothing, eps_second_year_cny=nothing)
    )
    found = check(dataset("analyst_eps"), rows, CONTEXT).rejected
    assert found.filter(rule="eps_cny_is_plausible").height == rejected
