"""One source: call after call, chunk after chunk, each loaded before the next is requested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import polars as pl

from flows.ingestion.collection import Collection
from flows.ingestion.fetch import conformed, known_format, perform, read, reread
from flows.ingestion.load import load
from flows.ingestion.pending import Pending
from flows.ingestion.results import Job
from flows.network.rate_limit import RequestBlocked
from flows.progress import progress
from flows.tasks import chunk
from warehouse.cadence import WEEKLY, Cadence
from warehouse.catalog import Call, Claims, Dataset, Request, Source, as_read
from warehouse.errors import BriefingError, SourceEmpty, SourceError, WarehouseUnavailable
from warehouse.quality.plausibility import agreement, refuse_other_day
from warehouse.records.collection_log import Answer, answered_calls, arguments

UNIT = 200  # calls that are loaded together and need not be repeated after a crash
WITNESSES = 3  # shares whose dated bars show which day an undated page is of


def run_source(job: Job, source: Source, calls: Sequence[Call]) -> list[Call]:
    """Perform the calls of one source chunk by chunk and load each; the calls that failed."""
    todo = unanswered(job.run, job.dataset, job.cadence, source, calls, backfill=job.backfill)
    run = SourceRun(job, source, len(todo), Counter(day for call in todo for day in call.days))
    size = max(len(todo) if source.whole else UNIT, 1)
    chunks = [todo[start : start + size] for start in range(0, len(todo), size)]
    if len(chunks) == 1:
        return run.perform(todo)
    failed = []
    for place, some in enumerate(chunks, start=1):
        name = f"{job.dataset.name} · {source.name} {place} of {len(chunks)}"
        failed += chunk(name, partial(run.perform, some))
    return failed


def unanswered(
    run: Collection,
    d: Dataset,
    cadence: Cadence,
    source: Source,
    calls: Sequence[Call],
    *,
    backfill: bool,
) -> Sequence[Call]:
    """The calls, without those whose answers an earlier run has loaded: for single shares at any
    time, for days of lists and events in a back-fill that was cut off.

    What is combined is requested together. A bootstrap may take days.
    """
    since = cadence.resumed_since(run.ws.now_utc, backfill=backfill)
    if since is None or source.whole or source.combine is not as_read:
        return calls
    since = min(since, run.ws.now_utc - WEEKLY) if run.bootstrap else since
    with run.reading() as reader:
        answered = answered_calls(reader, d, since) if reader else set()
    return [c for c in calls if not c.arguments or (c.function, arguments(c)) not in answered]


@dataclass
class SourceRun:
    """The calls of one source; a function whose host is blocked is not called again.

    `due` counts the calls of each day that are not answered yet.
    """

    job: Job
    source: Source
    total: int
    due: Counter[date]
    done: int = 0
    blocked: set[str] = field(default_factory=set)

    @property
    def pending(self) -> Pending:
        return Pending(self.job.run.ws, self.job.dataset)

    def perform(self, calls: Sequence[Call]) -> list[Call]:
        """Make calls and load what they bring, together if that is plausible; those that failed."""
        answers = [a for call in calls if (a := self.answer(call)) is not None]
        failed = self.taken(calls, answers)
        self.pending.drop(a.call for a in answers)
        return failed

    def taken(self, calls: Sequence[Call], answers: Sequence[Answer]) -> list[Call]:
        """Load what calls have brought; the calls that failed."""
        answered = [a.call for a in answers]
        failed = [call for call in calls if call not in answered]
        several = self.source.apart and len(answers) > 1
        wide = self.job.keeps_pages
        if not answers or self.loaded(answers, quietly=several):
            return failed
        if wide and self.loaded(answers := self.narrowed(answers), quietly=several):
            return failed
        if several:
            return failed + [a.call for a in answers if not self.loaded([a])]
        return failed + answered

    def narrowed(self, answers: Sequence[Answer]) -> list[Answer]:
        """The answers read for the days wanted only, where a long past cannot be believed."""
        wanted = set(self.job.wanted)
        narrow = []
        for a in answers:
            call = replace(a.call, days=tuple(d for d in a.call.days if d in wanted))
            narrow.append(reread(self.source, call, a) if a.published.width else a)
        return narrow

    def answer(self, call: Call) -> Answer | None:
        """The answer, or None with the incident logged."""
        job = self.job
        self.done += 1
        what = f"{job.dataset.name} · {job.chain.part} · {self.source.name}"
        progress(what, self.done, self.total, job.recorder.requests_per_host)
        if call.function in self.blocked or job.run.reach.lost:
            return None
        try:
            return self.fetched(call)
        except SourceError as error:
            if isinstance(error.__cause__, RequestBlocked):
                self.blocked.add(call.function)
            if isinstance(error, SourceEmpty):
                job.answered([call])
            job.log_incident(self.source, error)
            return None

    def fetched(self, call: Call) -> Answer:
        """From the upstream, or from the warehouse where rows follow from another dataset's."""
        job, source = self.job, self.source
        if call.shared:
            return self.shared(call)
        if source.query is None:
            return self.received(call)
        with job.run.reading() as reader:
            known = reader.query(source.query, [list(call.days)]) if reader else pl.DataFrame()
        if known.is_empty():
            days = ", ".join(map(str, call.days))
            raise SourceEmpty(f"{job.dataset.name}: {source.name} has nothing for {days} yet")
        return Answer(call, known, conformed(source, call, known), [])

    def received(self, call: Call) -> Answer:
        """From the upstream; of a back-fill that was killed, what it has received already."""
        job, source = self.job, self.source
        kept = self.pending.find(call) if job.backfill else None
        if kept is not None:
            published, bodies = kept
            rows = read(source, call, published) if published.width else published
            return Answer(call, published, rows, bodies)
        answer = perform(source, call, job.recorder, attempts=job.run.attempts)
        if job.backfill:
            self.pending.add(answer)
        return answer

    def shared(self, call: Call) -> Answer:
        """An answer that another dataset may have fetched in this run; this one reads it too."""
        run, key = self.job.run, (call.function, arguments(call))
        if key not in run.answers:
            run.answers[key] = perform(self.source, call, self.job.recorder, attempts=run.attempts)
        return reread(self.source, call, run.answers[key])

    def loaded(self, answers: Sequence[Answer], *, quietly: bool = False) -> bool:
        """Whether the rows of answers were loaded.

        If not, the incident is logged, unless the answers are checked one by one next.
        """
        job, source = self.job, self.source
        answered = Counter(day for a in answers for day in a.call.days)
        complete = [day for day, calls in answered.items() if calls == self.due[day]]
        try:
            if source.plausibility.claims:
                insist_on_day(job, source, source.plausibility.claims, answers)
            load(job, source, answers, job.cadence.completed_days(complete))
        except WarehouseUnavailable:
            raise  # of which no source is to blame
        except BriefingError as error:
            if quietly:
                return False
            if isinstance(error, SourceEmpty):
                job.answered(a.call for a in answers)
            job.log_incident(source, error)
            return False
        self.due -= answered
        job.answered(a.call for a in answers)
        return True


