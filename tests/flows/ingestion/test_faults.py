"""Whatever goes wrong at the wire, core holds the market's own figures or none, and says which.

Each cell is a family of datasets and a fault of its first upstreams, on the evening after a day on
which all went well. docs/faults.md is the table of the outcomes; `make faults` writes it anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path

import polars as pl
import pytest

from flows.sandbox import Exchange, Fault, Kind, Market
from flows.sandbox.formats.wire import Answer, Query
from flows.sandbox.registry import Endpoint, Handler
from flows.sandbox.view import View
from tests.flows.desk import EVENING, desk_at, held_open
from tests.homes import MadeOnce
from warehouse.cadence import Daily
from warehouse.catalog import dataset
from warehouse.storage.connection import checkpoint

TABLE = Path(__file__).parents[3] / "docs" / "faults.md"
BEGIN = "| family | "
LETTERS = {
    "SourceUnavailable": "U",
    "SourceEmpty": "E",
    "SourceChanged": "C",
    "ContractViolated": "V",
    "SourceDrifted": "D",
}


@dataclass(frozen=True)
class Family:
    """A dataset, what is collected before it, and the fields that a slip of units or dashes strike
    where numbers are texts.
    """

    dataset: str
    before: tuple[str, ...] = ()
    number: str | None = None


FAMILIES = {
    "index closes": Family("index_daily"),
    "board indices": Family("board_daily"),
    "Shenwan industries": Family("sector_daily"),
    "shares in Hong Kong": Family("hk_stock_daily"),
    "shares in New York": Family("us_stock_daily"),
    "list of shares": Family("security"),
    "share prices": Family("stock_daily", ("index_daily",)),
    "minute bars": Family("stock_minute"),
    "turnover": Family("market_turnover", ("index_daily", "stock_daily")),
    "special treatment": Family("special_treatment", ("index_daily", "stock_daily")),
    "margin by exchange": Family("margin_exchange", ("margin_market",)),
    "margin by security": Family("margin_security", ("margin_exchange",)),
    "margin, market": Family("margin_market"),
    "margin accounts": Family("margin_account"),
    "fund shares": Family("fund_share"),
    "Stock Connect": Family("stock_connect"),
    "listings": Family("ipo_a"),
    "registrations": Family("ipo_pipeline"),
    "review meetings": Family("ipo_review"),
    "list of Hong Kong": Family("hk_security"),
    "results": Family("earnings_report"),
    "guidance": Family("earnings_guidance"),
    "disclosure dates": Family("disclosure_date"),
    "results in Hong Kong": Family("hk_megacap_earnings"),
    "results in New York": Family("us_megacap_earnings"),
    "market valuation": Family("market_valuation"),
    "equity–bond spread": Family("equity_bond_spread"),
    "count of risers": Family("market_activity", ("index_daily", "stock_daily")),
    "output": Family("gdp"),
    "managers' indices": Family("pmi"),
    "money": Family("money_supply"),
    "social financing": Family("social_financing"),
    "yields": Family("government_yield"),
    "currencies": Family("fx_rate", number="央行中间价"),
    "warnings": Family("announcement"),
    "suspensions": Family("suspension"),
    "limit pools": Family("limit_pool", ("index_daily", "stock_daily")),
    "evening news": Family("policy_news"),
}
FAULTS = {
    "reset": Fault(Kind.RESET),
    "day before": Fault(Kind.STALE_DAY),
    "nothing": Fault(Kind.DATA_NULL),
    "half": Fault(Kind.TRUNCATED),
    "renamed": Fault(Kind.RENAMED_COLUMN),
    "swapped": Fault(Kind.SWAPPED_COLUMNS),
    "more": Fault(Kind.EXTRA_COLUMN),
    "× 100": Fault(Kind.UNIT_SLIP, factor=100),
    "twice": Fault(Kind.DUPLICATE_ROWS),
    "dashes": Fault(Kind.DASH_VALUES),
    "Saturday": Fault(Kind.WEEKEND_BAR),
}
NUMBERS = {Kind.UNIT_SLIP, Kind.DASH_VALUES}
FIRST = ("index_daily", "stock_daily", "margin_market", "margin_exchange")  # what others rest on


def rests_on(family: str) -> int:
    """How many of the first datasets must be there before a family is collected."""
    return max((FIRST.index(name) + 1 for name in FAMILIES[family].before), default=0)


CELLS = [(family, fault) for family in sorted(FAMILIES, key=rests_on) for fault in FAULTS]


REMEMBERED = 200  # answers; a family asks for fewer


class RememberingExchange(Exchange):
    """An exchange that works out an answer once: the cells of a family ask the same again. What a
    fault makes of an answer is worked out each time.
    """

    def __init__(self, *market_and_moment) -> None:
        super().__init__(*market_and_moment)
        self.answered = lru_cache(REMEMBERED)(self.written_once)

    def _answer(self, found: Endpoint, query: Query, at: datetime) -> Answer:
        return self.answered(found.answer, at, tuple(sorted(query.items())))

    def written_once(
        self, answer: Handler, at: datetime, query: tuple[tuple[str, str], ...]
    ) -> Answer:
        said = answer(View(self.market, at), dict(query))
        body = cache(lambda: said.encode(said.rows))
        return replace(said, encode=lambda rows: body() if rows is said.rows else said.encode(rows))


@dataclass(eq=False)
class Evening:
    """Tuesday evening after a good Monday, as often as it takes: what is collected is undone."""

    desk: object
    settled: set[str] = field(default_factory=set)

    def settle(self, family: Family) -> None:
        """Collect what a family rests on for good, once for all its cells."""
        for name in family.before:
            if name not in self.settled:
                self.desk.collect(name)
                self.settled.add(name)

    @contextmanager
    def tried(self, family: Family, fault: Fault | None, endpoints: set[str]) -> Iterator[None]:
        """Inside, the endpoints have a fault; afterwards the warehouse is what it was."""
        warehouse = self.desk.warehouse
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(warehouse, "transaction", nullcontext)
            warehouse.connection.begin()
            try:
                for name in family.before:
                    if name not in self.settled:
                        self.desk.collect(name)
                self.desk.break_(*(replace(fault, endpoint=e) for e in endpoints if fault))
                yield
            finally:
                warehouse.connection.rollback()
                self.desk.exchange.heal()
                shutil.rmtree(
                    self.desk.ws.settings.home / "raw", ignore_errors=True
                )  # who was silent is forgiven

    @cache  # noqa: B019 - one evening per module
    def healthy(self, family: Family) -> tuple[set[str], pl.DataFrame]:
        """The endpoints that a dataset's first sources ask, and its keys when all is well."""
        name = family.dataset
        with self.tried(family, None, set()):
            asked = len(self.desk.exchange.log)
            outcomes = self.desk.collect(name)
            assert [o.shortfall for o in outcomes if o.missing or o.incidents] == []
            keys = self.desk.core(name).select(dataset(name).key)
        return {entry.endpoint for entry in self.desk.exchange.log[asked:]}, keys


