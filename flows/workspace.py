"""The place and the time in which a flow works: home, clock, calendar, and the one writer."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path

import polars as pl
import requests

from flows.settings import Settings
from warehouse.catalog import catalogue, cutoff
from warehouse.errors import InputRefused
from warehouse.quality.contract_checks import Context
from warehouse.records import coverage
from warehouse.records.collection_log import PROJECT
from warehouse.shanghai import SHANGHAI, naive_utc
from warehouse.storage.backend import Store
from warehouse.storage.embedded import Embedded
from warehouse.storage.publish import Places, insist_on_newest, sizes
from warehouse.storage.store import Loading, Reader, Warehouse


def real_clock() -> datetime:
    return datetime.now(SHANGHAI)


@dataclass(frozen=True)
class Workspace:
    """Where and when a flow works; tests and the sandbox give it another clock.

    exchange: stands where the network would be, and answers requests offline.
    """

    settings: Settings
    clock: Callable[[], datetime] = real_clock
    exchange: Callable[[requests.PreparedRequest], requests.Response] | None = None

    @property
    def simulated(self) -> bool:
        """Whether requests go to the offline exchange instead of the network."""
        return self.exchange is not None

    @property
    def attempts(self) -> int:
        """How often a request is sent in vain; waiting does not mend the offline exchange."""
        return 1 if self.simulated else 3

    @property
    def places(self) -> Places:
        return self.settings.places

    @property
    def now(self) -> datetime:
        """Shanghai time."""
        return self.clock().astimezone(SHANGHAI)

    @property
    def now_utc(self) -> datetime:
        """Naive UTC, as the warehouse writes time."""
        return naive_utc(self.clock())

    def at(self, moment: datetime) -> Workspace:
        """The same place at a moment (naive UTC) at which the clock stands still."""
        return replace(self, clock=lambda: moment.replace(tzinfo=UTC))

    @property
    def today(self) -> date:
        return self.now.date()

    @cached_property
    def calendar(self) -> pl.Series:
        """Sorted trading days: those that akshare ships and those that were collected since."""
        return pl.concat([packaged_calendar(), *self._published[0]]).unique().sort()

    @property
    def floor(self) -> dict[str, int]:
        """Rows of the system tables as published last, before this run's own versions."""
        return self._published[1]

    @cached_property
    def _published(self) -> tuple[list[pl.Series], dict[str, int]]:
        """Collected trading days and sizes of the newest version; to open one takes 40 ms."""
        reader = self.store.newest()
        if reader is None:
            return [], {}
        with reader:
            return [coverage.trading_days(reader)], sizes(reader)

    @property
    def context(self) -> Context:
        return Context(self.calendar, self.today)

    @property
    def store(self) -> Store:
        """Where the warehouse is kept: a file of this home, or a lake."""
        place = self.settings.warehouse.place
        if place is None:
            return Embedded(self.places)
        from warehouse.storage.lake import lake_of  # noqa: PLC0415 - without a lake, not its modules

        return lake_of(place, self.places)

    def writing(self, *datasets: str) -> AbstractContextManager[Warehouse]:
        """The writer, alone, with the project's reference lists in place.

        datasets: what will be loaded; in a lake, others may then be loaded meanwhile.
        """
        return self.store.writing(*datasets, simulated=self.simulated, ready=self._make_ready)

    def reading_writer(self) -> AbstractContextManager[Reader | None]:
        """What was written up to now, for a look; None before anything was loaded."""
        return self.store.looking(simulated=self.simulated, ready=self._make_ready)

    def _make_ready(self, warehouse: Warehouse) -> None:
        insist_on_newest(warehouse, self.floor)
        with warehouse.transaction():
            self._load_reference(warehouse)

    def _load_reference(self, warehouse: Warehouse) -> None:
        """The lists that the project keeps, and the calendar, each version of them once.

        What was imported over them stays: it is newer.
        """
        for name, unit, rows in project_lists():
            if not warehouse.finished(name, unit):
                loading = self.loading(name, PROJECT, unit, rows.height)
                warehouse.load(catalogue()[name], rows, loading, self.calendar)

    def loading(
        self, name: str, source: str, unit: str, received: int, corrected: int = 0
    ) -> Loading:
        """Identity and time of a load."""
        load_id = f"{self.now_utc:%Y%m%dT%H%M%S}-{name}-{secrets.token_hex(3)}"
        return Loading(load_id, source, unit, self.now_utc, received, corrected)

    def version(self) -> str:
        """A new name for a published copy; names sort by time."""
        return f"{self.now_utc:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"

    def publish(self) -> Path:
        """A new version for readers."""
        return self.store.publish(self.version(), self.settings.keep_snapshots)

    def resolve(self, requested: date | None, reader: Reader | None = None) -> date:
        """The trading day an issue is as of: the last one up to the requested day.

        reader: where the data are; the published version if left out. Raises InputRefused for days
        in the future and before the data begin.
        """
        today = self.today
        wanted = requested or today
        if wanted > today:
            message = f"--as-of {wanted} lies in the future; the latest possible day is {today}"
            raise InputRefused(message)
        last: date = self.calendar.to_list()[-1]
        if wanted > last:
            raise InputRefused(
                f"the trading calendar ends on {last}; refresh it with "
                "`briefing collect --dataset trade_calendar`"
            )
        with nullcontext(reader) if reader else self.store.published() as data:
            first = coverage.first_close(data)
        if first is None or wanted < first:
            begin = f"the data begin on {first}" if first else "the warehouse holds no index closes"
            remedy = "import or back-fill earlier data, or choose a later day"
            message = f"--as-of {wanted}: {begin}; {remedy}"
            raise InputRefused(message)
        candidates = self.calendar.filter(self.calendar <= wanted)
        if requested is None and cutoff(wanted) > self.now_utc and self.now.hour < 16:
            candidates = candidates.filter(candidates < today)
        return candidates.max()  # type: ignore[return-value]


@cache
def packaged_calendar() -> pl.Series:
    """The trading days that akshare ships, 1990-12-19 to the end of the year of its release."""
    spec = importlib.util.find_spec("akshare")
    assert spec is not None and spec.origin is not None, "akshare is not installed"
    text = Path(spec.origin).with_name("file_fold").joinpath("calendar.json").read_text()
    return pl.Series("trade_date", json.loads(text)).str.to_date("%Y%m%d").sort()


@cache
def project_lists() -> tuple[tuple[str, str, pl.DataFrame], ...]:
    """Dataset, unit and rows of every list that comes with the project; the unit names the version.

    They are read once per process: each opening of the writer checks whether it has them.
    """
    from warehouse.files import reference  # noqa: PLC0415 - with Arrow, which few commands need

    lists = {d.name: (d.reference, reference(d)) for d in catalogue().values() if d.reference}
    lists["trade_calendar"] = ("calendar", packaged_calendar().to_frame())
    return tuple((name, f"{file} {version(rows)}", rows) for name, (file, rows) in lists.items())


def version(rows: pl.DataFrame) -> str:
    """A short digest of the rows."""
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()[:12]
