"""First days of listings over ninety days and twelve months, from drawn listings."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.metrics.first_days import (
    first_days,
    ipo_a_first_day_return_90d,
    ipo_below_offer_share_90d,
    ipo_first_day_return_median_12m,
    ipo_first_day_return_median_90d,
    ipo_first_day_return_rank_24m,
    ipo_first_day_return_weighted_90d,
    ipo_hk_first_day_return_90d,
    ipo_money_left_90d_cny,
    ipo_oversubscription_90d,
)

FIRST = date(2024, 1, 1)
OLD = (0, 9.0)  # the listing with which the history begins


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def listed(*rows: tuple[int, float | None], place: str = "HK", **more: object) -> pl.DataFrame:
    """Listings of a place: the number of the day and the first day's return."""
    return pl.DataFrame(
        {
            "entity": [f"{n:04d}.{place}" for n in range(len(rows))],
            "observation_date": [day(number) for number, _ in rows],
            "first_day": [gain for _, gain in rows],
            "raised": 1.0,
            "known_at": [datetime(2024, 1, 1, 9) + timedelta(days=number) for number, _ in rows],
        },
        schema_overrides={"first_day": pl.Float64},
    ).with_columns(**more)


def gains(count: int, on: int = 100) -> list[tuple[int, float | None]]:
    """So many listings on one day that gained 1, 2, 3 …"""
    return [(on, float(n)) for n in range(1, count + 1)]


def both(hk: pl.DataFrame | None = None, a: pl.DataFrame | None = None) -> pl.DataFrame:
    return first_days.compute(a, hk)


def told(frame: pl.DataFrame) -> dict[str, float]:
    """Values by place and number of the day."""
    rows = frame.drop_nulls("value").select("entity", "observation_date", "value").iter_rows()
    return {f"{place} {(when - FIRST).days}": value for place, when, value in rows}


def test_listings_without_a_first_day_are_left_out_and_places_stand_apart():
    hk = listed((5, 0.2), (3, None), (3, 0.1))
    found = both(hk, listed((4, 0.5), place="SH"))

    assert found.select("entity", "first_day", "code").rows() == [
        ("A", 0.5, "0000.SH"), ("HK", 0.1, "0002.HK"), ("HK", 0.2, "0000.HK"),
    ]  # fmt: skip
    assert found["multiple"].to_list() == [None] * 3
    assert both(hk)["entity"].unique().to_list() == ["HK"]
    assert both(a=hk)["entity"].unique().to_list() == ["A"]


@pytest.mark.parametrize(
    "metric",
    [ipo_first_day_return_median_90d, ipo_below_offer_share_90d, ipo_first_day_return_weighted_90d],
)
@pytest.mark.parametrize(("count", "there"), [(10, True), (9, False)])
def test_ninety_days_need_ten_listings(metric, count, there):
    found = metric.compute(both(listed(OLD, *gains(count))))

    assert found["n"].to_list() == ([count] if there else [])


@pytest.mark.parametrize(("begins", "there"), [(10, True), (11, False)])
def test_spans_begin_when_the_history_is_ninety_days_long(begins, there):
    found = ipo_first_day_return_median_90d.compute(both(listed((begins, 9.0), *gains(10))))

    assert bool(told(found)) is there


@pytest.mark.parametrize(("old", "n"), [(10, 10), (11, 11)])
def test_a_listing_of_ninety_days_ago_has_fallen_out(old, n):
    found = ipo_first_day_return_median_90d.compute(both(listed(OLD, (old, 0.0), *gains(10))))

    assert found["n"].to_list() == [n]


