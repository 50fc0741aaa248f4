"""Each verdict follows from the facts, and from nothing else."""

from datetime import date, datetime

import pytest

from transforms.facts import Fact, FactBook
from transforms.issue.claims import CLAIMS, Verdict, check_claims

ARTICLE = date(2026, 1, 13)


def fact(name: str, value: float, **more: object) -> Fact:
    """A fact from "metric/entity/day"."""
    metric, entity, day = name.split("/")
    return Fact(
        fact_id=name,
        metric=metric,
        entity=entity,
        observation_date=date.fromisoformat(day),
        value=value,
        unit="fraction",
        known_at=datetime(2026, 1, 13, 8),
        **{"n_obs": 250} | more,
        first_observation=date(1990, 12, 19),
        sources=(),
        query="",
    )


def verdict(claim: str, *facts: Fact) -> Verdict:
    checks = {check.id: check for check in check_claims(FactBook(facts), ARTICLE)}
    return checks[claim].verdict


RSI = "rsi_14/000001.SH/2026-01-12"


def test_a_gain_under_nine_percent_breaks_the_star50_claim():
    assert verdict("star50", fact("return_mtd/000688.SH/2026-01-13", 0.0933)) is Verdict.HOLDS
    assert verdict("star50", fact("return_mtd/000688.SH/2026-01-13", 0.089)) is Verdict.BROKEN


def test_the_margin_jump_is_one_of_a_day_and_therefore_misdated():
    jump = "margin_financing_change_1d/CN/2026-01-12"

    assert (
        verdict("margin", fact(jump, 0.0176, largest_since=date(2025, 10, 9))) is Verdict.MISDATED
    )
    assert verdict("margin", fact(jump, 0.0176, largest_since=date(2025, 12, 1))) is Verdict.BROKEN
    assert verdict("margin", fact(jump, 0.010)) is Verdict.BROKEN


@pytest.mark.parametrize(
    ("monday", "before", "expected"),
    [
        (True, date(2024, 10, 8), Verdict.MISDATED),
        (True, date(2026, 1, 9), Verdict.HOLDS),
        (False, date(2024, 10, 8), Verdict.BROKEN),
    ],
)
def test_the_turnover_record_belongs_to_the_week_in_which_it_fell(monday, before, expected):
    days = [
        fact("turnover_cny/SSE+SZSE/2026-01-12", 36, record=monday, previous_record=before),
        fact("turnover_cny/SSE+SZSE/2026-01-13", 36, record=monday, previous_record=before),
    ]

    assert verdict("turnover", *days) is expected


def test_a_multi_year_high_is_three_years_at_the_least():
    high = "close/000001.SH/2026-01-12"

    assert verdict("high", fact(high, 4165, highest_since=date(2015, 6, 30))) is Verdict.HOLDS
    assert verdict("high", fact(high, 4165, highest_since=date(2024, 6, 30))) is Verdict.BROKEN


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        ("rsi", RSI, 81.4),
        ("margin", "margin_financing_change_1d/CN/2026-01-12", 0.0176),
        ("turnover", "turnover_cny/SSE+SZSE/2026-01-12", 36),
        ("high", "close/000001.SH/2026-01-12", 4165),
    ],
)
def test_a_short_history_neither_proves_nor_refutes_a_record(claim, name, value):
    days = [fact(name.replace("12", "13"), value, n_obs=6)] if claim == "turnover" else []

    assert verdict(claim, fact(name, value, n_obs=5), *days) is Verdict.UNTESTABLE


@pytest.mark.parametrize(
    ("monday", "latest", "above_mean", "expected"),
    [
        (0.87, 0.60, 0.9, Verdict.HOLDS),
        (0.87, 0.15, 0.9, Verdict.WEAKENED),
        (0.87, 0.60, 0.4, Verdict.BROKEN),
        (0.60, 0.60, 0.9, Verdict.BROKEN),
    ],
)
def test_breadth_is_judged_by_its_day_and_by_what_came_after(monday, latest, above_mean, expected):
    found = verdict(
        "breadth",
        fact("breadth_up_share/tech/2026-01-12", monday),
        fact("breadth_up_share/tech/2026-01-13", latest),
        fact("share_above_ma50/tech/2026-01-13", above_mean),
    )

    assert found is expected


