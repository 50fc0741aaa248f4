"""Scores, resampling and multiple testing against sklearn, properscoring, arch and statsmodels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from transforms import indicators
from transforms.formulas import forecast_scores
from transforms.formulas.bootstrap import block_length, stationary_bootstrap

pytestmark = pytest.mark.real
CLOSED_FORM = 1e-10


@pytest.fixture(scope="module")
def scored(validation: Path) -> tuple[pl.DataFrame, dict[str, object]]:
    folder = validation / "composite"
    reference = json.loads((folder / "scoring_reference.json").read_text("utf-8"))
    return pl.read_csv(folder / "scoring_input.csv").cast(pl.Float64), reference


@pytest.fixture(scope="module")
def arch(validation: Path) -> dict[str, dict[str, float]]:
    file = validation / "parity" / "reference_statsmodels_arch.json"
    return json.loads(file.read_text("utf-8"))


def test_brier_and_skill(scored):
    forecasts, reference = scored
    score = indicators.brier(forecasts["p"], forecasts["o"])
    base = forecasts["o"].mean()

    assert score == pytest.approx(reference["brier"], rel=CLOSED_FORM)
    assert forecast_scores.skill(score, base * (1 - base)) == pytest.approx(
        reference["bss"], rel=CLOSED_FORM
    )


def test_murphy_s_parts(scored):
    forecasts, reference = scored
    parts = forecast_scores.murphy(forecasts["p"].to_numpy(), forecasts["o"].to_numpy())
    whole = parts.reliability - parts.resolution + parts.uncertainty

    assert parts.reliability == pytest.approx(reference["rel10"], rel=CLOSED_FORM)
    assert parts.resolution == pytest.approx(reference["res10"], rel=CLOSED_FORM)
    assert parts.uncertainty == pytest.approx(reference["unc"], rel=CLOSED_FORM)
    assert whole == pytest.approx(reference["brier_from_decomp"], rel=CLOSED_FORM)


@pytest.mark.parametrize("level", ["0.05", "0.25", "0.5", "0.75", "0.95"])
def test_pinball(level, scored):
    forecasts, reference = scored
    quantile = forecasts[f"q{round(100 * float(level)):02d}"].to_numpy()
    losses = forecast_scores.pinball(quantile, forecasts["y"].to_numpy(), float(level))

    assert losses.mean() == pytest.approx(reference["pinball"][level], rel=CLOSED_FORM)


def test_crps_of_many_members_is_that_of_their_distribution(scored):
    """The reference is exact for N(0, 0.1); 4,000 of its quantiles come within a millionth."""
    forecasts, reference = scored
    count, observed = 4000, forecasts["y"].to_numpy()
    members = np.array([NormalDist(0, 0.1).inv_cdf((k + 0.5) / count) for k in range(count)])
    shares = np.tile(np.arange(1, count + 1) / count, (len(observed), 1))

    found = forecast_scores.crps(shares, members, observed).mean()

    assert found == pytest.approx(reference["crps_gauss_mean"], rel=1e-6)


def test_the_stationary_bootstrap_draws_what_arch_draws(arch):
    drawn = stationary_bootstrap(50, 20, 3, seed=1)

    assert drawn.tolist() == arch["stationary_bootstrap_mean20_seed1_first3"]


@pytest.mark.parametrize("symbol", ["S00", "S01", "S02", "S03", "S10", "S11"])
def test_the_length_of_blocks(symbol, arch, validation):
    bars = pl.read_parquet(validation / "parity" / "input_ohlcv.parquet")
    closes = bars.filter(symbol=symbol).sort("date")["close"].to_numpy()

    found = block_length(np.diff(np.log(closes)) ** 2)

    assert found == pytest.approx(arch[symbol]["optblock_stationary_sq"], rel=CLOSED_FORM)


@pytest.mark.parametrize(("dependent", "name"), [(False, "bh"), (True, "by")])
def test_false_discoveries(dependent, name, arch):
    p_values = np.array(arch["fdr"]["pvals"])

    found = forecast_scores.false_discovery(p_values, dependent=dependent)

    assert found == pytest.approx(arch["fdr"][name], rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "expected"),
    [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)],
)
def test_the_example_of_the_deflated_sharpe_ratio(trials, skew, kurtosis, expected):
    """Bailey and López de Prado (2014): 2.5 a year over
    1,250 days, variance of trials 0.5 a year.
    """
    found = indicators.deflated_sharpe(
        2.5 / math.sqrt(250), 1250, skew, kurtosis, 0.5 / 250, trials
    )

    assert found == pytest.approx(expected, abs=5e-5)
    assert forecast_scores.expected_maximum_sharpe(0.5 / 250, 100) == pytest.approx(
        0.1132, abs=5e-5
    )
