"""What of the past each part of a dataset lacks, and which requests would bring it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection as Container
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import polars as pl

from flows.collect import collectable
from flows.ingestion.collection import Collection
from flows.ingestion.dependencies import part, queries, reads, share_by_share, tables
from flows.ingestion.due_days import request_for
from flows.ingestion.source_run import unanswered
from transforms.axes.composite import WEIGHTS, WHOLE, components
from transforms.engine.history import needs
from transforms.engine.metric import lineage
from warehouse.cadence import COLD_START, Daily, PerShare, SessionPage, Span
from warehouse.catalog import Call, Chain, Dataset, Request, Source, dataset
from warehouse.records import collection_log

# Shares that a part reads one by one, as expected while the list of them is not there.
EXPECTED = {
    ("stock_daily", "A"): 5_500,
    ("adjustment_factor", "A"): 5_500,
    ("ipo_hk", "profiles"): 2_700,
    ("ipo_hk", "HK"): 300,
}


@dataclass(frozen=True, eq=False)
class Work:
    """A part of a dataset that lacks some of its past.

    span: the days that are wanted; None: what a collection would ask for. calls: how many there
    are, estimated where the list of shares is not there yet. after: the datasets, or parts of
    them, whose rows it needs. weight: the share of both axes that rests on the dataset.
    """

    dataset: Dataset
    chain: Chain
    span: Span | None
    calls: int
    requests: Counter[str]
    after: frozenset[str]
    weight: float
    estimated: bool = False

    @property
    def name(self) -> str:
        return part(self.dataset, self.chain)

    @property
    def key(self) -> tuple[str, bool]:
        """What names it from one plan to the next."""
        return self.name, self.newest_only

    @property
    def brings(self) -> set[str]:
        """What others wait for: the dataset, and the part of it."""
        return set() if self.newest_only else {self.dataset.name, self.name}

    @property
    def newest_only(self) -> bool:
        """Whether the past of the part is work of its own."""
        return self.span is None and share_by_share(self.dataset.cadence_of(self.chain)) is not None

    @property
    def host(self) -> str:
        """The host that gets most requests; "" where rows follow from other datasets."""
        return max(self.requests, key=lambda h: (self.requests[h], h), default="")


def works(run: Collection) -> list[Work]:
    """What a good first issue needs and is not there, in the order in which it is collected."""
    with run.reading() as reader:
        done = collection_log.completed_past(reader) if reader else {}
    found: list[Work] = []
    for d in map(dataset, collectable()):
        for chain in d.chains:
            pending = {w.dataset.name for w in found if not w.newest_only}
            for span in spans(run, d, chain):
                first = done.get((d.name, chain.part))
                if not (span and first and first <= span[0]):
                    found += missing(run, d, chain, span, pending)
    return found


def spans(run: Collection, d: Dataset, chain: Chain) -> list[Span | None]:
    """The days that are wanted of a part: those that metrics read, or a collection's few.

    Of what is read share by share the newest day's page comes first.
    """
    cadence = d.cadence_of(chain)
    sessions = depths().get(d.name, 0)
    days = cadence.days(run.ws.calendar, run.ws.today)
    one_day = isinstance(cadence, SessionPage)  # whatever is wanted
    if one_day or (sessions <= COLD_START and not isinstance(cadence, PerShare)):
        return [None]
    first = days[-min(sessions, len(days))]
    if isinstance(cadence, Daily) and cadence.past:
        return [None, (first, days[-2])]
    return [(first, run.ws.today)]


def missing(
    run: Collection, d: Dataset, chain: Chain, span: Span | None, pending: Container[str]
) -> Iterator[Work]:
    """The work that a part needs, if there is any; pending: datasets that have work themselves."""
    cadence, now = d.cadence_of(chain), run.ws.now
    by_share = share_by_share(cadence) if span else None
    with run.log(d, chain) as log:
        days = d.published_days(chain, run.ws.calendar, run.ws.now_utc)
        if cadence.unread_for and cadence.fresh(days, now, log):
            return
    request = request_for(run, d, chain, span)
    if not request.days:
        return
    listed = tables(by_share.backfill) if by_share else set()
    estimated = bool(listed & set(pending)) and not request.codes
    shares = EXPECTED[d.name, chain.part] if estimated else 1
    if by_share and estimated:
        request = replace(request, codes=(by_share.example,))
    elif by_share and not request.codes:
        return  # each of them has been read
    calls, requests = 0, Counter[str]()
    for source, made in asked(d, chain, request):
        left = unanswered(run, d, cadence, source, made, backfill=span is not None)
        calls += len(left) * shares
        requests.update({h: round(n * shares) for h, n in requests_of(source, left).items()})
    after = reads(d, chain, by_share)
    yield Work(d, chain, span, calls, requests, after, weight_of(d.name), estimated)


def asked(d: Dataset, chain: Chain, request: Request) -> Iterator[tuple[Source, Sequence[Call]]]:
    """The sources that a request goes to if all answer, each for days that others lack."""
    by_day = d.cadence_of(chain).by_calendar and not request.codes
    for source in chain.sources:
        if not (calls := source.calls(request)):
            continue
        yield source, calls
        served = {day for call in calls for day in call.days}
        left = tuple(day for day in request.days if day not in served)
        if not left or not by_day:
            return
        request = replace(request, days=left)


@cache
def depths() -> dict[str, int]:
    """Trading days wanted of each dataset: by the metrics, and by datasets that need its rows."""
    found = {name: need.sessions for name, need in needs().items()}
    for d in map(dataset, collectable()):
        sql = [query for chain in d.chains for s in chain.sources for query in queries(s)]
        for name in tables(*sql) - {d.name}:
            found[name] = max(found.get(name, 0), found.get(d.name, 0))
    return found


def requests_of(source: Source, calls: Sequence[Call]) -> dict[str, float]:
    """Requests to each host: as many as each function was measured to make, else one."""
    found: dict[str, float] = defaultdict(float)
    for call in calls if source.query is None else ():
        for host, count in measured_requests().get(kind_of(call), {source.host: 1.0}).items():
            found[host] += count
    return {host: count for host, count in found.items() if host}


def kind_of(call: Call) -> str:
    """The function, and what of a share is wanted: bars take a request more than factors."""
    adjust = call.arguments.get("adjust")
    return f"{call.function} {adjust}" if adjust else call.function


@cache
def measured_requests() -> dict[str, dict[str, float]]:
    """Requests that one call of an akshare function makes, by host, on a market of 5,400 shares."""
    text = files("flows.bootstrap").joinpath("requests.csv").read_bytes()
    found: dict[str, dict[str, float]] = {}
    for function, host, requests in pl.read_csv(text).iter_rows():
        found.setdefault(function, {})[host] = requests
    return found


@cache
def weight_of(name: str) -> float:
    """The share of both axes that rests on a dataset, through the metrics that read it."""
    parts = components().group_by("block", "metric").agg(pl.col("weight").sum())
    totals = dict(parts.group_by("block").agg(pl.col("weight").sum()).iter_rows())
    shares = [
        WEIGHTS[block] / WHOLE * weight / totals[block]
        for block, metric, weight in parts.iter_rows()
        if name in lineage(metric)
    ]
    return round(math.fsum(shares), 9)  # whatever the order in which groups came
