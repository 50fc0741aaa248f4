"""`briefing doctor --live`: every source called once, its answer judged, nothing loaded.

A fallback that is only called when the first source fails is broken on the day it is needed. Here
each source of each chain shows that it still has the format that its reader knows. Hosts are asked
side by side, each within its own rate limit; the circuit breaker gives up those without an answer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from flows.collect import collectable
from flows.ingestion.collection import Collection
from flows.ingestion.fetch import answered, requested
from flows.ingestion.load import drifts, judged, unknown_words
from flows.ingestion.results import Job, Outcome
from flows.ingestion.retry import worth_a_retry
from flows.monitoring.probe_report import (
    Shape,
    SourceReport,
    Verdict,
    anonymous,
    distinct,
    running,
    shape_of,
    write_report,
)
from flows.network.rate_limit import RequestBlocked
from flows.network.reachability import NetworkLost
from flows.network.response_limits import host_in
from flows.network.transport import Recorder, open_network, shared_network
from flows.network.turns import side_by_side
from flows.progress import finished, progress
from flows.workspace import Workspace
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.errors import (
    BriefingError,
    ContractViolated,
    SourceChanged,
    SourceEmpty,
    SourceError,
    SourceUnavailable,
)
from warehouse.quality.quarantine import Checked
from warehouse.records.collection_log import Answer

ENOUGH = 3  # failures of one function


FINE = (Verdict.OK, Verdict.EMPTY, Verdict.NOT_NOW)
FAILURES: dict[type[BriefingError], Verdict] = {
    SourceChanged: Verdict.CHANGED,
    SourceEmpty: Verdict.EMPTY,
    SourceUnavailable: Verdict.UNREACHABLE,
    ContractViolated: Verdict.REFUSED,
}


@dataclass(frozen=True)
class Target:
    """One source of one part of a dataset, and the calls that show its format."""

    dataset: Dataset
    chain: Chain
    source: Source
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Probed:
    """What one source said. rows: as published; newest: the last day that they bear.

    works: its rows can be loaded, whatever there is to say of them.
    """

    dataset: str
    part: str
    source: str
    host: str
    verdict: Verdict
    rows: int
    newest: date | None
    seconds: float
    says: str
    works: bool = False
    shapes: tuple[Shape, ...] = ()


@dataclass
class Probe:
    """One look at all sources. lost: why there is no network; nothing more is asked then.

    silent: why nothing is known of any source once all were asked, so few that it may be them.
    """

    run: Collection
    targets: Sequence[Target]
    heard: dict[int, Probed] = field(default_factory=dict)  # by the place of the target
    stopped: bool = False

    @property
    def lost(self) -> str | None:
        return self.run.reach.said if self.run.reach.lost else None

    @property
    def silent(self) -> str | None:
        return self.run.reach.said if self.run.reach.unreached else None

    @property
    def found(self) -> list[Probed]:
        """What was found, in the order of the catalogue."""
        return [one for _, one in sorted(self.heard.items())]

    def look(self) -> None:
        """Ask all hosts, side by side."""
        hosts = list(dict.fromkeys(t.source.host for t in self.targets))
        lanes = [partial(self.host, host) for host in hosts]
        ws = self.run.ws
        # The offline exchange answers at once; during real pauses others may write.
        opened = self.run.keeping_open() if ws.simulated else nullcontext()
        try:
            with opened, shared_network(ws, self.run.reach):
                side_by_side(lanes)
        except KeyboardInterrupt:
            self.stopped = True  # the lanes end with the request that they wait for
            raise

    def host(self, host: str) -> None:
        """All sources of one host, one after the other."""
        began = time.monotonic()
        mine: list[Probed] = []
        with open_network(self.run.ws) as recorder:
            for place, target in enumerate(self.targets):
                if target.source.host != host:
                    continue
                if self.lost or self.stopped:
                    return
                mine.append(given_up(mine, one_source(self.run, recorder, target)))
                self.heard[place] = mine[-1]
                progress("sources", len(self.heard), len(self.targets))
        if not self.lost:
            finished(f"{host or 'package'}: {counted(mine)}, {time.monotonic() - began:.0f} s")


def probe(ws: Workspace, names: Iterable[str] | None = None) -> Probe:
    """One answer of every source of the datasets, judged by reader, contract and plausibility."""
    run = Collection(ws)
    look = Probe(run, tuple(targets(run, names)))
    progress("sources", 0, len(look.targets))
    look.look()
    return look


def targets(run: Collection, names: Iterable[str] | None = None) -> Iterable[Target]:
    """Every source that makes requests; rows that follow from other datasets need none."""
    for d in map(dataset, collectable(names)):
        for chain in d.chains:
            for source in chain.sources:
                if source.query is None:
                    yield Target(d, chain, source, tuple(specimens(run, d, chain, source)))


def given_up(before: Sequence[Probed], one: Probed) -> Probed:
    """The finding; behind a circuit that this very look has opened, the host is unreachable."""
    opened = before and before[-1].verdict == Verdict.UNREACHABLE
    if one.verdict == Verdict.BLOCKED and opened:
        return Probed(
            one.dataset, one.part, one.source, one.host, Verdict.UNREACHABLE, 0, None, 0.0,
            "not asked: its host does not answer",
        )  # fmt: skip
    return one


def counted(found: Iterable[Probed]) -> str:
    """How many sources have which verdict, in words."""
    counts = Counter(p.verdict for p in found)
    return ", ".join(f"{counts[v]} {v}" for v in Verdict if counts[v])


def one_source(run: Collection, recorder: Recorder, target: Target) -> Probed:
    """One source, called for the newest day that is published."""
    began = time.monotonic()
    d, chain, source = target.dataset, target.chain, target.source
    shapes: list[Shape] = []

    def result(
        verdict: Verdict, says: str = "", rows: int = 0, newest: date | None = None,
        *, works: bool = False,
    ) -> Probed:  # fmt: skip
        seconds = time.monotonic() - began
        return Probed(
            d.name, chain.part, source.name, source.host, verdict, rows, newest, seconds, says,
            works, tuple(distinct(shapes)),
        )  # fmt: skip

    if not target.calls:
        return result(Verdict.NOT_NOW, "it shows another day, or is asked for single shares only")
    answers: list[Answer] = []
    try:
        answers += replies(run.ws, recorder, target, shapes)
        job = Job(run, d, chain, recorder, Outcome(d.name, chain.part))
        with run.writing() as warehouse:
            checked = judged(job, source, answers, warehouse)
            drift = [
                *drifts(job, source, answers, warehouse),
                *unknown_words(job, source, answers, warehouse),
            ]
    except tuple(FAILURES) as error:
        return result(verdict_of(error), str(error), height(answers), newest_of(d, answers))
    says = "; ".join([*map(str, drift), *quarantined(checked)])
    verdict = Verdict.CHANGED if drift else Verdict.OK
    if not height(answers):
        says = says or "nothing to report, and the answer proves it"
    return result(verdict, says, height(answers), newest_of(d, answers), works=True)


def verdict_of(error: BriefingError) -> Verdict:
    """What an error means for the source."""
    if isinstance(error.__cause__, NetworkLost):
        return Verdict.UNREACHABLE  # as are those that were asked before it was known
    if isinstance(error.__cause__, RequestBlocked):
        return Verdict.BLOCKED
    return next(v for kind, v in FAILURES.items() if isinstance(error, kind))


def quarantined(checked: Checked) -> list[str]:
    """How many rows would be quarantined, and by which rules."""
    if not checked.rejected.height:
        return []
    rules = ", ".join(checked.rejected["rule"].unique(maintain_order=True))
    return [f"rows that would be quarantined, or lose a field: {checked.doubtful:,} ({rules})"]


def height(answers: Iterable[Answer]) -> int:
    return sum(a.published.height for a in answers)


def newest_of(d: Dataset, answers: Iterable[Answer]) -> date | None:
    """The last day that the rows bear."""
    column = d.dated_by or ""
    days = [a.rows[column].max() for a in answers if a.rows.schema.get(column) == pl.Date]
    return max((day for day in days if isinstance(day, date)), default=None)


def replies(ws: Workspace, recorder: Recorder, target: Target, shapes: list[Shape]) -> list[Answer]:
    """What the calls bring; a function must answer once: a class of shares may have no member.

    Raises the first SourceError of a function that answers nothing. After three it is not called
    any more, lest the circuit of its host opens for the datasets that come next. The shapes of all
    answers are added to `shapes`, also of those that cannot be read.
    """
    answers: list[Answer] = []
    failures: dict[str, list[SourceError]] = {}
    source = target.source
    for call in target.calls:
        failed = failures.setdefault(call.function, [])
        if len(failed) < ENOUGH:
            try:
                published = asked_twice(ws, source, call, recorder)
                if published.width:
                    shapes.append(shape_of(call, published, transcribed=bool(source.transcript)))
                answers.append(answered(source, call, published, recorder))
            except SourceError as error:
                if other := elsewhere(source, recorder):
                    error.args = (f"{error} (the request went to {other})",)
                failed.append(error)
    heard = {answer.call.function for answer in answers}
    for function, failed in failures.items():
        if failed and function not in heard:
            raise failed[0]
    return answers


def elsewhere(source: Source, recorder: Recorder) -> str:
    """The other host whose response was missing: some functions join what several hosts say."""
    hosts = dict.fromkeys(map(host_in, recorder.failures))
    return "" if source.host in hosts else ", ".join(hosts)


def asked_twice(ws: Workspace, source: Source, call: Call, recorder: Recorder) -> pl.DataFrame:
    """The rows of a call as published; once more where there was no response.

    The pause between two requests to a host is all that is waited for: without a network, others
    have noticed meanwhile.
    """
    try:
        return requested(source, call, recorder, attempts=1)
    except SourceUnavailable as error:
        if ws.attempts == 1 or not worth_a_retry(error):
            raise
        return requested(source, call, recorder, attempts=1)


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


def reported(look: Probe, path: Path) -> None:
    """Write the report of a look."""
    ws = look.run.ws
    home = ws.settings.home
    sources = [
        SourceReport(
            dataset=p.dataset, part=p.part, source=p.source, host=p.host, verdict=p.verdict,
            rows=p.rows, newest=f"{p.newest}" if p.newest else None, seconds=round(p.seconds, 1),
            says=anonymous(p.says, home), answers=list(p.shapes),
        )
        for p in look.found
    ]  # fmt: skip
    write_report(path, running(ws.today, simulated=ws.simulated, sources=sources))
