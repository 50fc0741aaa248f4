"""Answers that akshare really gave go through the readers and the contracts of all who use them.

Recordings that were made of users' reports (`recorded.py` says how) are read, too.

A recording has the first five rows of an answer. Where these cannot do (the oldest rows of a list
of which only new ones are read, a half of two answers that make a row), EXPECTED says so.
"""

from __future__ import annotations

import polars as pl
import pytest

from flows.ingestion.load import completed
from flows.workspace import packaged_calendar
from tests.warehouse.datasets.recorded import (
    FOLDER,
    OF_USERS,
    RECORDED,
    Recording,
    readers,
    recording,
    rows_of,
)
from warehouse.catalog import Call, Chain, Dataset, Source, as_read
from warehouse.errors import SourceEmpty, UnknownFormat
from warehouse.quality.contract_checks import Context, check, shaped

FILES = [file for folder in (FOLDER, OF_USERS) for file in sorted(folder.glob("*/*.json"))]
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the project"),
]
OLD = "the oldest rows of a list of which only new ones are read"
HALF = "one of several answers that make a row together"
BY_RESPONSE = "read from the responses themselves; akshare's columns are not used"
OTHER = "a page of another kind than the recording, for which akshare was given other arguments"
# Function, or function and source: why the five rows of the recording give none.
EXPECTED = {
    "bond_gb_us_sina": HALF,
    "bond_gb_zh_sina": HALF,
    "bond_zh_us_rate CN": OLD,
    "bond_zh_us_rate equity_bond_spread": OLD,
    "macro_china_cpi_monthly": OLD,
    "macro_china_cpi_yearly": OLD,
    "macro_china_gdp buffett_index": HALF,
    "macro_china_non_man_pmi": OLD,
    "macro_china_pmi_yearly": OLD,
    "stock_dxsyl_em": HALF,
    "stock_hk_security_profile_em Eastmoney": HALF,
    "stock_hk_security_profile_em Eastmoney, Sina": HALF,
    "stock_hsgt_hist_em southbound": OTHER,
    "stock_margin_sse margin_market": HALF,
    "stock_margin_szse margin_market": HALF,
    "stock_market_pb_lg": HALF,
    "stock_market_pe_lg": HALF,
    "stock_notice_report": BY_RESPONSE,
    "stock_profit_forecast_em": BY_RESPONSE,
    "stock_xgsglb_em": HALF,
    "stock_yjbb_em": OTHER,
    "stock_zt_pool_dtgc_em": BY_RESPONSE,
    "stock_zt_pool_em": BY_RESPONSE,
}
USED = [
    pytest.param(recorded, *user, id=f"{recorded.function} {user[0].name} {user[2].name}")
    for recorded in map(recording, FILES)
    for user in readers(recorded)
]


def why_not(recorded: Recording, d: Dataset, chain: Chain, source: Source) -> str | None:
    names = (
        recorded.function,
        *(f"{recorded.function} {x}" for x in (d.name, chain.part, source.name)),
    )
    reason = next((EXPECTED[name] for name in names if name in EXPECTED), None)
    # What a user's source asked for itself is what it reads.
    return reason if reason in (None, OLD, HALF) or not recorded.reading else None


@pytest.mark.parametrize(("recorded", "d", "chain", "source", "call"), USED)
def test_a_recorded_answer_is_read_and_keeps_the_contract(
    recorded: Recording, d: Dataset, chain: Chain, source: Source, call: Call
) -> None:
    if why_not(recorded, d, chain, source):
        pytest.skip(f"{why_not(recorded, d, chain, source)}")
    assert source.columns <= set(recorded.answer.columns)
    try:
        rows = rows_of(recorded, source, call)
    except (SourceEmpty, UnknownFormat) as error:
        if not recorded.passed:
            raise
        pytest.skip(f"some of the rows do not tell: {error}")
    if recorded.reading and source.combine is not as_read:
        pytest.skip("read; the answers that it is joined with make the row")
    rows = source.combine(rows)
    today = max([*recorded.days, RECORDED])
    verdict = check(
        d, shaped(d, completed(d, rows), source.name), Context(packaged_calendar(), today)
    )
    moved = d.publication.by if d.publication.moved else None  # wrong in many rows, as is known
    assert verdict.rejected.filter(pl.col("column_name") != (moved or "")).rows() == []
    assert verdict.gone == 0
    if recorded.passed and verdict.valid.is_empty():
        pytest.skip("none of the rows is wanted")
    assert verdict.valid.height
