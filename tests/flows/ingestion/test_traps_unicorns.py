"""Lists of unicorns: their unit, their year and their makers."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.fetch import conformed
from warehouse.catalog import Request
from warehouse.datasets import (
    unicorn_company,
)
from warehouse.shanghai import SHANGHAI

pytestmark = pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")

TUESDAY = date(2025, 11, 25)
NOW = datetime(2025, 11, 25, 21, tzinfo=SHANGHAI)
TODAY = Request((TUESDAY,), NOW)


def test_the_list_of_unicorns_is_in_hundreds_of_millions_of_yuan() -> None:
    answer = pl.DataFrame(
        {
            "排名": [1],
            "财富": [13800.0],
            "姓名": ["张一鸣"],
            "企业": ["字节跳动"],
            "行业": ["社交媒体"],
        }
    )
    (call,) = unicorn_company.HURUN.calls(TODAY)
    row = conformed(unicorn_company.HURUN, call, answer).row(0, named=True)
    assert (row["value_cny"], row["year"]) == (1.38e12, 2025)


@pytest.mark.parametrize(("month", "year"), [(1, 2024), (9, 2024), (10, 2025), (12, 2025)])
def test_a_list_of_unicorns_is_not_asked_for_before_it_is_surely_out(month, year) -> None:
    """For a year that is not out akshare raises KeyError."""
    day = date(2025, month, 15)
    calls = unicorn_company.HURUN.calls(
        Request((day,), datetime(2025, month, 15, 9, tzinfo=SHANGHAI))
    )
    assert [c.label for c in calls] == [str(year)]


def test_lists_of_unicorns_of_two_makers_are_never_one_series(desk) -> None:
    office = desk(2025, 11, 25, 21)
    office.collect("unicorn_company")
    counted = office.query("SELECT DISTINCT list_name FROM core.unicorn_count")
    listed_ = office.query("SELECT DISTINCT list_name FROM core.unicorn_company")
    assert not set(counted["list_name"]) & set(listed_["list_name"])
