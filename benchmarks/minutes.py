"""Minute bars by partition, against one statement of SQL over all of them."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks import AS_OF
from benchmarks.alone import Task, alone
from benchmarks.budgets import MINUTE_BARS
from benchmarks.race import Line, race
from warehouse.catalog import cutoff

if TYPE_CHECKING:
    from warehouse.storage.store import Warehouse

# ruff: noqa: PLC0415 - the peer does not pay for what only we import
SEED, MINUTES, SESSIONS = 20260113, 241, 252  # of a year
PER_CODE, ALL_SHARES = MINUTES * SESSIONS, 5500
RACED = 10_000_000  # bars
FINAL, LAST = np.datetime64("2025-12-31"), cutoff(AS_OF)
ONE_STATEMENT = """
    WITH parts AS (
        SELECT code, trade_date, if(minute > 690, minute - 660, greatest(minute - 570, 0)) AS t,
            amount_cny, close, ((t + 4) // 5)::INT AS part
        FROM core.stock_minute
    ), ends AS (
        SELECT code, trade_date, part, arg_max(close, t) AS close FROM parts GROUP BY ALL
    ), changes AS (
        SELECT *, ln(close / lag(close) OVER w) AS r FROM ends
        WINDOW w AS (PARTITION BY code, trade_date ORDER BY part)
    ), terms AS (
        SELECT *, abs(r) * lag(abs(r)) OVER w AS pair,
            pow(abs(r) * lag(abs(r)) OVER w * lag(abs(r), 2) OVER w, 4.0 / 3) AS triple
        FROM changes WINDOW w AS (PARTITION BY code, trade_date ORDER BY part)
    ), moved AS (
        SELECT code, trade_date, sum(r * r) AS rv,
            pi() / 2 * count(r) / (count(r) - 1) * sum(pair) AS bv, sum(triple) AS tq
        FROM terms GROUP BY ALL
    ), traded AS (
        SELECT code, trade_date, sum(amount_cny) AS total,
            sum(amount_cny) FILTER (t <= 30) / sum(amount_cny) AS early,
            sum(amount_cny) FILTER (t > 210) / sum(amount_cny) AS late,
            sum(amount_cny * amount_cny) / pow(sum(amount_cny), 2) AS hhi
        FROM parts GROUP BY ALL
    )
    SELECT sum(rv) + sum(bv) + sum(early) + sum(late) + sum(hhi)
    FROM moved JOIN traded USING (code, trade_date)
"""
OURS = "SELECT sum(realised_variance) + sum(bipower_variation) + sum(first_half_hour) \
+ sum(last_half_hour) + sum(concentration) FROM mart.intraday"


def lines(*, quick: bool, rows: int = 0) -> Iterator[Line | str]:
    """A race of ten million bars and a hundred million by ourselves; a tenth of the first when
    quick; or so many.
    """
    if rows <= RACED:
        yield from raced(rows or (RACED // 10 if quick else RACED))
    if rows > RACED or not (rows or quick):
        yield from by_ourselves(rows or 10 * RACED)


def raced(rows: int) -> Iterator[Line | str]:
    """Against the statement, whose sum is to be ours."""
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        file = str(Path(folder) / "warehouse.duckdb")
        drawn = alone(laid, file=file, rows=rows)
        ours = alone(by_partition, file=file)
        theirs = alone(in_one_statement, file=file)
        size = f"{int(drawn.answer):,} bars"
        yield race("minute bars to figures", size, ours, "DuckDB at once", theirs, within=1e-9)


def by_ourselves(rows: int) -> Iterator[Line | str]:
    """So many that the statement would fill the memory; the budget says what they may take."""
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        file = str(Path(folder) / "warehouse.duckdb")
        drawn = alone(laid, file=file, rows=rows)
        ours = alone(by_partition, file=file)
        yield Line("minute bars to figures", f"{int(drawn.answer):,} bars", ours)
        yield MINUTE_BARS.compared(drawn.answer, ours.cpu, ours.peak)


def laid(file: str, rows: float) -> Sequence[Task]:
    """Draw so many bars into a new warehouse: a year of as many shares as that takes, and more
    years where all shares do not suffice; their number.
    """
    codes = min(max(int(rows) // PER_CODE, 1), ALL_SHARES)
    return [partial(filled, file, codes, int(rows) // (codes * MINUTES))]


def filled(file: str, codes: int, sessions: int) -> float:
    """The number of bars that came in."""
    from warehouse.storage.store import Warehouse

    days = np.busday_offset(FINAL, np.arange(1 - sessions, 1), roll="backward")
    day = drawn(np.random.default_rng(SEED), codes)
    with Warehouse.writing(Path(file), simulated=True) as warehouse:
        for number, date_ in enumerate(days):
            load_day(warehouse, day, date_, number)
        warehouse.checkpoint()
        return float(warehouse.value("SELECT count(*) FROM core.stock_minute"))


def load_day(warehouse: Warehouse, day: pl.DataFrame, date_: np.datetime64, number: int) -> None:
    """The bars of a day, on which each share walks as another one did the day before."""
    walks = ("open", "high", "low", "close", "volume_shares", "amount_cny")
    first = number * MINUTES % day.height
    moved = pl.concat([day.select(walks)[first:], day.select(walks)[:first]])
    warehouse.connection.register("drawn", day.with_columns(moved))
    warehouse.connection.execute(
        f"INSERT INTO core.stock_minute BY NAME SELECT *, DATE '{date_}' AS trade_date, "
        f"TIMESTAMP '{date_} 08:00' AS known_at, 'drawn' AS source, 'drawn' AS load_id FROM drawn"
    )
    warehouse.connection.unregister("drawn")


def drawn(rng: np.random.Generator, codes: int) -> pl.DataFrame:
    """Walks in cents through a whole session."""
    minute = np.concatenate([[570], np.arange(571, 691), np.arange(781, 901)])
    close = np.exp(rng.normal(0, 0.0008, (codes, MINUTES)).cumsum(axis=1)) * 20
    close = np.rint(close * 100).ravel() / 100
    volume = 100.0 * rng.integers(1, 5000, close.size)
    names = pl.Series([f"{600000 + n}.SH" for n in range(codes)])
    return pl.DataFrame(
        {
            "code": names.gather(np.repeat(np.arange(codes, dtype=np.uint32), MINUTES)),
            "minute": np.tile(minute, codes),
            **dict.fromkeys(("open", "high", "low", "close"), close),
            "volume_shares": volume,
            "amount_cny": volume * close,
        }
    )


def opened(file: str) -> Warehouse:
    """The warehouse, until the contestant ends."""
    from warehouse.storage.store import Warehouse

    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(Warehouse.writing(Path(file), simulated=True))


def by_partition(file: str) -> Sequence[Task]:
    """Digests of all partitions, then each read, measured and written."""
    from flows import partitions
    from warehouse.records.partitions import Known, sparing

    warehouse, known = opened(file), Known(LAST)

    def measured() -> float:
        with sparing(warehouse):
            wanted = partitions.lacking(warehouse, known)
            partitions.measure_all(warehouse, known, wanted, LAST)
        return float(warehouse.value(OURS))

    return [measured]


def in_one_statement(file: str) -> Sequence[Task]:
    """The same figures of all bars in one statement, which nobody keeps."""
    warehouse = opened(file)
    return [lambda: float(warehouse.value(ONE_STATEMENT))]
