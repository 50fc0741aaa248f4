"""Facts spelled in each language, by the style guide."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from templates.wording.speller import SPELLERS, Late
from transforms.facts import Fact

DAY = date(2026, 1, 13)
ENGLISH, CHINESE = (SPELLERS[code](as_of=DAY) for code in ("en", "zh"))


def fact(value: float, unit: str, metric: str = "m", **more: object) -> Fact:
    return Fact(
        fact_id=f"{metric}/CN/{DAY}", metric=metric, entity="CN", observation_date=DAY,
        value=value, unit=unit, known_at=datetime(2026, 1, 13), n_obs=600,
        first_observation=date(2020, 1, 2), sources=("drawn",), query="", **more,
    )  # fmt: skip


def plain(text: object) -> str:
    return str(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "unit", "cells", "sentences"),
    [
        (3.654e12, "CNY", ("CNY 3.65 tn", "3.65万亿元"), ("3.65 trillion yuan", "3.65万亿元")),
        (36.44e9, "HKD", ("HK$36.4 bn", "364亿港元"), ("HK$36.4 bn", "364亿港元")),
        (0.1517, "fraction", ("15.2%", "15.2%"), ("15.2%", "15.2%")),
        (59.86, "score 0-100", ("60", "60"), ("60", "60分")),
        (2.6, "pp", ("2.6 pp", "2.6个百分点"), ("2.6 pp", "2.6个百分点")),
        (99.93, "percentile 0-100", ("99", "99"), ("99.93", "99.93")),
    ],
)
def test_values_in_cells_and_in_sentences(value, unit, cells, sentences):
    one = fact(value, unit)

    assert (plain(ENGLISH.level(one)), plain(CHINESE.level(one))) == cells
    if unit != "percentile 0-100":
        assert (plain(ENGLISH.size(one)), plain(CHINESE.size(one))) == sentences
    assert ENGLISH.level(one).ref == CHINESE.level(one).ref == one.fact_id


@pytest.mark.parametrize(
    ("value", "unit", "cell", "sentences"),
    [
        (0.5, "probability", "50%", ("50%", "50%")),
        (0.05, "probability under", "<5%", ("under 5%", "不足5%")),
        (0.95, "probability over", ">95%", ("over 95%", "95%以上")),
    ],
)
def test_the_bound_of_a_probability_is_never_lost(value, unit, cell, sentences):
    one = fact(value, unit)

    assert str(ENGLISH.level(one)) == str(CHINESE.level(one)) == cell
    assert (plain(ENGLISH.size(one)), plain(CHINESE.size(one))) == sentences


def test_a_price_keeps_its_cents_and_a_sum_its_step():
    assert plain(CHINESE.bare(fact(64.24, "CNY"))) == plain(ENGLISH.bare(fact(64.24, "CNY")))
    assert plain(CHINESE.bare(fact(64.24, "CNY"))) == "64.24"
    assert plain(CHINESE.bare(fact(3.654e12, "CNY"))) == "3.65万亿"


def test_a_sign_is_a_true_minus_and_none_stands_on_a_rounded_zero():
    assert plain(CHINESE.signed(fact(-0.026, "fraction"))) == "\N{MINUS SIGN}2.6%"
    assert plain(ENGLISH.signed(fact(-0.0001, "fraction"))) == "0.0%"


def test_the_change_of_a_share_is_in_percentage_points():
    one = fact(0.5, "fraction", change_1w=0.0264)

    assert plain(ENGLISH.week_change(one)) == "+2.6 pp"
    assert plain(CHINESE.week_change(one)) == "+2.6个百分点"
    assert ENGLISH.week_change(fact(0.5, "fraction")) is None


def test_ranks():
    one = fact(1.0, "count", percentile=96.9)

    assert (str(ENGLISH.rank(one)), str(ENGLISH.percentile(one))) == ("97", "97th percentile")
    assert str(CHINESE.percentile(one)) == "97%分位"


def test_days_and_months():
    before = date(2025, 10, 9)

    assert [plain(ENGLISH.day(d)) for d in (DAY, before)] == ["13 Jan", "9 Oct 2025"]
    assert [str(CHINESE.day(d)) for d in (DAY, before)] == ["1月13日", "2025年10月9日"]
    assert (str(ENGLISH.weekday(DAY)), str(CHINESE.weekday(DAY))) == ("Tue", "周二")
    assert (ENGLISH.tick(before), CHINESE.tick(before)) == ("Oct", "10月")


def test_names():
    assert ENGLISH.index_in_text("000001.SH") == "the Shanghai Composite"
    assert CHINESE.index("000001.SH") == "上证指数"
    assert CHINESE.block("heat/technical") == "技术面"
    assert (ENGLISH.state("fading"), CHINESE.state("fading")) == ("Weak, not hot", "动能偏弱")


def test_late_inputs_are_named_with_their_last_day():
    gap = Late("margin_market", "Margin loans", date(2026, 1, 6), DAY)

    assert plain(ENGLISH.late([gap])).endswith("last good value 6 Jan, expected 13 Jan.")
    assert str(CHINESE.late([gap])) == "逾期数据：融资余额最近值1月6日，应到1月13日。"
    assert not ENGLISH.late([])


def test_money_axes_have_the_units_of_their_language():
    assert (ENGLISH.money("CNY", 2e12).label, CHINESE.money("CNY", 2e12).label) == (
        "CNY tn",
        "万亿元",
    )
    assert CHINESE.money("HKD", 5e9).ticks([0, 5e9]) == ["0", "50"]
