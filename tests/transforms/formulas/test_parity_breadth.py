"""Breadth and dispersion agree with reference values that others computed from formulas alone."""

import polars as pl
import pytest

from tests.transforms.formulas.reference_forms import unseeded_ema
from transforms.formulas.breadth import (
    THRUST_DAYS,
    mcclellan,
    net_share,
    rising_share,
    seeded_ema,
    thrust,
)
from transforms.indicators import mcclellan as public_mcclellan
from transforms.indicators import new_highs_lows
from transforms.metrics.dispersion import spread

pytestmark = pytest.mark.real
A, D = pl.col("adv"), pl.col("dec")


def apart(frame: pl.DataFrame, ours: str, theirs: str) -> float:
    """The largest difference; both must be null on the same rows."""
    assert frame[ours].is_null().to_list() == frame[theirs].is_null().to_list()
    return frame.select((pl.col(ours) - pl.col(theirs)).abs().max()).item()


@pytest.fixture(scope="module")
def breadth(validation) -> pl.DataFrame:
    return pl.read_parquet(validation / "parity" / "reference_breadth.parquet").sort("date")


def test_the_mcclellan_oscillator_of_both_seeds(breadth):
    net = 1000 * net_share(A, D)
    found = breadth.with_columns(
        net=net,
        seeded=mcclellan(A, D),
        first=unseeded_ema(net, 19) - unseeded_ema(net, 39),
        public=public_mcclellan(breadth["adv"], breadth["dec"]),
    ).with_columns(summation=pl.col("seeded").cum_sum().fill_null(0.0))

    assert apart(found, "net", "rana") < 1e-12
    assert apart(found, "seeded", "mcclellan_sma_seed") < 1e-12
    assert apart(found, "first", "mcclellan_first_seed") < 1e-12
    assert apart(found, "summation", "mc_summation") < 1e-10
    assert found["public"].equals(found["seeded"])


def test_the_two_seeds_forget_their_beginning(breadth):
    """After 400 days the seed weighs (1 - 2/40)^400 = 1e-9 of what it was."""
    net = 1000 * net_share(A, D)
    both = breadth.select(
        gap=(mcclellan(A, D) - unseeded_ema(net, 19) + unseeded_ema(net, 39)).abs()
    )["gap"]

    assert both[38] > 1
    assert both[38 + 400] < 1e-6


def test_the_thrust_and_the_line(breadth):
    mean = seeded_ema(rising_share(A, D), THRUST_DAYS)
    found = breadth.with_columns(mean=mean, line=(A - D).cum_sum()).with_columns(
        thrust=thrust(pl.col("mean")).fill_null(value=False)
    )

    assert apart(found, "mean", "zweig_ema10") < 1e-12
    assert found["line"].to_list() == found["ad_line"].to_list()
    assert found["thrust"].to_list() == found["zweig_thrust"].to_list()
    assert found["thrust"].sum() == 4


def test_dispersion_of_equal_weights(validation):
    folder = validation / "parity"
    days = (
        pl.read_parquet(folder / "input_panel.parquet")
        .group_by("date")
        .agg(
            with_return=pl.len(),
            returns=pl.col("ret").sum(),
            squares=(pl.col("ret") ** 2).sum(),
        )
        .with_columns(ours=spread())
        .join(pl.read_parquet(folder / "reference_panel_metrics.parquet"), on="date")
    )

    relative = (pl.col("ours") / pl.col("dispersion_xs_std_ddof1") - 1).abs().max()
    assert days.height == 800
    assert days.select(relative).item() < 1e-12


def test_the_year_s_highs_and_lows_of_the_panel_by_definition(validation):
    """Each window of each stock looked at anew, closes compounded from the returns."""
    panel = pl.read_parquet(validation / "parity" / "input_panel.parquet").sort("symbol", "date")
    level = (1 + pl.col("ret")).cum_prod().over("symbol")
    long = panel.select("date", "symbol", close=level)
    found = new_highs_lows(long, 252)
    wide = long.pivot("symbol", index="date", values="close").sort("date")
    matrix = wide.drop("date").to_numpy()
    highs = [int((matrix[t] >= matrix[t - 251 : t + 1].max(axis=0)).sum()) for t in range(251, 800)]

    assert found["highs"].to_list() == [0] * 251 + highs
    assert new_highs_lows(wide, 252).equals(found)
