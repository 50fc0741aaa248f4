"""What is scheduled when; apart from test_serve, whose browser keeps an event loop running."""

from __future__ import annotations

import pytest

from flows.service.deployments import cron, deployments
from flows.settings import Schedule
from warehouse.errors import InputRefused


def test_a_line_that_is_no_cron_line_is_refused() -> None:
    with pytest.raises(InputRefused, match="'soon' is not a cron line"):
        cron("soon")


def test_schedules_are_in_shanghai_time_and_weekly_mails() -> None:
    found = {d.name: d for d in deployments(Schedule())}
    times = {
        n: [(s.schedule.cron, s.schedule.timezone) for s in d.schedules] for n, d in found.items()
    }
    zone = "Asia/Shanghai"
    assert times == {
        "collect": [("45 16 * * 1-5", zone), ("10 9 * * 1-5", zone)],
        "weekly": [("0 9 * * 6", zone)],
        "briefing": [],
        "backfill": [],
    }
    assert found["weekly"].parameters == {"send": True}
    assert {d.entrypoint for d in found.values()} == {
        "flows.collect.collect",
        "flows.weekly.weekly",
        "flows.briefing.briefing",
        "flows.backfill.backfill",
    }
