"""The briefing: from the published marts to an issue, its pages, and its mail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from prefect import flow

import templates
import transforms
from flows.delivery import Outcome, addressees, deliver
from flows.freshness import freshness_table
from flows.mail import Edition
from flows.measure import series_of
from flows.steps import Day, step
from flows.workspace import Workspace, workspace
from templates import render as pages
from transforms.claims import check_claims
from transforms.facts import Fact, FactBook, Issue
from transforms.hindcast import Outlook
from transforms.movers import chinese_names, movers, name_origins
from transforms.track_record import calls
from warehouse import forecasts, issues
from warehouse.catalog import cutoff
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.store import Reader

Language = Literal["en"]
OUTLOOK = ("mart.scenario", "mart.scenario_record", "mart.scenario_reliability")


@dataclass(frozen=True)
class Rendered:
    """An edition on disk: the PDF, and beside it the facts and the mail's two bodies."""

    issue_id: str
    revision: int
    as_of: date
    language: Language
    subject: str
    content_hash: str
    simulated: bool
    path: Path

    @property
    def facts(self) -> Path:
        return self.path.with_name(f"facts_{self.issue_id}_r{self.revision}.json")

    @property
    def html(self) -> Path:
        return self.path.with_suffix(".mail.html")

    @property
    def text(self) -> Path:
        return self.path.with_suffix(".mail.txt")


def issue_id(as_of: date) -> str:
    """The ISO week that an issue belongs to, such as 2026-W03."""
    year, week, _ = as_of.isocalendar()
    return f"{year}-W{week:02d}"


def build(ws: Workspace, as_of: date, requested: date | None = None) -> Issue:
    """Everything that the issue of a day prints, out of the published marts.

    Raises InputRefused if nothing was measured as of that day.
    """
    with Reader.open(ws.places.current) as reader:
        book = read_facts(reader, as_of)
        series = series_of(reader, as_of)
        named = {n: reader.read(n, cutoff(as_of)) for n in ("security", "ipo_hk", "ipo_a")}
        simulated = reader.simulated
        compared = reader.measured("meta.discrepancy", as_of)
        outlook = Outlook(*(reader.measured(table, as_of) for table in OUTLOOK))
        gaps = reader.query("FROM meta.gap ORDER BY rowid")
        absent = reader.measured("meta.absence", as_of)
        refusals = refused(reader, as_of)
    names = chinese_names(named)
    return Issue(
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
    )


def refused(reader: Reader, as_of: date) -> pl.DataFrame:
    """How many rows were set aside in the month before, by dataset and rule, and when last."""
    return reader.query(
        "SELECT dataset, rule, count(*) AS rows, max(rejected_at + INTERVAL 8 HOUR)::DATE AS last "
        "FROM raw.rejected WHERE rejected_at BETWEEN ?::TIMESTAMP - INTERVAL 31 DAY AND ? "
        "GROUP BY ALL ORDER BY ALL",
        [cutoff(as_of), cutoff(as_of)],
    )


def read_facts(reader: Reader, as_of: date) -> FactBook:
    """The facts that were stored as of a day."""
    rows = reader.query("SELECT fact FROM mart.fact WHERE as_of = ? ORDER BY fact_id", [as_of])
    if rows.is_empty():
        raise InputRefused(
            f"nothing was measured as of {as_of}; run `briefing run --as-of {as_of}` first"
        )
    return FactBook(Fact.from_dict(json.loads(text)) for text in rows["fact"])


@step
def render(
    ws: Workspace, as_of: date, requested: date | None = None, lang: Language = "en"
) -> Rendered:
    """The issue as PDF with facts and mail beside it; what is there already is not set again."""
    issue = build(ws, as_of, requested)
    week, content_hash = issue_id(as_of), fingerprint(issue)
    with ws.writing() as warehouse:
        revision = issues.revision(warehouse, week, lang, content_hash)
        letter = pages.mail(issue)
        name = f"china-tech-briefing_{week}_{lang}_r{revision}.pdf"
        path = ws.settings.home / "issues" / week / name
        edition = Rendered(
            week, revision, as_of, lang, letter.subject, content_hash, issue.simulated, path
        )
        if not (issues.recorded(warehouse, week, lang, content_hash) and path.exists()):
            put(edition.facts, as_json(issue))
            put(edition.html, letter.html.encode())
            put(edition.text, letter.text.encode())
            put(path, pages.pdf(pages.html(issue), as_of))
        issues.record(warehouse, entry(ws, edition))
        said = calls(issue.outlook.scenarios, issue.series)
        forecasts.freeze(warehouse, week, as_of, ws.now_utc, said)
    return edition


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


def entry(ws: Workspace, edition: Rendered) -> dict[str, object]:
    """The edition as a row of mart.issue."""
    return {
        "issue_id": edition.issue_id,
        "revision": edition.revision,
        "as_of": edition.as_of,
        "language": edition.language,
        "content_hash": edition.content_hash,
        "headline": edition.subject,
        "path": str(edition.path.relative_to(ws.settings.home)),
        "rendered_at": ws.now_utc,
    }


def put(path: Path, content: bytes) -> None:
    """A file that is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(path.suffix + ".tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def rendered(ws: Workspace, week: str, lang: Language = "en") -> Rendered:
    """The newest edition of an issue such as 2026-W03.

    Raises InputRefused when it was never rendered.
    """
    with ws.writing() as warehouse:
        row = issues.newest(warehouse, week, lang)
        simulated = warehouse.simulated
    if row is None:
        raise InputRefused(
            f"issue {week} ({lang}) was never rendered; run `briefing run --as-of DAY`"
        )
    return Rendered(
        row["issue_id"], row["revision"], row["as_of"], lang, row["headline"], row["content_hash"],
        simulated, ws.settings.home / row["path"],
    )  # fmt: skip


@step
def mail_out(ws: Workspace, edition: Rendered, to: Sequence[str] | None = None) -> list[Outcome]:
    """Mail an edition to the given addresses, or to the recipients of the settings."""
    recipients = addressees(ws, to or ())
    letter = Edition(
        issue_id=edition.issue_id,
        revision=edition.revision,
        as_of=edition.as_of,
        language=edition.language,
        subject=edition.subject,
        text=edition.text.read_text(encoding="utf-8"),
        html=edition.html.read_text(encoding="utf-8"),
        pdf=edition.path.read_bytes(),
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


@flow(name="briefing")
def briefing(*, as_of: Day | None = None, lang: Language = "en", send: bool = False) -> str:
    """Render the issue of a day again from what was measured, and mail it if asked to.

    as_of: a day that was measured; the last trading day if left out.
    """
    ws = workspace()
    edition = render(ws, ws.resolve(as_of), as_of, lang)
    if send:
        mail_out(ws, edition)
    return str(edition.path)
