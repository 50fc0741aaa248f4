"""A first collection goes on over days of quotas, and says what is left and why it ended."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from flows.bootstrap import bootstrap
from flows.bootstrap.bootstrap import QuotaSpent, answered, collect_past, sleep_until
from flows.ingestion.results import CollectionIncomplete, Outcome

AGAIN = datetime(2026, 1, 18, 0, 0, 30)


def test_a_spent_quota_names_host_requests_and_moment() -> None:
    first, of_a, of_b, remedy = str(QuotaSpent({"a.cn": 1_234, "b.cn": 7}, AGAIN)).splitlines()

    assert first == "the past is not complete yet:"
    assert of_a == (
        "  host a.cn: quota spent, 1,234 requests left, continues tomorrow at "
        "2026-01-18 00:00 Shanghai time"
    )
    assert of_b.startswith("  host b.cn: quota spent, 7 requests left")
    assert "--wait" in remedy


@pytest.mark.parametrize(
    ("missing", "answers", "done"),
    [
        ([], set(), True),
        (["2026-01-16"], {(date(2026, 1, 16), "")}, True),
        (["600519.SH"], {(date(2026, 1, 16), "600519.SH")}, True),
        (["2026-01-16", "2026-01-15"], {(date(2026, 1, 16), "")}, False),
        (["2026-01-16"], set(), False),
    ],
)
def test_what_a_source_has_not_got_is_answered_for(missing, answers, done) -> None:
    assert answered(Outcome("gdp", "CN", missing=missing, answered=answers)) is done


def test_it_wakes_every_hour_to_look_at_the_clock(monkeypatch) -> None:
    slept: list[float] = []
    ws = SimpleNamespace(now=AGAIN - timedelta(hours=2, seconds=5))

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        ws.now += timedelta(seconds=seconds)

    monkeypatch.setattr(bootstrap.time, "sleep", sleep)
    sleep_until(ws, AGAIN)

    assert slept == [3600.0, 3600.0, 5.0]


@pytest.fixture
def days(monkeypatch):
    """Stages whose quota is spent on the first two days; what was waited for, and what was said."""
    done: list[object] = []

    def run_stages(_ws, _tell) -> None:
        done.append("run")
        if done.count("run") < 3:
            raise QuotaSpent({"a.cn": 1}, AGAIN)

    monkeypatch.setattr(bootstrap, "reported", lambda _ws, name: nullcontext(done.append(name)))
    monkeypatch.setattr(bootstrap, "run_stages", run_stages)
    monkeypatch.setattr(bootstrap, "sleep_until", lambda _ws, moment: done.append(moment))
    monkeypatch.setattr(bootstrap, "finished", lambda text: done.append(text[:8]))
    return done


def test_with_wait_it_goes_on_when_quotas_begin_anew(days) -> None:
    collect_past(SimpleNamespace(), print, wait=True)

    assert days == ["bootstrap", *["run", "the past", AGAIN] * 2, "run"]


def test_without_wait_it_ends_with_what_is_left(days) -> None:
    with pytest.raises(QuotaSpent):
        collect_past(SimpleNamespace(), print)

    assert days == ["bootstrap", "run"]


def stage(*works: str):
    """A stage as `run_stages` sees one."""
    one = SimpleNamespace(works=list(works))
    one.again = lambda left: stage(*(w for w in works if w in left))
    return one


@pytest.fixture
def stages(monkeypatch):
    """`stages(left, results)`: stages one and two, of which works are left; what was told."""

    def run(left, results):
        ws = SimpleNamespace(simulated=False, now=datetime(2026, 1, 17, 5))
        given = iter(results)
        monkeypatch.setattr(bootstrap, "Collection", lambda *_, **__: None)
        monkeypatch.setattr(
            bootstrap, "plan_of", lambda _ws: SimpleNamespace(stages=[stage("a"), stage("b")])
        )
        monkeypatch.setattr(bootstrap, "works", lambda _run: left)
        monkeypatch.setattr(bootstrap, "run_stage", lambda *_: next(given))
        told = []
        return bootstrap.run_stages(ws, told.append), told

    return run


def result(*outcomes: Outcome, **spent: int):
    return SimpleNamespace(outcomes=list(outcomes), spent=spent, requests=Counter())


GOOD, SHORT = Outcome("gdp", "CN"), Outcome("lpr", "CN", missing=["2026-01-16"])
KNOWN = Outcome("cpi", "CN", missing=["2026-01-16"], answered={(date(2026, 1, 16), "")})


def test_each_stage_with_work_is_run_and_told(stages) -> None:
    one, two = result(GOOD), result(KNOWN)

    assert stages(["a", "b"], [one, two]) == ([GOOD, KNOWN], [one, two])
    assert stages(["b"], [two]) == ([KNOWN], [two])
    assert stages([], []) == ([], [])


def test_a_quota_that_is_spent_goes_before_hosts_that_failed(stages) -> None:
    with pytest.raises(QuotaSpent, match=r"a: quota spent, 9 .*2026-01-18 00:00"):
        stages(["a", "b"], [result(SHORT, a=9), result()])
    with pytest.raises(CollectionIncomplete) as ended:
        stages(["a", "b"], [result(GOOD, SHORT), result(KNOWN)])
    assert ended.value.outcomes == [SHORT]
