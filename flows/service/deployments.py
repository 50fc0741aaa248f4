"""What runs when, in Shanghai time.

Deployments use module paths: file paths would load every module twice. Schedules know no exchange
holidays; the flows look into the trading calendar.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from flows.backfill import backfill
from flows.briefing import briefing
from flows.collect import collect
from flows.lake import compaction
from flows.monitoring.watch import watching
from flows.settings import Schedule
from flows.weekly import weekly
from warehouse.errors import InputRefused
from warehouse.shanghai import SHANGHAI


def cron(line: str) -> CronSchedule:
    """The schedule of a cron line; raises InputRefused when it is none."""
    try:
        return CronSchedule(cron=line, timezone=SHANGHAI.key)
    except ValidationError as error:
        raise InputRefused(
            f"schedule: {line!r} is not a cron line; write minute, hour, day, month and weekday, "
            "such as '0 9 * * 6' for Saturdays at 09:00"
        ) from error


def deployments(schedule: Schedule, *, lake: bool = False) -> list[RunnerDeployment]:
    """The flows with their schedules; all can be started by hand as well.

    lake: whether the warehouse is one, which has to be kept small.
    """
    of_lake = [deployment(compaction, schedule.compact)] if lake else []
    return [
        *of_lake,
        deployment(collect, schedule.collect),
        deployment(weekly, schedule.weekly, {"send": True}),
        deployment(briefing),
        deployment(backfill),
    ]


def deployment(
    flow: Any, lines: list[str] | None = None, parameters: dict[str, Any] | None = None
) -> RunnerDeployment:
    """A flow under its own name, one run at a time; its docstring explains its parameters."""
    to_deployment: Callable[..., Any] = flow.to_deployment
    made = to_deployment(
        flow.name,
        schedules=[cron(line) for line in lines or ()],
        parameters=parameters or {},
        concurrency_limit=1,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)


class Interruptible(Runner):
    """Takes SIGTERM for Ctrl-C: Prefect's own handler leaves its clean-up unawaited."""

    def handle_sigterm(self, *_args: Any, **_options: Any) -> None:
        signal.raise_signal(signal.SIGINT)


def run_what_is_due(schedule: Schedule, poll_seconds: float, *, lake: bool) -> None:
    """Run what is due, one at a time, until interrupted; schedules stay active afterwards."""
    runner = Interruptible(limit=1, pause_on_shutdown=False, query_seconds=poll_seconds)
    for one in deployments(schedule, lake=lake):
        runner.add_deployment(one)
    with suppress(KeyboardInterrupt), watching():
        asyncio.run(runner.start())