@pytest.fixture(scope="module")
def evening(
    market: Market, made_once: MadeOnce, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evening]:
    good = made_once("good-monday", partial(collect_all, market))
    home = tmp_path_factory.mktemp("evening") / "home"
    shutil.copytree(good, home, symlinks=True)
    desk = desk_at(market, home, *EVENING, held=True, upstreams=RememberingExchange)
    with held_open(home, desk.ws):
        yield Evening(desk)


def collect_all(market: Market, home: Path) -> None:
    """Collect every family into a home on Monday evening."""
    monday = desk_at(market, home, 2025, 11, 24, 19, held=True)
    with held_open(home, monday.ws):
        monday.collect("security", *sorted({f.dataset for f in FAMILIES.values()}))
    checkpoint(monday.ws.places.writer)


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[tuple[str, str], str]]:
    """What became of each cell; written to the table when asked to."""
    found: dict[tuple[str, str], str] = {}
    yield found
    if "WRITE_FAULTS" in os.environ:
        text = TABLE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        after = rest[rest.index("\n\n") :]
        TABLE.write_text(before + drawn(found) + after, encoding="utf-8")


def drawn(found: dict[tuple[str, str], str]) -> str:
    """The table of the outcomes, families down, faults across."""
    rows = [BEGIN + " | ".join(FAULTS) + " |", "|---" * (len(FAULTS) + 1) + "|"]
    for family in FAMILIES:
        cells = [found.get((family, fault), "") for fault in FAULTS]
        rows.append(f"| {family} | {' | '.join(cells)} |")
    return "\n".join(rows)


