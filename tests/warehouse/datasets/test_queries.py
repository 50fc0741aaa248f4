"""Questions to the warehouse itself: what follows from its rows, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest

from warehouse.datasets import (
    adjustment_factor,
    ipo_hk,
    limit_pool,
    margin_exchange,
    margin_security,
    market_turnover,
    policy_term_count,
    stock_daily,
)

WEEK = [date(2026, 1, day) for day in (5, 6, 7, 8, 9)]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = WEEK
ENDED = date(2025, 12, 31)


class Core:
    """A database in memory with the tables that a question reads, each of a few rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for schema in ("core", "raw"):
            connection.execute(f"CREATE SCHEMA {schema}")

    def has(self, name: str, columns: str, *rows: tuple[object, ...]) -> None:
        """A table of columns with their types."""
        self.connection.execute(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", list(row))

    def says(self, sql: str, *given: object) -> list[tuple[object, ...]]:
        return sorted(self.connection.execute(sql, list(given)).fetchall(), key=str)


@pytest.fixture
def core() -> Iterator[Core]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        yield Core(connection)


# Turnover of Beijing

BARS = "code VARCHAR, trade_date DATE, amount_cny DOUBLE"
SECURITY = "code VARCHAR, name VARCHAR, valid_to DATE"


def beijing(core: Core, listed: int, day: int, *, stated: bool = True) -> list[tuple[object, ...]]:
    """So many shares listed, each twice; bars of `day` of them on Tuesday, 8 on Monday."""
    bars = [(f"92000{n}.BJ", MONDAY, 10.0) for n in range(8)]
    bars += [(f"92000{n}.BJ", TUESDAY, 5.0 if n or stated else None) for n in range(day)]
    core.has("core.stock_daily", BARS, *bars, ("600000.SH", TUESDAY, 1e9))
    shares = [(f"92000{n}.BJ", "n", None) for n in range(listed)] * 2
    gone = [(f"9201{n:02}.BJ", "n", ENDED) for n in range(9)]
    core.has("core.security", SECURITY, *shares, *gone, ("600000.SH", "n", None))
    return core.says(market_turnover.BEIJING, [TUESDAY])


def test_the_turnover_of_beijing_is_the_sum_of_its_bars(core: Core) -> None:
    assert beijing(core, 10, 9) == [("BSE", TUESDAY, 45.0)]


@pytest.mark.parametrize(("listed", "day", "stated"), [(10, 8, True), (9, 7, True), (9, 9, False)])
def test_a_day_on_which_bars_of_beijing_or_their_values_are_missing_has_no_sum(
    core: Core, listed: int, day: int, *, stated: bool
) -> None:
    assert beijing(core, listed, day, stated=stated) == []


# Limits out of prices


def bars_of_limits(core: Core, *bars: tuple[object, ...]) -> list[tuple[object, ...]]:
    core.has(
        "core.stock_daily",
        "code VARCHAR, trade_date DATE, high DOUBLE, close DOUBLE, amount_cny DOUBLE, "
        "turnover_rate DOUBLE, previous_close DOUBLE",
        *((*bar[:2], 9.0, bar[2], 1.0, 0.1, bar[3]) for bar in bars),
    )  # fmt: skip
    core.has(
        "core.security", SECURITY, ("c", "*ST某", None), ("b", "ST某", ENDED), ("b", "某", None)
    )
    found = core.connection.execute(limit_pool.BARS, [[TUESDAY, WEDNESDAY]])
    columns = [about[0] for about in found.description or []]
    assert columns == [
        "code", "trade_date", "high", "close", "amount_cny", "turnover_rate", "previous_close",
    ]  # fmt: skip
    return sorted((row[0], row[1], row[6]) for row in found.fetchall())


def test_a_previous_close_that_was_not_published_is_the_close_of_the_day_before(core: Core) -> None:
    """Of the same share; of shares that bear a mark of warning no limit is known."""
    found = bars_of_limits(
        core, ("a", MONDAY, 5.0, None), ("a", TUESDAY, 6.0, None), ("b", MONDAY, 7.0, None),
        ("b", TUESDAY, 8.0, 7.5), ("c", MONDAY, 1.0, None), ("c", TUESDAY, 1.0, None),
    )  # fmt: skip
    assert found == [("a", TUESDAY, 5.0), ("b", TUESDAY, 7.5)]


def test_no_limits_follow_from_a_day_that_is_there_in_part(core: Core) -> None:
    """It is measured by the fullest day of the month around it."""
    shares = [f"s{n}" for n in range(10)]
    full = [(s, MONDAY, 5.0, 5.0) for s in shares]
    most = [(s, TUESDAY, 5.0, 5.0) for s in shares[:9]]
    part = [(s, WEDNESDAY, 5.0, 5.0) for s in shares[:8]]
    assert {day for _, day, _ in bars_of_limits(core, *full, *most, *part)} == {TUESDAY}


@pytest.mark.parametrize(("days", "counts"), [(-30, False), (-31, True), (31, False), (32, True)])
def test_a_day_of_another_month_is_no_measure(core: Core, days: int, *, counts: bool) -> None:
    elsewhere = TUESDAY + timedelta(days=days)
    many = [(f"s{n}", elsewhere, 5.0, 5.0) for n in range(3)]
    found = bars_of_limits(core, *many, ("s1", TUESDAY, 5.0, 5.0))
    assert [code for code, *_ in found] == (["s1"] if counts else [])


# Factors


def closed(core: Core, *previous: float, factor: tuple[object, ...] | None = None) -> None:
    """Closes of the same height on each day of a week, of `a` with these previous closes."""
    core.has("core.trade_calendar", "trade_date DATE", *((day,) for day in WEEK))
    core.has(
        "core.stock_daily", "code VARCHAR, trade_date DATE, close DOUBLE, previous_close DOUBLE",
        *(("a", day, 10.0, before) for day, before in zip(WEEK, previous, strict=True) if before),
        *((other, day, 20.0, 20.0) for other in "bc" for day in WEEK),
    )  # fmt: skip
    core.has("core.adjustment_factor", "code VARCHAR, ex_date DATE", *([factor] if factor else []))


@pytest.mark.parametrize(
    ("previous", "asked"),
    [((10, 10, 10, 10, 10), []), ((10, 10, 9, 9, 10), ["a"]), ((9, 10, 10, 10, 10), []),
     ((10, 10, 10.004, 10, 10), []), ((10, 10, 10.005, 10, 10), ["a"]),
     ((10, 10, 0, 9, 10), ["a"])],
)  # fmt: skip
def test_a_share_whose_chain_of_closes_is_broken_is_asked_for(
    core: Core, previous: tuple[float, ...], asked: list[str]
) -> None:
    """Once; also where it did not trade between."""
    closed(core, *previous)
    assert [code for (code,) in core.says(adjustment_factor.BROKEN)] == asked


@pytest.mark.parametrize(
    ("share", "since", "known"),
    [
        ("a", WEDNESDAY, True),
        ("a", TUESDAY, False),
        ("a", THURSDAY, False),
        ("b", WEDNESDAY, False),
    ],
)
def test_a_share_with_a_factor_of_that_day_is_not_asked_for(
    core: Core, share: str, since: date, *, known: bool
) -> None:
    closed(core, 10, 10, 9, 10, 10, factor=(share, since))
    assert core.says(adjustment_factor.BROKEN) == ([] if known else [("a",)])


def test_where_the_warehouse_lacks_a_day_the_chain_proves_nothing(core: Core) -> None:
    core.has("core.trade_calendar", "trade_date DATE", *((day,) for day in WEEK))
    core.has(
        "core.stock_daily", "code VARCHAR, trade_date DATE, close DOUBLE, previous_close DOUBLE",
        *(("a", day, 10.0, 9.0) for day in (MONDAY, WEDNESDAY)),
        *((f"s{n}", day, 10.0, 10.0) for n in range(3) for day in (MONDAY, WEDNESDAY)),
        ("s0", TUESDAY, 10.0, 10.0), ("s1", TUESDAY, 10.0, 10.0),
    )  # fmt: skip
    core.has("core.adjustment_factor", "code VARCHAR, ex_date DATE")
    assert core.says(adjustment_factor.BROKEN) == []


def test_a_chain_that_broke_more_than_three_weeks_ago_is_not_asked_for() -> None:
    for days, asked in ((20, [("a",)]), (21, [])):
        with duckdb.connect() as fresh:
            here, broken = Core(fresh), FRIDAY - timedelta(days=days)
            before = broken - timedelta(days=1)
            here.has("core.trade_calendar", "trade_date DATE", (before,), (broken,), (FRIDAY,))
            here.has(
                "core.stock_daily",
                "code VARCHAR, trade_date DATE, close DOUBLE, previous_close DOUBLE",
                ("a", before, 10.0, 10.0), ("a", broken, 10.0, 9.0), ("a", FRIDAY, 10.0, 10.0),
            )  # fmt: skip
            here.has("core.adjustment_factor", "code VARCHAR, ex_date DATE")
            assert here.says(adjustment_factor.BROKEN) == asked


def test_shares_without_previous_closes_are_asked_for_since_their_last_answer(core: Core) -> None:
    core.has(
        "core.stock_daily", "code VARCHAR, trade_date DATE, previous_close DOUBLE",
        ("600001.SH", MONDAY, None), ("600001.SH", TUESDAY, None), ("600002.SH", TUESDAY, None),
        ("600003.SH", TUESDAY, None), ("000004.SZ", TUESDAY, None), ("600005.SH", TUESDAY, 1.0),
        ("600006.SH", MONDAY, None),
    )  # fmt: skip
    answers = [
        ("adjustment_factor", '{"symbol": "sh600001"}', datetime(2026, 1, 5, 20)),
        ("adjustment_factor", '{"symbol": "sh600002"}', datetime(2026, 1, 5, 20)),
        ("adjustment_factor", '{"symbol": "sh600002"}', datetime(2026, 1, 6, 1)),
        ("stock_daily", '{"symbol": "sh600003"}', datetime(2026, 1, 9)),
        ("adjustment_factor", '{"symbol": "sh600006"}', datetime(2026, 1, 6)),
    ]
    core.has("raw.answer", "dataset VARCHAR, arguments VARCHAR, fetched_at TIMESTAMP", *answers)
    found = [code for (code,) in core.says(adjustment_factor.UNCHAINED)]
    assert found == ["000004.SZ", "600001.SH", "600003.SH"]


# Listings in Hong Kong


@pytest.fixture
def listings(core: Core) -> Core:
    """A first list of two, and shares that came later, one of them long before the newest."""
    newest = date(2026, 6, 30)
    seen = [("old", MONDAY), ("older", MONDAY), ("early", newest - timedelta(days=60)),
            ("new", newest - timedelta(days=59)), ("priced", newest), ("newest",
            newest)]  # fmt: skip
    core.has("core.hk_security", "code VARCHAR, first_seen DATE", *seen)
    three = newest.replace(year=2023)
    core.has(
        "core.ipo_hk",
        "code VARCHAR, listing_date DATE, offer_price_hkd DOUBLE, first_day_close_hkd DOUBLE",
        ("priced", newest, 4.0, 5.0), ("newest", newest, 4.0, None), ("old", three, 4.0, None),
        ("older", three + timedelta(days=1), 4.0, None), ("early", newest, None, None),
    )  # fmt: skip
    return core


def test_new_listings_without_a_first_close_are_asked_for_for_two_months(listings: Core) -> None:
    assert listings.says(ipo_hk.NEW) == [("new",), ("newest",)]


def test_a_back_fill_asks_who_every_share_is(listings: Core) -> None:
    assert listings.says(ipo_hk.UNKNOWN) == [("new",)]


def test_a_back_fill_asks_for_the_first_closes_of_three_years(listings: Core) -> None:
    assert listings.says(ipo_hk.LATELY_LISTED) == [("newest",), ("older",)]


# Totals


def test_what_beijing_owes_is_the_market_less_the_two_other_exchanges(core: Core) -> None:
    """Where both of them are there."""
    core.has(
        "core.margin_market", "trade_date DATE, financing_balance_cny DOUBLE",
        (MONDAY, 10.0), (TUESDAY, 10.0),
    )  # fmt: skip
    core.has(
        "core.margin_exchange",
        "exchange VARCHAR, trade_date DATE, financing_balance_cny DOUBLE",
        ("SSE", MONDAY, 5.0), ("SZSE", MONDAY, 4.0), ("BSE", MONDAY, 2.0), ("SSE", TUESDAY, 5.0),
        ("BSE", TUESDAY, 2.0),
    )  # fmt: skip
    assert core.says(margin_exchange.REST_OF_THE_MARKET) == [(MONDAY, 1.0)]


def test_details_add_up_to_the_summary_of_their_exchange(core: Core) -> None:
    core.has(
        "core.margin_exchange",
        "exchange VARCHAR, trade_date DATE, financing_balance_cny DOUBLE, "
        "financing_purchases_cny DOUBLE",
        ("SSE", MONDAY, 5.0, 2.0), ("SZSE", MONDAY, 4.0, 1.0),
    )  # fmt: skip
    balance, purchases = margin_security.summary("SSE").totals
    assert (core.says(balance.known), core.says(purchases.known)) == (
        [(MONDAY, 5.0)],
        [(MONDAY, 2.0)],
    )


def test_shares_that_are_listed_now_are_counted_once(core: Core) -> None:
    core.has("core.security", SECURITY, ("a", "n", None), ("a", "n", None), ("b", "n", ENDED), ("c",
        "n", None))  # fmt: skip
    core.has("core.delisting", "code VARCHAR", ("c",))
    assert core.says(stock_daily.PAGE.listed or "") == [(1,)]
    assert core.says(stock_daily.ALL_LISTED) == [("a",), ("b",), ("c",)]


# Terms in the news


def test_news_come_with_the_terms_that_are_looked_for_by_then_the_longest_first(core: Core) -> None:
    core.has("core.policy_term", "term VARCHAR, valid_from DATE", ("低空", MONDAY), ("低空经济", TUESDAY),
        ("算力", WEDNESDAY))  # fmt: skip
    core.has(
        "core.policy_news", "broadcast_date DATE, position BIGINT, title VARCHAR, text VARCHAR",
        (MONDAY, 1, "a", "x"), (TUESDAY, 1, "b", "y"), (WEDNESDAY, 1, "c", "z"),
    )  # fmt: skip
    found = core.says(policy_term_count.TEXTS, [MONDAY, TUESDAY])
    assert found == [(MONDAY, 1, "a", "x", ["低空"]), (TUESDAY, 1, "b", "y", ["低空经济", "低空"])]
