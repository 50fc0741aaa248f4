"""What followed readings like this: independent cases, over and known, beside the usual."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import Rarity
from transforms.outlook.followed import (
    FEWEST_CASES,
    MEASURED_ON,
    Ahead,
    Followed,
    Index,
    beginnings,
    evenings_of,
    followed,
    independent_cases,
)
from transforms.outlook.followed_facts import followed_facts
from transforms.outlook.readings import Condition, Reading, Series
from transforms.outlook.scenarios import HORIZONS, paths

FIRST = date(2018, 1, 1)
DAYS = [FIRST + timedelta(days=7 * (n // 5) + n % 5) for n in range(1400)]
AFTERNOON, NEXT_MORNING = timedelta(hours=8), timedelta(hours=25)
MARGIN = "margin_financing_balance_cny"


def rows(metric: str, entity: str, values: np.ndarray, late: timedelta = AFTERNOON):
    """A series from the first day on, each value known so long after its day began (UTC)."""
    days = DAYS[: len(values)]
    return pl.DataFrame({
        "metric": metric, "entity": entity, "observation_date": days,
        "value": pl.Series(values, dtype=pl.Float64),
        "known_at": [datetime(d.year, d.month, d.day) + late for d in days],
    })  # fmt: skip


def market(count: int = 1400, seed: int = 3) -> pl.DataFrame:
    """Closes of both indices, and margin loans that are out on the next morning."""
    chance = np.random.default_rng(seed)
    closes = [1000 * np.exp(chance.normal(0, 0.01, 1400).cumsum())[:count] for _ in MEASURED_ON]
    loans = 1e12 * np.exp(chance.normal(0, 0.01, 1400).cumsum())[:count]
    return pl.concat([
        *(rows("close", e, values) for e, values in zip(MEASURED_ON, closes, strict=True)),
        rows(MARGIN, "CN", loans, NEXT_MORNING),
    ])  # fmt: skip


def risen(frame: pl.DataFrame, place: int, q: float = 99.0) -> Finding:
    """A finding of a rise of margin loans over five sessions, of the observation at a place."""
    values = frame.filter(metric=MARGIN)["value"]
    day = DAYS[place]
    numbers = {
        "change": Number(values[place] / values[place - 5] - 1, "fraction", day, at(day)),
        "sessions": Number(5.0, "count", day, at(day)),
    }
    return Finding("financing_change", "CN", "leverage", rarity(q), 1.0, numbers)


def rarity(q: float | None, *, record: bool = False) -> Rarity:
    return Rarity(q, 1.0, None, record, FIRST, 1000)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day) + NEXT_MORNING


@pytest.fixture(scope="module")
def drawn() -> pl.DataFrame:
    """A market whose loans jump on the last session but one, which is known on the last."""
    frame = market()
    jumped = (pl.col("metric") == MARGIN) & (pl.col("observation_date") >= DAYS[1398])
    return frame.with_columns(value=pl.when(jumped).then(pl.col("value") * 1.2).otherwise("value"))


@pytest.fixture(scope="module")
def told(drawn: pl.DataFrame) -> Followed:
    return followed(drawn, [risen(drawn, 1398)], DAYS[1399])


flags = st.lists(st.booleans(), min_size=1, max_size=150).map(np.array)


@given(flags, st.integers(1, 40))
def test_cases_never_overlap_and_none_that_fits_is_left_out(holds, horizon):
    chosen = independent_cases(holds, np.arange(len(holds)), horizon)
    like = np.flatnonzero(holds)

    assert holds[chosen].all()
    assert (np.diff(chosen) >= horizon).all()
    for day in like:
        assert any(0 <= day - case < horizon for case in chosen)


@given(flags, st.integers(1, 40), st.integers(1, 150))
def test_what_comes_later_changes_no_earlier_case(holds, horizon, cut):
    whole = independent_cases(holds, np.arange(len(holds)), horizon)
    before = independent_cases(holds[:cut], np.arange(len(holds[:cut])), horizon)

    assert whole[: len(before)].tolist() == before.tolist()


def test_a_case_begins_when_the_reading_was_known():
    """In the afternoon: the same close; on Saturday: Monday's; before the index was: none."""
    days = np.array(DAYS[:20], "M8[D]")
    known = days.astype("M8[us]") + np.timedelta64(NEXT_MORNING)
    known[3] = np.datetime64(DAYS[3]) + np.timedelta64(AFTERNOON)
    series = Series(MARGIN, days, np.ones(20), known)
    closes = Series("close", days[2:], np.ones(18), known[2:])
    index = Index("000300.SH", closes, evenings_of(days[2:]), {})

    found = beginnings(series, index)

    assert found[:5].tolist() == [-1, 0, 1, 1, 3]
    assert found[-1] == 18


