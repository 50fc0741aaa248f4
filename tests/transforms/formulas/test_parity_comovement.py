"""Agreement of correlation, absorption, turbulence and concentration with reference values."""

import math

import numpy as np
import polars as pl
import pytest

from transforms.formulas.concentration import (
    distance,
    entropy_number,
    herfindahl,
    largest,
    log_kappa,
)
from transforms.formulas.covariance import absorption_ratios, mean_correlations, turbulence
from transforms.metrics.comovement import shifted

pytestmark = pytest.mark.real
CLOSE = 1e-10


@pytest.fixture(scope="module")
def parity(validation):
    def read(name: str) -> pl.DataFrame:
        return pl.read_parquet(validation / "parity" / f"{name}.parquet")

    return read


@pytest.fixture(scope="module")
def reference(parity) -> pl.DataFrame:
    return parity("reference_panel_metrics").sort("date")


@pytest.fixture(scope="module")
def returns(parity) -> np.ndarray:
    """800 days x 60 stocks, simple returns."""
    panel = parity("input_panel").pivot("symbol", index="date", values="ret").sort("date")
    return panel.drop("date").to_numpy()


@pytest.fixture(scope="module")
def shares(parity) -> pl.DataFrame:
    """Shares of the sectors in turnover and in tradable capitalisation, by day."""
    sums = parity("input_panel").group_by("date", "sector").agg(pl.col("amount", "float_cap").sum())
    part = pl.col("amount", "float_cap") / pl.col("amount", "float_cap").sum().over("date")
    return sums.with_columns(part).sort("date", "sector")


def agree(ours, theirs: pl.Series, tolerance: float = CLOSE) -> None:
    """Equal up to a relative tolerance, and absent on the same days."""
    found, expected = (
        pl.Series(values).cast(pl.Float64).fill_nan(None).to_list() for values in (ours, theirs)
    )
    assert [value is None for value in found] == [value is None for value in expected]
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if b is not None]
    assert len(pairs) > 100
    assert max(abs(a - b) / max(abs(b), 1e-3) for a, b in pairs) < tolerance


def test_average_correlation(returns, reference):
    agree(mean_correlations(returns, 60).mean(axis=1), reference["avg_pairwise_corr60"])
    agree(mean_correlations(returns, 60).mean(axis=1), reference["avg_pairwise_corr60_identity"])


@pytest.mark.parametrize(
    ("half_life", "column"), [(None, "AR250_eq_n12"), (125, "AR250_exp125_n12")]
)
def test_absorption_ratio_with_and_without_weights(returns, reference, half_life, column):
    """Twelve of sixty components: the equal-weight one is that of a PCA by scikit-learn."""
    agree(absorption_ratios(returns, 250, half_life).covariance, reference[column])


def test_the_shift_of_the_absorption_ratio(returns, reference):
    ratio = pl.DataFrame(
        {
            "value": absorption_ratios(returns, 250, 125).covariance,
            "observation_date": reference["date"],
        }
    ).fill_nan(None)
    rows = ratio.drop_nulls().with_columns(
        entity=pl.lit("CN"), n=pl.lit(60), known_at=pl.col("observation_date")
    )
    ours = reference.join(
        shifted(rows).select(date="observation_date", ours="value"), on="date", how="left"
    )
    agree(ours["ours"], ours["dAR_15_250"], 1e-9)


@pytest.mark.parametrize(
    ("window", "column"), [(None, "turbulence_expanding_lag1"), (250, "turbulence_roll250_lag1")]
)
def test_turbulence_against_the_days_before(parity, reference, window, column):
    sectors = parity("input_sector_returns").drop("__index_level_0__").to_numpy()
    found, counts = turbulence(sectors, window)

    agree(found, reference[column])
    assert set(counts[~np.isnan(counts)]) == {6.0}


def test_turbulence_in_the_sample_itself_would_be_smaller(parity, reference):
    """The leak that a lag prevents: 64.9 at most with the day in its own sample, 78.6 without."""
    sectors = parity("input_sector_returns").drop("__index_level_0__").to_numpy()
    found, _ = turbulence(sectors, None)

    assert np.nanmax(found) > reference["turbulence_in_sample_full"].max()


@pytest.mark.parametrize(
    ("measure", "column"),
    [
        (herfindahl(pl.col("amount")), "hhi_turnover"),
        (1 / herfindahl(pl.col("amount")), "effN_turnover"),
        (entropy_number(pl.col("amount")).log(), "entropy_turnover"),
        (largest(pl.col("amount"), 2), "top2_share"),
        (distance(pl.col("amount"), pl.col("float_cap")), "active_share_turn_vs_cap"),
    ],
)
def test_concentration_of_turnover(shares, reference, measure, column):
    days = shares.group_by("date", maintain_order=True).agg(ours=measure)

    agree(days["ours"], reference[column])


def test_crowding_of_a_sector(shares, reference):
    first = shares.filter(pl.col("sector") == "SEC0")
    ours = first.select(log_kappa(pl.col("amount"), pl.col("float_cap"))).to_series()

    agree(ours, reference["crowding_SEC0_log"])


@pytest.fixture(scope="module")
def anchors(validation) -> pl.DataFrame:
    return pl.read_csv(validation / "rules" / "margin_and_sentiment_anchors.csv")


def values(real_metrics: pl.DataFrame, metric: str) -> pl.DataFrame:
    return real_metrics.filter(pl.col("metric") == metric).sort("observation_date")


def test_the_balance_of_the_market_peaked_when_the_press_said_so(real_metrics, anchors):
    """2.27 trillion in the middle of June 2015, and more for the first time on 2025-09-01."""
    balance = values(real_metrics, "margin_financing_balance_cny")
    early = balance.filter(pl.col("observation_date") < pl.date(2016, 1, 1))
    peak = early.sort("value").row(-1, named=True)
    told = anchors.filter(pl.col("item") == "margin balance peak")["value"].item()
    above = balance.filter(pl.col("value") > peak["value"])["observation_date"].min()

    assert math.isclose(peak["value"], told * 1e12, rel_tol=0.01)
    assert peak["observation_date"].isoformat()[:7] == "2015-06"
    assert above.isoformat() == "2025-09-01"


def test_borrowing_was_hottest_in_the_bubble_of_2015(real_metrics):
    growth = values(real_metrics, "margin_financing_change_60d")
    since_2013 = growth.filter(pl.col("observation_date") > pl.date(2014, 1, 1))

    assert since_2013.sort("value")["observation_date"].item(-1).year in {2014, 2015}
    intensity = values(real_metrics, "margin_intensity_5d")
    assert intensity["value"].is_between(0.01, 0.35).all()


def test_the_margin_rule_in_force(real_metrics, anchors):
    rule = dict(
        values(real_metrics, "margin_requirement").select("observation_date", "value").rows()
    )
    told = anchors.filter(pl.col("item").str.starts_with("min margin ratio")).select(
        "date", "value"
    )
    days = sorted(rule)
    for since, per_cent in told.rows():
        in_force = [day for day in days if day.isoformat() >= since]
        if in_force:
            assert rule[in_force[0]] == per_cent / 100
    assert rule[days[0]] == 0.5


def test_turnover_set_records_on_the_days_told(real_metrics):
    ratio = dict(
        values(real_metrics, "turnover_vs_record").select("observation_date", "value").rows()
    )
    records = [day.isoformat() for day, value in ratio.items() if value > 1]

    assert records[-2:] == ["2026-01-12", "2026-01-13"]
    assert "2024-10-08" in records
