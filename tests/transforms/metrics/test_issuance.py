"""Specs of the supply of shares on both markets and of what first days pay."""

from datetime import date, timedelta

import polars as pl
import pytest

from tests.markets.drawing import known

FIRST = date(2024, 10, 8)
YEAR = timedelta(days=365)


def mainland(*rows):
    """(code, board, day, proceeds, first-day return) rows."""
    frame = pl.DataFrame(
        [(code, f"名字{code[:6]}", board, day, raised, gain)
         for code, board, day, raised, gain in rows],
        schema={"code": pl.String, "name": pl.String, "board": pl.String,
                "listing_date": pl.Date, "proceeds_cny": pl.Float64,
                "first_day_return": pl.Float64},
        orient="row",
    )  # fmt: skip
    return known(frame, "listing_date", 9)


def hong_kong(*rows):
    """(code, name, day, proceeds, first-day return, industry) rows."""
    frame = pl.DataFrame(
        rows,
        schema={"code": pl.String, "name": pl.String, "listing_date": pl.Date,
                "funds_raised_hkd": pl.Float64, "first_day_return": pl.Float64,
                "industry": pl.String},
        orient="row",
    )  # fmt: skip
    return known(
        frame.with_columns(
            offer_price_hkd=10.0, first_day_close_hkd=None, public_subscription_multiple=20.0
        ),
        "listing_date",
        9,
    )


def parities(*days):
    frame = pl.DataFrame({"rate_date": days}).with_columns(currency=pl.lit("HKD"), cny_per_unit=0.9)
    return known(frame, "rate_date", 1)


LATER = FIRST + YEAR
A_YEAR = mainland(
    ("688001.SH", "STAR", FIRST, 100.0, 1.0),
    ("600001.SH", "Main", FIRST + timedelta(days=200), 300.0, 0.5),
    ("300001.SZ", "ChiNext", LATER, 40.0, -0.1),
    ("920001.BJ", "BSE", LATER, 60.0, None),
)


def test_proceeds_are_summed_by_venue_and_for_the_mainland(measure):
    """The first year has no twelve months yet; the listing of its first day has fallen out then."""
    found = measure("ipo_proceeds_12m_cny", ipo_a=A_YEAR, by="entity")

    assert found == {"A": 300 + 40 + 60}
    assert measure("ipo_proceeds_1m_cny", ipo_a=A_YEAR, by="entity") == {"A": 100.0}
    n = measure("ipo_proceeds_12m_cny", ipo_a=A_YEAR, by="entity", column="n")
    assert n == {"A": 3}


def test_the_pace_is_three_months_at_a_yearly_rate(measure):
    found = measure("ipo_acceleration", ipo_a=A_YEAR)

    assert found == {str(LATER): pytest.approx(4 * 100 / 400)}


def second_listing(name):
    """A company listed on the mainland a year before, and others, on both markets."""
    rows = [("300750.SZ", "ChiNext", FIRST, 100.0, 0.4), ("600001.SH", "Main", LATER, 7.0, 0.1)]
    shares = [
        ("08888.HK", "早的", FIRST, 5.0, 0.1, None),
        ("03750.HK", name, LATER, 200.0, 0.1, None),
        ("09999.HK", "别的", LATER, 10.0, 0.1, None),
    ]
    return {
        "ipo_a": mainland(*rows).with_columns(pl.col("name").replace({"名字300750": "宁德时代"})),
        "ipo_hk": hong_kong(*shares),
        "fx_rate": parities(FIRST, LATER),
    }


def test_hong_kong_dollars_become_yuan_and_both_markets_add_up(measure):
    found = measure("ipo_proceeds_12m_cny", by="entity", **second_listing("宁德时代新能源科技"))

    both = {"HK": 210 * 0.9, "HK main": 210 * 0.9, "A+HK": 7 + 210 * 0.9}
    assert found == pytest.approx({"A": 7.0, **both})


