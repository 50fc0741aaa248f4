"""`briefing doctor`: whether this machine can make the next issue, said before it has to.

Each finding says what was looked at, how it stands, and what to do. Nothing is changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import polars as pl

from flows.collect import last_trading_day
from flows.freshness import freshness_table
from flows.mail import greeted
from flows.workspace import Workspace
from templates.render import pdf
from transforms.staleness import Input, core_inputs
from warehouse.catalog import catalogue
from warehouse.corrections import corrections
from warehouse.datasets.trade_calendar import ends_soon, insist_on_days_ahead
from warehouse.errors import BriefingError, CalendarEnds, InputRefused, WarehouseUnavailable
from warehouse.publish import published
from warehouse.store import Warehouse, writer_lock

SPARE = 1_000_000_000  # bytes that a weekly run may need besides the copies of the warehouse
COPIES = 3  # of the writer file that lie side by side while it is published
SOON = timedelta(days=60)
SPECIMEN = "<p lang='zh'>新质生产力 上证指数 頎 ▲▼ −0.5%</p>"  # what the pages print


class Mark(StrEnum):
    """How a matter stands."""

    GOOD = "ok"
    WARNING = "look"  # it works today
    BAD = "wrong"


@dataclass(frozen=True)
class Finding:
    """One matter that was looked at."""

    matter: str
    mark: Mark
    says: str


def examine(ws: Workspace) -> list[Finding]:
    """Every check that needs no upstream."""
    checks: tuple[Callable[[Workspace], Iterator[Finding]], ...] = (
        calendar, fonts, mail, disk, warehouse, news, known_errors,
    )  # fmt: skip
    return [finding for check in checks for finding in check(ws)]


def calendar(ws: Workspace) -> Iterator[Finding]:
    """Whether the trading days are known for as long as runs need them."""
    last = last_trading_day(ws)
    try:
        insist_on_days_ahead(last, ws.today)
    except CalendarEnds as ended:
        yield Finding("calendar", Mark.BAD, str(ended))
        return
    if warning := ends_soon(last, ws.today):
        yield Finding("calendar", Mark.WARNING, warning)
    else:
        yield Finding("calendar", Mark.GOOD, f"trading days are known to {last}")


def fonts(ws: Workspace) -> Iterator[Finding]:
    """Whether a page with Chinese text can be set."""
    try:
        size = len(pdf(SPECIMEN, ws.today))
    except (BriefingError, OSError) as error:  # OSError: a library that is not installed
        remedy = "run `make setup`, which says what this system lacks"
        yield Finding("fonts", Mark.BAD, f"a page cannot be set: {error}; {remedy}")
    else:
        yield Finding("fonts", Mark.GOOD, f"Chinese text and signs are set ({size:,} bytes)")


def mail(ws: Workspace) -> Iterator[Finding]:
    """Whether the mail server takes our greeting and login, and whether there are recipients."""
    chosen = ws.settings.mail
    if chosen.server is None:
        yield Finding("mail", Mark.GOOD, "no server is set: issues go to outbox/ as .eml files")
        return
    try:
        yield Finding("mail", Mark.GOOD, f"{chosen.server}:{chosen.port} {greeted(chosen)}")
    except BriefingError as error:
        yield Finding("mail", Mark.BAD, f"{chosen.server}:{chosen.port}: {error}")
    if not chosen.recipients:
        yield Finding("recipients", Mark.WARNING, "mail.recipients is empty: nobody gets the issue")


def disk(ws: Workspace) -> Iterator[Finding]:
    """Whether the home has room for the next publication."""
    home = ws.settings.home
    there = next(p for p in (home, *home.parents) if p.exists())
    writer = ws.places.writer
    need = SPARE + COPIES * (writer.stat().st_size if writer.exists() else 0)
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:,.1f} GB free at {home}, {need / 1e9:,.1f} GB wanted"
    yield Finding("disk", Mark.GOOD if free >= need else Mark.BAD, said)


def warehouse(ws: Workspace) -> Iterator[Finding]:
    """Whether books and tables agree, and whether readers have a copy."""
    if not ws.places.writer.exists():
        remedy = "run `briefing import PATH` or `briefing collect`"
        yield Finding("warehouse", Mark.WARNING, f"nothing was loaded yet; {remedy}")
        return
    with writer_lock(ws.places.lock), Warehouse.writing(ws.places.writer) as writer:
        contradictions = writer.audit()
    said = "; ".join(contradictions) or f"the books agree with {len(catalogue())} tables"
    yield Finding("warehouse", Mark.BAD if contradictions else Mark.GOOD, said)
    reader = published(ws.places)
    if reader is None:
        yield Finding("readers", Mark.BAD, "no published copy opens; run `briefing run`")
        return
    with reader:
        yield from alarms(ws, reader.query("FROM meta.incident"))


def news(ws: Workspace) -> Iterator[Finding]:
    """Whether the core inputs reach the day that is due; a weekly issue without news is held."""
    try:
        inputs = core_inputs(freshness_table(ws, ws.resolve(None)))
    except WarehouseUnavailable:
        return  # `warehouse` has said so
    except InputRefused as refused:
        yield Finding("data", Mark.BAD, f"no issue can be made: {refused}")
        return
    yield from map(news_of, inputs)


def news_of(one: Input) -> Finding:
    """One core input: wrong if it holds the issue, worth a look if it is behind or never came."""
    if one.stale:
        remedy = (
            "the weekly issue is held; run `briefing collect`, see `briefing status --incidents`, "
            "or import the missing days"
        )
        return Finding(one.dataset, Mark.BAD, f"{one}: {remedy}")
    if one.newest is None:
        remedy = "never received; run `briefing collect` or `briefing import PATH`"
        return Finding(one.dataset, Mark.WARNING, f"{one.what}: {remedy}")
    return Finding(one.dataset, Mark.WARNING if one.behind else Mark.GOOD, str(one))


def alarms(ws: Workspace, incidents: pl.DataFrame) -> Iterator[Finding]:
    """Sources whose format changed within the last week: somebody must look before they fail."""
    week = ws.now_utc - timedelta(days=7)
    changed = incidents.filter(
        pl.col("happened_at") > week, pl.col("kind").is_in(["SourceChanged", "SourceDrifted"])
    )
    for dataset, source in changed.select("dataset", "source").unique().sort("dataset").iter_rows():
        said = (
            f"{source} changed its format within the last week; see `briefing status --incidents`"
        )
        yield Finding(dataset, Mark.WARNING, said)
    if changed.is_empty():
        yield Finding("formats", Mark.GOOD, "no source changed its format within the last week")


def known_errors(ws: Workspace) -> Iterator[Finding]:
    """Whether an entry of corrections.toml has expired or soon will."""
    for entry in corrections():
        if entry.expires <= ws.today:
            said = f"expired on {entry.expires}: {entry.reason} Look again, renew or remove it."
            yield Finding(f"correction of {entry.dataset}", Mark.BAD, said)
        elif entry.expires <= ws.today + SOON:
            said = f"expires on {entry.expires}: {entry.reason}"
            yield Finding(f"correction of {entry.dataset}", Mark.WARNING, said)
    yield Finding("corrections", Mark.GOOD, f"{len(corrections())} known errors of upstreams")
