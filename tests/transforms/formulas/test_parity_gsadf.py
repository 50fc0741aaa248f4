"""The tests for explosive prices against reference values that lie beside the project."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.formulas.gsadf import Floats, explosiveness, least_window
from transforms.indicators import explosive_episodes, gsadf, psy_critical_value, sadf
from transforms.metrics.explosive import (
    FIRST,
    LONG,
    explosive_headline,
    explosive_p_value,
    explosive_series,
    explosive_weeks,
)
from transforms.prepared.series import period_ends, series_bars

pytestmark = pytest.mark.real
SHANGHAI = pl.col("entity") == "000001.SH"


def level(design: pl.DataFrame, lags: int) -> Floats:
    """The series behind a design matrix: level, lagged level, lagged differences."""
    first = design["x_lag"][0]
    before = [first]
    for lag in range(1, lags + 1):
        before.insert(0, before[0] - design[f"dx_embed{lag}"][0])
    return np.array([*before, *design["x_lev"]])


@pytest.mark.parametrize(("lags", "tolerance"), [(0, 1e-9), (1, 1e-8), (2, 1e-8)])
def test_all_statistics_agree_with_exuber(validation, lags, tolerance):
    """The outputs are BADF, the last of it, SADF, GSADF and BSADF in one column."""
    name = f"pyexuber_golden_small_lag{lags}"
    if not (validation / "psy" / f"{name}_input.csv").exists():
        pytest.skip(f"{name} is not among the references")
    y = level(pl.read_csv(validation / "psy" / f"{name}_input.csv"), lags)
    theirs = pl.read_csv(validation / "psy" / f"{name}_output.csv")["value"].to_numpy()
    found = explosiveness(y, 19, lags)
    badf, bsadf = (statistic[19 + lags :] for statistic in (found.badf, found.bsadf))
    ours = np.concatenate([badf, [badf[-1], badf.max(), bsadf.max()], bsadf])

    assert np.isnan(found.bsadf[: 19 + lags]).all()
    assert len(theirs) == len(ours)
    np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=0)
    assert gsadf(pl.Series(y), 19, lags) == pytest.approx(theirs[len(badf) + 2], abs=tolerance)
    assert sadf(pl.Series(y), 19, lags) == pytest.approx(theirs[len(badf) + 1], abs=tolerance)


def test_critical_values_agree_with_other_draws(validation):
    """Draws of 1,000 to 20,000 walks, each with its own noise."""
    theirs = pl.read_csv(validation / "psy" / "own_mc_psy_table1.csv").filter(
        pl.col("stat") != "adf"
    )
    apart = {
        (row["stat"], row["T"], percent): abs(
            psy_critical_value(row["T"], row["minw"], percent / 100, row["stat"])
            - row[f"q{percent}"]
        )
        / max(row[f"se{percent}"], 0.025)
        for row in theirs.iter_rows(named=True)
        for percent in (90, 95, 99)
    }

    assert len(apart) == 30
    assert max(apart.values()) < 4, apart


def test_critical_values_agree_with_the_paper(validation):
    """Its 95 % rows; the others in the file are recalled, not read."""
    paper = pl.read_csv(validation / "psy" / "psy2015_table1_finite_sample.csv").filter(pct=95)
    apart = [
        abs(psy_critical_value(row["T"], row["min_window_levels"], 0.95, row["stat"]) - row["cv"])
        for row in paper.iter_rows(named=True)
    ]

    assert len(apart) == 10
    assert max(apart) < 0.10
    windows = dict(paper.select("T", "min_window_levels").rows())
    rule = {values: least_window(values) for values in windows}
    assert rule == windows | {800: 58}  # where the paper rounds its share of 7.36 % up to 7.4 %


@pytest.fixture(scope="module")
def series(market) -> pl.DataFrame:
    return explosive_series.compute(series_bars.compute(market["index_daily"], None, None))


@pytest.fixture(scope="module")
def shanghai(market) -> pl.DataFrame:
    """Its weekly closes since 1996."""
    index = pl.col("code") == "000001.SH"
    bars = series_bars.compute(market["index_daily"].filter(index), None, None)
    return period_ends(bars, "1w").filter(pl.col("observation_date") >= FIRST)


def test_the_shanghai_composite_since_1996_is_explosive_as_published(shanghai):
    assert gsadf(shanghai["close"].log(), LONG) == pytest.approx(3.58, abs=0.01)


def test_the_episodes_of_shanghai_are_2007_and_2015(shanghai):
    """Against the sequence that PSY prescribe, the SADF value of each sample."""
    critical = [psy_critical_value(n + 1, LONG, 0.95, "sadf") for n in range(shanghai.height)]
    found = explosive_episodes(
        shanghai["observation_date"],
        shanghai["close"].log(),
        pl.Series(critical, dtype=pl.Float64),
        LONG,
    )

    assert set(found["direction"]) == {"exuberance"}
    assert set(found["start"].dt.year()) <= {2006, 2007, 2014, 2015}
    inside = [
        found.filter((pl.col("start") <= day) & (day < pl.col("end"))).height
        for day in (date(2007, 10, 12), date(2015, 6, 12), date(2024, 10, 11))
    ]
    assert inside == [1, 1, 0]


def test_the_bootstrap_confirms_2007_and_2015_and_is_silent_since(series):
    headline = explosive_headline.compute(series.filter(SHANGHAI), {})
    chance = dict(explosive_p_value.compute(headline).select("observation_date", "value").rows())
    weeks = explosive_weeks.compute(headline)

    assert chance[date(2007, 10, 12)] < 0.05
    assert chance[date(2015, 6, 12)] < 0.05
    for quiet in (date(2024, 10, 11), date(2025, 8, 29), date(2026, 1, 9)):
        assert chance[quiet] > 0.5
    explosive_years = set(weeks.filter(pl.col("value") > 0)["observation_date"].dt.year())
    assert explosive_years == {2006, 2007, 2008, 2014, 2015}
    assert weeks["value"].min() >= 0


def test_the_fall_of_star_50_in_2022_is_a_collapse(series):
    headline = explosive_headline.compute(series.filter(pl.col("entity") == "000688.SH"), {})
    weeks = dict(explosive_weeks.compute(headline).select("observation_date", "value").rows())
    chance = dict(explosive_p_value.compute(headline).select("observation_date", "value").rows())

    assert weeks[date(2022, 4, 22)] < 0
    assert chance[date(2022, 4, 22)] == 1.0
