"""The whole system in one flow: collect → measure → publish → render → deliver."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta

from prefect import flow

from flows.alerts import messages
from flows.alerts.notify import reported
from flows.briefing import render
from flows.collect import gather
from flows.delivery.message import checked
from flows.delivery.recipients import recipients, wanted_languages
from flows.editions import Choice, Edition, Language
from flows.ingestion.results import CollectionIncomplete
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.mailing import deliveries, post
from flows.measure import measure
from flows.monitoring.freshness import hold
from flows.publishing import publish, publishing
from flows.tasks import Day, scheduled_for
from flows.workspace import Workspace
from warehouse.errors import IssueHeld
from warehouse.records.issues import week_of
from warehouse.shanghai import SHANGHAI

LOG = logging.getLogger(__name__)


@flow(name="weekly", on_running=[end_with_runner])
def weekly(
    *,
    as_of: Day | None = None,
    lang: Choice | None = None,
    collect: bool = True,
    datasets: list[str] | None = None,
    send: bool = False,
    to: list[str] | None = None,
) -> str:
    """Collect what is missing, measure, publish, render, and mail if asked to; the PDFs' paths.

    At the end it publishes once more: readers find the issue, its forecasts and who has it.

    as_of: the day of the issue; if left out the last trading day, of a run that starts late the
    last one before it was due. lang: if left out, each language that a recipient reads. datasets:
    collect only these. send: mail to `to`, or to the recipients of the settings, each the edition
    of their language; `lang` en or zh is the language of all. Twice is once: the same facts give
    the same files, and nobody gets an issue twice; a corrected one goes to those who had the first
    only by `briefing send`, or when `to` names them.

    A scheduled run in a week without trading logs that and ends.

    An issue whose core inputs are stale is held: rendered and published, but not mailed. IssueHeld
    then ends the run; `briefing send` mails it all the same.

    What cannot be collected is named in the briefing's data health, and fails the run at its end.
    """
    ws = workspace()
    with reported(ws, "weekly", pings=send) as events:
        if holidays := closed_week(ws):
            LOG.info(holidays)
            return holidays
        readers = [one.address for one in recipients(ws, to or (), lang)] if send else None
        refuse_early(ws, as_of, readers)
        with publishing(ws):
            shortfall = collected(ws, datasets) if collect else None
            if shortfall:  # reported also when something else ends the run
                events.extend(messages.incomplete(shortfall.outcomes, ws.today))
            made = issue(ws, as_of, wanted_languages(ws, lang, to or ()))
            if shortfall:
                shortfall.add_note(f"The issue names it in its data health: {made[0].path}")
            if send:
                try:
                    mail_unless_held(ws, made, to, lang, shortfall)
                finally:
                    for one in made:
                        events.extend(messages.out(one.subject, deliveries(ws, one)))
        if shortfall:
            raise shortfall
        return "\n".join(str(one.path) for one in made)


def closed_week(ws: Workspace) -> str | None:
    """Why a scheduled run has nothing to do: its week had no trading day. None if it had."""
    moment = scheduled_for()
    if moment is None:
        return None
    day = moment.astimezone(SHANGHAI).date()
    week = [day - timedelta(days=back) for back in range(day.isoweekday())]
    if ws.calendar.is_in(week).any():
        return None
    return f"no trading day in {week_of(day)} up to {day}; there is no issue to make"


def refuse_early(ws: Workspace, as_of: date | None, recipients: list[str] | None) -> None:
    """Raises InputRefused for a wrong address, or a day that no collection can bring, at once."""
    if recipients is not None:
        checked(recipients)
    if as_of and (reader := ws.store.newest()):
        with reader:
            ws.resolve(as_of, reader)


def issue(ws: Workspace, requested: date | None, wanted: Sequence[Language]) -> list[Edition]:
    """The editions of a day, measured and published first: built from what was audited."""
    day = standing_day(ws, requested or overdue(ws))
    measure(ws, day)
    publish(ws)
    return [render(ws, day, requested, lang) for lang in wanted]


def standing_day(ws: Workspace, requested: date | None) -> date:
    """The trading day an issue is as of, by what was collected, published or not."""
    with ws.reading_writer() as collected:
        return ws.resolve(requested, collected)


def overdue(ws: Workspace) -> date | None:
    """The day for which a run was scheduled that only starts on a later one."""
    moment = scheduled_for()
    day = moment.astimezone(SHANGHAI).date() if moment else None
    return day if day and day < ws.today else None


def collected(ws: Workspace, datasets: list[str] | None) -> CollectionIncomplete | None:
    """Collect; a shortfall is kept until the briefing is out."""
    try:
        gather(ws, datasets)
    except CollectionIncomplete as shortfall:
        return shortfall
    return None


def mail_unless_held(
    ws: Workspace,
    made: Sequence[Edition],
    to: Sequence[str] | None,
    lang: Choice | None,
    shortfall: CollectionIncomplete | None,
) -> None:
    """Mail an issue that has news; raises IssueHeld for one that is stale."""
    try:
        hold(ws, made[0].as_of, made[0].issue_id)
    except IssueHeld as held:
        held.add_note(f"It lies in {made[0].path}")
        if shortfall:
            held.add_note(str(shortfall))
        raise held from shortfall
    post(ws, made, to, lang)
