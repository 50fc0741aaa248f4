"""Policy, earnings and listings of the real market: what is known of them is found again."""

from datetime import date

import polars as pl
import pytest

from tests.transforms.conftest import NOW
from transforms.issue.claims import check_claims

NEW_FORCES = "新质生产力"
pytestmark = pytest.mark.real


def series(real_metrics: pl.DataFrame, metric: str, entity: str) -> pl.DataFrame:
    chosen = (pl.col("metric") == metric) & (pl.col("entity") == entity)
    return real_metrics.filter(chosen).sort("observation_date")


def test_new_quality_productive_forces_were_first_named_on_8_september_2023(real_metrics):
    mentions = series(real_metrics, "policy_frequency", NEW_FORCES)

    assert mentions["observation_date"][0] == date(2023, 9, 8)


def test_the_term_peaks_in_march_2024_and_rises_again_with_the_two_sessions_of_2025(real_metrics):
    month = series(real_metrics, "policy_frequency_30d", NEW_FORCES)
    spring = month.filter(
        pl.col("observation_date").is_between(date(2025, 1, 15), date(2025, 9, 30))
    )
    peaks = [days.sort("value")["observation_date"][-1] for days in (month, spring)]

    assert peaks[0].replace(day=1) == date(2024, 3, 1)
    assert date(2025, 3, 11) <= peaks[1] <= date(2025, 4, 4), "thirty days that began in March"


def test_what_the_issue_says_of_policy(real_book):
    intensity = real_book[f"policy_intensity/{NEW_FORCES}/2026-01-13"]
    month = real_book[f"policy_frequency_30d/{NEW_FORCES}/2026-01-13"]
    note = next(c.note for c in check_claims(real_book, NOW) if c.id == "policy")

    assert intensity.percentile == pytest.approx(62, abs=1)
    assert (month.record, month.previous_record) == (False, date(2024, 3, 29))
    assert "September 2023" in note
    assert "March 2024" in note


def test_policy_intensity_of_the_country_counts_all_four_baskets(real_book):
    country = real_book.latest("policy_intensity", "CN")

    assert country.coverage == 1.0
    assert country.observation_date == NOW
    assert country.score is not None


def test_the_seven_grew_fast_in_2023_and_shrank_in_2022(real_metrics):
    """All fiscal fourth quarters are missing in the file: December has too few companies."""
    found = series(real_metrics, "earnings_growth", "M7")
    growth = dict(found.select("observation_date", "value").iter_rows())
    companies = dict(found.select("observation_date", "n").iter_rows())

    assert growth[date(2022, 9, 30)] < 0
    assert growth[date(2023, 9, 30)] > 0.5
    assert 0 < growth[date(2025, 6, 30)] < 0.5
    assert companies[date(2025, 6, 30)] == 6, "Microsoft's fourth quarter"
    assert companies[date(2025, 9, 30)] == 5, "Apple's is missing, and Nvidia's of 2024"
    assert date(2024, 12, 31) not in growth


def test_growth_is_known_when_the_last_of_the_seven_has_filed(real_metrics):
    found = series(real_metrics, "earnings_growth", "M7")
    known = dict(found.select("observation_date", "known_at").iter_rows())

    assert known[date(2025, 6, 30)].date() == date(2025, 8, 28), "the day after Nvidia's filing"


def test_analysts_lower_more_than_they_raise(real_metrics):
    breadth = series(real_metrics, "eps_revision_breadth_90d", "all")

    assert breadth["n"][-1] > 1000
    assert -0.5 < breadth["value"][-1] < 0


def test_first_days_in_hong_kong_in_january_2026(real_book):
    median = real_book.latest("ipo_first_day_return_median_90d", "HK")
    mean = real_book.latest("ipo_hk_first_day_return_90d", "HK")
    below = real_book.latest("ipo_below_offer_share_90d", "HK")

    assert 0 < median.value < mean.value, "a few multiply"
    assert 0 < below.value < 0.5
    assert real_book.latest("ipo_oversubscription_90d", "HK").value > 1
