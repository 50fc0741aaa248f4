"""Borrowed money by day: holes, moves and their like, rules in force, months."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.metrics.margin import (
    margin_days,
    margin_fall_20d_months,
    margin_financing_change_1d,
    margin_intensity_5d,
    margin_move_5d_cny,
    margin_move_5d_months,
    margin_purchases,
    margin_requirement,
    margin_rise_20d_months,
    margin_rules,
    margin_to_total_cap,
    margin_to_total_cap_monthly,
)

FIRST = date(2026, 1, 5)
MONTH = 365.25 / 12


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2026, 1, 5, 12) + timedelta(days=number)


def balances(*values: float | None, **more: list[float | None]) -> pl.DataFrame:
    """margin_market of consecutive days, each known at noon of its day."""
    days = range(len(values))
    return pl.DataFrame(
        {
            "trade_date": map(day, days),
            "financing_balance_cny": list(values),
            "known_at": map(noon, days),
            **more,
        },
        schema_overrides={
            "financing_balance_cny": pl.Float64,
            "financing_purchases_cny": pl.Float64,
        },
    )


def of(*values: float | None) -> pl.DataFrame:
    return margin_days.compute(balances(*values))


def told(frame: pl.DataFrame) -> dict[int, float]:
    """Values by the number of the day."""
    rows = frame.drop_nulls("value").select("observation_date", "value").iter_rows()
    return {(when - FIRST).days: value for when, value in rows}


def test_days_without_a_balance_are_left_out_and_come_in_order():
    found = margin_days.compute(balances(1.0, None, 0.0, float("nan"), 5.0).reverse())

    assert told(found) == {0: 1.0, 4: 5.0}
    assert found["purchases_cny"].to_list() == [None, None]
    assert found["entity"].unique().to_list() == ["CN"]


def sessions(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "observation_date": map(day, numbers),
            "session": pl.Series(range(len(numbers)), dtype=pl.UInt32),
        }
    )


def test_a_day_after_a_hole_has_no_change_of_a_day():
    days = of(100.0, 110.0, None, None, 121.0, 121.0)
    with_all = told(margin_financing_change_1d.compute(days, sessions(0, 1, 3, 4, 5)))
    weekend = told(margin_financing_change_1d.compute(days, sessions(0, 1, 4, 5)))
    unknown = told(margin_financing_change_1d.compute(days))

    assert with_all == pytest.approx({1: 0.1, 5: 0.0})
    assert weekend == unknown == pytest.approx({1: 0.1, 4: 0.1, 5: 0.0})


def test_a_move_is_over_five_published_days_and_known_with_all_of_them():
    late = balances(1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 9.0).with_columns(
        known_at=pl.when(pl.int_range(pl.len()) == 0).then(noon(90)).otherwise("known_at")
    )
    found = margin_move_5d_cny.compute(margin_days.compute(late))

    assert told(found) == {5: 8.0, 6: 7.0}
    assert found["known_at"].to_list() == [noon(90), noon(6)]


def levels(*moves: float) -> pl.DataFrame:
    """Balances whose moves of five days are these."""
    values = [100.0] * 5
    for move in moves:
        values.append(values[-5] + move)
    return of(*values)


@pytest.mark.parametrize(
    ("moves", "back"),
    [
        ([3, 1, 2, 3], 3),  # as large counts
        ([3, 1, 2, 4], None),  # never: to the first of all
        ([-3, 1, 2, 3], 3),  # a fall is as large as a rise
        ([3, 2, 1, -2], 2),
    ],
)
def test_moves_are_held_against_the_last_as_large(moves, back):
    found = margin_move_5d_months.compute(levels(*moves))
    last = found.row(-1, named=True)

    assert found.height == 3, "the first move has nothing before it"
    assert last["n"] == back
    assert last["value"] == pytest.approx((back or 3) / MONTH)


def test_rises_and_falls_of_twenty_days_are_apart():
    steps = [100.0] * 20 + [101.0] * 20 + [90.0] * 20 + [95.0] * 3
    rises, falls = (m.compute(of(*steps)) for m in (margin_rise_20d_months, margin_fall_20d_months))

    assert rises["moved"].min() > 0
    assert falls["moved"].min() > 0
    assert set(told(rises)) == {*range(21, 40), 60, 61, 62}
    assert set(told(falls)) == set(range(40, 60))
    assert rises.row(-3, named=True)["n"] is None, "no rise before was as large"
    assert rises.row(-1, named=True)["n"] == 1
    assert falls.row(1, named=True)["n"] == 1


def test_a_balance_is_held_against_both_exchanges_of_its_day():
    caps = pl.DataFrame({
        "entity": ["SSE", "SSE+SZSE", "SSE+SZSE"], "observation_date": [day(0), day(0), day(2)],
        "market_cap_cny": [10.0, 400.0, 500.0], "known_at": [noon(0), noon(5), noon(2)],
    })  # fmt: skip
    found = margin_to_total_cap.compute(of(40.0, 41.0, 50.0), caps)

    assert told(found) == {0: 0.1, 2: 0.1}
    assert found["known_at"].to_list() == [noon(5), noon(2)]


def test_a_month_is_its_last_balance_over_both_exchanges_at_its_end():
    caps = pl.DataFrame({
        "exchange": ["SSE", "SZSE", "SSE", "SSE", "SZSE", "SZSE"],
        "month": [date(2026, 1, 1)] * 2 + [date(2026, 2, 1)] + [date(2026, 3, 1)] * 3,
        "market_cap_cny": [300.0, 100.0, 300.0, 300.0, 0.0, None],
        "known_at": [noon(40), noon(41), noon(60), noon(90), noon(90), noon(90)],
    })  # fmt: skip
    found = margin_to_total_cap_monthly.compute(of(*[20.0] * 26, 40.0, *[30.0] * 40), caps)

    assert told(found) == {26: 0.1}
    assert found["known_at"].to_list() == [noon(41)]


def purchases(*bought: float | None) -> pl.DataFrame:
    days = margin_days.compute(balances(*[1.0] * len(bought), financing_purchases_cny=list(bought)))
    turnover = pl.DataFrame({
        "entity": "SSE+SZSE", "observation_date": [day(n) for n in range(len(bought))],
        "value": 50.0, "known_at": [noon(n + 1) for n in range(len(bought))],
    })  # fmt: skip
    return margin_purchases.compute(days, turnover.filter(pl.col("observation_date") != day(2)))


def test_purchases_are_over_turnover_on_days_with_both():
    found = purchases(5.0, None, 5.0, float("nan"), 10.0, 15.0)

    assert told(found) == pytest.approx({0: 0.1, 4: 0.2, 5: 0.3})
    assert found["known_at"].to_list() == [noon(1), noon(5), noon(6)]
    assert told(margin_intensity_5d.compute(purchases(*[5.0] * 7))) == pytest.approx(
        {5: 0.1, 6: 0.1}
    )


def rules(*rows: tuple[str, int | None, float, int]) -> pl.DataFrame:
    """series, day in force, per cent, day on which it was known."""
    frame = pl.DataFrame(
        {
            "series": [row[0] for row in rows],
            "effective_on": pl.Series(
                [None if row[1] is None else day(row[1]) for row in rows], dtype=pl.Date
            ),
            "number": [row[2] for row in rows],
            "known_at": [noon(row[3]) for row in rows],
        }
    )
    return margin_rules.compute(frame)


def test_rules_stand_by_the_day_in_force_and_those_without_one_are_none():
    found = rules(
        ("margin ratio", 9, 80.0, 3), ("margin ratio", 2, 100.0, 1), ("another", 3, 5.0, 1),
        ("margin ratio", None, 50.0, 1),
    )  # fmt: skip

    assert found.rows() == [(day(2), 1.0, noon(1)), (day(9), 0.8, noon(3))]


@pytest.mark.parametrize(
    ("since", "known", "expected"),
    [(1, 0, [None, 1.0, 1.0]), (1, 1, [None, 1.0, 1.0]), (1, 2, [None, None, 1.0]),
     (3, 0, [None, None, None]), (0, 0, [1.0, 1.0, 1.0])],
)  # fmt: skip
def test_a_rule_holds_from_its_day_once_it_is_known(since, known, expected):
    found = margin_requirement.compute(
        of(1.0, 1.0, 1.0), rules(("margin ratio", since, 100.0, known))
    )

    assert found["rule"].to_list() == expected
