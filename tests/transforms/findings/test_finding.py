"""Series as findings read them, and how strongly a finding is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.findings.finding import Finding, Histories, Number, Strength
from transforms.findings.rarity import Rarity
from warehouse.catalog import cutoff

DAY = date(2025, 12, 19)
EVENING = datetime(2025, 12, 19, 10)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def number(day: date = DAY, known_at: datetime = EVENING) -> Number:
    return Number(1.0, "count", day, known_at)


def finding(
    *numbers: Number,
    q: float | None,
    since: date | None = None,
    record: bool = False,
    told_at: datetime | None = None,
) -> Finding:
    rarity = Rarity(q, 0.0, since, record, date(2012, 1, 4), 3000)
    roles = {str(n): one for n, one in enumerate(numbers)}
    return Finding("close", "A", "price", rarity, 0.0, roles, told_at=told_at)


@pytest.mark.parametrize(
    ("q", "since", "record", "strength"),
    [
        (None, None, True, Strength.ORDINARY),
        (89.9, None, False, Strength.ORDINARY),
        (90.0, None, False, Strength.NOTABLE),
        (97.4, None, False, Strength.NOTABLE),
        (97.5, None, False, Strength.RARE),
        (50.0, None, True, Strength.RARE),
        (50.0, DAY - days(365), False, Strength.ORDINARY),
        (50.0, DAY - days(366), False, Strength.RARE),
    ],
)
def test_a_finding_is_as_strong_as_it_is_rare_or_long_awaited(q, since, record, strength):
    one = finding(number(DAY - days(9)), number(), q=q, since=since, record=record)

    assert one.strength is strength


def test_a_finding_without_numbers_has_awaited_nothing():
    assert finding(q=50.0, since=date(2015, 1, 5), told_at=EVENING).strength is Strength.ORDINARY


def test_a_finding_is_known_with_the_last_of_what_it_says():
    later = EVENING + days(1)

    assert finding(number(known_at=later), number(), q=None).known_at == later
    assert finding(number(), q=None, told_at=later).known_at == later
    assert finding(number(known_at=later), q=None, told_at=EVENING).known_at == later


def frame(*rows: tuple[str, str, int, float | None, int]) -> pl.DataFrame:
    """(metric, entity, days before DAY, value, days until known) rows of three members each."""
    return pl.DataFrame(
        [
            (metric, entity, DAY - days(back), value, EVENING - days(back - late), 3)
            for metric, entity, back, value, late in rows
        ],
        {"metric": pl.String, "entity": pl.String, "observation_date": pl.Date,
         "value": pl.Float64, "known_at": pl.Datetime("us"), "n": pl.Int64},
        orient="row",
    )  # fmt: skip


MIXED = frame(
    ("close", "A", 1, 2.0, 0), ("close", "A", 3, 1.0, 3), ("close", "A", 0, 3.0, 0),
    ("close", "A", 2, None, 0), ("close", "A", 4, float("inf"), 0), ("close", "B", 0, 9.0, 0),
    ("other", "A", 0, 7.0, 0), ("close", "A", -1, 4.0, 0),
)  # fmt: skip


def test_a_series_has_its_numbers_by_day_up_to_the_last_session():
    """Whatever order the rows have; what is no number is not there."""
    histories = Histories(MIXED, ["close"], DAY)
    past = histories.of("close", "A")

    assert past is not None
    assert past.values.tolist() == [1.0, 2.0, 3.0]
    assert past.days.tolist() == [DAY - days(3), DAY - days(1), DAY]
    assert past.known.tolist() == [EVENING, EVENING - days(1), EVENING]
    assert past.counts.tolist() == [3.0] * 3
    assert histories.of("other", "A") is None
    assert sorted(histories.entities("close")) == ["A", "B"]
    assert Histories(MIXED.reverse(), ["close"], DAY).of("close", "A").values.tolist() == [1, 2, 3]


def test_a_day_has_its_place_or_none():
    past = Histories(MIXED, ["close"], DAY).of("close", "A")
    places = {
        back: (past.place(DAY - days(back)), past.after(DAY - days(back))) for back in range(5)
    }

    assert places == {0: (2, 3), 1: (1, 2), 2: (None, 1), 3: (0, 1), 4: (None, 0)}
    assert [past.day(0), past.known_at(0)] == [DAY - days(3), EVENING]
    assert past.until(DAY - days(1)).values.tolist() == [1.0, 2.0]
    assert len(past.until(DAY - days(1)).known) == len(past.until(DAY - days(1)).counts) == 2


def test_of_a_day_before_there_is_what_was_known_at_its_end():
    """The oldest value came three days late, with the newest one."""
    histories = Histories(MIXED, ["close"], DAY)
    eve = histories.known(DAY - days(1))

    assert eve.of("close", "A").values.tolist() == [2.0]
    assert len(eve.of("close", "A").days) == 1
    assert len(eve.of("close", "B")) == 0
    assert histories.known(DAY).of("close", "A").values.tolist() == [1.0, 2.0, 3.0]
    assert histories.of("close", "A").values.tolist() == [1.0, 2.0, 3.0]


def test_what_comes_at_the_cutoff_is_known():
    at = frame(("close", "A", 0, 1.0, 0)).with_columns(known_at=pl.lit(cutoff(DAY)))
    after = at.with_columns(known_at=pl.lit(cutoff(DAY) + timedelta(microseconds=1)))

    assert [
        len(Histories(one, ["close"], DAY).known(DAY).of("close", "A")) for one in (at, after)
    ] == [1, 0]
