"""A thesis holds on one side of its line, in the printed digit, and by values that are fresh."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from transforms.engine.metric import metrics
from transforms.facts import FactBook
from transforms.issue.printable import facts
from transforms.issue.scorecard import Reading, Scorecard, Status, readings, scorecard, thesis_facts
from transforms.issue.theses import BY_ID, THESES, Measure, Side, Thesis
from warehouse.catalog import cutoff

FRIDAY = date(2026, 1, 16)
CALENDAR = packaged_calendar().filter(packaged_calendar() > date(2024, 12, 15)).to_frame()
SESSIONS = CALENDAR["trade_date"].filter(CALENDAR["trade_date"] <= FRIDAY).to_list()[-260:]
LINES = [(one, 0.0005 if one.unit == "fraction" else 0.5) for one in THESES]


def frame(one: Thesis, values: list[float | None], days: list[date] | None = None) -> pl.DataFrame:
    """The measure of a thesis on the last sessions, each known in the evening of its day."""
    days = days or SESSIONS[-len(values) :]
    rows = [
        {"metric": one.metric, "entity": one.entity, "observation_date": day, "unit": one.unit}
        | {"value": 1.0, "percentile": None, "score": None} | {one.measure.value: value}
        | {"known_at": datetime.combine(day, time(10)), "percentile_5y": None, "n": 9}
        | {"n_obs": 600, "coverage": 1.0}
        for day, value in zip(days, values, strict=True)
    ]  # fmt: skip
    wanted = dict.fromkeys(("value", "percentile", "score", "percentile_5y"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=wanted)


def card(one: Thesis, values: list[float | None], as_of: date = FRIDAY) -> Scorecard:
    return scorecard(frame(one, values), CALENDAR, as_of)


def row(found: Scorecard, one: Thesis) -> dict[str, object]:
    return found.readings.row(by_predicate=pl.col("thesis") == one.id, named=True)


def test_there_are_nine_and_each_is_measured_by_a_metric_in_both_languages() -> None:
    assert len(BY_ID) == len(THESES) == 9
    for one in THESES:
        for metric, _ in ((one.metric, one.entity), *one.evidence):
            assert metric in metrics()
        assert one.claim.endswith(".")
        assert one.claim_zh.endswith("。")
        if one.measure is Measure.SCORE:
            assert metrics()[one.metric].score is not None


@pytest.mark.parametrize(("one", "step"), LINES, ids=list(BY_ID))
def test_it_flips_exactly_at_its_line(one: Thesis, step: float) -> None:
    """Of values that print on the line, or one digit beside it."""
    below, at, above = (one.line + n * 2 * step for n in (-1, 0, 1))
    found = [row(card(one, [value]), one)["status"] for value in (below, at, above)]
    at_line = Status.HOLDS if one.side is Side.AT_LEAST else Status.FAILS
    assert found == [Status.FAILS, at_line, Status.HOLDS]


def test_the_printed_digit_decides() -> None:
    """69.96 prints 70.0, and 89.6 the 90th; 69.94 and 89.4 do not."""
    rsi, blowoff, breadth = (BY_ID[name] for name in ("overbought", "blow-off", "breadth"))
    for one, just, not_yet in (
        (rsi, 69.95, 69.94),
        (blowoff, 89.5, 89.4),
        (breadth, 0.5005, 0.5004),
    ):
        assert row(card(one, [just]), one)["status"] == Status.HOLDS
        assert row(card(one, [not_yet]), one)["status"] == Status.FAILS


@pytest.mark.parametrize("one", THESES, ids=list(BY_ID))
def test_without_its_input_it_has_no_data_and_says_the_last_value_with_its_day(one: Thesis) -> None:
    """The value holds for as many sessions as it may be old, and then says nothing."""
    days = SESSIONS[: -one.max_age - 2]
    old = frame(one, [one.line + 1], days[-1:])
    for age, status in ((one.max_age, Status.HOLDS), (one.max_age + 1, Status.NO_DATA)):
        as_of = SESSIONS[SESSIONS.index(days[-1]) + age]
        found = row(scorecard(old, CALENDAR, as_of), one)
        assert found["status"] == status
        assert (found["measured"], found["observation_date"]) == (one.line + 1, days[-1])
    others = scorecard(old, CALENDAR, FRIDAY).readings.filter(pl.col("thesis") != one.id)
    assert set(others["status"]) == {Status.NO_DATA}
    assert others["value"].null_count() == others.height == 8
    assert others["changed_on"].null_count() == others["known_at"].null_count() == 8


def test_a_value_without_a_rank_is_no_data() -> None:
    one = BY_ID["blow-off"]
    found = row(card(one, [None]), one)
    assert found["status"] == Status.NO_DATA
    assert found["value"] == 1.0


def test_the_last_change_is_the_session_on_which_it_flipped_whatever_lies_between() -> None:
    """Two sessions of grace, then some without data, and back on the same side: no change."""
    one = BY_ID["overbought"]
    days = SESSIONS[-21:-13] + SESSIONS[-5:]
    found = scorecard(frame(one, [60] * 5 + [75] * 3 + [71] * 5, days), CALENDAR, FRIDAY)
    told = row(found, one)
    assert (told["changed_on"], told["first_day"]) == (SESSIONS[-16], SESSIONS[-21])
    assert Status.NO_DATA in found.weeks.filter(thesis=one.id)["status"].tail(3).to_list()
    back = scorecard(frame(one, [60] * 5 + [75] * 3 + [69] * 5, days), CALENDAR, FRIDAY)
    assert row(back, one)["changed_on"] == SESSIONS[-5]
    assert row(card(one, [75] * 9), one)["changed_on"] is None


def test_a_week_has_the_status_of_its_last_session_and_a_week_without_one_is_none() -> None:
    one = BY_ID["overbought"]
    values = [75.0] * 260
    values[SESSIONS.index(date(2025, 11, 7))] = 60.0  # a Friday
    values[SESSIONS.index(date(2025, 11, 12))] = 60.0  # a Wednesday
    found = card(one, values)
    weeks = found.weeks.filter(thesis=one.id)
    fails = weeks.filter(pl.col("status") == Status.FAILS)
    assert fails["last_session"].to_list() == [date(2025, 11, 7)]
    assert fails["week"].to_list() == [date(2025, 11, 3)]
    assert weeks.height == 52
    assert date(2025, 9, 29) in weeks["week"]
    assert date(2025, 1, 27) in weeks["week"]  # its Monday alone was a session
    assert date(2025, 2, 3) in weeks["week"]
    assert weeks["week"].diff().max() == timedelta(7)
    assert (row(found, one)["held"], row(found, one)["known"]) == (51, 52)


def test_what_is_said_of_a_week_is_said_by_every_later_evaluation() -> None:
    """Each day by what was known at its end: a value that came late is not known before."""
    one = BY_ID["breadth"]
    values = [0.4 + 0.2 * (n % 7 > 2) for n in range(260)]
    late = pl.col("observation_date").is_in(SESSIONS[-60:-50])
    known = pl.when(late).then(pl.col("known_at") + timedelta(days=9)).otherwise("known_at")
    rows = frame(one, values).with_columns(known_at=known)
    whole = scorecard(rows, CALENDAR, FRIDAY).weeks
    assert set(whole.filter(thesis=one.id)["status"]) == set(Status)
    for cut in (43, 55, 58):
        day = SESSIONS[-cut]
        short = rows.filter(pl.col("observation_date") <= day, pl.col("known_at") <= cutoff(day))
        then = scorecard(short, CALENDAR, day)
        ended = pl.col("last_session") < day - timedelta(day.weekday())
        both = then.weeks.filter(ended).join(whole, on=["thesis", "week"], how="semi")
        assert both.height == whole.filter(ended).height
        assert both.equals(whole.filter(ended))
        assert scorecard(rows, CALENDAR, day).weeks.filter(ended).equals(then.weeks.filter(ended))


def told(values: list[float | None]) -> tuple[Reading, ...]:
    one = BY_ID["breadth"]
    found = card(one, values)
    rows = frame(one, values).with_columns(metric_version=pl.lit(1, pl.Int64))
    book = FactBook([*facts(rows, FRIDAY), *thesis_facts(found, FRIDAY)])
    return readings(found, book, FRIDAY)


def test_the_printed_scorecard_bears_a_fact_for_each_number() -> None:
    found = {one.thesis.id: one for one in told([0.4] * 30 + [0.6] * 3)}
    assert list(found) == list(BY_ID)
    breadth = found["breadth"]
    assert breadth.status is Status.HOLDS
    assert breadth.fact is not None
    assert breadth.fact.fact_id == "share_above_ma50/tech/2026-01-16"
    assert (breadth.line.value, breadth.line.unit) == (0.5, "fraction")
    assert breadth.line.query == (
        "SELECT line FROM mart.thesis WHERE as_of = DATE '2026-01-16' AND thesis = 'breadth'"
    )
    assert (breadth.held.value, breadth.known.value, breadth.held.unit) == (1, 7, "count")
    assert breadth.changed_on == SESSIONS[-3]
    assert breadth.weeks[-2:] == (
        (date(2026, 1, 9), Status.FAILS),
        (FRIDAY, Status.HOLDS),
    )
    earnings = found["earnings"]
    assert earnings.status is Status.NO_DATA
    assert earnings.fact is earnings.measured is earnings.changed_on is None
    assert earnings.line.known_at == cutoff(FRIDAY)


def test_without_a_calendar_there_is_no_scorecard() -> None:
    found = scorecard(frame(BY_ID["breadth"], [0.6]), None, FRIDAY)
    assert found.readings.is_empty()
    assert found.weeks.is_empty()
    assert readings(found, FactBook(()), FRIDAY) == ()