def test_hong_kong_is_told_by_the_chapter_that_a_company_listed_under(measure):
    names = {"01111.HK": "甲生物 - B", "01112.HK": "乙机器人-P", "01113.HK": "丙 - H股"}
    rows = [(code, name, LATER, 10.0, 0.1, None) for code, name in names.items()]
    before = [(f"1{code[1:]}", name, FIRST, 10.0, 0.1, None) for code, name in names.items()]
    frames = {"ipo_hk": hong_kong(*before, *rows), "fx_rate": parities(FIRST, LATER)}

    found = measure("ipo_count_12m", by="entity", **frames)

    assert found == {"HK": 3, "HK 18A": 1, "HK 18C": 1, "HK main": 1}


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("派格生物醫藥（杭州）股份有限公司 - B - H股", "HK 18A"),
        ("再鼎医药-SB", "HK 18A"),
        ("MiniMax Group Inc. - W - P", "HK 18C"),
        ("北京極智嘉科技股份有限公司 - W - H股", "HK main"),
        ("IFBH Limited", "HK main"),
        ("X-LAB", "HK main"),
    ],
)
def test_a_mark_counts_among_others(measure, name, venue):
    rows = [
        (code, name, day, 10.0, 0.1, None)
        for code, day in (("01111.HK", FIRST), ("01112.HK", LATER))
    ]
    frames = {"ipo_hk": hong_kong(*rows), "fx_rate": parities(FIRST, LATER)}

    assert measure("ipo_proceeds_12m_cny", by="entity", **frames) == {"HK": 9.0, venue: 9.0}


def test_a_shell_without_a_business_is_no_listing(measure):
    """It raises a billion to buy a company with, and is traded at its offer price."""
    rows = [
        ("07841.HK", "HK Acquisition Corporation - Z", LATER, 1000.0, 0.0, None),
        ("01112.HK", "甲公司", LATER, 10.0, 0.1, None),
    ]

    assert measure("ipo_hk_proceeds_ytd_hkd", ipo_hk=hong_kong(*rows)) == {str(LATER): 10.0}
    found = measure("ipo_first_day_return", ipo_hk=hong_kong(*rows), by="entity")
    assert found == {"01112.HK": 0.1}


def test_a_company_listed_twice_is_one_company(measure):
    same = second_listing("宁德时代新能源科技股份有限公司 - H股")
    other = second_listing("另一家新能源科技股份有限公司 - H股")

    assert measure("ipo_count_12m", by="entity", **same)["A+HK"] == 2
    assert measure("ipo_count_12m", by="entity", **other)["A+HK"] == 3


def test_money_without_a_parity_of_the_fortnight_is_no_sum_and_no_zero(measure):
    frames = second_listing("宁德时代") | {"fx_rate": parities(FIRST, LATER - timedelta(days=20))}

    assert measure("ipo_proceeds_12m_cny", by="entity", **frames) == {"A": 7.0}


def test_both_markets_together_begin_with_the_younger_history(measure):
    frames = second_listing("宁德时代")
    late = frames["ipo_hk"].filter(pl.col("listing_date") == LATER)

    found = measure("ipo_proceeds_12m_cny", by="entity", **frames | {"ipo_hk": late})

    assert found == {"A": 7.0}


def test_technology_goes_by_the_dated_list_and_needs_one(measure):
    themes = pl.DataFrame(
        {"theme": ["tech"], "kind": ["code"], "member": ["600001.SH"],
         "valid_from": [FIRST], "valid_to": [None], "known_at": [FIRST]},
        schema_overrides={"valid_to": pl.Date, "known_at": pl.Datetime("us")},
    )  # fmt: skip

    found = measure("ipo_tech_share_12m", ipo_a=A_YEAR, theme_membership=themes)

    assert found == {str(LATER): pytest.approx(300 / 400)}
    assert measure("ipo_tech_share_12m", ipo_a=A_YEAR) == {}


def industries(*rows):
    """(code, industry, first day of it) rows, and 电子 as technology."""
    frame = pl.DataFrame(rows, schema=["code", "industry", "valid_from"], orient="row")
    security = frame.with_columns(
        valid_to=pl.lit(None, pl.Date), known_at=pl.lit(FIRST).cast(pl.Datetime("us"))
    )
    themes = security.head(1).select(
        "known_at",
        "valid_to",
        theme=pl.lit("tech"),
        kind=pl.lit("industry"),
        member=pl.lit("电子"),
        valid_from=pl.lit(FIRST),
    )
    return {"security": security, "theme_membership": themes}


