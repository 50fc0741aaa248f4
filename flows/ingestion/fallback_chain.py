"""One dataset's chains: the sources in turn, each for what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flows.ingestion.collection import Collection
from flows.ingestion.due_days import request_for
from flows.ingestion.results import Job, Outcome
from flows.ingestion.source_run import run_source
from flows.network.transport import open_network
from flows.progress import finished
from warehouse.cadence import Due, Span
from warehouse.catalog import Call, Request, Source, dataset
from warehouse.errors import SourceEmpty


def collect_dataset(
    run: Collection,
    name: str,
    span: Span | None = None,
    *,
    named: bool = False,
) -> list[Outcome]:
    """Collect what is due of one dataset and not there; with a span, back-fill it.

    named: the dataset was named by the caller, so that a list is read before its time.
    """
    d = dataset(name)
    outcomes = []
    with open_network(run.ws) as recorder:
        for chain in d.chains:
            wanted = request_for(run, d, chain, span, named=named)
            if wanted.days:
                job = Job(run, d, chain, recorder, Outcome(d.name, chain.part), span is not None)
                before = recorder.requests_per_host.copy()
                collect_chain(job, wanted)
                job.outcome.requests = recorder.requests_per_host - before
                if span is None:
                    log_absences(job, wanted)
                finished(job.outcome.line)
                outcomes.append(job.outcome)
    return outcomes


def collect_chain(job: Job, request: Request) -> None:
    """Run the sources of a part in turn, each only for what is still missing."""
    job.outcome.missing = job.cadence.missing_at_first(request.days)
    for source in job.chain.sources:
        calls = tuple(source.calls(request))
        if calls:
            failed = run_source(job, source, calls)
            if not source.stopgap:
                request = remaining(job, source, request, calls, failed)
            if not job.outcome.missing:
                read_on = job.cadence.answered_on(job.run.ws.today)
                job.log_answered(source.name, [(day, None) for day in read_on])
                return


def remaining(
    job: Job, source: Source, request: Request, calls: Sequence[Call], failed: Sequence[Call]
) -> Request:
    """The request to the next source; also notes what is missing so far."""
    with job.log() as log:
        now_due = Due(request.days, request.codes)
        left = job.cadence.remaining(now_due, calls, failed, log)
    job.outcome.missing = left.missing
    if left.withheld and not source.whole:
        job.log_incident(source, not_published(job, source, left.withheld))
    return replace(request, days=left.due.days, codes=left.due.codes)


def log_absences(job: Job, request: Request) -> None:
    """Log what is not out although it is due and a source has answered for its day.

    Whenever it comes, it was not known before now. Where no host answered, nothing is logged.
    """
    with job.log() as log:
        absent = job.cadence.absences(request.days, log, job.outcome.answered)
    job.log_answered("all", absent, absent=True)


def not_published(job: Job, source: Source, days: Sequence[date]) -> SourceEmpty:
    shown = ", ".join(map(str, days[:5])) + (" …" if len(days) > 5 else "")
    return SourceEmpty(
        f"{source.name} ({source.host}) for {job.dataset.name}: answered without {shown}, on which "
        "the exchange traded; it may not have been updated"
    )
