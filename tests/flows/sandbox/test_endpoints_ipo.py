"""akshare, run against the exchange, gives the primary market's own figures back, in its units."""

from __future__ import annotations

from datetime import date

import akshare as ak
import numpy as np
import pandas as pd
import polars as pl
import pytest

from flows.sandbox.market.unicorns import ON_THE_LIST, unicorns

BREAK = date(2026, 1, 13)
PIPELINE = [
    "序号", "企业名称", "最新状态", "注册地", "行业", "保荐机构", "律师事务所", "会计师事务所",
    "更新日期", "受理日期", "拟上市地点", "招股说明书",
]  # fmt: skip

pytestmark = [
    pytest.mark.usefixtures("exchange"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),  # akshare's own
]


def same(answer: pd.Series, truth: pl.Series, rtol: float = 1e-9, atol: float = 1e-9) -> None:
    values = pd.to_numeric(answer, errors="coerce").astype(float).to_numpy()
    np.testing.assert_allclose(values, truth.cast(pl.Float64).to_numpy(), rtol=rtol, atol=atol)


def issues(market, *exchanges: str) -> pl.DataFrame:
    """The announced issues by code, what is not public yet is null."""
    announced = market.primary.issues.filter(pl.col("apply_date") <= BREAK)
    listed = pl.when(pl.col("listing_date") <= BREAK)
    shown = announced.with_columns(
        listed.then(c).alias(c) for c in ("listing_date", "first_day_close_cny")
    )
    chosen = shown.filter(pl.col("exchange").is_in(exchanges)) if exchanges else shown
    return chosen.sort(pl.col("code").str.slice(0, 6))


def gain(truth: pl.DataFrame) -> pl.Series:
    return truth.select(100 * (pl.col("first_day_close_cny") / pl.col("offer_price_cny") - 1))[:, 0]


def test_new_issues_of_all_boards(market) -> None:
    answer = ak.stock_xgsglb_em("全部股票").sort_values("股票代码")
    truth = issues(market)
    assert answer.shape[1] == 24
    assert answer["股票代码"].tolist() == truth["code"].str.slice(0, 6).to_list()
    same(answer["发行价格"] * answer["发行总数"] * 1e4, truth["proceeds_cny"])
    same(answer["首日收盘价"], truth["first_day_close_cny"])


@pytest.mark.parametrize(("symbol", "board"), [("科创板", "STAR"), ("创业板", "ChiNext")])
def test_new_issues_of_a_board(market, symbol, board) -> None:
    answer = ak.stock_xgsglb_em(symbol)
    truth = issues(market).filter(board=board)
    assert sorted(answer["股票代码"]) == truth["code"].str.slice(0, 6).to_list()


def test_first_days_without_beijing(market) -> None:
    answer = ak.stock_dxsyl_em().sort_values("股票代码")
    truth = issues(market, "SSE", "SZSE")
    assert answer["股票代码"].tolist() == truth["code"].str.slice(0, 6).to_list()
    assert answer.columns[5] == "网上-发行中签率"
    same(answer["总发行数量"] * 1e4, truth["issue_shares"])
    same(answer["首日涨幅"], gain(truth), atol=1e-4)


def test_beijings_issues_have_other_columns_and_single_shares(market) -> None:
    answer = ak.stock_xgsglb_em("北交所").sort_values("代码")
    truth = issues(market, "BSE")
    assert answer.shape[1] == 22
    assert answer["代码"].tolist() == truth["code"].str.slice(0, 6).to_list()
    same(answer["发行总数"], truth["issue_shares"])
    same(answer["上市首日-涨幅"], gain(truth), atol=1e-4)


def test_new_issues_of_cninfo(market) -> None:
    answer = ak.stock_new_ipo_cninfo().sort_values("证劵代码")
    truth = issues(market).filter(pl.col("apply_date") >= date(2023, 1, 13))
    assert answer["证劵代码"].tolist() == truth["code"].str.slice(0, 6).to_list()
    same(answer["总发行数量"] * 1e4, truth["issue_shares"])


