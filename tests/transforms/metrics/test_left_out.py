"""Rules that leave something out, each with rows that only this rule removes.

"Too few": one more and there is a value. "Late": what comes after the rule's day, and before today.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.markets.drawing import known
from transforms.metrics.crowding import sector_traits

DAY = date(2026, 1, 5)


def rows(names: list[str], *values: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(values), schema=names, orient="row", infer_schema_length=None)


# Earnings


def reports(companies: int) -> pl.DataFrame:
    """Mainland companies with two years of half-years and three quarters, out within a month."""
    ends = [date(year, *day) for year in (2024, 2025) for day in ((6, 30), (9, 30))]
    found = [
        (f"600{n:03d}.SH", end, 10.0 * end.month * (1 + (end.year == 2025)))
        for n in range(companies)
        for end in ends
    ]
    return known(rows(["code", "period_end", "net_profit_cny"], *found), "period_end", 24 * 28)


def sessions(*days: date) -> pl.DataFrame:
    named = ["code", "trade_date", "close"]
    return known(rows(named, *(("000001.SH", day, 1.0) for day in days)), "trade_date")


SEASON = (date(2025, 10, 30), date(2025, 11, 3))


@pytest.mark.parametrize(("companies", "told"), [(29, {}), (30, {"2025-09-30": 30})])
def test_mainland_growth_is_of_thirty_companies_at_least(measure, companies, told):
    found = measure(
        "earnings_growth_a_shares",
        column="n",
        earnings_report=reports(companies),
        index_daily=sessions(*SEASON),
    )

    assert found == told


@pytest.mark.parametrize(("days", "n"), [(5, 31), (7, 30)])
def test_a_report_after_the_season_was_told_is_not_in_it(measure, days, n):
    """Told on 3 November; the report is known long before today."""
    newest = (pl.col("code") == "600000.SH") & (pl.col("period_end") == date(2025, 9, 30))
    later = pl.col("known_at").dt.offset_by(f"{days}d")
    frame = reports(31).with_columns(known_at=pl.when(newest).then(later).otherwise("known_at"))

    found = measure(
        "earnings_growth_a_shares",
        column="n",
        earnings_report=frame,
        index_daily=sessions(*SEASON),
    )
    assert found == {"2025-09-30": n}


def consensus(companies: int) -> pl.DataFrame:
    """What 60 % more earnings per share are expected of."""
    names = ["snapshot_date", "code", "fiscal_year", "eps_cny"]
    found = [
        (DAY, f"600{n:03d}.SH", year, 1.0 if year == 2026 else 1.6)
        for n in range(companies)
        for year in (2026, 2027)
    ]
    return known(rows(names, *found), "snapshot_date")


@pytest.mark.parametrize(("companies", "value"), [(29, None), (30, 0.6)])
def test_the_median_of_expectations_is_of_thirty_companies(measure, companies, value):
    found = measure("eps_growth_expected_median", consensus_eps=consensus(companies))

    assert found.get(str(DAY)) == (None if value is None else pytest.approx(value))


def test_companies_that_are_expected_to_lose_are_in_no_median(measure):
    losing = pl.col("code") == "600000.SH"
    frame = consensus(30).with_columns(
        eps_cny=pl.when(losing).then(-pl.col("eps_cny")).otherwise("eps_cny")
    )

    assert measure("eps_growth_expected_median", consensus_eps=frame) == {}


@pytest.mark.parametrize(("companies", "n"), [(4, {}), (5, {str(DAY): 5})])
def test_expected_growth_is_of_five_of_seven(measure, companies, n):
    codes = ["00700", "09988", "01810", "01211", "09618"][:companies]
    names = ["snapshot_date", "code", "fiscal_year", "currency", "net_profit_reported"]
    found = [
        (DAY, f"{c}.HK", year, "CNY", 10.0 * (year - 2025)) for c in codes for year in (2026, 2027)
    ]
    frame = known(rows(names, *found), "snapshot_date")

    assert measure("earnings_growth_expected", column="n", hk_consensus=frame) == n


def revisions(up: int, down: int, gap: int = 100) -> pl.DataFrame:
    """One broker's estimates of so many companies, raised or lowered after some days."""
    second = DAY
    first = second - timedelta(days=gap)
    found = [
        (day, f"600{n:03d}.SH", "A", 2025, eps, None, None)
        for n in range(up + down)
        for day, eps in ((first, 1.0), (second, 1.1 if n < up else 0.9))
    ]
    names = ["report_date", "code", "broker", "fiscal_year", "eps_cny", "eps_next_year_cny",
             "eps_second_year_cny"]  # fmt: skip
    typed = rows(names, *found).with_columns(pl.col(names[4:]).cast(pl.Float64))
    return known(typed, "report_date")


