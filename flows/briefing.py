"""The briefing: from the published marts to an issue, its pages, and its mail."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from prefect import flow

import templates
import transforms
from flows.delivery.deliver import Outcome, addressees, deliver
from flows.delivery.message import Edition
from flows.editions import Language, Rendered, of_row, place, read, row_of, seal, spoilt, write
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.measure import series_of
from flows.monitoring.freshness import freshness_table, hold
from flows.progress import tell
from flows.tasks import Day, publishing, step
from flows.workspace import Workspace
from templates import render as pages
from transforms.evaluation import book_of
from transforms.issue.claims import check_claims
from transforms.issue.issue import Issue
from transforms.issue.movers import chinese_names, movers, name_origins
from transforms.outlook.backtest import Outlook
from transforms.outlook.track_record import calls
from warehouse.catalog import cutoff
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records import evaluations, forecasts, issues
from warehouse.records.collection_log import rejected_of_month
from warehouse.storage.store import Reader

LOG = logging.getLogger(__name__)
OUTLOOK = ("mart.scenario", "mart.scenario_record", "mart.scenario_reliability")


def build(ws: Workspace, as_of: date, requested: date | None = None) -> Issue:
    """Everything that the issue of a day prints, out of the published marts.

    Raises InputRefused if nothing was measured as of that day.
    """
    with Reader.open(ws.places.current) as reader:
        book = book_of(evaluations.facts(reader, as_of))
        series = series_of(reader, as_of)
        named = {n: reader.read(n, cutoff(as_of)) for n in ("security", "ipo_hk", "ipo_a")}
        simulated = reader.simulated
        compared = reader.measured("meta.discrepancy", as_of)
        outlook = Outlook(*(reader.measured(table, as_of) for table in OUTLOOK))
        gaps = reader.query("FROM meta.gap ORDER BY rowid")
        absent = reader.measured("meta.absence", as_of)
        doubted = reader.measured("meta.doubt", as_of)
        refusals = rejected_of_month(reader, cutoff(as_of))
    names = chinese_names(named)
    return Issue(
        issue_id=issues.identity(as_of, ws.calendar),
        as_of=as_of,
        requested=requested or as_of,
        cutoff=cutoff(as_of),
        facts=book,
        series=series,
        health=freshness_table(ws, as_of),
        discrepancies=compared,
        gaps=gaps,
        refusals=refusals,
        claims=check_claims(book, as_of),
        simulated=simulated,
        names=names,
        name_origins=name_origins(named),
        movers=movers(series, names),
        outlook=outlook,
        absent=absent,
        doubted=doubted,
    )


@step
def render(
    ws: Workspace, as_of: date, requested: date | None = None, lang: Language = "en"
) -> Rendered:
    """The issue as PDF with facts and mail beside it; what is there and whole is not set again."""
    still = ws.at(ws.now_utc)  # what is printed is of one moment, to be made again as of it
    issue = build(still, as_of, requested)
    content_hash = fingerprint(issue)
    with still.writing() as warehouse:
        row = issues.saying(warehouse, issue.issue_id, lang, content_hash)
        edition = of_row(still, row, simulated=issue.simulated) if row else None
        if edition is None or not whole(still, edition):
            revision = issues.next_revision(warehouse, issue.issue_id, lang)
            edition = made(still, issue, lang, content_hash, revision)
            issues.record(warehouse, row_of(still.settings.home, edition))
        said = calls(issue.outlook.scenarios, issue.series)
        forecasts.freeze(warehouse, issue.issue_id, as_of, still.now_utc, said)
    return edition


def made(ws: Workspace, issue: Issue, lang: Language, content_hash: str, revision: int) -> Rendered:
    """A new edition, once all its files are on the disk."""
    letter = pages.mail(issue)
    content = contents(issue, letter)
    edition = Rendered(
        issue_id=issue.issue_id,
        revision=revision,
        as_of=issue.as_of,
        requested=issue.requested,
        language=lang,
        subject=letter.subject,
        content_hash=content_hash,
        simulated=issue.simulated,
        path=place(ws.settings.home, issue.issue_id, lang, revision),
        rendered_at=ws.now_utc,
        seals={part: seal(file) for part, file in content.items()},
    )
    write(edition, content)
    return edition


def contents(issue: Issue, letter: pages.Mail) -> dict[str, bytes]:
    """The files of an edition, by part: same issue and code, same bytes."""
    return {
        "facts": as_json(issue),
        "html": letter.html.encode(),
        "text": letter.text.encode(),
        "pdf": pages.pdf(pages.html(issue), issue.as_of),
    }


def whole(ws: Workspace, edition: Rendered) -> bool:
    """Whether the files are those that were made, or could be made again to the byte."""
    damaged = spoilt(edition, read(edition))
    if not damaged:
        return True
    names = ", ".join(str(file) for file in damaged)
    say(f"damaged or gone: {names}; the issue is set again from what was measured")
    issue = build(ws.at(edition.rendered_at), edition.as_of, edition.requested)
    content = contents(issue, pages.mail(issue))
    if {part: seal(file) for part, file in content.items()} != edition.seals:
        say("it cannot be made as it was, because data or code have changed since")
        return False
    write(edition, content)
    say("its files have the very bytes again that were made first")
    return True


def say(text: str) -> None:
    """To the log of a run, and to whoever watches a terminal."""
    LOG.warning(text)
    tell(text)


def as_json(issue: Issue) -> bytes:
    """The facts of an issue as the file beside its PDF."""
    return json.dumps(issue.facts.as_dicts(), ensure_ascii=False, indent=1).encode()


def fingerprint(issue: Issue) -> str:
    """Identity of what an edition says, and of the code that says it.

    The time of the last fetch is left out: asking an upstream again for the same rows makes no new
    revision.
    """
    says = hashlib.sha256(as_json(issue))
    reach = ["dataset", "newest_observation", "expected_observation", "state"]
    says.update(issue.health.select(reach).sort("dataset").write_csv().encode())
    says.update(issue.absent.sort("metric", "entity").write_csv().encode())
    says.update(issue.doubted.sort("dataset", "kind", "first_day").write_csv().encode())
    says.update(f"{issue.as_of} {issue.requested} {issue.simulated} {code()}".encode())
    return says.hexdigest()


@cache
def code() -> str:
    """Identity of the code that turns facts into pages."""
    read = hashlib.sha256()
    for package in (templates, transforms):
        for folder in package.__path__:
            files = (f for f in Path(folder).rglob("*") if f.suffix in {".py", ".j2", ".css"})
            for file in sorted(files):
                read.update(file.read_bytes())
    return read.hexdigest()


def rendered(ws: Workspace, issue_id: str, lang: Language = "en") -> Rendered:
    """The newest edition of an issue such as 2026-W03 or 2026-01-13.

    Raises InputRefused when it was never rendered.
    """
    with ws.writing() as warehouse:
        row = issues.newest(warehouse, issue_id, lang)
        simulated = warehouse.simulated
    if row is None:
        raise InputRefused(
            f"issue {issue_id} ({lang}) was never rendered; run `briefing run --as-of DAY`"
        )
    return of_row(ws, row, simulated=simulated)


@step
def mail_out(ws: Workspace, edition: Rendered, to: Sequence[str] | None = None) -> list[Outcome]:
    """Mail an edition to the given addresses, or to the recipients of the settings.

    Its files are verified first. Raises DeliveryFailed, and mails nothing, when they are damaged and
    can be made again only as another revision: that one is the operator's to send.
    """
    recipients = addressees(ws, to or ())
    content = verified(ws, edition)
    letter = Edition(
        issue_id=edition.issue_id,
        revision=edition.revision,
        as_of=edition.as_of,
        language=edition.language,
        subject=edition.subject,
        text=content["text"].decode(),
        html=content["html"].decode(),
        pdf=content["pdf"],
        pdf_path=edition.path,
        content_hash=edition.content_hash,
        simulated=edition.simulated,
    )
    outcomes = deliver(ws, letter, recipients)
    undelivered = [f"{o.recipient}: {o.detail}" for o in outcomes if not o.ok]
    if undelivered:
        raise DeliveryFailed(
            f"issue {edition.issue_id} was not delivered to everybody; " + "; ".join(undelivered)
        )
    return outcomes


def verified(ws: Workspace, edition: Rendered) -> dict[str, bytes]:
    """The files of an edition as they were made, set again if need be."""
    if not whole(ws, edition):
        new = render(ws, edition.as_of, edition.requested, edition.language)
        raise DeliveryFailed(
            f"nothing was mailed: files of issue {edition.issue_id}, revision {edition.revision}, are "
            f"damaged and cannot be made again as they were. Issue {new.issue_id}, revision "
            f"{new.revision}, stands for it: look at {new.path}, then `briefing send {new.issue_id}`"
        )
    content = read(edition)
    if damaged := spoilt(edition, content):
        raise DeliveryFailed(f"{damaged[0]} changes while it is read; nothing was mailed")
    return content


@flow(name="briefing", on_running=[end_with_runner])
def briefing(*, as_of: Day | None = None, lang: Language = "en", send: bool = False) -> str:
    """Render the issue of a day again from what was measured, and mail it if asked to.

    as_of: a day that was measured; the last trading day if left out. An issue whose core inputs
    stand still is rendered, but not mailed.
    """
    ws = workspace()
    with publishing(ws):
        edition = render(ws, ws.resolve(as_of), as_of, lang)
        if send:
            hold(ws, edition.as_of, edition.issue_id)
            mail_out(ws, edition)
    return str(edition.path)
