"""One dataset's chains: ask the sources in turn for what is missing, and load what is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flows.ingestion.due_days import codes_of, days_of, lacking, wanted
from flows.ingestion.results import Job, Outcome
from flows.ingestion.source_run import ask
from flows.network.transport import seam
from flows.progress import tell
from flows.workspace import Workspace
from warehouse.catalog import Call, Request, Source, dataset
from warehouse.errors import SourceEmpty


def collect_dataset(
    ws: Workspace,
    name: str,
    span: tuple[date, date] | None = None,
    *,
    named: bool = False,
) -> list[Outcome]:
    """Collect what is due of one dataset and not there; with a span, back-fill it.

    named: somebody asked for it by its name, which asks for a list before its time.
    """
    d = dataset(name)
    outcomes = []
    with seam(ws) as recorder:
        for chain in d.chains:
            request = wanted(ws, d, chain, span, named=named)
            if request.days:
                job = Job(ws, d, chain, recorder, Outcome(d.name, chain.part), span is not None)
                before = recorder.requests_per_host.copy()
                collect_chain(job, request)
                job.outcome.requests = recorder.requests_per_host - before
                if span is None and d.required_daily and chain.daily:
                    remember_absent(job, request)
                tell(job.outcome.line)
                outcomes.append(job.outcome)
    return outcomes


def collect_chain(job: Job, request: Request) -> None:
    """Ask the sources of a part in turn, each only for what is still missing."""
    d = job.dataset
    if d.required_daily or d.events:
        job.outcome.missing = [str(day) for day in request.days]
    for source in job.chain.sources:
        calls = tuple(source.calls(request))
        if calls:
            failed = ask(job, source, calls)
            if not source.stopgap:
                request = narrowed(job, source, request, calls, failed)
            if not job.outcome.missing:
                if d.refresh or job.chain.refresh:
                    job.remember(job.answered(source.name, [(job.ws.today, None)]))
                return


def remember_absent(job: Job, request: Request) -> None:
    """Write down what is not out although it is due and somebody has answered for its day.

    Whenever it comes, it was not known before now. Of what no host answered for, nobody knows.
    """
    with job.ws.reading_writer() as reader:
        gaps = lacking(reader, job.dataset, job.chain, request.days)
    entities, spoken = job.chain.entities, job.outcome.spoken
    days = {day for day, label in spoken if label not in entities}
    absent = [(day, e) for day, e in gaps.iter_rows() if day in days or (day, e) in spoken]
    if absent:
        job.remember(job.answered("all", absent, absent=True))


def narrowed(
    job: Job, source: Source, request: Request, calls: Sequence[Call], failed: Sequence[Call]
) -> Request:
    """What the next source has to be asked for; also notes what is missing so far."""
    outcome, d, chain = job.outcome, job.dataset, job.chain
    if chain.shares and request.codes:
        return shares_left(job, request, calls, failed)
    if d.events:
        heard = {day for c in calls for day in c.days} - {day for c in failed for day in c.days}
        left = tuple(day for day in request.days if day not in heard)
        outcome.missing = [str(day) for day in left]
        return replace(request, days=left or request.days)
    if not (d.required_daily and chain.daily):
        outcome.missing = sorted({c.label or c.function for c in failed})
        return replace(request, codes=tuple(outcome.missing)) if chain.entities else request
    with job.ws.reading_writer() as reader:
        gaps = lacking(reader, d, chain, request.days)
    days = days_of(gaps)
    outcome.missing = [str(day) for day in days]
    silent = {day for call in calls if call not in failed for day in call.days} & set(days)
    if silent and not source.whole:
        job.note(source, not_published(job, source, sorted(silent)))
    return replace(request, days=tuple(days) or request.days, codes=codes_of(gaps))


def not_published(job: Job, source: Source, days: Sequence[date]) -> SourceEmpty:
    shown = ", ".join(map(str, days[:5])) + (" …" if len(days) > 5 else "")
    return SourceEmpty(
        f"{source.name} ({source.host}) for {job.dataset.name}: answered without {shown}, on which "
        "the exchange traded; it may not have been updated"
    )


def shares_left(
    job: Job, request: Request, calls: Sequence[Call], failed: Sequence[Call]
) -> Request:
    """What is missing where shares are asked one by one, after a page of all or after some."""
    if {c.label for c in calls} & set(request.codes):
        job.outcome.missing = sorted({c.label for c in failed})
        return replace(request, codes=tuple(job.outcome.missing))
    shown = {day for c in calls if c not in failed for day in c.days}
    days = tuple(day for day in request.days if day not in shown)
    job.outcome.missing = [str(day) for day in days]
    return replace(request, days=days)
