"""A collection in chunks that several workers share, and one account of what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from flows.coordination.claims import Claimed, Finished, Planned
from flows.ingestion.collection import Collection
from flows.ingestion.dependencies import CALENDAR, part, reads, share_by_share, tables, waves
from flows.ingestion.due_days import request_for
from flows.ingestion.fallback_chain import collect_part
from flows.ingestion.results import Outcome
from flows.network.transport import open_network
from warehouse.cadence import PerShare, Span
from warehouse.catalog import Chain, Dataset, Request, dataset

SHARES = 200  # of a chunk, where a part is read share by share


@dataclass(frozen=True)
class Subject:
    """What a run collects: the datasets in their order, and the span of a back-fill.

    day: on which it began, in Shanghai; None for a back-fill, which may take days. named: the
    datasets were named by the caller, so that lists are read before their time.
    """

    day: date | None
    datasets: tuple[str, ...]
    named: bool
    span: Span | None

    @property
    def text(self) -> str:
        """All of it, so that the same collection is known again."""
        return SUBJECT.dump_json(self).decode()

    @classmethod
    def of(cls, text: str) -> Subject:
        return SUBJECT.validate_json(text)

    @property
    def waves(self) -> tuple[tuple[Part, ...], ...]:
        """The parts of the datasets, each after those whose rows it needs."""
        return waves([Part(d, chain) for d in map(dataset, self.datasets) for chain in d.chains])


SUBJECT, OUTCOME = TypeAdapter(Subject), TypeAdapter(Outcome | None)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a dataset, and what must be there before it is collected."""

    dataset: Dataset
    chain: Chain

    @cached_property
    def after(self) -> frozenset[str]:
        if self.dataset.name == CALENDAR:
            return frozenset()
        by_share = share_by_share(self.dataset.cadence_of(self.chain))
        listed = tables(by_share.collect) if by_share and by_share.collect else set()
        return reads(self.dataset, self.chain, by_share) | (listed - {self.dataset.name})

    @property
    def brings(self) -> set[str]:
        return {self.dataset.name, part(self.dataset, self.chain)}


def planned(run: Collection, wave: Iterable[Part], subject: Subject) -> list[Planned]:
    """The chunks of a wave: what is due of each part by now."""
    with nullcontext() if in_lake(run) else run.keeping_open():  # a moment, for all of them
        return [chunk for one in wave for chunk in chunks_of(run, one, subject)]


def in_lake(run: Collection) -> bool:
    """Whether others write while this one looks; a file has to be opened alone for each look."""
    return run.ws.settings.warehouse.lake is not None


def chunks_of(run: Collection, one: Part, subject: Subject) -> Iterator[Planned]:
    """A part as a whole, or so many shares of it at a time."""
    d, chain = one.dataset, one.chain
    request = request_for(run, d, chain, subject.span, named=subject.named)
    if not request.days:
        return
    host = chain.sources[0].host
    if not by_shares(one, request, subject):
        yield Planned(d.name, chain.part, None, host)
        return
    for start in range(0, len(request.codes), SHARES):
        yield Planned(d.name, chain.part, request.codes[start : start + SHARES], host)


def by_shares(one: Part, request: Request, subject: Subject) -> bool:
    """Whether each share is a request of its own, so that others may make some of them."""
    cadence = one.dataset.cadence_of(one.chain)
    each = isinstance(cadence, PerShare) or (share_by_share(cadence) and subject.span)
    return bool(each and request.codes) and not any(s.whole for s in one.chain.sources)


def perform(run: Collection, chunk: Claimed, subject: Subject) -> Outcome | None:
    """Collect a chunk; None if nothing of it is due any more, because it was loaded meanwhile."""
    d = dataset(chunk.dataset)
    chain = next(c for c in d.chains if c.part == chunk.part)
    with ExitStack() as opened:
        if run.ws.simulated and not in_lake(run):  # the offline exchange answers at once
            opened.enter_context(run.keeping_open())
        recorder = opened.enter_context(open_network(run.ws, run.reach))
        return collect_part(
            run, d, chain, recorder, subject.span, named=subject.named, codes=chunk.codes
        )


def written(outcome: Outcome | None) -> Any:
    """An outcome as JSON."""
    return OUTCOME.dump_python(outcome, mode="json")


def account(chunks: Sequence[Finished]) -> list[Outcome]:
    """One outcome for each part, whoever has collected which of its chunks."""
    found: dict[tuple[str, str], Outcome] = {}
    for chunk in chunks:
        outcome = outcome_of(chunk)
        if outcome is not None:
            whole = found.setdefault((chunk.dataset, chunk.part), Outcome(*_names(chunk)))
            add(whole, outcome)
    return list(found.values())


def outcome_of(chunk: Finished) -> Outcome | None:
    """What a worker wrote of a chunk, or that workers were lost over it; None: nothing was due."""
    if not chunk.lost:
        outcome = OUTCOME.validate_python(chunk.outcome)
        if outcome is None and chunk.attempts > 1:
            told = "it was loaded by a worker that was lost before it could say what came"
            return Outcome(*_names(chunk), incidents=[told])
        return outcome
    shares = chunk.codes or ()
    what = f"{len(shares)} shares from {shares[0]} on" if shares else chunk.part
    told = (
        f"{chunk.attempts} workers were lost over this chunk, the last one was {chunk.worker}; "
        "look into its log, and collect the dataset again"
    )
    return Outcome(*_names(chunk), missing=[what], incidents=[told])


def _names(chunk: Planned) -> tuple[str, str]:
    return chunk.dataset, chunk.part


def add(whole: Outcome, one: Outcome) -> None:
    """Count the outcome of a chunk in that of its part."""
    whole.sources += [source for source in one.sources if source not in whole.sources]
    whole.received += one.received
    whole.new += one.new
    whole.revised += one.revised
    whole.rejected += one.rejected
    whole.missing += [what for what in one.missing if what not in whole.missing]
    whole.incidents += one.incidents
    whole.requests += one.requests
    whole.answered |= one.answered
