"""Who is mailed which edition: of a weekly run by itself, of a correction by hand."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from flows.briefing import mail_out, render, rendered
from flows.delivery.deliver import Outcome, all_tried, on_their_way
from flows.delivery.outbox import HAD
from flows.delivery.recipients import recipients
from flows.editions import OFFERED, Choice, Edition, Language, languages
from flows.publishing import publish_what_letters_link_to
from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.records.deliveries import Step, standing
from warehouse.records.issues import Named, corrections, days, week_of

LOG = logging.getLogger(__name__)


def post(
    ws: Workspace,
    made: Sequence[Edition],
    to: Sequence[str] | None = None,
    lang: Choice | None = None,
) -> None:
    """Mail each edition to its readers: those named, or those of the settings who have none yet.

    Each edition is tried, whatever becomes of the others; raises DeliveryFailed at the end.
    """
    readers = recipients(ws, to or (), lang)
    due: list[tuple[Edition, list[str]]] = []
    for edition in made:
        own = [one.address for one in readers if one.lang == edition.language]
        had = served(ws, edition) if not to else set()
        due.append((edition, [a for a in own if a.casefold() not in had]))
        if spared := [a for a in own if a.casefold() in had]:
            LOG.warning(
                "issue %s, revision %s, was not mailed to %s, who have, or may have, another "
                "edition of %s: a correction goes out only by `briefing send %s`",
                *edition.name,
                ", ".join(spared),
                edition.as_of,
                edition.issue_id,
            )
    publish_what_letters_link_to(ws)
    all_tried(partial(mail_out, ws, edition, own) for edition, own in due if own)


def send_issue(
    ws: Workspace,
    issue_id: str,
    to: Sequence[str] | None = None,
    lang: Choice | None = None,
) -> list[Outcome]:
    """Mail the newest editions of an issue to those named, or to all who read it, each in theirs.

    Who has an earlier revision gets the newest one of the same language, as a correction. An
    edition in a language that somebody reads and that was never rendered is rendered now.
    """
    due: list[tuple[Edition, list[str]]] = []
    if to:
        readers = recipients(ws, to, lang)
        wanted = [one for one in OFFERED if any(r.lang == one for r in readers)]
        for language in wanted:
            own = [one.address for one in readers if one.lang == language]
            due.append((edition_in(ws, issue_id, language), own))
    else:
        read = {one.lang for one in recipients(ws, lang=lang)}
        with ws.writing() as warehouse:
            had = {one.language for one in standing(warehouse, issue_id) if one.state in HAD}
        chosen = languages(lang) if lang else [one for one in OFFERED if one in read | had]
        due = [(edition_in(ws, issue_id, language), []) for language in chosen]
    publish_what_letters_link_to(ws)
    return all_tried(partial(mail_out, ws, edition, own, lang) for edition, own in due)


def edition_in(ws: Workspace, issue_id: str, language: Language) -> Edition:
    """The newest edition in a language, rendered now if there is one in another language only, or
    if sources have restated since what it printed.

    Raises InputRefused when the issue was never rendered at all.
    """
    try:
        edition = rendered(ws, issue_id, language)
    except InputRefused:
        for other in OFFERED:
            if other != language:
                known = rendered(ws, issue_id, other)
                return render(ws, known.as_of, known.requested, language)
        raise
    if restated_since(ws, edition):
        return render(ws, edition.as_of, edition.requested, language)
    return edition


def restated_since(ws: Workspace, edition: Edition) -> bool:
    """Whether a restatement was found after an edition was rendered."""
    with ws.writing() as warehouse:
        found = corrections(warehouse, edition.as_of, ws.now_utc)["found_at"]
    return bool((found > edition.rendered_at).any())


def deliveries(ws: Workspace, edition: Edition) -> list[Step]:
    """Where an edition stands with each recipient."""
    with ws.writing() as warehouse:
        steps = standing(warehouse, edition.issue_id)
    own = (s for s in steps if (s.revision, s.language) == (edition.revision, edition.language))
    return on_their_way(ws, own)


def served(ws: Workspace, edition: Edition) -> set[str]:
    """Who has, or may have, another edition of this issue's day, in whatever language and whatever
    it was called then.
    """
    with ws.writing() as warehouse:
        steps = standing(warehouse)
        dated = days(warehouse)
    this = (*edition.name, edition.language)
    return {
        s.recipient.casefold()
        for s in steps
        if (s.issue_id, s.revision, s.language) != this
        and _day_of(s, edition, dated) == edition.as_of
        and s.state in HAD
    }


def _day_of(step: Step, edition: Edition, dated: Mapping[Named, date]) -> date | None:
    """The day of the edition that a delivery is of.

    After a loss nobody knows it; that of the week may be of any of its days, in an older home.
    """
    may_be = step.issue_id in (edition.issue_id, week_of(edition.as_of))
    unknown = edition.as_of if may_be else None
    return dated.get((step.issue_id, step.language, step.revision), unknown)
