"""The command `briefing`: everything an operator, an analyst or a newcomer types."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
import typer

from flows.cli.display import Terminal, as_csv, as_json, changed_lines, plain, shown
from flows.cli.lake import lake, work
from flows.cli.refusals import (
    errors_in_words,
    hand_over,
    print_anything,
    require_folder,
    require_report,
    require_spellable,
)
from flows.service.server import quiet
from flows.settings import SIMULATED_STOCKS, default_home
from warehouse.errors import BriefingError, InputRefused, UnknownFact
from warehouse.storage.atomic import private_folder

if TYPE_CHECKING:
    from flows.ingestion.results import Outcome
    from flows.workspace import Workspace

app = typer.Typer(
    name="briefing",
    help="A weekly briefing: is the rally in China's technology shares structural or overheating?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out, err = Terminal(), Terminal(stderr=True)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]
Datasets = Annotated[
    list[str] | None, typer.Option("--dataset", help="Only this dataset; repeat it")
]
Choice = Annotated[
    Literal["en", "zh", "both"] | None,
    typer.Option(help="Language of the edition; default: those that the recipients read"),
]
Form = Literal["table", "csv", "json"]
INTERRUPTED = 130  # how shells and typer count Ctrl-C
CONTINUES = 75  # of sysexits.h: a failure for now; the same command goes on tomorrow


def main() -> None:
    """Run the command; what a user can act on is said in a message, not in a traceback."""
    os.umask(0o077)  # what DuckDB and Prefect write for us is nobody else's either
    print_anything()
    try:
        with errors_in_words():
            start()
    except BriefingError as error:
        notes = getattr(error, "__notes__", [])
        err.print("\n".join([f"briefing: {error}", *notes]), markup=False)
        sys.exit(1)


def start() -> None:
    """The command, in an environment in which Prefect is quiet."""
    home = default_home()
    require_spellable(sys.argv, home)
    require_folder(home)
    for name, value in quiet(home).items():
        os.environ.setdefault(name, value)
    with suppress(OSError):  # where nothing can be written, the command itself says so
        private_folder(Path(os.environ["PREFECT_HOME"]))
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            err.print("briefing: interrupted; what is loaded stays. Give the same command again")
        raise
    finally:
        hand_over()


def print_version(wanted: bool) -> None:
    if wanted:
        out.print(version("briefing"))
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version"),
    ] = False,
) -> None:
    """A weekly briefing: is the rally in China's technology shares structural or overheating?"""


def here() -> Workspace:
    from flows.machine import workspace

    return workspace()


def day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def show(frame: pl.DataFrame, form: Form) -> None:
    """A frame as table, csv or json."""
    if form == "csv":
        as_csv(frame, sys.stdout)
    elif form == "json":
        sys.stdout.write(as_json(frame.to_dicts()) + "\n")
    else:
        out.print(plain(frame), markup=False)


@app.command()
def demo(
    stocks: Annotated[
        int, typer.Option(min=60, max=6000, help="Shares to simulate")
    ] = SIMULATED_STOCKS,
) -> None:
    """Everything once, offline: a simulated market, its warehouse, and a briefing as PDF."""
    from flows.demo import run_demo

    with shown(err):
        edition = run_demo(stocks)
    out.print(f"Simulated warehouse: {edition.warehouse}", markup=False)
    out.print(f"Mail: {edition.mail}", markup=False)
    out.print(str(edition.pdf), markup=False)


@app.command()
def run(
    as_of: Day = None,
    lang: Choice = None,
    dataset: Datasets = None,
    collect: Annotated[
        bool | None, typer.Option(help="Collect first; default: only without --as-of")
    ] = None,
    send: Annotated[bool, typer.Option(help="Mail the issue")] = False,
    to: Annotated[list[str] | None, typer.Option(help="Mail to this address instead")] = None,
) -> None:
    """Collect what is missing, measure, publish and render the issue of a day."""
    from flows.service.launch import launch
    from flows.weekly import weekly

    collecting = collect if collect is not None else (as_of is None or bool(dataset))
    if as_of:
        tell_holiday(here().calendar, as_of.date())
    parameters = {"as_of": day_of(as_of), "lang": lang, "collect": collecting, "datasets": dataset,
                  "send": send or bool(to), "to": to}  # fmt: skip
    with shown(err):
        path = launch(weekly, **parameters)
    out.print(path, markup=False)


def tell_holiday(calendar: pl.Series, day: date) -> None:
    """On a day without trading: which day the issue stands for instead."""
    before = calendar.filter(calendar <= day)
    if before.len() and before[-1] != day:
        err.print(
            f"{day} is not a trading day; the issue is as of {before[-1]}, the last one before"
        )


@app.command()
def collect(dataset: Datasets = None) -> None:
    """Collect what is published by now and missing."""
    from flows.collect import collect as flow
    from flows.service.launch import launch

    show_collection(lambda: launch(flow, datasets=dataset), "nothing was due")


