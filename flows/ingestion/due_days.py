"""The request for what is due: published by now, and not in the warehouse.

Which days that are, each cadence decides for itself (`warehouse/cadence.py`), before any call.
"""

from __future__ import annotations

from flows.ingestion.collection import Collection
from warehouse.cadence import Span
from warehouse.catalog import Chain, Dataset, Request


def request_for(
    run: Collection, d: Dataset, chain: Chain, span: Span | None, *, named: bool = False
) -> Request:
    """The request for what a part lacks; without days nothing is due.

    named: the dataset was named by the caller, so that a list is read before its time.
    """
    ws = run.ws
    with run.log(d, chain) as log:
        published = d.published_days(chain, ws.calendar, ws.now_utc)
        due = d.cadence_of(chain).due(published, ws.now, log, span, named=named)
    return Request(due.days, ws.now, due.codes, tuple(ws.calendar.to_list()))
