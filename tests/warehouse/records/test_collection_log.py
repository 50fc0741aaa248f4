"""What the collection log says about the past of a dataset."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flows.workspace import packaged_calendar
from warehouse.catalog import dataset
from warehouse.records.collection_log import last_source, newest_load
from warehouse.storage.store import Loading, Warehouse


def test_the_last_source_and_the_newest_load_are_those_loaded_last(tmp_path: Path, drawn) -> None:
    closes, lists = dataset("index_daily"), dataset("security")
    early, noon, late = (datetime(2026, 1, 20, hour) for hour in (9, 12, 18))
    with Warehouse.writing(tmp_path / "writer.duckdb") as warehouse:
        assert last_source(warehouse, closes) is None
        for d, source, at in (
            (closes, "Sina", early), (lists, "SSE", late), (closes, "Tencent", noon),
        ):  # fmt: skip
            rows = drawn(d.name)
            loading = Loading(f"{d.name}-{at}", source, str(at), at, rows.height, 0)
            warehouse.load(d, rows, loading, packaged_calendar())
        assert last_source(warehouse, closes) == "Tencent"
        assert last_source(warehouse, lists) == "SSE"
        assert newest_load(warehouse) == late
