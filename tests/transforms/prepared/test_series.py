"""The frames that several metrics share."""

import math
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.engine.metric import preparations
from transforms.prepared.series import (
    WHOLE,
    classified,
    known_within,
    measured,
    period_ends,
    ranked,
    theme_members,
    while_members,
    with_columns_of,
    within_span,
)

INDICES = preparations()["index_bars"].compute
SERIES = preparations()["series_bars"].compute
SESSIONS = preparations()["sessions"].compute
PRICED = preparations()["priced_sessions"].compute
MONDAY = date(2026, 1, 5)


def test_series_bars_hold_indices_sectors_and_boards_of_each_publisher(table):
    board = """
        board    | publisher | trade_date | close | high | amount_cny
        人工智能 | THS       | 2026-01-06 | 11    | 12   | 5e8
        人工智能 | THS       | 2026-01-05 | 10    | 12   | 5e8
        人工智能 | Eastmoney | 2026-01-05 | 900   | 950  | 6e8
        """
    index = "code | trade_date | close\n000300.SH | 2026-01-05 | 4000"
    sector = "code | trade_date | close\n801080.SW | 2026-01-05 | 5000"
    found = SERIES(table(index), table(sector), table(board))

    assert found.select("entity", "kind", "close", "amount_cny").rows() == [
        ("000300.SH", "index", 4000.0, None),
        ("801080.SW", "sector", 5000.0, None),
        ("人工智能 (Eastmoney)", "board", 900.0, 6e8),
        ("人工智能 (THS)", "board", 10.0, 5e8),
        ("人工智能 (THS)", "board", 11.0, 5e8),
    ]


def test_a_close_that_is_no_price_is_a_day_without_a_bar(bars):
    path = [10.0, math.nan, 0.0, -1.0, math.inf, 11.0]

    assert SERIES(bars(**{"000300_SH": path}), None, None)["close"].to_list() == [10.0, 11.0]


def day(after: int) -> date:
    return MONDAY + timedelta(days=after)


def moment(after: int) -> datetime:
    return datetime(2026, 1, 5, 8) + timedelta(days=after)


def rows(*given: tuple[str, int, float], late: dict[int, int] | None = None) -> pl.DataFrame:
    """(entity, days after Monday, value) rows, known at 16:00, those of `late` on another day."""
    frame = pl.DataFrame(
        given, ["entity", "after", "value"], orient="row", schema_overrides={"value": pl.Float64}
    )
    moments = [moment((late or {}).get(after, after)) for _, after, _ in given]
    days = [day(after) for _, after, _ in given]
    return frame.with_columns(
        observation_date=pl.Series(days, dtype=pl.Date), known_at=pl.Series(moments)
    ).drop("after")


def test_the_change_and_the_level_of_each_series_are_its_own(table):
    index = """
        code      | trade_date | close
        AAA.SH    | 2026-01-05 | 100
        AAA.SH    | 2026-01-06 | 110
        NDX.US    | 2026-01-05 | 50
        NDX.US    | 2026-01-06 | 25
        """
    found = SERIES(table(index), None, None)

    assert found["change"].to_list() == [None, pytest.approx(0.1), None, pytest.approx(-0.5)]
    levels = [0, math.log(1.1), 0, math.log(0.5)]
    assert found["level"].to_list() == pytest.approx(levels)
    assert found["bars_per_year"].to_list() == [243.0, 243.0, 252.0, 252.0]


def test_a_column_that_is_not_published_is_null():
    found = with_columns_of(pl.DataFrame({"high": [1.0]}), "high", "amount_cny")

    assert found.rows() == [(1.0, None)]


def test_a_week_is_over_with_its_friday_or_with_a_bar_of_the_next():
    """A has a Friday; B's first week ends on a Thursday, and its second has not ended."""
    bars = rows(("A", 3, 1), ("A", 4, 2), ("B", 2, 3), ("B", 3, 4), ("B", 8, 5), late={8: 9})
    found = period_ends(bars, "1w").select("entity", "observation_date", "value", "known_at")

    assert found.rows() == [("A", day(4), 2.0, moment(4)), ("B", day(3), 4.0, moment(9))]


def test_a_week_that_is_over_is_known_no_earlier_than_its_last_bar():
    bars = rows(("A", 3, 1), ("A", 7, 2), late={3: 20})

    assert period_ends(bars, "1w")["known_at"].to_list() == [moment(20)]


def test_a_month_is_over_when_a_bar_of_the_next_is_known_and_on_no_friday():
    """Friday 30 January is the last session of its month, which nobody can know by the bars."""
    bars = rows(("A", 24, 1), ("A", 25, 2), ("A", 28, 3), ("A", 32, 4), ("B", 25, 5))
    found = period_ends(bars, "1mo")

    assert found.select("entity", "observation_date", "known_at").rows() == [
        ("A", day(25), moment(28))
    ]


def test_a_window_is_known_with_the_last_of_its_rows_of_the_same_series():
    bars = rows(("A", 0, 1), ("A", 1, 2), ("A", 2, 3), ("B", 3, 4), late={0: 9})

    assert measured(bars, pl.col("value"), 2)["known_at"].to_list() == [
        moment(9), moment(9), moment(2), moment(3)
    ]  # fmt: skip
    assert measured(bars, pl.col("value"), WHOLE)["known_at"].to_list() == [
        moment(9), moment(9), moment(9), moment(3)
    ]  # fmt: skip
    assert measured(bars, pl.col("value").cum_sum(), 1)["value"].to_list() == [1, 3, 6, 4]
    assert bars.filter(entity="A").select(known_within(1))["known_at"].to_list() == [
        moment(9), moment(1), moment(2)
    ]  # fmt: skip


