"""Specs of what indices and the market cost."""

from datetime import date

import polars as pl
import pytest

from tests.markets.drawing import known

MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)


def ratios(code="000300.SH", day=TUESDAY, **values):
    return known(pl.DataFrame({"code": [code], "trade_date": [day], **values}), "trade_date")


def yields(*rows):
    """(country, day, ten-year yield), known on the next morning."""
    frame = pl.DataFrame(rows, schema=["country", "yield_date", "yield_10y"], orient="row")
    return known(frame, "yield_date", 24)


def test_ratios_are_taken_as_published_and_missing_ones_are_no_rows(measure):
    frame = ratios(pe_ttm=[14.0], pb=[1.5], dividend_yield=[None])

    assert measure("pb", index_valuation=frame) == {"2026-01-13": 1.5}
    assert measure("dividend_yield", index_valuation=frame) == {}
    assert measure("pb", index_valuation=frame.drop("pb")) == {}


def test_the_risk_premium_is_over_the_bond_yield_known_by_the_end_of_the_day(measure):
    """Tuesday's yield comes on Wednesday morning."""
    bonds = yields(("CN", MONDAY, 0.018), ("CN", TUESDAY, 0.5), ("US", MONDAY, 0.9))
    found = {"index_valuation": ratios(pe_ttm=[12.5]), "government_yield": bonds}

    assert measure("equity_risk_premium", **found) == {
        "2026-01-13": pytest.approx(1 / 12.5 - 0.018)
    }
    assert measure("yield_gap", **found) == {"2026-01-13": pytest.approx(0.018 - 1 / 12.5)}


def test_american_indices_are_held_against_american_bonds_and_hong_kong_against_none(measure):
    frame = pl.concat([ratios("SPX.US", pe_ttm=[25.0]), ratios("HSI.HK", pe_ttm=[12.0])])
    bonds = yields(("CN", MONDAY, 0.018), ("US", MONDAY, 0.04))

    found = measure(
        "equity_risk_premium", by="entity", index_valuation=frame, government_yield=bonds
    )

    assert found == {"SPX.US": pytest.approx(0.0)}


def test_an_old_yield_and_a_pe_of_nothing_give_no_premium(measure):
    old = yields(("CN", date(2025, 12, 1), 0.018))

    for pe, bonds in ((12.5, old), (0.0, yields(("CN", MONDAY, 0.018))), (None, old)):
        frame = ratios(pe_ttm=pl.Series([pe], dtype=pl.Float64))
        found = measure("equity_risk_premium", index_valuation=frame, government_yield=bonds)
        assert found == {}


def test_losses_of_the_whole_index_make_the_premium_negative(measure):
    found = measure(
        "equity_risk_premium",
        index_valuation=ratios(pe_ttm=[-50.0]),
        government_yield=yields(("CN", MONDAY, 0.018)),
    )

    assert found == {"2026-01-13": pytest.approx(-0.038)}


def gdp(*rows):
    """(quarter, output since January), known on the 18th of the month after the quarter."""
    frame = pl.DataFrame(rows, schema=["quarter", "gdp_cny"], orient="row").with_columns(
        out=pl.col("quarter").dt.offset_by("3mo").dt.offset_by("17d")
    )
    return known(frame, "out", 2).drop("out")


QUARTERS = gdp(
    (date(2024, 1, 1), 30.0), (date(2024, 4, 1), 62.0), (date(2024, 7, 1), 95.0),
    (date(2024, 10, 1), 135.0), (date(2025, 1, 1), 32.0), (date(2025, 4, 1), 66.0),
    (date(2025, 7, 1), 101.0),
)  # fmt: skip


def worth(day=TUESDAY, value=130.0, stated=None):
    frame = pl.DataFrame({"trade_date": [day], "market_value_cny": [value]}).with_columns(
        gdp_cny=pl.lit(stated, pl.Float64)
    )
    return known(frame, "trade_date", 10)


def test_the_buffett_ratio_is_over_the_four_quarters_published_by_then(measure):
    found = measure("buffett_ratio", buffett_index=worth(), gdp=QUARTERS)

    assert found == {"2026-01-13": pytest.approx(130 / (101 + 135 - 95))}
    earlier = measure("buffett_ratio", buffett_index=worth(date(2025, 10, 17)), gdp=QUARTERS)
    assert earlier == {"2025-10-17": pytest.approx(130 / (66 + 135 - 62))}, "a day before the third"


def test_before_four_quarters_are_known_the_publishers_year_counts(measure):
    found = measure("buffett_ratio", buffett_index=worth(stated=125.0))

    assert found == {"2026-01-13": pytest.approx(130 / 125)}
    assert measure("buffett_ratio", buffett_index=worth()) == {}


def test_the_exchanges_own_value_goes_before_that_of_a_publisher(measure):
    exchanges = known(
        pl.DataFrame(
            {"exchange": ["SSE", "SZSE"], "trade_date": [TUESDAY] * 2, "amount_cny": [1.0, 1.0],
             "market_cap_cny": [60.0, 40.0], "float_market_cap_cny": [50.0, 30.0]}
        ),
        "trade_date",
    )  # fmt: skip
    found = measure("buffett_ratio", market_turnover=exchanges, buffett_index=worth(stated=125.0))

    assert found == {"2026-01-13": pytest.approx(100 / 125)}


def test_the_rank_in_ten_years_forgets_what_is_older(measure, weekdays):
    days = weekdays(2_700)
    pe = [100.0] * 100 + [10.0 + n / 1000 for n in range(2_600)]
    frame = known(
        pl.DataFrame({"code": "000300.SH", "trade_date": days, "pe_ttm": pe}), "trade_date"
    )
    found = measure("pe_ttm_percentile_10y", index_valuation=frame)

    assert len(found) == 2_700 - 499, "two years at least"
    window = sum(day > date(2016, 1, 13) for day in days)
    old = sum(value == 100 for value in pe[-window:])
    assert found["2026-01-13"] == pytest.approx(100 * (window - old - 0.5) / window)


def test_flat_ratios_rank_in_the_middle(measure, weekdays):
    frame = known(
        pl.DataFrame({"code": "000300.SH", "trade_date": weekdays(600), "pb": 1.5}), "trade_date"
    )

    assert set(measure("pb_percentile_10y", index_valuation=frame).values()) == {50.0}


def test_one_ratio_that_is_no_number_leaves_the_ranks_of_others_alone(measure, weekdays):
    pb = [1.0 + n / 1000 for n in range(600)]
    pb[550] = float("nan")
    frame = known(
        pl.DataFrame({"code": "000300.SH", "trade_date": weekdays(600), "pb": pb}), "trade_date"
    )
    found = measure("pb_percentile_10y", index_valuation=frame)

    assert len(found) == 100
    assert found["2026-01-13"] == pytest.approx(100 * (599 - 0.5) / 599)


def test_the_band_is_of_the_ten_years_up_to_the_day_and_needs_two(measure, weekdays):
    """Earnings multiples 1, 2, 3 … 600: on the last day the middle is half of it."""
    days = weekdays(600)
    frame = known(pl.DataFrame({"code": "000688.SH", "trade_date": days,
                                "pe_ttm": [float(n) for n in range(1, 601)]}), "trade_date")  # fmt: skip
    names = ("pe_ttm_low_10y", "pe_ttm_median_10y", "pe_ttm_high_10y")
    low, middle, high = (measure(name, index_valuation=frame) for name in names)

    last = str(days[-1])
    assert (low[last], middle[last], high[last]) == pytest.approx((60.9, 300.5, 540.1))
    assert len(middle) == 101 and middle[str(days[499])] == pytest.approx(250.5)
