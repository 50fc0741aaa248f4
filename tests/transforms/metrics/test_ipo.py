"""Money raised by listings: venues, spans, second listings, and what is not known in yuan."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.metrics.ipo import (
    _listed_before,
    ipo_acceleration,
    ipo_count_12m,
    ipo_hk_proceeds_mtd_hkd,
    ipo_hk_proceeds_ytd_hkd,
    ipo_hk_tech_share_ytd,
    ipo_proceeds_1m_cny,
    ipo_proceeds_3m_cny,
    ipo_proceeds_12m_cny,
    ipo_proceeds_12m_to_cap,
    ipo_tech_share_12m,
    issuance,
)

FIRST = date(2025, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2025, 1, 1, 12) + timedelta(days=number)


def offers(*rows: dict[str, object]) -> pl.DataFrame:
    """Offers of the mainland on one venue, each of a yuan, but for what a row says."""
    plain = {"place": "A", "venue": "STAR", "raised": 1.0, "tech": None}
    told = [
        plain
        | {"name": f"公司{n}号", "code": f"{n:04d}", "observation_date": day(row["on"])}
        | {"known_at": noon(row["on"])} | {k: v for k, v in row.items() if k != "on"}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    schema = {"raised": pl.Float64, "tech": pl.Boolean, "name": pl.String, "venue": pl.String}
    return pl.DataFrame(told, schema_overrides=schema, infer_schema_length=None)


def told(frame: pl.DataFrame, column: str = "value") -> dict[str, float]:
    """Values by entity and number of the day."""
    rows = frame.select("entity", "observation_date", column).iter_rows()
    return {f"{entity} {(when - FIRST).days}": value for entity, when, value in rows}


def test_a_listing_counts_for_its_venue_and_its_place():
    found = issuance.compute(
        offers({"on": 3, "raised": 5.0}, {"on": 3, "venue": "Main"}, {"on": 1})
    )

    assert told(found, "raised") == {
        "A 1": 1.0,
        "A 3": 6.0,
        "Main 3": 1.0,
        "STAR 1": 1.0,
        "STAR 3": 5.0,
    }
    assert told(found, "companies")["A 3"] == 2


def test_a_venue_that_bears_the_name_of_its_place_counts_a_listing_once():
    found = issuance.compute(offers({"on": 3, "venue": "A"}, {"on": 4, "venue": None}))

    assert told(found, "companies") == {"A 3": 1, "A 4": 1}


def test_both_places_together_begin_with_the_younger_history():
    hk = {"place": "HK", "venue": "HK main"}
    found = issuance.compute(offers({"on": 0}, {"on": 5} | hk, {"on": 5}, {"on": 6}))

    assert {k: v for k, v in told(found, "raised").items() if k.startswith("A+HK")} == {
        "A+HK 5": 2.0, "A+HK 6": 1.0,
    }  # fmt: skip
    assert not any(
        key.startswith("A+HK") for key in told(issuance.compute(offers({"on": 0})), "raised")
    )


def test_money_of_known_industries_and_of_technology_and_what_is_unknown():
    found = issuance.compute(offers(
        {"on": 0, "raised": 4.0, "tech": True}, {"on": 0, "raised": 2.0, "tech": False},
        {"on": 0, "raised": 3.0}, {"on": 0, "raised": None, "tech": True, "known_at": noon(9)},
    ))  # fmt: skip
    row = found.filter(entity="A").row(0, named=True)

    assert [row[n] for n in ("raised", "raised_tech", "raised_stated", "unknown", "companies")] == [
        9.0, 4.0, 6.0, 1, 4,
    ]  # fmt: skip
    assert row["known_at"] == noon(9)


def names(*rows: tuple[str, str | None, int]) -> list[bool]:
    """Whether each of (place, name, day) had listed on the other market."""
    return _listed_before(
        offers(*({"place": place, "name": name, "on": on} for place, name, on in rows))
    ).to_list()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A", "宁德时代", 0), ("HK", "宁德时代新能源", 5)], [False, True]),
        ([("A", "宁德时代", 5), ("HK", "宁德时代新能源", 0)], [True, False]),
        ([("A", "宁德时代", 5), ("HK", "宁德时代新能源", 5)], [False, True]),
        ([("A", "宁德", 0), ("HK", "宁德时代新能源", 5)], [False, False]),  # too short to tell
        ([("A", "三个字", 0), ("HK", "三个字公司", 5)], [False, True]),
        ([("A", "宁德时代", 0), ("A", "宁德时代新能源", 5)], [False, False]),
        ([("A", "宁德时代", 0)], [False]),
        ([("HK", "宁德时代新能源", 0)], [False]),
        ([("A", "宁德时代", 0), ("HK", None, 5)], [False, False]),
    ],
)
def test_the_later_listing_of_a_company_on_both_markets_is_no_new_company(rows, expected):
    assert names(*rows) == expected


@pytest.mark.parametrize(
    ("metric", "last"),
    [(ipo_proceeds_1m_cny, 31), (ipo_proceeds_3m_cny, 90), (ipo_proceeds_12m_cny, 365)],
)
def test_spans_begin_when_the_history_is_that_long_and_lose_its_first_day(metric, last):
    frame = offers({"on": 0, "raised": 100.0}, {"on": last - 1, "raised": 2.0}, {"on": last})
    found = metric.compute(issuance.compute(frame))

    assert {k: v for k, v in told(found).items() if k.startswith("A ")} == {f"A {last}": 3.0}
    assert told(found, "n")[f"A {last}"] == 2


def test_a_span_with_money_that_is_not_known_in_yuan_has_no_sum():
    frame = offers({"on": 0}, {"on": 20, "raised": None}, {"on": 40}, {"on": 52})
    found = told(ipo_proceeds_1m_cny.compute(issuance.compute(frame)))

    assert {key for key in found if key.startswith("A ")} == {"A 52"}


def test_sums_are_known_with_the_latest_so_far():
    frame = offers({"on": 0, "known_at": noon(99)}, {"on": 40})
    found = ipo_proceeds_1m_cny.compute(issuance.compute(frame))

    assert found["known_at"].unique().to_list() == [noon(99)]


def test_companies_are_counted_and_the_pace_is_a_year_s():
    frame = offers({"on": 0}, {"on": 100, "raised": 6.0}, {"on": 365, "raised": 2.0})
    sums = issuance.compute(frame)

    assert told(ipo_count_12m.compute(sums))["A 365"] == 2.0
    assert told(ipo_acceleration.compute(sums))["A 365"] == pytest.approx(4 * 2 / 8)


@pytest.mark.parametrize(
    ("stated", "expected"), [(5.0, 0.6), (4.9, None)]
)  # fmt: skip
def test_technology_s_part_is_of_the_half_at_least_whose_industry_is_known(stated, expected):
    frame = offers(
        {"on": 0},
        {"on": 365, "raised": 3.0, "tech": True},
        {"on": 365, "raised": stated - 3, "tech": False},
        {"on": 365, "raised": 10 - stated},
    )
    found = ipo_tech_share_12m.compute(issuance.compute(frame)).filter(entity="A")

    assert found["value"].to_list() == ([] if expected is None else [pytest.approx(expected)])
    assert found["coverage"].to_list() == ([] if expected is None else [pytest.approx(0.5)])


def caps(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({
        "observation_date": [day(n) for n in numbers], "market_cap": 10.0,
        "known_at": [noon(n) for n in numbers],
    })  # fmt: skip


def test_proceeds_of_a_year_are_held_against_the_value_of_each_day():
    frame = issuance.compute(
        offers(
            {"on": 0, "raised": 5.0},
            {"on": 200, "raised": 2.0, "known_at": noon(500)},
            {"on": 366, "raised": 4.0},
            {"on": 100, "raised": 50.0, "place": "HK", "venue": "HK main"},
        )
    )
    found = ipo_proceeds_12m_to_cap.compute(frame, caps(364, 365, 366, 565, 566))

    assert told(found) == pytest.approx({"A 365": 0.2, "A 366": 0.6, "A 565": 0.4, "A 566": 0.4})
    assert found["known_at"].to_list() == [noon(500), noon(500), noon(565), noon(566)]


def hong_kong(*rows: tuple[int, float, str | None]) -> pl.DataFrame:
    """day, money, industry."""
    return pl.DataFrame(
        {
            "entity": [f"{n}.HK" for n in range(len(rows))],
            "observation_date": [day(row[0]) for row in rows],
            "raised": [row[1] for row in rows],
            "industry": pl.Series([row[2] for row in rows], dtype=pl.String),
            "first_day": 0.1,
            "known_at": [noon(row[0]) for row in rows],
        }
    )


def test_sums_of_a_year_and_of_a_month_begin_anew():
    rows = hong_kong(
        (0, 1.0, None), (30, 2.0, None), (31, 4.0, None), (364, 8.0, None), (365, 16.0, None)
    )

    assert told(ipo_hk_proceeds_ytd_hkd.compute(rows)) == {
        "HK 0": 1,
        "HK 30": 3,
        "HK 31": 7,
        "HK 364": 15,
        "HK 365": 16,
    }
    assert told(ipo_hk_proceeds_mtd_hkd.compute(rows)) == {
        "HK 0": 1, "HK 30": 3, "HK 31": 4, "HK 364": 8, "HK 365": 16,
    }  # fmt: skip
    assert told(ipo_hk_proceeds_mtd_hkd.compute(rows), "n")["HK 30"] == 2


def test_the_part_of_ai_and_chips_is_told_once_an_industry_was_stated():
    rows = hong_kong(
        (0, 1.0, None), (1, 3.0, "医药"), (2, 4.0, "智能芯片"), (3, 2.0, None), (365, 5.0, None)
    )

    assert told(ipo_hk_tech_share_ytd.compute(rows)) == pytest.approx(
        {"HK 1": 0.0, "HK 2": 0.5, "HK 3": 0.4}
    )
