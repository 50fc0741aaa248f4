"""How far back each dataset is wanted, and by whom."""

from __future__ import annotations

import pytest

from transforms.engine.history import composed, fewest, looks_back, needs
from transforms.engine.metric import (
    SCORES,
    Anchors,
    Itself,
    Metric,
    Percentile,
    Robust,
    Trailing,
    lineage,
    metrics,
)


def declared(score: object, window: int, step: int = 1) -> Metric:
    return Metric(
        "a", compute=lambda: None, unit="", label="", reading="", paper="",
        score=score, window=window, step=step,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("score", "values"),
    [(Percentile(104), 104), (Robust(40), 40), (Trailing("24mo", 10), 10),
     (Anchors(((0.0, 0.0),), 36), 1), (Itself(), 1), (None, 1)],
)  # fmt: skip
def test_ranks_need_their_fewest_values_and_other_scores_one(score, values):
    assert fewest(score) == values


@pytest.mark.parametrize(
    ("score", "window", "step", "sessions"),
    [(None, 0, 1, 1), (None, 20, 1, 20), (Percentile(500), 20, 1, 519), (Robust(5), 1, 243, 973),
     (Percentile(36), 0, 21, 736)],
)  # fmt: skip
def test_a_metric_looks_back_over_its_window_and_the_values_before_its_first_score(
    score, window, step, sessions
):
    assert looks_back(declared(score, window, step)) == sessions


def test_what_is_made_of_scores_is_composed_through_all_steps():
    assert composed(SCORES)
    for name in ("block_score", "overheating", "momentum_band", "overheating_p90", "heat_factor"):
        assert composed(name), name
    for name in ("close", "stock_bars", "index_daily"):
        assert not composed(name), name


def test_a_dataset_is_wanted_as_far_back_as_the_metric_that_looks_back_most():
    assert list(needs()) == sorted(needs())
    for dataset, need in needs().items():
        of_it = [
            one for one in metrics().values() if dataset in lineage(one.id) and not composed(one.id)
        ]
        assert need.sessions == max(map(looks_back, of_it)), dataset
        assert need.families == tuple(sorted({one.family for one in of_it})), dataset
    assert "axes" not in {family for need in needs().values() for family in need.families}
    assert needs()["limit_pool"].families == ("limits",)
