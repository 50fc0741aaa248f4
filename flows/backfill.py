"""Back-fill: the same collection, over a span of the past."""

from __future__ import annotations

from datetime import date

from prefect import flow

from flows.collect import gather
from flows.ingestion.results import Outcome
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.publishing import publish
from flows.tasks import Day
from warehouse.errors import InputRefused


@flow(name="backfill", on_running=[end_with_runner])
def backfill(from_date: Day, to_date: Day, datasets: list[str] | None = None) -> list[Outcome]:
    """Collect what is missing between two days, both included, and publish it.

    Days and shares that are in the warehouse already are not requested again, so that a run that
    was cut off goes on where it stopped. Prices of all A-shares take two requests per share.
    """
    ws = workspace()
    span = checked_span(from_date, to_date)
    try:
        return gather(ws, datasets, span)
    finally:
        publish(ws)


def checked_span(first: date, last: date) -> tuple[date, date]:
    """The span, if it runs forward."""
    if first > last:
        raise InputRefused(f"the span ends ({last}) before it begins ({first}); swap the two days")
    return first, last
