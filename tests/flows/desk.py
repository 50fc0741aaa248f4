"""A small simulated market, and desks that collect it
through akshare at moments of their choice.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path

import polars as pl
import pytest

os.environ.setdefault("TQDM_DISABLE", "1")  # read when akshare is imported

from flows.collect import CollectionIncomplete, gather
from flows.ingestion.results import Outcome
from flows.sandbox import Exchange, Fault, Market, MarketParameters, build_market
from flows.sandbox.archive import archive
from flows.settings import Settings
from flows.workspace import Workspace
from tests.homes import MadeOnce
from warehouse.catalog import dataset
from warehouse.datasets import hk_stock_daily, index_valuation, stock_minute, us_stock_daily
from warehouse.readers import followed
from warehouse.shanghai import SHANGHAI
from warehouse.storage.connection import checkpoint
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Warehouse

# On the Tuesday a share of the market is listed; on the Saturday before some change their capital.
FRIDAY, MONDAY, TUESDAY = date(2025, 11, 21), date(2025, 11, 24), date(2025, 11, 25)
SMALL = MarketParameters(
    stocks=30,
    first_day=date(2025, 9, 1),
    last_day=date(2025, 11, 28),
    index_first_day=FRIDAY.replace(month=6),
)
EVENING = (2025, 11, 25, 19)
# The figures of a trading day that the briefing cannot do without, and the list that dates shares.
MEASURED = (
    "security",
    "index_daily",
    "index_valuation",
    "stock_daily",
    "market_turnover",
    "margin_exchange",
    "margin_market",
)
# How far a source's rounding may be from the market: 0.01 亿 is a million.
ROUNDING = {
    "index_close": 0.006,
    "open": 0.006, "high": 0.006, "low": 0.006, "close": 0.006, "pe_ttm": 0.006,
    "amount_cny": 1.1e6, "volume_shares": 1.1e4, "turnover_rate": 6e-5,
    "financing_balance_cny": 3e6, "financing_purchases_cny": 3e6,
    "securities_lending_balance_cny": 3e6, "first_day_return": 6e-5,
}  # fmt: skip


class OpenWorkspace(Workspace):
    """A workspace whose warehouse stays open, because opening it takes most of a test's time."""

    @contextmanager
    def writing(self, *_datasets: str) -> Iterator[Warehouse]:
        with writer_lock(self.places.lock):
            yield OPEN[self.settings.home]

    def reading_writer(self) -> AbstractContextManager[Warehouse]:
        return self.writing()


OPEN: dict[Path, Warehouse] = {}


@dataclass
class Desk:
    """Somebody who collects the simulated market at a moment."""

    ws: Workspace
    exchange: Exchange

    def collect(self, *names: str, span: tuple[date, date] | None = None) -> list[Outcome]:
        """What became of each part, whether everything came or not."""
        try:
            return gather(self.ws, names or None, span)
        except CollectionIncomplete as incomplete:
            return incomplete.outcomes

    def query(self, sql: str) -> pl.DataFrame:
        with self.ws.reading_writer() as reader:
            assert reader is not None
            return reader.query(sql)

    def core(self, name: str) -> pl.DataFrame:
        return self.query(f"FROM core.{name}")

    def sources(self, name: str, day: date) -> set[str]:
        d = dataset(name)
        return set(self.core(name).filter(pl.col(str(d.trading_day)) == day)["source"])

    def incidents(self, name: str) -> set[tuple[str, str]]:
        """Source and class of what went wrong."""
        rows = self.query(f"SELECT source, kind FROM meta.incident WHERE dataset = '{name}'")
        return set(rows.rows())

    @property
    def warehouse(self) -> Warehouse:
        """The open writer of a desk whose home is held open."""
        return OPEN[self.ws.settings.home]

    def incident_kinds(self, name: str, after: int = 0) -> list[str]:
        """The classes of what went wrong with a dataset, without the first so many."""
        sql = (
            f"SELECT kind FROM meta.incident WHERE dataset = '{name}' ORDER BY rowid OFFSET {after}"
        )
        return self.query(sql)["kind"].to_list()

    def asked(self) -> Counter[str]:
        return self.exchange.requests_per_host

    def break_(self, *faults: Fault) -> None:
        for fault in faults:
            self.exchange.inject(fault)


@pytest.fixture(scope="session")
def market(few_indices: None) -> Market:
    return build_market(SMALL)


@pytest.fixture(scope="session")
def truth(market: Market) -> Callable[[str], pl.DataFrame]:
    """`truth(dataset)`: what the simulated market says, in the warehouse's names and units."""
    return cache(lambda name: archive(market, name))


LISTS = (
    followed.MAINLAND_INDICES,
    followed.CSI_THEMES,
    followed.HONG_KONG_INDICES,
    index_valuation.FOLLOWED,
    hk_stock_daily.CHINA_SEVEN,
    us_stock_daily.MAGNIFICENT_SEVEN,
    stock_minute.SHARES,
)
# Three indices and a share or two of each kind are enough: each one takes a second to unpack.
KEPT = {
    "000001.SH", "000688.SH", "399006.SZ", "930713.CSI", "970070.SZ", "HSI.HK", "NDX.US",
    "00700.HK", "NVDA.US", "600118.SH", "688523.SH",
}  # fmt: skip


