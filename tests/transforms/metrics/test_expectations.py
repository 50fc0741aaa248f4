"""What analysts expect: pairs of years, revisions of one broker, and newest notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.metrics.expectations import (
    earnings_growth_expected,
    eps_growth_expected_median,
    eps_revision_breadth_90d,
    guidance_rising_share,
)

SEEN = date(2026, 1, 5)
MOMENT = datetime(2026, 1, 5, 8)


def consensus(*rows: tuple[str, int, str, float | None], hours: int = 0) -> pl.DataFrame:
    """code, fiscal year, currency, profit."""
    frame = pl.DataFrame(
        rows, {"code": pl.String, "fiscal_year": pl.Int64, "currency": pl.String,
               "net_profit_reported": pl.Float64}, orient="row",
    )  # fmt: skip
    return frame.with_columns(
        snapshot_date=SEEN,
        known_at=pl.lit(MOMENT) + pl.duration(hours=hours * pl.int_range(pl.len())),
    )


def pairs(*growths: float, currency: str = "CNY", first: float = 10.0) -> list[tuple]:
    """Companies that earn `first` this year and grow by so much in the next."""
    return [
        row
        for n, growth in enumerate(growths)
        for row in (
            (f"{currency}{n}", 2026, currency, first),
            (f"{currency}{n}", 2027, currency, first * (1 + growth)),
        )
    ]


def rates(**parity: float) -> pl.DataFrame:
    rows = [(currency, date(2020, 1, 2), value) for currency, value in parity.items()]
    later = [(currency, date(2026, 1, 2), 100.0) for currency in parity]
    frame = pl.DataFrame([*later, *rows], ["currency", "rate_date", "cny_per_unit"], orient="row")
    return frame.with_columns(known_at=MOMENT)


def expected(*args: pl.DataFrame) -> list[tuple]:
    return earnings_growth_expected.compute(*args).select("value", "n", "coverage").rows()


def test_expected_growth_is_of_the_sums_of_five_companies_or_more():
    five = consensus(*pairs(0.1, 0.2, 0.3, 0.4, 0.5))

    assert expected(five) == [(pytest.approx(0.3), 5, pytest.approx(5 / 7))]
    assert expected(consensus(*pairs(0.1, 0.2, 0.3, 0.4))) == []


def test_other_currencies_weigh_at_their_first_parity_and_without_one_are_left_out():
    rows = [*pairs(*[0.0] * 5), *pairs(1.0, currency="USD"), *pairs(2.0, currency="HKD")]
    frame = consensus(*rows)

    assert expected(frame) == [(0.0, 5, pytest.approx(5 / 7))]
    assert expected(frame, rates(USD=5.0)) == [(pytest.approx(0.5), 6, pytest.approx(6 / 7))]
    both = expected(frame, rates(USD=5.0, HKD=1.0))
    assert both == [(pytest.approx((50 + 20) / 110), 7, 1.0)]
    assert expected(consensus(*rows, *pairs(9.0, currency="EUR")), rates(EUR=1.0))[0][1] == 5


def test_only_the_year_of_the_snapshot_and_the_next_count():
    rows = [*pairs(*[0.1] * 5), ("CNY0", 2025, "CNY", 99.0), ("CNY0", 2028, "CNY", 99.0)]
    alone = [("X", 2026, "CNY", 10.0), ("Y", 2027, "CNY", 10.0), ("Z", 2026, "CNY", None)]

    assert expected(consensus(*rows, *alone)) == [(pytest.approx(0.1), 5, pytest.approx(5 / 7))]


def test_a_sum_is_known_with_the_last_of_its_estimates():
    found = earnings_growth_expected.compute(consensus(*pairs(*[0.1] * 5), hours=1))

    assert found["known_at"].to_list() == [MOMENT + timedelta(hours=9)]
    assert found["observation_date"].to_list() == [SEEN]


def per_share(*growths: float, now: float = 1.0) -> pl.DataFrame:
    rows = [
        row
        for n, growth in enumerate(growths)
        for row in ((f"{n:06d}.SZ", 2026, now), (f"{n:06d}.SZ", 2027, now * (1 + growth)))
    ]
    frame = pl.DataFrame(rows, ["code", "fiscal_year", "eps_cny"], orient="row")
    return frame.with_columns(snapshot_date=SEEN, known_at=MOMENT)


def test_the_middle_growth_per_share_is_of_thirty_companies_with_a_profit():
    growths = [n / 100 for n in range(31)]

    found = eps_growth_expected_median.compute(per_share(*growths))
    assert found.select("entity", "observation_date", "n").rows() == [("all", SEEN, 31)]
    assert found["value"].to_list() == [pytest.approx(0.15)]
    assert eps_growth_expected_median.compute(per_share(*growths[:29])).is_empty()
    assert eps_growth_expected_median.compute(per_share(*growths, now=0.0)).is_empty()
    assert eps_growth_expected_median.compute(per_share(*growths, now=-1.0)).is_empty()


def tech(codes: int) -> pl.DataFrame:
    return pl.DataFrame({
        "theme": "tech", "kind": "code", "member": [f"{n:06d}.SZ" for n in range(codes)],
        "valid_from": date(2020, 1, 1), "valid_to": None,
    }, schema_overrides={"valid_to": pl.Date})  # fmt: skip


def test_technology_has_a_middle_of_its_own():
    growths = [0.1] * 30 + [0.5] * 40
    found = eps_growth_expected_median.compute(per_share(*growths), None, tech(30))

    assert sorted(found.select("entity", "value").rows()) == [
        ("all", pytest.approx(0.5)), ("tech", pytest.approx(0.1)),
    ]  # fmt: skip


def estimates(*rows: tuple[int, str, str, int, float | None]) -> pl.DataFrame:
    """day, code, broker, fiscal year, earnings of that year; none of the years after it."""
    schema = {"number": pl.Int64, "code": pl.String, "broker": pl.String, "fiscal_year": pl.Int64,
              "eps_cny": pl.Float64}  # fmt: skip
    frame = pl.DataFrame(rows, schema, orient="row")
    day = pl.lit(date(2025, 1, 1)) + pl.duration(days="number")
    return frame.select(
        pl.exclude("number"), report_date=day, known_at=day.cast(pl.Datetime("us")),
        eps_next_year_cny=pl.lit(None, pl.Float64), eps_second_year_cny=pl.lit(None, pl.Float64),
    )  # fmt: skip


def revised(
    to: float, count: int, after: int = 100, base: int = 0, **changed: object
) -> list[tuple]:
    """So many companies of which a broker says 1, and later something else."""
    told = {"broker": "A", "year": 2025, "code": "S"} | changed
    return [
        row
        for n in range(count)
        for row in (
            (base, f"{told['code']}{n}", "A", 2025, 1.0),
            (base + after, f"{told['code']}{n}", told["broker"], told["year"], to),
        )
    ]


def breadth(*rows: tuple) -> list[tuple]:
    found = eps_revision_breadth_90d.compute(estimates(*rows))
    return [(n, value, (day - date(2025, 1, 1)).days) for n, value, day in
            found.select("n", "value", "observation_date").rows()]  # fmt: skip


def test_breadth_is_the_raised_less_the_lowered_over_both():
    rows = [*revised(1.1, 40), *revised(0.9, 20, code="T"), *revised(1.0, 9, code="U")]

    assert breadth(*rows) == [(60, pytest.approx(20 / 60), 100)]


@pytest.mark.parametrize(("count", "there"), [(50, True), (49, False)])
def test_fifty_revisions_are_needed(count, there):
    assert bool(breadth(*revised(1.1, count))) is there


@pytest.mark.parametrize(("after", "there"), [(180, True), (181, False), (89, False), (90, True)])
def test_an_estimate_is_held_against_one_of_half_a_year_from_ninety_days_of_history_on(
    after, there
):
    assert bool(breadth(*revised(1.1, 50, after=after))) is there


@pytest.mark.parametrize("other", [{"broker": "B"}, {"year": 2026}])
def test_another_broker_or_year_is_no_revision(other):
    assert breadth(*revised(1.1, 60, **other)) == []


def test_estimates_of_later_years_are_held_against_those_of_their_year():
    """Said of 2026 in a report on 2025, and then in one on 2026."""
    early = estimates(*[(0, f"S{n}", "A", 2025, None) for n in range(60)])
    late = estimates(*[(100, f"S{n}", "A", 2026, 2.0) for n in range(60)])
    for column, year in (("eps_next_year_cny", 2026), ("eps_second_year_cny", 2027)):
        first = early.with_columns(pl.lit(1.0).alias(column))
        second = late.with_columns(fiscal_year=pl.lit(year, pl.Int64))
        found = eps_revision_breadth_90d.compute(pl.concat([first, second]))
        assert found["value"].to_list() == [1.0], column


def test_revisions_of_ninety_days_are_added_up():
    rows = [*revised(1.1, 30, after=100), *revised(0.9, 30, after=109, base=80, code="T"),
            *revised(0.9, 30, after=110, base=100, code="U")]  # fmt: skip
    found = {day: (n, value) for n, value, day in breadth(*rows)}

    assert found[189] == (60, pytest.approx(0.0))
    assert 100 not in found
    assert found[210] == (60, pytest.approx(-1.0)), "those of the hundredth day have fallen out"


def notices(*rows: tuple[int, str, date, float]) -> pl.DataFrame:
    """day of January, code, period, profit; a year before it was one."""
    frame = pl.DataFrame(rows, ["number", "code", "period_end", "net_profit_cny"], orient="row")
    day = pl.date(2026, 1, pl.col("number"))
    return frame.select(
        pl.exclude("number"), notice_date=day, known_at=day.cast(pl.Datetime("us")),
        net_profit_year_ago_cny=pl.lit(1.0),
    )  # fmt: skip


YEAR, QUARTER = date(2025, 12, 31), date(2025, 9, 30)


def crowd(day: int, period: date, *profits: float) -> list[tuple]:
    return [(day, f"{n:06d}.SZ", period, profit) for n, profit in enumerate(profits)]


def rising(*rows: tuple, theme: pl.DataFrame | None = None) -> list[tuple]:
    found = guidance_rising_share.compute(notices(*rows), None, theme)
    return [(entity, day.day, round(value * n), n) for entity, day, value, n in
            found.select("entity", "observation_date", "value", "n").rows()]  # fmt: skip


def test_who_expects_more_is_counted_by_the_newest_notice():
    rows = [*crowd(5, YEAR, *[2.0] * 10, *[1.0] * 20), *crowd(7, YEAR, 0.5, 0.5, 3.0)]

    assert rising(*rows) == [("all", 5, 10, 30), ("all", 7, 8, 30)]
    assert rising(*crowd(5, YEAR, *[2.0] * 29)) == []


def test_of_two_periods_on_one_day_the_newer_one_counts():
    rows = [*crowd(5, QUARTER, *[2.0] * 30), *crowd(5, YEAR, *[0.5] * 30), *crowd(4, QUARTER, 2.0)]

    assert rising(*rows) == [("all", 5, 0, 30)]


def test_technology_is_counted_apart_where_it_is_known():
    rows = crowd(5, YEAR, *[2.0] * 30, *[0.5] * 10)

    assert rising(*rows, theme=tech(30)) == [("all", 5, 30, 40), ("tech", 5, 30, 30)]
