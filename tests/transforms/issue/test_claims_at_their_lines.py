"""Each claim of the article on both sides of what would make it false."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.transforms.issue.test_claims import AMERICA, ARTICLE, GAP, RSI, fact, spoken, verdict
from transforms.facts import FactBook
from transforms.issue.claims import ClaimCheck, Verdict, check_claims

MONDAY, JUNE = "2026-01-12", "2026-06-30"
STAR = "return_mtd/000688.SH"
LOANS, CLOSE = f"margin_financing_change_1d/CN/{MONDAY}", f"close/000001.SH/{MONDAY}"
YES, PART, NO = Verdict.HOLDS, Verdict.IN_PART, Verdict.BROKEN


def before(days: int) -> date:
    return date(2026, 1, 12) - timedelta(days=days)


@pytest.mark.parametrize(
    ("value", "since", "expected"),
    [(80.5, date(2025, 8, 1), NO), (80.6, date(2025, 8, 1), YES), (81.4, date(2025, 8, 31), YES), (75.0, date(2025, 8, 26), NO),
     (81.6, date(2025, 8, 1), NO), (81, date(2024, 8, 1), PART), (81, date(2025, 7, 31), PART),
     (81, None, PART)],
)  # fmt: skip
def test_rsi_is_81_as_it_prints_and_the_highest_since_august(value, since, expected):
    assert verdict("rsi", fact(RSI, value, highest_since=since)) is expected


@pytest.mark.parametrize(("value", "expected"), [(0.09, NO), (0.0901, YES)])
def test_star_50_gained_over_nine_per_cent(value, expected):
    assert verdict("star50", fact(f"{STAR}/2026-01-13", value)) is expected


@pytest.mark.parametrize(
    ("value", "since", "expected"),
    [(0.0180, None, Verdict.MISDATED), (0.0184, None, Verdict.MISDATED), (0.0186, None, NO),
     (0.0176, None, Verdict.MISDATED), (0.0174, None, NO), (0.018, before(90), NO),
     (0.018, before(91), Verdict.MISDATED)],
)  # fmt: skip
def test_loans_grew_by_1_8_per_cent_as_it_rounds_and_most_in_over_a_quarter(value, since, expected):
    assert verdict("margin", fact(LOANS, value, largest_since=since)) is expected


@pytest.mark.parametrize(
    ("monday", "tuesday", "before_it", "expected"),
    [
        (False, False, date(2026, 1, 5), YES),
        (False, False, date(2026, 1, 9), YES),
        (False, False, date(2026, 1, 4), NO),
        (False, False, date(2026, 1, 10), NO),
        (True, False, date(2024, 10, 8), Verdict.MISDATED),
        (False, True, date(2024, 10, 8), Verdict.MISDATED),
        (False, False, None, NO),
    ],
)
def test_the_record_of_turnover_is_of_the_week_before(monday, tuesday, before_it, expected):
    days = [
        fact(f"turnover_cny/SSE+SZSE/{day}", 36, record=record, previous_record=before_it)
        for day, record in ((MONDAY, monday), ("2026-01-13", tuesday))
    ]
    assert verdict("turnover", *days) is expected


@pytest.mark.parametrize(
    ("since", "expected"), [(before(3 * 365), YES), (before(3 * 365 - 1), NO), (None, YES)]
)
def test_a_high_of_years_is_one_of_three_or_of_all(since, expected):
    """None: it never stood so high since 1990, when the series begins."""
    assert verdict("high", fact(CLOSE, 4165, highest_since=since)) is expected


@pytest.mark.parametrize(
    ("then", "now", "above", "expected"),
    [(0.7, 0.9, 0.9, NO), (0.71, 0.5, 0.5, YES), (0.71, 0.49, 0.5, Verdict.WEAKENED),
     (0.71, 0.9, 0.49, NO)],
)  # fmt: skip
def test_a_broad_advance_is_one_of_most_shares(then, now, above, expected):
    found = verdict(
        "breadth", fact(f"breadth_up_share/tech/{MONDAY}", then),
        fact(f"breadth_up_share/tech/{JUNE}", now), fact(f"share_above_ma50/tech/{JUNE}", above),
    )  # fmt: skip
    assert found is expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(0.9, 0.9, PART), (0.89, 2.0, NO), (2.0, 0.89, NO)],
)
def test_both_aerospace_shares_ran_up_by_nine_tenths(first, second, expected):
    ran = [
        fact(f"runup_30d/{code}/{MONDAY}", value)
        for code, value in (("688523.SH", first), ("000547.SZ", second))
    ]
    assert verdict("aerospace_runup", *ran) is expected


@pytest.mark.parametrize(
    ("claim", "name", "value", "expected"),
    [
        ("aerospace_fall", "return_1d/688523.SH/2026-01-13", -0.05, PART),
        ("aerospace_fall", "return_1d/688523.SH/2026-01-13", -0.049, NO),
        ("unicorns", "unicorn_growth_1y/CN-AI/2025-12-31", 3.504, PART),
        ("unicorns", "unicorn_growth_1y/CN-AI/2025-12-31", 3.506, NO),
        ("unicorns", "unicorn_growth_1y/CN-AI/2025-12-31", 3.49, NO),
        ("minimax", "ipo_first_day_return/00100.HK/2026-01-09", 1.0, PART),
        ("minimax", "ipo_first_day_return/00100.HK/2026-01-09", 0.99, NO),
    ],
)
def test_a_fall_a_growth_and_a_first_day_at_their_lines(claim, name, value, expected):
    assert verdict(claim, fact(name, value)) is expected


@pytest.mark.parametrize(
    ("listings", "share", "later", "expected"),
    [(3, 0.5, 50, YES), (2, 0.5, 100, NO), (None, 0.5, 100, NO), (3, 0.49, 100, NO),
     (3, 0.5, 49, Verdict.WEAKENED), (3, None, 50, PART), (3, None, 49, Verdict.WEAKENED),
     (2, None, 100, NO)],
)  # fmt: skip
def test_a_wave_is_three_listings_led_by_most_of_the_money(listings, share, later, expected):
    facts = [
        fact("ipo_hk_proceeds_ytd_hkd/HK/2026-01-13", 36, n=listings),
        fact("ipo_hk_proceeds_90d_hkd/HK/2026-01-13", 100),
        fact(f"ipo_hk_proceeds_90d_hkd/HK/{JUNE}", later),
    ]
    tech = [] if share is None else [fact("ipo_hk_tech_share_ytd/HK/2026-01-13", share)]
    assert verdict("hk_ipo", *facts, *tech) is expected


def check(claim: str, *facts: object) -> ClaimCheck:
    return {one.id: one for one in check_claims(FactBook(facts), ARTICLE)}[claim]


@pytest.mark.parametrize(
    ("name", "value", "expected", "words", "words_zh"),
    [
        (f"{GAP}/2025-12-31", 0.05, Verdict.UNTESTABLE, "faster", "较快"),
        (f"{GAP}/2025-12-31", 0.0, Verdict.UNTESTABLE, "more slowly", "较慢"),
        (f"{GAP}/2026-09-30", 0.05, PART, "so far", "已披露"),
        (f"{GAP}/2026-09-30", 0.0, NO, "otherwise", "不符"),
        (f"{AMERICA}/2026-09-30", 0.05, Verdict.UNTESTABLE, "American", "美国"),
    ],
)
def test_earnings_are_judged_by_the_last_quarter_that_both_have_told(
    name, value, expected, words, words_zh
):
    found = check("earnings", fact(name, value))

    assert found.verdict is expected
    assert words in found.note
    assert words_zh in found.note_zh


@pytest.mark.parametrize(("percentile", "expected"), [(50.0, PART), (49.9, Verdict.WEAKENED)])
def test_policy_is_named_at_least_as_often_as_on_most_days(percentile, expected):
    assert verdict("policy", *spoken(percentile)) is expected
    assert verdict("policy", *spoken(percentile, peak=None)) is Verdict.UNTESTABLE


def test_policy_names_the_first_mention_in_both_languages():
    found = check("policy", *spoken(62.0))

    assert "First named in December 1990" in found.note
    assert "1990年12月起见于新闻" in found.note_zh


def test_what_was_said_and_what_is_now_are_shown_with_what_stands_beside_them():
    facts = [
        fact(f"breadth_up_share/tech/{MONDAY}", 0.8), fact(f"share_above_ma50/tech/{MONDAY}", 0.6),
        fact(f"breadth_up_share/tech/{JUNE}", 0.7), fact(f"share_above_ma50/tech/{JUNE}", 0.9),
    ]  # fmt: skip
    found = check("breadth", *facts)

    assert [one.value for one in found.then] == [0.8, 0.6]
    assert [one.value for one in found.now] == [0.7, 0.9]
    alone = check("breadth", *facts[:1], *facts[2:])
    assert [one.value for one in alone.then] == [0.8]


def test_a_claim_without_its_day_shows_what_is_known_now():
    found = check("breadth", fact(f"breadth_up_share/tech/{JUNE}", 0.7))

    assert found.verdict is Verdict.UNTESTABLE
    assert found.then == ()
    assert [one.value for one in found.now] == [0.7]


def test_a_claim_of_which_a_part_is_not_known_now_cannot_be_tested():
    found = check("breadth", fact(f"breadth_up_share/tech/{MONDAY}", 0.8))

    assert found.verdict is Verdict.UNTESTABLE
    assert [one.value for one in found.then] == [0.8]


def test_claims_are_checked_from_the_day_of_the_article_on():
    assert check_claims(FactBook([]), date(2026, 1, 13)) != ()
    assert check_claims(FactBook([]), date(2026, 1, 12)) == ()
