"""What a dataset declares about time: what a request sees, when a row is out, what dates it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from warehouse.cadence import Daily, Reference
from warehouse.catalog import (
    ALWAYS_KNOWN,
    NEVER_DUE,
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
    as_read,
    catalogue,
    cutoff,
    dataset,
)
from warehouse.contract import Table, measure, text
from warehouse.contract import day as date_of
from warehouse.errors import InputRefused
from warehouse.shanghai import SHANGHAI
from warehouse.units import Unit

# Friday, and the week after it, whose Wednesday is a holiday.
FRIDAY, MONDAY, TUESDAY, THURSDAY = (date(2026, 1, n) for n in (9, 12, 13, 15))
DAYS = (FRIDAY, MONDAY, TUESDAY, THURSDAY)
CALENDAR = pl.Series("trade_date", DAYS)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "session"),
    [
        (at(13, 9, 14), MONDAY),
        (at(13, 9, 15), TUESDAY),
        (at(14, 12), TUESDAY),  # the holiday
        (at(15, 9), TUESDAY),
        (at(11, 12), FRIDAY),  # Sunday
    ],
)
def test_a_quote_page_shows_the_last_session_that_has_opened(now: datetime, session: date) -> None:
    assert Request(DAYS, now, calendar=DAYS).session == session


@pytest.mark.parametrize(
    ("now", "days", "shown"),
    [
        (at(13, 15, 29), DAYS, ()),
        (at(13, 15, 30), DAYS, (TUESDAY,)),
        (at(13, 15, 30), (MONDAY,), ()),  # not wanted
        (at(14, 10), DAYS, (TUESDAY,)),  # over since the day before
        (at(14, 10), (MONDAY,), ()),
        (at(13, 8), DAYS, (MONDAY,)),
    ],
)
def test_it_shows_closing_prices_once_trading_after_hours_is_over(
    now: datetime, days: tuple[date, ...], shown: tuple[date, ...]
) -> None:
    assert Request(days, now, calendar=DAYS).shown == shown


def test_a_request_spans_its_days_in_whatever_order() -> None:
    request = Request((MONDAY, FRIDAY, TUESDAY), at(14, 10))
    assert (request.first, request.last) == (FRIDAY, TUESDAY)


def test_the_day_before_is_a_trading_day_and_before_the_first_there_is_none() -> None:
    request = Request((), at(14, 10), calendar=DAYS)
    assert request.before(MONDAY) == FRIDAY
    assert request.before(date(2026, 1, 14)) == TUESDAY
    assert request.before(date(2026, 1, 20)) == THURSDAY
    with pytest.raises(ValueError, match=f"no trading day is known before {FRIDAY}"):
        request.before(FRIDAY)


RULES = [
    (Publication("day"), FRIDAY, datetime(2026, 1, 9, 8)),
    (Publication("day", time(9, 0)), FRIDAY, datetime(2026, 1, 9, 1)),
    (Publication("day", time(9, 0), days_later=2), FRIDAY, datetime(2026, 1, 11, 1)),
    (Publication("day", time(9, 0), trading_days_later=1), FRIDAY, datetime(2026, 1, 12, 1)),
    (Publication("day", time(9, 0), trading_days_later=2), MONDAY, datetime(2026, 1, 15, 1)),
    # a day that is no trading day itself counts from the next one
    (
        Publication("day", time(9, 0), trading_days_later=1),
        date(2026, 1, 14),
        datetime(2026, 1, 15, 1),
    ),
    # beyond the calendar nobody knows the day
    (
        Publication("day", time(8, 0), trading_days_later=1),
        THURSDAY,
        datetime(2999, 12, 31),
    ),
    # the statistics of a month
    (
        Publication("day", time(10, 0), months_later=1, day_of_month=18),
        date(2025, 11, 1),
        datetime(2025, 12, 18, 2),
    ),
    (Publication("day", time(10, 0), months_later=1), date(2025, 12, 1), datetime(2026, 1, 1, 2)),
    (
        Publication("day", time(10, 0), months_later=13, day_of_month=9),
        date(2025, 1, 1),
        datetime(2026, 2, 9, 2),
    ),
]


@pytest.mark.parametrize(("rule", "observed", "due"), RULES)
def test_a_row_is_out_at_an_hour_in_shanghai_of_the_day_that_the_rule_names(
    rule: Publication, observed: date, due: datetime
) -> None:
    assert rule.due_on(observed, CALENDAR) == due


def test_rows_are_due_one_by_one_and_those_without_their_day_never() -> None:
    rows = pl.DataFrame(
        {"day": [MONDAY, None, FRIDAY, MONDAY], "told": [THURSDAY, None, None, None]}
    )
    rows = rows.cast(dict.fromkeys(rows.columns, pl.Date))
    monday, friday = datetime(2026, 1, 12, 8), datetime(2026, 1, 9, 8)
    due = Publication("day").due(rows, CALENDAR)
    assert due.to_list() == [monday, NEVER_DUE, friday, monday]
    told = Publication("day", by="told").due(rows, CALENDAR)
    assert told.to_list() == [datetime(2026, 1, 15, 8), NEVER_DUE, NEVER_DUE, NEVER_DUE]
    always = Publication(None).due(rows, CALENDAR)
    assert always.to_list() == [ALWAYS_KNOWN] * 4
    assert {due.dtype, told.dtype, always.dtype} == {pl.Datetime("us")}


class Drawn(Table):
    """Something of a place and a day."""

    day = date_of("Day", key=True)
    place = text("Place", key=True)
    told = date_of("Told", nullable=True)
    value = measure("Value", Unit.CNY, nullable=True)


class Firm(Drawn):
    """The same with something that must be there."""

    size = measure("Size", Unit.CNY)


class Bare(Table):
    """Days alone."""

    day = date_of("Day", key=True)


SOURCE = Source("S", "example.org", frozenset(), lambda _: (), lambda rows, _: rows)
LATER = Publication("told", time(9, 0), by="told", ahead=timedelta(days=3))
OWN = Chain("B", (SOURCE,), "place", {"b": FRIDAY}, LATER, Reference())
PLAIN = Chain("A", (SOURCE,))
PLACES = Dataset("places", "Places", "place", Drawn, Publication("day"), Daily(), (PLAIN, OWN))


def test_a_part_goes_by_its_own_rules_where_it_has_any() -> None:
    assert (PLACES.rule_of(PLAIN), PLACES.rule_of(OWN)) == (PLACES.publication, LATER)
    assert (PLACES.cadence_of(PLAIN), PLACES.cadence_of(OWN)) == (Daily(), Reference())


def test_rows_of_a_part_are_due_by_the_rule_of_that_part() -> None:
    rows = pl.DataFrame({"day": [FRIDAY, FRIDAY], "place": ["a", "b"], "told": [MONDAY, MONDAY]})
    assert PLACES.due(rows, CALENDAR).to_list() == [
        datetime(2026, 1, 9, 8),
        datetime(2026, 1, 12, 1),
    ]
    without_column = replace(PLACES, chains=(replace(OWN, column=None),))
    assert without_column.due(rows, CALENDAR).to_list() == [datetime(2026, 1, 9, 8)] * 2


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 1, 13, 7, 59), MONDAY),
        (datetime(2026, 1, 13, 8), TUESDAY),
        (datetime(2026, 1, 13, 16), TUESDAY),
        (datetime(2026, 1, 8, 16), None),
        (datetime(2026, 1, 9, 8), FRIDAY),
    ],
)
def test_the_days_that_are_out_end_with_the_last_one_that_is_due(
    now: datetime, last: date | None
) -> None:
    days = PLACES.published_days(PLAIN, CALENDAR, now)
    assert days == [day for day in DAYS if last and day <= last]


def test_what_no_rule_dates_is_out_on_the_day_itself() -> None:
    always = replace(PLACES, publication=Publication(None))
    days = always.published_days(PLAIN, CALENDAR, datetime(2026, 1, 12, 20))
    assert days == [FRIDAY, MONDAY, TUESDAY], "in Shanghai it is Tuesday"


def test_a_row_is_dated_by_its_trading_day_or_else_by_the_day_of_its_rule() -> None:
    assert PLACES.dated_by == "day"
    assert replace(PLACES, trading_day="told").dated_by == "told"
    assert PLACES.dates == {"day", "told"}
    assert replace(PLACES, trading_day="place").dates == {"day", "told", "place"}
    assert replace(PLACES, publication=Publication(None), chains=()).dates == frozenset()


def test_days_of_publication_are_announced_with_how_far_ahead_they_may_lie() -> None:
    assert PLACES.announced == {"told": timedelta(days=3)}
    assert replace(PLACES, chains=()).announced == {}
    named = replace(PLACES, chains=(), publication=Publication("day", by="told"))
    assert named.announced == {"told": timedelta(days=14)}


def test_columns_are_either_key_or_values() -> None:
    assert (PLACES.key, PLACES.values) == (["day", "place"], ["told", "value"])


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"bare": True}, False),
        ({"contract": Firm}, False),
        ({"contract": Bare}, False),
    ],
)
def test_a_row_may_say_nothing_where_all_its_values_may_be_absent(changes: dict, may: bool) -> None:  # noqa: FBT001
    assert replace(PLACES, **changes).may_say_nothing is may


def test_rows_that_a_query_gives_follow_from_another_dataset() -> None:
    following = Chain("C", (SOURCE, replace(SOURCE, query="SELECT 1")))
    assert not PLACES.derived
    assert replace(PLACES, chains=(PLAIN, following)).derived


def test_the_datasets_stand_in_the_order_of_their_names_and_bear_those_of_their_files() -> None:
    names = list(catalogue())
    assert names == sorted(names)
    assert all(dataset(name).contract.__module__.endswith(f".{name}") for name in names)


def test_an_unknown_dataset_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(InputRefused, match=r"unknown dataset 'shares'; .* has: .*, stock_daily,"):
        dataset("shares")


def test_an_issue_knows_what_came_up_to_the_end_of_its_day_in_shanghai() -> None:
    assert cutoff(FRIDAY) == datetime(2026, 1, 9, 15, 59, 59, 999_999)


def test_what_is_not_said_of_a_source_costs_nothing() -> None:
    """No check, no joining, nothing shared, and nothing loaded together."""
    rows = pl.DataFrame({"day": [FRIDAY]})
    assert as_read(rows) is rows is SOURCE.combine(rows) is PLACES.conform(rows)
    assert SOURCE.plausibility == Plausibility()
    wanted = (SOURCE.whole, SOURCE.apart, SOURCE.stopgap, SOURCE.counted)
    assert wanted == (False, False, False, False)
    call = Call("f")
    assert (call.shared, call.label, call.days, dict(call.arguments)) == (False, "", (), {})
    none = Plausibility()
    assert (none.moves, none.steady, none.full, none.totals) == (False, False, False, ())
    assert (PLACES.first_wins, PLACES.bare, PLACES.gap, PLACES.layout) == (False, False, (), ())
    assert rows.select(PLACES.on_mainland).item() is True
    assert Publication("day").moved is False


def test_a_figure_is_called_by_its_column_unless_it_is_a_ratio_with_words() -> None:
    assert Figure("close").what == "close"
    assert Figure("close", says="close over open").what == "close over open"
    assert Figure("close").many is False