def insist_on_day(job: Job, source: Source, claims: Claims, answers: Sequence[Answer]) -> None:
    """Raise SourceEmpty unless an undated page is known to show the day that is wanted."""
    with known_format(f"{source.name} for {job.dataset.name}"):
        stated = [claims.read(a.published, a.call) for a in answers if a.published.width]
    if not stated:  # that there is nothing was proved by the answers themselves
        return
    closes = pl.concat(stated)
    agreed = agreed_with_core(job, claims, closes)
    if agreed is None and claims.witness:
        load_witness(job, claims.witness, closes)
        agreed = agreed_with_core(job, claims, closes)
    refuse_other_day(job.dataset, [day for a in answers for day in a.call.days], agreed)


def agreed_with_core(job: Job, claims: Claims, stated: pl.DataFrame) -> float | None:
    with job.run.reading() as reader:
        return agreement(reader, claims.of, stated) if reader else None


def load_witness(job: Job, witness: Source, stated: pl.DataFrame) -> None:
    """Load the dated bars of a few shares for the day of which the page states the closes."""
    few = stated.sort("code").gather_every(max(stated.height // WITNESSES, 1)).head(WITNESSES)
    request = Request(tuple(few["trade_date"].unique()), job.run.ws.now, tuple(few["code"]))
    run_source(job, witness, tuple(witness.calls(request)))
