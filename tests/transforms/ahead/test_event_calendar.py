"""What is ahead on real days, from the project's own lists, and from drawn listings."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.ahead.event_calendar import (
    ENTRIES,
    HORIZON,
    coming,
    entries_from,
    entry_rows,
    event_calendar,
)
from warehouse.catalog import cutoff, dataset
from warehouse.contract import schema
from warehouse.exchanges import NEW_YORK, UNFORESEEN
from warehouse.files import reference
from warehouse.tables.mart import EventCalendar

SESSIONS = packaged_calendar()
Frames = dict[str, pl.DataFrame]


def dated(name: str) -> pl.DataFrame:
    """A list of the project with the times at which its rows are known."""
    rows = reference(dataset(name))
    return rows.with_columns(known_at=dataset(name).due(rows, SESSIONS))


@pytest.fixture(scope="module")
def lists() -> Frames:
    return {
        "trade_calendar": SESSIONS.to_frame(),
        "policy_event": dated("policy_event"),
        "scheduled_date": dated("scheduled_date"),
    }


def as_known(frames: Frames, as_of: date) -> Frames:
    return {
        name: frame.filter(pl.col("known_at") <= cutoff(as_of))
        if "known_at" in frame.columns
        else frame
        for name, frame in frames.items()
    }


def ending(entry: Entry) -> str:
    return f"to {entry.until:%m-%d}" if entry.until else ""


def told(frames: Frames, as_of: date, *kinds: Kind) -> list[str]:
    """The next two weeks in short: day, last day or hour, and what."""
    return [
        " ".join(
            filter(
                None,
                [f"{e.day:%m-%d}", e.until and f"to {e.until:%m-%d}", e.beijing_time, e.title_en],
            )
        )
        for e in coming(as_known(frames, as_of), as_of)
        if e.kind in kinds or not kinds
    ]


def test_the_two_weeks_after_16_january_2026(lists):
    found = told(lists, date(2026, 1, 16))

    assert found[:5] == [
        "01-19 Minimum margin ratio raised from 80% to 100%, new contracts only",
        "01-19 Relending and rediscount rates cut 0.25 point",
        "01-19 10:00 GDP of the quarter, and activity of the month",
        "01-19 New York closed",
        "01-20 09:00 Loan prime rates",
    ]
    assert found[5:] == [
        "01-27 to 01-31 09:30 Purchasing managers' indices",
        "01-27 Industrial profits",
        "01-28 Options on exchange-traded funds expire",
        "01-29 Hang Seng and HSTECH futures expire",
    ]


def test_the_two_weeks_after_13_february_2026(lists):
    assert told(lists, date(2026, 2, 13), Kind.CLOSED, Kind.HALF_DAY, Kind.RATE) == [
        "02-16 New York closed",
        "02-16 to 02-23 Shanghai, Shenzhen and Beijing closed",
        "02-16 12:00 Hong Kong: morning session only",
        "02-17 to 02-19 Hong Kong closed",
        "02-24 09:00 Loan prime rates",  # the 20th lies within the holiday
    ]


def test_half_days_have_their_close_in_beijing(lists):
    assert told(lists, date(2025, 12, 20), Kind.HALF_DAY) == [
        "12-24 12:00 Hong Kong: morning session only",
        "12-24 02:00+1 New York closes early",
        "12-31 12:00 Hong Kong: morning session only",
    ]


def test_the_index_reviews_of_december_2025(lists):
    assert told(lists, date(2025, 12, 5), Kind.POLICY, Kind.REVIEW) == [
        "12-08 HSTECH review: Leapmotor in, ASMPT out; Hang Seng Index to 89",
        "12-12 Index reviews: CSI 300, Shanghai, Shenzhen and ChiNext, after the close",
        "12-12 Index review: STAR 50, after the close",
    ]


def test_a_review_on_a_holiday_is_on_the_session_before(lists):
    """The second Friday of June 2016 lay within the Dragon Boat holiday."""
    assert told(lists, date(2016, 6, 6), Kind.REVIEW) == [
        "06-08 Index reviews: CSI 300, Shanghai, Shenzhen and ChiNext, after the close"
    ]


@pytest.mark.parametrize(
    ("kind", "begins"), [(Kind.RATE, date(2019, 8, 20)), (Kind.REVIEW, date(2020, 9, 11))]
)
def test_nothing_is_ahead_before_it_was_invented(lists, kind, begins):
    """Lending rates come by the month since August 2019, STAR 50 has been reviewed since 2020."""
    around = [
        e
        for year in (2019, 2020)
        for m in (1, 4, 7)
        for e in event_calendar(lists, date(year, m, 1))
    ]

    assert (
        min(e.day for e in around if e.subject in {"lpr", "STAR 50"} and e.kind is kind) == begins
    )


def test_a_review_that_nobody_announced_is_expected(lists):
    """The one of Hong Kong stands once: as announced, or by its rule."""
    alone = {"trade_calendar": lists["trade_calendar"]}
    (one,) = [e for e in coming(alone, date(2025, 12, 5)) if e.subject == "HSI, HSTECH"]

    assert (one.day, one.certainty) == (date(2025, 12, 8), Certainty.EXPECTED)


def test_holidays_are_told_from_the_notice_on(lists):
    """That of 2026 came on 22 December 2025; before it, nobody knew when January begins."""
    before, after = date(2025, 12, 21), date(2025, 12, 22)
    assert [
        (e.day, e.certainty)
        for e in coming(as_known(lists, before), before)
        if e.subject == "mainland"
    ] == [(date(2026, 1, 1), Certainty.UNKNOWN)]
    (rest,) = [e for e in coming(as_known(lists, after), after) if e.subject == "mainland"]
    assert (rest.day, rest.until) == (date(2026, 1, 1), date(2026, 1, 2))
    assert rest.certainty is Certainty.ANNOUNCED


def test_a_calendar_that_ends_is_told(lists):
    """The list that is here ends with 2026, whatever anybody announced."""
    as_of = date(2027, 3, 1)
    unknown = [e for e in coming(lists, as_of) if e.certainty is Certainty.UNKNOWN]

    assert [(e.day, e.kind) for e in unknown] == [(date(2027, 3, 2), Kind.CALENDAR)]
    last_day_told = coming(lists, date(2026, 12, 17))
    assert not [e for e in last_day_told if e.certainty is Certainty.UNKNOWN]
    assert [e.day for e in event_calendar({}, as_of) if e.certainty is Certainty.UNKNOWN] == [
        date(2027, 3, 2)
    ]


@pytest.mark.parametrize(
    ("as_of", "ends"),
    [(date(2020, 1, 17), date(2020, 1, 30)), (date(2020, 1, 27), date(2020, 1, 31))],
)
def test_a_holiday_that_grew_was_short_until_then(lists, as_of, ends):
    (rest,) = [e for e in coming(lists, as_of) if (e.kind, e.subject) == (Kind.CLOSED, "mainland")]

    assert rest.last == ends


@pytest.mark.parametrize("day", UNFORESEEN[NEW_YORK])
def test_mourning_and_storms_are_on_no_list(lists, day):
    found = coming(lists, day - timedelta(days=9))

    assert not [e for e in found if e.subject == NEW_YORK and e.day <= day <= e.last]


def test_a_measure_without_a_day_in_force_has_none_before_it_is_told(lists):
    """On 24 September 2024 the swap facility was planned; its first day was told on 10 October."""
    for as_of in (date(2024, 9, 24), date(2024, 10, 9)):
        assert told(lists, as_of, Kind.POLICY) == []


def test_an_event_loaded_before_its_day_is_not_ahead(lists):
    early = lists["policy_event"].with_columns(known_at=datetime(2026, 1, 1))

    assert told(lists | {"policy_event": early}, date(2026, 1, 13), Kind.POLICY) == []


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2024, 10, 11), "10-21 09:00 Loan prime rates"),  # the 20th is a Sunday
        (date(2025, 9, 12), "09-22 09:00 Loan prime rates"),  # … a Saturday
        (date(2026, 9, 11), "09-20 09:00 Loan prime rates"),  # … a Sunday of work
        (date(2024, 7, 12), "07-22 09:15 Loan prime rates"),  # before the hour was changed
    ],
)
def test_lending_rates_come_on_the_20th_or_the_next_day_of_work(lists, as_of, expected):
    assert told(lists, as_of, Kind.RATE) == [expected]


@pytest.mark.parametrize(
    ("as_of", "hour"), [(date(2024, 7, 21), "09:15"), (date(2024, 7, 22), "09:00")]
)
def test_the_hour_of_lending_rates_is_the_one_that_was_known(lists, as_of, hour):
    found = [e for e in event_calendar(lists, as_of) if e.kind is Kind.RATE]

    assert {e.beijing_time for e in found} == {hour}


@pytest.mark.parametrize(
    ("first_day", "subject", "came"),
    [
        (date(2025, 10, 9), "gdp", date(2025, 10, 20)),
        (date(2026, 4, 3), "gdp", date(2026, 4, 16)),
        (date(2025, 10, 9), "prices", date(2025, 10, 15)),
        (date(2025, 11, 1), "prices", date(2025, 11, 9)),
        (date(2026, 2, 6), "prices", date(2026, 2, 11)),
        (date(2025, 11, 7), "activity", date(2025, 11, 14)),
        (date(2026, 5, 8), "activity", date(2026, 5, 18)),
        (date(2026, 4, 6), "trade", date(2026, 4, 14)),
        (date(2025, 11, 6), "money", date(2025, 11, 13)),
        (date(2025, 11, 21), "pmi", date(2025, 11, 30)),
        (date(2026, 3, 20), "profits", date(2026, 3, 27)),
    ],
)
def test_statistics_came_when_they_were_expected(lists, first_day, subject, came):
    """Days on which the evening news had them."""
    (one,) = [e for e in coming(lists, first_day) if e.subject == subject]

    assert one.day <= came <= one.last
    assert (one.last - one.day).days <= 7


def test_there_is_no_activity_trade_or_profit_of_january_alone(lists):
    found = [e for e in event_calendar(lists, date(2026, 1, 31)) if e.day.month == 2]

    assert {e.subject for e in found if e.kind is Kind.STATISTICS} == {"prices", "money", "pmi"}


def test_a_named_day_stands_for_the_rule(lists):
    """The bureau's list of 2023 was published on 5 January."""
    before, after = date(2023, 1, 4), date(2023, 1, 5)
    assert (
        told(lists, before, Kind.STATISTICS)[1]
        == "01-09 to 01-12 09:30 Consumer and producer prices"
    )
    assert told(lists, after, Kind.STATISTICS) == [
        "01-07 to 01-14 Foreign trade",
        "01-10 to 01-15 Credit and money",
        "01-12 09:30 Consumer and producer prices",
        "01-17 10:00 GDP of the quarter, and activity of the month",
    ]


