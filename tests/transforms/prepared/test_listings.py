"""Listings on both markets: which count, what they raised, and where they belong."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.prepared.listings import (
    CHAPTERS,
    HK_MAIN,
    SHELL,
    a_listings,
    by_day,
    hk_listings,
    in_full_spans,
    offers,
)

DAY = date(2025, 7, 21)
MORNING = datetime(2025, 7, 21, 1)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def hong_kong(**changed: object) -> pl.DataFrame:
    """One row of ipo_hk, with what is changed of it."""
    row: dict[str, object] = {
        "code": "02400.HK", "name": "甲公司", "listing_date": DAY, "known_at": MORNING,
        "industry": "半导体", "funds_raised_hkd": 100.0, "public_subscription_multiple": 7.0,
        "offer_price_hkd": 10.0, "first_day_close_hkd": 12.0, "first_day_return": 0.25,
    }  # fmt: skip
    numbers = {name: pl.Float64 for name in row if name.endswith(("hkd", "return"))}
    return pl.DataFrame([row | changed], schema_overrides=numbers)


def mainland(**changed: object) -> pl.DataFrame:
    """One row of ipo_a, with what is changed of it."""
    row: dict[str, object] = {
        "code": "688001.SH", "name": "乙公司", "listing_date": DAY, "known_at": MORNING,
        "board": "STAR", "proceeds_cny": 100.0, "first_day_return": 0.5,
    }  # fmt: skip
    return pl.DataFrame([row | changed], schema_overrides={"first_day_return": pl.Float64})


def parities(*rows: tuple[date, str, float]) -> pl.DataFrame:
    """Parities fixed on these days, each known two hours after the listing of DAY is."""
    frame = pl.DataFrame(rows, ["rate_date", "currency", "cny_per_unit"], orient="row")
    return frame.with_columns(known_at=pl.lit(MORNING + timedelta(hours=2)))


def of_hong_kong(*frames: pl.DataFrame) -> pl.DataFrame:
    found: pl.DataFrame = hk_listings.compute(pl.concat(frames))
    return found


def of_mainland(*frames: pl.DataFrame, **lists: pl.DataFrame) -> pl.DataFrame:
    found: pl.DataFrame = a_listings.compute(pl.concat(frames), **lists)
    return found


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("甲生物 - B", "HK 18A"),
        ("甲生物－B", None),  # another dash is part of the name
        ("甲 - B - H股", "HK 18A"),
        ("甲-SB", "HK 18A"),
        ("Gamma - W - P", "HK 18C"),
        ("Gamma - P - W", "HK 18C"),
        ("Gamma - W", None),
        ("Gamma - PB", "HK 18A"),  # the first chapter of both
        ("LAB", None),
        ("X-BANK", None),
        ("Delta - Z", "shell"),
        ("Delta - ZR", "shell"),
    ],
)
def test_a_name_is_marked_by_the_letter_of_its_chapter_and_by_no_other(name, mark):
    marks = {**CHAPTERS, "shell": SHELL}
    found = [one for one, pattern in marks.items() if pl.Series([name]).str.contains(pattern)[0]]

    assert found[:1] == ([mark] if mark else [])


@pytest.mark.parametrize("raised", [None, 0.0, -5.0, float("nan")])
def test_an_introduction_raises_nothing_and_is_no_listing(raised):
    assert of_hong_kong(hong_kong(funds_raised_hkd=raised)).is_empty()


def test_a_shell_is_left_out_and_a_listing_without_a_name_is_not():
    assert of_hong_kong(hong_kong(name="Delta - Z")).is_empty()
    nameless = hong_kong().drop("name", "public_subscription_multiple")
    found = of_hong_kong(nameless)

    assert found.select("name", "multiple").rows() == [(None, None)]


@pytest.mark.parametrize(
    ("told", "close", "expected"),
    [(0.25, 12.0, 0.25), (None, 12.0, 0.2), (float("nan"), 12.0, 0.2), (None, None, None)],
)
def test_a_first_day_is_the_published_one_else_that_of_the_close(told, close, expected):
    (found,) = of_hong_kong(hong_kong(first_day_return=told, first_day_close_hkd=close))[
        "first_day"
    ]

    assert found == (expected if expected is None else pytest.approx(expected))


def test_listings_stand_by_day_and_code():
    rows = [("B", DAY), ("A", DAY), ("C", DAY - days(1))]
    shares = [hong_kong(code=code, listing_date=day) for code, day in rows]
    found = of_hong_kong(*shares)

    assert found["entity"].to_list() == ["C", "A", "B"]
    assert found.row(0, named=True) | {"observation_date": None} == {
        "known_at": MORNING, "entity": "C", "observation_date": None, "name": "甲公司",
        "industry": "半导体", "raised": 100.0, "multiple": 7.0, "first_day": 0.25,
    }  # fmt: skip
    on_mainland = of_mainland(*[mainland(code=code, listing_date=day) for code, day in rows])
    assert on_mainland["entity"].to_list() == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("board", "code", "venue", "free_from"),
    [
        ("STAR", "688001.SH", "STAR", date(2019, 7, 22)),
        ("ChiNext", "300001.SZ", "ChiNext", date(2020, 8, 24)),
        ("Main", "600001.SH", "SSE main", date(2023, 4, 10)),
        ("Main", "000001.SZ", "SZSE main", date(2023, 4, 10)),
        ("BSE", "920001.BJ", "BSE", date(2021, 11, 15)),
        ("STAR", "688001.SZ", None, None),
    ],
)
def test_a_first_day_counts_from_the_day_on_which_those_of_its_venue_are_free(
    board, code, venue, free_from
):
    begin = free_from or DAY
    eve, first = (
        of_mainland(mainland(board=board, code=code, listing_date=day)).row(0, named=True)
        for day in (begin - days(1), begin)
    )

    assert (eve["venue"], first["venue"]) == (venue, venue)
    assert (eve["first_day"], first["first_day"]) == (None, 0.5 if venue else None)


@pytest.mark.parametrize("raised", [0.0, -1.0, float("nan")])
def test_on_the_mainland_too_what_raised_nothing_is_no_listing(raised):
    assert of_mainland(mainland(proceeds_cny=raised)).is_empty()


def theme(kind: str, member: str, begins: date, ends: date | None = None) -> pl.DataFrame:
    row = ("tech", kind, member, begins, ends)
    names = ["theme", "kind", "member", "valid_from", "valid_to"]
    return pl.DataFrame([row], names, orient="row", schema_overrides={"valid_to": pl.Date})


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [(0, None, True), (1, None, False), (-9, 0, True), (-9, -1, False)],
)
def test_technology_is_what_was_on_its_list_on_the_first_day(begins, ends, expected):
    last = None if ends is None else DAY + days(ends)
    listed = theme("code", "688001.SH", DAY + days(begins), last)

    assert of_mainland(mainland(), theme_membership=listed)["tech"].to_list() == [expected]


def test_a_share_of_no_known_industry_is_neither_technology_nor_not():
    industries = pl.DataFrame(
        [("688001.SH", "电子", DAY), ("688002.SH", "银行", DAY), ("688003.SH", "电子", DAY + days(1)),
         ("688004.SH", None, DAY)],
        ["code", "industry", "valid_from"], orient="row",
    ).with_columns(valid_to=pl.lit(None, pl.Date))  # fmt: skip
    shares = [mainland(code=f"68800{n}.SH") for n in range(1, 6)]
    by_industry = theme("industry", "电子", DAY)

    found = of_mainland(*shares, security=industries, theme_membership=by_industry)
    assert found["tech"].to_list() == [True, False, None, None, None]
    by_code = theme("code", "688002.SH", DAY)
    both = pl.concat([by_industry, by_code])
    found = of_mainland(*shares, security=industries, theme_membership=both)
    assert found["tech"].to_list() == [True, True, None, None, None]
    found = of_mainland(*shares, security=industries, theme_membership=by_code)
    assert found["tech"].to_list() == [False, True, False, False, False]
    assert of_mainland(*shares)["tech"].to_list() == [None] * 5


def offered(rates: pl.DataFrame, **changed: object) -> dict[str, object]:
    found: pl.DataFrame = offers.compute(of_hong_kong(hong_kong(**changed)), None, rates)
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("age", "expected"), [(-1, None), (0, 90.0), (1, 90.0), (15, 90.0), (16, None)]
)
def test_hong_kong_dollars_become_yuan_at_a_parity_of_the_fortnight(age, expected):
    one = offered(parities((DAY - days(age), "HKD", 0.9), (DAY - days(age), "USD", 7.0)))

    assert one["raised"] == expected


def test_the_newest_parity_counts_and_an_offer_is_known_with_it():
    older, newer = (DAY - days(5), "HKD", 0.8), (DAY - days(2), "HKD", 0.9)
    one = offered(parities(newer, older))

    assert one["raised"] == 90.0
    assert one["known_at"] == MORNING + timedelta(hours=2)
    later = MORNING + days(1)
    assert offered(parities(older), known_at=later)["known_at"] == later


@pytest.mark.parametrize(
    ("name", "industry", "venue", "tech"),
    [
        ("甲 - B", "医药", "HK 18A", False),
        ("甲 - P", "人工智能应用", "HK 18C", True),
        ("甲", None, HK_MAIN, None),
    ],
)
def test_in_hong_kong_the_name_tells_the_chapter_and_the_industry_technology(
    name, industry, venue, tech
):
    one = offered(parities((DAY, "HKD", 0.9)), name=name, industry=industry)

    assert (one["place"], one["venue"], one["tech"]) == ("HK", venue, tech)


def test_offers_of_both_places_stand_by_day_and_code_and_need_no_other():
    here = of_mainland(mainland(), mainland(code="688000.SH", listing_date=DAY + days(1)))
    there, rates = of_hong_kong(hong_kong()), parities((DAY, "HKD", 0.9))
    both = offers.compute(there, here, rates)

    assert both.select("place", "code", "raised").rows() == [
        ("HK", "02400.HK", 90.0), ("A", "688001.SH", 100.0), ("A", "688000.SH", 100.0)
    ]  # fmt: skip
    assert offers.compute(there, here, None)["place"].to_list() == ["A", "A"]
    assert offers.compute(there, None, rates)["place"].to_list() == ["HK"]
    assert offers.compute(there, None, None).is_empty()


def test_the_listings_of_a_day_are_summed_and_known_with_the_last_of_them():
    rows = [
        hong_kong(code="A", funds_raised_hkd=1.0, known_at=MORNING + days(3)),
        hong_kong(code="B", funds_raised_hkd=2.0),
        hong_kong(code="C", funds_raised_hkd=4.0, listing_date=DAY + days(1)),
    ]
    found = by_day(of_hong_kong(*rows))

    assert found.select("observation_date", "raised", "n", "known_at", "entity").rows() == [
        (DAY, 3.0, 2, MORNING + days(3), "HK"), (DAY + days(1), 4.0, 1, MORNING, "HK"),
    ]  # fmt: skip
    assert found["first_day"].to_list() == pytest.approx([0.5, 0.25])


def test_a_span_of_ninety_days_is_full_from_the_ninetieth_day_on():
    """The listing of ninety days before has fallen out by then; a late row makes all later late."""
    late = MORNING + days(200)
    rows = [
        hong_kong(funds_raised_hkd=2.0**n, listing_date=DAY + days(after), known_at=moment)
        for n, (after, moment) in enumerate(
            [(0, MORNING), (10, late), (89, MORNING), (90, MORNING)]
        )
    ]
    found = in_full_spans(of_hong_kong(*rows))

    assert found.select("observation_date", "raised", "n", "known_at").rows() == [
        (DAY + days(90), 2.0 + 4.0 + 8.0, 3, late)
    ]
