"""The figures of January 2026, reproduced from the real market that lies beside the project."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.issue.claims import Verdict, check_claims
from transforms.issue.missing import absences

NOW = date(2026, 1, 13)
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def expected(request: pytest.FixtureRequest, market: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of the claims list that state a value."""
    folder = Path(request.config.rootpath).parent / "shared" / "market"
    claims = pl.read_csv(folder / "claims-2026-01-13.csv", try_parse_dates=True)
    return claims.drop_nulls("expected")


def test_every_expected_value_of_the_claims_list_is_reproduced(real_book, expected):
    off = {
        row["id"]: (fact.value, row["expected"])
        for row in expected.iter_rows(named=True)
        if abs((fact := real_book.on(row["metric"], row["entity"], row["observation_date"])).value
               - row["expected"]) > row["tolerance"]
    }  # fmt: skip

    assert expected.height == 11
    assert off == {}


def test_units_agree_with_the_claims_list(real_book, expected):
    for row in expected.iter_rows(named=True):
        fact = real_book.on(row["metric"], row["entity"], row["observation_date"])
        assert fact.unit == row["unit"], row["id"]


def test_what_history_says_of_the_claims_is_reproduced(real_book):
    assert real_book["rsi_14/000001.SH/2026-01-12"].highest_since == date(2025, 8, 26)
    assert real_book["close/000001.SH/2026-01-12"].highest_since == date(2015, 6, 30)
    margin = real_book["margin_financing_change_1d/CN/2026-01-12"]
    assert margin.largest_since == date(2025, 10, 9)


def test_the_records_of_turnover_are_reproduced(real_book):
    monday, tuesday = (real_book[f"turnover_cny/SSE+SZSE/2026-01-{day}"] for day in (12, 13))

    assert (monday.record, monday.previous_record) == (True, date(2024, 10, 8))
    assert (tuesday.record, tuesday.previous_record) == (True, date(2026, 1, 12))
    assert tuesday.previous_record_value == pytest.approx(3.6015e12, rel=1e-4)
    assert monday.previous_record_value == pytest.approx(3.4519e12, rel=1e-4)


def test_members_counted_and_companions_of_the_claims_are_reproduced(real_book):
    assert real_book["breadth_up_share/tech/2026-01-12"].n == 1012
    assert real_book["runup_30d_ge_90pct_count/all/2026-01-13"].value == 67
    assert real_book["runup_30d/000547.SZ/2026-01-13"].value == pytest.approx(1.664693, abs=2e-6)
    assert real_book["return_1d/000547.SZ/2026-01-13"].value == pytest.approx(-0.1, abs=2e-6)
    assert real_book["ipo_hk_proceeds_ytd_hkd/HK/2026-01-13"].n == 10
    assert real_book["ipo_first_day_return/06082.HK/2026-01-02"].value == pytest.approx(
        0.758, abs=5e-4
    )


def test_the_verdicts_of_january(real_book):
    found = {check.id: check.verdict for check in check_claims(real_book, NOW)}

    assert found == {
        "rsi": Verdict.HOLDS,
        "star50": Verdict.HOLDS,
        "margin": Verdict.MISDATED,
        "turnover": Verdict.MISDATED,
        "high": Verdict.HOLDS,
        "breadth": Verdict.WEAKENED,
        "aerospace_runup": Verdict.IN_PART,
        "aerospace_fall": Verdict.IN_PART,
        "hk_ipo": Verdict.HOLDS,
        "unicorns": Verdict.IN_PART,
        "minimax": Verdict.IN_PART,
        "earnings": Verdict.UNTESTABLE,
        "policy": Verdict.IN_PART,
    }


def test_both_axes_are_published_with_five_sixths_of_their_weight(real_book):
    """The files have no results of China's companies, and no turnover by sector."""
    for axis in ("structural_momentum", "overheating"):
        fact = real_book.latest(axis, "CN")
        assert fact.observation_date == NOW
        assert fact.coverage == pytest.approx(0.85)


def test_the_rsi_of_october_2024_agrees_with_the_methodology(real_metrics):
    """90.19 in Shanghai, 91.49 for the CSI 300, 90.75 for the STAR 50."""
    day = (pl.col("metric") == "rsi_14") & (pl.col("observation_date") == date(2024, 10, 8))
    found = dict(real_metrics.filter(day).select("entity", "value").iter_rows())

    assert found["000001.SH"] == pytest.approx(90.19, abs=0.005)
    assert found["000300.SH"] == pytest.approx(91.49, abs=0.005)
    assert found["000688.SH"] == pytest.approx(90.75, abs=0.005)


def test_the_blocks_that_the_files_cannot_fill_are_told_with_their_reason(market, real_metrics):
    told = absences(market, real_metrics, NOW)
    dropped = told.filter(metric="block_score")
    reasons = dict(told.filter(entity="").select("metric", "missing").iter_rows())

    assert dropped["entity"].to_list() == ["heat/concentration", "momentum/earnings"]
    assert reasons["turnover_hhi"] == "sector_daily"
    assert reasons["earnings_growth_a_shares"] == "earnings_report"
    assert reasons["margin_industry_hhi"] == "margin_security"


def test_each_axis_lies_within_its_band_and_says_what_was_said_of_january(real_book):
    """Broad and carried, and at the threshold of hot: leverage and valuation, not the charts."""
    for axis in ("structural_momentum", "overheating"):
        low, high = (real_book.latest(f"{axis}_{edge}", "CN").value for edge in ("p10", "p90"))
        assert low < real_book.latest(axis, "CN").value < high
    assert real_book.latest("structural_momentum", "CN").value > 70
    assert 50 < real_book.latest("overheating", "CN").value < 70


def test_october_2024_was_hot_in_its_charts_and_broad_as_never(real_metrics):
    day = (pl.col("metric") == "block_score") & (pl.col("observation_date") == date(2024, 10, 8))
    found = dict(real_metrics.filter(day).select("entity", "value").iter_rows())

    assert found["heat/technical"] > 95
    assert found["momentum/breadth"] > 95
    assert found["heat/explosiveness"] < 50, "a jump is no bubble"
    assert found["momentum/persistence"] < 50
