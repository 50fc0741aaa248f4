"""The plan: which work comes first, how many requests each host gets, and how long that takes.

Work is ordered by the weight in both axes that a minute of waiting brings, and a stage is full when
one of its hosts has all that it can do in that time. Hosts work side by side.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from flows.bootstrap.work import Work
from flows.ingestion.dependencies import waves
from flows.network.rate_limit import HostPolicies

STAGES = (("half an hour", 30 * 60.0), ("an hour", 75 * 60.0), ("hours", math.inf))
NAMED = 8  # datasets of a stage that are named
LEAST = 1e-4  # so that work without weight comes in the order of its cost


@dataclass(frozen=True)
class Rates:
    """How fast hosts may be asked: their limits, and what is spent of today's quotas."""

    policies: HostPolicies
    spent: Mapping[str, int]

    def seconds(self, host: str, requests: float) -> float:
        """How long so many requests take, in pauses alone."""
        policy = self.policies.of(host)
        return requests * (policy.min_interval_seconds + policy.jitter_seconds / 2)

    def left(self, host: str) -> int:
        """What is left of a host's quota of the day."""
        return max(self.policies.of(host).daily_budget - self.spent.get(host, 0), 0)

    def later_days(self, host: str, requests: int) -> int:
        """On how many days after today a host must be asked, by its quota."""
        beyond = requests - self.left(host)
        return max(math.ceil(beyond / self.policies.of(host).daily_budget), 0)


@dataclass(frozen=True)
class Stage:
    """Work that is done side by side, in waves: each needs rows of the waves before it."""

    number: int
    takes: str
    waves: tuple[tuple[Work, ...], ...]

    @property
    def works(self) -> list[Work]:
        return [work for wave in self.waves for work in wave]

    @property
    def requests(self) -> Counter[str]:
        return sum((work.requests for work in self.works), Counter[str]())

    @property
    def datasets(self) -> list[str]:
        return list(dict.fromkeys(work.dataset.name for work in self.works))

    def again(self, works: Iterable[Work]) -> Stage:
        """The same stage with its work as it is now, and without what is done."""
        keys = {work.key for work in self.works}
        return Stage(self.number, self.takes, waves([w for w in works if w.key in keys]))

    def seconds(self, rates: Rates) -> float:
        """How long it takes while every host keeps its limit."""
        return sum(
            max((rates.seconds(h, n) for h, n in total(wave).items()), default=0.0)
            for wave in self.waves
        )


@dataclass(frozen=True)
class Plan:
    """The stages that are left, and the limits that they were planned by."""

    stages: tuple[Stage, ...]
    rates: Rates

    @property
    def requests(self) -> Counter[str]:
        return sum((stage.requests for stage in self.stages), Counter[str]())

    @property
    def seconds(self) -> float:
        return sum(stage.seconds(self.rates) for stage in self.stages)

    @property
    def estimated(self) -> bool:
        """Whether the number of some calls is expected, not counted."""
        return any(work.estimated for stage in self.stages for work in stage.works)

    def stage_table(self) -> pl.DataFrame:
        """A row for each stage: what comes, requests, the busiest host, how long it takes."""
        return pl.DataFrame([stage_row(stage, self.rates) for stage in self.stages])

    def host_table(self) -> pl.DataFrame:
        """A row for each host: requests by stage, and hours at its rate limit."""
        hosts = self.requests
        rows = [
            {"host": host}
            | {f"stage {s.number}": s.requests[host] for s in self.stages}
            | {
                "requests": hosts[host],
                "time": said(self.rates.seconds(host, hosts[host])),
                "of today's quota": f"{self.rates.left(host):,}",
                "days": 1 + self.rates.later_days(host, hosts[host]),
            }
            for host, _ in hosts.most_common()
        ]
        return pl.DataFrame(rows)


def stage_row(stage: Stage, rates: Rates) -> dict[str, object]:
    """What a stage brings and takes."""
    asked = stage.requests
    host, most = max(asked.items(), key=lambda item: (item[1], item[0]), default=("–", 0))
    return {
        "stage": stage.number,
        "brings": brings(stage),
        "requests": asked.total(),
        "busiest host": f"{host} ({most:,})",
        "takes": said(stage.seconds(rates)),
    }


def brings(stage: Stage) -> str:
    """The datasets that weigh most in the axes, and how many others there are."""
    weights = {work.dataset.label: work.weight for work in stage.works}
    first = sorted(weights, key=lambda name: (-weights[name], name))[:NAMED]
    more = f"; {len(weights) - len(first)} more" if len(weights) > len(first) else ""
    return ", ".join(first) + more


def planned(works: Sequence[Work], rates: Rates) -> Plan:
    """All work in stages; those without any are left out."""
    left, stages = list(works), []
    for number, (takes, seconds) in enumerate(STAGES, start=1):
        chosen = fitting(left, rates, seconds)
        left = [work for work in left if work not in chosen]
        if chosen:
            stages.append(Stage(number, takes, waves(chosen)))
    return Plan(tuple(stages), rates)


def fitting(works: Sequence[Work], rates: Rates, seconds: float) -> list[Work]:
    """The work that every host can do in that time, with all that it waits for."""
    chosen: list[Work] = []
    ordered = sorted(works, key=lambda w: worth(w, works, rates), reverse=True)
    while True:
        waiting = [w for w in ordered if w not in chosen]
        to_come = set().union(*(w.brings for w in waiting))
        for work in waiting:
            after = Stage(0, "", waves([*chosen, work]))
            if not (work.after & to_come) and after.seconds(rates) <= seconds:
                chosen.append(work)
                break
        else:
            return chosen


def worth(work: Work, works: Iterable[Work], rates: Rates) -> float:
    """The weight in both axes that rests on it, over the time that it takes."""
    served = [w.weight for w in works if work.brings & w.after]
    seconds = max((rates.seconds(h, n) for h, n in work.requests.items()), default=0.0)
    return (max([work.weight, *served]) + LEAST) / (seconds + 1.0)


def total(works: Iterable[Work]) -> Counter[str]:
    return sum((work.requests for work in works), Counter[str]())


def said(seconds: float) -> str:
    """A time as it is planned: minutes below two hours, then hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def tomorrow(now: datetime) -> datetime:
    """When the quotas of the next day begin."""
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=30, microsecond=0)
