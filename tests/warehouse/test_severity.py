"""What a broken rule costs, for each column and rule of each dataset."""

from __future__ import annotations

import polars as pl
import pytest

from warehouse import severity
from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.contract import rules
from warehouse.severity import Severity, doubted, of_column, of_rule
from warehouse.storage.dictionary import column_rows, markdown

DATASETS = list(catalogue().values())


@pytest.mark.parametrize(
    ("name", "column", "cost"),
    [
        ("stock_daily", "trade_date", "answer"),  # identifies and dates
        ("stock_daily", "close", "row"),  # always there
        ("stock_daily", "amount_cny", "null"),
        ("ipo_a", "listing_date", "answer"),  # dates the row, though no key
        ("ipo_a", "subscription_date", "null"),  # a date that dates nothing
        ("earnings_report", "notice_date", "null"),  # without it, it is known from the fetch
        ("earnings_report", "name", "null"),
        ("hk_megacap_earnings", "published_by", "row"),  # always there
    ],
)
def test_a_column_costs_what_depends_on_it(name: str, column: str, cost: str) -> None:
    assert of_column(dataset(name), column) == cost


@pytest.mark.parametrize(
    ("name", "rule", "doubts", "cost"),
    [
        # one column, or one beside a key that says which bound holds
        ("stock_connect", "bought_hkd_is_plausible", {"bought_hkd"}, "null"),
        ("fx_rate", "cny_per_unit_is_plausible", {"cny_per_unit"}, "row"),
        # several that can all be missed
        ("ipo_review", "funds_sought_cny_are_a_price_per_share",
         {"funds_sought_cny", "issue_shares"}, "null"),
        # one of them cannot
        ("margin_market", "financing_purchases_cny_are_less_than_the_balance",
         {"financing_purchases_cny", "securities_lending_balance_cny", "financing_balance_cny"},
         "row"),
        # a rule about the key, or that bears the name of one of its columns
        ("cpi", "primary_key", {"month"}, "answer"),
        ("trade_calendar", "trade_date_is_a_weekday", {"trade_date"}, "answer"),
        ("ipo_pipeline", "updated_on_is_not_before_the_acceptance",
         {"updated_on", "accepted_on"}, "answer"),
        ("stock_daily", "amount_cny|min", {"amount_cny"}, "null"),
    ],
)  # fmt: skip
def test_a_rule_costs_the_most_of_what_it_doubts(
    name: str, rule: str, doubts: set[str], cost: str
) -> None:
    d = dataset(name)
    assert (set(doubted(d, rule)), of_rule(d, rule)) == (doubts, cost)


@pytest.mark.parametrize("d", DATASETS, ids=lambda d: d.name)
def test_every_rule_doubts_some_column(d: Dataset) -> None:
    for rule in rules(d.contract):
        assert set(doubted(d, rule)) <= set(d.contract.column_names())
        assert doubted(d, rule)


@pytest.mark.parametrize("d", DATASETS, ids=lambda d: d.name)
def test_what_identifies_or_dates_a_row_is_never_nulled(d: Dataset) -> None:
    precious = {*d.key, d.trading_day, d.publication.column} - {None}
    assert {of_column(d, c) for c in precious} == {Severity.ANSWER}
    kept = {c for c, column in d.contract.columns().items() if not column.nullable}
    assert Severity.FIELD not in {of_column(d, c) for c in kept}


def test_the_dictionary_says_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told = pl.DataFrame(column_rows(), infer_schema_length=None).drop_nulls("if_broken")
    assert told.height == sum(len(d.contract.column_names()) for d in DATASETS)
    for table, column, cost in told.select("table_name", "column_name", "if_broken").iter_rows():
        assert of_column(dataset(table.removeprefix("core.")), column) == cost
    line = "| amount_cny | DOUBLE | CNY | null | Value traded |"
    assert line in markdown().partition("## core.stock_daily")[2].partition("## core.")[0]
    monkeypatch.setattr(severity, "of_column", lambda *_: Severity.ROW)
    assert "prices_are_ordered` (row)" in markdown()
