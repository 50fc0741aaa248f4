"""Leverage and flows: which panels stand where, what they say, and what the headline tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from templates import render
from templates.page import Absent, Content, Entries, Panel
from templates.page import Figure as Picture
from templates.sections import leverage
from templates.sections.leverage.facts import GROUPS, leading, news, panels, standing
from tests.drawn import findings as drawn
from tests.templates.conftest import empty
from transforms.facts import Fact, FactBook, fact_id
from transforms.findings.finding import Finding
from transforms.issue.issue import Issue

FRIDAY, THURSDAY = date(2026, 1, 16), date(2026, 1, 15)
MEASURES = {one.name: one for group in GROUPS.values() for one in group}
UNITS = {
    "loans": "CNY", "purchases": "fraction", "pace": "fraction", "limit_ups": "fraction",
    "run_ups": "count", "highs": "fraction", "moves": "count", "turnover": "ratio",
    "tmt": "fraction", "busiest": "fraction", "turnover_5d": "CNY", "turnover_20d": "ratio",
    "southbound": "HKD", "etf": "CNY", "collateral": "ratio",
}  # fmt: skip
VALUES = {"CNY": 2.7e12, "HKD": 98e9, "fraction": 0.113, "count": 45.0, "ratio": 1.7}
ALL = tuple(MEASURES)


def fact(metric: str, value: float, unit: str, day: date = FRIDAY, **more: object) -> Fact:
    known: dict[str, object] = {
        "entity": "CN", "n_obs": 3000, "first_observation": date(2012, 9, 27), "percentile": 60.0,
        "change_1w": value / 20,
    }  # fmt: skip
    known |= more
    return Fact(
        fact_id=fact_id(metric, str(known["entity"]), day), metric=metric, observation_date=day,
        value=value, unit=unit, known_at=datetime(2026, 1, 16, 9), sources=("drawn",), query="",
        **known,
    )  # fmt: skip


def measured(name: str, **more: object) -> Fact:
    """The fact of a panel."""
    one = MEASURES[name]
    day = THURSDAY if name in {"loans", "purchases", "pace"} else FRIDAY
    return fact(one.metric, VALUES[UNITS[name]], UNITS[name],
                **({"entity": one.entity, "day": day} | more))  # fmt: skip


def past(one: Fact, sessions: int = 200) -> pl.DataFrame:
    """A course that ends with the fact: it rises a little each day."""
    days = [one.observation_date - timedelta(days=back) for back in range(sessions)][::-1]
    return pl.DataFrame({
        "metric": one.metric, "entity": one.entity, "observation_date": days,
        "value": [one.value * (0.5 + 0.5 * n / sessions) for n in range(1, sessions + 1)],
    })  # fmt: skip


def drawn_issue(*facts: Fact, findings: tuple[Finding, ...] = (), sessions: int = 200) -> Issue:
    """An issue of the week to 16 January that knows these facts and findings, and no other."""
    courses = [past(one, sessions) for one in facts]
    nothing = empty()
    return replace(
        nothing, as_of=FRIDAY, facts=FactBook(facts), findings=findings, span=drawn.WEEK.span,
        series=pl.concat(courses) if courses else nothing.series,
    )  # fmt: skip


def told(issue: Issue, code: str) -> Content:
    return leverage.build(issue, render.speller_of(issue, code))


def of_kind(content: Content, kind: type) -> list:
    return [block for row in content.rows for block in row.blocks if isinstance(block, kind)]


def panel(name: str, code: str = "en", **more: object) -> Panel:
    (one,) = of_kind(told(drawn_issue(measured(name, **more)), code), Panel)
    return one


# Where the panels stand


def test_with_all_data_four_groups_of_three_stand_under_their_names():
    content = told(drawn_issue(*(measured(name) for name in ALL)), "en")
    rows = [row for row in content.rows if row.label]

    assert [len(row.blocks) for row in rows] == [3, 3, 3, 3]
    assert [row.label for row in rows] == [
        "Borrowed money", "Heat in single shares", "Where the money trades", "Flows and collateral",
    ]  # fmt: skip
    assert [one.name for one in of_kind(content, Panel)][:3] == [
        "Margin loans", "Purchases on margin, five days", "Margin loans over 20 sessions",
    ]  # fmt: skip


def test_a_panel_without_data_leaves_no_gap_and_its_row_holds_two_groups():
    content = told(drawn_issue(*map(measured, ("loans", "purchases", "run_ups", "turnover"))), "en")
    rows = [row for row in content.rows if row.label]

    assert [len(row.blocks) for row in rows] == [3, 1]
    assert rows[0].label == "Borrowed money · Heat in single shares"


def test_what_follows_the_third_stands_in_for_what_is_missing():
    names = [one for one in ALL if one not in {"limit_ups", "tmt"}]
    known = panels(drawn_issue(*map(measured, names)))

    assert [one.measure.name for one in known.groups["shares"]] == ["run_ups", "highs", "moves"]
    assert [one.measure.name for one in known.groups["trading"]] == [
        "turnover", "busiest", "turnover_5d",
    ]  # fmt: skip
    assert [one.name for one in known.missing] == ["limit_ups", "tmt"]


@pytest.mark.parametrize("code", ["en", "zh"])
def test_all_that_is_missing_is_one_line(code):
    content = told(drawn_issue(measured("loans")), code)
    (line,) = of_kind(content, Absent)

    assert content.rows[-1].blocks == (line,)
    for name in ("Southbound", "by industry") if code == "en" else ("南向资金", "分行业"):
        assert name in str(line.text)


def test_a_series_that_ended_over_a_year_before_the_others_is_missing():
    ended = measured("etf", day=date(2025, 1, 10))
    known = panels(drawn_issue(measured("loans"), ended))

    assert known.groups["flows"] == ()
    assert "etf" in [one.name for one in known.missing]


def test_without_any_data_there_is_no_panel_and_no_line_that_explains_them():
    for code, said in (("en", "No figure of margin loans or flows is known"),
                       ("zh", "融资与资金数据未取得")):  # fmt: skip
        content = told(drawn_issue(), code)
        assert str(content.headline) == said
        assert [type(block) for row in content.rows for block in row.blocks] == [Absent]


# What a panel says


def plain(text: object) -> str:
    return str(text).replace("\xa0", " ")


def test_a_value_bears_its_unit_its_day_if_late_and_its_change():
    english, chinese = panel("loans"), panel("loans", "zh")

    assert plain(english.value) == "2.70 tn"
    assert plain(english.unit) == "CNY, to 15 Jan"
    assert english.change
    assert (plain(english.change.text), english.change.way) == ("135 bn in a week", 1)
    assert plain(english.rank) == "60th pct, 2012–"
    assert (str(chinese.value), str(chinese.unit)) == ("2.70万亿", "元，截至1月15日")
    assert chinese.change
    assert str(chinese.change.text) == "五日1,350亿"
    assert str(chinese.rank) == "2012年以来60%分位"


def test_a_value_of_the_day_bears_no_day_and_a_share_says_of_how_many():
    assert plain(panel("limit_ups", n=5187).unit) == "of 5,187 shares"
    assert plain(panel("limit_ups", "zh", n=5187).unit) == "占5,187只个股"


@pytest.mark.parametrize(
    ("change", "way", "english", "chinese"),
    [
        (0.0052, 1, "0.5 pp in a week", "五日0.5个百分点"),
        (-0.0052, -1, "0.5 pp in a week", "五日0.5个百分点"),
        (0.0004, 0, "unchanged", "五日持平"),
    ],
)
def test_the_printed_change_decides_the_arrow(change, way, english, chinese):
    for code, said in (("en", english), ("zh", chinese)):
        moved = panel("purchases", code, change_1w=change).change
        assert moved is not None
        assert (plain(moved.text), moved.way) == (said, way)


def test_a_young_series_has_no_change_and_no_rank():
    one = panel("loans", change_1w=None, percentile=None)

    assert one.change is None
    assert plain(one.rank) == "no rank yet"
    assert not one.hot


def test_outflows_have_their_sign():
    issue = drawn_issue(replace(measured("etf"), value=-12e9))
    for code, said in (("en", "−12.0 bn"), ("zh", "−120亿")):
        (one,) = of_kind(told(issue, code), Panel)
        assert plain(one.value) == said


@pytest.mark.parametrize(
    ("percentile", "expected"),
    [(100 - 50 / 3000, "highest"), (100 - 150 / 3000, "ranked"), (50 / 3000, "lowest"),
     (150 / 3000, "ranked"), (None, "young")],
)  # fmt: skip
def test_the_highest_is_above_all_others_and_a_tie_is_ranked(percentile, expected):
    """The value itself counts half, so that one of two equals stands a whole place lower."""
    assert standing(measured("loans", percentile=percentile)) == expected


def test_the_highest_and_the_lowest_are_told_as_such():
    assert plain(panel("loans", percentile=100 - 50 / 3000).rank) == "highest since 2012"
    assert plain(panel("loans", "zh", percentile=50 / 3000).rank) == "2012年以来最低"


@pytest.mark.parametrize(
    ("name", "percentile", "hot"),
    [("loans", 90.0, True), ("loans", 89.0, False), ("loans", 2.0, False),
     ("collateral", 95.0, False), ("collateral", 10.0, True), ("southbound", 99.0, False),
     ("turnover_5d", 99.0, False)],
)  # fmt: skip
def test_heat_is_at_the_end_of_the_history_that_is_hot(name, percentile, hot):
    assert panel(name, percentile=percentile).hot is hot


# What the headline tells


RULE = drawn.finding("policy_event", drawn.SINCE)


def over_a_week(one: Finding, base: date = date(2026, 1, 8)) -> Finding:
    """The finding with its change measured from a day."""
    return replace(one, numbers=one.numbers | {"change": replace(one.numbers["change"], base=base)})


LOUD = over_a_week(drawn.finding("financing_change", drawn.NOTABLE))
QUIET = drawn.finding("financing_change", drawn.ORDINARY, change=0.0042)
PEAK = drawn.finding("financing_high", drawn.RECORD, without=("after",))
PASSED = drawn.finding("financing_high", drawn.RECORD)
DAY = drawn.finding("financing_day", drawn.SINCE)
TURNOVER = drawn.finding("turnover_total", drawn.RECORD, without=("rate", "rate_rank"))
CROWDED = drawn.finding("crowding_level", drawn.NOTABLE)


def headline(*findings: Finding, code: str = "en", facts: tuple[Fact, ...] = ()) -> str:
    return plain(told(drawn_issue(*facts, findings=findings), code).headline)


@pytest.mark.parametrize(
    ("findings", "english", "chinese"),
    [
        ((LOUD, PEAK, RULE),
         "Margin loans rise 3.8% in a week to a record; minimum margin ratio raised from 80% to 100%",
         "融资余额五日增加3.8%，创新高，融资保证金最低比例由80%提高到100%"),
        ((LOUD, PASSED), "Margin loans rise 3.8% in five sessions", "融资余额五日增加3.8%"),
        ((QUIET, TURNOVER),
         "Turnover of 17.1 trillion yuan, a weekly record; margin loans rise 0.4% in five sessions",
         "周成交额17.13万亿元创新高，融资余额五日增加0.4%"),
        ((TURNOVER, LOUD), None, "融资余额五日增加3.8%，周成交额17.13万亿元创新高"),
        ((QUIET,), "Margin loans rise 0.4% in five sessions", "融资余额五日增加0.4%"),
    ],
)  # fmt: skip
def test_loans_lead_unless_they_moved_as_usual_and_something_else_was_rare(
    findings, english, chinese
):
    if english:
        assert headline(*findings) == english
    assert headline(*findings, code="zh") == chinese


def test_a_headline_has_two_findings_at_most():
    """Also without loans; beside a record of loans what is rare stands second."""
    others = (RULE, TURNOVER, CROWDED)

    assert leading(news(drawn_issue(findings=others))) == (RULE, TURNOVER)
    assert leading(news(drawn_issue(findings=(*others, QUIET)))) == (RULE, QUIET)
    assert leading(news(drawn_issue(findings=(TURNOVER, QUIET)))) == (TURNOVER, QUIET)
    assert leading(news(drawn_issue(findings=(TURNOVER, QUIET, PEAK)))) == (QUIET, TURNOVER)


def test_a_fall_and_a_standstill_are_told_as_such():
    fell = drawn.finding("financing_change", drawn.NOTABLE, change=-0.052)
    still = drawn.finding("financing_change", drawn.ORDINARY, change=0.0001)

    assert headline(fell) == "Margin loans fall 5.2% in five sessions"
    assert headline(fell, code="zh") == "融资余额五日减少5.2%"
    assert headline(still) == "Margin loans are flat in five sessions"
    assert headline(still, code="zh") == "融资余额五日基本持平"


def test_a_span_longer_than_seven_days_is_called_no_week():
    long = over_a_week(LOUD, date(2025, 12, 31))

    assert "week" not in headline(long, PEAK, RULE)


def test_what_lasts_and_what_is_usual_is_no_news():
    lasting = replace(CROWDED, surprise=0.0)
    usual = drawn.finding("limit_ups", drawn.ORDINARY)
    issue = drawn_issue(findings=(LOUD, lasting, usual, DAY))

    assert news(issue).notable == ()  # the day is in the five sessions
    assert leading(news(issue)) == (LOUD,)


def test_policy_that_does_not_touch_margin_is_told_elsewhere():
    titles = {"title_en": "Reserve ratio cut by 0.5 point", "title_zh": "降准0.5个百分点"}
    other = drawn.finding("policy_event", drawn.SINCE, titles)

    assert news(drawn_issue(findings=(other,))).rules == ()


def test_without_news_the_headline_is_the_last_figure_with_its_day():
    loans = (measured("loans"),)

    assert headline(facts=loans) == "Margin loans stood at 2.70 trillion yuan on 15 Jan"
    assert headline(facts=loans, code="zh") == "1月15日融资余额2.70万亿元"


def test_of_a_past_day_the_headline_is_told_as_past():
    issue = drawn_issue(findings=(LOUD, PEAK))
    speller = replace(render.speller_of(issue, "en"), stale=True)

    assert plain(leverage.build(issue, speller).headline) == (
        "Margin loans rose 3.8% in five sessions to a record"
    )


@pytest.mark.parametrize(("change", "said"), [(0.0001, "were flat"), (-0.052, "fell 5.2%")])
def test_of_a_past_day_a_standstill_and_a_fall_are_past_too(change, said):
    issue = drawn_issue(findings=(drawn.finding("financing_change", drawn.NOTABLE, change=change),))
    told = leverage.build(issue, replace(render.speller_of(issue, "en"), stale=True))
    assert plain(told.headline) == f"Margin loans {said} in five sessions"


def test_of_a_past_day_what_has_no_past_tense_is_not_told():
    issue = drawn_issue(measured("loans"), findings=(TURNOVER,))
    for code, said in (("en", "Margin loans stood at 2.70 trillion yuan on 15 Jan"),
                       ("zh", "1月15日融资余额2.70万亿元")):  # fmt: skip
        speller = replace(render.speller_of(issue, code), stale=True)
        assert plain(leverage.build(issue, speller).headline) == said


# What stands beside and below


@pytest.mark.parametrize("code", ["en", "zh"])
def test_lines_beside_the_panels_say_the_rule_the_size_and_the_spread(code):
    beside = (
        fact("margin_requirement", 0.8, "fraction", percentile=None),
        fact("margin_intensity_in_rule", 1.24, "ratio", percentile=None),
        fact("margin_to_tradable_cap", 0.026, "fraction"),
        fact("turnover_effective_sectors", 9.45, "count", percentile=0.4),
        fact("limit_sealed_rate", 0.72, "fraction", entity="all", percentile=None),
    )
    content = told(drawn_issue(measured("loans"), *beside, findings=(RULE,)), code)
    (lines,) = of_kind(content, Entries)
    said = [plain(one.text) for one in lines.items]

    assert (
        said[1:]
        == {
            "en": [
                (
                    "Minimum margin ratio in force: 80.0%; purchases on margin 1.2 times their "
                    "mean under it."
                ),
                "Margin loans are 2.6% of tradable market value, 60th percentile since 2012.",
                "Turnover is as concentrated as in 9 equal industries, 1st percentile since 2012.",
                "Of the shares that touched their upper limit, 72.0% closed at it.",
            ],
            "zh": [
                "现行融资保证金最低比例80.0%，融资买入额占比为该规则下均值的1.2倍。",
                "融资余额占流通市值2.6%，2012年以来60%分位。",
                "成交额集中度相当于9个等规模行业，2012年以来1%分位。",
                "封板率72.0%。",
            ],
        }[code]
    )
    assert ("in force on 19 Jan" if code == "en" else "1月19日起实施") in said[0]


def test_a_reading_of_last_year_is_not_told_as_one_of_today():
    old = fact("margin_to_tradable_cap", 0.026, "fraction", day=date(2025, 3, 3))
    (lines,) = of_kind(told(drawn_issue(measured("loans"), old), "en"), Entries)

    assert lines.items == ()


def industry_facts(*rows: tuple[str, str, float, float]) -> list[Fact]:
    """Names, codes, shares of loans, and loans over size."""
    return [
        one
        for name, code, share, weight in rows
        for one in (
            fact("margin_industry_share", share, "fraction", entity=name),
            fact("margin_overleverage", weight, "ratio", entity=code),
        )
    ]


FIVE = (
    ("银行", "801780.SW", 0.3, 0.9), ("电子", "801080.SW", 0.25, 0.6),
    ("非银金融", "801790.SW", 0.2, 2.14), ("计算机", "801750.SW", 0.15, 1.2),
    ("通信", "801770.SW", 0.1, 1.0),
)  # fmt: skip


def test_the_title_names_the_industry_with_most_loans_for_its_size():
    issue = drawn_issue(*industry_facts(*FIVE))
    (english,), (chinese,) = (of_kind(told(issue, code), Picture) for code in ("en", "zh"))

    assert plain(english.title) == (
        "Non-bank financials: 20.0% of margin loans, 2.1 times its market weight, most of those shown"
    )
    assert str(chinese.title) == "非银金融占融资余额20.0%，为其市值占比的2.1倍，居所列行业之首"
    assert english.data["Industry"].to_list()[0] == "Banks"
    shares = english.data["share of tradable market value"].to_list()
    assert shares[2] == pytest.approx(0.2 / 2.14)


def test_under_five_industries_nothing_is_compared():
    issue = drawn_issue(*industry_facts(*FIVE[:4]))

    assert of_kind(told(issue, "en"), Picture) == []


def test_an_industry_of_another_day_is_not_compared():
    facts = industry_facts(*FIVE)
    late = replace(facts[0], observation_date=THURSDAY,
                   fact_id=fact_id("margin_industry_share", "银行", THURSDAY))  # fmt: skip

    assert of_kind(told(drawn_issue(late, *facts[1:]), "en"), Picture) == []
