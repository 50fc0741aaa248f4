"""Every real week since August 2023: headline, lede, findings and subject hold no contradiction."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.templates.contradictions import contradictions
from tests.templates.reading import statements
from tests.templates.weeks import by_known, pages, told_of, week_ends

SINCE, FEWEST_WEEKS, FEWEST_STATEMENTS = date(2023, 8, 1), 120, 2_000


@pytest.mark.real
def test_no_real_week_is_told_with_a_contradiction(market, real_metrics):
    days = market["index_daily"].filter(pl.col("code") == "000001.SH")["trade_date"].sort()
    frames = by_known(market | {"trade_calendar": pl.DataFrame({"trade_date": days})})
    read = told_of(real_metrics)
    weeks, told, found = week_ends(days.to_list(), SINCE), 0, []
    for day in weeks:
        for page, evidence in pages(read, frames, day):
            told += len(statements(page))
            found += [(day, one) for one in contradictions(page, evidence)]

    assert len(weeks) >= FEWEST_WEEKS
    assert told > FEWEST_STATEMENTS
    assert not found
