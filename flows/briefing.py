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
from flows import editions
from flows.delivery.deliver import Outcome, addressees, deliver
from flows.editions import Content, Edition, Language
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.measure import series_of
from flows.monitoring.freshness import freshness_table, hold
from flows.progress import finished
from flows.tasks import Day, publishing, step
from flows.workspace import Workspace
from templates import render as pages
from transforms.evaluation import book_of
from transforms.issue.claims import check_claims
from transforms.issue.issue import Issue
from transforms.issue.movers import NAMED_IN, chinese_names, movers, name_origins
from transforms.outlook.backtest import Outlook
from transforms.outlook.track_record import forecasts_of
from warehouse.catalog import cutoff
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records import evaluations, forecasts, issues
from warehouse.records.collection_log import rejected_of_month
from warehouse.storage.store import Reader

LOG = logging.getLogger(__name__)


def build(ws: Workspace, as_of: date, requested: date | None = None) -> Issue:
    """Everything that the issue of a day prints, out of the published marts.

    Raises InputRefused if nothing was measured as of that day.
    """
    moment = cutoff(as_of)
    with Reader.open(ws.places.current) as reader:
        rows = evaluations.read(reader, as_of)
        series = series_of(reader, as_of)
        named = {name: reader.read(name, moment) for name in NAMED_IN}
        simulated = reader.simulated
        gaps = issues.gaps(reader)
        refusals = rejected_of_month(reader, moment)
    book, names = book_of(rows["mart.fact"]), chinese_names(named)
    return Issue(
        issue_id=issues.identity(as_of, ws.calendar),
        as_of=as_of,
        requested=requested or as_of,
        cutoff=moment,
        facts=book,
        series=series,
        health=freshness_table(ws, as_of),
        discrepancies=rows["meta.discrepancy"],
        gaps=gaps,
        refusals=refusals,
        claims=check_claims(book, as_of),
        simulated=simulated,
        names=names,
        name_origins=name_origins(named),
        movers=movers(series, names),
        outlook=Outlook(
            rows["mart.scenario"], rows["mart.scenario_record"], rows["mart.scenario_reliability"]
        ),
        absent=rows["meta.absence"],
        doubted=rows["meta.doubt"],
    )


@step
def render(
    ws: Workspace, as_of: date, requested: date | None = None, lang: Language = "en"
) -> Edition:
    """The issue as PDF with facts and mail beside it; one that is there and intact is kept."""
    still = ws.at(ws.now_utc)  # one moment for all that is printed, to be rendered again as of
    issue = build(still, as_of, requested)
    content_hash = fingerprint(issue)
    home = still.settings.home
    with still.writing() as warehouse:
        row = issues.with_content(warehouse, issue.issue_id, lang, content_hash)
        known = editions.of_row(home, row, simulated=issue.simulated) if row else None
        if known is not None and repaired(still, known):
            edition = known
        else:
            revision = issues.next_revision(warehouse, issue.issue_id, lang)
            edition = rendered_anew(still, issue, lang, content_hash, revision)
        printed = forecasts_of(issue.outlook.scenarios, issue.series)
        with warehouse.transaction():
            issues.record(warehouse, editions.row_of(home, edition))
            forecasts.freeze(warehouse, issue.issue_id, as_of, still.now_utc, printed)
    return edition


def rendered_anew(
    ws: Workspace, issue: Issue, lang: Language, content_hash: str, revision: int
) -> Edition:
    """A new edition, once all its files are on the disk."""
    mail = pages.mail(issue)
    content = contents(issue, mail)
    edition = Edition(
        issue_id=issue.issue_id,
        revision=revision,
        as_of=issue.as_of,
        requested=issue.requested,
        language=lang,
        subject=mail.subject,
        content_hash=content_hash,
        simulated=issue.simulated,
        path=editions.place(ws.settings.home, issue.issue_id, lang, revision),
        rendered_at=ws.now_utc,
        checksums=editions.checksums(content),
    )
    editions.write(edition, content)
    return edition


def contents(issue: Issue, mail: pages.Mail) -> dict[str, bytes]:
    """The files of an edition, by part: same issue and code, same bytes."""
    return {
        "facts": as_json(issue),
        "html": mail.html.encode(),
        "text": mail.text.encode(),
        "pdf": pages.pdf(pages.html(issue), issue.as_of),
    }


