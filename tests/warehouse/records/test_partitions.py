"""Figures of partitions: those of the newest digest stay, and those of the one before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from warehouse.contract import empty
from warehouse.records.partitions import Partition, write
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

MADE = datetime(2026, 1, 13, 12)


def test_writing_a_digest_again_keeps_the_one_before(tmp_path: Path) -> None:
    frame = empty(SYSTEM_TABLES["mart.intraday"]).drop("month", "bucket", "digest")
    other = Partition("2026-01-01", 2, 1, "z", ())

    def kept(digest: str, hour: int) -> list[str]:
        one = Partition("2026-01-01", 1, 1, digest, ())
        write(warehouse, {one: frame}, MADE + timedelta(hours=hour))
        sql = "SELECT digest FROM mart.intraday_partition WHERE bucket = 1 ORDER BY digest"
        return warehouse.query(sql)["digest"].to_list()

    with Warehouse.writing(tmp_path / "writer.duckdb") as warehouse:
        write(warehouse, {other: frame}, MADE)
        assert kept("a", 1) == ["a"]
        assert kept("b", 2) == ["a", "b"]
        assert kept("b", 3) == ["a", "b"]
        assert kept("c", 4) == ["b", "c"]
        assert warehouse.value("SELECT count(*) FROM mart.intraday_partition WHERE bucket = 2") == 1
