"""What core holds: which days, entities and shares are there, and how far each dataset reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from warehouse.catalog import NEVER_DUE, Chain, Dataset, catalogue, cutoff
from warehouse.storage.ddl import asof, stamp
from warehouse.storage.store import Reader

FULL = 0.9  # a day with fewer of the rows of the fullest day near it is a mere beginning
SESSIONS = 30  # days among which the newest whole one is looked for
NOBODY = 3  # names without a bar on a session are all of an exchange; one or two may be suspended
# What counts as a day of a core input: the home market, and more than a few of its shares.
COUNTED = {"index_daily": r"NOT regexp_matches(code, '\.(HK|US)$')"}
SHARE_OF_FULLEST = {"stock_daily": 0.5}


def trading_days(reader: Reader) -> pl.Series:
    """The trading days that were collected."""
    return reader.query("SELECT trade_date FROM core.trade_calendar")["trade_date"]


def last_trading_day(reader: Reader) -> date | None:
    """Where the collected calendar ends."""
    found: date | None = reader.query("SELECT max(trade_date) FROM core.trade_calendar").item()
    return found


def first_close(reader: Reader) -> date | None:
    """The day on which the index closes begin: no issue is as of an earlier one."""
    found: date | None = reader.query("SELECT min(trade_date) FROM core.index_daily").item()
    return found


def keys(reader: Reader, d: Dataset) -> pl.DataFrame:
    """The keys that a fallback must not add again."""
    return reader.query(f"SELECT {', '.join(d.gap or d.key)} FROM core.{d.name}")


def held_days(reader: Reader, d: Dataset, chain: Chain) -> pl.Series:
    """The days of which a part has rows; of all shares, those that are not mere beginnings."""
    of = f"WHERE list_contains(?, {chain.column})" if chain.entities else ""
    there = reader.query(
        f"SELECT {d.dated_by} AS day, count(*) AS len FROM core.{d.name} {of} GROUP BY ALL",
        [list(chain.entities)] if chain.entities else [],
    )
    return (there if chain.entities else full_days(there))["day"]


def lacking(reader: Reader | None, d: Dataset, chain: Chain, days: Sequence[date]) -> pl.DataFrame:
    """The days, and of a part with entities the entities, that have no rows: columns day, entity.

    Without a reader, before anything was loaded, all of them. A session of a foreign exchange that
    did not take place lacks nothing.
    """
    there = pl.DataFrame(schema={"day": pl.Date, "entity": pl.String})
    if reader is not None and days:
        sql = (
            f"SELECT {d.dated_by} AS day, {chain.column or 'NULL'}::VARCHAR AS entity "
            f"FROM core.{d.name} WHERE {d.dated_by} BETWEEN ? AND ?"
        )
        there = reader.query(sql, [min(days), max(days)])
    wanted = pl.DataFrame({"day": days}, schema={"day": pl.Date})
    if not chain.entities:
        held = full_days(there.group_by("day").len())
        return wanted.join(held, on="day", how="anti").with_columns(entity=pl.lit(None, pl.String))
    members = pl.DataFrame({"entity": list(chain.entities), "first": list(chain.entities.values())})
    due = wanted.join(members, how="cross").filter(pl.col("first") <= pl.col("day"))
    left = due.drop("first").join(there, on=["day", "entity"], how="anti").sort("day", "entity")
    exchange = d.cadence_of(chain).exchange
    if reader is None or exchange is None or left.is_empty():
        return left
    closed = unplanned_closes(reader, exchange, left["day"].unique())
    return left.filter(~pl.col("day").is_in(closed.implode()))


def unplanned_closes(
    reader: Reader, exchange: str, days: pl.Series, by: datetime = NEVER_DUE
) -> pl.Series:
    """The expected sessions of a foreign exchange, of these days, that did not take place, as far
    as was known by a moment (naive UTC).

    Such a day has no bar of anybody, in any dataset; and for three names at least, each with a bar
    of a later day, a source has answered without one.
    """
    parts = [
        (d, c)
        for d in catalogue().values()
        for c in d.chains
        if d.cadence_of(c).exchange == exchange
    ]
    bars = " UNION ALL ".join(
        f"SELECT {c.column} AS entity, {d.dated_by} AS day FROM core.{d.name} "
        f"WHERE list_contains(?, {c.column}) AND known_at <= ?"
        for d, c in parts
    )
    return reader.query(
        f"WITH bars AS ({bars}), newest AS (SELECT entity, max(day) AS day FROM bars GROUP BY ALL) "
        "SELECT for_day FROM meta.answered a JOIN newest n ON a.entity = n.entity "
        "WHERE absent AND answered_at <= ? AND for_day < n.day AND list_contains(?, for_day) "
        "AND for_day NOT IN (SELECT day FROM bars) "
        "GROUP BY for_day HAVING count(DISTINCT a.entity) >= ? ORDER BY for_day",
        [
            *(value for _, c in parts for value in (list(c.entities), by)),
            by,
            days.to_list(),
            NOBODY,
        ],
    )["for_day"]


def full_days(counts: pl.DataFrame) -> pl.DataFrame:
    """The days (columns day, len) that are not mere beginnings, as a cut-off back-fill leaves."""
    return counts.filter(pl.col("len") >= FULL * pl.col("len").max())


def lacking_shares(reader: Reader, d: Dataset, sql: str, days: Sequence[date]) -> tuple[str, ...]:
    """The shares that SQL lists (column code); of those with daily rows, which lack one."""
    listed = reader.query(sql).select("code")
    if d.trading_day:
        complete = reader.query(
            f"SELECT code FROM core.{d.name} WHERE list_contains(?, {d.trading_day}) "
            "GROUP BY code HAVING count(*) >= ?",
            [list(days), len(days)],
        )
        listed = listed.join(complete, on="code", how="anti")
    return tuple(listed["code"].sort())


def any_share(reader: Reader, d: Dataset) -> str | None:
    """A code that a dataset holds."""
    found: str | None = reader.query(f"SELECT max(code) FROM core.{d.name}").item()
    return found


@dataclass(frozen=True)
class Reach:
    """What was known of a dataset at a moment; `known_at` is that of its newest row."""

    newest: date | None
    known_at: datetime | None
    rows: int
    sources: str


def reaches(
    reader: Reader,
    parts: Sequence[tuple[Dataset, Chain | None]],
    as_of: date,
    loaded_by: datetime | None = None,
) -> list[Reach]:
    """How far the rows of datasets, or of parts of them, reach that were known at a day's cut-off.

    loaded_by: only those that had been loaded by then (naive UTC). Aligned with `parts`. It is one
    statement: a hundred of them take longer to be understood than to be executed.
    """
    scans = [
        f"SELECT {place} AS place, max({d.dated_by or 'known_at'})::DATE, max(known_at), count(*), "
        "string_agg(DISTINCT source, ', ' ORDER BY source) "
        f"FROM ({_known(d, as_of, loaded_by)})"
        + (f" WHERE list_contains(?, {chain.column})" if chain else "")
        for place, (d, chain) in enumerate(parts)
    ]
    if not scans:
        return []
    found = reader.query(
        f"{' UNION ALL '.join(scans)} ORDER BY place",
        [list(chain.entities) for _, chain in parts if chain],
    )
    return [
        Reach(newest, known_at, rows, sources or "")
        for _, newest, known_at, rows, sources in found.iter_rows()
    ]


def newest_whole_day(
    reader: Reader, d: Dataset, as_of: date, loaded_by: datetime | None = None
) -> date | None:
    """The last day of a core input that is more than a beginning; loaded_by: as in `reaches`.

    Hong Kong's closes make no new day of the mainland's indices, nor a few quotes one of prices.
    """
    found: date | None = reader.query(
        f"WITH days AS (SELECT {d.dated_by} AS day, count(*) AS n FROM ({_known(d, as_of, loaded_by)}) "
        f"WHERE {COUNTED.get(d.name, 'true')} GROUP BY ALL ORDER BY day DESC LIMIT {SESSIONS}) "
        "SELECT max(day)::DATE FROM days WHERE n >= ? * (SELECT max(n) FROM days)",
        [SHARE_OF_FULLEST.get(d.name, 0.0)],
    ).item()
    return found


def _known(d: Dataset, as_of: date, loaded_by: datetime | None) -> str:
    """SQL for the rows that were known at a day's cut-off, in the version that held then."""
    return asof(d, stamp(cutoff(as_of)), stamp(loaded_by) if loaded_by else None)
