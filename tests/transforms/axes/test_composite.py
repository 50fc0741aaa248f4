"""Specs of the blocks, the axes and what moved them."""

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.axes import composite
from transforms.axes.attribution import attribution, by_block, contributors
from transforms.axes.composite import axis, blocks, coverage, ranges
from transforms.engine.metric import Itself, Metric


def declared(identifier: str, block: str, weight: int = 1, **fields) -> Metric:
    """A metric that enters a block; its formula is not asked for."""
    return Metric(
        identifier,
        compute=pl.DataFrame,
        unit="score 0-100",
        label="",
        reading="",
        paper="",
        score=Itself(),
        block=block,
        weight=weight,
        **{"entities": ("CN",)} | fields,
    )


DECLARED = [
    declared("margin_1d", "heat/leverage"),
    declared("margin_20d", "heat/leverage", weight=2),
    declared("pe", "heat/valuation", entities=("A", "B", "C"), max_age=2),
    declared("rsi", "heat/technical", entities=("A", "B")),
    declared("velocity", "heat/activity", max_age=6),
    declared("trend", "momentum/trend"),
]


COMPONENTS = [(one.id, entity) for one in DECLARED for entity in one.entities]


@pytest.fixture(autouse=True, scope="module")
def few_metrics():
    """These specs have a small world of metrics of their own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(composite, "metrics", lambda: {one.id: one for one in DECLARED})
        yield


def days(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session": list(range(len(numbers))),
            "observation_date": [date(2026, 1, n) for n in numbers],
        }
    )


def scores(*rows: tuple[str, str, int, float | None, datetime]) -> pl.DataFrame:
    """Rows of (metric, entity, day of January, score, known_at)."""
    return pl.DataFrame(
        [
            (metric, entity, date(2026, 1, day), score, known)
            for metric, entity, day, score, known in rows
        ],
        schema=["metric", "entity", "observation_date", "score", "known_at"],
        orient="row",
    )


def at(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 1, day, hour)


def block_scores(**blocks_: float) -> pl.DataFrame:
    """Block scores of 13 January, written momentum__trend=80."""
    return pl.DataFrame(
        {
            "entity": [name.replace("__", "/").replace("_", " ") for name in blocks_],
            "observation_date": [date(2026, 1, 13)] * len(blocks_),
            "value": list(blocks_.values()),
            "known_at": [at(13)] * len(blocks_),
        }
    )


def test_a_block_is_the_weighted_mean_of_what_is_there():
    """Leverage: the 20-day change weighs twice the change on the day."""
    found = blocks(
        scores(
            ("margin_1d", "CN", 12, 90.0, at(13, 1)),
            ("margin_20d", "CN", 12, 60.0, at(13, 1)),
        ),
        days(12, 13),
    ).row(0, named=True)

    assert found["entity"] == "heat/leverage"
    assert found["observation_date"] == date(2026, 1, 13)
    assert found["value"] == pytest.approx((1 * 90 + 2 * 60) / 3)
    assert found["coverage"] == pytest.approx(1)


def test_a_score_counts_from_the_moment_it_is_known():
    """Friday's figure, published on Monday at 09:00, is not in Friday's score."""
    found = blocks(
        scores(
            ("margin_20d", "CN", 8, 10.0, at(9, 1)),
            ("margin_20d", "CN", 9, 80.0, at(12, 1)),
        ),
        days(8, 9, 12),
    ).sort("observation_date")

    assert found["observation_date"].to_list() == [date(2026, 1, 9), date(2026, 1, 12)]
    assert found["value"].to_list() == [10.0, 80.0]


def test_a_figure_known_after_the_end_of_a_day_waits_for_the_next():
    late = scores(("pe", "A", 12, 70.0, at(12, 16))), days(12, 13)
    parts = blocks(*late)

    assert parts.is_empty(), "one of three entities is under half of the block"
    whole = [("pe", entity, 12, 70.0, at(12, 16)) for entity in "AB"]
    assert blocks(scores(*whole), days(12, 13))["observation_date"].to_list() == [date(2026, 1, 13)]


def test_a_score_too_old_leaves_the_block_missing():
    """Leverage may be two sessions old."""
    one = scores(("margin_20d", "CN", 5, 50.0, at(6, 1)))
    found = blocks(one, days(5, 6, 7, 8, 9)).sort("observation_date")

    assert found["observation_date"].to_list() == [date(2026, 1, 6), date(2026, 1, 7)]


def test_a_correction_of_an_old_day_does_not_displace_a_newer_one():
    found = blocks(
        scores(
            ("margin_20d", "CN", 6, 40.0, at(9, 1)),
            ("margin_20d", "CN", 7, 70.0, at(8, 1)),
        ),
        days(6, 7, 8, 9),
    ).sort("observation_date")

    assert found["value"].to_list() == [70.0, 70.0]


def test_a_block_with_under_half_of_its_weight_is_missing():
    one = scores(("margin_1d", "CN", 13, 90.0, at(13)))

    assert blocks(one, days(13)).is_empty()


def test_an_axis_is_the_mean_over_available_blocks_and_says_how_much_that_was():
    found = axis(
        block_scores(
            momentum__trend=80.0,
            momentum__breadth=60.0,
            momentum__capital_formation=40.0,
            momentum__persistence=100.0,
        ),
        "momentum",
    ).row(0, named=True)

    there = 0.30 + 0.25 + 0.15 + 0.05
    assert found["coverage"] == pytest.approx(there)
    assert found["value"] == pytest.approx((0.30 * 80 + 0.25 * 60 + 0.15 * 40 + 0.05 * 100) / there)


def test_an_axis_without_a_third_of_its_weight_is_withheld_and_its_coverage_still_told():
    thin = block_scores(momentum__trend=80.0, momentum__breadth=60.0)

    assert axis(thin, "momentum").is_empty()
    assert coverage(thin)["value"].to_list() == [pytest.approx(0.30 + 0.25)]


def test_exactly_half_of_a_block_is_enough_in_whole_numbers(monkeypatch):
    """Three thirds of fifty are fifty; two of them are not half of the block."""
    thirds = declared("x", "heat/leverage", weight=50, entities=("A", "B", "C"))
    rest = declared("y", "heat/leverage", weight=50)
    monkeypatch.setattr(composite, "metrics", lambda: {one.id: one for one in (thirds, rest)})
    half = [("x", entity, 13, 70.0, at(13)) for entity in "ABC"]

    assert blocks(scores(*half), days(13))["coverage"].to_list() == [0.5]
    assert blocks(scores(*half[:2]), days(13)).is_empty()


@pytest.mark.parametrize(("weight", "published"), [(66, False), (67, True)])
def test_two_thirds_of_an_axis_are_compared_in_whole_numbers(weight, published):
    """Of 300 parts 200 are needed: 66 per cent are 198, 67 are 201."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(composite.WEIGHTS, "heat/technical", weight)
        found = axis(block_scores(heat__technical=80.0), "heat")

    assert found["value"].to_list() == ([80.0] if published else [])