def test_what_is_out_is_not_ahead(lists):
    """Prices of December come in January: from the 9th on, unless they are there."""
    as_of = date(2026, 1, 9)
    months = pl.DataFrame({"month": [date(2025, 11, 1)]})
    expected = "01-10 to 01-12 09:30 Consumer and producer prices"

    assert expected in told(lists | {"cpi": months}, as_of)
    out = months.with_columns(month=pl.lit(date(2025, 12, 1)))
    assert expected not in told(lists | {"cpi": out}, as_of)


def test_expiries_move_past_holidays(lists):
    """The third Friday of February 2026 lies within the Lunar New Year."""
    assert told(lists, date(2026, 2, 13), Kind.EXPIRY) == [
        "02-24 Index futures and options expire",
        "02-25 Options on exchange-traded funds expire",
        "02-26 Hang Seng and HSTECH futures expire",
    ]


def listings(*rows: tuple[str, date]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"name": pl.String, "listing_date": pl.Date}, orient="row")


def test_listings_ahead_are_told_by_day(lists):
    names = [("丁", date(2026, 1, 21)), *((name, date(2026, 1, 20)) for name in "戊甲丙乙")]
    ahead = lists | {"ipo_hk": listings(*names, ("旧", date(2026, 1, 16)))}
    found = [e for e in coming(ahead, date(2026, 1, 16)) if e.kind is Kind.LISTING]

    assert [(e.day, e.title_en, e.title_zh) for e in found] == [
        (
            date(2026, 1, 20),
            "Hong Kong listings: 丙, 乙, 戊 and 1 more",
            "港股上市：丙、乙、戊等4家",
        ),
        (date(2026, 1, 21), "Hong Kong listings: 丁", "港股上市：丁"),
    ]


