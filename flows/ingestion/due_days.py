"""What is published by now and not in the warehouse: decided from the calendar, before any call."""

from __future__ import annotations

from flows.ingestion.collection import Collection
from warehouse.cadence import Span
from warehouse.catalog import Chain, Dataset, Request


def published(run: Collection, d: Dataset, chain: Chain) -> Request:
    """A request for all days of a part whose figures are out by now."""
    ws = run.ws
    days = d.published_days(chain, ws.calendar, ws.now_utc)
    return Request(tuple(days), ws.now, calendar=tuple(ws.calendar))


def due(
    run: Collection, d: Dataset, chain: Chain, span: Span | None, *, named: bool = False
) -> Request:
    """The request for what a part lacks; without days nothing is due.

    named: the dataset was named by the caller, so that a list is read before its time.
    """
    with run.log(d, chain) as log:
        return d.cadence_of(chain).due(published(run, d, chain), log, span, named=named)
