"""The sandbox answers as the real upstreams did: the same columns, types, empties, order and units.

akshare reads both. A recording has the first five rows of an answer. Where the simulated market
cannot say what the real one did, it stands below with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import akshare as ak
import pandas as pd
import pytest

from flows.network.frozen_clock import wall_clock
from flows.sandbox import Exchange, Market
from tests.warehouse.datasets.recorded import ABSENT, FOLDER

FILES = sorted(FOLDER.glob("*/*.json"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the project"),
]
EVENING = datetime(2026, 1, 13, 18, 0)
# Functions that are asked on an evening on which something is announced and has not happened yet.
MOMENTS = {
    "stock_dxsyl_em": datetime(2025, 12, 9, 18, 0),
    "stock_xgsglb_em": datetime(2025, 12, 1, 18, 0),
    "stock_zt_pool_em": datetime(2026, 1, 15, 18, 0),
}
# What is asked for where akshare's own default is of a day or a share that the market lacks.
ARGUMENTS = {
    "bond_china_yield": {"start_date": "20251201", "end_date": "20251231"},
    "bond_gb_us_sina": {"symbol": "美国10年期国债"},
    "bond_gb_zh_sina": {"symbol": "中国10年期国债"},
    "bond_zh_us_rate": {"start_date": "20251229"},
    "news_trade_notify_suspend_baidu": {"date": "20250722"},
    "stock_financial_hk_analysis_indicator_em": {"symbol": "00700", "indicator": "年度"},
    "stock_financial_us_analysis_indicator_em": {"symbol": "TSLA", "indicator": "单季报"},
    "stock_hk_security_profile_em": {"symbol": "07920"},
    "stock_hsgt_hist_em": {"symbol": "北向资金"},
    "stock_margin_detail_sse": {"date": "20260112"},
    "stock_margin_sse": {"start_date": "20251229", "end_date": "20260112"},
    "stock_margin_szse": {"date": "20260112"},
    "stock_notice_report": {"symbol": "全部", "date": "20260112"},
    "stock_profit_forecast_ths": {"symbol": "688523", "indicator": "预测年报每股收益"},
    "stock_yjbb_em": {"date": "20250930"},
    "stock_yjkb_em": {"date": "20221231"},
    "stock_yysj_em": {"symbol": "沪深A股", "date": "20250930"},
    "stock_zt_pool_dtgc_em": {"date": "20260113"},
    "stock_zt_pool_em": {"date": "20260115"},
}
NOT_ASKED = "no dataset asks for it, and the sandbox serves what is asked for"
UNSERVED = {
    "stock_financial_abstract_new_ths": NOT_ASKED, "stock_financial_abstract_ths": NOT_ASKED,
}  # fmt: skip
# Function, or function and column → why the sandbox has no empty cell where the recording has one.
OLD = "only rows of years before those that are simulated are empty"
FULL = {
    "bond_zh_us_rate": OLD,
    "currency_boc_safe": OLD,
    "macro_china_cpi_monthly 预测值": OLD,
    "macro_china_cpi_yearly 预测值": OLD,
    "macro_china_non_man_pmi 预测值": OLD,
    "macro_china_pmi_yearly 预测值": OLD,
    "stock_margin_account_info": OLD,
}
TYPES = {"stock_margin_account_info": OLD}  # without an empty cell whole numbers are no fractions
ORDERS = {
    "stock_financial_us_analysis_indicator_em NOTICE_DATE": "it moves; REPORT_DATE tells",
    "stock_hsgt_hist_em": "this akshare sorts by day, the one of the recording did not",
}
BEGINNING = "the recording shows the first days of margin trading, in 2010"
SIZES = {
    "macro_china_market_margin_sh": BEGINNING,
    "macro_china_market_margin_sz": BEGINNING,
    "stock_margin_detail_sse": "a few securities share the loans of the whole market",
}
COLUMNS = {f"stock_profit_forecast_em {year}预测每股收益": "the years are those of the market"
           for year in (2024, 2028)}  # fmt: skip
UNIT_SLIP = 1000  # the smallest is ten thousand


@dataclass(frozen=True)
class Both:
    """A recorded answer, of which only the head is there, and the sandbox's."""

    function: str
    dtypes: dict[str, str]
    head: pd.DataFrame
    simulated: pd.DataFrame

    @property
    def common(self) -> list[str]:
        return [c for c in self.dtypes if c in self.simulated.columns]

    def without(self, reasons: dict[str, str]) -> list[str]:
        """The columns for which no reason is given."""
        if self.function in reasons:
            return []
        return [c for c in self.common if f"{self.function} {c}" not in reasons]


