"""Foreign text in a message: its beginning, and how much more there is."""

from __future__ import annotations

import pytest

from warehouse.quoting import MOST, NAME, first_line, named, quoted


@pytest.mark.parametrize(("length", "said"), [(3, "aaa"), (4, "aaaa"), (5, "aaaa… (5 characters)")])
def test_a_text_is_cut_behind_its_longest_and_its_length_told(length: int, said: str) -> None:
    assert quoted("a" * length, 4) == said


def test_many_names_are_counted_and_long_ones_cut() -> None:
    names = [f"n{number}" for number in range(MOST)]

    assert named(names) == ", ".join(names)
    assert named([*names, "one", "other"]) == f"{', '.join(names)} and 2 more"
    assert named(["a" * (NAME + 1)]) == f"{'a' * NAME}… ({NAME + 1} characters)"


def test_an_error_is_told_by_its_first_line_or_its_kind() -> None:
    assert first_line(ValueError("seven\nis not eight")) == "seven"
    assert first_line(ValueError()) == "ValueError"
