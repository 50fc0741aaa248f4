"""A back-fill that is cut off goes on where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import date

import polars as pl

from flows import chains
from flows.sandbox import Fault, Kind

SPAN = (date(2025, 10, 9), date(2025, 11, 24))
KILLED = """
    import os, signal
    from datetime import date, datetime
    from pathlib import Path
    from flows import chains
    from flows.collect import gather
    from flows.sandbox import Exchange, MarketParameters, build_market
    from flows.settings import Settings
    from flows.workspace import Workspace
    from warehouse.catalog import SHANGHAI

    chains.UNIT = 10
    now = datetime(2025, 11, 25, 12, tzinfo=SHANGHAI)
    parameters = MarketParameters(
        stocks=30, first_day=date(2025, 9, 1), last_day=date(2025, 11, 28),
        index_first_day=date(2025, 6, 21),
    )
    exchange = Exchange(build_market(parameters), now)

    def send(request):
        if len(exchange.log) >= {requests}:
            os.kill(os.getpid(), signal.SIGKILL)
        return exchange.send(request)

    ws = Workspace(Settings(home=Path({home!r})), lambda: now, send)
    gather(ws, ["security", "stock_daily"], (date(2025, 10, 9), date(2025, 11, 24)))
"""


def kill_in_the_middle(home: object, requests: int) -> None:
    """A back-fill in a process of its own, killed at its so-many-th request."""
    script = textwrap.dedent(KILLED.format(home=str(home), requests=requests))
    environment = os.environ | {"TQDM_DISABLE": "1"}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], env=environment, check=False
    )
    assert ended.returncode == -signal.SIGKILL


def test_a_killed_back_fill_asks_only_for_what_is_missing(
    tmp_path, desk, assert_true, monkeypatch, truth
) -> None:
    monkeypatch.setattr(chains, "UNIT", 10)
    kill_in_the_middle(tmp_path, requests=7 + 2 * 25)  # the list of shares, then 25 of 29 shares
    again = desk(2025, 11, 25, 12)
    loaded = set(again.core("stock_daily")["code"])
    assert len(loaded) == 20  # two units of ten; the third was cut off

    again.collect("stock_daily", span=SPAN)

    assert again.asked() == {"finance.sina.com.cn": 9, "stock.finance.sina.com.cn": 9}
    rows = again.core("stock_daily")
    wanted = truth("stock_daily").filter(pl.col("trade_date").is_between(*SPAN))
    assert (
        rows.select("code", "trade_date")
        .sort("code", "trade_date")
        .equals(wanted.select("code", "trade_date").sort("code", "trade_date"))
    )
    assert_true(again, "stock_daily")


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