@pytest.mark.parametrize(("up", "down", "value"), [(30, 19, None), (30, 20, 0.2)])
def test_the_breadth_of_revisions_is_of_fifty(measure, up, down, value):
    found = measure("eps_revision_breadth_90d", analyst_eps=revisions(up, down))

    assert found == ({} if value is None else {str(DAY): pytest.approx(value)})


@pytest.mark.parametrize(("gap", "told"), [(180, True), (181, False)])
def test_an_estimate_of_more_than_180_days_ago_is_not_revised(measure, gap, told):
    found = measure("eps_revision_breadth_90d", analyst_eps=revisions(30, 30, gap))

    assert bool(found) is told


# Loans, funds and capitalisation


def test_a_month_of_which_one_exchange_has_published_has_no_ratio(measure):
    """Both months are known long before today; of October one exchange is there."""
    balances = [(date(2025, 10, 31), 50.0), (date(2025, 11, 27), 90.0), (date(2025, 11, 28), 100.0)]
    margin = known(rows(["trade_date", "financing_balance_cny"], *balances), "trade_date", 25)
    november, october = date(2025, 11, 1), date(2025, 10, 1)
    caps = rows(
        ["exchange", "month", "market_cap_cny"],
        ("SSE", november, 3000.0),
        ("SZSE", november, 1000.0),
        ("SSE", october, 3000.0),
    )
    found = measure(
        "margin_to_total_cap_monthly",
        margin_market=margin,
        market_cap_monthly=known(caps, "month", 50 * 24),
    )

    assert found == {"2025-11-28": 100 / 4000}


def test_new_shares_of_a_fund_are_paid_at_the_price_of_their_day(weekdays, measure):
    """30 more shares on the day on which the price goes from 2.00 to 2.20."""
    days = weekdays(21)
    code = pl.lit("588000.SH").alias("code")
    shares = pl.DataFrame({"trade_date": days, "fund_shares": [100.0] * 20 + [130.0]})
    prices = pl.DataFrame({"trade_date": days, "close": [2.0] * 20 + [2.2]})
    found = measure(
        "etf_inflow_20d_cny",
        by="entity",
        fund_share=known(shares.with_columns(code), "trade_date"),
        fund_daily=known(prices.with_columns(code), "trade_date"),
    )

    assert found["588000.SH"] == pytest.approx(30 * 2.2)


@pytest.mark.parametrize(("price", "flow"), [(2.5, 75.0), (2.6, 0.0), (1.5, 45.0), (1.4, 0.0)])
def test_a_step_of_the_price_beyond_a_quarter_is_a_split(weekdays, measure, price, flow):
    """The 30 new shares of that day are no money then; a day more fills the window."""
    days = weekdays(22)
    code = pl.lit("588000.SH").alias("code")
    shares = pl.DataFrame({"trade_date": days, "fund_shares": [100.0] * 21 + [130.0]})
    prices = pl.DataFrame({"trade_date": days, "close": [2.0] * 21 + [price]})
    found = measure(
        "etf_inflow_20d_cny",
        fund_share=known(shares.with_columns(code), "trade_date"),
        fund_daily=known(prices.with_columns(code), "trade_date"),
    )

    assert found.get(str(days[-1]), 0.0) == pytest.approx(flow)


