"""A workspace at a fixed moment, and a few drawn rows of every dataset, shared by all tests."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path

import curl_cffi
import polars as pl
import pytest

from flows.importing import import_path
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.catalog import SHANGHAI, dataset
from warehouse.contract import schema

D12, D13, D14 = date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 14)

DRAWN = {
    "trade_calendar": {"trade_date": [D12, D13, D14]},
    "security": {
        "code": ["600000.SH", "300750.SZ", "688981.SH"],
        "valid_from": [date(1990, 12, 19)] * 3,
        "name": ["浦发银行", "宁德时代", "中芯国际"],
        "industry": ["银行", "电气设备", "半导体"],
        "board": ["Main", "ChiNext", "STAR"],
    },
    "delisting": {
        "code": ["600001.SH"],
        "name": ["邯郸钢铁"],
        "exchange": ["SSE"],
        "listing_date": [date(1998, 1, 22)],
        "delisting_date": [date(2009, 12, 29)],
    },
    "special_treatment": {
        "code": ["600010.SH", "000004.SZ"],
        "trade_date": [D13, D13],
        "name": ["ST包钢", "*ST国华"],
        "mark": ["ST", "*ST"],
    },
    "adjustment_factor": {
        "code": ["600000.SH", "600000.SH"],
        "ex_date": [date(1900, 1, 1), date(2025, 7, 16)],
        "factor": [1.0, 17.3],
    },
    "market_cap_monthly": {
        "exchange": ["SSE", "SZSE"],
        "month": [date(2025, 12, 1)] * 2,
        "market_cap_cny": [6.3e13, 4.5e13],
        "amount_cny": [1.7e13, 2.4e13],
    },
    "hk_security": {"code": ["00100.HK"], "name": ["MINIMAX"], "first_seen": [D12]},
    "theme_membership": {
        "theme": ["tech"],
        "kind": ["code"],
        "member": ["688981.SH"],
        "valid_from": [date(2020, 7, 16)],
        "list_version": ["2026-01-20"],
    },
    "index_daily": {
        "code": ["000001.SH", "000001.SH", "HSI.HK"],
        "trade_date": [D12, D13, D13],
        "open": [4100.0, 4110.0, None],
        "high": [4170.0, 4180.0, None],
        "low": [4090.0, 4100.0, None],
        "close": [4165.0, 4139.0, 26848.0],
        "volume_shares": [9.0e10, 8.8e10, None],
        "amount_cny": [1.58e12, 1.62e12, None],
    },
    "index_valuation": {
        "code": ["000300.SH", "000300.SH"],
        "trade_date": [D12, D13],
        "pe_ttm": [14.2, 14.1],
        "pb": [1.5, 1.5],
        "dividend_yield": [0.026, 0.026],
    },
    "stock_daily": {
        "code": ["600000.SH", "600000.SH", "300750.SZ"],
        "trade_date": [D12, D13, D13],
        "open": [11.5, 11.6, 360.0],
        "high": [11.8, 11.7, 371.0],
        "low": [11.4, 11.3, 355.0],
        "close": [11.6, 11.4, 368.0],
        "previous_close": [11.5, 11.6, None],
        "volume_shares": [6.0e7, 5.5e7, 3.0e7],
        "amount_cny": [6.9e8, 6.3e8, 1.09e10],
        "turnover_rate": [0.002, 0.0019, 0.0077],
    },
    "market_turnover": {
        "exchange": ["SSE", "SZSE", "BSE"],
        "trade_date": [D13, D13, D13],
        "amount_cny": [1.48e12, 2.17e12, 3.2e10],
        "market_cap_cny": [6.4e13, 4.6e13, None],
        "float_market_cap_cny": [6.1e13, 4.0e13, None],
    },
    "margin_exchange": {
        "exchange": ["SSE", "SZSE", "BSE"],
        "trade_date": [D13, D13, D13],
        "financing_balance_cny": [1.35e12, 1.31e12, 8.0e9],
        "financing_purchases_cny": [1.8e11, 1.9e11, 6.0e8],
        "securities_lending_balance_cny": [1.2e10, 5.0e9, 1.0e6],
    },
    "margin_account": {
        "trade_date": [D12, D13],
        "individual_investors": [7.9e6, 7.9e6],
        "institutional_investors": [50_100.0, 50_120.0],
        "trading_investors": [640_000.0, 655_000.0],
        "indebted_investors": [1.9e6, 1.91e6],
        "collateral_cny": [7.6e12, 7.5e12],
        "maintenance_ratio": [2.85, 2.81],
        "securities_lending_sold_cny": [1.1e8, 9.0e7],
        "securities_firms": [94.0, 94.0],
        "branches": [11_700.0, 11_700.0],
    },
    "margin_security": {
        "code": ["600000.SH", "588000.SH", "300750.SZ", "920001.BJ"],
        "trade_date": [D13] * 4,
        "exchange": ["SSE", "SSE", "SZSE", "BSE"],
        "name": ["浦发银行", "科创50ETF", "宁德时代", "甲"],
        "kind": ["share", "fund", "share", "share"],
        "financing_balance_cny": [4.6e9, 2.1e9, 9.8e9, 3.0e7],
        "financing_purchases_cny": [2.0e8, 3.1e8, 1.9e9, 4.0e6],
        "financing_repayments_cny": [1.9e8, 2.8e8, None, None],
        "securities_lending_shares": [1.2e6, 9.0e6, 4.0e5, 0.0],
        "securities_lending_sold_shares": [1.0e5, 8.0e5, 2.0e4, 0.0],
        "securities_lending_balance_cny": [None, None, 1.5e8, 0.0],
    },
    "investor_account": {
        "month": [date(2023, 7, 1), date(2023, 8, 1)],
        "new_investors": [910_400.0, 995_900.0],
        "investors": [220_419_900.0, 221_415_800.0],
        "a_share_investors": [219_830_000.0, 220_822_300.0],
        "b_share_investors": [2_388_200.0, 2_388_100.0],
    },
    "fund_share": {
        "code": ["588000.SH", "159995.SZ"],
        "trade_date": [D13, D13],
        "exchange": ["SSE", "SZSE"],
        "name": ["科创50ETF", "芯片ETF"],
        "fund_shares": [5.1e10, 1.6e10],
    },
    "fund_daily": {
        "code": ["588000.SH", "159995.SZ"],
        "trade_date": [D13, D13],
        "open": [1.52, 1.91],
        "high": [1.56, 1.93],
        "low": [1.49, 1.85],
        "close": [1.5, 1.86],
        "volume_shares": [3.0e9, 9.0e8],
        "amount_cny": [4.56e9, 1.7e9],
    },
    "stock_connect": {
        "direction": ["southbound", "southbound", "northbound", "northbound"],
        "trade_date": [D12, D13, date(2024, 8, 16), D13],
        "net_buy_hkd": [8.3e9, -2.1e9, None, None],
        "bought_hkd": [5.9e10, 5.0e10, None, None],
        "sold_hkd": [5.07e10, 5.21e10, None, None],
        "accumulated_net_buy_hkd": [5.1e12, 5.0979e12, None, None],
        "net_buy_cny": [None, None, 1.2e9, None],
        "bought_cny": [None, None, 4.1e10, None],
        "sold_cny": [None, None, 3.98e10, None],
        "accumulated_net_buy_cny": [None, None, 1.77e12, None],
    },
    "market_fund_flow": {
        "trade_date": [D12, D13],
        "main_net_cny": [2.1e10, -7.2e10],
        "super_large_net_cny": [1.3e10, -4.0e10],
        "large_net_cny": [8.0e9, -3.2e10],
        "medium_net_cny": [-6.0e9, 1.2e10],
        "small_net_cny": [-1.5e10, 6.0e10],
        "main_net_share": [0.0058, -0.0194],
    },
    "margin_market": {
        "trade_date": [D12, D13],
        "financing_balance_cny": [2.65e12, 2.67e12],
        "securities_lending_balance_cny": [1.7e10, 1.7e10],
        "financing_purchases_cny": [4.5e11, 4.2e11],
    },
    "ipo_a": {
        "code": ["688795.SH"],
        "name": ["摩尔线程"],
        "board": ["STAR"],
        "listing_date": [date(2025, 12, 5)],
        "offer_price_cny": [114.28],
        "issue_shares": [7.0e7],
        "proceeds_cny": [114.28 * 7.0e7],
        "first_day_close_cny": [600.5],
        "first_day_return": [600.5 / 114.28 - 1],
    },
    "ipo_hk": {
        "code": ["00100.HK", "02513.HK"],
        "name": ["MINIMAX", "Knowledge Atlas"],
        "listing_date": [date(2026, 1, 9), date(2026, 1, 8)],
        "offer_price_hkd": [165.0, 116.2],
        "funds_raised_hkd": [4.8e9, 4.3e9],
        "first_day_close_hkd": [345.0, 131.5],
        "first_day_return": [345.0 / 165.0 - 1, 131.5 / 116.2 - 1],
        "net_proceeds_hkd": [4.6e9, 4.2e9],
    },
    "earnings_report": {
        "code": ["600000.SH", "300750.SZ"],
        "period_end": [date(2025, 9, 30)] * 2,
        "notice_date": [date(2025, 10, 28), None],
        "revenue_cny": [1.3e11, 2.8e11],
        "net_profit_cny": [3.9e10, 4.9e10],
        "eps_cny": [1.24, 10.9],
    },
    "earnings_flash": {
        "code": ["600000.SH"],
        "period_end": [date(2025, 9, 30)],
        "notice_date": [date(2025, 10, 20)],
        "revenue_cny": [1.3e11],
        "revenue_year_ago_cny": [1.2e11],
        "revenue_yoy": [0.0833],
        "net_profit_cny": [3.9e10],
        "eps_cny": [1.24],
    },
    "earnings_guidance": {
        "code": ["300750.SZ"],
        "period_end": [date(2025, 12, 31)],
        "notice_date": [D13],
        "kind": ["预增"],
        "net_profit_cny": [7.0e10],
        "net_profit_year_ago_cny": [5.07e10],
        "net_profit_yoy": [0.38],
    },
    "disclosure_date": {
        "code": ["600000.SH"],
        "period_end": [date(2025, 12, 31)],
        "first_booked_date": [date(2026, 3, 27)],
        "booked_date": [date(2026, 3, 27)],
    },
    "consensus_eps": {
        "snapshot_date": [D12, D12],
        "code": ["300750.SZ"] * 2,
        "fiscal_year": [2024, 2025],
        "estimate": ["actual", "expected"],
        "eps_cny": [11.6, 15.2],
        "reports": [40, 40],
    },
    "analyst_eps": {
        "report_date": [D12],
        "code": ["600118.SH"],
        "broker": ["Somebody"],
        "fiscal_year": [2025],
        "eps_cny": [0.2],
    },
    "hk_megacap_earnings": {
        "code": ["00700.HK"],
        "period_end": [date(2025, 9, 30)],
        "name": ["Tencent"],
        "period_months": [9],
        "published_by": [date(2025, 11, 30)],
        "revenue_reported": [5.5e11],
        "net_profit_reported": [1.7e11],
    },
    "us_megacap_earnings": {
        "ticker": ["NVDA", "AAPL"],
        "quarter_end": [date(2025, 10, 31), date(2025, 9, 30)],
        "filing_date": [date(2025, 11, 19), date(2025, 10, 31)],
        "revenue_usd": [5.7e10, 1.02e11],
        "net_income_usd": [3.19e10, 2.75e10],
    },
    "hk_consensus": {
        "snapshot_date": [D12],
        "code": ["00700.HK"],
        "fiscal_year": [2026],
        "currency": ["CNY"],
        "net_profit_reported": [2.6e11],
        "net_profit_high_reported": [2.9e11],
        "net_profit_low_reported": [2.3e11],
    },
    "announcement": {
        "code": ["000547.SZ", "600118.SH"],
        "announcement_date": [D12, date(2026, 1, 10)],
        "title": ["股票交易风险提示公告", "股票交易严重异常波动公告"],
        "kind": ["trading_risk_warning", "severe_abnormal_fluctuation"],
        "name": ["航天发展", "中国卫星"],
        "url": ["https://example.org/1", "https://example.org/2"],
    },
    "suspension": {
        "code": ["603122.SH"],
        "suspended_from": [D12],
        "name": ["合富中国"],
        "reason": ["停牌核查"],
        "period": ["连续停牌"],
    },
    "limit_pool": {
        "trade_date": [D12, D12, D12],
        "pool": ["up", "down", "broken"],
        "code": ["000547.SZ", "600000.SH", "300045.SZ"],
        "name": ["航天发展", "浦发银行", "华力创通"],
        "close_cny": [31.9, 9.0, 41.2],
        "change": [0.1, -0.1, 0.121],
        "amount_cny": [7.4e9, 2.1e9, 5.0e9],
        "turnover_rate": [0.15, 0.01, 0.2],
        "consecutive_days": [3, 1, None],
        "times_opened": [0, 2, 4],
        "sealed_cny": [8.1e8, 3.0e7, None],
        "industry": ["航天航空", "银行", "通信设备"],
    },
    "policy_news": {
        "broadcast_date": [D12, D12],
        "position": [1, 2],
        "title": ["新质生产力加快形成", "国际联播快讯"],
        "text": ["新质生产力正在各地形成。", None],
    },
    "policy_term": {
        "term": ["芯片"],
        "basket": ["SEMI"],
        "valid_from": [date(2012, 7, 2)],
        "list_version": ["2026-01-12"],
    },
    "policy_term_count": {
        "broadcast_date": [D12, D12],
        "term": ["新质生产力", "芯片"],
        "hits": [2, 0],
        "items_with_term": [1, 0],
        "items": [13, 13],
        "items_without_text": [1, 1],
        "characters": [7600, 7600],
        "share_of_items": [1 / 13, 0.0],
    },
    "unicorn_count": {
        "list_name": ["A list"],
        "scope": ["CN-AI"],
        "observation_date": [date(2025, 12, 31)],
        "year": [2025],
        "count": [40],
        "publisher": ["Somebody"],
        "url": ["https://example.org/list"],
        "published_on": [date(2026, 1, 7)],
    },
}


def rows_of(name: str) -> pl.DataFrame:
    """A few plausible rows of a dataset, in all its columns; what is not drawn is null."""
    wanted = schema(dataset(name).contract)
    columns = {c: pl.Series(c, DRAWN[name].get(c, [None]), dtype) for c, dtype in wanted.items()}
    height = max(len(s) for s in columns.values())
    return pl.DataFrame(
        [s if len(s) == height else s.extend_constant(None, height - 1) for s in columns.values()]
    )


def folder_of(folder: Path, frames: Mapping[str, pl.DataFrame], form: str = "parquet") -> Path:
    """A folder with one file per dataset, as `briefing import` wants it."""
    folder.mkdir(exist_ok=True)
    for name, rows in frames.items():
        rows.write_parquet(folder / f"{name}.parquet") if form == "parquet" else rows.write_csv(
            folder / f"{name}.csv"
        )
    return folder


POLITE = ("flows.manners", "tenacity")  # they pause for the sake of an upstream


@pytest.fixture(scope="session", autouse=True)
def hurried() -> Iterator[None]:
    """No test pauses for the sake of an upstream; akshare's pauses between pages take no time."""
    wait = time.sleep

    def sleep(seconds: float) -> None:
        caller = sys._getframe(1).f_globals["__name__"]
        if caller.startswith(POLITE) and seconds > 0:
            pytest.fail(f"{caller} sleeps for {seconds} s; give it a clock of the test")
        if not caller.startswith("akshare"):
            wait(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", sleep)
        yield


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Nothing leaves the machine; curl opens its sockets where pytest-socket does not see them."""

    def perform(*_args: object, **_options: object) -> None:
        pytest.fail("a test asks the network through curl")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curl_cffi.Curl, "perform", perform)
        yield


@pytest.fixture(scope="session")
def drawn() -> Callable[[str], pl.DataFrame]:
    """`drawn(dataset)`: a few plausible rows."""
    return rows_of


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """`folder({dataset: rows}, form="csv")`: a folder to import."""
    return partial(folder_of, tmp_path / "history")


def workspace_at(home: Path, *moment: int) -> Workspace:
    """A workspace whose clock stands still at a moment in Shanghai."""
    return Workspace(Settings(home=home), clock=partial(datetime, *moment, tzinfo=SHANGHAI))


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """`at(2026, 1, 20, 10)`: the workspace of this test at another moment."""
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    return partial(workspace_at, tmp_path / "home")


@pytest.fixture
def ws(at: Callable[..., Workspace]) -> Workspace:
    """A workspace on Tuesday 2026-01-20, 10:00 in Shanghai."""
    return at(2026, 1, 20, 10)


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which every dataset was imported; made once because that takes a second."""
    home = tmp_path_factory.mktemp("filled")
    history = folder_of(home / "history", {name: rows_of(name) for name in DRAWN})
    import_path(workspace_at(home, 2026, 1, 20, 10), history)
    return home


@pytest.fixture
def filled(ws: Workspace, filled_home: Path) -> Workspace:
    """The workspace `ws` with the drawn rows of every dataset imported and published."""
    shutil.copytree(filled_home, ws.places.home, symlinks=True)
    return ws
