"""Agreement with reference values that others computed; they lie beside the project."""

import json

import polars as pl
import pytest

from tests.transforms.formulas.reference_forms import wilder_rsi
from transforms.formulas.expressions import (
    mid_rank_percentile,
    trailing_return,
)

pytestmark = pytest.mark.real
SYMBOL = "symbol"


def largest_difference(frame: pl.DataFrame, ours: str, theirs: str) -> float:
    both = frame.drop_nulls([ours, theirs])
    assert both.height > 0
    return both.select((pl.col(ours) - pl.col(theirs)).abs().max()).item()


def test_rsi_agrees_with_the_published_worksheet(validation):
    """The worksheet rounds to four digits; so far may we be apart."""
    sheet = pl.read_csv(validation / "rsi" / "stockcharts_qqqq_rsi14.csv").with_columns(
        ours=wilder_rsi(pl.col("close"))
    )

    assert largest_difference(sheet, "ours", "rsi14_stockcharts") < 5e-5
    assert largest_difference(sheet, "ours", "rsi14_talib") < 1e-9
    assert sheet["ours"].is_null().to_list() == sheet["rsi14_stockcharts"].is_null().to_list()


@pytest.fixture(scope="module")
def prices(validation) -> pl.DataFrame:
    return pl.read_parquet(validation / "parity" / "input_ohlcv.parquet").sort(SYMBOL, "date")


def beside(prices: pl.DataFrame, validation, name: str) -> pl.DataFrame:
    reference = pl.read_parquet(validation / "parity" / f"reference_{name}.parquet")
    return prices.join(reference, on=["date", SYMBOL], how="left")


def test_rsi_agrees_with_talib_on_every_row_and_every_gap(prices, validation):
    frame = beside(prices, validation, "talib").with_columns(
        ours=wilder_rsi(pl.col("close")).over(SYMBOL)
    )

    assert largest_difference(frame, "ours", "RSI14") < 1e-9
    assert frame["ours"].is_null().to_list() == frame["RSI14"].is_null().to_list()


def test_rsi_on_edge_cases_differs_from_talib_only_where_nothing_ever_moved(validation):
    """A flat series is 0/0: TA-Lib says 0, which would read as oversold; we say nothing."""
    cases = pl.read_csv(validation / "parity" / "edge_cases_rsi.csv")
    gapless = cases.filter(pl.col("close").is_not_null().all().over("case")).with_columns(
        ours=wilder_rsi(pl.col("close")).over("case")
    )
    moved = pl.col("close").diff().abs().cum_max().over("case") > 0
    silent = gapless.filter(pl.col("ours").is_null() & pl.col("RSI14_talib").is_not_null())

    assert largest_difference(gapless, "ours", "RSI14_talib") < 1e-9
    assert silent.height > 0
    assert set(silent["RSI14_talib"]) == {0.0}
    still = gapless.with_columns(moved=moved).join(silent, on=["case", "i"], how="semi")
    assert not still["moved"].any()


def test_momentum_agrees_with_the_reference(prices, validation):
    frame = beside(prices, validation, "tsmom").with_columns(
        ours=trailing_return(pl.col("close"), bars=252, skip=21).over(SYMBOL)
    )

    assert largest_difference(frame, "ours", "mom_12_1") < 1e-12
    assert frame["ours"].is_null().to_list() == frame["mom_12_1"].is_null().to_list()


def test_breadth_agrees_with_the_reference(validation):
    """The reference has returns only: risers and fallers are counted per day."""
    folder = validation / "parity"
    panel = pl.read_parquet(folder / "input_panel.parquet").sort(SYMBOL, "date")
    days = (
        panel.group_by("date")
        .agg(
            up=(pl.col("ret") > 0).sum(),
            down=(pl.col("ret") < 0).sum(),
        )
        .join(pl.read_parquet(folder / "reference_breadth.parquet"), on="date")
    )

    assert days.height == 800
    assert (days["up"] == days["adv"]).all()
    assert (days["down"] == days["dec"]).all()


def test_the_percentile_is_the_mean_kind_of_scipy(validation):
    reference = json.loads((validation / "composite" / "percentile_conventions.json").read_text())
    values = [*(x for x in reference["x"] if x != reference["score_at"])]
    tied = [x for x in reference["x"] if x == reference["score_at"]]
    frame = pl.DataFrame({"x": [*values, *tied]})
    found = frame.select(mid_rank_percentile(pl.col("x"), frame.height)).to_series()

    assert found.item(-1) == reference["kinds"]["mean"]
