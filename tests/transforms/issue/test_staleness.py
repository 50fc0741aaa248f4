"""When core inputs stand still, how an issue says so, and how each is told to the operator."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.issue.staleness import CORE, GRACE, Input, core_inputs, staleness

DUE = date(2026, 1, 13)
NAMES = list(CORE)


def health(*behind: int | None, newest: tuple[int, ...] = ()) -> pl.DataFrame:
    """The core inputs so many trading days behind; None has no rows at all."""
    days = newest or tuple(13 - (n or 0) for n in behind)
    return pl.DataFrame(
        {
            "dataset": [*NAMES[: len(behind)], "ipo_hk"],
            "newest_observation": [
                None if n is None else date(2026, 1, day)
                for n, day in zip(behind, days, strict=True)
            ] + [date(2025, 1, 1)],
            "expected_observation": DUE,
            "behind": [n or 0 for n in behind] + [99],
        }
    )  # fmt: skip


def test_only_the_core_is_looked_at_in_its_order():
    found = core_inputs(health(0, 1, 2, 3).reverse())

    assert [one.dataset for one in found] == NAMES
    assert [one.behind for one in found] == [0, 1, 2, 3]
    assert [one.newest for one in found] == [date(2026, 1, day) for day in (13, 12, 11, 10)]
    assert {one.expected for one in found} == {DUE}
    assert len(core_inputs(health(0, 1))) == 2


@pytest.mark.parametrize(
    ("behind", "stale"), [(0, False), (GRACE, False), (GRACE + 1, True), (None, False)]
)
def test_an_input_is_stale_beyond_two_trading_days_and_absent_when_it_never_came(behind, stale):
    (one,) = core_inputs(health(behind))

    assert one.stale is stale
    assert (staleness(health(behind)) is not None) is stale
    assert GRACE == 2


@pytest.mark.parametrize(
    ("behind", "what", "since", "whole"),
    [
        ((3, 0, 0, 0), "index closes", 10, False),
        ((3, 4, 0, 0), "index closes and share prices", 10, False),
        ((0, 4, 0, 3), "share prices and margin loans", 10, False),
        ((3, 4, 5, 0), "index closes and other core data", 10, False),
        ((5, 4, 4, 4), "data", 9, True),
        ((5, 1, 1, 1), "data", 12, True),  # the others do not reach the day that is due either
        ((5, 1, 0, 1), "index closes", 8, False),
        ((3, None, None, None), "data", 10, True),
        ((3, None, 0, None), "index closes", 10, False),
    ],
)
def test_the_headline_names_two_inputs_or_says_data(behind, what, since, whole):
    found = staleness(health(*behind))

    assert found is not None
    assert (found.what, found.since, found.whole) == (what, date(2026, 1, since), whole)
    assert all(one.stale for one in found.inputs)


def test_nothing_at_all_is_not_stale():
    assert staleness(health(None, None, None, None)) is None
    assert staleness(health().clear()) is None


@pytest.mark.parametrize(
    ("newest", "behind", "told"),
    [
        (DUE, 0, "turnover: newest 2026-01-13, expected 2026-01-13"),
        (
            date(2026, 1, 12),
            1,
            "turnover: newest 2026-01-12, expected 2026-01-13, 1 trading day behind",
        ),
        (
            date(2026, 1, 9),
            2,
            "turnover: newest 2026-01-09, expected 2026-01-13, 2 trading days behind",
        ),
        (None, 0, "turnover: newest none, expected 2026-01-13"),
    ],
)
def test_an_input_says_its_newest_day_and_how_far_that_is_behind(newest, behind, told):
    assert str(Input("market_turnover", "turnover", newest, DUE, behind)) == told
