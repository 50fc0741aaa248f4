"""Bootstrap: the past that a good first issue needs, collected stage by stage."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from flows.alerts.notify import reported
from flows.bootstrap.plan import Plan, Rates, Stage, planned, tomorrow
from flows.bootstrap.readings import Readings, readings
from flows.bootstrap.work import Work, works
from flows.collect import last_trading_day
from flows.ingestion.collection import Collection
from flows.ingestion.dependencies import CALENDAR
from flows.ingestion.fallback_chain import collect_part
from flows.ingestion.results import CollectionIncomplete, NetworkDown, Outcome
from flows.measure import measure
from flows.network.rate_limit import HostPolicies, Pace
from flows.network.request_log import spent_today
from flows.network.transport import Network, open_network, shared_network
from flows.network.turns import side_by_side
from flows.progress import finished, staged
from flows.publishing import publish
from flows.workspace import Workspace
from warehouse.datasets.trade_calendar import insist_on_days_ahead
from warehouse.records.collection_log import add_past
from warehouse.records.coverage import first_close


@dataclass
class SimulatedPace:
    """A clock on which nobody waits: each lane has a time of its own, which its pauses move on.

    `elapsed` is where the last one stands.
    """

    elapsed: float = 0.0
    began: float = 0.0
    lane: ContextVar[float | None] = field(default_factory=lambda: ContextVar("lane", default=None))

    @property
    def pace(self) -> Pace:
        return Pace(self.monotonic, self.sleep)

    def monotonic(self) -> float:
        now = self.lane.get()
        return self.began if now is None else now

    def sleep(self, seconds: float) -> None:
        now = self.monotonic() + seconds
        self.lane.set(now)
        self.elapsed = max(self.elapsed, now)

    def next_wave(self) -> None:
        """All lanes begin again where the last one has ended."""
        self.began = self.elapsed


@dataclass(frozen=True)
class StageResult:
    """What a stage has brought: its requests, how long hosts kept it waiting, and what speaks now.

    spent: hosts whose quota of the day is used up; `left` requests to them are not made yet.
    """

    stage: Stage
    outcomes: list[Outcome]
    requests: Counter[str]
    seconds: float | None
    spent: dict[str, int]
    readings: Readings | None


class QuotaSpent(CollectionIncomplete):
    """The quota of a host is spent; the rest comes on another day."""

    def __init__(self, left: dict[str, int], again: datetime) -> None:
        self.outcomes, self.again = [], again
        lines = [
            f"host {host}: quota spent, {n:,} requests left, continues tomorrow at "
            f"{again:%Y-%m-%d %H:%M} Shanghai time"
            for host, n in left.items()
        ]
        remedy = "Run the same command then; with --wait it waits itself."
        Exception.__init__(self, "\n  ".join(["the past is not complete yet:", *lines, remedy]))


def plan_of(ws: Workspace) -> Plan:
    """What is missing of the past, in stages, at the limits of the hosts."""
    return planned(works(Collection(ws, bootstrap=True)), rates_of(ws))


def rates_of(ws: Workspace) -> Rates:
    return Rates(HostPolicies(ws.settings.hosts), spent_today(ws.settings.home, ws.now))


def collect_past(ws: Workspace, tell: Callable[[StageResult], None], *, wait: bool = False) -> None:
    """Collect the past in stages; with `wait`, over as many days as quotas make of it.

    Raises what run_stages raises; QuotaSpent only without `wait`.
    """
    with reported(ws, "bootstrap"):
        while True:
            try:
                run_stages(ws, tell)
            except QuotaSpent as spent:
                if not wait:
                    raise
                finished(str(spent))
                sleep_until(ws, spent.again)
            else:
                return


def sleep_until(ws: Workspace, moment: datetime) -> None:
    """Wait, an hour at a time, so that a machine that slept wakes at the right time."""
    while (left := (moment - ws.now).total_seconds()) > 0:
        time.sleep(min(left, 3600.0))


def run_stages(ws: Workspace, tell: Callable[[StageResult], None]) -> list[Outcome]:
    """Collect what is missing, stage by stage; `tell` hears of each when it is done.

    The calls of each stage are counted anew: lists that have come say how many shares there are.
    Raises QuotaSpent where a host may be asked no more today, NetworkDown without a network, and
    CollectionIncomplete at the end where hosts failed.
    """
    pace = SimulatedPace() if ws.simulated else None
    outcomes: list[Outcome] = []
    left: dict[str, int] = {}
    for first in plan_of(ws).stages:
        stage = first.again(works(Collection(ws, bootstrap=True)))
        if stage.works:
            result = run_stage(ws, stage, pace)
            outcomes += result.outcomes
            left |= result.spent
            tell(result)
    if left:
        raise QuotaSpent(left, tomorrow(ws.now))
    if failed := [o for o in outcomes if o.missing and not answered(o)]:
        raise CollectionIncomplete(failed)
    return outcomes


def run_stage(ws: Workspace, stage: Stage, pace: SimulatedPace | None) -> StageResult:
    """One stage: its waves, and what speaks afterwards."""
    run = Collection(ws, bootstrap=True)
    began = pace.elapsed if pace else 0.0
    outcomes: list[Outcome] = []
    staged(f"stage {stage.number}")
    with shared_network(ws, run.reach, pace.pace if pace else None) as network:
        # The offline exchange answers at once; during real pauses others may write.
        with run.keeping_open() if ws.simulated else nullcontext():
            for wave in stage.waves:
                outcomes += run_wave(run, wave)
                insist_on_days_ahead(last_trading_day(run), ws.today)
                if pace:
                    pace.next_wave()
        spent = quota_left(ws, network)
    if run.reach.lost:
        raise NetworkDown(run.reach.said, outcomes)
    requests = sum((o.requests for o in outcomes), Counter[str]())
    seconds = pace.elapsed - began if pace else None
    return StageResult(stage, outcomes, requests, seconds, spent, readings_now(ws))


def run_wave(run: Collection, wave: Sequence[Work]) -> list[Outcome]:
    """The work of a wave: that of one host one after the other, hosts side by side."""
    lanes: dict[str, list[Work]] = {}
    for work in sorted(wave, key=lambda w: w.dataset.name != CALENDAR):
        lanes.setdefault(work.host, []).append(work)
    done = side_by_side([partial(run_lane, run, lane) for lane in lanes.values()])
    return [outcome for lane in done for outcome in lane]


def run_lane(run: Collection, lane: Sequence[Work]) -> list[Outcome]:
    """Work that one host is asked for."""
    outcomes = []
    for work in lane:
        if run.reach.lost:
            break
        if (outcome := run_work(run, work)) is not None:
            outcomes.append(outcome)
    return outcomes


def run_work(run: Collection, work: Work) -> Outcome | None:
    """One part; that it has been asked for is logged if all of it had an answer."""
    with open_network(run.ws) as recorder:
        outcome = collect_part(run, work.dataset, work.chain, recorder, work.span)
    if work.span is not None and (outcome is None or answered(outcome)):
        with run.writing() as warehouse:
            add_past(warehouse, work.dataset, work.chain, work.span[0], run.ws.now_utc)
    return outcome


def answered(outcome: Outcome) -> bool:
    """Whether what is missing was answered for: a source has not got it."""
    days = {str(day) for day, _ in outcome.answered}
    labels = {label for _, label in outcome.answered}
    return all(what in days or what in labels for what in outcome.missing)


def quota_left(ws: Workspace, network: Network) -> dict[str, int]:
    """Hosts whose quota of the day is spent, and the requests to them that are left."""
    limiter = network.limiter
    spent = [h for h, n in limiter.spent.items() if n >= limiter.policies.of(h).daily_budget]
    return {h: n for h, n in plan_of(ws).requests.items() if h in spent} if spent else {}


def readings_now(ws: Workspace) -> Readings | None:
    """What speaks by now, measured and published; None before there is any close."""
    with ws.reading_writer() as reader:
        if reader is None or first_close(reader) is None:
            return None
        day = ws.resolve(None, reader)
    staged("measuring")
    measure(ws, day)
    publish(ws)
    return readings(ws, day)
