"""What an issue works out of itself, once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import polars as pl

from transforms.issue.issue import Issue, once_an_issue


def issue(series: pl.DataFrame) -> Issue:
    """An issue of which nothing is asked but its series."""
    drawn = object.__new__(Issue)
    vars(drawn)["series"] = series
    return drawn


def test_the_values_of_a_metric_are_those_that_are_known_in_the_order_of_the_series():
    found = issue(
        pl.DataFrame({
            "metric": ["b", "a", "a", "a"], "entity": ["x", "z", "y", "z"],
            "observation_date": [4, 3, 2, 1], "value": [9.0, 1.0, None, 3.0], "n": [1, 2, 3, 4],
        })
    )  # fmt: skip

    assert found.values_of("a").rows() == [("z", 3, 1.0), ("z", 1, 3.0)]
    assert found.values_of("a").columns == ["entity", "observation_date", "value"]
    assert found.values_of("b").rows() == [("x", 4, 9.0)]


def test_a_metric_that_is_not_there_has_no_values_and_the_columns():
    frame = pl.DataFrame(
        {"metric": ["a"], "entity": ["x"], "observation_date": [1], "value": [None]},
        {
            "metric": pl.String,
            "entity": pl.String,
            "observation_date": pl.Int64,
            "value": pl.Float64,
        },
    )
    for name in ("a", "other"):
        found = issue(frame).values_of(name)
        assert found.is_empty()
        assert found.columns == ["entity", "observation_date", "value"]


def test_work_is_done_once_for_each_issue_and_each_kind_apart():
    calls: list[str] = []

    def one(_: Issue) -> str:
        calls.append("one")
        return f"one {len(calls)}"

    def other(_: Issue) -> str:
        calls.append("other")
        return "other"

    first, second = (cast("Issue", SimpleNamespace()) for _ in range(2))
    one_kept, other_kept = once_an_issue(one), once_an_issue(other)

    assert [one_kept(first), one_kept(first)] == ["one 1", "one 1"]
    assert [other_kept(first), other_kept(first)] == ["other", "other"]
    assert one_kept(second) == "one 3"
    assert calls == ["one", "other", "one"]


def test_functions_of_one_name_in_two_modules_are_kept_apart():
    def named(module: str) -> Callable[[Issue], str]:
        def work(_: Issue) -> str:
            return module

        work.__module__ = module
        return once_an_issue(work)

    kept = cast("Issue", SimpleNamespace())

    assert [named("here")(kept), named("there")(kept)] == ["here", "there"]
