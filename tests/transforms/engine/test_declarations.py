"""What the metrics declare of their place in the axes, held against metrics.md 5.1."""

from collections import defaultdict

import pytest

from transforms.axes import composite
from transforms.axes.composite import components
from transforms.engine.metric import metrics


def test_the_weights_of_each_axis_sum_to_one():
    for side in ("momentum/", "heat/"):
        blocks_ = [w for name, w in composite.WEIGHTS.items() if name.startswith(side)]
        assert sum(blocks_) == pytest.approx(1)


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
    assert share("heat/explosiveness", "H15") <= 1 / 3 + 1e-9


def test_counts_of_young_companies_are_at_most_three_in_a_hundred_of_their_axis():
    """M13 is yearly, and the lists differ."""
    of_axis = composite.WEIGHTS["momentum/capital formation"]
    assert share("momentum/capital formation", "M13") * of_axis <= 0.03 + 1e-9


def share(block: str, number: str) -> float:
    """The share of a block's weight that the metrics of an indicator's number have."""
    members = [one for one in metrics().values() if one.block == block]
    numbered = [one for one in members if one.paper.startswith(number)]
    return sum(one.weight for one in numbered) / sum(one.weight for one in members)
