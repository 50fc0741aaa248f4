"""The price metrics against what TA-Lib, quantstats, empyrical, arch and pandas gave."""

import json

import polars as pl
import pytest
from polars.testing import assert_series_equal

from tests.transforms.formulas.reference_forms import wilder_rsi
from transforms.formulas.expressions import (
    ex_ante_volatility,
    log_level,
    max_drawdown,
    one_bar_return,
    sharpe,
    skewness,
    sortino,
    trailing_return,
    trend_slope,
    variance_ratios,
    volatility,
)
from transforms.indicators import rsi

pytestmark = pytest.mark.real
CLOSE = pl.col("close")
CHANGE = one_bar_return(CLOSE, pl.lit(None, pl.Float64))
SAMPLE = 1499  # changes of each series
CLOSED_FORM = {"abs_tol": 1e-12, "rel_tol": 1e-10}


@pytest.fixture(scope="module")
def prices(validation) -> pl.DataFrame:
    return pl.read_parquet(validation / "parity" / "input_ohlcv.parquet").sort("symbol", "date")


@pytest.fixture(scope="module")
def beside(prices, validation):
    """The prices and the columns of a reference, row by row."""

    def joined(name: str) -> pl.DataFrame:
        reference = pl.read_parquet(validation / "parity" / f"reference_{name}.parquet")
        return prices.join(reference, on=["date", "symbol"], maintain_order="left")

    return joined


@pytest.mark.parametrize(
    ("column", "ours"),
    [
        ("RSI14", wilder_rsi(CLOSE)),
        ("RSI6", wilder_rsi(CLOSE, 6)),
        ("SMA20", CLOSE.rolling_mean(20)),
        ("SMA50", CLOSE.rolling_mean(50)),
        ("SMA200", CLOSE.rolling_mean(200)),
        ("STDDEV20_ddof0", CLOSE.rolling_std(20, ddof=0)),
        ("ROC20", 100 * trailing_return(CLOSE, bars=20)),
        ("ROC252", 100 * trailing_return(CLOSE, bars=252)),
        ("MAX252", CLOSE.rolling_max(252)),
        ("MIN252", CLOSE.rolling_min(252)),
        ("LINREG_SLOPE60_logclose", trend_slope(log_level(CLOSE), 60)),
    ],
)
def test_talib_agrees_on_every_row_and_every_gap(beside, column, ours):
    """The mean and the deviation of TA-Lib run along and lose some digits: 1e-9."""
    frame = beside("talib").with_columns(ours=ours.over("symbol"))
    tolerance = {"abs_tol": 1e-9, "rel_tol": 1e-9} if "STDDEV" in column else CLOSED_FORM
    recursive = {"abs_tol": 1e-9} if column.startswith("RSI") else tolerance

    assert_series_equal(frame["ours"], frame[column], check_names=False, **recursive)


@pytest.mark.parametrize(
    ("column", "ours"),
    [
        ("mom_12_1", trailing_return(CLOSE, bars=252, skip=21)),
        ("r12", trailing_return(CLOSE, bars=252)),
        ("tsmom_signal", trailing_return(CLOSE, bars=252).sign()),
        (
            "tsmom_pos_40",
            trailing_return(CLOSE, bars=252).sign() * 0.4 / ex_ante_volatility(CHANGE),
        ),
        (
            "riskadj_12_1",
            trailing_return(CLOSE, bars=252, skip=21)
            / (log_level(CLOSE).diff().rolling_std(252) * 252**0.5),
        ),
    ],
)
def test_time_series_momentum_agrees_with_pandas(beside, column, ours):
    frame = beside("tsmom").with_columns(ours=ours.over("symbol"))

    assert_series_equal(frame["ours"], frame[column], check_names=False, **CLOSED_FORM)


def test_the_volatility_known_the_day_before_is_pandas_one_a_day_later(beside):
    """The reference's column is of its own day, its position uses the day before."""
    frame = beside("tsmom").with_columns(
        ours=ex_ante_volatility(CHANGE).over("symbol"),
        theirs=pl.col("mop_exante_vol_ewmstd").shift().over("symbol"),
    )

    assert_series_equal(frame["ours"], frame["theirs"], check_names=False, **CLOSED_FORM)


