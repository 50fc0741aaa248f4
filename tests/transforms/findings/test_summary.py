"""What an issue says first: two findings that tell of different things, then the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.transforms.findings.drawn import FRIDAY, all_frames, all_metrics, known, told
from tests.transforms.findings.test_ranking import one
from transforms.findings.finding import Finding
from transforms.findings.ranking import ranked
from transforms.findings.summary import ALWAYS_TOLD, EVENTS, FAR_OUT, RARE_ENOUGH, Summary, summary

PRICE = one("index_change", 1.5, 0.05)
TURNOVER = one("turnover_total", 1.2, entity="SSE+SZSE")
STATE_TERMS = {"state": "overheated advance", "before": "healthy advance"}
AXES = one("axes", 0.0, entity="CN", near="", mover="", hottest="")


def state(turn: str, **terms: str) -> Finding:
    return one("state", 0.0, entity="CN", turn=turn, **(STATE_TERMS | terms))


def kinds(found: tuple[Finding, ...]) -> list[str]:
    return [finding.kind for finding in found]


def of(*findings: Finding) -> Summary:
    return summary(ranked(findings, FRIDAY, known(FRIDAY)))


def test_the_headline_is_the_top_finding_and_one_of_another_block() -> None:
    other = one("index_day", 1.4, -0.05)
    assert kinds(of(PRICE, other, TURNOVER).headline) == ["index_change", "turnover_total"]


def test_a_state_that_turned_is_headline_and_one_that_stands_is_not() -> None:
    assert kinds(of(PRICE, TURNOVER, state("no longer"), AXES).headline)[1] == "state"
    still = of(PRICE, TURNOVER, state("still"), AXES)
    assert kinds(still.headline)[1] == "turnover_total"
    assert kinds(still.lede)[-2:] == ["state", "axes"]


def test_a_heat_near_its_line_is_headline() -> None:
    near = replace(AXES, terms={"near": "just below", "mover": "", "hottest": ""})
    found = of(PRICE, TURNOVER, state("still"), near)
    assert kinds(found.headline) == ["index_change", "axes"]
    assert "axes" not in kinds(found.lede)


def test_what_is_far_out_stands_before_the_state() -> None:
    far = replace(TURNOVER, surprise=FAR_OUT)
    both = of(replace(PRICE, surprise=3.0), far, state("turned"), AXES)
    assert kinds(both.headline) == ["index_change", "turnover_total"]


def test_beside_a_plunge_no_advance_is_headline() -> None:
    plunge = one("index_day", 2.5, -0.1, q=100.0, record=True)
    assert "state" not in kinds(of(plunge, state("turned"), AXES).headline)
    fading = state("turned", state="fading")
    assert kinds(of(plunge, fading, AXES).headline) == ["index_day", "state"]


def test_a_quiet_week_says_so_and_where_the_market_stands() -> None:
    calm = one("index_change", 0.4, q=60.0)
    found = of(calm, state("still"), AXES)
    assert kinds(found.headline) == ["quiet", "state"]
    assert kinds(found.lede) == ["index_change", "axes"]


def test_two_indices_alike_speak_once_and_what_goes_the_other_way_speaks_too() -> None:
    alike = one("index_change", 1.4, 0.04, entity="399006.SZ")
    against = one("index_change", 1.3, -0.04, entity="HSI.HK")
    found = of(PRICE, alike, against)
    assert [finding.entity for finding in (*found.headline, *found.findings)] == [
        "000688.SH", "HSI.HK",
    ]  # fmt: skip


def test_a_zone_is_left_out_where_the_price_is_told() -> None:
    zone = one("rsi_zone", 1.4, zone="overbought")
    assert "rsi_zone" not in kinds(of(PRICE, zone, TURNOVER).lede)
    assert kinds(of(PRICE, zone).headline) == ["index_change"]
    elsewhere = one("rsi_zone", 1.1, entity="HSI.HK", zone="overbought")
    assert "rsi_zone" in kinds(of(PRICE, TURNOVER, elsewhere).lede)


def test_a_zone_stands_after_the_price_of_the_index_that_speaks_for_its_own() -> None:
    """ChiNext fell most and is oversold; STAR 50, which speaks for it, is less surprising."""
    spoken_for = one("index_change", 1.7, -0.17, q=98.0, entity="399006.SZ")
    speaker = one("index_change", 1.5, -0.14, q=98.0)
    zone = one("rsi_zone", 1.6, -1.0, entity="399006.SZ", zone="oversold")
    between = one("turnover_total", 1.55, entity="SSE+SZSE")
    found = of(spoken_for, zone, between, speaker)
    assert kinds(found.headline) == ["turnover_total", "index_change"]
    assert kinds(found.findings) == ["rsi_zone"]
    assert kinds(of(one("rsi_zone", 1.6, zone="oversold"), between).headline)[0] == "rsi_zone"


def test_days_that_undid_each_other_are_no_top_finding() -> None:
    flip = one("breadth_flip", 1.8, entity="tech")
    assert kinds(of(flip, PRICE).headline) == ["index_change", "breadth_flip"]


@pytest.mark.parametrize(("surprise", "told_of"), [(RARE_ENOUGH, True), (0.59, False)])
def test_what_comes_every_month_is_no_news(surprise: float, *, told_of: bool) -> None:
    usual = one("purchases_level", surprise, entity="CN")
    assert (usual in of(PRICE, TURNOVER, usual).findings) is told_of


def test_what_happened_is_told_without_a_rank() -> None:
    listed = one("first_days", 0.0, q=None, entity="HK", best="02513.HK")
    assert "first_days" in EVENTS
    assert kinds(of(PRICE, TURNOVER, listed).lede) == ["first_days"]


def test_the_leading_indices_are_always_told() -> None:
    leading = [one("index_change", 0.1, q=30.0, entity=code) for code in ALWAYS_TOLD]
    found = of(TURNOVER, *leading)
    assert [finding.entity for finding in found.lede] == list(ALWAYS_TOLD)


def test_the_leading_indices_stand_where_their_surprise_puts_them() -> None:
    abroad = one("index_change", 3.0, entity="HSI.HK")
    first, second = (
        one("index_change", 2.8 - n, entity=code) for n, code in enumerate(ALWAYS_TOLD)
    )
    found = of(abroad, first, second, TURNOVER, one("runups", 1.0, entity="all"))
    assert kinds(found.lede) == ["index_change", "index_change", "runups"]
    assert [finding.entity for finding in found.lede[:2]] == list(ALWAYS_TOLD)


def test_the_index_that_readers_follow_speaks_for_its_own_where_it_is_news() -> None:
    rarer = one("index_change", 1.6, 0.06, entity="399006.SZ")
    for surprise, speaks in ((RARE_ENOUGH, "000688.SH"), (0.59, "399006.SZ")):
        found = of(rarer, one("index_change", surprise, 0.05, q=80.0))
        assert [finding.entity for finding in found.headline] == [speaks]


def announced(surprise: float, event: str) -> Finding:
    return one("policy_event", surprise, entity=event)


def test_two_announcements_stand_before_what_the_market_did_and_others_last() -> None:
    """Three are rarer than all that the market did; one of them is in the headline."""
    events = [announced(3.0 - n / 10, f"2026-01-1{n}") for n in range(4)]
    market = [replace(PRICE, surprise=2.6), one("purchases_level", 1.0, entity="CN"),
              one("runups", 0.9, entity="all")]  # fmt: skip
    found = of(*events, *market)
    assert kinds(found.headline) == ["index_change", "policy_event"]
    assert kinds(found.findings) == [
        "policy_event", "purchases_level", "runups", "policy_event", "policy_event",
    ]  # fmt: skip


def test_an_announcement_is_in_the_headline_if_it_is_far_out_or_all_that_there_is() -> None:
    usual = announced(1.9, "2026-01-14")
    assert kinds(of(PRICE, usual, TURNOVER).headline) == ["index_change", "turnover_total"]
    assert kinds(of(PRICE, usual).headline) == ["index_change", "policy_event"]
    far = announced(FAR_OUT, "2026-01-14")
    assert kinds(of(PRICE, far, TURNOVER).headline) == ["index_change", "policy_event"]


def test_a_price_that_went_the_other_way_stands_before_what_was_announced() -> None:
    fell = one("index_day", 1.4, -0.056, q=99.0)
    high = one("index_high", 0.7, entity="000001.SH")
    found = of(fell, high, announced(1.9, "2025-10-09"))
    assert kinds(found.headline) == ["index_day", "index_high"]
    alike = one("index_low", 0.7, -0.01, entity="000001.SH")
    assert kinds(of(fell, alike).headline) == ["index_day"]


def test_the_week_of_star_50_and_a_notable_move_of_loans_are_due() -> None:
    star = one("index_change", 0.1, q=30.0)
    loans = one("financing_change", 1.0, entity="CN")
    assert set(map(id, of(TURNOVER, star, loans).due)) == {id(star), id(loans)}
    usual = one("financing_change", 0.9, q=89.9, entity="CN")
    assert of(TURNOVER, usual, one("index_change", 2.0, entity="HSI.HK")).due == ()


def test_a_rare_day_of_a_leading_index_is_due() -> None:
    """Shanghai's −7.3% of 7 April 2025, the most since 2020, beside still rarer falls."""
    shanghai = one("index_day", 1.4, -0.073, q=99.5, entity="000001.SH")
    assert of(TURNOVER, shanghai).due == (shanghai,)
    follower = one("index_day", 2.0, -0.097, q=99.9, entity="399001.SZ")
    usual = one("index_day", 0.8, -0.03, q=97.0, entity="000001.SH")
    assert of(TURNOVER, follower, usual).due == ()


