"""What is said of earnings and valuation, and when: small cases, in both languages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from templates.page import Absent, Missing, Table
from templates.sections import earnings
from templates.sections.earnings.facts import band, growth, multiples
from tests.drawn.findings import AS_OF, finding
from tests.templates.sections.drawn import built, days, fact, issue, plain, titles

QUARTERS = [date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30),
            date(2025, 9, 30)]  # fmt: skip


def grown(metric: str, name: str, last: float, quarters=QUARTERS, n: int = 7):
    """The newest growth as a fact, and those before."""
    now = fact(metric, name, quarters[-1], last, "fraction", n=n)
    return now, [(metric, name, day, 0.1, "fraction") for day in quarters[:-1]]


def sevens(china: float, america: float, metric: str = "earnings_growth_ttm"):
    one, past = grown(metric, "CN7", china)
    other, more = grown(metric, "M7", america)
    return issue([one, other], [*past, *more])


@pytest.mark.parametrize(
    ("china", "america", "english", "chinese"),
    [
        (0.076, 0.212, "the Magnificent 7 grow faster, +21.2% against +7.6% of the China 7", "美股七巨头增长21.2%，快于中国七家的7.6%"),
        (0.3, 0.212, "the China 7 grow faster, +30.0% against +21.2% of the Magnificent 7", "中国七家增长30.0%，快于美股七巨头的21.2%"),
        (-0.05, 0.1, "China 7 −5.0%, Magnificent 7 +10.0%", "中国七家−5.0%，美股七巨头+10.0%"),
        (-0.05, -0.1, "China 7 −5.0%, Magnificent 7 −10.0%", "中国七家−5.0%，美股七巨头−10.0%"),
        (0.1, 0.10004, "Profits of both sevens change alike: +10.0%", "同比持平：+10.0%"),
    ],
)  # fmt: skip
def test_who_grows_faster_is_said_where_both_grow(china, america, english, chinese):
    found = built(earnings, sevens(china, america))

    assert english in titles(found["en"])[0]
    assert chinese in titles(found["zh"])[0]


def test_both_histories_begin_together_and_name_their_start():
    one, past = grown("earnings_growth_ttm", "CN7", 0.1, QUARTERS[2:])
    other, more = grown("earnings_growth_ttm", "M7", 0.2)
    found = growth(issue([one, other], [*past, *more]))

    assert found is not None and found.china is not None and found.america is not None
    assert found.china.past.days == found.america.past.days == QUARTERS[2:]
    content = built(earnings, issue([one, other], [*past, *more]))["en"]
    assert "From the quarter to 31 Mar 2025" in plain(content.rows[0].blocks[0].note)


def test_quarters_of_one_basket_say_that_the_other_has_no_figure():
    one, past = grown("earnings_growth", "M7", 0.046, n=5)
    found = built(earnings, issue([one], past))

    assert titles(found["en"])[0] == (
        "Magnificent 7: net profit +4.6% on a year before; no figure of the China 7"
    )
    assert titles(found["zh"])[0] == "美股七巨头净利润同比+4.6%，中国七家无数据"
    assert "+4.6%, n 5" in plain(found["en"].rows[0].blocks[0].svg)


def test_the_last_quarter_alone_is_told_with_its_gap_in_points():
    one = sevens(0.076, 0.212)
    quarter = [fact("earnings_growth", name, QUARTERS[-1], value, "fraction", n=7)
               for name, value in (("CN7", 0.094), ("M7", 0.203))]  # fmt: skip
    gap = fact("earnings_growth_gap", "CN7-M7", QUARTERS[-1], -0.109, "fraction")
    told = issue(
        [*one.facts, *quarter, gap], [(*row, "fraction") for row in one.series.iter_rows()]
    )
    notes = {code: plain(c.rows[0].blocks[0].note) for code, c in built(earnings, told).items()}

    assert "China 7 +9.4%, Magnificent 7 +20.3%, a gap of 10.9 pp." in notes["en"]
    assert "中国七家+9.4%，美股七巨头+20.3%，相差10.9个百分点。" in notes["zh"]


def priced(code: str, ratio: float, rank: float | None, before: float | None = None):
    facts = [fact("pe_ttm", code, AS_OF, ratio, "ratio", first_observation=date(2016, 1, 4))]
    if rank is not None:
        facts.append(fact("pe_ttm_percentile_10y", code, AS_OF, rank, "percentile 0-100"))
    day = AS_OF - timedelta(days=370)
    past = [("pe_ttm_percentile_10y", code, day, before, "")] if before is not None else []
    return facts, past


def market(*rows):
    parts = [priced(*row) for row in rows]
    return issue([f for facts, _ in parts for f in facts], [p for _, past in parts for p in past])


@pytest.mark.parametrize(
    ("ranks", "english", "chinese"),
    [
        ((95.0, 60.0), ": 1 of 2 indices, a year ago none of 2", "2个指数中1个市盈率处于自身历史最高一成，一年前2个中无一"),
        ((95.0, 89.6), ": all 2 indices, a year ago none of 2", "2个指数市盈率全部处于自身历史最高一成，一年前2个中无一"),
        ((89.4, 60.0), ": none of 2 indices, a year ago none of 2", "2个指数市盈率均未处于自身历史最高一成，一年前2个中无一"),
    ],
)  # fmt: skip
def test_the_dearest_tenth_goes_by_the_printed_rank(ranks, english, chinese):
    one = market(("000688.SH", 177.3, ranks[0], 50.0), ("000300.SH", 14.6, ranks[1], 40.0))
    found = built(earnings, one)

    assert any(title.endswith(english) for title in titles(found["en"]))
    assert any(title == chinese for title in titles(found["zh"]))


def test_then_is_told_of_those_that_had_a_rank_then():
    found = built(
        earnings, market(("000688.SH", 177.3, 98.0, 95.0), ("950180.CSI", 50.0, 97.0, None))
    )

    assert any("all 2 indices, a year ago 1 of 1" in title for title in titles(found["en"]))
    assert any("一年前1个中1个" in title for title in titles(found["zh"]))


def test_an_index_without_a_rank_is_counted_and_not_drawn():
    one = market(("000688.SH", 177.3, 98.0), ("970070.SZ", 60.0, None))
    found = multiples(one)

    assert found is not None
    assert [row.code for row in found.rows] == ["000688.SH"] and found.unranked == 1
    notes = [plain(b.note) for row in built(earnings, one)["en"].rows for b in row.blocks
             if hasattr(b, "note")]  # fmt: skip
    assert any("for under two years of history: 1." in note for note in notes)


@pytest.mark.parametrize(("banded", "shown"), [(("000688.SH",), True), ((), False)])
def test_usual_ranges_have_a_column_as_soon_as_one_index_has_one(banded, shown):
    facts = [one for code in ("000688.SH", "000300.SH") for one in priced(code, 60.0, 98.0)[0]]
    facts += [fact(f"pe_ttm_{edge}_10y", code, AS_OF, ratio, "ratio")
              for code in banded for edge, ratio in (("low", 30.0), ("high", 50.0))]  # fmt: skip
    found = built(earnings, issue(facts))["en"]
    drawn = "".join(plain(b.svg) for row in found.rows for b in row.blocks if hasattr(b, "svg"))

    assert ("Usual range" in drawn) is shown


def test_the_headline_names_star_50_where_it_is_dear_and_the_dearest_otherwise():
    star = market(("000688.SH", 177.3, 98.0), ("399001.SZ", 35.7, 99.0))
    other = market(("000688.SH", 177.3, 70.0), ("399001.SZ", 35.7, 99.0))

    assert "STAR 50 at 177.3" in plain(built(earnings, star)["en"].headline)
    assert "科创50为177.3倍" in plain(built(earnings, star)["zh"].headline)
    assert "Shenzhen Component at 35.7" in plain(built(earnings, other)["en"].headline)


def test_news_of_both_sevens_leads_the_headline():
    one = market(("000688.SH", 177.3, 98.0))
    told = issue(list(one.facts), found=[finding("earnings_gap")])
    found = built(earnings, told)

    assert plain(found["en"].headline).startswith("Net profit: China 7 +4.1%, Magnificent 7 +15.2%")
    assert plain(found["zh"].headline).startswith("净利润同比：中国七家+4.1%，美股七巨头+15.2%")


@pytest.mark.parametrize(
    ("ratio", "where", "chinese"),
    [(150.06, "above", "高于"), (150.04, "within", "处于"), (60.0, "within", "处于"),
     (39.9, "below", "低于")],
)  # fmt: skip
def test_star_50_stands_beside_its_usual_range_as_printed(ratio, where, chinese):
    facts, _ = priced("000688.SH", ratio, None)
    edges = [fact(f"pe_ttm_{name}_10y", "000688.SH", AS_OF, value, "ratio")
             for name, value in (("low", 40.0), ("median", 60.0), ("high", 150.0))]  # fmt: skip
    past = [("pe_ttm", "000688.SH", day, 50.0, "") for day in days(9)[:-1]]
    one = issue([*facts, *edges], past)

    shown = band(one)
    assert shown is not None and shown.place == where
    assert any(
        f", {where} its usual range" in title for title in titles(built(earnings, one)["en"])
    )
    assert any(f"{chinese}常见区间" in title for title in titles(built(earnings, one)["zh"]))


def test_without_two_years_there_is_no_usual_range():
    facts, _ = priced("000688.SH", 60.0, None)
    one = issue(facts, [("pe_ttm", "000688.SH", AS_OF - timedelta(days=1), 50.0, "")])

    assert "STAR 50 at 60.0 times trailing earnings" in titles(built(earnings, one)["en"])


def test_what_is_said_has_its_n_its_day_and_a_value_before_of_two_weeks_at_least():
    quarter = [fact("earnings_growth_a_shares", "tech", day, value, "fraction", n=129)
               for day, value in ((QUARTERS[-2], 0.21), (QUARTERS[-1], 0.197))]  # fmt: skip
    daily = [fact("eps_revision_breadth_90d", "all", day, value, "fraction", n=3399)
             for day, value in ((AS_OF - timedelta(days=1), -0.21), (AS_OF, -0.208))]  # fmt: skip
    old = fact("guidance_rising_share", "tech", date(2024, 4, 1), 0.7, "fraction", n=43)
    found = built(earnings, issue([*quarter, *daily, old]))
    table = next(b for row in found["en"].rows for b in row.blocks if isinstance(b, Table))

    cells = [[plain(cell) for cell in row.cells if not isinstance(cell, Missing)]
             for row in table.rows]  # fmt: skip
    assert cells == [
        ["Net profit on a year before, tech shares", "+19.7%", "+21.0%", "129", "30 Sep 2025"],
        ["Estimates raised less cut, in 90 days", "−20.8 pp", "3,399", "16 Jan"],
    ]


def test_revisions_are_the_title_where_the_span_has_them():
    breadth = fact("eps_revision_breadth_90d", "all", AS_OF, 0.35, "fraction", n=312)
    found = built(earnings, issue([breadth], found=[finding("revisions")]))

    assert "Of 312 revised estimates in 90 days, 61.0% were raised and 25.0% cut" in titles(
        found["en"]
    )
    assert "近90日312项盈利预测调整，上调61.0%，下调25.0%" in titles(found["zh"])


def test_without_data_each_part_is_one_line():
    found = built(earnings, issue([]))

    assert plain(found["en"].headline) == "No earnings or valuations are known"
    assert plain(found["zh"].headline) == "盈利与估值无数据"
    blocks = [block for row in found["en"].rows for block in row.blocks]
    assert len(blocks) == 5 and all(isinstance(block, Absent) for block in blocks)
