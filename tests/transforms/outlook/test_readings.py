"""Readings: the condition of a finding on the past of its series, judged by what came before."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.engine.metric import metrics
from transforms.findings.finding import Finding, Number
from transforms.findings.kinds import KINDS
from transforms.findings.rarity import Rarity, rarity_of_level, rarity_of_move
from transforms.outlook.axes_used import axes_used
from transforms.outlook.readings import SOURCES, Condition, Reading, Series, of_axes, of_finding

FIRST = date(2020, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(700)]
PLACES = np.array(DAYS, "M8[D]")


def series(metric: str, values: np.ndarray) -> Series:
    days = PLACES[: len(values)]
    return Series(metric, days, values, days.astype("M8[us]"))


def finding(
    kind: str, past: Series, q: float | None = 99.0, *, record: bool = False, sessions: int = 0
) -> Finding:
    """A finding of the newest day of a series."""
    day = past.day(-1)
    role, known = SOURCES[kind].role, datetime(day.year, day.month, day.day)
    numbers = {role: Number(float(past.values[-1]), "any", day, known)}
    if sessions:
        numbers["sessions"] = Number(float(sessions), "count", day, known)
    return Finding(kind, "CN", "any", Rarity(q, 1.0, None, record, FIRST, 700), 1.0, numbers)


def read(kind: str, values: np.ndarray, q: float | None = 99.0, **about) -> Reading | None:
    past = series(SOURCES[kind].metric, values)
    return of_finding(finding(kind, past, q, **about), past)


def walk(count: int = 700, seed: int = 1) -> np.ndarray:
    return 100 * np.exp(np.random.default_rng(seed).normal(0, 0.01, count).cumsum())


def test_each_kind_that_is_read_is_a_kind_with_that_number_of_a_metric_that_there_is():
    for kind, source in SOURCES.items():
        assert source.role in KINDS[kind].numbers
        assert source.metric in metrics()
        if source.shape in {"change", "total"}:
            assert "sessions" in KINDS[kind].numbers


@pytest.mark.parametrize("sessions", [1, 5])
@pytest.mark.parametrize("last", [1.3, 0.7])
def test_a_move_is_held_against_moves_as_rare_on_their_own_day(sessions, last):
    values = walk()
    values[-1] = values[-1 - sessions] * last
    found = read("financing_change", values, sessions=sessions)
    moves = values[sessions:] / values[:-sessions] - 1

    assert found is not None
    assert found.condition == Condition("change", "up" if last > 1 else "down", sessions, 97.5)
    assert found.judged.tolist() == [False] * (249 + sessions) + [True] * (451 - sessions)
    for n in range(249, len(moves), 7):
        then = rarity_of_move(PLACES[: n + 1], moves[: n + 1], sessions)
        as_rare = then.q >= 97.5 and (moves[n] > 0) == (last > 1)
        assert found.holds[n + sessions] == as_rare
    assert found.holds.sum() > 1


@pytest.mark.parametrize("low", [False, True])
def test_a_level_is_held_against_levels_as_high_or_as_low(low):
    values = np.random.default_rng(2).normal(0, 1, 700)
    values[-1] = -1.5 if low else 1.5
    found = read("purchases_level", values, 93.0)

    assert found is not None
    assert found.condition == Condition("level", "low" if low else "high", 1, 90.0)
    for n in range(249, 700, 7):
        then = rarity_of_level(PLACES[: n + 1], values[: n + 1], high=not low)
        assert found.holds[n] == (then.q >= 90.0)


@pytest.mark.parametrize(
    ("q", "least"),
    [(97.5, 97.5), (97.4, 90.0), (90.0, 90.0), (89.9, 75.0), (75.0, 75.0), (74.9, None)],
)
def test_the_rarity_of_a_finding_counts_in_steps_and_an_ordinary_one_has_no_past(q, least):
    values = walk()
    values[-1] = values[-2] * 1.3
    found = read("index_day", values, q)

    assert (found.condition.least if found else None) == least


def test_a_longer_series_changes_no_earlier_day():
    values = walk()
    values[[449, 699]] = values[[448, 698]] * 1.3
    short, whole = read("index_day", values[:450]), read("index_day", values)

    assert whole is not None
    assert short is not None
    assert whole.holds[:450].tolist() == short.holds.tolist()


def test_too_short_a_past_has_no_reading():
    assert read("index_day", np.append(walk(250), 200.0)) is not None
    assert read("index_day", np.append(walk(249), 200.0)) is None
    assert read("index_high", np.append(walk(250), 1e6)) is not None
    assert read("index_high", np.append(walk(249), 1e6)) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_high_is_held_against_highs_of_250_sessions_and_a_record_against_records(sign):
    values = walk(seed=4)
    values[-1] = values.max() * 1.1
    kind = "index_high" if sign > 0 else "index_low"
    outward = values if sign > 0 else 1 / values
    high, record = read(kind, outward), read(kind, outward, record=True)

    assert high is not None
    assert record is not None
    assert (high.condition.shape, record.condition.shape) == ("extreme", "record")
    assert high.condition.side == ("high" if sign > 0 else "low")
    year = [n >= 250 and values[n] > values[n - 250 : n].max() for n in range(700)]
    ever = [n >= 250 and values[n] > values[:n].max() for n in range(700)]
    assert high.holds.tolist() == year
    assert record.holds.tolist() == ever


def test_the_total_of_a_span_is_held_against_totals_of_as_many_sessions():
    values = np.random.default_rng(5).uniform(1, 2, 700)
    values[-3:] = 3.0
    found = read("turnover_total", values, sessions=3)

    assert found is not None
    assert found.values[-1] == pytest.approx(9.0)
    assert found.condition == Condition("total", "high", 3, 97.5)
    assert np.isnan(found.values[:2]).all()
    assert found.judged.argmax() == 251


@pytest.mark.parametrize(
    ("level", "side"), [(70.0, "overbought"), (30.0, "oversold"), (69.9, None), (30.1, None)]
)
def test_an_index_in_a_zone_is_held_against_days_in_it(level, side):
    values = np.append(np.tile([20.0, 50.0, 80.0], 9), level)
    found = read("rsi_zone", values)

    assert (found.condition.side if found else None) == side
    if found:
        beyond = values >= 70 if side == "overbought" else values <= 30
        assert found.holds.tolist() == beyond.tolist()


@pytest.mark.parametrize(("p", "found"), [(0.049, True), (0.05, False)])
def test_explosive_growth_is_held_against_days_on_which_it_was_found(p, found):
    values = np.append(np.tile([0.01, 0.5], 20), p)
    reading = read("psy", values)

    assert (reading is not None) == found
    if reading:
        assert reading.holds.tolist() == (values < 0.05).tolist()


def test_a_finding_whose_day_the_series_has_not_has_no_reading():
    past = series("close", walk())
    of_later = finding("index_day", past)

    assert of_finding(of_later, series("close", walk()[:-1])) is None
    assert of_finding(of_later, None) is None


def axes(momentum: list[float], heat: list[float | None], suffix: str = "") -> pl.DataFrame:
    """Both axes; heat has no row where it is None."""
    parts = [("structural_momentum", momentum), ("overheating", heat)]
    return pl.DataFrame(
        [
            (name + suffix, "CN", DAYS[n], value, datetime(2020, 1, 1) + timedelta(days=n))
            for name, values in parts
            for n, value in enumerate(values)
            if value is not None
        ],
        schema=["metric", "entity", "observation_date", "value", "known_at"],
        orient="row",
    )


def of(frame: pl.DataFrame, last: date) -> dict[str, Reading]:
    return {one.kind: one for one in of_axes(axes_used(frame), last)}


def test_the_axes_are_held_against_days_in_their_band_by_what_is_printed():
    found = of(axes([56.0, 80.0, 69.6, 54.4, 70.0], [59.4, 59.5, 61.0, 80.0, 59.86]), DAYS[4])

    assert found["momentum"].condition == Condition("band", "strong")
    assert found["momentum"].holds.tolist() == [False, True, True, False, True]
    assert found["heat"].condition == Condition("band", "hot")
    assert found["heat"].holds.tolist() == [False, True, True, False, True]
    assert {one.axes for one in found.values()} == {"full"}


def test_the_state_is_held_against_days_in_it_and_says_of_which_axes():
    frame = axes([60.0, 60.0, 40.0, 60.0], [50.0, 70.0, 70.0, 70.0])
    core = axes([60.0, 60.0, 60.0, 60.0], [50.0, 50.0, 70.0, 70.0], "_core")
    full, both = of(frame, DAYS[3])["state"], of(pl.concat([frame, core]), DAYS[3])["state"]

    assert full.condition == Condition("state", "overheated advance")
    assert full.holds.tolist() == [False, True, False, True]
    assert both.holds.tolist() == [False, False, True, True]
    assert (full.axes, both.axes) == ("full", "core")
    assert both.series.metric == "structural_momentum_core"


def test_an_axis_that_is_withheld_has_no_reading_of_an_older_day():
    frame = axes([60.0, 60.0, 60.0], [70.0, 70.0, None])

    assert set(of(frame, DAYS[2])) == {"momentum"}
    assert set(of(frame, DAYS[3])) == set()
