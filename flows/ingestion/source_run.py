"""Asking one source: call after call, chunk after chunk, each loaded before the next is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import polars as pl

from flows.ingestion.answer import Answer, said
from flows.ingestion.fetch import conformed, known_format, perform, reread
from flows.ingestion.load import load
from flows.ingestion.results import Job
from flows.network.rate_limit import NotAsked
from flows.progress import progress
from flows.tasks import chunk
from warehouse.catalog import ALWAYS_KNOWN, Call, Claims, Request, Source, as_read
from warehouse.errors import BriefingError, SourceEmpty, SourceError
from warehouse.quality.plausibility import agreement, refuse_other_day

UNIT = 200  # calls that are loaded together and need not be repeated after a crash
WITNESSES = 3  # shares whose dated bars tell which day an undated page shows
JUST_NOW = timedelta(days=1)  # a back-fill that is started again within it goes on


def ask(job: Job, source: Source, calls: Sequence[Call]) -> list[Call]:
    """Perform the calls of one source chunk by chunk and load each; the calls that failed."""
    todo = unanswered(job, source, calls)
    line = Line(job, source, len(todo), Counter(day for call in todo for day in call.days))
    size = max(len(todo) if source.whole else UNIT, 1)
    chunks = [todo[start : start + size] for start in range(0, len(todo), size)]
    if len(chunks) == 1:
        return line.ask(todo)
    failed = []
    for place, some in enumerate(chunks, start=1):
        name = f"{job.dataset.name} · {source.name} {place} of {len(chunks)}"
        failed += chunk(name, partial(line.ask, some))
    return failed


def unanswered(job: Job, source: Source, calls: Sequence[Call]) -> Sequence[Call]:
    """The calls, without those whose answers an earlier run has loaded: for single shares at any time,
    for days of lists and events in a back-fill that was cut off. What is combined is asked together.
    """
    d = job.dataset
    by_share = bool(job.chain.shares and d.trading_day)
    resumed = job.backfill and not d.required_daily and source.combine is as_read
    if source.whole or not (by_share or resumed):
        return calls
    since = ALWAYS_KNOWN if by_share else job.ws.now_utc - JUST_NOW
    with job.ws.reading_writer() as reader:
        if reader is None:
            return calls
        done = reader.query(
            "SELECT DISTINCT function, arguments FROM raw.answer "
            "WHERE dataset = ? AND fetched_at > ?",
            [d.name, since],
        )
    answered = set(done.iter_rows())
    return [c for c in calls if not c.arguments or (c.function, said(c)) not in answered]


@dataclass
class Line:
    """A source being asked; functions whose host is left alone are not called.

    `due` counts the calls of each day that are not answered yet.
    """

    job: Job
    source: Source
    total: int
    due: Counter[date]
    done: int = 0
    given_up: set[str] = field(default_factory=set)

    def ask(self, calls: Sequence[Call]) -> list[Call]:
        """Perform calls and load what they bring, all together if it is believed so; those that failed."""
        answers = [a for call in calls if (a := self.answer(call)) is not None]
        heard = [a.call for a in answers]
        failed = [call for call in calls if call not in heard]
        several = self.source.apart and len(answers) > 1
        if not answers or self.believed(answers, quietly=several):
            return failed
        if several:
            return failed + [a.call for a in answers if not self.believed([a])]
        return failed + heard

    def answer(self, call: Call) -> Answer | None:
        """The answer, or None with the incident noted."""
        job = self.job
        self.done += 1
        what = f"{job.dataset.name} · {job.chain.part} · {self.source.name}"
        progress(what, self.done, self.total, job.recorder.requests_per_host)
        if call.function in self.given_up:
            return None
        try:
            return self.heard(call)
        except SourceError as error:
            if isinstance(error.__cause__, NotAsked):
                self.given_up.add(call.function)
            if isinstance(error, SourceEmpty):
                job.heard([call])
            job.note(self.source, error)
            return None

    def heard(self, call: Call) -> Answer:
        """The answer of the upstream, or of the warehouse where rows follow from another dataset's."""
        job, source = self.job, self.source
        if call.shared:
            return self.shared(call)
        if source.query is None:
            return perform(source, call, job.recorder, attempts=job.ws.attempts)
        with job.ws.reading_writer() as reader:
            known = reader.query(source.query, [list(call.days)]) if reader else pl.DataFrame()
        if known.is_empty():
            days = ", ".join(map(str, call.days))
            raise SourceEmpty(f"{job.dataset.name}: {source.name} has nothing for {days} yet")
        return Answer(call, known, conformed(source, call, known), [])

    def shared(self, call: Call) -> Answer:
        """The answer that another dataset may have got in this run already; this one reads it too."""
        job, kept, key = self.job, self.job.ws.shared, (call.function, said(call))
        if key not in kept:
            kept[key] = perform(self.source, call, job.recorder, attempts=job.ws.attempts)
        return reread(self.source, call, kept[key])

    def believed(self, answers: Sequence[Answer], *, quietly: bool = False) -> bool:
        """Whether the rows of answers were loaded; if not, the incident is noted, unless the answers
        are judged one by one next.
        """
        job, source = self.job, self.source
        answered = Counter(day for a in answers for day in a.call.days)
        complete = [day for day, calls in answered.items() if calls == self.due[day]]
        try:
            if source.belief.claims:
                insist_on_day(job, source, source.belief.claims, answers)
            load(job, source, answers, complete if job.dataset.events else ())
        except BriefingError as error:
            if quietly:
                return False
            if isinstance(error, SourceEmpty):
                job.heard(a.call for a in answers)
            job.note(source, error)
            return False
        self.due -= answered
        job.heard(a.call for a in answers)
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
        ask_witness(job, claims.witness, closes)
        agreed = agreed_with_core(job, claims, closes)
    refuse_other_day(job.dataset, [day for a in answers for day in a.call.days], agreed)


def agreed_with_core(job: Job, claims: Claims, stated: pl.DataFrame) -> float | None:
    with job.ws.reading_writer() as reader:
        return agreement(reader, claims.of, stated) if reader else None


def ask_witness(job: Job, witness: Source, stated: pl.DataFrame) -> None:
    """Load the dated bars of a few shares for the day of which the page states the closes."""
    few = stated.sort("code").gather_every(max(stated.height // WITNESSES, 1)).head(WITNESSES)
    request = Request(tuple(few["trade_date"].unique()), job.ws.now, tuple(few["code"]))
    ask(job, witness, tuple(witness.calls(request)))
