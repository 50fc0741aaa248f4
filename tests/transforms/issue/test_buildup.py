"""When a reading that is building up will speak: on that day it does, and on the day before not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import polars as pl
import pytest

from tests.markets import LAST, market, trading_days
from tests.transforms.conftest import only
from transforms.engine.evaluate import evaluate
from transforms.engine.history import fewest
from transforms.engine.metric import lineage, metrics
from transforms.issue.buildup import BuildUp, composites
from transforms.issue.missing import absences
from warehouse.catalog import cutoff

DAYS = trading_days()
READ = ("margin_market", "market_turnover", "index_valuation")
# … of series that lack no session; where one is missed, the day is later than was said.
SCORED = ("margin_financing_change_20d", "margin_financing_change_60d")


@cache
def frames() -> dict[str, pl.DataFrame]:
    """The drawn market without what takes long, and a calendar that knows its days."""
    names = {*READ, "index_daily"}
    whole = {name: frame for name, frame in market(1).items() if name in names}
    return whole | {"trade_calendar": pl.DataFrame({"trade_date": DAYS})}


def seen(day: date, since: date | None = None) -> dict[str, pl.DataFrame]:
    """What a home knows on a day that began to collect on another one."""
    found = {}
    for name, frame in frames().items():
        rows = frame
        if "known_at" in rows.columns:
            rows = rows.filter(pl.col("known_at") <= cutoff(day))
            rows = rows.filter(pl.col("trade_date") >= (since or DAYS[0]))
        found[name] = rows
    return found


@cache
def silent(day: date, since: date | None = None) -> dict[tuple[str, str], date | None]:
    """The readings of margin that a home lacks on a day, and when they will speak."""
    known = seen(day, since)
    with only(*SCORED):
        rows = absences(known, evaluate(known, day), day)
    return {(m, e): on for m, e, on in rows.select("metric", "entity", "speaks_on").iter_rows()}


@pytest.mark.parametrize("begun", [0, 40])
@pytest.mark.parametrize("look", [300, 480])
def test_a_score_comes_on_the_day_that_was_said(begun, look) -> None:
    since, day = DAYS[begun], DAYS[begun + look]
    said = {member: on for member, on in silent(day, since).items() if member[0] in SCORED and on}
    assert {metric for metric, _ in said} == set(SCORED)
    for member, on in said.items():
        assert member in silent(DAYS[DAYS.index(on) - 1], since), member
        assert member not in silent(on, since), member


def test_a_value_that_needs_a_window_is_said_from_the_first_day_of_its_data() -> None:
    since, day = DAYS[100], DAYS[105]
    on = silent(day, since)["margin_financing_change_20d", ""]
    # 21 balances for the first change, 500 changes for a score; known on the next morning
    assert on == DAYS[100 + 21 + 500 - 1]


def test_what_more_days_would_not_bring_has_no_day() -> None:
    day = DAYS[300]
    known = {name: frame for name, frame in seen(day).items() if name != "margin_market"}
    with only(*SCORED):
        rows = absences(known, evaluate(known, day), day)
    of_margin = rows.filter(pl.col("metric") == "margin_financing_change_20d")
    assert of_margin["speaks_on"].to_list() == [None]
    assert "margin_market" in lineage("margin_financing_change_20d")


def test_beyond_the_calendar_days_are_reckoned() -> None:
    known = seen(DAYS[-1])
    with only(*SCORED):
        found = evaluate(known, LAST)
    there = BuildUp(known, found, pl.Series(DAYS), LAST)
    assert there.ahead == []
    assert there.session(243) == date(2027, 1, 13)  # a year of sessions
    assert there.session(0) is None


def test_an_axis_speaks_when_enough_of_its_blocks_do() -> None:
    soon, late, today = date(2026, 3, 2), date(2026, 9, 1), date(2026, 1, 13)
    there = ["momentum/breadth", "momentum/capital formation", "momentum/earnings"]
    members = {("return", "x"): late}
    from transforms.axes.composite import components

    trend = components().filter(block="momentum/trend").select("metric", "entity").rows()
    heat = components().filter(pl.col("block").str.starts_with("heat/"))
    members = dict.fromkeys(trend, soon) | dict.fromkeys(
        heat.select("metric", "entity").rows(), late
    )
    found = composites(members, today, there)
    assert found["block_score", "momentum/trend"] == soon
    # 0.25 + 0.15 + 0.15 + 0.10 + 0.05 are 0.70 of 1: policy and persistence speak already
    assert found["structural_momentum", "CN"] is None
    assert found["overheating", "CN"] == late


WEEKDAYS = [date(2026, 1, 5) + timedelta(days=7 * (n // 5) + n % 5) for n in range(200)]
DAILY, YEARLY = metrics()["margin_financing_change_20d"], metrics()["unicorn_growth_1y"]


def there(
    *observed: tuple[str, int], at: int = 99, calendar: int = 0, **rows: pl.DataFrame
) -> BuildUp:
    """What is there on a weekday: (metric, place of a day) rows of entity x, a calendar beyond."""
    found = pl.DataFrame(
        [(metric, "x", WEEKDAYS[place]) for metric, place in observed],
        {"metric": pl.String, "entity": pl.String, "observation_date": pl.Date}, orient="row",
    )  # fmt: skip
    days = pl.DataFrame({"trade_date": WEEKDAYS[: at + 1 + calendar]})
    frames = {"trade_calendar": days, **rows}
    return BuildUp(frames, found, pl.Series(WEEKDAYS[: at + 1]), WEEKDAYS[at])


@pytest.mark.parametrize(("ahead", "place"), [(-1, None), (0, None), (1, 100), (10, 109)])
def test_a_session_ahead_is_one_of_the_calendar(ahead, place) -> None:
    found = there(calendar=10).session(ahead)

    assert found == (None if place is None else WEEKDAYS[place])


def test_beyond_the_calendar_days_are_reckoned_from_its_end() -> None:
    assert there(calendar=10).session(253) == WEEKDAYS[109] + timedelta(days=365)
    assert BuildUp({}, there().found, there().sessions, WEEKDAYS[9]).session(243) == (
        WEEKDAYS[9] + timedelta(days=365)
    )


def test_what_comes_daily_needs_as_many_sessions_as_values_are_lacking() -> None:
    """Also where one was missed; the calendar ends today, so that days are reckoned."""
    behind = [(DAILY.id, place) for place in range(100) if place != 50]
    lacking = fewest(DAILY.score) - 99

    assert there(*behind).speaks(DAILY, "x") == there().session(lacking)


@pytest.mark.parametrize(
    ("places", "ahead"),
    [
        ([9, 29, 49, 69], 1),  # one is lacking, 20 sessions after the last: it is overdue
        ([29, 49, 69, 89], 10),
        ([59, 69, 79], 2 * 10 - 20),
        ([79, 89, 99], 20),
        ([99], 4 * 243),
    ],
)
def test_what_comes_seldom_goes_on_coming_as_far_apart(places, ahead) -> None:
    """Five lists are needed; of one alone the step that the metric declares is the distance."""
    known = there(*[(YEARLY.id, place) for place in places])

    assert known.speaks(YEARLY, "x") == known.session(max(ahead, 1))


def test_what_has_enough_values_or_others_that_have_them_will_not_speak_by_waiting() -> None:
    five = there(*[(YEARLY.id, place) for place in (59, 69, 79, 89, 99)])

    assert five.speaks(YEARLY, "x") is None
    assert five.speaks(YEARLY, "y") is None


def margin(first: int, last: int, late: int = 0) -> pl.DataFrame:
    """Balances of some days, each known so many days later."""
    days = pl.DataFrame({"trade_date": WEEKDAYS[first : last + 1]})
    return days.with_columns(
        known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(days=late)
    )


def test_a_first_value_counts_from_the_first_row_and_comes_as_late_as_the_last() -> None:
    """Rows since place 90; where the last known one is a day old, the one needed will be, too."""
    on_time, late = there(margin_market=margin(90, 99)), there(margin_market=margin(90, 99, late=1))
    needed = 20 + fewest(DAILY.score) - 1

    assert on_time.speaks(DAILY, "x") == on_time.session(needed - 9)
    assert late.speaks(DAILY, "x") == late.session(needed - 8)
    assert there(margin_market=margin(90, 99).clear()).speaks(DAILY, "x") is None
    assert there().speaks(DAILY, "x") is None


def test_a_row_at_the_cutoff_is_there() -> None:
    at = margin(99, 99).with_columns(known_at=pl.lit(cutoff(WEEKDAYS[99])))
    after = at.with_columns(known_at=pl.lit(datetime(2026, 12, 1)))

    assert there(margin_market=at).speaks(DAILY, "x") is not None
    assert there(margin_market=after).speaks(DAILY, "x") is None
