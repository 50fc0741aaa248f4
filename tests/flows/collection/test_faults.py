"""Whatever goes wrong at the wire, core holds the market's own figures or none.

Each cell is an upstream's endpoint and a fault of it, on the evening after a day on which all went
well. Its outcome is one of: a fallback on another host filled the day, the dataset stopped with a
message, rows were rejected, or the fault did no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from flows.sandbox import Fault, Kind

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
EM = "datacenter-web.eastmoney.com"


@dataclass(frozen=True)
class Upstream:
    """The first source of a dataset, and what stands in for it."""

    dataset: str
    endpoint: str
    source: str
    fallback: str
    day: date = TUESDAY
    number: str | None = None  # the field that a unit slip and dashes strike where numbers are text


UPSTREAMS = {
    "index": Upstream("index_daily", "sina_index_history", "Sina", "Tencent"),
    "margin Shanghai": Upstream("margin_exchange", "sse_margin", "SSE", "jin10", MONDAY),
    "margin Shenzhen": Upstream("margin_exchange", "szse_margin", "SZSE", "jin10", MONDAY, "jrrzye"),
    "margin market": Upstream(
        "margin_market", "eastmoney_margin_accounts", "Eastmoney datacenter", "SSE + SZSE + BSE", MONDAY
    ),
    "turnover Shanghai": Upstream("market_turnover", "sse_daily_totals", "SSE", "Sina", number="TRADE_AMT"),
    "turnover Shenzhen": Upstream("market_turnover", "szse_daily_totals", "SZSE", "Sina", number="成交金额(元)"),
    "share prices": Upstream("stock_daily", "sina_stock_snapshot", "Sina", "Eastmoney"),
    "listings": Upstream("ipo_a", "eastmoney_new_issues", "Eastmoney datacenter", "cninfo"),
}  # fmt: skip

FAULTS = {
    "reset": (Fault(Kind.RESET), "SourceUnavailable"),
    "hang": (Fault(Kind.HANG), "SourceUnavailable"),
    "page 456": (Fault(Kind.HTML, status=456), "SourceUnavailable"),
    "page 200": (Fault(Kind.HTML, status=200), "SourceUnavailable"),
    "day before": (Fault(Kind.STALE_DAY), "SourceEmpty"),
    "nothing": (Fault(Kind.DATA_NULL), "SourceEmpty"),
    "half": (Fault(Kind.TRUNCATED), None),
    "renamed": (Fault(Kind.RENAMED_COLUMN), None),
    "wider": (Fault(Kind.EXTRA_COLUMN), None),
    "× 10,000": (Fault(Kind.UNIT_SLIP), None),
    "× 100": (Fault(Kind.UNIT_SLIP, factor=100), None),
    "twice": (Fault(Kind.DUPLICATE_ROWS), None),
    "dashes": (Fault(Kind.DASH_VALUES), None),
}


HARMLESS = {
    # Packed numbers bear no names and no dashes.
    ("index", "renamed"), ("index", "wider"), ("index", "dashes"),
    # The first field is one that nobody reads, or more fields are looked up by name.
    ("margin Shanghai", "renamed"), ("margin Shenzhen", "renamed"), ("turnover Shanghai", "renamed"),
    ("share prices", "renamed"), ("margin market", "wider"), ("listings", "wider"),
    # The newest day comes first, the oldest is repeated: neither half is of the wanted day.
    ("margin market", "half"), ("margin market", "twice"),
    # A list without its newest share is a list; the share comes a day later.
    ("listings", "day before"),
}  # fmt: skip
NUMBERS = {Kind.UNIT_SLIP, Kind.DASH_VALUES}


# Every fault of every upstream; of the three that differ in the transport only, two strike one.
CELLS = [
    (upstream, fault)
    for upstream in UPSTREAMS
    for fault in FAULTS
    if fault not in ("hang", "page 200") or upstream == "margin market"
]


@pytest.mark.parametrize(("upstream", "fault"), CELLS)
def test_core_never_holds_a_wrong_number(upstream, fault, request, assert_true) -> None:
    up, (broken, kind) = UPSTREAMS[upstream], FAULTS[fault]
    dated = up.dataset == "market_turnover"
    desk = request.getfixturevalue("tuesday_with_indices" if dated else "tuesday")
    before = desk.incidents(up.dataset)
    column = up.number if broken.kind in NUMBERS else None
    desk.break_(replace(broken, endpoint=up.endpoint, column=column))

    outcomes = desk.collect(up.dataset)

    assert_true(desk, up.dataset)
    incidents = desk.incidents(up.dataset) - before
    if incidents:
        assert {source for source, _ in incidents} == {up.source}
        assert kind is None or incidents == {(up.source, kind)}
        assert fault != "wider" or incidents == {(up.source, "SourceChanged")}
        assert up.fallback in desk.sources(up.dataset, up.day)
    else:
        assert (upstream, fault) in HARMLESS
        assert up.source in desk.sources(up.dataset, up.day) or fault == "day before"
    assert [o.missing for o in outcomes if o.missing] == []
