"""Lists of unicorns, each beside its own year before: numbers, and names."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from transforms.metrics.unicorn import (
    unicorn_exits,
    unicorn_growth_1y,
    unicorn_net_adds,
    unicorn_years,
)


def moment(year: int, hour: int = 8) -> datetime:
    return datetime(year, 12, 31, hour)


def counted(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """scope, list, year, count; each year known on its last day."""
    told = [(*row, date(row[2], 12, 31), moment(row[2])) for row in rows]
    return pl.DataFrame(
        told, ["scope", "list_name", "year", "count", "observation_date", "known_at"], orient="row"
    )


def named(*rows: tuple[str, int, str]) -> pl.DataFrame:
    """list, year, the letters of its companies; each published a day later than the one before."""
    told = [
        (name, year, company, date(year, 4, 1 + n), datetime(year, 4, 2 + n))
        for name, year, companies in rows
        for n, company in enumerate(companies)
    ]
    return pl.DataFrame(
        told, ["list_name", "year", "company", "published_on", "known_at"], orient="row"
    )


def years(**frames: pl.DataFrame) -> list[tuple]:
    found = unicorn_years.compute(**frames)
    return found.select("entity", "year", "count", "before", "left").rows()


def test_of_a_number_nobody_knows_who_left():
    assert years(unicorn_count=counted(("CN", "a", 2024, 2), ("CN", "a", 2025, 9))) == [
        ("CN", 2025, 9, 2, None)
    ]


@pytest.mark.parametrize(("before", "now", "there"), [(1, 1, True), (0, 9, False), (9, 0, False)])
def test_a_count_of_nothing_is_no_count(before, now, there):
    frame = counted(("CN", "a", 2024, before), ("CN", "a", 2025, now))

    assert bool(years(unicorn_count=frame)) is there


def test_a_year_that_was_skipped_is_no_year_before():
    assert years(unicorn_count=counted(("CN", "a", 2023, 2), ("CN", "a", 2025, 9))) == []


def test_each_scope_keeps_the_list_that_gave_two_years_first_then_by_name():
    frame = counted(
        ("CN", "b", 2023, 5), ("CN", "b", 2024, 6), ("CN", "a", 2024, 2), ("CN", "a", 2025, 9),
        ("US", "b", 2024, 3), ("US", "b", 2025, 4), ("US", "a", 2024, 7), ("US", "a", 2025, 8),
    )  # fmt: skip

    assert years(unicorn_count=frame) == [("CN", 2024, 6, 5, None), ("US", 2025, 8, 7, None)]


def test_a_list_of_names_tells_who_left_it():
    """Of five, two are gone; two came."""
    found = years(
        unicorn_company=named(("x", 2024, "abcde"), ("x", 2025, "cdefg"), ("y", 2025, "a"))
    )

    assert found == [("x", 2025, 5, 5, 2)]
    everyone = years(unicorn_company=named(("x", 2024, "ab"), ("x", 2025, "cde")))
    assert everyone == [("x", 2025, 3, 2, 2)], "nobody stayed"


def test_a_count_is_of_the_day_on_which_the_last_name_was_published():
    row = unicorn_years.compute(unicorn_company=named(("x", 2024, "ab"), ("x", 2025, "abc")))

    assert row["observation_date"].to_list() == [date(2025, 4, 3)]
    assert row["known_at"].to_list() == [datetime(2025, 4, 4)]


def test_a_growth_is_known_when_both_years_are():
    late = counted(("CN", "a", 2024, 2), ("CN", "a", 2025, 9)).with_columns(
        known_at=pl.when(pl.col("year") == 2024).then(moment(2026)).otherwise("known_at")
    )

    assert unicorn_years.compute(unicorn_count=late)["known_at"].to_list() == [moment(2026)]


def test_both_kinds_of_lists_stand_side_by_side():
    found = years(
        unicorn_count=counted(("CN", "a", 2024, 2), ("CN", "a", 2025, 9)),
        unicorn_company=named(("A list", 2024, "ab"), ("A list", 2025, "b")),
    )

    assert [row[0] for row in found] == ["A list", "CN"]


def test_growth_additions_and_exits_with_the_count():
    frame = unicorn_years.compute(
        unicorn_count=counted(("CN", "a", 2024, 2), ("CN", "a", 2025, 9)),
        unicorn_company=named(("x", 2024, "abcde"), ("x", 2025, "cdef")),
    )

    assert unicorn_growth_1y.compute(frame)["value"].to_list() == [3.5, pytest.approx(-0.2)]
    assert unicorn_net_adds.compute(frame)["value"].to_list() == [7.0, -1.0]
    exits = unicorn_exits.compute(frame)
    assert exits.select("entity", "value", "n").rows() == [("x", 2.0, 4)]
