"""Specs of the tops and bottoms of an index: found by rule, told when they can be told."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.axes.turns import TURN_FRAME, YEAR, turns
from warehouse.contract import schema
from warehouse.tables import SYSTEM_TABLES

FIRST = date(2024, 1, 1)
INDEX = "000300.SH"
RISE = [100.0 + step / 10 for step in range(YEAR)]  # 100 to 124.9, the first high of 250 sessions
TOP = RISE[-1]


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def frame(closes: list[float], **readings: float) -> pl.DataFrame:
    """A metric frame of closes, with readings of the day of the top."""
    close = [("close", INDEX, day(place), value) for place, value in enumerate(closes)]
    axes = [(metric, "CN", day(YEAR - 1), value) for metric, value in readings.items()]
    rows = pl.DataFrame(
        [*close, *axes], schema=["metric", "entity", "observation_date", "value"], orient="row"
    )
    return rows.with_columns(known_at=pl.lit(datetime(2026, 1, 1)))


def found(closes: list[float], **readings: float) -> pl.DataFrame:
    return turns(frame(closes, **readings), [INDEX])


def kinds(closes: list[float]) -> list[tuple[str, date]]:
    return found(closes).select("turn", "observation_date").rows()


@pytest.mark.parametrize(("low", "told"), [(TOP * 0.8501, False), (TOP * 0.85, True)])
def test_a_high_of_250_sessions_is_a_top_once_the_index_fell_by_15_per_cent(low, told):
    assert kinds([*RISE, low]) == ([("top", day(YEAR - 1))] if told else [])


def test_the_first_year_of_a_series_has_no_top():
    """Its highs are of less than 250 sessions."""
    assert kinds([*RISE[1:], 50.0, 60.0]) == []


def test_the_last_high_before_the_fall_is_the_top():
    assert kinds([*RISE, TOP - 5, TOP + 1, 60.0])[0] == ("top", day(YEAR + 1))


def test_a_bottom_is_told_when_the_index_stands_15_per_cent_above_it():
    low = TOP * 0.7
    assert kinds([*RISE, low, low * 1.14]) == [("top", day(YEAR - 1))]
    both = found([*RISE, low, low * 1.14, low * 1.15])

    assert both["turn"].to_list() == ["top", "bottom"]
    assert both["observation_date"].to_list() == [day(YEAR - 1), day(YEAR)]
    assert both["confirmed_on"].to_list() == [day(YEAR), day(YEAR + 2)]
    assert both["close"].to_list() == [TOP, low]
    assert both["fall"].to_list() == [pytest.approx(-0.3)] * 2


def test_a_lower_close_before_the_next_high_is_the_bottom():
    """A rally of 20% that reached no new high was no bottom."""
    closes = [*RISE, TOP * 0.7, TOP * 0.84, TOP * 0.6, TOP * 0.7]

    assert kinds(closes)[-1] == ("bottom", day(YEAR + 2))


def test_what_followed_changes_no_turn_that_was_over():
    """A new high ends a fall; what comes after is another top's."""
    closes = [*RISE, TOP * 0.7, TOP * 1.1]
    over, more = found(closes), found([*closes, TOP * 0.5])

    assert more.head(2).equals(over)
    assert more["observation_date"].to_list()[2:] == [day(YEAR + 1)]


def test_the_readings_of_the_day_stand_beside_it():
    one = found([*RISE, 60.0], structural_momentum_core=94.0, overheating=83.0).row(0, named=True)

    assert (one["momentum_core"], one["heat"]) == (94.0, 83.0)
    assert (one["heat_core"], one["momentum"]) == (None, None)


def test_an_index_without_closes_has_no_turns():
    assert turns(frame(RISE), ["HSI.HK"]).is_empty()


def test_the_rows_fit_their_table():
    wanted = schema(SYSTEM_TABLES["mart.turn"])
    assert dict(TURN_FRAME) == {name: kind for name, kind in wanted.items() if name != "as_of"}
