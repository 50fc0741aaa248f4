"""Sessions abroad that did not take place, as the bars and the collection log tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from warehouse.catalog import dataset
from warehouse.datasets.hk_stock_daily import CHINA_SEVEN
from warehouse.records.collection_log import add_answered
from warehouse.records.coverage import lacking_shares, unplanned_closes
from warehouse.storage.store import Loading, Warehouse

TYPHOON, NEXT = date(2025, 10, 29), date(2025, 10, 30)
NAMES = ("00700.HK", "09988.HK", "01810.HK", "09618.HK")
FETCHED = datetime(2025, 10, 31, 10)
BARS = dataset("hk_stock_daily")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path / "writer.duckdb", simulated=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are followed, also where tests of flows have cut the list short before."""
    for name in NAMES:
        monkeypatch.setitem(CHINA_SEVEN, name, date(2020, 1, 2))


def traded(warehouse: Warehouse, row: pl.DataFrame, bars: dict[str, date]) -> None:
    """One bar of each name, on its day."""
    rows = pl.concat(
        [row.with_columns(code=pl.lit(name), trade_date=day) for name, day in bars.items()]
    )
    loading = Loading("bars", "drawn", "bars", FETCHED, rows.height, 0)
    warehouse.load(BARS, rows, loading, packaged_calendar())


def answered_without(warehouse: Warehouse, *names: str) -> None:
    """A source was asked for the day and had no bar of these names."""
    (chain,) = BARS.chains
    days = [(TYPHOON, name) for name in names]
    add_answered(warehouse, BARS, chain, "Sina", days, answered_at=FETCHED, absent=True)


def closed(warehouse: Warehouse, by: datetime = FETCHED) -> list[date]:
    return unplanned_closes(warehouse, "XHKG", pl.Series([TYPHOON]), by).to_list()


@pytest.fixture
def bar(drawn: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    return drawn("hk_stock_daily").head(1)


def test_a_day_without_a_bar_of_anybody_who_traded_later_was_closed(warehouse, bar) -> None:
    traded(warehouse, bar, dict.fromkeys(NAMES, NEXT))
    answered_without(warehouse, *NAMES[:2])
    assert closed(warehouse) == [], "two names may be suspended"
    answered_without(warehouse, NAMES[2])
    assert closed(warehouse) == [TYPHOON]
    assert closed(warehouse, by=datetime(2025, 10, 30)) == [], "nobody knew that yet"


def test_a_bar_of_anybody_on_the_day_shows_that_it_was_open(warehouse, bar) -> None:
    traded(warehouse, bar, dict.fromkeys(NAMES, NEXT))
    answered_without(warehouse, *NAMES)
    traded(warehouse, bar, {NAMES[3]: TYPHOON})
    assert closed(warehouse) == []


def test_names_that_have_not_traded_since_do_not_count(warehouse, bar) -> None:
    """Each name needs a later bar of its own: theirs may only be late."""
    traded(warehouse, bar, {NAMES[0]: NEXT, NAMES[1]: NEXT, NAMES[2]: date(2025, 10, 28)})
    answered_without(warehouse, *NAMES[:3])
    assert closed(warehouse) == []


def test_a_share_is_asked_of_a_host_only_for_the_days_that_it_lacks(warehouse, drawn) -> None:
    """A share that has a bar of each day wanted is complete; one that lacks a single day is not."""
    shares, bar = dataset("stock_daily"), drawn("stock_daily").head(1)
    days = (date(2026, 1, 12), date(2026, 1, 13))
    bars = [("600000.SH", days[0]), ("600000.SH", days[1]), ("600001.SH", days[0])]
    rows = [bar.with_columns(code=pl.lit(code), trade_date=day) for code, day in bars]
    loading = Loading("bars", "drawn", "bars", FETCHED, len(rows), 0)
    warehouse.load(shares, pl.concat(rows), loading, packaged_calendar())
    listed = "SELECT unnest(['600002.SH', '600001.SH', '600000.SH']) AS code"

    assert lacking_shares(warehouse, shares, listed, days) == ("600001.SH", "600002.SH")
    assert lacking_shares(warehouse, shares, listed, days[:1]) == ("600002.SH",)