def test_causes_and_sizes_that_no_dataset_holds_make_a_claim_hold_in_part():
    fall = (fact("return_1d/688523.SH/2026-01-13", -0.18),)

    assert verdict("aerospace_fall", *fall) is Verdict.IN_PART
    assert (
        verdict("minimax", fact("ipo_first_day_return/00100.HK/2026-01-09", 1.09))
        is Verdict.IN_PART
    )
    assert verdict("unicorns", fact("unicorn_growth_1y/CN-AI/2025-12-31", 3.5)) is Verdict.IN_PART


def test_run_ups_are_tested_on_the_day_before_the_fall():
    ran = [
        fact(f"runup_30d/{code}/2026-01-12", value)
        for code, value in (("688523.SH", 1.86), ("000547.SZ", 2.26))
    ]

    assert verdict("aerospace_runup", *ran) is Verdict.IN_PART


def test_the_listing_wave_needs_industries_to_hold_and_weakens_when_the_money_halves():
    then = [
        fact("ipo_hk_proceeds_ytd_hkd/HK/2026-01-13", 36, n=10),
        fact("ipo_hk_tech_share_ytd/HK/2026-01-13", 0.86),
        fact("ipo_hk_proceeds_90d_hkd/HK/2026-01-13", 100),
    ]

    assert verdict("hk_ipo", *then) is Verdict.HOLDS
    assert verdict("hk_ipo", then[0], then[2]) is Verdict.IN_PART
    later = fact("ipo_hk_proceeds_90d_hkd/HK/2026-06-30", 49)
    assert verdict("hk_ipo", *then, later) is Verdict.WEAKENED


INTENSITY, MENTIONS = "policy_intensity/新质生产力", "policy_frequency_30d/新质生产力"


def spoken(percentile, peak=date(2024, 3, 29), day="2026-01-12"):
    """Of the evening before the article: that of its own day comes after it."""
    return (
        fact(f"{INTENSITY}/{day}", 0.4, percentile=percentile),
        fact(f"{MENTIONS}/{day}", 2.1, previous_record=peak),
    )


@pytest.mark.parametrize(
    ("percentile", "expected"),
    [(62.0, Verdict.IN_PART), (40.0, Verdict.WEAKENED), (None, Verdict.UNTESTABLE)],
)
def test_policy_is_judged_by_how_much_the_news_speaks_of_it(percentile, expected):
    assert verdict("policy", *spoken(percentile)) is expected


def test_policy_names_the_first_mention_and_the_peak():
    checks = {c.id: c for c in check_claims(FactBook(spoken(62.0)), ARTICLE)}

    assert "most in March 2024" in checks["policy"].note
    assert "2024年3月最多" in checks["policy"].note_zh


GAP, AMERICA = "earnings_growth_gap/CN7-M7", "earnings_growth/M7"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([fact(f"{AMERICA}/2025-09-30", 0.05)], Verdict.UNTESTABLE),
        ([fact(f"{GAP}/2025-09-30", 0.05)], Verdict.UNTESTABLE),
        ([fact(f"{GAP}/2026-03-31", 0.05)], Verdict.IN_PART),
        ([fact(f"{GAP}/2026-12-31", 0.05)], Verdict.HOLDS),
        ([fact(f"{GAP}/2026-06-30", -0.05)], Verdict.BROKEN),
    ],
)
def test_earnings_of_2026_need_reports_of_2026_from_both_sides(facts, expected):
    assert verdict("earnings", *facts) is expected


def test_what_is_known_of_earnings_is_shown_even_when_it_does_not_suffice():
    book = FactBook([fact(f"{AMERICA}/2025-09-30", 0.05)])
    checks = {check.id: check for check in check_claims(book, ARTICLE)}

    assert [shown.metric for shown in checks["earnings"].now] == ["earnings_growth"]


def test_without_the_series_a_claim_cannot_be_tested_and_says_so():
    for check in check_claims(FactBook([]), ARTICLE):
        assert check.verdict is Verdict.UNTESTABLE
        assert check.note.endswith(".")
        assert check.note_zh.endswith("。")


def test_before_the_article_there_is_nothing_to_check():
    assert check_claims(FactBook([]), date(2026, 1, 12)) == ()


def test_then_and_now_are_the_same_measures():
    """A fall of a day is not held beside a fall from the peak."""
    for claim in CLAIMS:
        then = {key[:2] for key in (*claim.then, *claim.aside)}
        now = {*claim.now, *claim.newest}
        assert not then or not now or then == now, claim.id


def test_every_claim_is_stated_in_both_languages():
    for claim in CLAIMS:
        assert claim.statement.endswith(".")
        assert claim.statement_zh.endswith("。")
