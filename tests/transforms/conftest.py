"""Drawn tables for the specs of the metrics, and the real
market where it lies beside the project.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.homes import MadeOnce
from transforms import facts
from transforms.engine import evaluate as engine
from transforms.engine.evaluate import evaluate
from transforms.engine.result_cache import Memory
from transforms.formulas import expressions
from transforms.issue import printable
from warehouse.catalog import ALWAYS_KNOWN, dataset
from warehouse.datasets import policy_term_count, us_megacap_earnings
from warehouse.files import reference

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"
DAYS = ("trade_date", "listing_date", "observation_date", "valid_from")
NOW = date(2026, 1, 13)
ALL_STEPS = engine._graph()


def _read(drawn: str) -> pl.DataFrame:
    """The table as drawn: a header, cells between bars; a dot is null, types are inferred."""
    lines = [line for line in drawn.splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    head, *body = rows
    columns = {name: [row[at] for row in body] for at, name in enumerate(head)}
    return pl.DataFrame({name: _typed(name, cells) for name, cells in columns.items()})


def _typed(name: str, cells: list[str]) -> pl.Series:
    texts = pl.Series(name, [None if cell == "." else cell for cell in cells], dtype=pl.String)
    if name in DAYS or name == "valid_to":
        return texts.str.to_date()
    if name == "known_at":
        return texts.str.to_datetime(time_unit="us")
    if name in {"year", "count"}:
        return texts.cast(pl.Int64)
    words = (
        "code",
        "source",
        "name",
        "exchange",
        "member",
        "theme",
        "kind",
        "industry",
        "list_name",
        "scope",
        "board",
        "publisher",
        "entity",
    )
    return texts if name in words else texts.str.replace_all("_", "").cast(pl.Float64)


def _dated(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows without a time of their own were known at 16:00 in Shanghai of their day."""
    if "known_at" in frame.columns:
        return frame
    day = next(name for name in DAYS if name in frame.columns)
    return frame.with_columns(known_at=pl.col(day).cast(pl.Datetime("us")) + pl.duration(hours=8))


@pytest.fixture(scope="session")
def table() -> Callable[[str], pl.DataFrame]:
    """Reads a drawn table."""
    return lambda drawn: _dated(_read(drawn))


@pytest.fixture(scope="session")
def weekdays() -> Callable[[int], list[date]]:
    """So many weekdays, the last one being Tuesday 2026-01-13."""

    def found(count: int) -> list[date]:
        days = (NOW - timedelta(days=back) for back in range(2 * count + 7))
        return sorted([day for day in days if day.isoweekday() < 6][:count])

    return found


@pytest.fixture(scope="session")
def bars(weekdays: Callable[[int], list[date]]) -> Callable[..., pl.DataFrame]:
    """Daily closes by code, ending on 2026-01-13; None is a day without a bar."""

    def drawn(**closes: list[float | None]) -> pl.DataFrame:
        frames = [
            pl.DataFrame(
                {"code": code.replace("_", "."), "trade_date": weekdays(len(path)), "close": path},
                schema_overrides={"close": pl.Float64},
            )
            for code, path in closes.items()
        ]
        return _dated(pl.concat(frames).drop_nulls("close"))

    return drawn


@pytest.fixture
def young_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two observations are enough for a record, so that a drawn table of six rows can hold one."""
    for module in (expressions, facts, printable):
        monkeypatch.setattr(module, "MIN_RECORD_OBSERVATIONS", 2)


@pytest.fixture(scope="session")
def measure() -> Callable[..., dict[str, float]]:
    """Values of one metric by day (or by entity, with by="entity") from the frames given.

    Only what it follows from is computed: all metrics of even five closes take thirty times as
    long.
    """

    def values(metric: str, by: str = "observation_date", column: str = "value", **frames):
        with only(metric):
            found = evaluate(frames, NOW).filter(pl.col("metric") == metric)
        return {str(key): value for key, value in found.select(by, column).iter_rows()}

    return values


@contextmanager
def only(*wanted: str) -> Iterator[None]:
    """Evaluations compute these metrics and what they follow from, and no other."""
    part = followed_back(ALL_STEPS, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_graph", lambda: part)
        yield


def followed_back(
    graph: dict[str, tuple[str, ...]], wanted: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The part of a graph of steps that some of them need."""
    part, todo = {}, [*wanted]
    while todo:
        step = todo.pop()
        if step in graph and step not in part:
            part[step] = graph[step]
            todo += graph[step]
    return part


@pytest.fixture(scope="session")
def policy_event() -> pl.DataFrame:
    """The project's policy events."""
    return events()


@pytest.fixture(scope="session")
def validation() -> Path:
    """The folder of reference values, which lies beside the project and never in it."""
    return _beside("validation")


def _beside(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"needs {SHARED.name}/{name} beside the project")
    return SHARED / name


