"""`briefing doctor --live`: every source called once, its answer checked, nothing loaded.

A fallback that is only called when the first source fails is broken on the day it is needed. Here
each source of each chain shows that it still has the format that its reader knows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from flows.collect import collectable
from flows.ingestion.collection import Collection
from flows.ingestion.fetch import perform
from flows.ingestion.load import judged
from flows.ingestion.results import Job, Outcome
from flows.network.transport import Recorder, open_network
from flows.progress import progress
from flows.workspace import Workspace
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.errors import BriefingError, SourceError
from warehouse.records.collection_log import Answer

OK, NOT_NOW = "ok", "not now"
ENOUGH = 3  # failures of one function


@dataclass(frozen=True)
class Probed:
    """What one source said."""

    dataset: str
    part: str
    source: str
    host: str
    result: str
    rows: int
    seconds: float
    says: str


def probe(ws: Workspace, names: Iterable[str] | None = None) -> list[Probed]:
    """One answer of every source of the datasets, checked by reader, contract and plausibility."""
    sources = [
        (d, chain, source)
        for d in map(dataset, collectable(names))
        for chain in d.chains
        for source in chain.sources
        if source.query is None
    ]
    found, run = [], Collection(ws)
    with open_network(ws) as recorder:
        for done, (d, chain, source) in enumerate(sources, start=1):
            progress(f"{d.name} · {source.name}", done, len(sources))
            found.append(probed(run, recorder, d, chain, source))
    return found


def probed(run: Collection, recorder: Recorder, d: Dataset, chain: Chain, source: Source) -> Probed:
    """One source, called for the newest day that is published."""
    began = time.monotonic()

    def result_of(result: str, rows: int, says: str) -> Probed:
        seconds = time.monotonic() - began
        return Probed(d.name, chain.part, source.name, source.host, result, rows, seconds, says)

    calls = specimens(run, d, chain, source)
    if not calls:
        return result_of(NOT_NOW, 0, "it shows another day, or is asked for single shares only")
    job = Job(run, d, chain, recorder, Outcome(d.name, chain.part))
    try:
        answers = replies(run.ws, recorder, source, calls)
        with run.writing() as warehouse:
            checked = judged(job, source, answers, warehouse)
    except BriefingError as error:
        return result_of(type(error).__name__, 0, str(error))
    rows = sum(a.published.height for a in answers)
    kept = f"rows that would be quarantined: {checked.rejected.height:,}"
    return result_of(OK, rows, kept if checked.rejected.height else "")


def replies(
    ws: Workspace, recorder: Recorder, source: Source, calls: Sequence[Call]
) -> list[Answer]:
    """What the calls bring; a function must answer once: a class of shares may have no member.

    Raises the first SourceError of a function that answers nothing. After three it is not called
    any more, lest the circuit of its host opens for the datasets that come next.
    """
    answers: list[Answer] = []
    failures: dict[str, list[SourceError]] = {}
    for call in calls:
        failed = failures.setdefault(call.function, [])
        if len(failed) < ENOUGH:
            try:
                answers.append(perform(source, call, recorder, attempts=ws.attempts))
            except SourceError as error:
                failed.append(error)
    answered = {answer.call.function for answer in answers}
    for function, failed in failures.items():
        if failed and function not in answered:
            raise failed[0]
    return answers


def specimens(run: Collection, d: Dataset, chain: Chain, source: Source) -> list[Call]:
    """The calls that show a source's format: all that it joins, else one of each function."""
    ws = run.ws
    days = d.published_days(chain, ws.calendar, ws.now_utc)[-1:]
    with run.log(d, chain) as log:
        codes = d.cadence_of(chain).sample(days, log)
    calls = list(source.calls(Request(tuple(days), ws.now, codes, tuple(ws.calendar))))
    return calls if source.whole else list(one_of_each(calls))


def one_of_each(calls: Iterable[Call]) -> Iterable[Call]:
    """The first call of each function."""
    return {call.function: call for call in reversed(list(calls))}.values()


def probe_table(answers: Sequence[Probed]) -> pl.DataFrame:
    """What the sources said, for an operator."""
    return pl.DataFrame(answers).with_columns(pl.col("seconds").round(1))
