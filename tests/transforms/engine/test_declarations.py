"""What the metrics declare of their place in the axes, held against metrics.md 5.1."""

from collections import defaultdict

import polars as pl
import pytest

from transforms.axes import composite, core
from transforms.axes.composite import components
from transforms.engine.metric import metrics


def test_the_weights_of_each_axis_are_whole_per_cents_and_add_up_to_all():
    for side in ("momentum/", "heat/"):
        blocks_ = [w for name, w in composite.WEIGHTS.items() if name.startswith(side)]
        assert all(isinstance(weight, int) for weight in blocks_)
        assert sum(blocks_) == 100


def test_the_metrics_of_each_block_add_up_to_all_of_it():
    sums = defaultdict(int)
    for one in composite.members():
        sums[one.block] += one.weight
    assert sums == dict.fromkeys(composite.WEIGHTS, 100)


@pytest.mark.parametrize("side", core.METRICS)
def test_the_inputs_of_a_core_add_up_to_all_of_it(side: str):
    declared = [one for one in composite.members() if one.core and one.block.startswith(side)]
    assert sum(one.core for one in declared) == 100
    assert all(one.core_entities for one in declared)


@pytest.mark.parametrize("side", core.METRICS)
def test_a_core_keeps_the_proportions_of_its_blocks_to_five_in_a_hundred(side: str):
    sums = defaultdict(int)
    for one in composite.members():
        if one.core and one.block.startswith(side):
            sums[one.block] += one.core
    whole = sum(composite.WEIGHTS[block] for block in sums)
    for block, per_cent in sums.items():
        assert abs(per_cent - 100 * composite.WEIGHTS[block] / whole) <= 5, block


def test_every_entity_has_its_share_in_whole_parts():
    """Nothing is lost by sharing: the parts of each block add up to the same number."""
    sums = components().group_by("block").agg(pl.col("weight").sum())["weight"]
    assert sums.n_unique() == 1
    assert sums[0] % 100 == 0


def test_every_block_has_members_and_every_member_a_block_with_a_weight():
    assert set(components()["block"]) == set(composite.WEIGHTS)


def test_every_component_counts_once_and_weighs_something():
    assert not components().select("metric", "entity").is_duplicated().any()
    assert (components()["weight"] > 0).all()


def test_no_metric_feeds_both_axes():
    """Not under another name either: block members do not follow from members elsewhere."""
    sides = defaultdict(set)
    for one in metrics().values():
        if one.block:
            side = one.block.split("/")[0]
            sides[one.id].add(side)
            for name in one.inputs:
                if name in metrics() and metrics()[name].block:
                    sides[name].add(side)
    assert {name for name, found in sides.items() if len(found) > 1} == set()


def test_a_score_points_the_way_of_its_axis():
    for one in metrics().values():
        if one.block:
            assert one.direction == one.block.split("/")[0], one.id


def test_crash_fits_are_at_most_a_third_of_their_block():
    """H15, LPPLS, is a sloppy model."""
    assert share("heat/explosiveness", "H15") <= 1 / 3


def test_counts_of_young_companies_are_at_most_three_in_a_hundred_of_their_axis():
    """M13 is yearly, and the lists differ."""
    of_axis = composite.WEIGHTS["momentum/capital formation"]
    assert share("momentum/capital formation", "M13") * of_axis <= 3


def share(block: str, number: str) -> float:
    """The share of a block's weight that the metrics of an indicator's number have."""
    members = [one for one in metrics().values() if one.block == block]
    numbered = [one for one in members if one.paper.startswith(number)]
    return sum(one.weight for one in numbered) / sum(one.weight for one in members)
