"""Collection: every dataset for itself, and one account of what came and what is missing.

One dataset failing never hides: the others are collected, every incident is logged, and the run
ends in an error that lists what is missing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.context import FlowRunContext

from flows.alerts import messages
from flows.alerts.notify import reported
from flows.corrections import look_for_corrections
from flows.ingestion.collection import Collection
from flows.ingestion.dependencies import CALENDAR
from flows.ingestion.fallback_chain import collect_dataset
from flows.ingestion.results import CollectionIncomplete, NetworkDown, Outcome
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.progress import finished, of_all
from flows.publishing import publishing
from flows.tasks import scheduled_for, step
from flows.workspace import Workspace
from warehouse.cadence import Span
from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.datasets.trade_calendar import ends_soon, insist_on_days_ahead
from warehouse.records import coverage

LOG = logging.getLogger(__name__)


@flow(name="collect", on_running=[end_with_runner])
def collect(datasets: list[str] | None = None) -> list[Outcome]:
    """Collect what is published by now and missing, from every source's chain, and publish it.

    datasets: only these; all if left out. What could not be collected fails the run at its end;
    whatever could be is in the warehouse.
    """
    ws = workspace()
    if scheduled_for() and ws.today not in ws.calendar:
        finished(f"{ws.today} is not a trading day; nothing to collect")
        return []
    with reported(ws, "collect") as events, publishing(ws):
        try:
            outcomes = gather(ws, datasets)
        finally:
            found = look_for_corrections(ws)
            events.extend(messages.restated(found.issue_id, found.rows))
            if found.line:
                LOG.warning("%s", found.line)
    if warning := ends_soon(last_trading_day(Collection(ws)), ws.today):
        finished(warning)
    return outcomes


def gather(
    ws: Workspace,
    names: Iterable[str] | None = None,
    span: Span | None = None,
) -> list[Outcome]:
    """Collect datasets one by one, or with other workers; with a span, back-fill them.

    Raises CollectionIncomplete after everything that could be collected is in the warehouse, and
    CalendarEnds before anything but the calendar is requested.
    """
    run = Collection(ws)
    if ws.settings.coordination:
        outcomes = together(run, collectable(names), span, named=bool(names))
    else:
        # The offline exchange answers at once; in the pauses of a real collection others may write.
        with run.keeping_open() if ws.simulated else nullcontext():
            outcomes = each(run, collectable(names), span, named=bool(names))
    report(outcomes)
    if any(o.missing for o in outcomes):
        if run.reach.unreached:
            raise NetworkDown(run.reach.said, outcomes)
        raise CollectionIncomplete(outcomes)
    return outcomes


def each(run: Collection, due: Sequence[str], span: Span | None, *, named: bool) -> list[Outcome]:
    """Datasets one after the other; the calendar must reach beyond today before the others."""
    outcomes: list[Outcome] = []
    until = min(run.ws.today, span[1]) if span else run.ws.today
    for place, name in enumerate(due):
        of_all(place, len(due))
        if name != CALENDAR and (place == 0 or due[place - 1] == CALENDAR):
            insist_on_days_ahead(last_trading_day(run), until)
        outcomes += one_dataset(run, name, span, named=named)
        if run.reach.lost:
            raise NetworkDown(run.reach.said, outcomes)
    return outcomes


def together(
    run: Collection, due: Sequence[str], span: Span | None, *, named: bool
) -> list[Outcome]:
    """Datasets in chunks that all workers share; the calendar must reach beyond today first."""
    from flows.ingestion.chunks import Subject  # noqa: PLC0415 - needs a driver
    from flows.shared_collection import lead  # noqa: PLC0415 - needs a driver

    until = min(run.ws.today, span[1]) if span else run.ws.today
    day = None if span else run.ws.today  # a back-fill that was cut off may go on tomorrow

    def insist_on_calendar() -> None:
        insist_on_days_ahead(last_trading_day(run), until)

    return lead(run, Subject(day, tuple(due), named, span), insist_on_calendar)


@step
def one_dataset(run: Collection, name: str, span: Span | None, *, named: bool) -> list[Outcome]:
    """One dataset, from its first source to the warehouse."""
    return collect_dataset(run, name, span, named=named)


def last_trading_day(run: Collection) -> date:
    """Where the trading calendar ends, with what this run has fetched of it."""
    last: date = run.ws.calendar.to_list()[-1]
    with run.reading() as reader:
        fetched = coverage.last_trading_day(reader) if reader else None
    return max(last, fetched) if fetched else last


def collectable(names: Iterable[str] | None = None) -> list[str]:
    """The datasets that have sources, in order.

    Lists of securities come before what is read share by share, totals before the details that must
    add up to them, and last what may follow from other datasets.
    """
    first = [CALENDAR, "security", "hk_security", "stock_daily", "margin_market"]
    chosen = [dataset(name) for name in names] if names else list(catalogue().values())
    with_sources = [d for d in chosen if d.chains]

    def turn(d: Dataset) -> tuple[bool, int, str]:
        return d.derived, first.index(d.name) if d.name in first else len(first), d.name

    return [d.name for d in sorted(with_sources, key=turn)]


def report(outcomes: Sequence[Outcome]) -> None:
    """The account of a collection on the page of its flow run."""
    if FlowRunContext.get() is None:
        return
    hosts = sum((o.requests for o in outcomes), Counter[str]())
    create_table_artifact(
        [o.account for o in outcomes], key="collection", description="What this run collected"
    )
    create_table_artifact(
        [{"host": host, "requests": count} for host, count in hosts.most_common()],
        key="requests",
        description="Requests of this run to each host",
    )
