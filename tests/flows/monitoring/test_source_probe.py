"""`briefing doctor --live`: every source asked once and judged, and nothing loaded."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest

from flows.ingestion.load import completed, judged
from flows.monitoring import source_probe
from flows.monitoring.source_probe import NOT_NOW, OK, Probed, probe
from flows.sandbox import Fault
from flows.sandbox.archive import archives
from flows.sandbox.faults import Kind
from tests.flows.desk import EVENING, ROUNDING
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
MOST_REQUESTS = 350
# The day on which a list was looked at is not that of the listing or of the publication.
APART = {
    ("hk_security", "Sina", "first_seen"), ("hk_security", "Eastmoney", "first_seen"),
    ("unicorn_company", "Hurun", "published_on"),
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
        found = probe(evening.ws)
    return Evening(found, evening.asked().total() - requests, (before, loads()), rows)


def test_on_a_good_evening_every_source_answers(good: Evening) -> None:
    wrong = {(p.dataset, p.source): p.says for p in good.found if p.result not in (OK, NOT_NOW)}
    assert {one: said for one, said in wrong.items() if one not in SMALL} == {}
    assert [(p.dataset, p.source) for p in good.found if p.result == NOT_NOW] == [
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
