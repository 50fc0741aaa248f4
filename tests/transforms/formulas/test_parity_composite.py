"""How scores are made and put together, against scipy's percentiles and a reference of the CISS."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from transforms import indicators
from transforms.formulas.expressions import mid_rank_percentile

pytestmark = pytest.mark.real
CLOSED_FORM = 1e-10
BLOCKS = {"fin": 0.30, "equity": 0.25, "bond": 0.15, "money": 0.15, "fx": 0.15}  # of the ECB's CISS


@pytest.fixture(scope="module")
def stress(validation: Path) -> pl.DataFrame:
    return pl.read_csv(validation / "composite" / "ciss_aggregation_reference.csv")


def test_ciss_is_that_of_the_reference(stress):
    found = indicators.ciss(stress, BLOCKS)

    assert found.null_count() == 0
    assert found.to_list() == pytest.approx(stress["ciss"].to_list(), rel=CLOSED_FORM)
    assert found.sqrt().to_list() == pytest.approx(stress["ciss_sqrt"].to_list(), rel=CLOSED_FORM)


def test_ciss_never_exceeds_what_perfect_correlation_gives(stress):
    found = indicators.ciss(stress, BLOCKS)

    assert (found <= stress["perfect_corr_bound"] * (1 + CLOSED_FORM)).all()
    assert (found < 0.99 * stress["perfect_corr_bound"]).mean() > 0.5


def test_weights_that_are_not_those_of_the_reference_give_something_else(stress):
    equal = indicators.ciss(stress, dict.fromkeys(BLOCKS, 0.2))

    assert (equal - stress["ciss"]).abs().max() > 0.01


def test_a_score_counts_ties_half(validation):
    """Of scipy's four conventions it is "mean"; each of the others differs here."""
    reference = json.loads((validation / "composite" / "percentile_conventions.json").read_text())
    earlier = [value for value in reference["x"] if value != reference["score_at"]]
    ties = reference["x"].count(reference["score_at"])
    values = pl.DataFrame({"x": [*earlier, *[reference["score_at"]] * ties]})

    found = values.select(mid_rank_percentile(pl.col("x"), values.height)).to_series()

    assert found.last() == pytest.approx(reference["kinds"]["mean"], rel=CLOSED_FORM)
    assert len(set(reference["kinds"].values())) == 4
