"""What is said of listings, and when: small cases, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from matplotlib.figure import Figure as Drawing
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from templates import canvas
from templates.page import Absent, Figure, Missing, Table
from templates.sections import listings
from templates.sections.listings.facts import MARKETS, cloud, named, pipeline
from tests.drawn.findings import AS_OF, finding
from tests.templates.fitting import draw_with, misfits
from tests.templates.sections.drawn import built, fact, issue, plain, titles

FIRST = date(2026, 1, 9)


def listed(*first_days: float | None, market: str = "HK"):
    """One listing a day, from 9 January on: money of a billion, and a first day or none."""
    one, facts = MARKETS[market], []
    for place, gain in enumerate(first_days):
        code, day = f"0{place:04d}.HK", FIRST + timedelta(days=place)
        facts.append(fact(one.raised, code, day, 1e9, one.currency))
        if gain is not None:
            facts.append(fact(one.first_day, code, day, gain, "fraction"))
    return facts


def medians(lately: float | None, usual: float | None, day: date = AS_OF):
    found = (
        ("ipo_first_day_return_median_90d", lately),
        ("ipo_first_day_return_median_12m", usual),
    )
    return [fact(name, "HK", day, value, "fraction", n=39) for name, value in found if value]


@pytest.mark.parametrize(
    ("lately", "usual", "english", "chinese"),
    [
        (0.084, 0.15, "return less than usual: median +8.4%, in twelve months +15.0%", "低于常态"),
        (0.2, 0.15, "return more than usual: median +20.0%, in twelve months +15.0%", "高于常态"),
        (0.15002, 0.14999, "return what is usual: median +15.0%", "与常态持平"),
        (0.084, None, "return +8.4%, the median in 90 days", "近90日中位数+8.4%"),
        (None, 0.15, "return +15.0%, the median in twelve months", "近一年中位数+15.0%"),
        (None, None, "what each listing raised, and its first day", "募资额与首日表现"),
    ],
)
def test_first_days_are_held_against_what_is_usual(lately, usual, english, chinese):
    found = built(listings, issue([*listed(0.1, 0.2), *medians(lately, usual)]))

    assert english in titles(found["en"])[0]
    assert chinese in titles(found["zh"])[0]


def test_a_median_of_months_ago_is_not_told_as_one_of_today():
    found = built(listings, issue([*listed(0.1, 0.2), *medians(0.5, 0.4, date(2025, 12, 1))]))

    assert "median" not in titles(found["en"])[0]


@pytest.mark.parametrize(
    ("first_days", "english", "chinese"),
    [
        ((0.1, 0.2), "None of the newest 2 closed below offer", "2只首日均未破发"),
        ((0.1, None, 0.2), "None of the newest 2 with a figure closed below offer", "有数据的2只首日均未破发"),
        ((-0.1, -0.2), "All of the newest 2 closed below offer", "2只首日全部破发"),
        ((-0.1, 0.2, 0.0), "Of the newest 3, 1 closed below offer", "3只中1只首日破发"),
        ((-0.1, None), "The one first day that is known: −10.0%", "有数据的首日−10.0%"),
        ((None, None), "no first day is known yet", "首日表现未知"),
    ],
)  # fmt: skip
def test_who_closed_below_offer_is_said_of_those_with_a_figure(first_days, english, chinese):
    found = built(listings, issue(listed(*first_days)))

    assert any(english in title for title in titles(found["en"]))
    assert any(chinese in title for title in titles(found["zh"]))


def test_a_listing_without_a_first_day_keeps_its_row_and_its_cross():
    one = issue(listed(0.1, None))
    content = built(listings, one)["en"]
    figure, table = (block for row in content.rows[:2] for block in row.blocks)

    assert isinstance(table, Table) and isinstance(figure, Figure)
    assert [type(row.cells[4]) is Missing for row in table.rows] == [True, False]
    assert "Crosses: 1 without a known first day" in plain(figure.note)
    assert figure.data["First day"].to_list() == [0.1, None]


def test_the_calendar_begins_with_the_first_listing_that_is_known():
    one = cloud(issue(listed(0.1, 0.2)), MARKETS["HK"])

    assert one is not None
    assert (one.first, one.last) == (date(2026, 1, 1), AS_OF)


def test_the_largest_and_the_highest_have_names():
    facts = listed(0.1, 0.5, 0.2, 0.3)
    facts.append(fact("ipo_hk_raised_hkd", "09999.HK", AS_OF, 9e9, "HKD"))
    facts.append(fact("ipo_first_day_return", "09999.HK", AS_OF, -0.1, "fraction"))
    one = cloud(issue(facts), MARKETS["HK"])

    assert one is not None
    assert {dot.code for dot in named(one)} >= {"00001.HK", "00003.HK", "09999.HK"}


# A year of few listings: the highest and the lowest are large, a small one stands by the largest.
FEW = (
    (date(2025, 1, 15), 1.4e9, 1.16),
    (date(2025, 2, 25), 2.9e9, 2.66),
    (date(2025, 3, 18), 3.1e9, 4.25),
    (date(2025, 5, 22), 4.7e9, 2.60),
    (date(2025, 9, 1), 0.4e9, 0.47),
    (date(2025, 11, 4), 10.9e9, 0.51),
    (date(2025, 12, 1), 0.15e9, 0.213),
    (date(2025, 12, 15), 3.1e9, 2.135),
)
NAMES = {"600003.SH": "模拟建筑工程002", "600005.SH": "模拟银行006", "600006.SH": "模拟环境保护008",
         "600007.SH": "模拟IT设备008"}  # fmt: skip
NEWEST = date(2025, 12, 1)  # those since then are facts, which have a row and a name


def drawn_cloud(rows, monkeypatch, code: str, market: str = "A") -> Drawing:
    """The picture of the listings of a market (day, money, first day or None)."""
    one, figures = MARKETS[market], []
    facts = [fact("ipo_first_day_return_median_12m", "A", AS_OF, 1.168, "fraction", n=12)]
    past = []
    for place, (day, money, gain) in enumerate(rows):
        share = f"6000{place:02d}.SH"
        known = [(one.raised, share, day, money, one.currency)]
        if gain is not None:
            known.append((one.first_day, share, day, gain, "fraction"))
        past += known
        if day >= NEWEST:
            facts += [fact(*value) for value in known]

    def kept(figure: Drawing) -> str:
        figures.append(figure)
        return canvas.svg_of(figure)

    draw_with(monkeypatch, kept)
    built(listings, replace(issue(facts, past), names=NAMES))
    return figures[("en", "zh").index(code)]


def cut(figure: Drawing) -> int:
    """How many dots reach over the edge of the axes."""
    axes, per_point = figure.axes[0], figure.dpi / 72
    inside = axes.get_window_extent()
    dots = [
        one
        for one in axes.lines
        if one.get_marker() == "o" and one.get_transform() == axes.transData
    ]
    assert dots
    boxes = [
        Bbox([one.get_transform().transform(one.get_xydata()[0])] * 2).padded(
            (one.get_markersize() + one.get_markeredgewidth()) / 2 * per_point
        )
        for one in dots
    ]
    return sum(
        box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1
        for box in boxes
    )


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(
    "rows",
    [FEW, (*FEW, (AS_OF, 20e9, -0.2), (AS_OF, 1e9, None)), ((AS_OF, 9e9, 0.0), (AS_OF, 9e9, 0.0))],
    ids=["few", "largest at the corner", "all alike"],
)
def test_no_dot_is_cut(rows, code, monkeypatch):
    assert cut(drawn_cloud(rows, monkeypatch, code)) == 0


@pytest.mark.parametrize("code", ["en", "zh"])
def test_no_line_to_a_dot_runs_through_another_name(code, monkeypatch):
    figure = drawn_cloud(FEW, monkeypatch, code)
    led = [one for one in figure.findobj(Annotation) if one.arrow_patch]

    assert misfits(figure) == []
    assert len(led) == 1 and "+21.3%" in led[0].get_text()


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("market", ["HK", "A"])
def test_the_legend_of_sizes_fits_where_its_largest_dot_is_as_large_as_any(
    market, code, monkeypatch
):
    assert misfits(drawn_cloud(FEW[:3], monkeypatch, code, market)) == []


@pytest.mark.parametrize(
    ("numbers", "english", "chinese"),
    [
        ({"n": 6, "listed": 6}, "in the week; their median first day is +5.0%", "首日涨跌幅中位数+5.0%"),
        ({"n": 5, "listed": 6}, "in the week; five first days: median +5.0%", "有数据的5只首日"),
        ({"n": 4, "listed": 6}, "best first day: 600118.SH +109.1%", "首日最高为600118.SH（+109.1%）"),
        ({"n": 1, "listed": 1}, "in the week; 600118.SH +109.1% on day one", "600118.SH首日+109.1%"),
    ],
)  # fmt: skip
def test_no_median_of_fewer_than_five_is_told(numbers, english, chinese):
    told = [finding("proceeds"), finding("first_days", **numbers)]
    found = built(listings, issue(listed(0.1, 0.2), found=told))

    assert plain(found["en"].headline).startswith(
        "Six Hong Kong listings raise HK$19.0 bn in the week"
    )
    assert english in plain(found["en"].headline)
    assert "港股6只新股募资190亿港元" in plain(found["zh"].headline)
    assert chinese in plain(found["zh"].headline)


def test_a_week_without_listings_is_told_beside_the_ninety_days():
    money = fact("ipo_hk_proceeds_90d_hkd", "HK", FIRST, 133e9, "HKD", n=54)
    past = [("ipo_hk_proceeds_90d_hkd", "HK", FIRST - timedelta(days=1), 120e9, "HKD")]
    found = built(listings, issue([money], past))

    assert plain(found["en"].headline) == (
        "No Hong Kong listing is known of these days; 54 raised HK$133 bn in the 90 days to 9 Jan"
    )
    assert (
        plain(found["zh"].headline) == "近日无港股上市记录，截至1月9日的90日内54只募资1,330亿港元"
    )
    assert any("in 90 days, the most shown" in title for title in titles(found["en"]))


def test_without_data_each_part_is_one_line_and_nothing_is_claimed():
    found = built(listings, issue([]))

    assert plain(found["en"].headline) == "Listings: no data received"
    assert plain(found["zh"].headline) == "新股数据未取得"
    blocks = [block for row in found["en"].rows for block in row.blocks]
    assert len(blocks) == 5 and all(isinstance(block, Absent) for block in blocks)


def applications(day: date):
    count = [("accepted", 14.0), ("registered", 64.0), ("running", 295.0)]
    changes = [("accepted", -3.0), ("registered", 12.0)]
    return [
        *(fact("ipo_pipeline_count", stage, day, value, "count") for stage, value in count),
        *(fact("ipo_pipeline_change_7d", stage, day, value, "count") for stage, value in changes),
        fact("ipo_review_pass_rate_12m", "A", day, 0.75, "fraction", n=32),
    ]


def test_the_pipeline_has_its_stages_in_order_and_the_week_of_each():
    told = [finding("pipeline", under_review=295, registered=12)]
    found = built(listings, issue(applications(AS_OF), found=told))
    table = next(b for row in found["en"].rows for b in row.blocks if isinstance(b, Table))

    assert plain(table.title) == "295 mainland applications under review; 12 registered in the week"
    assert [[plain(cell) for cell in row.cells[:3]] for row in table.rows] == [
        ["Accepted", "14", "−3"], ["Registered so far", "64", "+12"],
    ]  # fmt: skip
    assert "75.0% of 32 meetings passed" in plain(table.note)
    assert "A股在审企业295家，当周注册生效12家" in titles(found["zh"])


def test_a_change_of_weeks_ago_is_not_that_of_this_week():
    one = pipeline(issue(applications(AS_OF - timedelta(days=14))))

    assert one is not None
    assert [stage.change for stage in one.stages] == [None, None]


def test_unicorns_of_one_country_say_that_the_other_is_not_counted():
    china = fact("unicorn_net_adds", "CN-AI", date(2025, 12, 31), 7.0, "count", n=9)
    america = fact("unicorn_net_adds", "US-AI", date(2025, 12, 31), 5.0, "count", n=60)
    alone, both = (built(listings, issue(facts)) for facts in ([china], [china, america]))

    assert "9 Chinese AI unicorns, +7 in a year" in titles(alone["en"])
    assert "中国AI独角兽9家，一年净增减+7" in titles(alone["zh"])
    assert "9 Chinese AI unicorns, 60 American" in titles(both["en"])
    assert "AI独角兽：中国9家，美国60家" in titles(both["zh"])
