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
from benchmarks.race import Line, race
from warehouse.catalog import cutoff

if TYPE_CHECKING:
    from warehouse.storage.store import Warehouse

# ruff: noqa: PLC0415 - the peer does not pay for what only we import
SEED, MINUTES, SESSIONS = 20260113, 241, 252  # of a year
PER_CODE = MINUTES * SESSIONS
FIRST, LAST = np.datetime64("2025-01-01"), cutoff(AS_OF)
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
    """A race of ten million bars, a tenth of it when quick, or of so many rows."""
    rows = rows or (1_000_000 if quick else 10_000_000)
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        file = str(Path(folder) / "warehouse.duckdb")
        drawn = alone(laid, file=file, rows=rows)
        size = f"{int(drawn.answer):,} bars"
        ours = alone(by_partition, file=file)
        theirs = alone(in_one_statement, file=file)
        yield race("minute bars to figures", size, ours, "DuckDB at once", theirs, within=1e-9)


def laid(file: str, rows: float) -> Sequence[Task]:
    """Draw a year of so many bars into a new warehouse, a month at a time; their number."""
    return [partial(filled, file, max(int(rows) // PER_CODE, 1))]


def filled(file: str, codes: int) -> float:
    """The number of bars that came in."""
    from warehouse.storage.store import Warehouse

    rng = np.random.default_rng(SEED)
    days = np.busday_offset(FIRST, np.arange(SESSIONS), roll="forward")
    months = days.astype("datetime64[M]")
    with Warehouse.writing(Path(file), simulated=True) as warehouse:
        for month in np.unique(months):
            part = Path(file).with_suffix(f".{month}.parquet")
            drawn(rng, days[months == month], codes).write_parquet(part)
            warehouse.connection.execute(
                f"INSERT INTO core.stock_minute BY NAME FROM read_parquet('{part}')"
            )
            part.unlink()
        warehouse.checkpoint()
        return float(warehouse.value("SELECT count(*) FROM core.stock_minute"))


def drawn(rng: np.random.Generator, days: np.ndarray, codes: int) -> pl.DataFrame:
    """Walks in cents through whole sessions."""
    minute = np.concatenate([[570], np.arange(571, 691), np.arange(781, 901)])
    size = (codes, len(days), MINUTES)
    close = np.exp(rng.normal(0, 0.0008, size).cumsum(axis=2)) * 20
    close = np.rint(close * 100).ravel() / 100
    volume = 100.0 * rng.integers(1, 5000, close.size)
    names = pl.Series([f"{600000 + n}.SH" for n in range(codes)])
    code, day, _ = (grid.ravel() for grid in np.indices(size, dtype=np.uint32))
    known = pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8)
    return pl.DataFrame(
        {
            "code": names.gather(code),
            "trade_date": pl.Series(days.astype("datetime64[D]")).gather(day),
            "minute": np.tile(minute, codes * len(days)),
            **dict.fromkeys(("open", "high", "low", "close"), close),
            "volume_shares": volume,
            "amount_cny": volume * close,
        }
    ).with_columns(known_at=known, source=pl.lit("drawn"), load_id=pl.lit("drawn"))


def opened(file: str) -> Warehouse:
    """The warehouse, until the contestant ends."""
    from warehouse.storage.store import Warehouse

    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(Warehouse.writing(Path(file), simulated=True))


def by_partition(file: str) -> Sequence[Task]:
    """Digests of all partitions, then each read, measured and written."""
    from flows import partitions
    from warehouse.records.partitions import Known

    warehouse, known = opened(file), Known(LAST)

    def measured() -> float:
        wanted = partitions.lacking(warehouse, known)
        partitions.measure_all(warehouse, known, wanted, LAST)
        return float(warehouse.value(OURS))

    return [measured]


def in_one_statement(file: str) -> Sequence[Task]:
    """The same figures of all bars in one statement, which nobody keeps."""
    warehouse = opened(file)
    return [lambda: float(warehouse.value(ONE_STATEMENT))]