@pytest.fixture(scope="session")
def market() -> dict[str, pl.DataFrame]:
    """The real market, each row known when its publisher's rule says."""
    folder = _beside("market")
    csv = {"try_parse_dates": True, "schema_overrides": {"code": pl.String}}

    def at(column: str, hour: int) -> pl.Expr:
        return pl.col(column).cast(pl.Datetime("us")) + pl.duration(hours=hour - 8)

    margin = pl.read_csv(folder / "margin_market.csv", **csv).sort("trade_date")
    listings = pl.read_csv(folder / "ipo_hk.csv", **csv)
    return {
        "index_daily": pl.read_parquet(folder / "index_daily.parquet").with_columns(
            known_at=at("trade_date", 16)
        ),
        "index_valuation": pl.read_parquet(folder / "index_valuation.parquet").with_columns(
            known_at=at("trade_date", 18)
        ),
        "stock_daily": pl.read_parquet(
            folder / "stock_daily.parquet", columns=["code", "trade_date", "close"]
        ).with_columns(pl.col("close").cast(pl.Float64), known_at=at("trade_date", 16)),
        "market_turnover": pl.read_csv(folder / "market_turnover.csv", **csv).with_columns(
            known_at=at("trade_date", 16)
        ),
        "margin_market": margin.with_columns(
            known_at=pl.col("trade_date").shift(-1).cast(pl.Datetime("us")) + pl.duration(hours=1)
        ).drop_nulls("known_at"),
        "ipo_hk": listings.with_columns(
            code=pl.col("code").str.zfill(5) + ".HK", known_at=at("listing_date", 17)
        ),
        "security": _always(pl.read_csv(folder / "security.csv")),
        "theme_membership": _always(_themes()),
        "unicorn_count": _dated(_read(UNICORNS)),
        **_policy(folder),
        "us_megacap_earnings": us_megacap_earnings.conform(
            pl.read_csv(folder / "us_megacap_earnings.csv", try_parse_dates=True).with_columns(
                quarter_end=pl.lit(None, pl.Date), known_at=at("filing_date", 33)
            )
        ),
        "analyst_eps": pl.read_csv(
            folder / "analyst_eps.csv", null_values="--", **csv
        ).with_columns(known_at=at("report_date", 20)),
    }


def _policy(folder: Path) -> dict[str, pl.DataFrame]:
    """Mentions per term and broadcast, known that evening, and the list of terms."""
    counts = pl.read_csv(folder / "policy_keyword_counts.csv", try_parse_dates=True)
    evening = pl.col("broadcast_date").cast(pl.Datetime("us")) + pl.duration(hours=13, minutes=30)
    listed = dataset("policy_term").reference
    terms = pl.read_csv(REFERENCE / str(listed), try_parse_dates=True)
    return {
        "policy_term_count": policy_term_count.one_column_per_term(counts).with_columns(
            known_at=evening
        ),
        "policy_term": terms.with_columns(known_at=ALWAYS_KNOWN),
        "policy_event": events(),
    }


def events() -> pl.DataFrame:
    """The project's policy events, each known at the end of its day."""
    rows = reference(dataset("policy_event"))
    end_of_day = pl.col("announced_on").cast(pl.Datetime("us")) + pl.duration(hours=15, minutes=59)
    return rows.with_columns(known_at=end_of_day)


UNICORNS = """
    list_name              | scope | year | observation_date | count
    Global Unicorn Top 500 | CN-AI | 2024 | 2024-12-31       | 2
    Global Unicorn Top 500 | CN-AI | 2025 | 2025-12-31       | 9
    """


def _themes() -> pl.DataFrame:
    industries = ["半导体", "元器件", "软件服务", "通信设备", "IT设备", "互联网"]
    codes = ["688523.SH", "000547.SZ"]
    return pl.DataFrame(
        {
            "theme": ["tech"] * len(industries) + ["commercial_aerospace"] * len(codes),
            "kind": ["industry"] * len(industries) + ["code"] * len(codes),
            "member": industries + codes,
        }
    )


def _always(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        valid_from=date(1990, 12, 19),
        valid_to=pl.lit(None, pl.Date),
        known_at=datetime(1990, 12, 19),
    )


@pytest.fixture(scope="session")
def real_evaluation(market: dict[str, pl.DataFrame], made_once: MadeOnce) -> Path:
    """All metrics of the real market as of 2026-01-13; ten seconds, once for all workers."""

    def evaluated(folder: Path) -> None:
        memory: Memory = {}
        evaluate(market, NOW, memory).write_parquet(folder / "metrics.parquet")
        (folder / "memory.json").write_text(json.dumps(memory))

    return made_once("real-metrics", evaluated)


@pytest.fixture(scope="session")
def real_metrics(real_evaluation: Path) -> pl.DataFrame:
    """The metrics of that evaluation."""
    return pl.read_parquet(real_evaluation / "metrics.parquet")


@pytest.fixture(scope="session")
def real_book(real_metrics: pl.DataFrame) -> facts.FactBook:
    """What an issue may print of it."""
    return printable.facts(real_metrics, NOW)


@pytest.fixture(scope="session")
def real_memory(real_evaluation: Path) -> Memory:
    """Its fits and draws, for another evaluation of a part of the same market."""
    kept = json.loads((real_evaluation / "memory.json").read_text())
    return {digest: tuple(result) for digest, result in kept.items()}
