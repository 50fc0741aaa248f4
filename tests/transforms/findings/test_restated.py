"""Which of the figures that have changed since they were printed is told of each series."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from transforms.findings.finding import Finding, Number
from transforms.findings.restated import restated
from transforms.issue.restatements import RESTATEMENTS

OLD, NEW = date(2025, 12, 11), date(2025, 12, 12)
KNOWN = datetime(2025, 12, 18, 10)


def row(**changed: object) -> dict[str, object]:
    """A figure of the close that was printed as 100 and is 101."""
    return {
        "fact_id": "close/A/2025-12-12", "field": "value", "metric": "close", "entity": "A",
        "observation_date": NEW, "unit": "index points", "before": 100.0, "before_day": OLD,
        "value": 101.0, "value_day": NEW, "why": "restated", "known_at": KNOWN,
        "printed_as_of": NEW,
    } | changed  # fmt: skip


def told(*rows: dict[str, object]) -> list[Finding]:
    """The findings; in whatever order the rows stand they are the same."""
    forward, backward = (
        list(restated(pl.DataFrame(given, RESTATEMENTS))) for given in (rows, rows[::-1])
    )
    assert sorted(forward, key=lambda one: one.entity) == sorted(
        backward, key=lambda one: one.entity
    )
    return forward


def values(found: list[Finding]) -> list[float]:
    return [one.numbers["value"].value for one in found]


def test_a_figure_is_told_as_it_was_and_as_it_is_each_with_its_day() -> None:
    (one,) = told(row())

    assert dict(one.numbers) == {
        "value": Number(101.0, "index points", NEW, KNOWN),
        "before": Number(100.0, "index points", OLD, KNOWN),
    }
    assert (one.kind, one.entity, one.block) == ("restated", "A", "data")
    assert one.terms == {"what": "close", "why": "restated"}
    assert (one.surprise, one.rarity.q, one.rarity.record) == (0.0, None, False)
    assert (one.rarity.first, one.rarity.observations) == (NEW, 1)


def test_of_a_series_what_changed_most_is_told_whichever_way() -> None:
    """As a share of what was printed, which may be below zero."""
    most = row(metric="pe_ttm", before=-10.0, value=-12.0)

    assert values(told(row(), most, row(metric="high", value=90.0))) == [-12.0]
    assert values(told(row(), row(metric="low", value=98.0))) == [98.0]


def test_each_series_is_told_once() -> None:
    found = told(row(), row(metric="high", value=105.0), row(entity="B", value=103.0))

    assert [(one.entity, one.numbers["value"].value) for one in found] == [("A", 105), ("B", 103)]


def test_equal_changes_are_told_by_the_first_metric() -> None:
    (one,) = told(row(metric="b"), row(metric="a"))

    assert one.terms["what"] == "a"


def test_a_record_that_has_moved_is_told_before_any_figure() -> None:
    (one,) = told(row(value=900.0), row(field="record"))

    assert one.terms == {"what": "close#record", "why": "restated"}
    assert one.surprise == 1.0


@pytest.mark.parametrize("before", [0.0, float("nan")])
def test_a_change_from_nothing_hides_no_other(before: float) -> None:
    """0 that stays 0 is no change: nothing of nothing is no number, and no largest one."""
    found = told(row(), row(metric="high", before=before, value=before))

    assert values(found) == [101.0]


@pytest.mark.parametrize(
    "changed", [{"field": "percentile"}, {"before": None}, {"value": None}, {"field": "rank"}]
)
def test_other_fields_and_what_came_late_are_no_findings(changed: dict[str, object]) -> None:
    assert told(row(**changed)) == []