def test_a_rare_day_that_the_week_before_told_is_not_due() -> None:
    told_before = replace(one("index_day", 1.4, 0.08, q=99.5), surprise=0.0)
    assert of(TURNOVER, told_before).due == ()


def test_a_record_of_loans_is_due_where_their_move_is_not_and_much_money_raised_is() -> None:
    """The record of 8 January 2026, and the six listings of that week."""
    loans = one("financing_high", 0.0, q=100.0, record=True, entity="CN")
    usual = one("financing_change", 0.8, q=85.6, entity="CN")
    raised = one("proceeds", 0.7, q=92.0, entity="HK")
    assert kinds(of(TURNOVER, loans, usual, raised).due) == ["proceeds", "financing_high"]
    notable = replace(usual, rarity=replace(usual.rarity, q=91.0))
    assert of(TURNOVER, loans, notable).due == (notable,)
    assert of(replace(loans, rarity=replace(loans.rarity, record=False))).due == ()


def high(surprise: float, years: int, entity: str = "000001.SH") -> Finding:
    found = one("index_high", surprise, entity=entity, q=97.0)
    level = replace(next(iter(found.numbers.values())), unit="index points")
    since = FRIDAY - timedelta(days=366 * years)
    return replace(found, numbers={"level": level}, rarity=replace(found.rarity, since=since))


