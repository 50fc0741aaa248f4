"""Since when a row is known, and what becomes of an earlier one: the rules one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.warehouse.storage.moments import MONDAY, Drawn, load, one_row, utc
from warehouse.catalog import cutoff, dataset
from warehouse.errors import ContractViolated
from warehouse.storage.audit import audit
from warehouse.storage.store import Warehouse


def known(warehouse: Warehouse, name: str) -> list[datetime]:
    return warehouse.query(f"SELECT known_at FROM core.{name} ORDER BY ALL")["known_at"].to_list()


@pytest.mark.parametrize(
    ("name", "column", "due"),
    [
        ("margin_market", "trade_date", utc(date(2026, 1, 19), 9)),  # Friday's figure, on Monday
        ("margin_exchange", "trade_date", utc(date(2026, 1, 19), 9)),
        ("stock_daily", "trade_date", utc(date(2026, 1, 16), 16)),
        ("index_daily", "trade_date", utc(date(2026, 1, 16), 16)),
        ("market_turnover", "trade_date", utc(date(2026, 1, 16), 16, 30)),
        ("index_valuation", "trade_date", utc(date(2026, 1, 16), 17, 30)),
        ("ipo_hk", "listing_date", utc(date(2026, 1, 16), 17)),
        ("unicorn_count", "published_on", utc(date(2026, 1, 16), 12)),
    ],
)
def test_a_back_filled_row_is_known_from_its_publication(
    books: Warehouse, drawn: Drawn, name: str, column: str, due: datetime
) -> None:
    load(
        books, name, one_row(name, drawn, **{column: date(2026, 1, 16)}), utc(date(2026, 1, 22), 11)
    )
    assert known(books, name) == [due]


def test_a_row_collected_live_is_known_from_its_fetch(books: Warehouse, drawn: Drawn) -> None:
    fetched = utc(MONDAY, 16, 45)
    load(books, "stock_daily", one_row("stock_daily", drawn, trade_date=MONDAY), fetched)
    assert known(books, "stock_daily") == [fetched]


def test_a_row_that_came_before_its_hour_is_known_from_its_fetch(
    books: Warehouse, drawn: Drawn
) -> None:
    fetched = utc(MONDAY, 22)
    load(books, "margin_market", one_row("margin_market", drawn, trade_date=MONDAY), fetched)
    assert known(books, "margin_market") == [fetched]


def test_the_issue_of_the_day_does_not_know_that_days_margin(
    books: Warehouse, drawn: Drawn
) -> None:
    load(books, "margin_market", one_row("margin_market", drawn), utc(date(2026, 1, 22), 11))
    assert books.read("margin_market", cutoff(MONDAY)).is_empty()
    assert books.read("margin_market", cutoff(date(2026, 1, 13))).height == 1


@pytest.mark.parametrize("name", ["security", "theme_membership", "trade_calendar"])
def test_reference_data_are_always_known(books: Warehouse, drawn: Drawn, name: str) -> None:
    load(books, name, one_row(name, drawn), utc(date(2026, 1, 22), 11))
    assert books.read(name, utc(date(1991, 1, 2), 9)).height == 1


def test_a_changed_value_keeps_its_old_version(books: Warehouse, drawn: Drawn) -> None:
    early, late = utc(date(2026, 1, 20), 10), utc(date(2026, 1, 21), 10)
    assert load(books, "index_daily", one_row("index_daily", drawn, close=4165.0), early) == (1, 0)
    assert load(books, "index_daily", one_row("index_daily", drawn, close=4166.5), late) == (0, 1)
    assert books.read("index_daily", late - timedelta(seconds=1))["close"].to_list() == [4165.0]
    assert books.read("index_daily", late)["close"].to_list() == [4166.5]
    past = books.query("SELECT superseded_at FROM core.index_daily_superseded")
    assert past["superseded_at"].to_list() == [late]


def test_who_looked_at_a_moment_did_not_see_what_was_loaded_after_it(
    books: Warehouse, drawn: Drawn
) -> None:
    """A day that was missed and is known by rule, and a revision, between the look and the end."""
    looked, end = utc(MONDAY, 20), cutoff(MONDAY)
    load(
        books,
        "index_daily",
        one_row("index_daily", drawn, trade_date=MONDAY, close=4165.0),
        utc(MONDAY, 17),
    )
    load(
        books,
        "index_daily",
        one_row("index_daily", drawn, trade_date=MONDAY, close=4166.5),
        utc(MONDAY, 21),
    )
    missed = one_row("index_daily", drawn, trade_date=date(2026, 1, 9), close=4120.0)
    load(books, "index_daily", missed, utc(date(2026, 1, 20), 10))
    assert sorted(books.read("index_daily", end)["close"]) == [4120.0, 4166.5]
    assert books.read("index_daily", end, looked)["close"].to_list() == [4165.0]
    assert sorted(books.read("index_daily", end, utc(MONDAY, 21))["close"]) == [4166.5]
    assert books.read("index_daily", utc(MONDAY, 18), utc(MONDAY, 22))["close"].to_list() == [
        4165.0
    ]


def test_a_null_never_replaces_a_value_and_a_value_fills_a_null(
    books: Warehouse, drawn: Drawn
) -> None:
    rich, poor = (
        one_row("index_daily", drawn),
        one_row("index_daily", drawn, amount_cny=None, open=None),
    )
    load(books, "index_daily", poor, utc(date(2026, 1, 19), 10))
    assert load(books, "index_daily", rich, utc(date(2026, 1, 20), 10)) == (0, 1)
    assert load(books, "index_daily", poor, utc(date(2026, 1, 21), 10)) == (0, 0)
    now = books.read("index_daily", utc(date(2026, 1, 22), 10))
    assert now.select("open", "amount_cny").row(0) == (4100.0, 1.58e12)


@pytest.mark.parametrize(
    ("told", "opening", "amount"),
    [
        ({"close": 4160.0}, 4100.0, 1.58e12),  # may be of one day with the old opening
        ({"high": 4300.0, "low": 4150.0, "close": 4200.0}, None, None),  # cannot be
    ],
)
def test_a_doubted_field_is_not_filled_with_one_that_cannot_stand_beside_the_new_figures(
    books: Warehouse, drawn: Drawn, told: dict[str, float], opening: float, amount: float
) -> None:
    """Nor is any other of that row: it is one that was answered."""
    others = one_row("index_daily", drawn, trade_date=date(2026, 1, 13))
    load(books, "index_daily", pl.concat([one_row("index_daily", drawn), others]), utc(MONDAY, 17))
    late = utc(date(2026, 1, 15), 10)
    doubted = one_row("index_daily", drawn, open=None, amount_cny=None, **told)
    untouched = others.with_columns(pl.lit(None, pl.Float64).alias("open"))
    assert load(books, "index_daily", pl.concat([doubted, untouched]), late) == (0, 1)
    assert load(books, "index_daily", doubted, late + timedelta(days=1)) == (0, 0)
    now = books.read("index_daily", late).sort("trade_date")
    assert now["open"].to_list() == [opening, others["open"][0]]
    assert now["amount_cny"].to_list() == [amount, others["amount_cny"][0]]
    assert now["close"][0] == told["close"]
    assert now["known_at"][0] == late
    dataset("index_daily").contract.validate(now.drop("known_at", "source"))
    assert audit(books) == []


def test_the_first_sight_of_a_share_is_never_moved(books: Warehouse, drawn: Drawn) -> None:
    load(books, "hk_security", one_row("hk_security", drawn), utc(MONDAY, 18))
    later = one_row("hk_security", drawn, first_seen=date(2026, 1, 13), name="other")
    assert load(books, "hk_security", later, utc(date(2026, 1, 13), 18)) == (0, 0)
    there = books.query("SELECT name, first_seen FROM core.hk_security")
    assert there.row(0) == ("MINIMAX", MONDAY)


def test_a_key_twice_never_enters(books: Warehouse, drawn: Drawn) -> None:
    one = one_row("index_daily", drawn)
    with pytest.raises(
        ContractViolated, match=r"index_daily: a key \(code, trade_date\) occurs twice"
    ):
        load(books, "index_daily", pl.concat([one, one]), utc(MONDAY, 18))
    assert known(books, "index_daily") == []


def test_nothing_to_load_is_a_load_of_nothing(books: Warehouse, drawn: Drawn) -> None:
    assert load(books, "index_daily", drawn("index_daily").clear(), utc(MONDAY, 18)) == (0, 0)
    assert audit(books) == []
