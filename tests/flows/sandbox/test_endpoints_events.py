"""akshare, run against the exchange, hears of warnings,
suspensions, limits and the evening news.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import akshare as ak
import numpy as np
import polars as pl
import pytest

from flows.network.frozen_clock import wall_clock
from flows.sandbox import Exchange, Market
from flows.sandbox.market.broadcast import broadcast
from flows.sandbox.market.notices import announcements

BREAK = date(2026, 1, 13)
NIGHT = datetime(2026, 1, 13, 22)

pytestmark = pytest.mark.usefixtures("exchange")


@pytest.fixture
def tonight(exchange: Exchange) -> Exchange:
    exchange.set_now(NIGHT)
    return exchange


@pytest.fixture
def clock():
    with wall_clock(lambda: NIGHT):
        yield


def told(market: Market, day: date, kind: str | None = None) -> pl.DataFrame:
    warnings = market.events.warnings.filter(pl.col("announcement_date") == day)
    return warnings.filter(pl.col("kind") == kind) if kind else warnings


def test_announcements_of_a_day(market, tonight) -> None:
    """A day on which none of the announcements is odd, of which akshare returns all."""
    for back in range(60):
        day = BREAK - timedelta(days=back)
        rows = announcements(market, day, day)
        odd = rows["number"].cast(pl.Int64) % 173
        if rows.height and (odd != 0).all() and (rows["security"] == "A").all():
            break
    answer = ak.stock_notice_report("全部", f"{day:%Y%m%d}")
    assert answer["公告标题"].tolist() == [
        f"{n}:{t}" for n, t in rows.select("name", "title").rows()
    ]
    assert answer["代码"].tolist() == [c[:6] for c in rows["code"]]
    assert set(answer["公告日期"]) == {day}


def test_announcements_are_not_out_before_their_evening(market, exchange) -> None:
    day = told(market, BREAK)["announcement_date"][0]
    first = announcements(market, day, day)["published_at"].min()
    exchange.set_now(first - timedelta(seconds=1))
    with pytest.raises(KeyError, match="代码"):
        ak.stock_notice_report("全部", f"{day:%Y%m%d}")


def test_announcements_by_word(market, tonight) -> None:
    week = {"start_date": "20260107", "end_date": "20260113"}
    answer = ak.stock_zh_a_disclosure_report_cninfo(
        symbol="", market="沪深京", keyword="异常波动", category="", **week
    )
    rows = announcements(market, date(2026, 1, 7), BREAK).filter(
        pl.col("title").str.contains("异常波动")
    )
    assert answer["代码"].tolist() == [c[:6] for c in rows["code"]]
    assert answer["公告标题"].str.contains("<em>异常波动</em>").all()
    assert answer["公告时间"].str.slice(0, 10).tolist() == [
        str(d) for d in rows["announcement_date"]
    ]


def test_suspended_shares(market, exchange) -> None:
    begun = market.events.suspensions["suspended_from"][-1]
    exchange.set_now(datetime.combine(begun, datetime.min.time()) + timedelta(hours=10))
    answer = ak.stock_tfp_em(f"{begun:%Y%m%d}")
    assert list(answer.columns) == [
        "序号", "代码", "名称", "停牌时间", "停牌截止时间", "停牌期限", "停牌原因", "所属市场", "预计复牌时间",
    ]  # fmt: skip
    there = market.events.suspensions.filter(pl.col("last_day") >= begun)
    assert set(there["code"].str.head(6)) <= set(answer["代码"])
    tape, t = market.tape, market.days.tolist().index(begun)
    halted = {
        c[:6] for c, x in zip(market.companies["code"], tape.close[t], strict=True) if np.isnan(x)
    }
    listed = set(market.companies.filter(pl.col("listing_date") <= begun)["code"].str.head(6))
    assert (
        set(there.filter(pl.col("suspended_from") <= begun)["code"].str.head(6)) == halted & listed
    )


@pytest.mark.parametrize(
    ("function", "pool", "counted"),
    [("stock_zt_pool_em", "up", "连板数"), ("stock_zt_pool_dtgc_em", "down", "连续跌停"),
     ("stock_zt_pool_zbgc_em", "broken", "炸板次数")],
)  # fmt: skip
@pytest.mark.usefixtures("clock")
def test_pools_are_the_shares_at_their_limit(market, exchange, function, pool, counted) -> None:
    t, _ = np.nonzero(market.events.limits == {"up": 1, "down": -1, "broken": 2}[pool])
    day = market.days[t[-1]].item()
    exchange.set_now(datetime.combine(day, datetime.min.time()) + timedelta(hours=16))
    with wall_clock(lambda: exchange.now):
        answer = getattr(ak, function)(f"{day:%Y%m%d}")
    truth = market.events.pool(pool, day)
    assert answer["代码"].tolist() == [c[:6] for c in truth["code"]]
    np.testing.assert_allclose(answer["最新价"], truth["close_cny"], atol=5e-4)
    np.testing.assert_allclose(answer["涨跌幅"] / 100, truth["change"], atol=1e-9)
    np.testing.assert_allclose(answer["成交额"], truth["amount_cny"], rtol=1e-9)
    number = "consecutive_days" if pool != "broken" else "times_opened"
    assert answer[counted].tolist() == truth[number].to_list()
    bars = market.stock_daily.filter(pl.col("trade_date") == day)
    limit = bars.filter(pl.col("code").is_in(truth["code"].implode()))
    reached = limit["high"] if pool != "down" else limit["low"]
    steps = (reached / limit["previous_close"] - 1).abs()
    assert ((steps - steps.round(1)).abs() < 0.01).all()


def test_the_evening_news(market, tonight) -> None:
    answer = ak.news_cctv("20260113")
    items = broadcast(BREAK, market.parameters.seed)
    assert len(answer) == len(items)
    assert all(str(a) in i.title for a, i in zip(answer["title"], items, strict=True))


def test_the_page_of_the_evening_news_grows_until_nine(market, exchange) -> None:
    lengths = []
    for hour, minute in ((19, 0), (20, 0), (21, 0)):
        exchange.set_now(datetime(2026, 1, 13, hour, minute))
        lengths.append(len(ak.news_cctv("20260113")))
    whole = len(broadcast(BREAK, market.parameters.seed))
    assert lengths == [0, whole // 2, whole]


def test_the_theme_warns_before_it_breaks(market) -> None:
    """The companies of the craze warn in January, and fall to their limits on the day it breaks."""
    theme = set(market.companies.filter(pl.col("theme"))["code"])
    warned = market.events.warnings.filter(
        pl.col("announcement_date").is_between(date(2026, 1, 5), BREAK)
    )
    assert len(theme & set(warned["code"])) > len(theme) / 3
    assert theme & set(market.events.pool("down", BREAK)["code"])