def test_a_close_that_took_years_leads_what_is_not_far_out() -> None:
    """Shanghai's highest since 2015, of 25 August 2025, which followed one after another."""
    assert kinds(of(TURNOVER, high(0.0, 10)).headline) == ["index_high", "turnover_total"]
    far = replace(TURNOVER, surprise=FAR_OUT)
    assert kinds(of(far, high(0.0, 10)).headline) == ["turnover_total", "index_high"]
    assert kinds(of(TURNOVER, high(0.0, 3)).headline) == ["turnover_total"]
    assert kinds(of(TURNOVER, high(0.0, 10, "399006.SZ")).headline) == ["turnover_total"]


def test_a_price_stands_beside_another_block_before_the_rest() -> None:
    breadth = one("above_average", 1.1, entity="tech")
    price = one("index_change", 0.9, 0.03)
    assert kinds(of(TURNOVER, breadth, price).headline) == ["turnover_total", "index_change"]


def test_a_plunge_against_the_week_stands_before_another_record() -> None:
    """8 October 2024: STAR 50 rose 53.5% in five sessions, Hang Seng Tech lost 12.8% that day."""
    week = one("index_change", 3.2, 0.535)
    fell = one("index_day", FAR_OUT, -0.128, entity="HSTECH.HK")
    record = one("turnover_total", 2.5, entity="SSE+SZSE")
    assert kinds(of(week, record, fell).headline) == ["index_change", "index_day"]
    less = replace(fell, surprise=FAR_OUT - 0.1)
    assert kinds(of(week, record, less).headline) == ["index_change", "turnover_total"]


def test_nothing_found_is_nothing_said() -> None:
    assert summary([]) == Summary((), (), ())


def test_a_summary_of_a_drawn_week_says_nothing_twice() -> None:
    draw = np.random.default_rng(13)
    found = summary(told(dict(all_metrics(draw)), all_frames(draw)))
    first = (*found.headline, *found.lede)
    assert len({(finding.kind, finding.entity) for finding in first}) == len(first)
    assert len({finding.block for finding in found.headline}) == len(found.headline)
    assert not set(kinds(found.headline)) & {"missing", "breadth_flip"}