@pytest.mark.parametrize(
    ("dataset_name", "listed_on", "ends", "subject"),
    [
        ("ipo_hk", date(2025, 7, 21), date(2026, 1, 21), "ipo_hk 6 months"),
        ("ipo_hk", date(2025, 8, 17), date(2026, 2, 20), "ipo_hk 6 months"),  # past the holiday
        ("ipo_hk", date(2025, 8, 31), date(2026, 3, 2), "ipo_hk 6 months"),  # 28 February: Saturday
        ("ipo_a", date(2025, 8, 18), date(2026, 2, 24), "ipo_a 6 months"),
        ("ipo_a", date(2025, 1, 22), date(2026, 1, 22), "ipo_a 12 months"),
        ("ipo_a", date(2023, 1, 20), date(2026, 1, 20), "ipo_a 36 months"),
    ],
)
def test_lock_ups_end_by_calendar_months_on_a_trading_day(
    lists, dataset_name, listed_on, ends, subject
):
    frames = lists | {dataset_name: listings(("甲", listed_on))}
    found = [e for e in coming(frames, ends - timedelta(days=3)) if e.kind is Kind.LOCK_UP]

    assert [(e.day, e.subject) for e in found] == [(ends, subject)]


def test_reports_are_counted_by_day_and_period(lists):
    end, other = date(2025, 12, 31), date(2025, 9, 30)
    booked = pl.DataFrame(
        {
            "period_end": [end, end, other, end, end],
            "booked_date": [date(2026, 1, 20)] * 4 + [date(2026, 1, 16)],
            "actual_date": [None, None, None, date(2026, 1, 15), None],
        },
        {"period_end": pl.Date, "booked_date": pl.Date, "actual_date": pl.Date},
    )

    assert told(lists | {"disclosure_date": booked}, date(2026, 1, 16), Kind.REPORTS) == [
        "01-20 Reports to 30 Sep 2025 of 1 A-share companies",
        "01-20 Reports to 31 Dec 2025 of 2 A-share companies",
    ]


