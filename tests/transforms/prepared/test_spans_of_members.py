"""The rows of a membership among sorted bars: from its first day to its last."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.prepared.stocks import Ground, _spans

# Three trading days; the second share has no bar on the second of them.
DAYS = np.array(["2026-01-05", "2026-01-06", "2026-01-08"], dtype="datetime64[D]")
GROUND = Ground(np.array([0, 3, 5]), ["a", "b"], DAYS, np.array([0, 1, 2, 0, 2]))


def rows(code: str, since: int, until: int | None) -> list[tuple[int, list[int]]]:
    """Numbers of the memberships and their rows; days of January."""
    members = pl.DataFrame(
        {"entity": [code], "valid_from": [date(2026, 1, since)],
         "valid_to": [until and date(2026, 1, until)]},
        schema_overrides={"valid_to": pl.Date},
    )  # fmt: skip
    return [(n, list(range(5))[span]) for n, span in _spans(GROUND, members)]


@pytest.mark.parametrize(
    ("code", "since", "until", "expected"),
    [
        ("a", 1, None, [0, 1, 2]),
        ("a", 5, 6, [0, 1]),  # its last day is in it
        ("a", 6, 7, [1]),
        ("a", 6, 8, [1, 2]),
        ("a", 7, None, [2]),
        ("a", 9, None, []),
        ("b", 5, 5, [3]),
        ("b", 6, 8, [4]),
        ("b", 6, 7, []),
    ],
)
def test_a_membership_holds_the_bars_of_its_days(code, since, until, expected):
    assert rows(code, since, until) == [(0, expected)]


def test_a_share_without_bars_has_no_rows():
    assert rows("z", 1, None) == []
