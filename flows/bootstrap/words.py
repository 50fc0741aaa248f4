"""What a bootstrap says of its plan and of its stages."""

from __future__ import annotations

from collections.abc import Iterator

from flows.bootstrap.bootstrap import StageResult
from flows.bootstrap.plan import Plan, said

BUSIEST = 6  # hosts that the README names


def heading(plan: Plan) -> Iterator[str]:
    """What the tables of a plan mean."""
    yield (
        f"{plan.requests.total():,} requests, {said(plan.seconds)} at the rate limits of the hosts; "
        "what is there already is not requested again."
    )
    if plan.estimated:
        yield "Where lists of shares are not there yet, the usual number of shares is reckoned with."
    for host, count in plan.requests.most_common():
        if days := plan.rates.later_days(host, count):
            yield f"{host}: its daily quota makes this {days + 1} days (hosts.<host>.daily_budget)."
    yield "After each stage `briefing run` makes a better issue. Stop it at any time; it goes on."


def result_lines(result: StageResult) -> Iterator[str]:
    """What a stage has brought, and what speaks now."""
    planned, made = result.stage.requests.total(), result.requests.total()
    took = f", {said(result.seconds)} on the clock of the rate limits" if result.seconds else ""
    yield f"stage {result.stage.number} is done: {made:,} requests, {planned:,} planned{took}"
    for outcome in result.outcomes:
        if outcome.missing:
            yield f"  {outcome.shortfall}"
    if result.readings is not None:
        yield from (f"  {line}" for line in result.readings.lines)
    else:
        yield "  no index closes yet: there is no issue to make"


def markdown(plan: Plan) -> Iterator[str]:
    """The stages and the busiest hosts as tables of the README, to a hundred requests."""
    yield "| stage | brings | requests | takes |"
    yield "|---|---|--:|---|"
    for row, stage in zip(plan.stage_table().iter_rows(named=True), plan.stages, strict=True):
        requests = f"{round(stage.requests.total(), -2):,}"
        yield f"| {stage.number}: {stage.takes} | {row['brings']} | {requests} | {row['takes']} |"
    yield ""
    yield "| host | requests | at its rate limit |"
    yield "|---|--:|---|"
    for host, count in plan.requests.most_common(BUSIEST):
        yield f"| {host} | {round(count, -2):,} | {said(plan.rates.seconds(host, count))} |"
