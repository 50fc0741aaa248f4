"""One way to run a step: as a Prefect task inside a flow run, as plain Python elsewhere.

`briefing run` and the tests need no server; under `briefing serve` the same functions are tasks
with states, logs and artifacts. Results are never cached: a cached fetch is stale data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from pydantic import Field

# Prefect's server does not check the format of dates, only patterns.
Day = Annotated[date, Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}-\d{2}$"})]

P = ParamSpec("P")
R = TypeVar("R")


def step(function: Callable[P, R]) -> Callable[P, R]:
    """The function, recorded as a task where there is a flow run to record it in."""

    def named(parameters: Mapping[str, Any]) -> str:
        """What a page of runs shows, such as `measure 2026-01-13`."""
        shown = [str(v) for v in parameters.values() if isinstance(v, str | date)]
        return " ".join([function.__name__, *shown])

    recorded = task(
        cache_policy=NO_CACHE,
        persist_result=False,
        task_run_name=named,  # type: ignore[arg-type] # its protocol wants a classmethod besides
    )(function)

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return recorded(*args, **kwargs) if FlowRunContext.get() else function(*args, **kwargs)

    return run


def scheduled_for() -> datetime | None:
    """When the schedule wanted this run to start; None for a run by hand."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return run.expected_start_time if run and run.auto_scheduled else None


@step
def chunk(_name: str, work: Callable[[], R]) -> R:
    """Part of a long task, so that a page of runs shows how far it has come."""
    return work()
