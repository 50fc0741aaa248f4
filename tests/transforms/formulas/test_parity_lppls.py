"""The log-periodic power law against reference values that lie beside the project."""

from datetime import date

import polars as pl
import pytest

from tests.transforms.formulas.reference_forms import TRUST
from tests.transforms.formulas.test_lppls import curve
from transforms.formulas.lppls import CONFIDENCE, S15, fits
from transforms.formulas.lppls_fit import Box
from transforms.indicators import lppls_confidence

pytestmark = pytest.mark.real
# Filimonov and Sornette (2013): the other box of the reference file.
BOXES = {"S15": S15, "FS13": Box(tc=(0, 1 / 3), m=(0.1, 0.9), w=(6, 13))}


@pytest.fixture(scope="module")
def nasdaq(validation) -> pl.Series:
    """Adjusted closes up to 2000-03-10, the top of the dot-com boom."""
    return pl.read_csv(validation / "lppls" / "nasdaq_dotcom.csv")["Adj Close"]


def test_no_reference_fits_better(validation, nasdaq):
    """metrics.md 4.1: the sum of squares counts, not the parameters, which hardly matter to it."""
    known = pl.read_csv(validation / "lppls" / "lppls_global_optimum_nasdaq_dotcom.csv")
    worse = {
        (row["box"], row["L"]): fits(nasdaq.log().to_numpy(), [row["L"]], BOXES[row["box"]]).sse[0]
        / row["sse"]
        - 1
        for row in known.iter_rows(named=True)
    }

    assert len(worse) == 18
    assert max(worse.values()) <= 1e-4, worse


def test_box_and_filters_are_those_of_the_paper(validation):
    table = pl.read_csv(validation / "lppls" / "sornette2015_table1_filters.csv")
    rows = {row.pop("item"): list(row.values()) for row in table.iter_rows(named=True)}

    assert rows["m"] == [*S15.m, *CONFIDENCE.m, *TRUST.m]
    assert rows["omega"] == [*S15.w, *CONFIDENCE.w, *TRUST.w]
    assert rows["tc_lo_frac_dt"][::2] == [S15.tc[0], CONFIDENCE.tc[0], TRUST.tc[0]]
    assert rows["tc_hi_frac_dt"][1::2] == [S15.tc[1], CONFIDENCE.tc[1], TRUST.tc[1]]
    least = {
        "n_osc_min": (CONFIDENCE.oscillations, TRUST.oscillations),
        "damping_min": (CONFIDENCE.damping, TRUST.damping),
    }
    assert {name: (rows[name][2], rows[name][4]) for name in least} == least
    assert (rows["rel_err_max"][3], rows["rel_err_max"][5]) == (CONFIDENCE.error, TRUST.error)


def test_our_specs_draw_the_curve_of_the_package(validation):
    """What the fits recover in test_lppls is the function that others call by this name."""
    rows = pl.read_csv(validation / "lppls" / "lppls_function_values.csv").iter_rows()
    for *parameters, value in rows:
        assert curve(*parameters) == pytest.approx(value, rel=1e-9)


def test_the_top_of_the_dot_com_boom_looked_like_one(nasdaq):
    positive, negative = lppls_confidence(nasdaq)

    assert positive > 0.3
    assert negative == 0


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2007, 10, 16), 0.294),
        (date(2015, 6, 1), 0.135),
        (date(2012, 6, 1), 0.0),
        (date(2024, 10, 8), 0.0),
        (date(2025, 8, 25), 0.0),
        (date(2026, 1, 12), 0.0),
    ],
)
def test_shanghai_on_days_that_are_known(market, day, expected):
    """Tops of 2007 and 2015; a quiet day, and jumps that were not accelerating: metrics.md 4."""
    closes = market["index_daily"].filter(
        (pl.col("code") == "000001.SH") & (pl.col("trade_date") <= day)
    )

    positive, _ = lppls_confidence(closes.sort("trade_date")["close"])

    assert positive == pytest.approx(expected, abs=0.02 if expected else 0)