def test_a_case_is_an_earlier_day_that_was_as_rare_in_its_own_past(drawn, told):
    """By hand: 97.5 % of the rises over five sessions before it were smaller."""
    values = drawn.filter(metric=MARGIN)["value"].to_numpy()
    moves = values[5:] / values[:-5] - 1
    rare = [
        n for n in range(249, 1394)
        if 100 * ((moves[:n] < moves[n]).sum()) / n >= 97.5 and moves[n] > 0
    ]  # fmt: skip
    expected, over = [], -1
    for n in rare:
        if n + 6 >= over and n + 6 + 20 < 1400:
            expected.append(DAYS[n + 5])
            over = n + 6 + 20
    row = told.summary.filter(kind="financing_change", horizon=20).row(0, named=True)
    cases = told.cases.filter(measured_on=MEASURED_ON[0], horizon=20)

    assert len(expected) >= FEWEST_CASES
    assert cases["observation_date"].to_list() == expected
    assert (row["shape"], row["side"], row["sessions"], row["least"]) == ("change", "up", 5, 97.5)
    assert row["cases"] == len(expected)
    assert row["since"] == DAYS[255]
    assert row["observation_date"] == DAYS[1398]


@pytest.mark.parametrize("horizon", HORIZONS)
def test_returns_falls_and_the_usual_by_hand(drawn, told, horizon):
    entity = MEASURED_ON[1]
    closes = drawn.filter(metric="close", entity=entity)["value"].to_numpy()
    cases = told.cases.filter(measured_on=entity, horizon=horizon)
    row = told.summary.filter(measured_on=entity, horizon=horizon).row(0, named=True)
    for case in cases.iter_rows(named=True):
        begun, ended = DAYS.index(case["begins"]), DAYS.index(case["ends"])
        path = closes[begun : ended + 1]
        assert ended - begun == horizon
        assert begun == DAYS.index(case["observation_date"]) + 1
        assert case["realised"] == pytest.approx(path[-1] / path[0] - 1)
        assert case["fall"] == pytest.approx((path / np.maximum.accumulate(path) - 1).min())
        assert case["known_at"] == datetime.combine(case["ends"], datetime.min.time()) + AFTERNOON
    usual = paths(closes, horizon)["return"][255 : 1400 - horizon]
    assert row["base_days"] == len(usual)
    assert row["base_independent"] == pytest.approx(len(usual) / horizon)
    assert row["base_median_return"] == pytest.approx(np.median(usual))
    if row["cases"] >= FEWEST_CASES:
        assert row["median_return"] == pytest.approx(cases["realised"].median())
        assert row["lower_fall"] == pytest.approx(cases["fall"].quantile(0.25, "linear"))
    else:
        assert row["median_return"] is row["lower_fall"] is None


def test_under_eight_cases_are_listed_and_eight_are_summed_up(told):
    by_count = {row["cases"]: row for row in told.summary.iter_rows(named=True)}

    assert {"under", "over"} == {"under" if n < FEWEST_CASES else "over" for n in by_count}
    for n, row in by_count.items():
        assert (row["upper_return"] is None) == (n < FEWEST_CASES)


@pytest.mark.parametrize(("count", "is_summed"), [(FEWEST_CASES - 1, False), (FEWEST_CASES, True)])
def test_eight_cases_have_quartiles_and_seven_have_none(count, is_summed):
    days = np.array(DAYS[:400], "M8[D]")
    known = days.astype("M8[us]") + np.timedelta64(AFTERNOON)
    closes = Series("close", days, np.linspace(1, 5, 400), known)
    index = Index("000300.SH", closes, evenings_of(days), {20: paths(closes.values, 20)})
    holds = np.isin(np.arange(400), 20 * np.arange(count))
    every = np.ones(400, dtype=bool)
    condition = Condition("band", "hot")
    reading = Reading("heat", "CN", closes, condition, closes.values, every, holds, "core")
    ahead = Ahead(reading, index, beginnings(closes, index), 20)
    row = ahead.summary(list(ahead.cases()))

    assert row["cases"] == count
    assert (row["median_return"] is not None) == is_summed
    assert (row["upper_fall"] is not None) == is_summed
    assert row["base_median_return"] is not None


