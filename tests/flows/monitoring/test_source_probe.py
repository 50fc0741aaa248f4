"""`briefing doctor --live`: every source asked once and judged, and nothing loaded."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest
import requests

from flows.ingestion.load import completed, judged
from flows.monitoring import source_probe
from flows.monitoring.source_probe import Probed, Verdict, probe
from flows.network import reachability
from flows.sandbox import Fault
from flows.sandbox.archive import archives
from flows.sandbox.faults import Kind
from tests.flows.desk import EVENING, MONDAY, ROUNDING
from warehouse.catalog import Dataset, Source, catalogue
from warehouse.quality.contract_checks import shaped

# Thirty shares leave most classes of the industries without a member; upstreams have no such class.
# No share was ever listed in Hong Kong while this market was looked at; the sample has no profile.
SMALL = {
    ("security", "SSE, SZSE, BSE, Shenwan indices"),
    ("security", "Tencent, Legulegu"),
    ("ipo_hk", "Eastmoney, Sina"),
    ("ipo_hk", "Eastmoney"),
    ("ipo_hk", "Eastmoney profile"),
}
# Forecasts are of the day on which they are read, and the sample in Hong Kong is listed later.
INCOMPARABLE = ["consensus_eps", "hk_consensus", "ipo_hk"]
# What dates undated pages, and the totals to which details must add up.
NEEDED = (
    "security",
    "stock_daily",
    "index_daily",
    "hk_security",
    "margin_market",
    "margin_exchange",
)
MOST_REQUESTS = 360
# The day on which a list was looked at is not that of the listing or of the publication.
APART = {
    ("hk_security", "Sina", "first_seen"), ("hk_security", "Eastmoney", "first_seen"),
    ("unicorn_company", "Hurun", "published_on"),
    ("us_megacap_earnings", "Eastmoney F10", "filing_date"),  # moved ones, which the contract nulls
}  # fmt: skip


@dataclass
class Evening:
    """What a look at all sources found, what it cost, and the rows that each source answered."""

    found: list[Probed]
    requests: int
    loads: tuple[int, int]
    rows: list[tuple[Dataset, Source, pl.DataFrame]]


@pytest.fixture(scope="module")
def good(held) -> Evening:
    evening = held(*EVENING)
    evening.collect(*NEEDED)
    rows = []

    def noted(job, source, answers, warehouse):
        said = pl.concat([a.rows for a in answers], how="diagonal_relaxed")
        said = source.combine(said) if said.width else said
        if said.height:
            rows.append(
                (job.dataset, source, shaped(job.dataset, completed(job.dataset, said), ""))
            )
        return judged(job, source, answers, warehouse)

    def loads() -> int:
        return evening.query("SELECT count(*) FROM meta.load").item()

    before, requests = loads(), evening.asked().total()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_probe, "judged", noted)
        found = probe(evening.ws).found
    return Evening(found, evening.asked().total() - requests, (before, loads()), rows)


def test_on_a_good_evening_every_source_answers(good: Evening) -> None:
    wrong = {(p.dataset, p.source): p.says for p in good.found if not (p.works or unasked(p))}
    assert {one: said for one, said in wrong.items() if one not in SMALL} == {}
    assert [(p.dataset, p.source) for p in good.found if unasked(p)] == [
        ("index_valuation", "legulegu")
    ]
    assert [(p.dataset, p.part, p.source, p.host) for p in good.found] == [
        (name, chain.part, source.name, source.host)
        for name in dict.fromkeys(p.dataset for p in good.found)
        for chain in catalogue()[name].chains
        for source in chain.sources
        if source.query is None
    ]
    asked = {d.name for d in catalogue().values() for c in d.chains if not c.sources[0].query}
    assert {p.dataset for p in good.found} == asked
    assert good.loads[0] == good.loads[1]
    assert good.requests <= MOST_REQUESTS


def unasked(one: Probed) -> bool:
    return one.verdict == Verdict.NOT_NOW


def test_every_source_says_what_the_market_says(good: Evening, truth) -> None:
    """The first one and each fallback, column by column, on the rows that they have."""
    wrong, compared = [], set()
    for d, source, rows in good.rows:
        if d.name not in archives():
            continue
        facts = truth(d.name)
        both = rows.join(facts, on=d.key, how="inner", suffix="_true")
        if both.height:
            compared.add(d.name)
        columns = [c for c in d.values if c in facts.columns and rows.schema[c].is_numeric()]
        wrong += [(d.name, source.name, c) for c in columns if differs(both, c)]
        days = [c for c in d.values if c in facts.columns and rows.schema[c] == pl.Date]
        wrong += [
            (d.name, source.name, c) for c in days
            if both.filter(pl.col(c) != pl.col(f"{c}_true")).height
        ]  # fmt: skip
    assert {one for one in wrong if one not in APART} == set()
    known = {d.name for d, *_ in good.rows if d.name in archives()}
    assert sorted(known - compared) == INCOMPARABLE


def differs(both: pl.DataFrame, column: str) -> bool:
    """Whether some row has another figure than the market, beyond the source's rounding."""
    gap = (pl.col(column) - pl.col(f"{column}_true")).abs()
    allowed = ROUNDING.get(column, 0) + 1e-3 * pl.col(f"{column}_true").abs()
    return both.filter(gap > allowed).height > 0


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (Fault(Kind.RESET, "cdn.jin10.com"), Verdict.UNREACHABLE),
        (Fault(Kind.HTML, "cdn.jin10.com"), Verdict.UNREACHABLE),
        (Fault(Kind.EXTRA_COLUMN, "cdn.jin10.com"), Verdict.CHANGED),
        (Fault(Kind.UNIT_SLIP, "cdn.jin10.com"), Verdict.REFUSED),
    ],
)
def test_a_broken_fallback_is_named_with_its_verdict(desk, fault: Fault, verdict: Verdict) -> None:
    evening = desk()
    evening.break_(fault)
    found = {(p.part, p.source): p for p in probe(evening.ws, ["margin_exchange"]).found}

    good, broken = found["SSE", "SSE"], found["SSE", "jin10"]
    assert (good.verdict, good.rows, good.newest, good.works) == (Verdict.OK, 1, MONDAY, True)
    assert (broken.verdict, broken.works) == (verdict, False)
    assert "jin10" in broken.says
    assert evening.query("SELECT count(*) FROM core.margin_exchange").item() == 0
    assert evening.incidents("margin_exchange") == set()


