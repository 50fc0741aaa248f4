"""Heat by the week, its common factor, and what the axes publish of their ranges and bands."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.axes import composite
from transforms.metrics.axes import (
    HALF_A_YEAR,
    HEAT,
    heat_factor,
    heat_factor_correlation,
    heat_systemic,
    heat_weeks,
    overheating_high,
    overheating_low,
    overheating_p10,
    overheating_p90,
    structural_momentum_high,
    structural_momentum_low,
    structural_momentum_p10,
    structural_momentum_p90,
)

MONDAY = date(2025, 1, 6)


def blocks(values: dict[str, list[float]], step: int = 7, hour: int = 8) -> pl.DataFrame:
    """Scores of blocks every so many days from a Friday on."""
    friday = MONDAY + timedelta(days=4)
    rows = [
        (name, friday + timedelta(days=step * n), score)
        for name, scores in values.items()
        for n, score in enumerate(scores)
    ]
    frame = pl.DataFrame(rows, ["entity", "observation_date", "value"], orient="row")
    return frame.with_columns(
        known_at=pl.col("observation_date").cast(pl.Datetime("us")) + pl.duration(hours=hour)
    )


def test_weeks_have_the_heat_blocks_of_their_last_day_as_fractions():
    frame = pl.concat([
        blocks({"heat/technical": [50.0, 60.0, 70.0], "momentum/trend": [1.0, 2.0, 3.0]}),
        blocks({"heat/leverage": [10.0, 20.0, 30.0]}, hour=9).head(2),
        blocks({"heat/technical": [99.0]}).with_columns(observation_date=pl.lit(MONDAY)),
    ])  # fmt: skip
    found = heat_weeks.compute(frame)

    assert found["observation_date"].to_list() == [MONDAY + timedelta(days=n) for n in (4, 11, 18)]
    assert found["heat/technical"].to_list() == pytest.approx([0.5, 0.6, 0.7])
    assert found["heat/leverage"].to_list() == [pytest.approx(0.1), pytest.approx(0.2), None]
    assert set(HEAT) <= set(found.columns)
    assert found["heat/valuation"].null_count() == 3
    assert found["known_at"][0] == datetime(2025, 1, 10, 9), "with the last of its blocks"
    assert not [name for name in found.columns if name.startswith("momentum")]


def test_a_systemic_heat_is_the_axis_where_all_blocks_run_hot_together():
    """Each at 80 and 60 by turns: the correlation is one, and the weights add up to one."""
    swinging = [80.0 if n % 2 else 60.0 for n in range(60)]
    found = heat_systemic.compute(heat_weeks.compute(blocks(dict.fromkeys(HEAT, swinging))))

    assert found["value"][-2:].to_list() == pytest.approx([60.0, 80.0])
    assert found["coverage"][-1] == pytest.approx(1.0)
    assert found["value"][:51].is_nan().all(), "a year of weeks has to be past"
    assert found["value"][51] == pytest.approx(80.0)


def test_a_systemic_heat_is_lower_where_only_some_blocks_run_hot():
    chance = np.random.default_rng(2)
    apart = {name: [*chance.uniform(0, 100, 59), 70.0] for name in HEAT}
    found = heat_systemic.compute(heat_weeks.compute(blocks(apart)))

    assert 0 < found["value"][-1] < 65


@pytest.mark.parametrize("without", [2, 3])
def test_a_systemic_heat_stands_on_two_thirds_of_the_weight_and_says_how_much(without):
    left = HEAT[without:]
    weight = sum(composite.WEIGHTS[name] for name in left) / 100
    found = heat_systemic.compute(heat_weeks.compute(blocks(dict.fromkeys(left, [60.0] * 60))))

    assert found["coverage"][-1] == pytest.approx(weight)
    assert bool(np.isnan(found["value"][-1])) is (weight < 2 / 3)


def test_the_factor_rises_when_the_technical_block_heats_up():
    chance = np.random.default_rng(3)
    common = chance.normal(size=80).cumsum() * 3 + 50
    values = {name: list(common + chance.normal(0, 1, 80)) for name in HEAT}
    found = heat_factor.compute(heat_weeks.compute(blocks(values)))
    factor = found["value"].to_numpy()

    assert np.isfinite(factor).tolist() == [False] * 51 + [True] * 29
    assert np.corrcoef(factor[51:], common[51:])[0, 1] > 0.9
    assert found["known_at"].is_sorted()


def test_the_correlation_is_over_weeks_that_have_both_from_half_a_year_on():
    days = [MONDAY + timedelta(days=7 * n) for n in range(40)]
    chance = np.random.default_rng(4)
    one, other = chance.normal(size=40), chance.normal(size=40)

    def series(values: np.ndarray, hour: int) -> pl.DataFrame:
        known = pl.Series(days).cast(pl.Datetime("us")) + timedelta(hours=hour)
        return pl.DataFrame(
            {"entity": "CN", "observation_date": days, "value": values, "known_at": known}
        )

    found = heat_factor_correlation.compute(series(one, 8).reverse(), series(other, 9).head(-2))

    assert found["observation_date"].to_list() == days[:-2]
    assert found["n"].to_list() == list(range(1, 39))
    assert np.isnan(found["value"][HALF_A_YEAR - 2])
    for n in (HALF_A_YEAR, 38):
        assert found["value"][n - 1] == pytest.approx(np.corrcoef(one[:n], other[:n])[0, 1])
    assert found["known_at"][0] == datetime(2025, 1, 6, 9)


@pytest.mark.parametrize(
    ("metric", "edge"),
    [(structural_momentum_low, 1.0), (structural_momentum_high, 9.0), (overheating_low, 1.0),
     (overheating_high, 9.0), (structural_momentum_p10, 1.0), (structural_momentum_p90, 9.0),
     (overheating_p10, 1.0), (overheating_p90, 9.0)],
)  # fmt: skip
def test_each_edge_is_that_of_its_name(metric, edge):
    frame = pl.DataFrame({
        "entity": "CN", "observation_date": [MONDAY], "low": 1.0, "high": 9.0,
        "known_at": datetime(2025, 1, 6),
    })  # fmt: skip
    found = metric.compute(frame)

    assert found.select(pl.col("value")).item() == edge
    assert found["entity"].to_list() == ["CN"]
