"""The list of lending rates holds benchmark rates of before 2013, which are none of them."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from warehouse.catalog import Call
from warehouse.datasets import lpr
from warehouse.errors import SourceEmpty

CALL = Call("macro_china_lpr", days=(date(2026, 1, 20),))
ROWS = pl.DataFrame({
    "TRADE_DATE": ["1991-04-21", "2013-10-25", "2026-01-20"],
    "LPR1Y": [None, 5.71, 3.0],
    "LPR5Y": [None, None, 3.5],
})  # fmt: skip


def test_days_without_a_prime_rate_are_left_out_and_one_of_a_year_alone_is_kept() -> None:
    found = lpr.read(ROWS, CALL)

    assert found["quoted_on"].to_list() == [date(2013, 10, 25), date(2026, 1, 20)]
    assert found["lpr_1y"].to_list() == [pytest.approx(0.0571), pytest.approx(0.03)]
    assert found["lpr_5y"].to_list() == [None, pytest.approx(0.035)]


def test_a_list_that_has_stopped_is_no_answer() -> None:
    with pytest.raises(SourceEmpty):
        lpr.read(ROWS.head(2), CALL)
