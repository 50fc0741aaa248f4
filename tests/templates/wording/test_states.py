"""Which words of a state still fit its values, and what a state has lost."""

from __future__ import annotations

import pytest

from templates.wording.states import lost, said_by_name
from transforms.axes.regimes import ADVANCE, FADING, HOT


@pytest.mark.parametrize(
    ("state", "momentum", "heat", "by_name"),
    [
        ("overheated advance", ADVANCE, HOT, False),
        ("overheated advance", ADVANCE - 0.5, HOT - 0.5, False),  # as they print
        ("overheated advance", ADVANCE - 1, HOT, True),
        ("overheated advance", ADVANCE, HOT - 1, True),
        ("healthy advance", ADVANCE, 0, False),
        ("healthy advance", ADVANCE - 1, 0, True),
        ("undecided, hot", 50, HOT, False),
        ("undecided, hot", 50, HOT - 1, True),
        ("fading", FADING - 1, 0, False),
        ("fading", FADING, 0, True),
        ("froth without trend", FADING - 1, HOT, False),
        ("froth without trend", FADING, HOT, True),
        ("froth without trend", FADING - 1, HOT - 1, True),
        ("undecided", 50, 99, False),
    ],
)
def test_a_state_that_its_values_no_longer_bear_out_is_told_by_its_name(
    state, momentum, heat, by_name
):
    assert said_by_name(state, momentum, heat) is by_name


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        ("overheated advance", "healthy advance", "hot"),
        ("overheated advance", "undecided", "hot"),
        ("overheated advance", "undecided, hot", "advance"),
        ("healthy advance", "fading", "advance"),
        ("fading", "healthy advance", "weak"),
        ("froth without trend", "fading", "hot"),
        ("froth without trend", "overheated advance", "weak"),
    ],
)
def test_what_a_state_has_lost_is_heat_before_the_advance_before_weakness(before, now, what):
    assert lost(before, now) == what


def test_a_state_without_a_trait_loses_none():
    with pytest.raises(ValueError, match="lost"):
        lost("undecided", "fading")
