"""All hosts of one family down: the rest is collected, the
run fails with a table, the issue is out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from lxml import html

from flows import collect, weekly
from flows.collect import CollectionIncomplete
from flows.sandbox import Fault, simulated_exchange
from flows.sandbox.faults import Kind
from flows.settings import settings
from flows.workspace import Workspace
from templates import publication
from templates.sections import sources, verdict
from tests.flows.desk import few_followed
from warehouse.catalog import catalogue
from warehouse.shanghai import SHANGHAI
from warehouse.storage.store import Reader

TODAY = date(2026, 1, 14)
EVENING = datetime(2026, 1, 14, 19, tzinfo=SHANGHAI)
ASKED = ["margin_market", "margin_exchange", "index_daily", "index_valuation", "market_turnover"]
MARGIN = (
    "datacenter-web.eastmoney.com",
    "query.sse.com.cn",
    "www.szse.cn",
    "www.bse.cn",
    "cdn.jin10.com",
)
INDICES = (
    "finance.sina.com.cn",
    "proxy.finance.qq.com",
    "push2his.eastmoney.com",
    "www.csindex.com.cn",
    "hq.cnindex.com.cn",
)


@dataclass(frozen=True)
class Evening:
    """What a weekly run left behind."""

    failure: CollectionIncomplete
    tables: dict[str, list[dict[str, str]]]
    pdf: Path
    home: Path

    def marked(self, dataset: str) -> str:
        """Under which title of the section on data an input stands: Late, On time, Not received."""
        (section,) = html.parse(self.pdf.with_suffix(".html")).xpath("//section[@id='sources']")
        for block in section.find_class("block"):
            head = block.xpath("string((.//h3 | .//th)[1])").split()
            listed = head and head[0] in {"Late", "Not", "On"}
            if listed and catalogue()[dataset].label in block.text_content():
                return str(head[0])
        raise AssertionError(f"no line of {dataset}")

    @property
    def states(self) -> dict[tuple[str, str], str]:
        return {(row["dataset"], row["part"]): row["state"] for row in self.tables["collection"]}

    def newest(self, dataset: str) -> date:
        with Reader.open(self.home / "current.duckdb") as reader:
            found = reader.query(f"SELECT max(trade_date) FROM core.{dataset}").item()
        assert isinstance(found, date)
        return found


@pytest.fixture
def without(
    simulated: Path, untypeset: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Evening]:
    """`without(hosts)`: the weekly run of Wednesday while nobody at these hosts answers.

    Of its issue there are the first page and the one on data, and no PDF is set.
    """
    monkeypatch.setattr(publication, "SECTIONS", (verdict, sources))
    tables: dict[str, list[dict[str, str]]] = {}

    def run(hosts: tuple[str, ...]) -> Evening:
        exchange = simulated_exchange(settings().sandbox.stocks, EVENING)
        for host in hosts:
            exchange.inject(Fault(Kind.RESET, host))
        ws = Workspace(settings(), lambda: EVENING, exchange.send)
        monkeypatch.setattr(weekly, "workspace", lambda: ws)
        monkeypatch.setattr(collect, "FlowRunContext", SimpleNamespace(get=object))
        monkeypatch.setattr(
            collect, "create_table_artifact", lambda table, key, **_: tables.update({key: table})
        )
        with few_followed(), pytest.raises(CollectionIncomplete) as failed:
            weekly.weekly.fn(as_of=TODAY, collect=True, datasets=ASKED)
        (note,) = failed.value.__notes__
        return Evening(failed.value, tables, Path(note.partition(": ")[2]), simulated)

    return run


def test_without_margin_the_issue_is_out_and_says_what_is_missing(without) -> None:
    evening = without(MARGIN)

    assert evening.newest("index_daily") == TODAY
    assert evening.newest("market_turnover") == TODAY  # from Sina's page of the index
    assert evening.newest("margin_market") == date(2026, 1, 12)
    assert evening.states["margin_market", "CN"] == "failed"
    assert evening.states["margin_exchange", "SSE"] == "failed"
    assert evening.states["index_daily", "mainland"] == "complete"
    assert "margin_market (CN) failed: missing 2026-01-13" in str(evening.failure)
    assert evening.marked("margin_market") == "Late"
    assert evening.marked("index_daily") == "On"


def test_without_index_closes_the_issue_is_out_and_says_what_is_missing(without) -> None:
    evening = without(INDICES)

    assert evening.newest("margin_market") == date(2026, 1, 13)
    assert evening.newest("index_daily") < TODAY
    assert evening.states["index_daily", "mainland"] == "failed"
    assert evening.states["margin_market", "CN"] == "complete"
    assert "index_daily (mainland) failed: missing " in str(evening.failure)
    assert evening.marked("index_daily") == "Late"
    assert evening.marked("margin_market") == "On"
