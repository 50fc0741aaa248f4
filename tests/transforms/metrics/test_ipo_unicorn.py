"""Specs of listings and of the unicorn list."""

import pytest

LISTINGS = """
    code     | listing_date | offer_price_hkd | funds_raised_hkd | first_day_close_hkd | first_day_return | industry
    09001.HK | 2025-12-30   | 10              | 500              | 12                  | 0.21             | 家庭机器人
    06082.HK | 2026-01-02   | 10              | 600              | 18                  | .                | 智能计算芯片
    09893.HK | 2026-01-05   | .               | 0                | .                   | .                | .
    00100.HK | 2026-01-09   | 10              | 300              | .                   | .                | AI大模型
    06938.HK | 2026-01-09   | 10              | 100              | 9                   | .                | 医药
    """


def test_the_first_day_return_is_taken_as_published_or_computed(table, measure):
    found = measure("ipo_first_day_return", by="entity", ipo_hk=table(LISTINGS))

    assert found == {
        "09001.HK": 0.21,
        "06082.HK": pytest.approx(18 / 10 - 1),
        "06938.HK": pytest.approx(9 / 10 - 1),
    }


def test_proceeds_of_the_year_are_dated_on_listing_days_that_raised_money(table, measure):
    found = measure("ipo_hk_proceeds_ytd_hkd", ipo_hk=table(LISTINGS))

    assert found == {"2025-12-30": 500, "2026-01-02": 600, "2026-01-09": 600 + 300 + 100}


def test_the_number_of_listings_goes_with_the_sum(table, measure):
    found = measure("ipo_hk_proceeds_mtd_hkd", column="n", ipo_hk=table(LISTINGS))

    assert found == {"2025-12-30": 1, "2026-01-02": 1, "2026-01-09": 3}


def test_a_short_history_has_a_value_and_no_score(table, measure):
    found = measure("ipo_hk_proceeds_ytd_hkd", column="score", ipo_hk=table(LISTINGS))

    assert set(found.values()) == {None}


def test_the_share_of_ai_and_chips_goes_by_the_words_of_the_industry(table, measure):
    found = measure("ipo_hk_tech_share_ytd", ipo_hk=table(LISTINGS))

    assert found["2025-12-30"] == 0
    assert found["2026-01-09"] == (600 + 300) / (600 + 300 + 100)


def test_the_90_day_sum_starts_when_the_history_is_90_days_long(table, measure):
    drawn = """
        code     | listing_date | offer_price_hkd | funds_raised_hkd | first_day_close_hkd | first_day_return | industry
        09001.HK | 2025-10-01   | 10              | 500              | .                   | .                | .
        09002.HK | 2025-12-29   | 10              | 600              | .                   | .                | .
        09003.HK | 2025-12-30   | 10              | 700              | .                   | .                | .
        """
    found = measure("ipo_hk_proceeds_90d_hkd", ipo_hk=table(drawn))

    assert found == {"2025-12-30": 600 + 700}


def test_the_mean_first_day_return_needs_ten_listings(table, measure):
    head = LISTINGS.strip().splitlines()[0]
    first = "09000.HK | 2025-09-01 | 10 | 500 | 12 | . | ."
    later = [
        f"{9001 + at:05d}.HK | 2026-01-{5 + at // 5:02d} | 10 | 500 | {10 + at} | . | ."
        for at in range(10)
    ]
    found = measure("ipo_hk_first_day_return_90d", ipo_hk=table("\n".join([head, first, *later])))

    assert found == {"2026-01-06": pytest.approx(sum(range(10)) / 10 / 10)}


UNICORNS = """
    list_name | scope | year | observation_date | count
    A         | CN-AI | 2024 | 2024-12-31       | 2
    A         | CN-AI | 2025 | 2025-12-31       | 9
    B         | CN-AI | 2023 | 2023-12-31       | 52
    """


def test_unicorns_grow_within_one_list_and_are_never_spliced(table, measure):
    """List B's 52 of 2023 says nothing about list A's 2 of 2024."""
    found = measure("unicorn_growth_1y", unicorn_count=table(UNICORNS))

    assert found == {"2025-12-31": 9 / 2 - 1}


def test_a_scope_keeps_the_list_that_gave_two_years_first(table, measure):
    more = (
        UNICORNS + "    B | CN-AI | 2024 | 2024-12-31 | 50\n    B | CN-AI | 2025 | 2025-12-31 | 60"
    )
    found = measure("unicorn_growth_1y", unicorn_count=table(more))

    assert found == {"2024-12-31": 50 / 52 - 1, "2025-12-31": 60 / 50 - 1}
