"""The order of an attribution, and its sums by block."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.axes.attribution import SCHEMA, _of_data, by_block, contributors

PARTS = pl.DataFrame(
    [
        ("heat/a", "x", "CN", 1.0, "score"), ("heat/b", "y", "CN", -4.0, "score"),
        ("heat/a", "z", "CN", 2.0, "score"), ("heat/c", "w", "CN", 3.5, "score"),
        (None, None, None, 9.0, "data"),
    ],
    SCHEMA, orient="row",
)  # fmt: skip


def test_blocks_are_summed_the_largest_either_way_first_without_data():
    assert by_block(PARTS).rows() == [("heat/b", -4.0), ("heat/c", 3.5), ("heat/a", 3.0)]


@pytest.mark.parametrize(
    ("count", "named", "others"), [(2, 2, 5.5), (3, 3, 3.5), (4, 4, None), (9, 4, None)]
)
def test_so_many_are_named_the_others_are_one_line_and_data_is_last(count, named, others):
    found = contributors(PARTS, count)

    assert found["metric"].drop_nulls().to_list() == ["x", "y", "z", "w"][:named]
    assert found.filter(reason="others")["contribution"].to_list() == (
        [] if others is None else [others]
    )
    assert found["reason"].to_list()[-1] == "data"
    assert found["contribution"].sum() == PARTS["contribution"].sum()


def both(*rows: tuple[float | None, float | None, float | None, float | None]) -> pl.DataFrame:
    """Weight and score then, weight and score now."""
    schema = dict.fromkeys(("weight", "score", "weight_now", "score_now"), pl.Float64)
    return pl.DataFrame(rows, schema, orient="row")


@pytest.mark.parametrize(
    ("rows", "points"),
    [
        ([(0.5, 40.0, 0.5, 90.0)], None),  # no weight has changed
        ([(0.5, 40.0, 1.0, 60.0)], 0.5 * 50),
        ([(None, None, 0.5, 60.0)], 0.5 * 60),  # what came has one score
        ([(0.5, 40.0, None, None)], -0.5 * 40),
        ([(0.5, 40.0, 1.0, 60.0), (0.5, 20.0, None, None)], 25.0 - 10.0),
    ],
)
def test_changed_weights_are_one_line_at_the_mean_of_both_scores(rows, points):
    found = _of_data(both(*rows))

    assert found.schema == SCHEMA
    assert found["contribution"].to_list() == ([] if points is None else [points])
    assert found["reason"].to_list() == ["data"] * found.height