@pytest.fixture(scope="session")
def few_indices() -> None:
    """The lists of what is followed are short in each test that takes this, itself or through
    another fixture, and in what is made for it; they are whole in all other tests.
    """


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """A test with its fixtures, among lists of the length that it takes."""
    with few_followed() if "few_indices" in item.fixturenames else nullcontext():
        return (yield)


@contextmanager
def few_followed() -> Iterator[None]:
    """The lists cut in place, for datasets hold on to them; afterwards as they were."""
    whole = [dict(codes) for codes in LISTS]
    cut = [{code: first for code, first in codes.items() if code in KEPT} for codes in LISTS]
    refill(cut)
    try:
        yield
    finally:
        refill(whole)


def refill(contents: Iterable[dict[str, object]]) -> None:
    """Each list with other contents, in their order."""
    for codes, content in zip(LISTS, contents, strict=True):
        codes.clear()
        codes.update(content)


def desk_at(
    market: Market,
    home: Path,
    *moment: int,
    held: bool = False,
    upstreams: type[Exchange] = Exchange,
) -> Desk:
    now = datetime(*moment, tzinfo=SHANGHAI)
    exchange = upstreams(market, now)
    kind = OpenWorkspace if held else Workspace
    return Desk(kind(Settings(home=home), lambda: now, exchange.send), exchange)


@contextmanager
def held_open(home: Path, ws: Workspace) -> Iterator[None]:
    """The warehouse of a home, opened once, with the project's reference lists."""
    with Warehouse.writing(ws.places.writer, simulated=True) as warehouse:
        with warehouse.transaction():
            ws._load_reference(warehouse)
        OPEN[home] = warehouse
        yield
        del OPEN[home]


@pytest.fixture(scope="session")
def blank(market: Market, made_once: MadeOnce) -> Path:
    """A home with an empty warehouse.

    To declare all tables takes a second, to copy them nothing.
    """
    return made_once("blank", partial(make_blank, market))


def make_blank(market: Market, home: Path) -> None:
    """An empty warehouse in a home."""
    ws = desk_at(market, home, *EVENING, held=True).ws
    with held_open(home, ws):
        pass
    checkpoint(ws.places.writer)  # or else each copy would read the log of all declarations again


@pytest.fixture
def desk(market: Market, blank: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """`desk(2025, 11, 25, 19)`: a desk at a moment; the desks of a test share an empty home."""
    with ExitStack() as stack:

        def start(*moment: int) -> Desk:
            chosen = desk_at(market, tmp_path, *(moment or EVENING), held=True)
            if not chosen.ws.places.writer.exists():
                shutil.copytree(blank, tmp_path, dirs_exist_ok=True)
            if tmp_path not in OPEN:
                stack.enter_context(held_open(tmp_path, chosen.ws))
            return chosen

        yield start


@pytest.fixture(scope="module")
def held(
    few_indices: None, market: Market, blank: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Desk]]:
    """`held(2025, 11, 25, 19)`: a desk at a moment; the desks of a module share one home."""
    home = tmp_path_factory.mktemp("held")
    with ExitStack() as stack:

        def start(*moment: int) -> Desk:
            chosen = desk_at(market, home, *moment, held=True)
            if home not in OPEN:
                shutil.copytree(blank, home, dirs_exist_ok=True)
                stack.enter_context(held_open(home, chosen.ws))
            return chosen

        yield start


@pytest.fixture(scope="session")
def monday(few_indices: None, market: Market, made_once: MadeOnce) -> Path:
    """A home in which the figures of every trading day were collected on Monday evening."""
    return made_once("monday", partial(collect_monday, market))


def collect_monday(market: Market, home: Path) -> None:
    """Collect them into a home."""
    monday = desk_at(market, home, 2025, 11, 24, 19, held=True)
    with held_open(home, monday.ws):
        outcomes = monday.collect(*MEASURED)
    assert [o.shortfall for o in outcomes if o.missing] == []
    checkpoint(monday.ws.places.writer)


@pytest.fixture
def tuesday(monday: Path, desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """The desk on Tuesday evening, after a Monday on which all went well."""
    shutil.copytree(monday, tmp_path, dirs_exist_ok=True)
    return desk(*EVENING)


@pytest.fixture
def assert_true(truth: Callable[[str], pl.DataFrame]) -> Callable[[Desk, str], None]:
    """`assert_true(desk, dataset)`: whatever core holds is what the market says."""

    def check(desk: Desk, name: str, columns: Iterable[str] | None = None) -> None:
        d, rows = dataset(name), desk.core(name)
        facts = truth(name)
        values = [c for c in columns or d.values if c in facts.columns]
        both = rows.join(facts.select(*d.key, *values), on=d.key, how="left", suffix="_true")
        for column in values:
            if not both.schema[column].is_numeric():
                continue
            gap = (pl.col(column) - pl.col(f"{column}_true")).abs()
            allowed = ROUNDING.get(column, 0) + 1e-6 * pl.col(f"{column}_true").abs()
            wrong = both.filter(
                pl.col(column).is_not_null(), (gap <= allowed).fill_null(value=False).not_()
            )
            assert wrong.is_empty(), (column, wrong.to_dicts()[:2])

    return check