def test_a_share_that_is_classified_later_is_no_other_industry(measure):
    """Of 400 yuan 340 are classified, of which 300 are technology; of 60 nobody knows."""
    known_of_two = [("600001.SH", "电子", FIRST), ("300001.SZ", "银行", FIRST)]
    late = ("920001.BJ", "电子", LATER + timedelta(days=9))
    frames = {"ipo_a": A_YEAR, **industries(*known_of_two, late)}

    assert measure("ipo_tech_share_12m", **frames) == {str(LATER): pytest.approx(300 / 340)}
    coverage = measure("ipo_tech_share_12m", column="coverage", **frames)
    assert coverage == {str(LATER): pytest.approx(340 / 400)}
    frames["security"] = frames["security"].filter(pl.col("code") != "600001.SH")
    assert measure("ipo_tech_share_12m", **frames) == {}


def test_hong_kong_without_industries_does_not_dilute_the_share_of_both(measure):
    shares = [
        ("08888.HK", "早的", FIRST, 5.0, 0.1, None),
        ("09999.HK", "别的", LATER, 200.0, 0.1, None),
    ]
    frames = {
        "ipo_a": A_YEAR, "ipo_hk": hong_kong(*shares), "fx_rate": parities(FIRST, LATER),
        **industries(("600001.SH", "电子", FIRST), ("300001.SZ", "银行", FIRST),
                     ("920001.BJ", "银行", FIRST)),
    }  # fmt: skip

    found = measure("ipo_tech_share_12m", by="entity", **frames)

    assert found == {"A": pytest.approx(0.75), "A+HK": pytest.approx(0.75)}


def test_proceeds_are_held_against_the_market_value_of_every_day(measure):
    """No row before the first year is over; a listing falls out on its own anniversary."""
    start = FIRST - YEAR
    listed = mainland(
        ("688001.SH", "STAR", start, 100.0, 1.0),
        ("600001.SH", "Main", start + timedelta(days=200), 300.0, 0.5),
        ("300001.SZ", "ChiNext", start + timedelta(days=300), 40.0, -0.1),
    )
    after = {364: None, 366: 0.34, 564: 0.34, 565: 0.04, 700: 0.0}
    days = [start + timedelta(days=n) for n in after]
    caps = pl.DataFrame({"trade_date": days, "market_value_cny": 1000.0, "gdp_cny": 1000.0})

    found = measure(
        "ipo_proceeds_12m_to_cap", ipo_a=listed, buffett_index=known(caps, "trade_date", 10)
    )

    told = {
        str(start + timedelta(days=n)): share for n, share in after.items() if share is not None
    }
    assert found == pytest.approx(told)


def first_days(gains, board="STAR", suffix="SH", begin=FIRST, step=8):
    """Listings of one board, some days apart, the first so early that the span is full."""
    early = [("688999.SH", "STAR", begin - timedelta(days=100), 1.0, 0.0)]
    return mainland(
        *early,
        *(
            (f"68{n:04d}.{suffix}", board, begin + timedelta(days=step * n), 10.0 * (n + 1), gain)
            for n, gain in enumerate(gains)
        ),
    )


GAINS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, -0.1, 0.9, 3.0]
LAST = str(FIRST + timedelta(days=72))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("ipo_a_first_day_return_90d", sum(GAINS) / 10),
        ("ipo_first_day_return_median_90d", 0.45),
        (
            "ipo_first_day_return_weighted_90d",
            sum(g * (n + 1) for n, g in enumerate(GAINS)) / sum(range(1, 11)),
        ),
        ("ipo_below_offer_share_90d", 0.1),
        ("ipo_money_left_90d_cny", sum(10 * g * (n + 1) for n, g in enumerate(GAINS))),
    ],
)
def test_first_days_of_ninety_days_need_ten_listings(measure, metric, expected):
    assert measure(metric, ipo_a=first_days(GAINS)) == {LAST: pytest.approx(expected)}
    assert measure(metric, ipo_a=first_days(GAINS[:9])) == {}


def test_first_days_under_the_old_cap_do_not_count(measure):
    capped = first_days([0.44] * 12, board="Main", begin=date(2022, 10, 10))

    assert measure("ipo_first_day_return_median_90d", ipo_a=capped) == {}


def test_first_days_of_both_places_stand_apart_and_need_no_parity(measure):
    shares = [
        (f"{n:05d}.HK", "名", FIRST + timedelta(days=8 * n), 5.0, gain, None)
        for n, gain in enumerate(GAINS)
    ]
    early = ("09000.HK", "名", FIRST - timedelta(days=100), 5.0, 0.0, None)
    both = {"ipo_a": first_days(GAINS), "ipo_hk": hong_kong(early, *shares)}

    found = measure("ipo_first_day_return_median_90d", by="entity", **both)

    assert found == {"A": pytest.approx(0.45), "HK": pytest.approx(0.45)}
    assert measure("ipo_oversubscription_90d", by="entity", **both) == {"HK": 20.0}
    assert set(measure("ipo_money_left_90d_cny", by="entity", **both)) == {"A"}


