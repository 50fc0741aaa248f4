"""Turnover and capitalisation of both exchanges, only where both have published them."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from transforms.metrics.turnover import (
    capitalisation_days,
    turnover_5d_cny,
    turnover_20d_cny,
    turnover_20d_vs_250d,
    turnover_days,
    turnover_rate_20d,
    turnover_velocity,
    turnover_vs_250d,
    turnover_vs_record,
)

NAN = float("nan")


def published(*rows: tuple[str, int, float | None, float | None, float | None]) -> pl.DataFrame:
    """exchange, day of January, amount, value, tradable value; known at so many past eight."""
    schema = {"exchange": pl.String, "day": pl.Int64, "amount_cny": pl.Float64,
              "market_cap_cny": pl.Float64, "float_market_cap_cny": pl.Float64}  # fmt: skip
    frame = pl.DataFrame(rows, schema, orient="row")
    return frame.select(
        pl.exclude("day"),
        trade_date=pl.date(2026, 1, pl.col("day")),
        known_at=pl.datetime(2026, 1, pl.col("day"), 8, time_unit="us")
        + pl.duration(minutes=pl.int_range(pl.len())),
    )


def test_a_day_of_one_exchange_is_none_and_beijing_is_left_out():
    found = turnover_days.compute(published(
        ("SZSE", 6, 2.0, None, None), ("SSE", 6, 1.0, None, None), ("BSE", 6, 9.0, None, None),
        ("SSE", 5, 3.0, None, None), ("SZSE", 5, 4.0, None, None),
        ("SSE", 7, 1.0, None, None), ("BSE", 7, 1.0, None, None), ("SSE", 8, 1.0, None, None),
        ("SZSE", 8, 0.0, None, None), ("SSE", 9, 1.0, None, None), ("SZSE", 9, NAN, None, None),
    ))  # fmt: skip

    assert found.select("observation_date", "value", "entity").rows() == [
        (date(2026, 1, 5), 7.0, "SSE+SZSE"), (date(2026, 1, 6), 3.0, "SSE+SZSE"),
    ]  # fmt: skip
    assert found["known_at"].to_list() == [datetime(2026, 1, 5, 8, 4), datetime(2026, 1, 6, 8, 1)]


def test_capitalisation_is_told_by_exchange_and_for_both_where_both_have_all_of_it():
    found = capitalisation_days.compute(published(
        ("SZSE", 5, 1.0, 20.0, 10.0), ("SSE", 5, 2.0, 40.0, 30.0), ("BSE", 5, 2.0, 40.0, 30.0),
        ("SSE", 6, 2.0, 40.0, None), ("SZSE", 6, 1.0, 20.0, 10.0),
        ("SSE", 7, 2.0, None, 30.0), ("SSE", 8, None, 40.0, 30.0), ("SSE", 9, 2.0, -1.0, 30.0),
    ))  # fmt: skip

    assert found.drop("known_at").select(
        "entity", "observation_date", "amount_cny", "market_cap_cny", "float_market_cap_cny"
    ).rows() == [
        ("SSE", date(2026, 1, 5), 2.0, 40.0, 30.0),
        ("SSE+SZSE", date(2026, 1, 5), 3.0, 60.0, 40.0),
        ("SZSE", date(2026, 1, 5), 1.0, 20.0, 10.0),
        ("SZSE", date(2026, 1, 6), 1.0, 20.0, 10.0),
    ]
    assert found["known_at"].to_list()[1] == datetime(2026, 1, 5, 8, 1), "with the later of both"


@pytest.mark.parametrize("without", ["market_cap_cny", "float_market_cap_cny"])
def test_pages_without_capitalisation_give_none(without):
    frame = published(("SSE", 5, 1.0, 2.0, 3.0), ("SZSE", 5, 1.0, 2.0, 3.0))

    assert capitalisation_days.compute(frame.drop(without)).is_empty()
    assert capitalisation_days.compute(frame).height == 3


def series(*values: float, entity: str = "SSE+SZSE") -> pl.DataFrame:
    days = pl.date_range(date(2024, 1, 1), date(2026, 1, 1), eager=True)[: len(values)]
    return pl.DataFrame({
        "entity": entity, "observation_date": days, "value": list(values),
        "known_at": days.cast(pl.Datetime("us")),
    })  # fmt: skip


@pytest.mark.parametrize(("metric", "window"), [(turnover_5d_cny, 5), (turnover_20d_cny, 20)])
def test_means_are_over_so_many_days_and_known_with_the_last_of_them(metric, window):
    late = pl.when(pl.int_range(pl.len()) == 1).then(datetime(2030, 1, 1)).otherwise("known_at")
    found = metric.compute(series(*map(float, range(25))).with_columns(known_at=late))

    assert found["value"].null_count() == window - 1
    assert found["value"][-1] == pytest.approx(24 - (window - 1) / 2)
    assert (found["known_at"] == datetime(2030, 1, 1)).sum() == window


@pytest.mark.parametrize(("metric", "short"), [(turnover_vs_250d, 5), (turnover_20d_vs_250d, 20)])
def test_a_year_s_mean_holds_the_days_that_are_compared_with_it(metric, short):
    found = metric.compute(series(*[1.0] * (251 - short), *[3.0] * short))

    mean = ((250 - short) * 1 + short * 3) / 250
    assert found["value"][-1] == pytest.approx(3 / mean)
    assert found["value"].null_count() == 249


def test_a_record_is_held_against_the_largest_before_it_from_a_year_on():
    found = turnover_vs_record.compute(series(5.0, *[1.0] * 247, 2.0, 4.0, 10.0))["value"].to_list()

    assert found[:249] == [None] * 249
    assert found[249:] == [pytest.approx(0.8), pytest.approx(2.0)]


def test_rates_are_means_of_each_exchange_by_itself():
    days = pl.date_range(date(2025, 1, 1), date(2025, 2, 10), eager=True)[:25]
    parts = [
        pl.DataFrame({
            "entity": name, "observation_date": days, "known_at": days.cast(pl.Datetime("us")),
            "amount_cny": amount, "float_market_cap_cny": 100.0,
        })
        for name, amount in (("SSE", 2.0), ("SZSE", 4.0))
    ]  # fmt: skip
    rate = turnover_rate_20d.compute(pl.concat(parts)).drop_nulls("value")
    velocity = turnover_velocity.compute(pl.concat(parts)).drop_nulls("value")

    assert rate.height == 2 * 6
    assert dict(rate.select("entity", "value").unique().iter_rows()) == pytest.approx(
        {"SSE": 0.02, "SZSE": 0.04}
    )
    assert velocity["value"].to_list() == pytest.approx([243 * value for value in rate["value"]])
