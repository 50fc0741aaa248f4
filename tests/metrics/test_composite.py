"""Specs of the blocks, the axes and the state of the market."""

from datetime import date, datetime

import polars as pl
import pytest

from transforms import composite
from transforms.composite import attribution, axis, blocks, components, coverage, quadrants


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


def test_the_declared_weights_of_each_axis_sum_to_one():
    for side in ("momentum/", "heat/"):
        declared = [weight for name, weight in composite.WEIGHTS.items() if name.startswith(side)]
        assert sum(declared) == pytest.approx(1)


def test_every_component_belongs_to_a_block_with_a_weight():
    assert set(components()["block"]) <= set(composite.WEIGHTS)


def test_a_block_is_the_weighted_mean_of_what_is_there():
    """Leverage: the 20-day change weighs twice the change on the day."""
    found = blocks(
        scores(
            ("margin_financing_change_1d", "CN", 12, 90.0, at(13, 1)),
            ("margin_financing_change_20d", "CN", 12, 60.0, at(13, 1)),
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
            ("margin_financing_change_20d", "CN", 8, 10.0, at(9, 1)),
            ("margin_financing_change_20d", "CN", 9, 80.0, at(12, 1)),
        ),
        days(8, 9, 12),
    ).sort("observation_date")

    assert found["observation_date"].to_list() == [date(2026, 1, 9), date(2026, 1, 12)]
    assert found["value"].to_list() == [10.0, 80.0]


def test_a_figure_known_after_the_end_of_a_day_waits_for_the_next():
    late = scores(("pe_ttm", "000300.SH", 12, 70.0, at(12, 16))), days(12, 13)
    parts = blocks(*late)

    assert parts.is_empty(), "one of three entities is under half of the block"
    whole = [("pe_ttm", entity, 12, 70.0, at(12, 16)) for entity in ("000300.SH", "000688.SH")]
    assert blocks(scores(*whole), days(12, 13))["observation_date"].to_list() == [date(2026, 1, 13)]


def test_a_score_too_old_leaves_the_block_missing():
    """Leverage may be two sessions old."""
    one = scores(("margin_financing_change_20d", "CN", 5, 50.0, at(6, 1)))
    found = blocks(one, days(5, 6, 7, 8, 9)).sort("observation_date")

    assert found["observation_date"].to_list() == [date(2026, 1, 6), date(2026, 1, 7)]


def test_a_correction_of_an_old_day_does_not_displace_a_newer_one():
    found = blocks(
        scores(
            ("margin_financing_change_20d", "CN", 6, 40.0, at(9, 1)),
            ("margin_financing_change_20d", "CN", 7, 70.0, at(8, 1)),
        ),
        days(6, 7, 8, 9),
    ).sort("observation_date")

    assert found["value"].to_list() == [70.0, 70.0]


def test_a_block_with_under_half_of_its_weight_is_missing():
    one = scores(("margin_financing_change_1d", "CN", 13, 90.0, at(13)))

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


def history(momentum: list[float], heat: list[float]) -> pl.DataFrame:
    """Metric frame of the two axes on consecutive days."""
    rows = [
        (metric, date.fromordinal(date(2026, 1, 1).toordinal() + at_), value)
        for metric, values in (("structural_momentum", momentum), ("overheating", heat))
        for at_, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=["metric", "observation_date", "value"], orient="row")


@pytest.mark.parametrize(
    ("momentum", "heat", "state"),
    [
        (55, 59, "healthy advance"),
        (55, 60, "overheated advance"),
        (44, 59, "fading"),
        (44, 60, "froth without trend"),
        (50, 20, "undecided"),
        (50, 70, "undecided, hot"),
    ],
)
def test_the_state_follows_from_the_thresholds(momentum, heat, state):
    assert quadrants(history([momentum], [heat]))["state"].to_list() == [state]


def test_a_state_is_left_after_a_retreat_of_five_points():
    found = quadrants(history([70] * 4, [60, 56, 55, 54.9]))["state"].to_list()

    assert found == ["overheated advance"] * 3 + ["healthy advance"]


def test_a_state_is_left_after_two_weeks_on_the_other_side():
    found = quadrants(history([55] + [54] * 10, [10] * 11))["state"].to_list()

    assert found == ["healthy advance"] * 10 + ["undecided"]


def test_fading_holds_until_momentum_is_five_points_up_again():
    found = quadrants(history([44.9, 49.9, 50.1], [10] * 3))["state"].to_list()

    assert found == ["fading", "fading", "undecided"]


def test_contributions_add_up_to_the_change_of_the_axis():
    """Leverage rises by 20 and valuation comes in: its part is a change of data."""
    rows = pl.DataFrame(
        [
            ("block_score", "heat/technical", date(2026, 1, 6), 50.0),
            ("block_score", "heat/leverage", date(2026, 1, 6), 40.0),
            ("block_score", "heat/technical", date(2026, 1, 13), 50.0),
            ("block_score", "heat/leverage", date(2026, 1, 13), 60.0),
            ("block_score", "heat/valuation", date(2026, 1, 13), 90.0),
        ],
        schema=["metric", "entity", "observation_date", "value"],
        orient="row",
    ).with_columns(known_at=at(13))
    found = attribution(rows, "heat", date(2026, 1, 6), date(2026, 1, 13))

    before = (0.20 * 50 + 0.20 * 40) / (0.20 + 0.20)
    after = (0.20 * 50 + 0.20 * 60 + 0.15 * 90) / (0.20 + 0.20 + 0.15)
    assert found["contribution"].sum() == pytest.approx(after - before)
    assert dict(found.select("block", "reason").iter_rows()) == {
        "heat/technical": "score",
        "heat/leverage": "score",
        "heat/valuation": "data",
    }