def test_a_first_day_that_is_not_known_counts_nowhere(measure):
    unknown = [None, *GAINS]

    found = measure("ipo_a_first_day_return_90d", ipo_a=first_days(unknown), column="n")

    assert list(found.values()) == [10]


def test_no_listing_and_one_listing_are_no_supply(measure):
    for frame in (mainland(), mainland(("688001.SH", "STAR", FIRST, 100.0, 1.0))):
        for metric in (
            "ipo_proceeds_12m_cny",
            "ipo_acceleration",
            "ipo_first_day_return_median_90d",
        ):
            assert measure(metric, ipo_a=frame) == {}


def test_one_number_that_is_none_spoils_no_other(measure):
    broken = A_YEAR.with_columns(
        proceeds_cny=pl.when(pl.col("code") == "300001.SZ")
        .then(float("nan"))
        .otherwise("proceeds_cny")
    )
    gains = [float("nan"), *GAINS]

    assert measure("ipo_proceeds_12m_cny", ipo_a=broken) == {str(LATER): 300 + 60}
    found = measure("ipo_first_day_return_weighted_90d", ipo_a=first_days(gains), column="n")
    assert list(found.values()) == [10]


def test_the_rank_of_first_days_is_among_those_of_two_years(measure):
    gains = [0.0] * 30 + [0.5] * 15
    found = measure("ipo_first_day_return_rank_24m", ipo_a=first_days(gains, step=4))

    ranks = list(found.values())
    assert ranks[:3] == [50.0] * 3, "equal medians"
    assert ranks[-1] > 90


NAMED = [("L", 2024, "a"), ("L", 2024, "b"), ("L", 2025, "b"), ("L", 2025, "c"), ("L", 2025, "d")]


def test_who_left_a_list_of_companies_is_told_by_name(measure):
    frame = pl.DataFrame(NAMED, schema=["list_name", "year", "company"], orient="row")
    dated = frame.with_columns(published_on=pl.date("year", 12, 31))
    lists = {"unicorn_company": known(dated, "published_on", 4)}

    assert measure("unicorn_net_adds", **lists) == {"2025-12-31": 1}
    assert measure("unicorn_exits", **lists) == {"2025-12-31": 1}
    assert measure("unicorn_growth_1y", **lists) == {"2025-12-31": pytest.approx(0.5)}


def test_a_list_of_which_nobody_stayed_has_lost_all(measure):
    """Whoever is on another list, or was on this one earlier, has not stayed."""
    rows = [("L", 2023, "c"), ("L", 2024, "a"), ("L", 2025, "c"), ("M", 2025, "a")]
    frame = pl.DataFrame(rows, schema=["list_name", "year", "company"], orient="row")
    dated = frame.with_columns(published_on=pl.date("year", 12, 31))
    lists = {"unicorn_company": known(dated, "published_on", 4)}

    assert measure("unicorn_exits", **lists) == {"2024-12-31": 1, "2025-12-31": 1}


def test_each_listing_has_its_money_and_its_first_day(measure):
    rows = [("01111.HK", "甲", LATER, 10.0, 0.1, None), ("01112.HK", "乙", LATER, 20.0, None, None)]

    found = measure("ipo_hk_raised_hkd", ipo_hk=hong_kong(*rows), by="entity")
    assert found == {"01111.HK": 10.0, "01112.HK": 20.0}
    frames = {"ipo_a": second_listing("甲乙丙")["ipo_a"]}
    assert set(measure("ipo_a_raised_cny", **frames).values()) == {100.0, 7.0}


def test_what_is_usual_is_of_twelve_months_and_of_ten_listings(measure):
    """Eleven listings in the year after the first one, of 1 to 11 per cent."""
    first = ("01110.HK", "甲", FIRST, 10.0, 0.5, None)
    days = [FIRST + timedelta(days=200 + 15 * n) for n in range(1, 12)]
    rows = [
        (f"{1120 + n:05d}.HK", "乙", day, 10.0, n / 100, None)
        for n, day in enumerate(days, start=1)
    ]
    found = measure("ipo_first_day_return_median_12m", ipo_hk=hong_kong(first, *rows))

    assert found == {str(days[-1]): pytest.approx(0.06)}
