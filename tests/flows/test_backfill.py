"""A back-fill that is cut off goes on where it stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.collect import gather
from flows.ingestion import source_run
from flows.sandbox import Exchange, Fault, Kind, MarketParameters, build_market
from flows.sandbox.archive import archive
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.shanghai import SHANGHAI

NOON = datetime(2025, 11, 25, 12, tzinfo=SHANGHAI)
SPAN = (date(2025, 10, 9), date(2025, 11, 24))
KILLED = """
    import datetime, os, signal
    from pathlib import Path
    import zoneinfo
    from flows.ingestion import source_run
    from flows.collect import gather
    from flows.sandbox import Exchange, MarketParameters, build_market
    from flows.settings import Settings
    from flows.workspace import Workspace

    source_run.UNIT = 10
    now = datetime.datetime(2025, 11, 25, 12, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    exchange = Exchange(build_market({parameters!r}), now)

    def send(request):
        if exchange.requests_per_host["stock.finance.sina.com.cn"] >= {shares}:
            os.kill(os.getpid(), signal.SIGKILL)
        return exchange.send(request)

    ws = Workspace(Settings(home=Path({home!r})), lambda: now, send)
    gather(ws, ["security", "stock_daily"], {span!r})
"""


@dataclass(frozen=True)
class Past:
    """A small market and the span of it that is back-filled."""

    span: tuple[date, date]
    parameters: MarketParameters


def past(first: date, market_from: date) -> Past:
    small = MarketParameters(
        stocks=30, first_day=market_from, last_day=date(2025, 11, 28), index_first_day=market_from
    )
    return Past((first, date(2025, 11, 24)), small)


def kill_in_the_middle(home: Path, chosen: Past, shares: int) -> None:
    """A back-fill in a process of its own, killed after so many shares."""
    text = KILLED.format(home=str(home), shares=shares, **vars(chosen))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(text)],
        env=os.environ | {"TQDM_DISABLE": "1"},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "chosen",
    [past(date(2025, 10, 9), date(2025, 9, 1)), past(date(2022, 11, 25), date(2022, 11, 1))],
    ids=["seven weeks", "three years"],
)
def test_a_killed_back_fill_asks_only_for_what_is_missing(tmp_path, chosen, monkeypatch) -> None:
    monkeypatch.setattr(source_run, "UNIT", 10)
    kill_in_the_middle(tmp_path, chosen, shares=25)  # of 29
    market = build_market(chosen.parameters)
    exchange = Exchange(market, NOON)
    ws = Workspace(Settings(home=tmp_path), lambda: NOON, exchange.send)
    with ws.writing() as warehouse:
        loaded = set(warehouse.query("SELECT DISTINCT code FROM core.stock_daily")["code"])
    assert len(loaded) == 20  # two units of ten; the third was cut off

    gather(ws, ["stock_daily"], chosen.span)

    asked = [re.search(r"s[hz]\d{6}|bj\d{6}", e.url) for e in exchange.log if "klc_kl" in e.url]
    symbols = [found[0] for found in asked if found]
    assert len(symbols) == len(set(symbols)) == 4  # what was received and not loaded was kept
    assert not {f"{symbol[2:]}.{symbol[:2].upper()}" for symbol in symbols} & loaded
    with ws.writing() as warehouse:
        rows = warehouse.query("SELECT code, trade_date, close AS known FROM core.stock_daily")
        set_aside = warehouse.query(
            "SELECT content::JSON->>'code' AS code FROM raw.rejected WHERE lost = 'row'"
        )
    truth = archive(market, "stock_daily").filter(pl.col("trade_date").is_between(*chosen.span))
    both = truth.join(rows, on=["code", "trade_date"], how="left")
    absent = both.filter(pl.col("known").is_null())
    assert absent["code"].to_list() == set_aside["code"].to_list()  # thirty shares trade like all
    assert rows.height + absent.height == truth.height
    assert (both["known"] - both["close"]).abs().max() < 0.006


def test_a_chunk_of_calls_is_a_task_and_a_call_never_is(desk, monkeypatch) -> None:
    tasks = []

    def chunk(name, work):
        tasks.append(name)
        return work()

    monkeypatch.setattr(source_run, "chunk", chunk)
    monkeypatch.setattr(source_run, "UNIT", 2)
    desk(2025, 11, 25, 12).collect("margin_exchange")
    places = [f"{place} of 3" for place in (1, 2, 3)]
    assert tasks == [f"margin_exchange · {e} {place}" for e in ("SZSE", "BSE") for place in places]


def test_a_finished_back_fill_asks_for_nothing(desk) -> None:
    noon = desk(2025, 11, 25, 12)
    noon.collect("security", "stock_daily", "margin_exchange", span=SPAN)
    before = noon.asked()
    noon.collect("stock_daily", "margin_exchange", span=SPAN)
    assert noon.asked() == before


def test_a_share_that_one_source_lacks_comes_from_the_next(desk, assert_true) -> None:
    noon = desk(2025, 11, 25, 12)
    noon.collect("security")
    noon.break_(Fault(Kind.DATA_NULL, endpoint="sina_stock_history", times=1))
    (outcome,) = noon.collect("stock_daily", span=SPAN)
    assert outcome.missing == []
    by_source = noon.core("stock_daily").group_by("source").agg(pl.n_unique("code"))
    assert dict(by_source.rows()) == {"Sina": 28, "Tencent": 1}
    assert_true(noon, "stock_daily")
