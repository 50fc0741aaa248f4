"""A plan by hand: what each stage brings, takes and asks of which host, and how it is said."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from flows.bootstrap import plan, words
from flows.bootstrap.plan import Plan, Rates, Stage, planned, said, tomorrow, waves
from flows.bootstrap.work import Work
from flows.ingestion.results import Outcome
from flows.network.rate_limit import HostPolicies
from flows.settings import Host
from warehouse.catalog import dataset

SPAN = date(2025, 1, 2), date(2026, 1, 9)
HOST = Host(min_interval_seconds=2.0, jitter_seconds=2.0, daily_budget=100)  # three seconds each
RATES = Rates(HostPolicies({"default": HOST}), {"a": 40})


def work(name: str, requests: dict[str, int], weight=0.0, after=(), **more) -> Work:
    d = dataset(name)
    calls = sum(requests.values())
    return Work(d, d.chains[0], SPAN, calls, Counter(requests), frozenset(after), weight, **more)


TURNOVER = work("market_turnover", {"a": 10, "b": 20}, 0.2)
MARGIN = work("margin_market", {"a": 50}, 0.4, estimated=True)
PRICES = work("index_daily", {"c": 1}, 0.1, after=["market_turnover"])
PLAN = Plan(
    (Stage(1, "half an hour", ((TURNOVER, MARGIN), (PRICES,))), Stage(2, "an hour", ((MARGIN,),))),
    RATES,
)


def test_a_stage_takes_as_long_as_the_busiest_host_of_each_wave() -> None:
    assert PLAN.stages[0].seconds(RATES) == 60 * 3 + 1 * 3
    assert PLAN.seconds == 183 + 150
    assert Stage(1, "", ()).seconds(RATES) == 0


def test_stages_are_told_with_their_busiest_host() -> None:
    first, second = PLAN.stage_table().iter_rows(named=True)
    assert first == {
        "stage": 1,
        "brings": ", ".join(w.dataset.label for w in (MARGIN, TURNOVER, PRICES)),
        "requests": 81,
        "busiest host": "a (60)",
        "takes": "3 min",
    }
    assert (second["requests"], second["busiest host"]) == (50, "a (50)")
    assert plan.stage_row(Stage(3, "", ()), RATES)["busiest host"] == "– (0)"


def test_hosts_are_told_with_what_is_left_of_their_day() -> None:
    a, b, c = PLAN.host_table().iter_rows(named=True)
    assert a == {
        "host": "a", "stage 1": 60, "stage 2": 50, "requests": 110, "time": "6 min",
        "of today's quota": "60", "days": 2,
    }  # fmt: skip
    assert (b["host"], b["stage 2"], b["of today's quota"], b["days"]) == ("b", 0, "100", 1)
    assert (c["host"], c["time"]) == ("c", "3 s")


@pytest.mark.parametrize(
    ("requests", "days"), [(59, 0), (60, 0), (61, 1), (160, 1), (161, 2), (0, 0)]
)
def test_what_a_quota_does_not_hold_is_for_later_days(requests: int, days: int) -> None:
    assert RATES.later_days("a", requests) == days


def test_more_than_a_quota_may_be_spent() -> None:
    assert Rates(RATES.policies, {"a": 140}).left("a") == 0


def test_of_many_datasets_the_weightiest_are_named(monkeypatch) -> None:
    monkeypatch.setattr(plan, "NAMED", 2)
    stage = PLAN.stages[0]

    assert plan.brings(stage) == f"{MARGIN.dataset.label}, {TURNOVER.dataset.label}; 1 more"
    assert plan.brings(Stage(1, "", ((PRICES, TURNOVER),))).count("more") == 0


def test_work_comes_after_what_it_needs_and_the_rest_in_its_order() -> None:
    assert waves([PRICES, MARGIN, TURNOVER]) == ((MARGIN, TURNOVER), (PRICES,))


def test_works_that_wait_for_each_other_come_together() -> None:
    one = work("index_daily", {}, after=["margin_market"])
    other = work("margin_market", {}, after=["index_daily"])

    assert waves([one, other]) == ((one, other),)


def test_what_weighs_most_for_its_time_comes_first_and_what_is_too_long_later(monkeypatch) -> None:
    monkeypatch.setattr(plan, "STAGES", (("a", 100.0), ("b", 150.0), ("c", float("inf"))))
    found = planned([PRICES, MARGIN, TURNOVER], RATES)

    assert [[w.dataset.name for w in stage.works] for stage in found.stages] == [
        ["market_turnover", "index_daily"],
        ["margin_market"],
    ]
    assert [(stage.number, stage.takes) for stage in found.stages] == [(1, "a"), (2, "b")]


def test_a_stage_begun_again_leaves_out_what_is_done() -> None:
    again = PLAN.stages[0].again([MARGIN, work("gdp", {"a": 1})])

    assert (again.number, again.takes, again.works) == (1, "half an hour", [MARGIN])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(89.4, "89 s"), (90, "2 min"), (7199, "120 min"), (7200, "2.0 h"), (5400 * 3, "4.5 h")],
)
def test_times_are_minutes_and_from_two_hours_on_hours(seconds: float, text: str) -> None:
    assert said(seconds) == text


def test_quotas_begin_anew_shortly_after_midnight() -> None:
    assert tomorrow(datetime(2025, 12, 31, 23, 59, 59, 7)) == datetime(2026, 1, 1, 0, 0, 30)


def test_a_plan_says_what_it_asks_and_which_host_makes_it_long() -> None:
    first, estimate, quota, last = words.heading(PLAN)

    assert first.startswith("131 requests, 6 min at the rate limits")
    assert "the usual number of shares" in estimate
    assert quota.startswith("a: its daily quota makes this 2 days")
    assert last.startswith("After each stage")


def test_a_plan_that_counts_and_fits_into_a_day_says_no_more() -> None:
    assert len(list(words.heading(Plan((Stage(1, "", ((TURNOVER,),)),), RATES)))) == 2


@pytest.mark.parametrize(("seconds", "took"), [(None, ""), (120.0, ", 2 min on the clock")])
def test_a_stage_says_what_it_brought_and_what_is_missing(seconds, took) -> None:
    good, bad = Outcome("gdp", "CN"), Outcome("lpr", "CN", missing=["2026-01"])
    result = SimpleNamespace(
        stage=PLAN.stages[0], requests=Counter(a=7), seconds=seconds, outcomes=[good, bad],
        readings=SimpleNamespace(lines=["axes: all"]),
    )  # fmt: skip
    first, *others = words.result_lines(result)

    assert first.startswith(f"stage 1 is done: 7 requests, 81 planned{took}")
    assert first.endswith("planned") == (not took)
    assert others == [f"  {bad.shortfall}", "  axes: all"]
    result.readings = None
    assert list(words.result_lines(result))[-1].startswith("  no index closes yet")


def test_the_readme_has_stages_and_the_busiest_hosts_in_hundreds(monkeypatch) -> None:
    monkeypatch.setattr(words, "BUSIEST", 1)
    big = Plan((Stage(1, "half an hour", ((work("gdp", {"a": 1_251}),),)),), RATES)
    label = dataset("gdp").label

    assert list(words.markdown(big))[2:] == [
        f"| 1: half an hour | {label} | 1,300 | 63 min |",
        "",
        "| host | requests | at its rate limit |",
        "|---|--:|---|",
        "| a | 1,300 | 63 min |",
    ]
