"""Specs of the tables of weights and of anchors."""

import polars as pl
import pytest

from transforms.axes.composite import AXES, WEIGHTS, members
from transforms.axes.core import METRICS
from transforms.axes.declared import anchors, weights
from transforms.engine.metric import Anchors, metrics
from transforms.evaluation import definitions
from warehouse.contract import schema
from warehouse.tables import SYSTEM_TABLES


@pytest.mark.parametrize("axis", [*AXES.values(), *METRICS.values()])
def test_the_shares_of_an_axis_add_up_to_all_of_it(axis):
    assert weights().filter(axis=axis)["axis_weight"].sum() == pytest.approx(1, abs=1e-12)


def test_a_share_is_block_times_metric_over_entities():
    """The P/E has half of valuation, which has 15 per cent, for three indices."""
    pe = weights().filter(axis="overheating", metric="pe_ttm")

    assert pe.select("block_weight", "metric_weight", "entities").unique().rows() == [(15, 50, 3)]
    assert pe["axis_weight"].to_list() == [pytest.approx(0.025)] * 3


def test_each_member_of_a_block_stands_in_its_axis():
    rows = weights().filter(pl.col("axis").is_in(AXES.values()))

    assert set(rows["metric"]) == {one.id for one in members()}
    assert dict(rows.select("block", "block_weight").iter_rows()) == WEIGHTS


def test_every_score_map_is_there_with_its_points():
    rows = anchors()

    assert set(rows["metric"]) == {one.id for one in metrics().values() if one.score is not None}
    for one in metrics().values():
        points = rows.filter(metric=one.id).sort("place").select("value", "score").rows()
        if isinstance(one.score, Anchors):
            assert points == [tuple(map(float, point)) for point in one.score.points], one.id
    maps = dict(definitions().select("metric", "score_map").iter_rows())
    assert all(maps[metric] == kind for metric, kind in rows.select("metric", "score_map").rows())


@pytest.mark.parametrize(
    ("table", "rows"),
    [("meta.weight", weights), ("meta.anchor", anchors)],
    ids=["weight", "anchor"],
)
def test_the_rows_fit_their_table(table, rows):
    contract = SYSTEM_TABLES[table]

    assert dict(rows().schema) == schema(contract)
    assert contract.is_valid(rows())