@app.command()
def backfill(
    from_: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])],
    dataset: Datasets = None,
) -> None:
    """Collect what is missing between two days; goes on where it was cut off."""
    from flows.backfill import backfill as flow
    from flows.service.launch import launch

    parameters = {"from_date": from_.date(), "to_date": to.date(), "datasets": dataset}
    show_collection(lambda: launch(flow, **parameters), "nothing was missing")


@app.command()
def bootstrap(
    yes: Annotated[bool, typer.Option("--yes", help="Begin without asking")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the next day where a daily quota is spent")
    ] = False,
) -> None:
    """Collect the past that a good first issue needs, in stages; goes on where it was cut off."""
    from flows.bootstrap.bootstrap import QuotaSpent, collect_past, plan_of
    from flows.bootstrap.words import heading, result_lines

    ws = here()
    out.print("planning …", markup=False)
    plan = plan_of(ws)
    if not plan.stages:
        out.print("the past that an issue needs is there; `briefing run` makes one", markup=False)
        return
    show(plan.host_table(), "table")
    out.print()
    show(plan.stage_table(), "table")
    for line in heading(plan):
        out.print(line, markup=False)
    if not yes:
        agreed()
    try:
        with shown(err):
            collect_past(ws, lambda result: out.print("\n".join(result_lines(result))), wait=wait)
    except QuotaSpent as spent:
        err.print(f"briefing: {spent}", markup=False)
        raise typer.Exit(CONTINUES) from spent
    out.print("the past is there; `briefing run` makes the issue", markup=False)


def agreed() -> None:
    """Ask whether to begin; raises InputRefused where nobody can answer."""
    if not sys.stdin.isatty():
        raise InputRefused(
            "nothing was requested: this is no terminal, so nobody can agree to the plan; add --yes"
        )
    if not typer.confirm("Begin?"):
        out.print("nothing was requested", markup=False)
        raise typer.Exit


def show_collection(run: Callable[[], list[Outcome]], nothing: str) -> None:
    """What a collection brought, part by part, whether it brought everything or not."""
    from flows.ingestion.results import CollectionIncomplete

    shortfall = None
    try:
        with shown(err):
            outcomes = run()
    except CollectionIncomplete as incomplete:
        outcomes, shortfall = incomplete.outcomes, incomplete
    if outcomes:
        show(pl.DataFrame([o.account for o in outcomes]), "table")
    else:
        out.print(nothing, markup=False)
    if shortfall:
        raise shortfall


@app.command("import")
def import_(
    path: Path,
    strict: Annotated[bool, typer.Option(help="One doubtful row refuses all.")] = False,
) -> None:
    """Load a folder of <dataset>.parquet or .csv files, or one such file, once all are checked."""
    from flows.ingestion.import_files import import_path
    from warehouse.files import passed_over

    with shown(err):
        done = import_path(here(), path, strict=strict)
    show(pl.DataFrame([i.account for i in done]), "table")
    if rules := [rule for i in done for rule in i.rules]:
        out.print("quarantined in raw.rejected:", markup=False)
        show(pl.DataFrame(rules), "table")
    for note in filter(None, (i.note for i in done)):
        out.print(note, markup=False)
    if others := passed_over(path):
        err.print(f"not datasets of this warehouse, passed over: {', '.join(others)}", markup=False)


@app.command()
def facts(
    as_of: Day = None,
    format_: Annotated[Literal["table", "json"], typer.Option("--format")] = "table",
) -> None:
    """The numbers that an issue may print: of the newest evaluation, or as of a measured day."""
    from flows.measure import facts_of

    day, book = facts_of(here(), day_of(as_of))
    dated = [{"as_of": str(day), **fact} for fact in book.as_dicts()]
    if format_ == "json":
        sys.stdout.write(as_json(dated) + "\n")
    else:
        columns = ["as_of", "fact_id", "value", "unit", "percentile", "known_at"]
        show(pl.DataFrame([{c: fact.get(c) for c in columns} for fact in dated]), "table")


@app.command()
def explain(fact: str, as_of: Day = None) -> None:
    """Where a printed number comes from: value, history, sources, and a query that returns it."""
    from flows.measure import facts_of, newest_with, restated

    ws = here()
    changes = restated(ws, fact)
    day, book = facts_of(ws, day_of(as_of))
    try:
        found = book[fact]
    except UnknownFact as unknown:
        other = newest_with(ws, fact)
        hint = f"; that of {other} has it, add `--as-of {other}`" if other else ""
        since = "".join(f"; {line}" for line in changed_lines(changes))
        message = f"in the evaluation of {day}: {unknown}{hint}{since}; `briefing facts` lists them"
        raise InputRefused(message) from unknown
    for name, value in {"as_of": day, **found.as_dict()}.items():
        out.print(f"{name:24}{value}", markup=False)
    for line in changed_lines(changes):
        out.print(f"{'changed':24}{line}", markup=False)


@app.command(context_settings={"ignore_unknown_options": True})  # SQL may begin with a comment
def query(sql: str, format_: Annotated[Form, typer.Option("--format")] = "table") -> None:
    """Query the published warehouse in SQL (read-only)."""
    from flows.settings import settings
    from warehouse.storage.questions import answer
    from warehouse.storage.store import Reader

    with Reader.open(settings().places.current) as reader:
        show(answer(reader, sql), format_)