# Sectors


def test_a_sector_s_weight_is_its_capitalisation_of_the_day_before(weekdays, measure):
    """Six equal sectors; one rises by 12 % on the day on which its value is published tenfold."""
    codes = [f"8010{n}0.SW" for n in range(1, 7)]
    days = weekdays(61)
    found = []
    for code in codes:
        moved = code == codes[0]
        for day in days:
            last = day == days[-1] and moved
            found.append((code, day, "L1", 112.0 if last else 100.0, 1 / 6, 1e3 if last else 1e2))
    names = ["code", "trade_date", "level", "close", "amount_share", "float_value_cny"]
    given = measure(
        "contribution_60d", by="entity", sector_daily=known(rows(names, *found), "trade_date")
    )

    assert given[codes[0]] == pytest.approx(0.02)


def test_a_sector_s_strength_is_its_log_return_less_the_market_s():
    days = [DAY + timedelta(days=n) for n in range(60)]
    at = datetime(2026, 6, 1)
    keys = {"entity": ["A"] * 60, "observation_date": days, "known_at": [at] * 60}
    change = [0.01 if n % 2 else -0.005 for n in range(60)]
    traits = sector_traits.compute(
        pl.DataFrame(keys | {"value": 0.1}),
        pl.DataFrame({"observation_date": days, "known_at": [at] * 60, "A": change}),
        pl.DataFrame(keys | {"correlation": 0.5}),
        pl.DataFrame(keys | {"whole": 0.2}),
    )

    assert traits["strength"].to_list() == [
        pytest.approx(sum(change) - pl.Series([0.2]).log1p().item())
    ]


# Listings


def listings(count: int, *, first: int = 200) -> pl.DataFrame:
    """So many in Hong Kong within some days before DAY, and one long before them."""
    days = [DAY - timedelta(days=first), *(DAY - timedelta(days=3 * n) for n in range(count))]
    found = [
        (f"{n:05d}.HK", f"第{n}号科技", day, 10.0, 2e9, 15.0, None, None, None)
        for n, day in enumerate(days)
    ]
    names = ["code", "name", "listing_date", "offer_price_hkd", "funds_raised_hkd",
             "first_day_close_hkd", "first_day_return", "public_subscription_multiple",
             "industry"]  # fmt: skip
    frame = rows(names, *found).with_columns(
        pl.col("first_day_return", "public_subscription_multiple").cast(pl.Float64),
        pl.col("industry").cast(pl.String),
    )
    return known(frame, "listing_date", 9)


NINETY = ["ipo_hk_first_day_return_90d", "ipo_first_day_return_median_90d"]


@pytest.mark.parametrize("metric", NINETY)
@pytest.mark.parametrize(("count", "told"), [(9, False), (10, True)])
def test_first_days_are_of_ten_listings(measure, metric, count, told):
    assert (str(DAY) in measure(metric, ipo_hk=listings(count))) is told


@pytest.mark.parametrize("metric", NINETY)
@pytest.mark.parametrize(("first", "told"), [(89, False), (90, True)])
def test_first_days_need_a_history_of_ninety_days(measure, metric, first, told):
    assert (str(DAY) in measure(metric, ipo_hk=listings(12, first=first))) is told


def meetings(count: int) -> pl.DataFrame:
    """So many within a year, one of which refused, and one more than a year ago."""
    days = [DAY - timedelta(days=400), *(DAY - timedelta(days=7 * n) for n in range(count))]
    found = [(f"{n}公司", day, "refused" if n == 1 else "passed") for n, day in enumerate(days)]
    return known(rows(["company", "review_date", "outcome"], *found), "review_date")


@pytest.mark.parametrize(("count", "value"), [(9, None), (10, 0.9)])
def test_meetings_are_ten_at_least(measure, count, value):
    assert measure("ipo_review_pass_rate_12m", ipo_review=meetings(count)).get(str(DAY)) == value