@pytest.fixture(scope="module")
def exchange(market: Market) -> Iterator[Exchange]:
    installed = Exchange(market, EVENING)
    with installed.installed(), wall_clock(lambda: installed.now):
        yield installed


@pytest.fixture(
    scope="module", params=[f for f in FILES if f.stem not in UNSERVED], ids=lambda f: f.stem
)
def both(request: pytest.FixtureRequest, exchange: Exchange) -> Both:
    file: Path = request.param
    said = json.loads(file.read_text("utf-8"))
    dtypes = {c["name"]: c["dtype"] for c in said["columns"]}
    head = pd.DataFrame(said["head"], columns=list(dtypes), dtype="object")
    exchange.set_now(MOMENTS.get(file.stem, EVENING))
    answer = getattr(ak, file.stem)(**ARGUMENTS.get(file.stem, {}))
    assert len(answer) > 0
    return Both(file.stem, dtypes, head, answer)


def test_the_columns_are_the_same_and_stand_in_the_same_order(both: Both) -> None:
    odd = set(both.dtypes) ^ set(both.simulated.columns)
    assert {c for c in odd if f"{both.function} {c}" not in COLUMNS} == set()
    assert both.common == [c for c in both.simulated.columns if c in both.dtypes]


def test_whole_numbers_fractions_and_texts_are_the_same(both: Both) -> None:
    kinds = {"int": "int", "flo": "float"}
    wrong = {
        c: (both.dtypes[c], str(both.simulated[c].dtype))
        for c in both.without(TYPES)
        if kinds.get(both.dtypes[c][:3], "text") != kinds.get(str(both.simulated[c].dtype)[:3], "text")
    }  # fmt: skip
    assert wrong == {}


def empty(cells: pd.Series) -> pd.Series:
    return cells.isna() | cells.astype("str").isin({*ABSENT, "", "-", "--"})


def test_what_is_empty_there_is_empty_here_somewhere(both: Both) -> None:
    lacking = [
        c
        for c in both.without(FULL)
        if empty(both.head[c]).any() and not empty(both.simulated[c]).any()
    ]
    assert lacking == []


def test_rows_stand_in_the_same_order(both: Both) -> None:
    """By the first column with days of which the recording tells which way it runs."""
    for column in both.without(ORDERS):
        days = both.head[column].astype("str")
        if days.str.match(r"(19|20)\d\d-?\d\d").all() and len(set(days)) > 1:
            shown = both.simulated[column].astype("str").reset_index(drop=True)
            assert (days.is_monotonic_increasing, days.is_monotonic_decreasing) == (
                shown.is_monotonic_increasing, shown.is_monotonic_decreasing
            ), column  # fmt: skip
            return


def test_figures_are_in_the_same_unit(both: Both) -> None:
    wrong = {}
    for column in both.without(SIZES):
        if both.dtypes[column].startswith(("int", "float")):
            real, drawn = (size(frame[column]) for frame in (both.head, both.simulated))
            if real and drawn and not 1 / UNIT_SLIP < real / drawn < UNIT_SLIP:
                wrong[column] = (real, drawn)
    assert wrong == {}


def size(cells: pd.Series) -> float:
    """The median of what is not nothing; 0 where there is none."""
    numbers = pd.to_numeric(cells).abs()
    middle = numbers[numbers > 0].median()
    return 0.0 if pd.isna(middle) else float(middle)


def test_each_reason_is_still_needed() -> None:
    functions = {f.stem for f in FILES}
    named = [*ARGUMENTS, *MOMENTS, *UNSERVED, *FULL, *TYPES, *ORDERS, *SIZES, *COLUMNS]
    assert {name.split(" ")[0] for name in named} <= functions
