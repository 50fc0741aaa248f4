"""One small market for all tests of the sandbox, and an
exchange on the evening of the break day.
"""

import os
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from flows.sandbox import Exchange, Market, MarketParameters, build_market

os.environ.setdefault("TQDM_DISABLE", "1")  # read when akshare is imported

EVENING = datetime(2026, 1, 13, 18, 0)
SMALL = MarketParameters(stocks=120, first_day=date(2025, 6, 3), index_first_day=date(2016, 1, 4))


@pytest.fixture(scope="session")
def market() -> Market:
    return build_market(SMALL)


@pytest.fixture
def exchange(market: Market) -> Iterator[Exchange]:
    """All of akshare's clients end here; caches are empty."""
    import akshare

    for name in ("sh", "sz", "bj"):
        getattr(akshare, f"stock_info_{name}_name_code").cache_clear()
    with Exchange(market, EVENING).installed() as installed:
        yield installed
