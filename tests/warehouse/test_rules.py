"""Every rule of every contract is broken by some change of the drawn rows; by how many is known,
and what it costs.

`make rules` writes tests/warehouse/rules.csv anew, where a rule was changed on purpose.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import rows_of
from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.contract import kept, rules
from warehouse.quality.contract_checks import Context, _split_by_calendar, shaped
from warehouse.severity import of_column, of_rule

RULES = Path(__file__).with_name("rules.csv")
WEEKDAYS = pl.date_range(date(1990, 12, 19), date(2026, 12, 31), eager=True)
CONTEXT = Context(WEEKDAYS.filter(WEEKDAYS.dt.weekday() <= 5), date(2026, 1, 20))
FACTORS = (1e-6, 0.9, 1.1, 1e6, -1.0, 0.0)
DAYS = ("-4000d", "1d", "40d", "4000d")

# Rules about columns that the drawn rows lack; tests/flows/ingestion has rows of them.
UNSAID = [
    "analyst_eps.eps_next_year_cny_is_of_the_size_of_eps_cny",
    "analyst_eps.eps_second_year_cny_is_of_the_size_of_eps_next_year_cny",
    "consensus_eps.eps_cny_is_plausible",
    "delisting.delisting_date_is_after_the_listing",
    "earnings_flash.net_profit_yoy_is_what_the_two_profits_say",
    "earnings_flash.revenue_cny_is_plausible",
    "earnings_flash.revenue_year_ago_cny_is_plausible",
    "earnings_guidance.net_profit_cny_is_plausible",
    "earnings_guidance.net_profit_year_ago_cny_is_plausible",
    "earnings_report.revenue_cny_is_plausible",
    "hk_megacap_earnings.net_profit_reported_over_eps_basic_reported_is_a_number_of_shares",
    "ipo_a.subscription_date_is_before_the_listing",
    "margin_security.financing_repayments_cny_is_plausible",
    "margin_security.securities_lending_balance_cny_is_plausible",
    "market_fund_flow.small_net_cny_is_plausible",
    "market_fund_flow.super_large_net_cny_is_plausible",
    "sector_daily.high_is_of_the_size_of_low",
    "sector_daily.low_to_high_holds_open_and_close",
    "stock_connect.accumulated_net_buy_cny_is_plausible",
    "stock_connect.accumulated_net_buy_hkd_is_plausible",
    "stock_connect.bought_cny_is_plausible",
    "stock_connect.bought_hkd_is_plausible",
    "stock_connect.sold_cny_is_plausible",
    "stock_connect.sold_hkd_is_plausible",
    "suspension.suspended_from_is_a_weekday",
]


def changes(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows with one column changed: scaled, moved in time, of another name, or missing."""
    for name, kind in rows.schema.items():
        column = pl.col(name)
        if kind.is_numeric():
            for factor in FACTORS:
                yield rows.with_columns((column * factor).cast(kind))
        elif kind == pl.Date:
            for step in DAYS:
                yield rows.with_columns(column.dt.offset_by(step))
        else:
            yield rows.with_columns(pl.lit("0", kind).alias(name) if kind == pl.String else column)
        yield rows.with_columns(pl.lit(None, kind).alias(name))


def account(name: str) -> Counter[str]:
    """The bounds of a contract, what its rules cost, and how many changes break each of them."""
    d, rows = dataset(name), shaped(dataset(name), rows_of(name), name)
    found = Counter([f"key: {' '.join(d.key)}"])
    found.update(f"{column} costs the {of_column(d, column)}" for column in d.values)
    found.update(f"{rule} costs the {of_rule(d, rule)}" for rule in rules(d.contract))
    for column, declared in d.contract.columns().items():
        bounds = [getattr(declared, bound, None) for bound in ("min", "max")]
        if bounds != [None, None]:
            found[f"{column}: {bounds[0]} to {bounds[1]}"] = 1
    for changed in changes(rows):
        found.update(set(broken(d, changed)))
    return found


def broken(d: Dataset, rows: pl.DataFrame) -> Iterator[str]:
    """The rules that rows break, also where the loss of a field mends the others."""
    in_time, off_calendar = _split_by_calendar(d, rows, CONTEXT)
    yield from off_calendar["rule"]
    for rule in kept(d.contract, in_time):
        if not rule.all():
            yield rule.name.rpartition("|")[2].removeprefix("check__")


@pytest.mark.parametrize("name", catalogue())
def test_a_rule_that_was_compiled_says_what_dataframely_says(name: str) -> None:
    """Of all changed rows together, most of which stand there several times."""
    contract = dataset(name).contract
    rows = pl.concat(changes(shaped(dataset(name), rows_of(name), name)))
    valid, failure = contract.filter(rows)
    each = kept(contract, rows)
    sound = each.select(pl.all_horizontal(pl.all())).to_series()
    assert rows.filter(sound).equals(pl.DataFrame(valid))
    broken_ones = each.filter(~sound)
    told = failure.details().select(pl.col(each.columns) != "invalid")
    assert broken_ones.equals(told)
    assert broken_ones.height > 0


@pytest.mark.parametrize("name", catalogue())
def test_each_rule_is_broken_by_as_many_changes_as_when_it_was_read_last(name: str) -> None:
    found = account(name)
    if os.environ.get("WRITE_RULES"):
        lines = RULES.read_text().splitlines() if RULES.exists() else []
        told = [line for line in lines if not line.startswith(f"{name},")]
        told += [f"{name},{rule},{count}" for rule, count in found.items()]
        RULES.write_text("\n".join(sorted(told)) + "\n")

    assert found == {rule: int(count) for of, rule, count in written() if of == name}


def written() -> list[list[str]]:
    return [line.split(",") for line in RULES.read_text().splitlines()]


def test_every_rule_is_broken_by_some_change() -> None:
    """Save those about columns that the drawn rows lack."""
    declared = {
        (name, rule)
        for name, d in catalogue().items()
        for rule in vars(d.contract)
        if type(vars(d.contract)[rule]).__name__ == "RuleFactory"
    }
    assert len(declared) > 100
    told = {(name, rule) for name, rule, _ in written()}
    assert sorted(f"{name}.{rule}" for name, rule in declared - told) == sorted(UNSAID)