def repaired(ws: Workspace, edition: Edition) -> bool:
    """Whether the files are intact, or could be rendered again to the byte."""
    wrong = editions.damaged(edition, editions.read(edition))
    if not wrong:
        return True
    names = ", ".join(str(file) for file in wrong)
    warn(f"damaged or gone: {names}; the issue is rendered again from what was measured")
    issue = build(ws.at(edition.rendered_at), edition.as_of, edition.requested)
    content = contents(issue, pages.mail(issue))
    if editions.checksums(content) != edition.checksums:
        warn("it cannot be rendered as it was, because data or code have changed since")
        return False
    editions.write(edition, content)
    warn("its files have the same bytes again as when they were rendered first")
    return True


def warn(text: str) -> None:
    """To the log of a run, and to whoever watches a terminal."""
    LOG.warning(text)
    finished(text)


def as_json(issue: Issue) -> bytes:
    """The facts of an issue as the file beside its PDF."""
    return json.dumps(issue.facts.as_dicts(), ensure_ascii=False, indent=1).encode()


def fingerprint(issue: Issue) -> str:
    """Identity of the content of an edition, and of the code that renders it.

    The time of the last fetch is left out: fetching the same rows again makes no new
    revision.
    """
    digest = hashlib.sha256(as_json(issue))
    reach = ["dataset", "newest_observation", "expected_observation", "state"]
    digest.update(issue.health.select(reach).sort("dataset").write_csv().encode())
    digest.update(issue.absent.sort("metric", "entity").write_csv().encode())
    digest.update(issue.doubted.sort("dataset", "kind", "first_day").write_csv().encode())
    digest.update(f"{issue.as_of} {issue.requested} {issue.simulated} {code()}".encode())
    return digest.hexdigest()


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


def rendered(ws: Workspace, issue_id: str, lang: Language = "en") -> Edition:
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
    return editions.of_row(ws.settings.home, row, simulated=simulated)


@step
def mail_out(ws: Workspace, edition: Edition, to: Sequence[str] | None = None) -> list[Outcome]:
    """Mail an edition to the given addresses, or to the recipients of the settings.

    Its files are verified first. Raises DeliveryFailed, and mails nothing, when they are damaged
    and can be made again only as another revision: that one is the operator's to send.
    """
    recipients = addressees(ws, to or ())
    outcomes = deliver(ws, edition, verified(ws, edition), recipients)
    undelivered = [f"{o.recipient}: {o.detail}" for o in outcomes if not o.ok]
    if undelivered:
        raise DeliveryFailed(
            f"issue {edition.issue_id} was not delivered to everybody; " + "; ".join(undelivered)
        )
    return outcomes


def verified(ws: Workspace, edition: Edition) -> Content:
    """The files of an edition as they were rendered, rendered again if need be."""
    if not repaired(ws, edition):
        new = render(ws, edition.as_of, edition.requested, edition.language)
        raise DeliveryFailed(
            f"nothing was mailed: files of issue {edition.issue_id}, revision {edition.revision}, "
            "are damaged and cannot be rendered again as they were. Issue "
            f"{new.issue_id}, revision {new.revision}, stands for it: look at {new.path}, then "
            f"`briefing send {new.issue_id}`"
        )
    content = editions.read(edition)
    if wrong := editions.damaged(edition, content):
        raise DeliveryFailed(f"{wrong[0]} changes while it is read; nothing was mailed")
    return content


@flow(name="briefing", on_running=[end_with_runner])
def briefing(*, as_of: Day | None = None, lang: Language = "en", send: bool = False) -> str:
    """Render the issue of a day again from what was measured, and mail it if asked to.

    as_of: a day that was measured; the last trading day if left out. An issue whose core inputs
    are stale is rendered, but not mailed.
    """
    ws = workspace()
    with publishing(ws):
        edition = render(ws, ws.resolve(as_of), as_of, lang)
        if send:
            hold(ws, edition.as_of, edition.issue_id)
            mail_out(ws, edition)
    return str(edition.path)