def test_nothing_after_the_day_counts_and_a_later_day_keeps_the_cases(drawn):
    """Neither the rows of later days nor their values change anything."""
    finding, as_of = risen(drawn, 1300), DAYS[1301]
    cut = drawn.filter(pl.col("observation_date") <= as_of)
    other = drawn.with_columns(
        value=pl.when(pl.col("observation_date") > as_of).then(1.0).otherwise("value")
    )
    if finding.numbers["change"].value <= 0:
        cut, other = (one.with_columns(value=1e15 / pl.col("value")) for one in (cut, other))
    before = followed(cut, [finding], as_of)
    assert before.cases.height > 0
    for one in (before, followed(other, [finding], as_of)):
        assert one.cases.equals(before.cases)
        assert one.summary.equals(before.summary)


def test_a_close_that_is_not_known_yet_ends_no_case(drawn, told):
    last = told.cases.filter(horizon=20, measured_on=MEASURED_ON[0]).row(-1, named=True)
    ended = pl.col("observation_date") == last["ends"]
    late = drawn.with_columns(
        known_at=pl.when(ended).then(datetime(2030, 1, 1)).otherwise("known_at")
    )
    again = followed(late, [risen(drawn, 1398)], DAYS[1399])

    assert last["ends"] not in again.cases["ends"].to_list()


def test_without_indices_or_readings_nothing_followed(drawn):
    finding = risen(drawn, 1398)

    assert followed(drawn.filter(metric=MARGIN), [finding], DAYS[1399]).summary.is_empty()
    assert followed(drawn, [], DAYS[1399]).summary.is_empty()
    assert followed(drawn.clear(), [finding], DAYS[1399]).cases.is_empty()


def test_an_index_that_is_younger_than_the_reading_has_the_cases_of_its_own_time(drawn):
    young = (pl.col("entity") == MEASURED_ON[0]) & (pl.col("observation_date") < DAYS[900])
    found = followed(drawn.filter(~young), [risen(drawn, 1398)], DAYS[1399])
    of_young = found.cases.filter(measured_on=MEASURED_ON[0])

    assert of_young.height > 0
    assert of_young["observation_date"].min() >= DAYS[900]
    assert found.summary.filter(measured_on=MEASURED_ON[0])["since"].unique().to_list() == [
        DAYS[901]
    ]


def test_facts_are_the_medians_or_the_cases_and_each_has_its_query(told):
    found = list(followed_facts(told, DAYS[1399], {"index_daily": ["a"], "margin_market": ["b"]}))
    ids = {fact.fact_id for fact in found}
    entity = f"CN/{MEASURED_ON[1]}"

    assert len(ids) == len(found)
    for row in told.summary.filter(measured_on=MEASURED_ON[1]).iter_rows(named=True):
        horizon, many = row["horizon"], row["cases"] >= FEWEST_CASES
        names = {fact.metric for fact in found if fact.entity == entity}
        assert (f"followed_financing_change_median_return_{horizon}d" in names) == many
        assert (f"followed_financing_change_realised_{horizon}d" in names) == (not many)
    one = next(fact for fact in found if fact.metric == "followed_financing_change_cases_20d")
    assert one.unit == "count"
    assert one.sources == ("a", "b")
    assert one.query == (
        f"SELECT cases FROM mart.followed WHERE as_of = DATE '{DAYS[1399]}' "
        "AND kind = 'financing_change' AND entity = 'CN' "
        f"AND measured_on = '{one.entity.partition('/')[2]}' AND horizon = 20"
    )
    case = next(fact for fact in found if "_realised_" in fact.metric)
    assert f"AND observation_date = DATE '{case.observation_date}'" in case.query


def test_what_no_past_day_tells_is_no_fact(told):
    """Of a reading that is younger than the horizon nothing usual is known."""
    young = told.summary.with_columns(
        base_median_return=pl.lit(None, pl.Float64), base_median_fall=pl.lit(None, pl.Float64)
    )
    found = list(followed_facts(Followed(young, told.cases), DAYS[1399], {}))

    assert found
    assert not any("base_median" in fact.metric for fact in found)
