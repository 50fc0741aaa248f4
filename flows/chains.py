"""One dataset's chains: ask the sources in turn for what is missing, and load what is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from flows.gaps import codes_of, days_of, lacking, wanted
from flows.loading import load
from flows.manners import NotAsked
from flows.outcome import Job, Outcome
from flows.progress import progress
from flows.seam import seam
from flows.sources import Answer, conformed, known_format, perform, reread, said
from flows.workspace import Workspace
from warehouse.belief import agreement, refuse_other_day
from warehouse.catalog import Call, Claims, Request, Source, dataset
from warehouse.errors import BriefingError, SourceEmpty, SourceError

UNIT = 200  # calls that are loaded together and need not be repeated after a crash
WITNESSES = 3  # shares whose dated bars tell which day an undated page shows


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
                job = Job(ws, d, chain, recorder, Outcome(d.name, chain.part))
                collect_chain(job, request)
                if span is None and d.required_daily and chain.daily:
                    remember_absent(job, request)
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
            failed = collect_source(job, source, calls)
            if not source.stopgap:
                request = narrowed(job, source, request, calls, failed)
            if not job.outcome.missing:
                if d.refresh:
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


@dataclass
class Line:
    """A source being asked call after call; functions whose host is left alone are not called."""

    job: Job
    source: Source
    total: int
    done: int = 0
    given_up: set[str] = field(default_factory=set)

    def answer(self, call: Call) -> Answer | None:
        """The answer, or None with the incident noted."""
        job = self.job
        self.done += 1
        progress(
            f"{job.dataset.name} · {job.chain.part} · {self.source.name}", self.done, self.total
        )
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


def collect_source(job: Job, source: Source, calls: Sequence[Call]) -> list[Call]:
    """Perform the calls of one source unit by unit and load each; the calls that failed."""
    todo = unanswered(job, calls)
    line = Line(job, source, len(todo))
    size = len(todo) if source.whole else UNIT
    due = Counter(day for call in todo for day in call.days)
    failed: list[Call] = []
    for start in range(0, len(todo), max(size, 1)):
        unit = todo[start : start + size]
        answers = [a for call in unit if (a := line.answer(call)) is not None]
        heard = [a.call for a in answers]
        failed += [call for call in unit if call not in heard]
        answered = Counter(day for call in heard for day in call.days)
        complete = [day for day in answered if answered[day] == due[day] and job.dataset.events]
        several = source.apart and len(answers) > 1
        if answers and believed(job, source, answers, complete, quietly=several):
            due -= answered
        elif several:
            failed += [a.call for a in answers if not believed(job, source, [a])]
        else:
            failed += heard
    return failed


def unanswered(job: Job, calls: Sequence[Call]) -> Sequence[Call]:
    """The calls, without those for single shares whose answers an earlier run has loaded."""
    if not (job.chain.shares and job.dataset.trading_day and calls[0].arguments):
        return calls
    with job.ws.reading_writer() as reader:
        if reader is None:
            return calls
        done = reader.query(
            "SELECT DISTINCT function, arguments FROM raw.answer WHERE dataset = ?",
            [job.dataset.name],
        )
    answered = set(done.iter_rows())
    return [c for c in calls if (c.function, said(c)) not in answered]


def believed(
    job: Job,
    source: Source,
    answers: Sequence[Answer],
    complete: Sequence[date] = (),
    *,
    quietly: bool = False,
) -> bool:
    """Whether the rows of a unit were loaded; if not, the incident is noted, unless the answers are
    judged one by one next.
    """
    try:
        if source.belief.claims:
            insist_on_day(job, source, source.belief.claims, answers)
        load(job, source, answers, complete)
    except BriefingError as error:
        if quietly:
            return False
        if isinstance(error, SourceEmpty):
            job.heard(a.call for a in answers)
        job.note(source, error)
        return False
    job.heard(a.call for a in answers)
    return True


def insist_on_day(job: Job, source: Source, claims: Claims, answers: Sequence[Answer]) -> None:
    """Raise SourceEmpty unless an undated page is known to show the day that is wanted."""
    with known_format(f"{source.name} for {job.dataset.name}"):
        stated = pl.concat([claims.read(a.published, a.call) for a in answers])
    agreed = agreed_with_core(job, claims, stated)
    if agreed is None and claims.witness:
        ask_witness(job, claims.witness, stated)
        agreed = agreed_with_core(job, claims, stated)
    refuse_other_day(job.dataset, [day for a in answers for day in a.call.days], agreed)


def agreed_with_core(job: Job, claims: Claims, stated: pl.DataFrame) -> float | None:
    with job.ws.reading_writer() as reader:
        return agreement(reader, claims.of, stated) if reader else None


def ask_witness(job: Job, witness: Source, stated: pl.DataFrame) -> None:
    """Load the dated bars of a few shares for the day of which the page states the closes."""
    few = stated.sort("code").gather_every(max(stated.height // WITNESSES, 1)).head(WITNESSES)
    request = Request(tuple(few["trade_date"].unique()), job.ws.now, tuple(few["code"]))
    collect_source(job, witness, tuple(witness.calls(request)))