def test_the_middle_the_mean_by_money_and_the_share_below_the_offer():
    values = [(100, gain) for gain in (-0.5, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 9.0)]
    frame = both(
        listed(OLD, *values, raised=pl.when(pl.col("first_day") == -0.5).then(91.0).otherwise(1.0))
    )

    assert told(ipo_first_day_return_median_90d.compute(frame)) == {"HK 100": pytest.approx(0.25)}
    assert told(ipo_below_offer_share_90d.compute(frame)) == {"HK 100": pytest.approx(0.2)}
    by_money = (91 * -0.5 + 11.0) / 100
    assert told(ipo_first_day_return_weighted_90d.compute(frame)) == {
        "HK 100": pytest.approx(by_money)
    }


def test_a_day_has_one_row_after_all_of_its_listings_known_with_the_last_known_so_far():
    rows = listed(OLD, *gains(10, on=100), *gains(2, on=101)).with_columns(
        known_at=pl.when(pl.int_range(pl.len()) == 3)
        .then(datetime(2030, 1, 1))
        .otherwise("known_at")
    )
    found = ipo_first_day_return_median_90d.compute(both(rows))

    assert found["n"].to_list() == [10, 12]
    assert found["known_at"].to_list() == [datetime(2030, 1, 1)] * 2


def test_the_mean_is_of_each_place():
    a = listed(OLD, *gains(10), place="SH")
    hk = listed(OLD, *[(100, 1.0)] * 10, (100, None))

    assert told(ipo_a_first_day_return_90d.compute(both(hk, a))) == {"A 100": pytest.approx(5.5)}
    assert told(ipo_hk_first_day_return_90d.compute(hk)) == {"HK 100": pytest.approx(1.0)}
    assert told(ipo_hk_first_day_return_90d.compute(listed(OLD, *gains(9)))) == {}


def test_places_whose_histories_began_on_one_day_stay_apart():
    a, hk = listed(OLD, *gains(10), place="SH"), listed(OLD, *[(100, 1.0)] * 10)

    assert told(ipo_first_day_return_median_90d.compute(both(hk, a))) == {
        "A 100": 5.5, "HK 100": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(("last", "there"), [(366, True), (365, False)])
def test_twelve_months_begin_after_a_year(last, there):
    """2024 is a leap year."""
    found = ipo_first_day_return_median_12m.compute(both(listed(OLD, *gains(10, on=last))))

    assert told(found) == ({f"HK {last}": 5.5} if there else {})


def test_times_subscribed_are_of_listings_that_state_them():
    multiple = pl.when(pl.int_range(pl.len()) != 3).then(pl.int_range(pl.len()) * 10.0)
    found = ipo_oversubscription_90d.compute(both(listed(OLD, *gains(11), multiple=multiple)))

    assert found["n"].to_list() == [10]
    assert told(found) == {"HK 100": pytest.approx(65.0)}
    few = ipo_oversubscription_90d.compute(both(listed(OLD, *gains(10), multiple=multiple)))
    assert told(few) == {}


def test_money_left_needs_all_money_known():
    known = (
        listed(OLD, *gains(10))
        .rename({"entity": "code"})
        .with_columns(place=pl.lit("HK"), raised=pl.lit(2.0))
    )
    open_first = known.with_columns(raised=pl.when(pl.int_range(pl.len()) != 4).then("raised"))

    assert told(ipo_money_left_90d_cny.compute(known)) == {"HK 100": 110.0}
    assert told(ipo_money_left_90d_cny.compute(open_first)) == {}
    unpriced = known.with_columns(first_day=pl.when(pl.col("first_day") != 10).then("first_day"))
    assert told(ipo_money_left_90d_cny.compute(unpriced)) == {}


def test_a_median_is_ranked_among_those_of_two_years_from_ten_on():
    medians = pl.DataFrame({
        "entity": "HK", "observation_date": [day(n) for n in range(11)],
        "value": [*map(float, range(10)), 4.5], "known_at": datetime(2024, 1, 1), "n": 10,
    })  # fmt: skip
    found = told(ipo_first_day_return_rank_24m.compute(medians))

    assert found == {"HK 9": pytest.approx(95.0), "HK 10": pytest.approx(50.0)}
