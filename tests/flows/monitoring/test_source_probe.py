"""`briefing doctor --live`: every source asked once and judged, and nothing loaded."""

from __future__ import annotations

import pytest

from flows.monitoring.source_probe import NOT_NOW, OK, probe
from flows.sandbox import Fault
from flows.sandbox.faults import Kind
from warehouse.catalog import catalogue

# Thirty shares leave most classes of the industries without a member; upstreams have no such class.
# No share was ever listed in Hong Kong while this market was looked at; the sample has no profile.
SMALL = {
    ("security", "SSE, SZSE, BSE, Shenwan indices"),
    ("security", "Tencent, Legulegu"),
    ("ipo_hk", "Eastmoney, Sina"),
    ("ipo_hk", "Eastmoney"),
    ("ipo_hk", "Eastmoney profile"),
}
# What dates undated pages, and the totals to which details must add up.
NEEDED = (
    "security",
    "stock_daily",
    "index_daily",
    "hk_security",
    "margin_market",
    "margin_exchange",
)
MOST_REQUESTS = 350


def test_on_a_good_evening_every_source_answers(desk) -> None:
    evening = desk()
    evening.collect(*NEEDED)
    loads = evening.query("SELECT count(*) FROM meta.load").item()
    before = evening.asked().total()
    found = probe(evening.ws)

    wrong = {(p.dataset, p.source): p.says for p in found if p.result not in (OK, NOT_NOW)}
    assert {one: said for one, said in wrong.items() if one not in SMALL} == {}
    assert [(p.dataset, p.source) for p in found if p.result == NOT_NOW] == [
        ("index_valuation", "legulegu")
    ]
    assert [(p.dataset, p.part, p.source, p.host) for p in found] == [
        (name, chain.part, source.name, source.host)
        for name in dict.fromkeys(p.dataset for p in found)
        for chain in catalogue()[name].chains
        for source in chain.sources
        if source.query is None
    ]
    asked = {d.name for d in catalogue().values() for c in d.chains if not c.sources[0].query}
    assert {p.dataset for p in found} == asked
    assert evening.query("SELECT count(*) FROM meta.load").item() == loads
    assert evening.asked().total() - before <= MOST_REQUESTS


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault(Kind.RESET, "cdn.jin10.com"), "SourceUnavailable"),
        (Fault(Kind.HTML, "cdn.jin10.com"), "SourceUnavailable"),
        (Fault(Kind.EXTRA_COLUMN, "cdn.jin10.com"), "SourceChanged"),
        (Fault(Kind.UNIT_SLIP, "cdn.jin10.com"), "ContractViolated"),
    ],
)
def test_a_broken_fallback_is_named_with_its_class(desk, fault: Fault, result: str) -> None:
    evening = desk()
    evening.break_(fault)
    found = {(p.part, p.source): p for p in probe(evening.ws, ["margin_exchange"])}

    assert found["SSE", "SSE"].result == OK
    assert found["SSE", "jin10"].result == result
    assert "jin10" in found["SSE", "jin10"].says
    assert evening.query("SELECT count(*) FROM core.margin_exchange").item() == 0
    assert evening.incidents("margin_exchange") == set()
