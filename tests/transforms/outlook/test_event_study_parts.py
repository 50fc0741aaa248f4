"""The steps of the study of warnings, each on a handful of rows."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.outlook import event_study
from transforms.outlook.event_study import (
    AFTER,
    BEFORE,
    DRAWS,
    LATEST_START,
    QUIET_DAYS,
    SEED,
    Followed,
)

MONDAY = date(2026, 1, 5)
NAN = math.nan


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def bars(**days: list[int]) -> pl.DataFrame:
    """Bars of shares on some days, share after share."""
    rows = [(code, day(n), at) for code, listed in days.items() for at, n in enumerate(listed)]
    frame = pl.DataFrame(rows, {"entity": pl.String, "day": pl.Date, "bar": pl.Int64}, orient="row")
    return frame.with_columns(run_up=pl.col("bar") / 10.0).with_row_index("row")


def notices(*told: tuple[str, int]) -> pl.DataFrame:
    rows = [(code, day(n)) for code, n in told]
    return pl.DataFrame(rows, {"code": pl.String, "day": pl.Date}, orient="row")


@pytest.mark.parametrize(
    ("noticed", "expected"),
    [
        (0, [0]),  # the day itself
        (1, [LATEST_START + 1]),  # trading goes on within thirty days
        (2, [LATEST_START + 1]),
        (LATEST_START + 2, []),  # no bar follows
    ],
)
def test_a_notice_counts_from_the_first_bar_on_or_after_it(noticed, expected):
    found = event_study._first_bars(
        notices(("a", noticed)), bars(a=[0, LATEST_START + 1], b=[noticed])
    )

    assert found["noticed"].to_list() == [day(n) for n in expected]


def test_a_share_that_trades_again_after_over_thirty_days_has_no_event():
    found = event_study._first_bars(notices(("a", 1)), bars(a=[0, LATEST_START + 2]))

    assert found.is_empty()


def test_two_notices_before_one_bar_are_one_and_bars_stand_by_share():
    found = event_study._first_bars(
        notices(("b", 3), ("a", 6), ("a", 1), ("a", 2), ("a", 2)), bars(a=[0, 4, 6], b=[3, 5])
    )

    assert found.select("code", "noticed", "bar", "row").rows() == [
        ("a", day(4), 1, 1), ("a", day(6), 2, 2), ("b", day(3), 0, 3),
    ]  # fmt: skip
    assert found["run_up"].to_list() == [0.1, 0.2, 0.0]


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        ([("a", 0), ("a", AFTER)], [True, False]),
        ([("a", 0), ("a", AFTER + 1)], [True, True]),
        # The one that was not kept holds nobody back.
        ([("a", 0), ("a", AFTER), ("a", AFTER + 1)], [True, False, True]),
        ([("a", 0), ("b", 1), ("b", 2)], [True, True, False]),
        ([], []),
    ],
)
def test_within_sixty_bars_a_share_has_one_event(listed, kept):
    rows = pl.DataFrame(listed, {"code": pl.String, "bar": pl.Int64}, orient="row")

    assert event_study._first_of_each_run(rows).equals(
        rows.filter(pl.Series(kept, dtype=pl.Boolean))
    )


@pytest.mark.parametrize(
    ("ago", "quiet"), [(0, False), (QUIET_DAYS, False), (QUIET_DAYS + 1, True), (-1, True)]
)
def test_a_share_is_loud_for_ninety_days_after_its_notice(ago, quiet):
    crowd = pl.DataFrame({"code": ["a", "b"], "day": [day(200)] * 2, "placebo": [7, 8]})
    found = event_study._quiet(crowd, notices(("a", 200 - ago)))

    assert found["placebo"].to_list() == ([7, 8] if quiet else [8])


def crowd(*rows: tuple[str, int, str, float, float, float | None]) -> pl.DataFrame:
    """code, row, board, decile, third, run_up, all of one day."""
    schema = {"code": pl.String, "row": pl.Int64, "board": pl.String, "decile": pl.Float64,
              "third": pl.Float64, "run_up": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row").with_columns(day=pl.lit(day(0)))


def test_the_placebo_is_the_nearest_quiet_share_of_the_same_class():
    rows = crowd(
        ("a", 1, "Main", 9.0, 0.0, 0.50),
        ("b", 2, "Main", 9.0, 0.0, 0.53),
        ("c", 3, "Main", 9.0, 0.0, 0.48),
        ("d", 4, "STAR", 9.0, 0.0, 0.50),
        ("e", 5, "Main", 8.0, 0.0, 0.50),
        ("f", 6, "Main", 9.0, 1.0, 0.50),
        ("g", 7, "Main", 9.0, 0.0, 0.52),
        ("h", 8, "Main", 7.0, 0.0, None),
    )
    events = pl.DataFrame({"row": [8, 1, 4]})
    found = event_study._placebos(events, notices(("a", 0), ("d", 0), ("h", 0)), rows)

    assert found["row"].to_list() == [8, 1, 4], "the events stay as they are"
    assert found["placebo"].to_list() == [None, 3, None], "of two as near the first row"
    silent = event_study._placebos(events, notices(("a", 0), ("c", 0)), rows)
    assert silent["placebo"].to_list()[1] == 7


def test_parts_are_equal_and_of_each_day_by_itself():
    frame = pl.DataFrame({
        "day": [1] * 6 + [2] * 2, "value": [1.0, 2.0, 3.0, 4.0, 5.0, None, 100.0, 50.0],
    })  # fmt: skip
    found = frame.select(event_study._part(pl.col("value"), 3)).to_series().to_list()

    assert found == [0, 1, 1, 2, 2, None, 2, 1]


def test_means_are_of_what_is_known_of_a_group():
    mean, count = event_study._mean_of(
        np.array([0, 2, 0, 2, 1]), np.array([1.0, 4.0, 3.0, NAN, NAN])
    )

    assert mean.tolist() == [2.0, 4.0, 2.0, 4.0, 0.0]
    assert count.tolist() == [2, 1, 2, 1, 0]


def securities(*rows: tuple[str, str | None, int, int | None]) -> pl.DataFrame:
    told = [
        (c, i, day(since), None if until is None else day(until)) for c, i, since, until in rows
    ]
    schema = {"code": pl.String, "industry": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
    return pl.DataFrame(told, schema, orient="row")


def industries(security: pl.DataFrame | None) -> list[int]:
    frame = pl.DataFrame({
        "entity": pl.Series(["a"] * 4 + ["b"] * 2, dtype=pl.Categorical),
        "observation_date": [day(n) for n in (0, 1, 2, 3, 0, 1)],
    })  # fmt: skip
    return event_study._industries(frame, np.array([0, 4]), security).tolist()


def test_a_share_is_in_its_industry_from_the_first_day_to_the_last():
    assert industries(securities(("a", "x", 1, 2))) == [0, 1, 1, 0, 0, 0]
    assert industries(securities(("a", "x", -5, None), ("b", "y", 1, None))) == [1] * 4 + [0, 2]
    assert industries(securities(("a", "x", 0, None), ("a", "y", 2, None))) == [1, 1, 2, 2, 0, 0]


def test_without_industries_all_shares_are_in_none():
    assert industries(None) == industries(securities()) == [0] * 6
    assert industries(securities(("a", None, 0, None), ("z", "x", 0, None))) == [0] * 6
    assert industries(pl.DataFrame({"code": ["a"]})) == [0] * 6


def test_the_newest_board_of_a_share_counts():
    rows = securities(("a", "new", 5, None), ("a", "old", 1, 4), ("b", "only", 1, None))

    assert sorted(event_study._newest(rows, "industry").rows()) == [("a", "new"), ("b", "only")]
    for none in (None, rows):
        found = event_study._newest(none, "board")
        assert found.is_empty()
        assert found.columns == ["code", "board"]


def path(count: int) -> pl.DataFrame:
    """Two shares that gain a point a bar, the second in a world of its own."""
    first = [100.0 + n for n in range(count)]
    return pl.DataFrame({
        "adjusted": first + [7.0] * 5, "abnormal": [0.001] * count + [9.0] * 5,
        "bar": [*range(count), *range(5)],
    })  # fmt: skip


def test_what_followed_is_over_when_sixty_bars_are_there():
    count = BEFORE + AFTER + 3
    found = event_study.follow(path(count), np.array([BEFORE, BEFORE + 2, BEFORE + 3, 0, -1]))

    assert found.so_far.tolist() == [AFTER, AFTER, AFTER - 1, AFTER, 0]
    assert found.completed.tolist() == [True, True, False, True, False]
    assert found.around[:2] == pytest.approx([0.001 * (BEFORE + 1 + AFTER)] * 2)
    assert found.around[3] == pytest.approx(0.001 * (1 + AFTER)), (
        "nothing lies before the first bar"
    )
    assert found.after[[0, 1, 3]] == pytest.approx([0.001 * AFTER] * 3)
    assert found.held[0] == pytest.approx((110 + AFTER) / 110 - 1)
    assert found.drawdown[:2].tolist() == [0.0, 0.0]
    assert np.isnan([found.around[2], found.held[2], found.drawdown[4], found.after[4]]).all()
    assert found.places[0].tolist() == list(range(BEFORE + 1, BEFORE + 1 + AFTER))
    assert found.places[2, -1] == -1
    assert np.isnan(found.daily[2, -1])
    assert (found.places[4] == -1).all()


def test_a_fall_is_from_the_highest_close_since_the_event():
    adjusted = [500.0] * BEFORE + [100.0, 120.0, 90.0] + [110.0] * AFTER
    frame = pl.DataFrame({"adjusted": adjusted, "abnormal": 0.0, "bar": range(len(adjusted))})
    found = event_study.follow(frame, np.array([BEFORE]))

    assert found.drawdown.tolist() == [pytest.approx(90 / 120 - 1)]


def outcomes(after: list[float], drawdown: list[float]) -> Followed:
    values, none = np.array(after), np.zeros((len(after), 1))
    return Followed(
        np.full(len(after), AFTER), values + 1, values, values + 2, np.array(drawdown), none,
        np.zeros((len(after), 1), dtype=int),
    )  # fmt: skip


def test_quartiles_of_the_outcomes_and_the_share_that_fell_by_a_fifth():
    one = outcomes([1.0, 2.0, 3.0, 4.0, 5.0, 99.0], [-0.1, -0.2, -0.21, -0.19, 0.0, -0.9])
    rows = event_study._spread("placebo_", one, np.array([True] * 5 + [False]))
    told = {name: (value, unit, n) for name, value, unit, n in rows}

    assert told["placebo_completed"] == (5.0, "count", 5)
    assert [
        told[f"placebo_after_{part}"][0] for part in ("lower_quartile", "median", "upper_quartile")
    ] == [2, 3, 4]
    assert told["placebo_around_median"] == (4.0, "fraction", 5)
    assert told["placebo_held_median"] == (5.0, "fraction", 5)
    assert told["placebo_drawdown_median"] == (-0.19, "fraction", 5)
    assert told["placebo_fell_20_share"] == (0.4, "fraction", 5)
    assert event_study._spread("", one, np.zeros(6, dtype=bool)) == []


def test_the_difference_to_placebos_is_a_mean_with_the_range_of_drawn_weeks():
    events = pl.DataFrame({"noticed": [day(0), day(4), day(7), day(14)]})
    one = outcomes([0.1, 0.2, 0.6, 9.0], [-0.3, 0.0, -0.3, 0.0])
    other = outcomes([0.0, 0.0, 0.1, 0.0], [0.0, 0.0, -0.3, 0.0])
    both = np.array([True, True, True, False])
    told = {
        name: (value, n) for name, value, _, n in event_study._difference(events, one, other, both)
    }

    sums, sizes = np.array([0.3, 0.5]), np.array([2.0, 1.0])
    drawn = np.random.default_rng(SEED).multinomial(2, [0.5, 0.5], DRAWS)
    low, high = np.quantile(drawn @ sums / (drawn @ sizes), (0.1, 0.9))
    assert told == {
        "difference": (pytest.approx(0.8 / 3), 3), "difference_low": (pytest.approx(low), 2),
        "difference_high": (pytest.approx(high), 2),
        "difference_fell_20_share": (pytest.approx(1 / 3), 3),
    }  # fmt: skip
    assert low < 0.8 / 3 < high
    for few in ([True, False, False, False], [False] * 4):
        assert event_study._difference(events, one, other, np.array(few)) == []


def test_the_mean_of_a_day_is_one_observation_however_many_shares_it_has():
    frame = pl.DataFrame({"day": [day(n % 40) for n in range(80)]})
    steps = np.random.default_rng(3).normal(0.01, 0.01, 40)
    twice = np.vstack([steps, steps + np.where(np.arange(40) % 2, 0.02, -0.02)])
    empty = np.full(2, NAN)
    one = Followed(np.zeros(2), empty, empty, empty, empty, twice, np.arange(80).reshape(2, 40))
    ((name, statistic, unit, n),) = event_study._calendar_time(one, frame)

    mean = twice.mean(axis=0)
    variance = event_study.long_run_variance(mean, event_study.WEEK_LAGS)
    assert (name, unit, n) == ("calendar_time_t", "t", 40)
    assert statistic == pytest.approx(mean.mean() / math.sqrt(variance / 40))


@pytest.mark.parametrize("daily", [np.full((2, 40), NAN), np.full((2, 40), 0.25)])
def test_what_is_unknown_or_never_varies_has_no_t(daily):
    frame = pl.DataFrame({"day": [day(n % 40) for n in range(80)]})
    empty = np.full(2, NAN)
    one = Followed(np.zeros(2), empty, empty, empty, empty, daily, np.arange(80).reshape(2, 40))

    assert event_study._calendar_time(one, frame) == []


def members(**more: object) -> pl.DataFrame:
    """Twelve shares on two days, of which the first has events."""
    rows = [(f"{n:02d}", day(of), n / 10) for of in (0, 1) for n in range(12)]
    frame = pl.DataFrame(rows, ["entity", "day", "run_up"], orient="row").with_row_index("row")
    return frame.with_columns(entity=pl.col("entity").cast(pl.Categorical), **more)


def crowded(recent: pl.DataFrame, security: pl.DataFrame | None = None) -> pl.DataFrame:
    events = pl.DataFrame({"noticed": [day(0), day(0)]})
    return event_study._crowd(members().reverse(), events, recent, security)


def test_a_crowd_is_of_the_days_of_events_by_board_and_tenth_of_the_run_up():
    boards = pl.DataFrame({"code": ["03"], "board": ["STAR"], "valid_from": [day(-9)]})
    found = crowded(pl.DataFrame({"code": ["03"]}), boards)

    assert found["row"].to_list() == list(range(12))
    assert found["decile"].to_list() == [int((n + 1) * 10 / 13) for n in range(12)]
    assert found["board"].to_list() == ["", "", "", "STAR", *[""] * 8]
    assert found["third"].unique().to_list() == [-1.0]


def test_a_crowd_is_parted_by_tradable_value_where_that_is_known():
    """Value is turnover over its rate; of another day, without a rate or a row it is not known."""
    rows = [(f"{n:02d}", day(0), 1e6 * (n + 1), 0.01) for n in range(10)]
    rows += [("10", day(0), 1e6, 0.0), ("00", day(1), 1e12, 0.01)]
    recent = pl.DataFrame(rows, ["code", "trade_date", "amount_cny", "turnover_rate"], orient="row")
    found = crowded(recent)

    assert found["third"].to_list() == [int((n + 1) * 3 / 11) for n in range(10)] + [-1.0, -1.0]
