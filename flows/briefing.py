"""The briefing: from the published marts to an issue, its pages, and its mail."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

import polars as pl
from prefect import flow

import templates
import transforms
from flows import editions
from flows.delivery.deliver import Outcome, all_tried, deliver
from flows.delivery.recipients import readers_of, recipients, wanted_languages
from flows.editions import Choice, Content, Edition, Language
from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.measure import series_of
from flows.monitoring.freshness import health, hold
from flows.progress import finished
from flows.publishing import publish_what_letters_link_to, publishing
from flows.tasks import Day, step
from flows.workspace import Workspace
from templates import render as pages
from templates import web
from templates.publication import Publication, publication, uncollected
from templates.wording.fixed import NAMES, TAGS, fixed
from templates.workbook import tables_of, workbook_of
from transforms.ahead.event_calendar import entries_from
from transforms.engine.metric import metrics
from transforms.evaluation import book_of
from transforms.findings.rows import finding_rows, from_rows, term_rows
from transforms.findings.span import span_of
from transforms.issue.claims import check_claims
from transforms.issue.issue import Compared, Issue
from transforms.issue.movers import NAMED_IN, chinese_names, movers, name_origins
from transforms.issue.restatements import PRINTED, printed_rows
from transforms.issue.revisions import Replaced, changes, restated_of
from transforms.issue.scorecard import Scorecard, readings
from transforms.outlook.backtest import Outlook
from transforms.outlook.followed import Followed
from transforms.outlook.track_record import forecasts_of
from warehouse.catalog import cutoff
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records import evaluations, forecasts, issues
from warehouse.records.collection_log import rejected_of_month
from warehouse.shanghai import AHEAD_OF_UTC
from warehouse.storage.store import Reader, Warehouse

LOG = logging.getLogger(__name__)
FINDING_TABLES = ("mart.finding", "mart.finding_number", "mart.finding_term")


def build(ws: Workspace, as_of: date, requested: date | None = None) -> Issue:
    """Everything that the issue of a day prints, out of the published marts.

    All of it is as its evaluation saw it: what was loaded later changes no issue that is made
    again. What sources had restated by now is told beside it. Raises InputRefused if nothing was
    measured as of that day.
    """
    moment = cutoff(as_of)
    with ws.store.published() as reader:
        rows = evaluations.read(reader, as_of)
        measured_at = evaluations.measured_at(reader, as_of)
        series = series_of(reader, as_of)
        named = {name: reader.read(name, moment, measured_at) for name in NAMED_IN}
        sessions = reader.read("trade_calendar", moment, measured_at)["trade_date"]
        simulated = reader.simulated
        gaps = issues.gaps(reader)
        refusals = rejected_of_month(reader, min(moment, measured_at or moment))
        printed = issues.last_printed(reader, as_of, measured_at)
        corrected = issues.corrections(reader, as_of, ws.now_utc)
    book, names = book_of(rows["mart.fact"]), chinese_names(named)
    return Issue(
        issue_id=issues.identity(as_of, sessions),
        as_of=as_of,
        requested=requested or as_of,
        cutoff=moment,
        facts=book,
        series=series,
        health=health(ws, as_of),
        discrepancies=rows["meta.discrepancy"],
        gaps=gaps,
        refusals=refusals,
        claims=check_claims(book, as_of),
        simulated=simulated,
        names=names,
        name_origins=name_origins(named),
        movers=movers(series, names),
        outlook=outlook_of(rows),
        restatements=rows["mart.restatement"],
        compared=compared(printed),
        restated=restated_of(corrected, book),
        ahead=entries_from(rows["mart.event_calendar"], as_of),
        theses=readings(Scorecard(rows["mart.thesis"], rows["mart.thesis_week"]), book, as_of),
        absent=rows["meta.absence"],
        doubted=rows["meta.doubt"],
        findings=from_rows(*(rows[table] for table in FINDING_TABLES)),
        span=span_of(as_of, sessions.unique().sort().to_list()),
    )


def outlook_of(rows: Mapping[str, pl.DataFrame]) -> Outlook:
    """The outlook out of the rows of an evaluation, by table."""
    return Outlook(
        rows["mart.scenario"],
        rows["mart.scenario_record"],
        rows["mart.scenario_reliability"],
        Followed(rows["mart.followed"], rows["mart.followed_case"]),
    )


def compared(printed: pl.DataFrame) -> Compared | None:
    """What restatements were looked for in: the numbers of metrics that the last issue printed.

    printed: mart.printed of that issue; empty where there is none.
    """
    if printed.is_empty():
        return None
    measured = printed.filter(pl.col("metric").is_in(list(metrics())))
    return Compared(printed["as_of"][0], measured.height)


def render_each(
    ws: Workspace, as_of: date, requested: date | None, wanted: Sequence[Language]
) -> list[Edition]:
    """The editions of a day in several languages, all of one issue of one moment."""
    still = ws.at(ws.now_utc)
    issue = build(still, as_of, requested)
    return [render(still, as_of, requested, lang, lambda: issue) for lang in wanted]


@step
def render(
    ws: Workspace,
    as_of: date,
    requested: date | None = None,
    lang: Language = "en",
    built: Callable[[], Issue] | None = None,
) -> Edition:
    """The issue as PDF with facts, workbook and mail beside it; one that is intact is kept.

    built: gives the issue where there is one of this moment already.
    """
    still = ws.at(ws.now_utc)  # one moment for all that is printed, to be rendered again as of
    issue = built() if built else build(still, as_of, requested)
    settings = still.settings
    content_hash = fingerprint(issue, settings.direction, unlicensed=settings.unlicensed)
    home = still.settings.home
    with still.writing() as warehouse:
        row = issues.with_content(warehouse, issue.issue_id, lang, content_hash)
        known = editions.of_row(home, row, simulated=issue.simulated) if row else None
        if known is not None and repaired(still, known, warehouse):
            edition, printed = known, PRINTED.to_frame()
        else:
            revision = issues.next_revision(warehouse, issue.issue_id, lang)
            noted = replace(issue, replaced=replaced(warehouse, issue, lang, revision))
            edition, printed = rendered_anew(still, noted, lang, content_hash, revision)
        frozen = forecasts_of(issue.outlook.scenarios, issue.series)
        measured_at = evaluations.measured_at(warehouse, as_of) or still.now_utc
        with warehouse.transaction():
            issues.record(warehouse, editions.row_of(home, edition), measured_at, printed)
            forecasts.freeze(warehouse, issue.issue_id, as_of, still.now_utc, frozen)
    return edition


def replaced(reader: Reader, issue: Issue, lang: Language, revision: int) -> Replaced | None:
    """The edition that a revision stands for, and what of its numbers has changed.

    None for a first revision, and where the one before was of another day, as in an older home.
    """
    row = issues.before(reader, issue.issue_id, lang, revision)
    if row is None or row["as_of"] != issue.as_of:
        return None
    printed_on = (row["rendered_at"] + AHEAD_OF_UTC).date()
    found = changes(issues.printed_by(reader, row), issue.facts, issue.series)
    return Replaced(revision, row["revision"], printed_on, found)


def rendered_anew(
    ws: Workspace, issue: Issue, lang: Language, content_hash: str, revision: int
) -> tuple[Edition, pl.DataFrame]:
    """A new edition, once all its files are on the disk, and the facts that it prints: PRINTED."""
    mail = pages.mail(issue, lang)
    content, page = contents(issue, mail, told(ws, issue, lang))
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
    return edition, printed_rows(issue.facts, pages.cited_facts(page, mail.html), issue.series)


def told(ws: Workspace, issue: Issue, lang: Language) -> Publication:
    """An issue in a language, in the colours and with the notice of the settings."""
    settings = ws.settings
    return publication(issue, lang, settings.direction, unlicensed=settings.unlicensed)


def contents(issue: Issue, mail: pages.Mail, whole: Publication) -> tuple[dict[str, bytes], str]:
    """The files of an edition, by part, and the HTML that became its PDF.

    Same issue and code, same bytes.
    """
    with uncollected():
        page = pages.document(whole)
        content = {
            "facts": as_json(issue),
            "workbook": workbook_of(whole),
            "html": mail.html.encode(),
            "text": mail.text.encode(),
            "web": web.document(whole, beside(whole.speller.code)).encode(),
            "pdf": pages.pdf(page, issue.as_of, enclosed(issue, whole, page)),
        }
    return content, page


def enclosed(issue: Issue, whole: Publication, page: str) -> dict[str, bytes]:
    """The files inside the PDF, by name: the facts that its pages print, and their tables."""
    printed = pages.cited_facts(page)
    return {
        "facts.json": issue.facts.json_of(printed),
        "tables.xlsx": tables_of(whole),
    }


def beside(language: str) -> tuple[web.Link, ...]:
    """What the HTML edition leads to: the other language, and all issues."""
    other = "zh" if language == "en" else "en"
    return (
        web.Link(NAMES[other], TAGS[other], editions.alias(other)),
        web.Link(
            fixed("mail.link.archive", language),
            TAGS[language],
            f"../{editions.archive_name(language)}",
        ),
    )


def repaired(ws: Workspace, edition: Edition, warehouse: Warehouse | None = None) -> bool:
    """Whether the files are intact, or could be rendered again to the byte.

    warehouse: the writer, where it is open already.
    """
    wrong = editions.damaged(edition, editions.read(edition))
    if not wrong:
        return True
    names = ", ".join(str(file) for file in wrong)
    warn(f"damaged or gone: {names}; the issue is rendered again from what was measured")
    issue = build(ws.at(edition.rendered_at), edition.as_of, edition.requested)
    with nullcontext(warehouse) if warehouse else ws.writing() as reader:
        former = replaced(reader, issue, edition.language, edition.revision)
    issue = replace(issue, replaced=former)
    made, _ = contents(
        issue, pages.mail(issue, edition.language), told(ws, issue, edition.language)
    )
    content = {part: made[part] for part in edition.parts}  # older ones had fewer
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
    return issue.facts.as_json


def fingerprint(issue: Issue, direction: str = "blue", *, unlicensed: bool = False) -> str:
    """Identity of the content of an edition, and of the code that renders it.

    The time of the last fetch is left out: fetching the same rows again makes no new
    revision.
    """
    digest = hashlib.sha256(as_json(issue))
    reach = ["dataset", "newest_observation", "expected_observation", "state"]
    digest.update(issue.health.select(reach).sort("dataset").write_csv().encode())
    digest.update(issue.absent.sort("metric", "entity").write_csv().encode())
    digest.update(issue.restatements.write_csv().encode())
    digest.update(f"{issue.compared}".encode())
    digest.update(f"{[(one.fact.fact_id, one.value) for one in issue.restated]}".encode())
    digest.update(f"{issue.ahead}".encode())
    stand = [(one.thesis.id, one.status.value, one.changed_on) for one in issue.theses]
    digest.update(f"{stand}".encode())
    digest.update(issue.doubted.sort("dataset", "kind", "first_day").write_csv().encode())
    digest.update(finding_rows(issue.findings).select("kind", "entity").write_csv().encode())
    digest.update(term_rows(issue.findings).write_csv().encode())
    digest.update(
        f"{issue.as_of} {issue.requested} {issue.simulated} {direction} "
        f"{unlicensed} {code()}".encode()
    )
    return digest.hexdigest()


@cache
def code() -> str:
    """Identity of the code that turns facts into pages."""
    read = hashlib.sha256()
    for package in (templates, transforms):
        for folder in package.__path__:
            files = (
                f for f in Path(folder).rglob("*") if f.suffix in {".py", ".j2", ".css", ".js"}
            )
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
def mail_out(
    ws: Workspace, edition: Edition, to: Sequence[str] | None = None, lang: Choice | None = None
) -> list[Outcome]:
    """Mail an edition to the given addresses, or to those who read it, `lang` in that language.

    To those who have an earlier revision it goes as a correction. Its files are verified first.
    Raises DeliveryFailed, and mails nothing, when they are damaged and can be made again only as
    another revision: that one is the operator's to send.
    """
    addresses = [one.address for one in recipients(ws, to)] if to else readers_of(ws, edition, lang)
    if not addresses and recipients(ws, lang=lang):
        return []  # nobody reads this language
    outcomes = deliver(ws, edition, verified(ws, edition), addresses)
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
def briefing(*, as_of: Day | None = None, lang: Choice | None = None, send: bool = False) -> str:
    """Render the issue of a day again from what was measured, and mail it if asked to.

    as_of: a day that was measured; the last trading day if left out. lang: if left out, each
    language that a recipient reads; the paths come line by line. Each is mailed the edition of
    their language. An issue whose core inputs are stale is rendered, but not mailed.
    """
    ws = workspace()
    with publishing(ws):
        made = render_each(ws, ws.resolve(as_of), as_of, wanted_languages(ws, lang))
        if send:
            hold(ws, made[0].as_of, made[0].issue_id)
            publish_what_letters_link_to(ws)
            all_tried(partial(mail_out, ws, one, lang=lang) for one in made)
    return "\n".join(str(one.path) for one in made)
