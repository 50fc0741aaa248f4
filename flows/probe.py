"""`briefing doctor --live`: every source asked once, its answer judged, nothing loaded.

A fallback that is only asked when the first source fails is broken on the day it is needed. Here each
source of each chain shows that it still speaks the format that its reader knows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flows.collect import collectable
from flows.gaps import published_days, shares
from flows.loading import judged
from flows.outcome import Job, Outcome
from flows.progress import progress
from flows.seam import Recorder, seam
from flows.sources import perform
from flows.workspace import Workspace
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.errors import BriefingError


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
    """One answer of every source of the datasets, judged against reader, contract and beliefs."""
    asked = [
        (d, chain, source)
        for d in map(dataset, collectable(names))
        for chain in d.chains
        for source in chain.sources
        if source.query is None
    ]
    found = []
    with seam(ws) as recorder:
        for done, (d, chain, source) in enumerate(asked, start=1):
            progress(f"{d.name} · {source.name}", done, len(asked))
            found.append(probed(ws, recorder, d, chain, source))
    return found


def probed(ws: Workspace, recorder: Recorder, d: Dataset, chain: Chain, source: Source) -> Probed:
    """One source asked for the newest day that is published."""
    began = time.monotonic()

    def told(result: str, rows: int, says: str) -> Probed:
        seconds = time.monotonic() - began
        return Probed(d.name, chain.part, source.name, source.host, result, rows, seconds, says)

    calls = specimens(ws, d, chain, source)
    if not calls:
        return told("not now", 0, "it shows another day, or is asked for single shares only")
    job = Job(ws, d, chain, recorder, Outcome(d.name, chain.part))
    try:
        answers = [perform(source, call, recorder, attempts=ws.attempts) for call in calls]
        with ws.writing() as warehouse:
            checked = judged(job, source, answers, warehouse)
    except BriefingError as error:
        return told(type(error).__name__, 0, str(error))
    rows = sum(a.published.height for a in answers)
    kept = f"{checked.rejected.height:,} rows would be set aside" if checked.rejected.height else ""
    return told("ok", rows, kept)


def specimens(ws: Workspace, d: Dataset, chain: Chain, source: Source) -> list[Call]:
    """The calls that show a source's format: all that it joins, else one of each function."""
    days = published_days(ws, d, chain)[-1:]
    calls = list(
        source.calls(Request(tuple(days), ws.now, sample(ws, d, chain, days), tuple(ws.calendar)))
    )
    return calls if source.whole else list(one_of_each(calls))


def sample(ws: Workspace, d: Dataset, chain: Chain, days: list[date]) -> tuple[str, ...]:
    """Entities of the part: all of a short list, one of the shares that are asked one by one."""
    if chain.shares is None:
        return tuple(chain.entities)
    with ws.reading_writer() as reader:
        return (shares(reader, d, chain, days, backfill=True) or (chain.shares.sample,))[:1]


def one_of_each(calls: Iterable[Call]) -> Iterable[Call]:
    """The first call of each function."""
    return {call.function: call for call in reversed(list(calls))}.values()