@pytest.mark.parametrize(
    ("columns", "ours"),
    [
        (("qs_sharpe", "ep_sharpe"), sharpe(CHANGE, SAMPLE, 252)),
        (("qs_sortino", "ep_sortino"), sortino(CHANGE, SAMPLE, 252)),
        (("qs_maxdd", "ep_maxdd"), max_drawdown(CLOSE, SAMPLE)),
        (("qs_vol", "ep_vol"), volatility(CHANGE, SAMPLE, 252)),
        (("qs_skew", "sp_skew_unb"), skewness(CHANGE, SAMPLE)),
        (
            ("qs_cagr", "ep_cagr"),
            (1 + trailing_return(CLOSE, bars=SAMPLE)) ** (252 / SAMPLE) - 1,
        ),
    ],
)
def test_quantstats_empyrical_and_scipy_agree_on_the_whole_sample(
    prices, validation, columns, ours
):
    reference = pl.read_csv(validation / "parity" / "reference_quantstats_empyrical.csv")
    found = prices.with_columns(ours=ours.over("symbol")).group_by("symbol").last()
    both = reference.join(found, on="symbol", maintain_order="left")

    assert set(reference["n"]) == {SAMPLE}
    for column in columns:
        assert_series_equal(both["ours"], both[column], check_names=False, **CLOSED_FORM)


def test_arch_agrees_on_the_variance_ratio_and_its_z(prices, validation):
    text = (validation / "parity" / "reference_statsmodels_arch.json").read_text()
    reference = {name: found for name, found in json.loads(text).items() if "vr10" in found}
    last = prices.with_columns(
        variance_ratios(log_level(CLOSE), 10, SAMPLE).over("symbol").alias("found")
    ).unnest("found")

    assert len(reference) == 6
    for symbol, found in reference.items():
        row = last.filter(pl.col("symbol") == symbol).row(-1, named=True)
        assert row["ratio"] == pytest.approx(found["vr10"], rel=1e-10)
        assert row["z"] == pytest.approx(found["vr10_stat"], rel=1e-10)


def test_the_plain_rsi_agrees_with_talib_and_the_published_worksheet(validation, beside):
    sheet = pl.read_csv(validation / "rsi" / "stockcharts_qqqq_rsi14.csv")
    ours = rsi(sheet["close"])

    assert_series_equal(ours, sheet["rsi14_talib"], check_names=False, abs_tol=1e-9)
    assert_series_equal(ours, sheet["rsi14_stockcharts"], check_names=False, abs_tol=5e-5)
    for (_,), share in beside("talib").group_by("symbol"):
        for window in (14, 6):
            theirs = share[f"RSI{window}"]
            assert_series_equal(
                rsi(share["close"], window), theirs, check_names=False, abs_tol=1e-9
            )


def test_the_rsi_of_edge_cases_departs_from_talib_where_talib_is_wrong(validation):
    """Nothing moved: TA-Lib says 0. One NaN: TA-Lib says 0 for ever; ours goes on without it."""
    cases = pl.read_csv(validation / "parity" / "edge_cases_rsi.csv")
    found = {
        case: share.with_columns(ours=rsi(share["close"]))
        for (case,), share in cases.group_by("case", maintain_order=True)
    }
    for case in ("up", "down", "short13", "short15"):
        ours, theirs = found[case]["ours"], found[case]["RSI14_talib"]
        assert_series_equal(ours, theirs, check_names=False, abs_tol=1e-9)
    assert found["flat"]["ours"].null_count() == found["flat"].height
    moved = found["flat_then_up"].drop_nulls("ours")
    assert_series_equal(moved["ours"], moved["RSI14_talib"], check_names=False, abs_tol=1e-9)
    gapped = found["nan_gap"]
    assert gapped["ours"].to_list()[-1] == pytest.approx(
        rsi(gapped["close"].drop_nulls()).to_list()[-1], abs=1e-12
    )
    assert set(gapped["RSI14_talib"].tail(20)) == {0.0}


RISE, FALL = CLOSE.diff().clip(lower_bound=0.0), (-CLOSE.diff()).clip(lower_bound=0.0)


@pytest.mark.parametrize(
    ("listed", "smoothed"),
    [
        ("ewm_mean(alpha=1/14,adjust=False)", {"alpha": 1 / 14, "adjust": False}),
        ("ewm_mean(alpha=1/14,adjust=True)", {"alpha": 1 / 14, "adjust": True}),
        ("ewm_mean(span=14)", {"span": 14}),
    ],
)
def test_the_shortcuts_of_peers_are_as_far_from_ours_as_their_table_says(
    beside, validation, listed, smoothed
):
    """The table was made on S00: without the plain mean as seed, or with another decay."""
    peers = pl.read_csv(validation / "parity" / "peer_differences_vs_talib.csv")
    theirs = peers.filter(pl.col("indicator").str.contains(listed, literal=True)).row(0, named=True)
    up, down = (side.ewm_mean(ignore_nulls=True, **smoothed) for side in (RISE, FALL))
    apart = (
        beside("talib")
        .filter(pl.col("symbol") == "S00")
        .select((100 * up / (up + down) - wilder_rsi(CLOSE)).abs())
        .to_series()
    )

    assert apart.max() == pytest.approx(theirs["maxabs_all"], rel=1e-9)
    assert apart[250] == pytest.approx(theirs["abs_bar250"], rel=1e-6)
