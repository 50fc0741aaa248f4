"""First days of listings by venue and year."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from transforms.outlook.base_rates import first_days

DAYS = [date(2025, 3, 3), date(2025, 6, 2), date(2025, 11, 3), date(2026, 1, 5)]
HONG_KONG = pl.DataFrame(
    {
        "known_at": [datetime(d.year, d.month, d.day, 9) for d in DAYS],
        "code": ["00001.HK", "00002.HK", "00003.HK", "00004.HK"],
        "listing_date": DAYS,
        "funds_raised_hkd": [1e8, 3e8, 0.0, 2e8],  # the third came by introduction: nothing raised
        "offer_price_hkd": [10.0, 10.0, 10.0, 10.0],
        "first_day_close_hkd": [8.0, 14.0, 99.0, 11.0],
        "first_day_return": [None, 0.4, None, None],
    },
    schema_overrides={"first_day_return": pl.Float64},
)


def test_a_year_of_a_venue_has_its_first_and_its_last_listing() -> None:
    found = first_days({"ipo_hk": HONG_KONG})
    spans = found.select("reference", "n", "first_day", "last_day").unique().sort("reference")
    assert spans.rows() == [("HK 2025", 2, DAYS[0], DAYS[1]), ("HK 2026", 1, DAYS[3], DAYS[3])]
    known = dict(found.select("reference", "known_at").unique().iter_rows())
    assert known == {
        "HK 2025": HONG_KONG["known_at"][1],
        "HK 2026": HONG_KONG["known_at"][3],
    }


def test_returns_are_weighed_by_the_money_raised_where_that_is_said() -> None:
    found = first_days({"ipo_hk": HONG_KONG}).filter(reference="HK 2025")
    values = dict(found.select("measure", "value").iter_rows())
    assert values["median"] == values["mean"] == pytest.approx(0.1)
    assert values["weighted_by_money"] == pytest.approx((-0.2 * 1 + 0.4 * 3) / 4)
    assert values["below_offer_share"] == 0.5


def test_without_listings_there_is_nothing() -> None:
    assert first_days({}).is_empty()
    assert first_days({"ipo_hk": HONG_KONG.clear()}).is_empty()


@pytest.mark.parametrize(
    ("board", "listed", "counts"),
    [
        ("STAR", date(2019, 7, 22), True), ("ChiNext", date(2020, 8, 24), True),
        ("ChiNext", date(2020, 8, 23), False), ("Main", date(2023, 4, 10), True),
        ("Main", date(2023, 4, 9), False), ("BSE", date(2020, 1, 2), True),
    ],
)  # fmt: skip
def test_mainland_first_days_count_from_the_registration_of_their_board(
    board, listed, counts
) -> None:
    """Beijing's shares were never capped."""
    frame = pl.DataFrame({
        "known_at": [datetime(listed.year, listed.month, listed.day, 9)] * 3,
        "code": ["1.SH", "2.SH", "3.SH"], "board": board, "listing_date": listed,
        "offer_price_cny": [10.0, 0.0, 10.0], "first_day_close_cny": [12.0, 12.0, 15.0],
        "first_day_return": [None, None, 0.4], "proceeds_cny": [3e8, 1e8, 1e8],
    }, schema_overrides={"first_day_return": pl.Float64})  # fmt: skip
    found = first_days({"ipo_a": frame})
    values = dict(found.select("measure", "value").iter_rows())

    assert bool(values) is counts
    if counts:
        assert found["reference"].unique().to_list() == [f"{board} {listed.year}"]
        assert found["n"].unique().to_list() == [2], "an offer for nothing has no first day"
        assert values["weighted_by_money"] == pytest.approx((0.2 * 3 + 0.4) / 4)
        assert (values["lower_quartile"], values["upper_quartile"]) == pytest.approx((0.25, 0.35))
