"""Events of a week: which they are, how rare their like is, and what is not known yet."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from transforms.findings.dated_events import events_of, policy_events
from transforms.findings.finding import Strength
from transforms.findings.kinds import KINDS
from transforms.findings.span import Kind, Span

FRIDAY = date(2026, 1, 16)
WEEK = Span(date(2026, 1, 9), tuple(date(2026, 1, day) for day in range(12, 17)), Kind.WEEK)
FIRST = date(2016, 1, 18)  # so that ten years of weeks lie before the span
COLUMNS = {
    "event": pl.String, "announced_on": pl.Date, "effective_on": pl.Date, "kind": pl.String,
    "series": pl.String, "body": pl.String, "title_en": pl.String, "title_zh": pl.String,
    "number": pl.Float64, "unit": pl.String, "known_at": pl.Datetime("us"),
}  # fmt: skip


def event(announced: date, name: str = "a", **said: object) -> dict[str, object]:
    """An event of the kind market_rule, known at the end of its day."""
    return {
        "event": f"{announced}-{name}", "announced_on": announced, "kind": "market_rule",
        "body": "SSE", "title_en": "A rule", "title_zh": "规则",
        "known_at": datetime.combine(announced, time(15, 59)), **said,
    }  # fmt: skip


def found(*events: dict[str, object], span: Span = WEEK) -> list:
    listed = pl.DataFrame(list(events), COLUMNS)
    return list(policy_events({"policy_event": listed}, span))


OLD = event(FIRST, kind="tariff")


def test_the_week_has_what_was_announced_or_came_into_force_in_it() -> None:
    names = [
        one.entity[11:]
        for one in found(
            event(date(2026, 1, 9), "of the base"),
            event(date(2026, 1, 9), "in force on Monday", effective_on=date(2026, 1, 12)),
            event(date(2026, 1, 10), "of the weekend"),
            event(FRIDAY, "of the last day"),
            event(date(2026, 1, 17), "of Saturday"),
            event(date(2026, 1, 5), "of the week before", effective_on=date(2026, 1, 19)),
        )
    ]

    assert names == ["in force on Monday", "of the weekend", "of the last day"]


def test_an_event_of_both_days_is_told_once_with_both() -> None:
    (one,) = found(event(date(2026, 1, 12), effective_on=date(2026, 1, 15), number=80.0, unit="%"))

    assert (one.terms["announced"], one.terms["effective"]) == ("2026-01-12", "2026-01-15")
    assert (one.numbers["number"].value, one.numbers["number"].unit) == (80.0, "%")
    assert one.numbers["number"].day == date(2026, 1, 15)
    assert one.known_at == datetime(2026, 1, 12, 15, 59)


def test_it_says_no_more_than_its_kind_declares() -> None:
    declared = KINDS["policy_event"]
    (plain,) = found(event(FRIDAY))
    (full,) = found(event(FRIDAY, number=1.0, unit="%", effective_on=FRIDAY))

    assert plain.kind == declared.name and plain.block == declared.block
    assert set(plain.numbers) == set(declared.numbers)
    assert set(full.numbers) == set(declared.numbers) | set(declared.optional)
    assert set(plain.terms) == set(full.terms) == set(declared.terms)
    assert plain.terms["effective"] == ""


def test_rarity_counts_the_weeks_of_ten_years_that_had_its_like() -> None:
    *_, one = found(
        OLD,
        event(date(2020, 3, 2)),
        event(date(2020, 3, 4), "same week"),
        event(date(2023, 8, 27), kind="monetary"),
        event(FRIDAY),
    )
    weeks = (FRIDAY - FIRST) // timedelta(days=7) + 1

    assert one.numbers["weeks"].value == 2
    assert one.rarity.observations == weeks == 522
    assert one.rarity.q == pytest.approx(100 * (1 - 2 / weeks))
    assert one.surprise == pytest.approx(-math.log10(2 / (weeks + 1)))
    assert one.rarity.since == date(2020, 3, 4)
    assert one.strength is Strength.RARE


def test_what_recurs_is_compared_with_its_series_and_else_with_its_kind() -> None:
    ratio = {"series": "margin ratio"}
    *_, one = found(OLD, event(date(2020, 3, 2)), event(date(2021, 3, 1), **ratio), event(FRIDAY))
    *_, other = found(
        OLD, event(date(2020, 3, 2)), event(date(2021, 3, 1), **ratio), event(FRIDAY, **ratio)
    )

    assert (one.numbers["weeks"].value, other.numbers["weeks"].value) == (3, 2)
    assert other.surprise > one.surprise


def test_what_lies_more_than_ten_years_back_does_not_count() -> None:
    *_, one = found(
        event(date(2015, 11, 13), series="margin ratio"), event(FRIDAY, series="margin ratio")
    )

    assert one.numbers["weeks"].value == 1
    assert one.rarity.since == date(2015, 11, 13)
    assert one.rarity.first == FRIDAY - timedelta(days=3652)


def test_a_short_list_has_no_rank() -> None:
    *_, one = found(event(date(2025, 1, 6)), event(FRIDAY))

    assert (one.rarity.q, one.surprise) == (None, 0.0)
    assert one.strength is Strength.ORDINARY


def test_later_events_change_nothing() -> None:
    """Not even where a list was loaded before its days, and so is known too early."""
    early = datetime(2026, 1, 1)
    before = [OLD, event(date(2020, 3, 2)), event(FRIDAY)]
    later = [event(date(2026, 1, 19), known_at=early), event(date(2026, 2, 2), known_at=early)]

    assert found(*before, *later) == found(*before)


def test_without_a_list_there_is_nothing() -> None:
    assert list(policy_events({}, WEEK)) == []
    assert found() == []


def test_events_are_listed_by_the_day_that_brings_them_into_the_span() -> None:
    rows = [
        event(date(2026, 1, 15), "b"),
        event(date(2026, 1, 9), "z", effective_on=date(2026, 1, 16)),
        event(date(2026, 1, 15), "a"),
        event(date(2026, 1, 10), "y"),
    ]
    found_last_first = [*reversed(found(*rows))]

    assert [one.entity[-1] for one in events_of(found_last_first)] == ["y", "a", "b", "z"]
    assert [one.entity[-1] for one in found(*rows)] == ["z", "y", "a", "b"], (
        "as they were announced"
    )


def test_what_is_announced_after_the_span_is_not_known_in_it() -> None:
    """In force since Wednesday, and announced on the Monday after."""
    assert found(event(date(2026, 1, 19), effective_on=date(2026, 1, 14))) == []