def test_deadlines_stand_at_the_ends_of_their_months(lists):
    assert told(lists, date(2026, 4, 20), Kind.REPORTS) == [
        "04-30 Last day for A-share annual and first-quarter reports"
    ]


def test_rows_keep_their_contract_and_their_key(lists):
    rows = entry_rows(event_calendar(as_known(lists, date(2026, 1, 16)), date(2026, 1, 16)))
    written = rows.with_columns(as_of=pl.lit(date(2026, 1, 16))).select(list(schema(EventCalendar)))

    assert EventCalendar.is_valid(written)
    assert rows.schema == ENTRIES
    assert entry_rows([]).schema == ENTRIES


@pytest.mark.parametrize("as_of", [date(2018, 6, 1), date(2021, 12, 31), date(2024, 9, 20)])
def test_what_becomes_known_later_changes_no_calendar(lists, as_of):
    """All of it lies ahead, and a shorter look has the beginning of a longer one."""
    found = event_calendar(as_known(lists, as_of), as_of)

    assert found == event_calendar(lists, as_of)
    assert all(as_of < one.day <= as_of + timedelta(days=HORIZON) for one in found)
    for days in (4, 11, 31):
        until = as_of + timedelta(days=days)
        begun = [one for one in found if one.day <= until and one.certainty != Certainty.UNKNOWN]
        assert begun == [
            e for e in event_calendar(lists, as_of, days) if e.certainty != Certainty.UNKNOWN
        ]


def test_an_issue_reads_the_two_weeks_that_the_calendar_told(lists):
    """Out of the rows of a quarter, in the same order; whatever became known later."""
    as_of = date(2026, 1, 16)
    rows = entry_rows(event_calendar(as_known(lists, as_of), as_of))

    assert entries_from(rows.reverse(), as_of) == tuple(coming(as_known(lists, as_of), as_of))
    assert entries_from(rows, as_of) == tuple(coming(lists, as_of))
    assert rows["event_date"].max() > as_of + timedelta(days=14)
    assert entries_from(ENTRIES.to_frame(), as_of) == ()