def test_an_axis_of_which_much_is_missing_is_a_range():
    """Trend and breadth are 55 per cent: the rest may be 0 or 100."""
    found = ranges(block_scores(momentum__trend=80.0, momentum__breadth=60.0), "momentum")

    low = (30 * 80 + 25 * 60) / 100
    assert found.select("entity", "low", "high", "coverage").row(0) == (
        "CN", pytest.approx(low), pytest.approx(low + 45), pytest.approx(0.55),
    )  # fmt: skip


BLOCKS = [name for name in composite.WEIGHTS if name.startswith("heat/")]


@settings(max_examples=30)
@given(
    st.lists(st.none() | st.floats(0, 100), min_size=len(BLOCKS), max_size=len(BLOCKS)).filter(any)
)
def test_a_range_holds_the_axis_and_is_as_wide_as_what_is_missing(drawn):
    there = {name: score for name, score in zip(BLOCKS, drawn, strict=True) if score is not None}
    named = {name.replace("/", "__").replace(" ", "_"): score for name, score in there.items()}
    found = ranges(block_scores(**named), "heat")
    low, high = found.select("low", "high").row(0)
    missing = 100 - sum(composite.WEIGHTS[name] for name in there)
    assert high - low == pytest.approx(missing)
    for value in axis(block_scores(**named), "heat")["value"]:
        assert low - 1e-9 <= value <= high + 1e-9
        assert missing or low == high == value


