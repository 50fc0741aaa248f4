"""What an evaluation keeps of its series."""

from datetime import date

import polars as pl
import pytest

from transforms.evaluation import charted

AS_OF = date(2026, 1, 16)


@pytest.mark.parametrize(
    ("metric", "kept"),
    [
        ("close", ["new"]),
        ("overheating_low", ["new"]),
        ("overheating", ["old", "new"]),
        ("structural_momentum", ["old", "new"]),
        ("overheating_core", ["old", "new"]),
        ("structural_momentum_core", ["old", "new"]),
    ],
)
def test_two_years_are_kept_of_each_series_and_all_of_the_axes_and_their_cores(metric, kept):
    rows = pl.DataFrame(
        {
            "metric": [metric] * 2,
            "observation_date": [date(2007, 10, 16), date(2025, 10, 16)],
            "age": ["old", "new"],
        }
    )
    assert rows.filter(charted(AS_OF))["age"].to_list() == kept
