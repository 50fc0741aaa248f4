"""A lake whose files lie in a folder: months of minute bars, the file for laptops, compaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.lake import compaction, exported, lake_here
from flows.workspace import Workspace, packaged_calendar
from tests.conftest import workspace_at
from tests.drawn.minutes import minute_bars
from tests.lake.conftest import TUESDAY
from tests.lake.services import Services
from warehouse.catalog import dataset
from warehouse.errors import PublishRefused, WarehouseUnavailable
from warehouse.records.collection_log import cut
from warehouse.storage.audit import audit, contents
from warehouse.storage.lake import Lake
from warehouse.storage.publish import Places
from warehouse.storage.store import Reader

pytestmark = pytest.mark.lake
CODES = [f"{number:06}.SZ" for number in range(1, 5)]
NEW = [date(2025, 12, 31), date(2026, 1, 5), date(2026, 1, 6)]
OLD = [date(2025, 11, 3), date(2025, 12, 1)]
FIRST = NEW[-1] - timedelta(days=30)
MINUTES = "stock_minute"
BARS = f"SELECT count(*) FROM core.{MINUTES}"


@pytest.fixture(scope="module")
def ws(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A machine whose lake has its files in a folder, with minute bars of three months."""
    place = tmp_path_factory.mktemp("folder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEFING_HOME", str(place / "home"))
        patch.setenv("BRIEFING_WAREHOUSE__LAKE", services.settings()["lake"])
        patch.setenv("BRIEFING_WAREHOUSE__DATA", str(place / "shared"))
        machine = workspace_at(place / "home", *TUESDAY)
        lake_here(machine).init()
        load(machine, "one", OLD + NEW)
        yield machine


def load(ws: Workspace, unit: str, days: list[date], seed: int = 1) -> None:
    d = dataset(MINUTES)
    rows = minute_bars(seed, CODES, days).select(d.contract.column_names())
    with ws.writing(MINUTES) as warehouse, warehouse.transaction():
        loading = ws.loading(MINUTES, "drawn", unit, rows.height)
        warehouse.load(d, rows, loading, packaged_calendar())


def test_a_month_of_bars_is_read_from_files_of_that_month(ws: Workspace):
    read = f"EXPLAIN ANALYZE SELECT * FROM core.{MINUTES} WHERE trade_date >= DATE "
    with ws.reading_writer() as reader:
        assert reader is not None
        plans = [reader.connection.execute(f"{read} '{d}'").fetchall() for d in (NEW[-1], OLD[0])]
    one, all_of_them = (int(re.findall(r"Total Files Read: (\d+)", str(p))[0]) for p in plans)
    assert (one, all_of_them) == (1, 3)


def test_a_published_file_has_the_newest_days_of_the_bars_and_says_so(ws: Workspace):
    file = ws.publish()
    with Reader.open(file) as reader, ws.store.published() as lake:
        assert reader.value(f"SELECT min(trade_date) FROM core.{MINUTES}") == NEW[0]
        assert reader.value(BARS) * (len(OLD) + len(NEW)) == lake.value(BARS) * len(NEW)
        assert audit(reader) == audit(lake) == []
        said = f"rows from {FIRST} on; older ones are in the lake"
        last = reader.query("FROM meta.load ORDER BY rowid DESC LIMIT 1").row(0, named=True)
        assert (last["unit"], last["rows_after"]) == (said, reader.value(BARS))
        comments = reader.query(
            "SELECT comment FROM duckdb_tables() WHERE starts_with(table_name, $1) UNION ALL "
            "SELECT comment FROM duckdb_functions() WHERE function_name = $1 || '_asof'",
            [MINUTES],
        )["comment"]
        assert [said in comment for comment in comments] == [True] * 3
        assert (cut(reader), cut(lake)) == ([(MINUTES, said)], [])
        there, wanted = contents(reader), contents(lake)
    assert {t for t in wanted if there[t] != wanted[t]} <= {f"core.{MINUTES}", "meta.load"}


def test_a_whole_file_has_all_of_them(ws: Workspace):
    with Reader.open(exported(ws, whole=True)) as reader, ws.store.published() as lake:
        assert contents(reader) == contents(lake)


def test_damage_in_days_that_no_file_has_is_found_all_the_same(ws: Workspace):
    lake = lake_here(ws)
    there = Places(lake.places.home).current.readlink()
    change = f"UPDATE core.{MINUTES} SET close = close + {{}} WHERE trade_date = DATE '{OLD[0]}'"
    with ws.writing() as warehouse:
        warehouse.connection.execute(change.format(1))
    with pytest.raises(PublishRefused, match=f"core.{MINUTES} holds other values than were loaded"):
        ws.publish()
    assert Places(lake.places.home).current.readlink() == there
    with ws.writing() as warehouse:
        warehouse.connection.execute(change.format(-1))


def test_the_flow_compaction_completes_in_a_run_of_prefect(ws: Workspace):
    from prefect.settings import (
        PREFECT_API_BLOCKS_REGISTER_ON_START,
        PREFECT_SERVER_ANALYTICS_ENABLED,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    bare = {PREFECT_API_BLOCKS_REGISTER_ON_START: False, PREFECT_SERVER_ANALYTICS_ENABLED: False}
    load(ws, "two", [date(2026, 1, 7)])
    with ws.reading_writer() as reader:
        assert reader is not None
        before = contents(reader)
    with temporary_settings(bare), prefect_test_harness(server_startup_timeout=120):
        state = compaction(return_state=True)
    assert state.is_completed()
    assert re.match(r"[\d,]+ files became [\d,]+; ", state.result())
    with ws.reading_writer() as reader:
        assert reader is not None
        assert contents(reader) == before


def test_a_folder_that_cannot_be_written_is_named(services: Services, tmp_path: Path):
    (tmp_path / "file").touch()
    settings = services.settings()
    lake = workspace_at(tmp_path / "home", *TUESDAY).settings.warehouse
    place = lake.model_copy(
        update={"lake": settings["lake"], "data": str(tmp_path / "file" / "x")}
    ).place
    assert place is not None
    with pytest.raises(WarehouseUnavailable, match=r"folder of warehouse\.data cannot be written"):
        Lake(place, Places(tmp_path / "home")).init()


def test_a_folder_that_is_not_mounted_here_is_named_before_anything_is_written(ws: Workspace):
    lake = lake_here(ws)
    data = Path(lake.place.data)
    away = data.rename(data.with_name("unmounted"))
    try:
        for empty in (False, True):
            if empty:
                data.mkdir()
            for use in (Lake.init, Lake.published, lambda one: dict(one.account())):
                with pytest.raises(
                    WarehouseUnavailable, match="is missing or empty on this machine"
                ):
                    use(Lake(lake.place, lake.places))
        assert not list(data.iterdir())
    finally:
        data.rmdir()
        away.rename(data)