def test_a_source_that_has_nothing_is_empty(desk) -> None:
    evening = desk()
    evening.break_(Fault(Kind.DATA_NULL, "query.sse.com.cn"))
    found = {(p.part, p.source): p for p in probe(evening.ws, ["margin_exchange"]).found}
    assert found["SSE", "SSE"].verdict == Verdict.EMPTY
    assert found["SSE", "jin10"].works


def test_a_source_that_still_works_though_columns_came_is_changed(desk) -> None:
    desk(2025, 11, 24, 19).collect("margin_market")
    evening = desk()
    with evening.ws.writing() as warehouse, warehouse.transaction():
        columns = '["日期", "融资余额", "融券余额", "融资买入额", "旧栏"]'
        sql = "UPDATE raw.answer SET published_columns = ? WHERE dataset = 'margin_market'"
        warehouse.connection.execute(sql, [columns])
    found = {p.source: p for p in probe(evening.ws, ["margin_market"]).found}
    said = found["Eastmoney datacenter"]
    assert (said.verdict, said.works) == (Verdict.CHANGED, True)
    assert "columns gone: 旧栏" in said.says
    assert evening.incidents("margin_market") == set()


def test_a_host_without_answer_is_given_up_and_the_others_are_heard(desk) -> None:
    """Its circuit opens after five failures; then it is asked no more."""
    evening = desk()
    evening.break_(Fault(Kind.RESET, "datacenter-web.eastmoney.com"))
    names = ["consensus_eps", "cpi", "gdp", "lpr", "pmi", "investor_account", "margin_account"]
    found = probe(evening.ws, names).found
    there = [p for p in found if p.host == "datacenter-web.eastmoney.com"]
    assert len(there) == len(names)
    assert {p.verdict for p in there} == {Verdict.UNREACHABLE}
    assert there[-1].says == "not asked: its host does not answer"
    assert evening.asked()["datacenter-web.eastmoney.com"] == 5
    assert any(p.works for p in found if p.host != "datacenter-web.eastmoney.com")
    assert [p.dataset for p in found] == [n for n in sorted(names) for p in found if p.dataset == n]

    again = probe(evening.ws, ["lpr"]).found
    assert [p.verdict for p in again] == [Verdict.BLOCKED]
    assert "circuit open after 5 failures" in again[0].says


def test_without_a_network_it_ends_after_three_operators(desk) -> None:
    evening = desk()
    evening.break_(Fault(Kind.UNRESOLVED))
    look = probe(evening.ws)
    assert look.lost is not None and look.lost.startswith("no network: none of ")
    assert sum(evening.asked().values()) <= 15


def test_hosts_of_one_operator_that_shuts_us_out_are_no_lost_network() -> None:
    reach = reachability.Reachability()
    for host in ("datacenter.eastmoney.com", "push2his.eastmoney.com", "push2.eastmoney.com"):
        reach.note(host, requests.ConnectTimeout())
    assert not reach.lost
    for host in ("query.sse.com.cn", "www.szse.cn"):
        reach.note(host, requests.ConnectTimeout())
    assert reach.lost
    assert reach.said.endswith("push2.eastmoney.com and 2 more)")
    reach.note("www.bse.cn")
    assert not reach.lost


def test_a_source_that_asks_another_host_says_which(desk) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, "query.sse.com.cn"))
    said = {p.host: p for p in probe(evening.ws, ["security"]).found}
    assert said["www.swsresearch.com"].says.endswith("(the request went to query.sse.com.cn)")
    assert said["query.sse.com.cn"].says.endswith("is the host blocked?")
