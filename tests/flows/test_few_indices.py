"""What a test follows is what it says, whatever its worker ran before."""

from __future__ import annotations

from contextlib import suppress

from tests.flows.desk import KEPT, LISTS, few_followed

WHOLE = [list(codes.items()) for codes in LISTS]


def test_the_lists_are_short_where_few_indices_are_taken(few_indices: None) -> None:
    assert all(codes and codes.keys() <= KEPT for codes in LISTS)


def test_and_whole_in_their_order_in_the_next_test() -> None:
    assert [list(codes.items()) for codes in LISTS] == WHOLE
    assert len(LISTS[0]) > len(KEPT.intersection(LISTS[0]))


def test_they_are_whole_again_after_a_failure() -> None:
    with suppress(ZeroDivisionError), few_followed():
        _ = 1 / 0
    assert [list(codes.items()) for codes in LISTS] == WHOLE