def axes_of(found: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """The metric frame of scores, blocks and overheating."""
    made = blocks(found, numbered)
    return pl.concat(
        [
            found,
            made.with_columns(metric=pl.lit("block_score")),
            axis(made, "heat").with_columns(metric=pl.lit("overheating")),
        ],
        how="diagonal_relaxed",
    )


def change_of(frame: pl.DataFrame, before: date, after: date) -> float:
    values = dict(
        frame.filter(pl.col("metric") == "overheating")
        .select("observation_date", "value")
        .iter_rows()
    )
    return values[after] - values[before]


def test_the_change_of_an_axis_is_weight_times_change_of_score():
    """Technical .20, leverage .20, valuation .15, activity .20 of .75; only margins move."""
    both = [
        *(("pe", entity, day, 50.0, at(day)) for entity in "ABC" for day in (12, 13)),
        *(("rsi", entity, day, 40.0, at(day)) for entity in "AB" for day in (12, 13)),
        *(("velocity", "CN", day, 60.0, at(day)) for day in (12, 13)),
    ]
    moved = [
        ("margin_1d", "CN", 12, 50.0, at(12)),
        ("margin_20d", "CN", 12, 50.0, at(12)),
        ("margin_1d", "CN", 13, 20.0, at(13)),
        ("margin_20d", "CN", 13, 80.0, at(13)),
    ]
    frame = axes_of(scores(*both, *moved), days(12, 13))
    found = attribution(frame, "heat", date(2026, 1, 12), date(2026, 1, 13))

    told = {metric: points for _, metric, _, points, _ in found.iter_rows() if points}
    assert told == {
        "margin_20d": pytest.approx(0.2 / 0.75 * 2 / 3 * 30),
        "margin_1d": pytest.approx(0.2 / 0.75 * 1 / 3 * -30),
    }
    assert set(found["reason"]) == {"score"}
    assert by_block(found).row(0) == ("heat/leverage", pytest.approx(0.2 / 0.75 * 10))


def test_what_came_or_went_is_one_line_of_data():
    """No score moves; valuation, cooler than the rest, comes in and the axis falls."""
    others = [component for component in COMPONENTS if component[0] not in ("pe", "trend")]
    hot = [(*component, day, 80.0, at(day)) for component in others for day in (12, 13)]
    cool = [("pe", entity, 13, 20.0, at(13)) for entity in "ABC"]
    frame = axes_of(scores(*hot, *cool), days(12, 13))
    parts = blocks(scores(*hot, *cool), days(12, 13))
    found = attribution(frame, "heat", date(2026, 1, 12), date(2026, 1, 13))

    change = (0.60 * 80 + 0.15 * 20) / 0.75 - 80
    assert parts.height == 3 + 4
    line = found.filter(pl.col("reason") == "data")
    assert line.select("block", "metric", "entity").row(0) == (None, None, None)
    assert line["contribution"].to_list() == [pytest.approx(change)]
    assert found["contribution"].sum() == pytest.approx(change)


SCORED = st.none() | st.floats(0, 100)


@given(st.lists(SCORED, min_size=2 * len(COMPONENTS), max_size=2 * len(COMPONENTS)))
def test_contributions_add_up_to_the_change_of_the_axis_whatever_is_missing(values):
    """Down to the last bits; the shortened list adds up to the same."""
    drawn = [
        (*component, day, value, at(day))
        for (component, day), value in zip(
            ((c, d) for c in COMPONENTS for d in (5, 12)), values, strict=True
        )
        if value is not None
    ]
    if not drawn:
        return
    frame = axes_of(scores(*drawn), days(*range(5, 13)))
    before, after = date(2026, 1, 5), date(2026, 1, 12)
    published = frame.filter(pl.col("metric") == "overheating")["observation_date"]
    if not {before, after} <= set(published):
        return
    found = attribution(frame, "heat", before, after)

    change = change_of(frame, before, after)
    assert found["contribution"].sum() == pytest.approx(change, abs=1e-9)
    assert contributors(found)["contribution"].sum() == pytest.approx(change, abs=1e-9)


def test_the_largest_five_are_named_and_the_others_are_one_line():
    parts = pl.DataFrame(
        {
            "block": ["heat/technical"] * 7 + [None],
            "metric": [*"abcdefg", None],
            "entity": ["CN"] * 7 + [None],
            "contribution": [7.0, -6.0, 5.0, 4.0, -3.0, 2.0, 1.0, 0.5],
            "reason": ["score"] * 7 + ["data"],
        }
    )
    found = contributors(parts)

    assert found["metric"].to_list() == [*"abcde", None, None]
    assert found["reason"].to_list()[5:] == ["others", "data"]
    assert found["contribution"].to_list()[5:] == [3.0, 0.5]


@pytest.mark.parametrize("second", [None, ("margin_1d", "CN")], ids=str)
@pytest.mark.parametrize("day_gone", [5, 12])
@pytest.mark.parametrize("component_gone", [("pe", "A"), ("pe", "C"), ("rsi", "B")], ids=str)
def test_contributions_add_up_where_scores_are_missing(component_gone, day_gone, second):
    """What is left is enough of each block, so that there always is a change to explain."""
    gone = component_gone, day_gone
    drawn = [
        (*component, day, 30.0 + 7 * n + (day - 5) * (n - 3), at(day))
        for n, component in enumerate(COMPONENTS)
        for day in (5, 12)
        if (component, day) != gone and (component != second or day != 12)
    ]
    frame = axes_of(scores(*drawn), days(*range(5, 13)))
    before, after = date(2026, 1, 5), date(2026, 1, 12)

    change = change_of(frame, before, after)
    found = attribution(frame, "heat", before, after)
    assert found["contribution"].sum() == pytest.approx(change, abs=1e-9)
    assert contributors(found)["contribution"].sum() == pytest.approx(change, abs=1e-9)


def test_a_metric_s_weight_is_shared_among_its_entities():
    """Three valuations weigh together what one change of margins does."""
    weights = composite.components().group_by("metric").agg(pl.col("weight").sum())

    parts = 6  # to a per cent, so that two entities and three share it in whole numbers
    assert dict(weights.iter_rows()) == {one.id: one.weight * parts for one in DECLARED}
    assert set(composite.components().filter(metric="pe")["weight"]) == {2}


def test_a_session_s_score_takes_no_observation_of_a_later_day():
    """Dated on the 14th and known at once, it waits for that session."""
    rows = scores(
        ("velocity", "CN", 12, 60.0, at(12)),
        ("velocity", "CN", 14, 90.0, at(13)),
    )
    found = dict(blocks(rows, days(12, 13, 14)).select("observation_date", "value").iter_rows())

    assert found.get(date(2026, 1, 13)) in {None, 60.0}
    assert found[date(2026, 1, 14)] == 90.0


def test_an_indicator_is_the_mean_of_its_entities_as_it_entered_the_block():
    """Of three prices one has a score; the other metric of the side is another indicator."""
    found = composite.indicators(
        scores(
            ("pe", "A", 5, 40.0, at(5)),
            ("pe", "B", 5, 60.0, at(5)),
            ("pe", "C", 1, 90.0, at(1)),
            ("trend", "CN", 5, 70.0, at(5)),
        ),
        days(1, 2, 5),
    ).filter(observation_date=date(2026, 1, 5))
    rows = {row["entity"]: row for row in found.iter_rows(named=True)}

    assert rows["heat/valuation/pe"]["value"] == pytest.approx((40 + 60 + 90) / 3)
    assert rows["heat/valuation/pe"]["coverage"] == 1
    assert rows["momentum/trend/trend"]["value"] == 70


def test_indicators_add_up_to_their_block():
    parts = scores(("margin_1d", "CN", 5, 30.0, at(5)), ("margin_20d", "CN", 5, 90.0, at(5)))
    one, two = composite.indicators(parts, days(5)).sort("entity")["value"]

    assert blocks(parts, days(5))["value"].item() == pytest.approx((one + 2 * two) / 3)
