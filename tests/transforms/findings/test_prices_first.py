"""What follows from a price is told after all that is told of the price, whatever lies between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.transforms.findings.test_ranking import one
from transforms.findings.finding import Finding
from transforms.findings.summary import _prices_first

SHANGHAI, SHENZHEN, STAR = "000001.SH", "399001.SZ", "000688.SH"
ZONE, PE = (
    one("rsi_zone", 1.0, entity=SHANGHAI, zone="overbought"),
    one("pe_level", 1.0, entity=STAR),
)
WEEK = one("index_change", 1.0, entity=SHENZHEN)  # of the same family as Shanghai's
DAY = replace(WEEK, kind="index_day")
OF_STAR = one("index_change", 1.0, entity=STAR)
MONEY = one("turnover_total", 1.0, entity="SSE+SZSE")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([ZONE, WEEK], [WEEK, ZONE]),
        ([WEEK, ZONE], [WEEK, ZONE]),
        ([ZONE, MONEY, WEEK], [MONEY, WEEK, ZONE]),
        ([ZONE, MONEY], [ZONE, MONEY]),
        ([ZONE, OF_STAR], [ZONE, OF_STAR]),  # a price of another family
        ([ZONE, WEEK, DAY], [WEEK, ZONE, DAY]),
        ([MONEY, WEEK, ZONE, MONEY], [MONEY, WEEK, ZONE, MONEY]),
        ([WEEK, ZONE, DAY], [WEEK, DAY, ZONE]),
        ([ZONE, PE, OF_STAR, WEEK], [OF_STAR, PE, WEEK, ZONE]),
        ([], []),
    ],
)
def test_prices_come_first(told: list[Finding], expected: list[Finding]):
    assert list(_prices_first(told)) == expected
