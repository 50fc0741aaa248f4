"""Real bars of Hong Kong and New York beside the sessions that their calendars let expect."""

from datetime import date

import polars as pl
import pytest

from warehouse.exchanges import HONG_KONG, NEW_YORK, expected_sessions

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("dataset", "code", "exchange", "sessions", "gaps"),
    [
        ("index_daily", "HSI.HK", HONG_KONG, 3055, []),
        ("index_daily", "HSTECH.HK", HONG_KONG, 1332, [date(2020, 8, 19)]),  # HSI has that day
        ("index_valuation", "SPX.US", NEW_YORK, 2365, []),
    ],
)
def test_bars_stand_on_the_expected_sessions_and_on_no_other_day(
    market: dict[str, pl.DataFrame],
    *,
    dataset: str,
    code: str,
    exchange: str,
    sessions: int,
    gaps: list[date],
) -> None:
    there = set(market[dataset].filter(pl.col("code") == code)["trade_date"])
    due = set(expected_sessions(exchange, min(there), max(there)))
    assert there - due == set()
    assert sorted(due - there) == gaps
    assert len(there) == sessions