def test_first_days_of_ths_are_fractions(market, exchange) -> None:
    answer = ak.stock_xgsr_ths().sort_values("股票代码")
    truth = issues(market).drop_nulls("listing_date")
    assert answer["股票代码"].tolist() == truth["code"].str.slice(0, 6).to_list()
    same(answer["首日涨跌幅"] * 100, gain(truth), atol=0.0051)
    same(answer["发行价"], truth["offer_price_cny"])
    assert exchange.requests_per_host["data.10jqka.com.cn"] == -(-len(truth) // 50) + 1


@pytest.mark.parametrize(
    ("function", "venue"),
    [("all_em", None), ("kcb", "科创板"), ("cyb", "创业板"), ("bj", "北交所"), ("sh", "沪主板"), ("sz", "深主板")],
)  # fmt: skip
def test_applications_with_their_newest_status(market, function, venue) -> None:
    answer = getattr(ak, f"stock_register_{function}")()
    assert list(answer.columns) == PIPELINE
    progress = market.primary.progress.filter(pl.col("updated_on") <= BREAK)
    if venue:
        progress = progress.filter(venue=venue)
    truth = progress.sort("updated_on").group_by("company").last()
    newest = dict(truth.select("company", "status").iter_rows())
    assert dict(zip(answer["企业名称"], answer["最新状态"], strict=True)) == newest


def test_review_meetings(market) -> None:
    answer = ak.stock_ipo_review_em()
    assert list(answer.columns)[9:11] == ["发行数量(股)", "拟融资额(元)"]
    truth = market.primary.meetings.filter(pl.col("notice_date") <= BREAK)
    truth = truth.sort("review_date", "company", descending=True)
    assert answer["企业名称"].tolist() == truth["company"].to_list()
    same(answer["发行数量(股)"], truth["issue_shares"])
    in_wan = pl.when(pl.col("venue") == "北交所").then(pl.col("funds_cny") / 1e4)
    money = truth.select(in_wan.otherwise("funds_cny")).to_series()
    told = answer["拟融资额(元)"].notna().to_numpy()
    assert 0.9 < told.mean() < 1
    same(answer["拟融资额(元)"][told], money.filter(told))
    assert set(answer["股票代码"].str.len()) == {6}
    assert set(answer["上市板块"]) <= {
        "上交所主板",
        "上交所科创板",
        "深交所主板",
        "深交所创业板",
        "北交所",
    }
    to_come = answer[answer["上会日期"] > BREAK]
    assert set(to_come["审核状态"]) <= {"未上会"}


def test_review_meetings_of_cninfo(market) -> None:
    answer = ak.stock_new_gh_cninfo()
    held = pl.col("review_date").is_between(date(2025, 1, 13), BREAK)
    truth = market.primary.meetings.filter(held)
    assert set(answer["公司名称"]) == set(truth["company"])
    assert answer["上会日期"].max() == truth["review_date"].max()


def test_money_raised_by_month_is_the_sum_of_the_issues(market) -> None:
    answer = ak.macro_stock_finance().set_index("月份")
    assert answer.index[-1] == "2025-12"
    newest = market.primary.issues.filter(pl.col("listing_date") < date(2026, 1, 1)).row(
        -1, named=True
    )["listing_date"]
    within = pl.col("listing_date").dt.truncate("1mo") == newest.replace(day=1)
    issued = market.primary.issues.filter(within)["proceeds_cny"].sum()
    row = answer.loc[f"{newest:%Y-%m}"].fillna(0.0)
    assert row["首发募集资金"] == pytest.approx(issued / 1e8, abs=0.0051)
    assert row.iloc[1:].sum() == pytest.approx(row["募集资金"], abs=0.02)


def test_unicorns_of_a_year(exchange) -> None:
    answer = ak.hurun_rank("胡润全球独角兽榜", "2025")
    truth = unicorns(2025)
    assert answer["企业"].tolist() == truth["company"].to_list()
    same(answer["财富"] * 1e8, truth["value_cny"])
    assert len(answer) == ON_THE_LIST[2025]
    assert exchange.requests_per_host == {"www.hurun.net": 3}


def test_hong_kong_lists_agree_but_for_what_is_no_share(market) -> None:
    """Neither says of what kind a security is, and Eastmoney has many more of them."""
    sina, eastmoney = ak.stock_hk_spot(), ak.stock_hk_spot_em()
    listed = market.hong_kong_issues.filter(pl.col("listing_date") <= BREAK)
    shares = {c[:5] for c in (*listed["code"], *market.hong_kong_older["code"])}
    assert set(sina["交易类型"]) == {""}
    assert shares < set(sina["代码"]) < set(eastmoney["代码"])
    assert set(eastmoney["代码"]) - set(sina["代码"]) >= {"04000", "28000"}
    assert sina["日期时间"].iloc[0].startswith("2026/01/13")
    prices = sina.set_index("代码")["最新价"]
    both = eastmoney.set_index("代码")["最新价"].loc[prices.index]
    same(both, pl.Series(prices.tolist()))


def test_profile_and_first_bar_of_a_hong_kong_listing(market) -> None:
    issue = market.hong_kong_issues.filter(code="07914.HK").to_dicts()[0]
    profile = ak.stock_hk_security_profile_em("07914").iloc[0]
    assert profile["发行价"] * profile["发行量(股)"] == pytest.approx(issue["funds_raised_hkd"])
    for bars, day, close in (
        (ak.stock_hk_daily("07914"), "date", "close"),
        (ak.stock_hk_hist("07914"), "日期", "收盘"),
    ):
        assert bars[day].iloc[0] == issue["listing_date"]
        assert bars[close].iloc[0] == pytest.approx(issue["first_day_close_hkd"])


def test_an_old_hong_kong_share_has_no_offer_price() -> None:
    profile = ak.stock_hk_security_profile_em("00001").iloc[0]
    assert profile["发行价"] is None
    assert profile["上市日期"] < "2022"
