"""A workspace at a fixed moment, into which drawn rows may be imported; shared by all tests."""

from __future__ import annotations

import fcntl
import gc
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

import curl_cffi
import polars as pl
import pytest
from hypothesis import settings

from flows.ingestion.import_files import import_path
from flows.settings import Settings
from flows.workspace import Workspace
from tests.drawn import DRAWN
from tests.homes import MadeOnce, make_simulated_home, remembered, tell_twice
from transforms.metrics import lppls
from warehouse.catalog import dataset
from warehouse.contract import schema
from warehouse.shanghai import SHANGHAI
from warehouse.storage import connection
from warehouse.storage.connection import checkpoint
from warehouse.storage.store import Warehouse


def rows_of(name: str) -> pl.DataFrame:
    """A few plausible rows of a dataset, in all its columns; what is not drawn is null."""
    wanted = schema(dataset(name).contract)
    columns = {c: pl.Series(c, DRAWN[name].get(c, [None]), dtype) for c, dtype in wanted.items()}
    height = max(len(s) for s in columns.values())
    return pl.DataFrame(
        [s if len(s) == height else s.extend_constant(None, height - 1) for s in columns.values()]
    )


def folder_of(folder: Path, frames: Mapping[str, pl.DataFrame], form: str = "parquet") -> Path:
    """A folder with one file per dataset, as `briefing import` wants it."""
    folder.mkdir(exist_ok=True)
    for name, rows in frames.items():
        rows.write_parquet(folder / f"{name}.parquet") if form == "parquet" else rows.write_csv(
            folder / f"{name}.csv"
        )
    return folder


ROOMS_OF_UNITS = ("transforms", "warehouse")
# What is no unit test there: it takes a whole market, a database, or files on the disk.
LARGE = {
    "market",
    "validation",
    "warehouse",
    "filled_home",
    "simulated_home",
    "told_twice",
    "tmp_path",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the unit tests: those in rooms of pure code that take nothing large."""
    for item in items:
        room = item.path.relative_to(Path(__file__).parent).parts[0]
        large = LARGE & set(getattr(item, "fixturenames", ()))
        if room in ROOMS_OF_UNITS and not large and not item.get_closest_marker("real"):
            item.add_marker("unit")


@pytest.hookimpl(wrapper=True, trylast=True)  # within pytest's own: a warning is an error here, too
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect tests without the garbage collector, and have it overlook what they are made of.

    Tests and modules are over a million objects that all stay. To walk them again and again took a
    fifth of the time of collecting.
    """
    gc.disable()
    try:
        import_own_share(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def import_own_share(config: pytest.Config) -> None:
    """Import this worker's share of the test files, so that each file's asserts are rewritten once.

    Else all workers would rewrite the same file at the same moment, and then the next one.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return
    root = Path(__file__).parents[1]
    places = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    files = sorted(f for p in places for f in ([p] if p.is_file() else p.rglob("test_*.py")))
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        # The collection comes to it again, and tells; a file may skip itself without the lake.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(root).with_suffix("").parts))


settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

POLITE = ("flows.network.rate_limit", "tenacity")  # they pause for the sake of an upstream


@pytest.fixture(scope="session", autouse=True)
def hurried() -> Iterator[None]:
    """No test pauses for the sake of an upstream; akshare's pauses between pages take no time."""
    wait = time.sleep

    def sleep(seconds: float) -> None:
        caller = sys._getframe(1).f_globals["__name__"]
        if caller.startswith(POLITE) and seconds > 0:
            pytest.fail(f"{caller} sleeps for {seconds} s; give it a clock of the test")
        if not caller.startswith(("akshare", "flows.network.turns")):
            wait(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sleep)
        yield


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Nothing leaves the machine; curl opens its sockets where pytest-socket does not see them."""

    def perform(*_args: object, **_options: object) -> None:
        pytest.fail("a test asks the network through curl")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curl_cffi.Curl, "perform", perform)
        yield


@pytest.fixture(scope="session", autouse=True)
def few_fits() -> Iterator[None]:
    """Five weeks of bubble fits up to 2026-01-09 instead of half a year of them, in every home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lppls, "SINCE", max(lppls.SINCE, date(2025, 12, 12)))
        yield


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> MadeOnce:
    """`made_once(name, fill)`: a folder that `fill` has filled, once for the workers of a run.

    Who comes second waits for the first. Read what lies there, and write nothing.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder = shared / name
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.with_suffix(".made").exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed half-way
                folder.mkdir(mode=0o700)  # as the product makes a home
                fill(folder)
                folder.with_suffix(".made").touch()
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def declared_once(made_once: MadeOnce) -> Iterator[None]:
    """A new warehouse is a copy of one in which all tables are declared: 1,900 statements once.

    tests/warehouse/storage/test_dictionary.py declares one from nothing.
    """
    template = made_once("template", declare) / "warehouse.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_create", partial(shutil.copyfile, template))
        yield


def declare(folder: Path) -> None:
    """A warehouse without rows in a folder."""
    with Warehouse.writing(folder / "warehouse.duckdb"):
        pass
    checkpoint(folder / "warehouse.duckdb")


@pytest.fixture(scope="session")
def drawn() -> Callable[[str], pl.DataFrame]:
    """`drawn(dataset)`: a few plausible rows."""
    return rows_of


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """`folder({dataset: rows}, form="csv")`: a folder to import."""
    return partial(folder_of, tmp_path / "history")


def workspace_at(home: Path, *moment: int) -> Workspace:
    """A workspace whose clock stands still at a moment in Shanghai."""
    return Workspace(Settings(home=home), clock=partial(datetime, *moment, tzinfo=SHANGHAI))


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """`at(2026, 1, 20, 10)`: the workspace of this test at another moment."""
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    return partial(workspace_at, tmp_path / "home")


@pytest.fixture
def ws(at: Callable[..., Workspace]) -> Workspace:
    """A workspace on Tuesday 2026-01-20, 10:00 in Shanghai."""
    return at(2026, 1, 20, 10)


@pytest.fixture(scope="session")
def filled_home(made_once: MadeOnce) -> Path:
    """A home into which every dataset was imported; made once because that takes a second."""
    return made_once("filled", fill_home)


def fill_home(home: Path) -> None:
    """Import the drawn rows of every dataset."""
    history = folder_of(home / "history", {name: rows_of(name) for name in DRAWN})
    import_path(workspace_at(home, 2026, 1, 20, 10), history)


@pytest.fixture(scope="session")
def evaluated_once(made_once: MadeOnce) -> Iterator[None]:
    """Equal arguments are evaluated once for all workers: most runs measure the same market."""
    from flows import measure  # with Prefect: no unit test's matter

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "evaluation", partial(remembered, made_once))
        yield


@pytest.fixture(scope="session")
def simulated_home(made_once: MadeOnce, evaluated_once: None) -> Path:
    """A home on Tuesday 2026-01-13, 19:00: imported, collected, measured and rendered."""
    return made_once("simulated", make_simulated_home)


@pytest.fixture(scope="session")
def told_twice(made_once: MadeOnce, simulated_home: Path) -> Path:
    """That home on the day after, with a second evaluation; read it, and write nothing there.

    Between them came a file of a single old day, whose close is revised.
    """
    return made_once("told-twice", partial(tell_twice, simulated_home))


@pytest.fixture
def filled(ws: Workspace, filled_home: Path) -> Workspace:
    """The workspace `ws` with the drawn rows of every dataset imported and published."""
    shutil.copytree(filled_home, ws.places.home, symlinks=True)
    return ws
