"""One dataset's chains: the sources in turn, each for what is still missing."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date

from flows.ingestion.collection import Collection
from flows.ingestion.due_days import request_for
from flows.ingestion.results import Job, Outcome
from flows.ingestion.source_run import run_source
from flows.network.transport import Recorder, open_network
from flows.progress import finished
from warehouse.cadence import Due, Span
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.errors import SourceEmpty
from warehouse.records.collection_log import arguments


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
    with open_network(run.ws, run.reach) as recorder:
        parts = [collect_part(run, d, c, recorder, span, named=named) for c in d.chains]
    return [part for part in parts if part is not None]


def collect_part(
    run: Collection,
    d: Dataset,
    chain: Chain,
    recorder: Recorder,
    span: Span | None = None,
    *,
    named: bool = False,
    codes: Container[str] | None = None,
) -> Outcome | None:
    """Collect what is due of one part; None if nothing is. codes: only these of its shares."""
    wanted = request_for(run, d, chain, span, named=named)
    if codes is not None:
        wanted = replace(wanted, codes=tuple(code for code in wanted.codes if code in codes))
    if not wanted.days or (codes is not None and not wanted.codes):
        return None
    recorder.subject = f"{d.name} ({chain.part})"
    outcome = Outcome(d.name, chain.part)
    job = Job(run, d, chain, recorder, outcome, span is not None, wanted.days)
    before = recorder.requests_per_host.copy()
    collect_chain(job, wanted)
    job.outcome.requests = recorder.requests_per_host - before
    if span is None:
        log_absences(job, wanted)
    finished(job.outcome.line)
    return job.outcome


def collect_chain(job: Job, request: Request) -> None:
    """Run the sources of a part in turn, each only for what is still missing."""
    job.outcome.missing = job.cadence.missing_at_first(request.days)
    for source in job.chain.sources:
        calls = whole_pages(job, source, request)
        if calls:
            failed = run_source(job, source, calls)
            if not source.stopgap:
                request = remaining(job, source, request, calls, failed)
            if not job.outcome.missing:
                read_on = job.cadence.answered_on(job.run.ws.today)
                job.log_answered(source.name, [(day, None) for day in read_on])
                return


def whole_pages(job: Job, source: Source, request: Request) -> tuple[Call, ...]:
    """The calls of a source; of a part without rows they keep all that their answers bring.

    That is the past that the very same requests would bring if more days were wanted. A back-fill
    keeps the days that it was asked for.
    """
    calls = tuple(source.calls(request))
    if not job.keeps_pages:
        return calls
    published = job.dataset.published_days(job.chain, job.run.ws.calendar, job.run.ws.now_utc)
    wide = {same(c): c for c in source.calls(replace(request, days=tuple(published)))}
    return tuple(wide.get(same(c), c) for c in calls)


def same(call: Call) -> tuple[str, str, str]:
    """What makes two calls the same request, whatever days they are read for."""
    return call.function, arguments(call), call.label


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