def test_a_rank_is_among_the_values_of_a_span_of_its_own_series():
    bars = rows(("B", 4, 9), ("A", 2, 3), ("A", 1, 1), ("A", 0, 2), late={0: 5})
    found = ranked(bars, "24mo", 2)

    assert found["entity"].to_list() == ["A", "A", "A", "B"]
    low, high = found["value"][1:3]
    assert (found["value"][0], found["value"][3]) == (None, None)
    assert low < 50 < high
    assert found["known_at"].to_list() == [*[moment(5)] * 3, moment(4)]
    assert ranked(bars, "2d", 3)["value"].to_list() == [None] * 4


def index(*given: tuple[str, int, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame([(code, day(after), close) for code, after, close in given],
                         ["code", "trade_date", "close"], orient="row")  # fmt: skip
    return frame.cast({"close": pl.Float64})


def test_sessions_are_the_mainland_days_of_bars_and_of_the_calendar_in_order():
    bars = index(("000001.SH", 2, 1), ("399001.SZ", 0, 1), ("930713.CSI", 3, 1), ("000001.SH", 0, 1),
                 ("HSI.HK", 1, 1), ("NDX.US", 4, 1))  # fmt: skip
    calendar = pl.DataFrame({"trade_date": [day(7), day(2)]})

    assert SESSIONS(bars).rows() == [(0, day(0)), (1, day(2)), (2, day(3))]
    assert SESSIONS(bars, calendar)["observation_date"].to_list() == [
        day(0), day(2), day(3), day(7)
    ]  # fmt: skip


def test_bars_of_indices_are_those_with_a_close_by_series_and_day():
    bars = index(("B", 0, 3), ("A", 1, 2), ("A", 2, -1), ("A", 3, None), ("A", 0, 1))
    found = INDICES(bars.with_columns(known_at=pl.lit(moment(0))))

    assert found.select("entity", "close").rows() == [("A", 1), ("A", 2), ("B", 3)]


def test_a_session_is_priced_by_a_mainland_close_alone():
    bars = index(("000001.SH", 0, 1), ("000001.SH", 1, 0), ("000001.SH", 2, None), ("HSI.HK", 3, 1))
    days = pl.DataFrame({"observation_date": [day(n) for n in range(4)]})

    assert PRICED(days, bars)["observation_date"].to_list() == [day(0)]


def spans(*given: tuple[str, int, int | None], member: str = "entity") -> pl.DataFrame:
    """(member, first day, last day) rows; None is open."""
    return pl.DataFrame(
        [(name, day(first), None if last is None else day(last)) for name, first, last in given],
        {member: pl.String, "valid_from": pl.Date, "valid_to": pl.Date}, orient="row",
    )  # fmt: skip


def test_a_newer_industry_ends_the_one_before_it_on_the_eve():
    security = spans(("A", 5, None), ("A", 0, None), ("A", 9, None), ("B", 1, None), member="code")
    security = security.with_columns(industry=pl.Series(["two", "one", "three", "one"]))
    found = classified(security)

    assert found.select("entity", "industry", "valid_from", "valid_to").rows() == [
        ("A", "one", day(0), day(4)), ("A", "two", day(5), day(8)), ("A", "three", day(9), None),
        ("B", "one", day(1), None),
    ]  # fmt: skip
    ended = security.with_columns(valid_to=pl.lit(day(2)))
    assert classified(ended)["valid_to"].to_list() == [day(2)] * 4


def test_a_share_belongs_to_a_theme_by_code_or_while_in_a_listed_industry():
    lists = pl.concat([
        spans(("A", 0, 3), member="member").with_columns(theme=pl.lit("tech"), kind=pl.lit("code")),
        spans(("chips", 2, 8), member="member").with_columns(
            theme=pl.lit("tech"), kind=pl.lit("industry")),
        spans(("B", 0, 9), member="member").with_columns(theme=pl.lit("else"), kind=pl.lit("code")),
    ])  # fmt: skip
    security = spans(("C", 1, 5), ("D", 3, None), ("E", 0, 9), member="code").with_columns(
        industry=pl.Series(["chips", "chips", "banks"])
    )
    found = theme_members("tech", security, lists)

    assert found.sort("entity").rows() == [
        ("A", day(0), day(3)), ("C", day(2), day(5)), ("D", day(3), day(8))
    ]  # fmt: skip
    assert theme_members("tech", None, lists).rows() == [("A", day(0), day(3))]


def test_both_ends_of_a_span_belong_to_it():
    frame = spans(("A", 1, 3), ("B", 2, None))
    inside = [frame.select(within_span(pl.lit(day(n)))).to_series().to_list() for n in range(5)]

    assert inside == [[False, False], [True, False], [True, True], [True, True], [False, True]]


def test_a_bar_counts_once_while_its_stock_is_a_member():
    bars = rows(("A", 0, 1), ("A", 1, 2), ("A", 2, 3), ("B", 1, 4)).cast({"entity": pl.Categorical})

    def kept(*given: tuple[str, int, int | None]) -> list[float]:
        return sorted(while_members(bars, spans(*given))["value"])

    assert kept(("A", 0, 1)) == [1, 2]
    assert kept(("A", 0, 1), ("A", 1, None), ("B", 2, None)) == [1, 2, 3]
    assert while_members(bars, spans(("A", 0, 1))).columns == bars.columns
