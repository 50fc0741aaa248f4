"""`briefing doctor`: whether this machine can make the next issue, said before it has to.

Each finding says what was looked at, how it stands, and what to do. Nothing is changed.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import polars as pl

from flows.alerts import messages
from flows.alerts.channels import channels
from flows.alerts.disk_space import room_of
from flows.alerts.notify import HOW_TO_SET_UP, notify, standing_conditions
from flows.collect import last_trading_day
from flows.delivery.smtp import greeted
from flows.ingestion.collection import Collection
from flows.monitoring.freshness import freshness_table
from flows.workspace import Workspace
from templates.render import pdf
from transforms.issue.staleness import Input, core_inputs
from warehouse.catalog import catalogue
from warehouse.datasets.trade_calendar import ends_soon, insist_on_days_ahead
from warehouse.errors import (
    BriefingError,
    CalendarEnds,
    InputRefused,
    SourceChanged,
    SourceDrifted,
    WarehouseDamaged,
    WarehouseUnavailable,
)
from warehouse.exchanges import HONG_KONG, NEW_YORK, expected_sessions
from warehouse.quality.corrections import corrections
from warehouse.records import coverage
from warehouse.records.collection_log import anything_loaded, incidents
from warehouse.storage.audit import audit
from warehouse.storage.connection import RESTORE
from warehouse.storage.publish import insist_on_newest

DAMAGE = ("warehouse", "readers")  # matters that speak of files
PRIVATE = ("briefing.toml", "outbox", "writer", "raw", "prefect")  # letters, records, secrets
OTHERS, READABLE, THROUGH = 0o077, 0o066, 0o011  # mode bits of the group and everybody
SOON, MONTH, WEEK = timedelta(days=60), timedelta(days=31), timedelta(days=7)
SPECIMEN = (  # what the pages print
    "<html lang='zh-CN'><head><title>科创50</title></head>"
    "<body><p>新质生产力 上证指数 頎 ▲▼ −0.5%</p></body></html>"
)


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
        calendar, fonts, mail, alerts, disk, privacy, warehouse, news, closes, known_errors,
    )  # fmt: skip
    return [finding for check in checks for finding in check(ws)]


def alert(ws: Workspace, findings: Sequence[Finding]) -> None:
    """Notify of damage and of a full disk: a supervisor may have called the doctor."""
    wrong = [f.says for f in findings if f.mark == Mark.BAD and f.matter in DAMAGE]
    notify(ws, [*(messages.damaged(said, ws.today) for said in wrong), *standing_conditions(ws)])


def calendar(ws: Workspace) -> Iterator[Finding]:
    """Whether the trading days are known for as long as runs need them."""
    last = last_trading_day(Collection(ws))
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


def alerts(ws: Workspace) -> Iterator[Finding]:
    """Whether alerts can be sent when an issue is late or something is wrong."""
    addresses = ws.settings.notify.urls
    if not addresses:
        yield Finding("notify", Mark.GOOD, f"no alerts are sent: {HOW_TO_SET_UP}")
        return
    unusable = [channel for channel in channels(ws) if channel.service is None]
    for channel in unusable:
        yield Finding("notify", Mark.BAD, f"notify.urls {channel.label}: {channel.trouble}")
    if not unusable:
        said = f"{len(addresses)} addresses; `briefing notify test` sends to each"
        yield Finding("notify", Mark.GOOD, said)


def disk(ws: Workspace) -> Iterator[Finding]:
    """Whether the home has room for the next publication."""
    room = room_of(ws)
    yield Finding("disk", Mark.GOOD if room.enough else Mark.BAD, room.said)


def privacy(ws: Workspace) -> Iterator[Finding]:
    """Whether other users of this machine can read what belongs to the operator.

    A home may let others through to `snapshots/` (chmod 711); what is private then shuts itself.
    """
    home = ws.settings.home
    secrets = (ws.settings.mail.password_file, ws.settings.warehouse.s3_secret_file)
    inside = [home / name for name in PRIVATE] if mode(home) & THROUGH else []
    exposed = [home] if mode(home) & READABLE else []
    exposed += [place for place in inside if mode(place) & OTHERS]
    exposed += [secret for secret in secrets if secret and mode(secret) & OTHERS]
    for place in exposed:
        remedy = f"chmod {700 if place.is_dir() else 600} {shlex.quote(str(place))}"
        said = f"{place} is open to other users of this machine; run `{remedy}`"
        yield Finding("privacy", Mark.WARNING, said)
    if not exposed:
        yield Finding("privacy", Mark.GOOD, f"{home} is nobody else's")


def mode(place: Path) -> int:
    """Who may do what with a file or folder; none where there is none."""
    return place.stat().st_mode & 0o777 if place.exists() else 0


def warehouse(ws: Workspace) -> Iterator[Finding]:
    """Whether system tables and core agree and can be read to the last block, in both files."""
    if not ws.places.versions and nothing_loaded(ws):
        remedy = "run `briefing import PATH` or `briefing bootstrap`"
        yield Finding("warehouse", Mark.WARNING, f"nothing was loaded yet; {remedy}")
        return
    yield verdict("warehouse", lambda: of_writer(ws), RESTORE)
    again = "a new version heals it: `briefing run`"
    yield verdict("readers", lambda: of_readers(ws), again)
    if reader := ws.store.newest():
        with reader:
            yield from alarms(incidents(reader, ws.now_utc - WEEK))


def nothing_loaded(ws: Workspace) -> bool:
    """Whether the writer, if there is one, has no rows but those that the project brings along.

    A look at the live sources makes such a file.
    """
    try:
        with ws.store.looking() as writer:
            return writer is None or not anything_loaded(writer)
    except WarehouseUnavailable:
        return False


def verdict(matter: str, look: Callable[[], list[str]], remedy: str) -> Finding:
    """What an audit says, with what to do if it found something."""
    try:
        found = "; ".join(look())
    except WarehouseDamaged as damage:
        found = f"damaged: {damage.__cause__}"
    except WarehouseUnavailable as unavailable:  # it says itself what to do
        return Finding(matter, Mark.BAD, str(unavailable))
    if found:
        return Finding(matter, Mark.BAD, f"{found}. {remedy}")
    return Finding(matter, Mark.GOOD, f"the records agree with {len(catalogue())} tables")


def of_writer(ws: Workspace) -> list[str]:
    """The audit of the flows' own file."""
    with ws.store.looking() as writer:
        if writer is None:
            return []
        insist_on_newest(writer, ws.floor)
        return audit(writer)


def of_readers(ws: Workspace) -> list[str]:
    """The audit of what readers open."""
    with ws.store.published() as reader:
        return audit(reader)


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


def closes(ws: Workspace) -> Iterator[Finding]:
    """Sessions of foreign exchanges that did not take place and that no calendar knows of."""
    try:
        with ws.store.published() as reader:
            for exchange in (HONG_KONG, NEW_YORK):
                due = expected_sessions(exchange, ws.today - MONTH, ws.today)
                days = coverage.unplanned_closes(reader, exchange, pl.Series(due, dtype=pl.Date))
                for day in days:
                    said = (
                        f"taken as closed on {day}: nobody has a price of that day. If it was "
                        "closed, add it to UNPLANNED in warehouse/exchanges.py; if not, import it"
                    )
                    yield Finding(exchange, Mark.WARNING, said)
    except WarehouseUnavailable:
        return  # `warehouse` has said so


def alarms(of_week: pl.DataFrame) -> Iterator[Finding]:
    """Sources whose format changed within the last week: somebody must look before they fail."""
    changed = of_week.filter(
        pl.col("kind").is_in([one.__name__ for one in (SourceChanged, SourceDrifted)])
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
