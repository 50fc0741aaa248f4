"""The past that a first issue needs: planned from declarations, collected once, resumed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from io import StringIO
from urllib.parse import urlsplit

import pytest

from flows.bootstrap import bootstrap, work
from flows.bootstrap.bootstrap import QuotaSpent, StageResult, plan_of, rates_of, run_stages
from flows.bootstrap.plan import STAGES
from flows.bootstrap.work import depths, works
from flows.cli.commands import main
from flows.collect import collectable
from flows.ingestion.collection import Collection
from flows.ingestion.results import NetworkDown
from flows.sandbox import Fault, Kind
from flows.settings import Host, Settings
from flows.workspace import Workspace
from scripts import stages
from tests.flows.desk import Desk
from transforms.engine.history import needs
from transforms.engine.metric import metrics
from warehouse.catalog import dataset

SOME = (
    "trade_calendar",
    "security",
    "index_daily",
    "index_valuation",
    "stock_daily",
    "adjustment_factor",
    "market_turnover",
    "margin_exchange",
    "margin_market",
    "margin_security",
)
CORE = ("index_daily", "stock_daily", "market_turnover", "margin_security", "adjustment_factor")


class Killed(BaseException):
    """The process ends here."""


def of_a_week(patch: pytest.MonkeyPatch) -> None:
    """Some datasets, of which a week is wanted; nothing is measured."""
    short = {name: min(sessions, 7) for name, sessions in depths().items()}
    patch.setattr(work, "depths", lambda: short)
    patch.setattr(work, "collectable", lambda: [n for n in collectable() if n in SOME])
    patch.setattr(bootstrap, "readings_now", lambda _ws: None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    of_a_week(monkeypatch)


def urls(desk: Desk) -> Counter[str]:
    return Counter(entry.url for entry in desk.exchange.log)


def state(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """What core holds, but for the run that loaded it."""
    return {name: desk.core(name).drop("load_id").sort(dataset(name).key).rows() for name in CORE}


def ran(desk: Desk) -> list[StageResult]:
    results: list[StageResult] = []
    run_stages(desk.ws, results.append)
    return results


def test_how_far_back_a_dataset_must_reach_follows_from_the_metrics() -> None:
    turnover = metrics()["turnover_vs_250d"]
    assert needs()["market_turnover"].sessions == turnover.window + turnover.score.minimum - 1
    assert "turnover" in needs()["market_turnover"].families
    assert depths()["margin_exchange"] == depths()["margin_security"]  # whose sums it proves
    assert depths()["policy_news"] == depths()["policy_term_count"]  # which is counted from it


def test_each_stage_keeps_its_hosts_within_its_time_and_waits_for_what_it_needs(desk) -> None:
    plan = plan_of(desk().ws)
    for stage, (_, seconds) in zip(plan.stages, STAGES, strict=True):
        assert stage.seconds(plan.rates) <= seconds
        for wave in stage.waves:
            to_come = {w.dataset.name for w in wave if not w.newest_only}
            assert not any(w.after & to_come for w in wave)
    assert [w.dataset.name for w in plan.stages[0].waves[0]] == ["trade_calendar"]
    by_stage = {w.name: s.number for s in reversed(plan.stages) for w in s.works}
    assert by_stage["index_daily (mainland)"] == by_stage["margin_market (CN)"] == 1
    assert by_stage["market_turnover (SSE)"] == by_stage["index_valuation (CSI)"] == 1
    shares = [w for s in plan.stages for w in s.works if w.dataset.name == "stock_daily"]
    assert [(w.span is None, w.calls > 1000) for w in shares] == [(True, False), (False, True)]


def test_a_plan_counts_shares_once_their_list_is_there(few, desk) -> None:
    evening = desk()
    assert plan_of(evening.ws).estimated
    evening.collect("security")
    (past,) = [
        w
        for w in works(Collection(evening.ws, bootstrap=True))
        if w.dataset.name == "stock_daily" and w.span
    ]
    assert past.calls == evening.core("security")["code"].n_unique() and not past.estimated


def test_the_past_is_collected_once_and_then_nothing_is_left(few, uninterrupted) -> None:
    evening, before = uninterrupted.desk, uninterrupted.urls
    # Until its list is there, 5,500 shares.
    assert [r.stage.number for r in uninterrupted.results] == [1, 3]
    assert evening.core("stock_daily")["trade_date"].n_unique() >= 7
    assert plan_of(evening.ws).stages == ()
    ran(evening)
    assert urls(evening) == before


def test_hosts_are_waited_for_side_by_side_at_their_limits(few, uninterrupted) -> None:
    result = uninterrupted.results[0]
    limits = rates_of(uninterrupted.desk.ws)
    alone = [limits.seconds(host, n) for host, n in result.requests.items()]
    assert result.seconds is not None
    assert 0.5 * max(alone) < result.seconds < 0.8 * sum(alone)


@pytest.mark.parametrize("after", [3, 30, 60, 90])
def test_killed_at_any_request_it_goes_on_and_asks_nothing_twice(
    few, desk, after, uninterrupted
) -> None:
    evening = desk()
    send, sent = evening.exchange.send, []

    def dies(request):
        if len(sent) == after:
            raise Killed
        sent.append(request.url)
        return send(request)

    doomed = replace(evening.ws, exchange=dies)
    with pytest.raises(Killed):
        run_stages(doomed, lambda _: None)
    ran(evening)
    asked = urls(evening)
    assert not uninterrupted.urls - asked
    again = Counter(urlsplit(url).hostname for url in (asked - uninterrupted.urls).elements())
    # Of the call that was under way at each host when it died: a share's bars and two factors.
    assert all(requests <= 3 for requests in again.values())
    assert state(evening) == uninterrupted.end


@dataclass(frozen=True)
class Whole:
    """A run that nobody kills: what it said, its requests, and its end."""

    desk: Desk
    results: list[StageResult]
    urls: Counter[str]
    end: dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def uninterrupted(held, few_indices) -> Whole:
    """That run; nothing is left to be asked for after it."""
    with pytest.MonkeyPatch.context() as patch:
        of_a_week(patch)
        whole = held(2025, 11, 25, 19)
        results = ran(whole)
        return Whole(whole, results, urls(whole), state(whole))


def limited(desk: Desk, **budget: int) -> Workspace:
    hosts = {host.replace("_", "."): Host(daily_budget=n) for host, n in budget.items()}
    home = desk.ws.settings.home
    return replace(desk.ws, settings=Settings(home=home, hosts=hosts))


def test_a_quota_that_is_spent_carries_over_to_the_next_day(few, desk) -> None:
    evening = desk()
    with pytest.raises(
        QuotaSpent,
        match=r"query\.sse\.com\.cn: quota spent, .* continues tomorrow at 2025-11-26 00:00",
    ):
        run_stages(limited(evening, query_sse_com_cn=5), lambda _: None)
    before = evening.asked()["query.sse.com.cn"]
    assert before <= 5
    morning = desk(2025, 11, 26, 12)
    ran(morning)
    assert plan_of(morning.ws).stages == ()


def test_without_a_network_it_says_so_once_and_asks_nobody_else(few, desk) -> None:
    evening = desk()
    evening.break_(Fault(Kind.UNRESOLVED))
    with pytest.raises(NetworkDown, match=r"no network: none of \d+ hosts could be reached"):
        ran(evening)
    assert len(evening.asked()) <= 8


def test_the_readme_says_what_the_planner_plans() -> None:
    said = stages.MARKED.search(stages.README.read_text("utf-8"))
    assert said is not None
    assert said[0] == stages.table(), "say `make stages`"


def test_where_nobody_can_agree_nothing_is_requested(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["briefing", "bootstrap"])
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.setattr(bootstrap, "collect_past", lambda *_, **__: pytest.fail("requested"))
    with pytest.raises(SystemExit) as end:
        main()
    seen = capsys.readouterr()
    assert end.value.code == 1
    assert "nothing was requested" in seen.err and "--yes" in seen.err
    assert "finance.sina.com.cn" in seen.out and "stage" in seen.out