@cache
def expected() -> dict[tuple[str, str], str]:
    """The outcomes that the table promises."""
    text = TABLE.read_text(encoding="utf-8")
    lines = text[text.index(BEGIN) :].partition("\n\n")[0].splitlines()
    head, _, *rows = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    return {
        (row[0], fault): cell for row in rows for fault, cell in zip(head[1:], row[1:], strict=True)
    }


def undue(name: str) -> bool:
    """Whether a part of a dataset has no day on which it must have rows."""
    d = dataset(name)
    cadences = [d.cadence_of(chain) for chain in d.chains]
    return not all(isinstance(c, Daily) and c.strict for c in cadences)


def test_with_all_first_upstreams_down_the_fallbacks_fill(evening, assert_true) -> None:
    """What has no host of its own to fall back to is named as missing.

    Nothing is wrong or silent.
    """
    healthy = {name: evening.healthy(f) for name, f in FAMILIES.items()}
    endpoints = {e for asked, _ in healthy.values() for e in asked}
    names = {f.dataset for f in FAMILIES.values()}
    with evening.tried(Family(""), Fault(Kind.RESET), endpoints):
        told = evening.desk.collect(*names)
        for name in names:
            assert_true(evening.desk, name)
        lost = {
            family: keys.join(evening.desk.core(f.dataset), on=dataset(f.dataset).key, how="anti")
            for (family, f), (_, keys) in zip(FAMILIES.items(), healthy.values(), strict=True)
        }
        said = {name for name in names if evening.desk.incident_kinds(name)}
    missing = {o.dataset for o in told if o.missing}
    complete = {family for family, keys in lost.items() if keys.is_empty()}
    assert complete >= {"index closes", "share prices", "turnover", "shares in Hong Kong"}
    for family, keys in lost.items():
        assert keys.is_empty() or FAMILIES[family].dataset in missing | said, family


@pytest.mark.parametrize(("family", "fault"), CELLS)
def test_core_never_holds_a_wrong_or_silently_missing_number(
    family, fault, evening, outcomes, assert_true
) -> None:
    f, broken, desk = FAMILIES[family], FAULTS[fault], evening.desk
    endpoints, keys = evening.healthy(f)
    evening.settle(f)
    column = f.number if broken.kind in NUMBERS else None
    before = len(desk.incident_kinds(f.dataset))
    with evening.tried(f, replace(broken, column=column), endpoints):
        told = desk.collect(f.dataset)
        assert_true(desk, f.dataset)
        lost = keys.join(desk.core(f.dataset), on=dataset(f.dataset).key, how="anti").height
        kinds = desk.incident_kinds(f.dataset, after=before)
    missing, refused = [o.missing for o in told if o.missing], sum(o.rejected for o in told)
    # Where no calendar says what is due, the page of the day before is a list like any other.
    assert not lost or missing or refused or kinds or (fault == "day before" and undue(f.dataset))

    alarm = "+".join(sorted({LETTERS[kind] for kind in kinds}))
    result = (
        "stopped" if missing
        else "filled" if set(kinds) - {"SourceDrifted"}
        else "set aside" if refused
        else "later" if lost
        else "unharmed"
    )  # fmt: skip
    outcomes[family, fault] = f"{alarm} {result}".strip()
    if "WRITE_FAULTS" not in os.environ:
        assert outcomes[family, fault] == expected()[family, fault]
