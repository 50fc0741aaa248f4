"""Readings with lines of their own, told on one side of the line and not on the other."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import (
    DAYS,
    FRIDAY,
    MEMBERS,
    WEEK,
    by_kind,
    dated,
    frame,
    known,
    reading,
    rising_to,
    swinging,
    told_of,
)


@pytest.mark.parametrize(
    ("last", "zone"),
    [
        ([60.0, 69.95], "overbought"),  # prints 70.0
        ([60.0, 69.94], None),
        ([40.0, 30.04], "oversold"),
        ([40.0, 30.05], None),
        ([71.0, 69.0, 65.0], "left overbought"),
        ([29.0, 31.0], "left oversold"),
        ([72.0, 40.0, 29.0, 31.0], "left oversold"),  # the last one left
        ([29.0, 40.0, 72.0, 60.0], "left overbought"),
        ([71.0, 60.0, 29.0], "oversold"),
    ],
)
def test_the_zone_of_an_index_by_its_printed_tenth(last, zone) -> None:
    rsi = reading("rsi_14", "000001.SH", swinging(45, 55, last))
    found = by_kind(rsi).get("rsi_zone")
    assert (found.terms["zone"] if found else None) == zone


def test_a_zone_that_was_left_says_on_which_day() -> None:
    rsi = reading("rsi_14", "000001.SH", swinging(45, 55, [71.0, 72.0, 69.0, 65.0]))
    level = by_kind(rsi)["rsi_zone"].numbers["level"]
    assert (level.value, level.day) == (69.0, WEEK[-2])


def test_a_zone_left_before_the_week_is_no_news() -> None:
    rsi = reading("rsi_14", "000001.SH", swinging(45, 55, [71.0, *[60.0] * 6]))
    assert "rsi_zone" not in by_kind(rsi)


def test_run_ups_are_counted_now_and_before_the_week() -> None:
    counts = swinging(10, 20, [30, 31, 32, 33, 34, 77])
    numbers = by_kind(reading("runup_30d_ge_90pct_count", "all", counts))["runups"].numbers
    assert (numbers["count"].value, numbers["before"].value) == (77, 30)


@pytest.mark.parametrize(("above", "told_of"), [(60, True), (100, False)])
def test_crowding_is_told_from_the_ninetieth_percentile(above: int, *, told_of: bool) -> None:
    """Higher on 8 % of the days before, or on 14 %."""
    kappa = np.log(np.append(np.full(len(DAYS) - 1, 1.1), 1.5))
    kappa[:above] = 1.0
    share = np.full(len(DAYS), 0.6)
    series = {("crowding", "TMT"): kappa, ("turnover_share", "TMT"): share}
    found = by_kind(series).get("crowding_level")
    assert (found is not None) is told_of
    if found:
        assert found.numbers["turnover_share"].value == pytest.approx(0.6)
        assert found.numbers["value_share"].value == pytest.approx(0.6 / 1.5)


@pytest.mark.parametrize(("z", "told_of"), [(1.0, True), (0.99, False)])
def test_a_term_is_told_from_one_deviation_above_usual(z: float, *, told_of: bool) -> None:
    series = {
        ("policy_intensity", "算力"): np.append(np.zeros(len(DAYS) - 1), z),
        ("policy_frequency_30d", "算力"): np.full(len(DAYS), 1.48),
        ("policy_intensity", "AI"): np.full(len(DAYS), 3.0),  # a basket is no term
        ("policy_frequency_30d", "AI"): np.full(len(DAYS), 9.0),
    }
    found = by_kind(series, {"policy_term": pl.DataFrame({"term": ["算力"]})})
    assert ("policy_words" in found) is told_of
    if told_of:
        assert found["policy_words"].terms == {"term": "算力"}
        assert found["policy_words"].numbers["rate"].value == 1.48


@pytest.mark.parametrize("missing", [0, 1])
def test_a_term_is_told_with_the_rate_of_the_day_of_its_rank(missing: int) -> None:
    rates = np.append(np.full(len(DAYS) - 1, 1.48), np.nan if missing else 2.0)
    series = {
        ("policy_intensity", "算力"): np.append(np.zeros(len(DAYS) - 1), 2.0),
        ("policy_frequency_30d", "算力"): rates,
    }
    found = by_kind(series, {"policy_term": pl.DataFrame({"term": ["算力"]})})
    assert ("policy_words" in found) is not bool(missing)


@pytest.mark.parametrize(("companies", "told_of"), [(("CN7", "M7"), True), (("M7",), False)])
def test_the_gap_of_earnings_needs_both_sides(companies, told_of) -> None:
    series = {("earnings_growth", one): rising_to(0.1, 0.2) for one in companies}
    found = by_kind(series).get("earnings_gap")
    assert (found is not None) is told_of
    if found:
        assert found.numbers["n_china"].value == MEMBERS
        assert found.entity == "CN7-M7"


def test_earnings_that_were_told_before_the_week_are_no_news() -> None:
    series = {("earnings_growth", one): rising_to(0.1, 0.2)[:-5] for one in ("CN7", "M7")}
    old = {key: np.append(values, [np.nan] * 5) for key, values in series.items()}
    assert "earnings_gap" not in by_kind(old)


def test_revisions_are_told_as_shares_of_all() -> None:
    breadth = swinging(-0.1, 0.1, [0.2])
    numbers = by_kind(reading("eps_revision_breadth_90d", "all", breadth))["revisions"].numbers
    assert numbers["raised"].value == pytest.approx(0.6)
    assert numbers["cut"].value == pytest.approx(0.4)
    assert numbers["n"].value == MEMBERS


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([0.2, 0.049], "yes"),
        ([0.2, 0.05], None),
        ([0.01, 0.2, 0.2, 0.2, 0.2, 0.2], "no longer"),
        ([0.01, *[0.2] * 6], None),
    ],
)
def test_explosive_growth_is_found_under_five_per_cent(last, found) -> None:
    p = reading("explosive_p_value", "000001.SH", swinging(0.4, 0.5, last))
    seen = by_kind(p).get("psy")
    assert (seen.terms["found"] if seen else None) == found


def test_growth_that_goes_on_is_no_news_again() -> None:
    weeks = reading("explosive_weeks", "000001.SH", np.full(len(DAYS), 9.0))
    still = swinging(0.4, 0.5, [0.01] * 10)
    new = swinging(0.4, 0.5, [0.01])
    found = [by_kind(reading("explosive_p_value", "000001.SH", p) | weeks) for p in (still, new)]
    assert found[0]["psy"].surprise == 0.0
    assert found[1]["psy"].surprise > 1
    assert found[0]["psy"].numbers["weeks"].value == 9


@pytest.mark.parametrize(("share", "told_of"), [(0.05, True), (0.049, False)])
def test_the_pattern_is_told_from_five_per_cent(share: float, *, told_of: bool) -> None:
    values = swinging(0.0, 0.01, [share])
    found = by_kind(reading("lppls_confidence_positive", "000001.SH", values)).get("lppls")
    assert (found is not None) is told_of
    if found:
        assert found.numbers["windows"].value == 126


def test_southbound_money_is_summed_over_the_week() -> None:
    rows = [
        {"direction": way, "trade_date": day, "net_buy_hkd": float(n) * sign}
        for n, day in enumerate(DAYS)
        for way, sign in (("southbound", 1), ("northbound", -1))
    ]
    numbers = by_kind({}, {"stock_connect": dated(rows, "trade_date")})["southbound"].numbers
    last = len(DAYS) - 1
    assert numbers["total"].value == sum(range(last - 4, last + 1))
    assert numbers["sessions"].value == 5


def test_money_into_funds_is_that_of_the_last_day() -> None:
    inflow = reading("etf_inflow_20d_cny", "technology", rising_to(0, 1e10))
    total = by_kind(inflow)["etf_inflow"].numbers["total"]
    assert (total.value, total.day) == (1e10, FRIDAY)


@pytest.mark.parametrize(("late_kappa", "late_share"), [(1, 0), (0, 1)])
def test_a_share_of_value_is_known_when_both_that_it_follows_from_are(late_kappa, late_share):
    kappa = np.log(rising_to(1.0, 1.5))
    rows = [
        frame({("crowding", "TMT"): kappa}, late=late_kappa),
        frame({("turnover_share", "TMT"): np.full(len(DAYS), 0.6)}, late=late_share),
    ]
    (found,) = [one for one in told_of(pl.concat(rows), {}) if one.kind == "crowding_level"]

    assert found.numbers["value_share"].known_at == known(FRIDAY, 1)
    assert found.numbers["turnover_share"].known_at == known(FRIDAY, late_share)