@app.command()
def path() -> None:
    """Path of the published warehouse, for DuckDB, DBeaver or a notebook (open it read-only)."""
    from flows.settings import settings
    from warehouse.storage.store import Reader

    current = settings().places.current
    Reader.open(current).connection.close()
    out.print(str(current), markup=False)


@app.command()
def status(
    incidents: Annotated[
        bool, typer.Option("--incidents", help="What went wrong in the last month, newest first")
    ] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="Rows quarantined in the last month, by rule")
    ] = False,
    format_: Annotated[Form, typer.Option("--format")] = "table",
) -> None:
    """How fresh each dataset is, its last source, gaps, rows quarantined, incidents."""
    from flows.monitoring.freshness import incident_table, refusal_table, status_table

    ws = here()
    table = incident_table if incidents else refusal_table if refused else status_table
    show(table(ws), format_)


@app.command()
def doctor(
    live: Annotated[
        bool, typer.Option("--live", help="Also request every source once; loads nothing")
    ] = False,
    dataset: Datasets = None,
    report: Annotated[
        Path | None,
        typer.Option(help="With --live: write what the sources sent, in shapes, to send it in"),
    ] = None,
    format_: Annotated[Form, typer.Option("--format")] = "table",
) -> None:
    """Whether this machine can make the next issue; with --live, whether each source responds.

    Ends with 0 if all is well, 1 if something is wrong, 3 without a network, 4 if a dataset has no
    working source.
    """
    from flows.cli.live import look_live
    from flows.cli.probe_display import exit_code, findings_lines
    from flows.monitoring.doctor import alert, examine

    require_report(report, live=live)
    ws = here()
    findings = examine(ws)
    alert(ws, findings)
    if format_ == "table":
        out.print("\n".join(findings_lines(findings, out.width)), markup=False)
    elif not live:
        show(pl.DataFrame(findings), format_)
    if not live:
        sys.exit(exit_code(findings, [], lost=False))
    look = look_live(ws, dataset, err)
    if format_ != "table":
        show(look.table, format_)
    sys.exit(look.told(findings, report, out if format_ == "table" else None, err))


@app.command()
def restore(
    snapshot: Annotated[
        str | None, typer.Argument(help="One of snapshots/; the newest intact one if left out")
    ] = None,
) -> None:
    """Put a published version in the place of a lost writer file; keeps what was mailed."""
    from flows.restore import restore_writer

    for line in restore_writer(here(), snapshot).report():
        out.print(line, markup=False)


@app.command()
def render(as_of: Day = None, lang: Choice = None) -> None:
    """Render the issue of a day again from what was measured."""
    from flows.briefing import briefing
    from flows.service.launch import launch

    out.print(launch(briefing, as_of=day_of(as_of), lang=lang, send=False), markup=False)


@app.command()
def send(
    issue: str,
    to: Annotated[list[str] | None, typer.Option(help="Mail to this address instead")] = None,
    lang: Choice = None,
) -> None:
    """Mail the newest edition of an issue, 2026-W03 or 2026-01-13; nobody gets a revision twice.

    Who has an earlier revision gets the newest one as a correction.
    """
    from flows.mailing import send_issue
    from flows.publishing import publishing

    ws = here()
    with publishing(ws):
        with shown(err):
            outcomes = send_issue(ws, issue, to, lang)
        account(outcomes)


@app.command()
def resend(
    issue: str,
    force: Annotated[bool, typer.Option(help="Also where it may have arrived already")] = False,
) -> None:
    """Send again what was refused; with --force also what may have arrived."""
    from flows.delivery.deliver import resend as again
    from flows.publishing import publishing

    ws = here()
    with publishing(ws):
        account(again(ws, issue, force=force))


@app.command()
def outbox(format_: Annotated[Form, typer.Option("--format")] = "table") -> None:
    """Every mail: its state, recipient and file."""
    from flows.delivery.deliver import outbox as ledger

    letters = ledger(here())
    if letters.is_empty():
        err.print("nothing was mailed yet")
    show(letters, format_)


notify = typer.Typer(help="Alerts to the operator.", no_args_is_help=True)
app.add_typer(notify, name="notify")
app.add_typer(lake, name="lake")
app.command()(work)


@notify.callback()
def notify_options() -> None:
    """Alerts to the operator when something is late or wrong."""


@notify.command("test")
def notify_test() -> None:
    """Send a test message to every address of notify.urls, and print which accepted it."""
    from flows.alerts.notify import send_test

    receipts = send_test(here())
    for receipt in receipts:
        out.print(receipt.said, markup=False)
    if not all(receipt.taken for receipt in receipts):
        sys.exit(1)


@app.command()
def serve() -> None:
    """Start the Prefect server, the schedules, and the page for ad-hoc runs."""
    from flows.service.server import run_server

    run_server(here(), lambda line: err.print(line, markup=False))


def account(outcomes: list) -> None:  # type: ignore[type-arg]
    """What became of each mail; an exit status that says whether all is well."""
    for outcome in outcomes:
        out.print(f"{outcome.recipient}: {outcome.state} {outcome.detail}", markup=False)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)
