"""Homes of the simulated market: a small one that is collected and printed, and two evaluations."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
import requests

from flows.ingestion.import_files import import_path
from flows.sandbox import MarketParameters, build_market, simulated_market
from flows.settings import Settings
from flows.workspace import Workspace
from transforms.evaluation import Evaluation, Vintage, evaluation
from warehouse.catalog import cutoff, dataset
from warehouse.contract import schema
from warehouse.shanghai import SHANGHAI
from warehouse.storage.store import Reader

MadeOnce = Callable[[str, Callable[[Path], object]], Path]
AS_OF, LATER = date(2026, 1, 13), date(2026, 1, 14)  # the evaluations of `told_twice`
REVISED = {"code": "000001.SH", "trade_date": date(2025, 12, 30)}  # the close that comes between
SHARES = "40"
SANDBOX = {"BRIEFING_SANDBOX__ENABLED": "true", "BRIEFING_SANDBOX__STOCKS": SHARES}


def make_simulated_home(home: Path) -> None:
    """Fill a home on Tuesday 2026-01-13, 19:00: imported, collected, measured and rendered."""
    from flows.demo import write_archive  # with Prefect and all that renders: no unit test's matter
    from flows.machine import workspace
    from flows.weekly import weekly

    with pytest.MonkeyPatch.context() as patch:  # not longer: other tests read the environment, too
        for name, value in (SANDBOX | {"BRIEFING_HOME": str(home)}).items():
            patch.setenv(name, value)
        with TemporaryDirectory() as archive:
            write_archive(simulated_market(int(SHARES)), Path(archive))
            import_path(workspace(), Path(archive))
        weekly.fn(as_of=AS_OF)


def tell_twice(simulated: Path, home: Path) -> None:
    """Fill a home with that one, a revision that came after it, and the evaluation of then."""
    from flows.measure import measure

    ws = evening(copy_of(simulated, home), LATER)
    with Reader.open(simulated / "current.duckdb") as reader:
        closes = reader.read("index_daily", cutoff(AS_OF))
    revise(ws, closes.select(list(schema(dataset("index_daily").contract))))
    measure(ws, LATER)
    ws.publish()


def tell_once(home: Path) -> None:
    """Fill a home with an imported market, an evaluation, and a revision after it."""
    from flows.demo import write_archive
    from flows.measure import measure

    folder = home / "archive"
    folder.mkdir(parents=True)
    write_archive(build_market(MarketParameters(stocks=60)), folder)
    import_path(evening(home, AS_OF), folder)
    measure(evening(home, AS_OF), AS_OF)
    revise(evening(home, LATER), pl.read_parquet(folder / "index_daily.parquet"))


def revise(ws: Workspace, closes: pl.DataFrame) -> None:
    """Import a file of a single old day, whose close is revised."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "index_daily.parquet"
        closes.filter(**REVISED).with_columns(pl.col("close") + 1).write_parquet(file)
        import_path(ws, file)


def nobody(_request: requests.PreparedRequest) -> requests.Response:
    raise AssertionError("a test of stored figures asked the network")


def evening(home: Path, day: date) -> Workspace:
    """A simulated warehouse on the evening of a day."""
    clock = partial(datetime, day.year, day.month, day.day, 20, tzinfo=SHANGHAI)
    return Workspace(Settings(home=home), clock, nobody)


def copy_of(home: Path, to: Path) -> Path:
    """A copy of a home to write into; what was published is linked, for nobody writes there."""

    def put(source: str, target: str) -> None:
        published = not Path(source).stat().st_mode & 0o222
        (os.link if published else shutil.copy2)(source, target)

    return Path(shutil.copytree(home, to, symlinks=True, copy_function=put, dirs_exist_ok=True))


def remembered(made_once: MadeOnce, vintage: Vintage, *earlier: Any) -> Evaluation:
    """The evaluation of equal arguments, made once for all workers.

    An evaluation follows from them alone, and not from what its cache holds
    (tests/test_no_lookahead.py).
    """
    *books, _told = earlier

    def write(folder: Path) -> None:
        (folder / "pickled").write_bytes(pickle.dumps(evaluation(vintage, *earlier)))

    key = identity([vintage.as_of, vintage.frames, *books])
    found = pickle.loads((made_once(f"evaluated-{key}", write) / "pickled").read_bytes())
    new = {k: v for k, v in found.computed.items() if k not in vintage.cache}
    return replace(found, computed=new)


def identity(value: Any) -> str:
    """A digest that equal values share: of frames their rows, in whatever order."""
    if isinstance(value, pl.DataFrame):
        rows = value.drop(cs.nested()).hash_rows()
        said = f"{value.schema} {len(rows)} {rows.sum()}"
    elif isinstance(value, Mapping):
        said = " ".join(f"{name} {identity(value[name])}" for name in sorted(value))
    elif isinstance(value, list):
        said = " ".join(map(identity, value))
    else:
        said = identity(vars(value)) if is_dataclass(value) else repr(value)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
