"""Specs of the facts: which there are, and what their history says of them."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import Fact, FactBook
from transforms.issue.printable import facts
from warehouse.errors import UnknownFact

NOW = date(2026, 3, 20)


def series(metric: str, entity: str, *points: tuple[str, float]) -> pl.DataFrame:
    """A metric frame of one series from (day, value)."""
    rows = pl.DataFrame(
        {
            "metric": metric,
            "entity": entity,
            "observation_date": [date.fromisoformat(day) for day, _ in points],
            "value": [value for _, value in points],
            "unit": "fraction",
            "known_at": datetime(2026, 3, 20, 8),
            "n_obs": list(range(1, len(points) + 1)),
            "metric_version": 1,
        }
    )
    return pl.concat([METRIC_FRAME.to_frame(), rows], how="diagonal_relaxed").select(
        METRIC_FRAME.names()
    )


RSI = series(
    "rsi_14",
    "000001.SH",
    ("2026-03-02", 75),
    ("2026-03-03", 80),
    ("2026-03-04", 70),
    ("2026-03-18", 60),
    ("2026-03-19", 75),
    ("2026-03-20", 74),
)


def test_the_last_two_days_of_a_series_are_facts():
    assert [fact.observation_date.day for fact in facts(RSI, NOW)] == [19, 20]


def test_the_days_of_the_article_stay_facts():
    early = series("close", "000001.SH", ("2026-01-12", 1), ("2026-01-13", 2), ("2026-01-14", 3),
                   ("2026-03-19", 4), ("2026-03-20", 5))  # fmt: skip

    assert [f"{fact.observation_date:%m-%d}" for fact in facts(early, NOW)] == [
        "01-12",
        "01-13",
        "03-19",
        "03-20",
    ]


def test_listings_of_this_and_the_previous_month_are_facts():
    listings = pl.concat(
        series("ipo_first_day_return", code, (day, 0.1))
        for code, day in (
            ("00001.HK", "2026-01-30"),
            ("00002.HK", "2026-02-02"),
            ("00003.HK", "2026-03-19"),
        )
    )

    assert [fact.entity for fact in facts(listings, NOW)] == ["00002.HK", "00003.HK"]


def test_the_change_of_a_week_spans_five_observations():
    assert facts(RSI, NOW)["rsi_14/000001.SH/2026-03-20"].change_1w == 74 - 75
    assert facts(RSI, NOW)["rsi_14/000001.SH/2026-03-19"].change_1w is None


def test_a_sum_per_listing_day_has_no_week():
    sums = series("ipo_hk_proceeds_ytd_hkd", "HK", *((f"2026-03-{d:02d}", d) for d in range(2, 10)))

    assert facts(sums, NOW).latest("ipo_hk_proceeds_ytd_hkd", "HK").change_1w is None


def test_highest_since_is_the_last_day_that_stood_at_least_as_high(young_records):
    """75 was matched on the 2nd and exceeded on the 3rd; 74 last exceeded the day before."""
    book = facts(RSI, NOW)

    assert book["rsi_14/000001.SH/2026-03-19"].highest_since == date(2026, 3, 3)
    assert book["rsi_14/000001.SH/2026-03-20"].highest_since == date(2026, 3, 19)


def test_a_value_above_all_before_has_no_highest_since_but_a_first_observation(young_records):
    top = series("close", "000001.SH", ("2026-03-19", 1), ("2026-03-20", 2))
    fact = facts(top, NOW).latest("close", "000001.SH")

    assert fact.highest_since is None
    assert fact.first_observation == date(2026, 3, 19)


@pytest.mark.parametrize(("value", "since"), [(0.018, 4), (-0.018, 3), (0.03, None)])
def test_largest_since_looks_at_moves_of_the_same_sign(value, since, young_records):
    moves = series("margin_financing_change_1d", "CN", ("2026-03-03", -0.05), ("2026-03-04", 0.02),
                   ("2026-03-05", 0.01), ("2026-03-06", value))  # fmt: skip
    found = facts(moves, NOW).latest("margin_financing_change_1d", "CN").largest_since

    assert found == (since and date(2026, 3, since))


def test_a_record_names_the_one_it_broke(young_records):
    turnover = series(
        "turnover_cny", "SSE+SZSE", ("2026-03-04", 9), ("2026-03-05", 8), ("2026-03-06", 10)
    )
    fact = facts(turnover, NOW).latest("turnover_cny", "SSE+SZSE")

    assert (fact.record, fact.previous_record, fact.previous_record_value) == (
        True,
        date(2026, 3, 4),
        9,
    )


def test_a_tie_is_no_record_and_the_standing_one_is_named(young_records):
    turnover = series("turnover_cny", "SSE+SZSE", ("2026-03-04", 9), ("2026-03-05", 9))
    fact = facts(turnover, NOW).latest("turnover_cny", "SSE+SZSE")

    assert (fact.record, fact.previous_record) == (False, date(2026, 3, 4))


def test_the_first_value_of_a_history_is_no_record():
    fact = facts(series("turnover_cny", "SSE+SZSE", ("2026-03-04", 9)), NOW).latest(
        "turnover_cny", "SSE+SZSE"
    )

    assert fact.record is None


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("rsi_14", "highest_since"),
        ("close", "highest_since"),
        ("margin_financing_change_1d", "largest_since"),
        ("turnover_cny", "previous_record"),
        ("policy_frequency_30d", "previous_record"),
    ],
)
def test_a_history_of_less_than_250_observations_tells_of_no_record(metric, told):
    """Falling values: the day before was higher."""
    days = [NOW - timedelta(days=back) for back in range(249, -1, -1)]
    points = [(day.isoformat(), 500.0 - n) for n, day in enumerate(days)]
    old = facts(series(metric, "x", *points), NOW).latest(metric, "x")
    young = facts(series(metric, "x", *points[1:]), NOW).latest(metric, "x")

    assert (old.has_record, young.has_record) == (True, False)
    assert getattr(old, told) is not None
    told_of = ("highest_since", "largest_since", "record", "previous_record")
    assert [getattr(young, name) for name in told_of] == [None] * 4


def test_a_fact_names_the_sources_of_its_datasets_and_the_query_that_yields_it():
    fact = facts(RSI, NOW, {"index_daily": ["Sina", "Tencent"], "ipo_hk": ["HKEX"]}).latest(
        "rsi_14", "000001.SH"
    )

    assert fact.sources == ("Sina", "Tencent")
    assert fact.query == (
        "SELECT value FROM mart.metric WHERE as_of = DATE '2026-03-20' AND metric = 'rsi_14' "
        "AND entity = '000001.SH' AND observation_date = DATE '2026-03-20'"
    )


def test_keys_that_do_not_apply_are_left_out_of_the_dictionary(young_records):
    told = facts(RSI, NOW).as_dicts()[-1]

    assert told["observation_date"] == "2026-03-20"
    assert told["highest_since"] == "2026-03-19"
    assert told["known_at"] == "2026-03-20T08:00:00"
    assert "record" not in told
    assert "n" not in told


def test_an_unknown_fact_names_the_nearest_ones():
    book = facts(RSI, NOW)

    with pytest.raises(UnknownFact, match="among 2; the nearest are rsi_14/000001"):
        book["rsi_14/000001.SH/2026-03-17"]
    with pytest.raises(UnknownFact, match="among 1; the nearest are rsi_14/000001"):
        book.latest("rsi_14", "000001.SZ")


def test_a_fact_survives_its_dictionary():
    for fact in facts(RSI, NOW, {"index_daily": ["Sina"]}):
        assert Fact.from_dict(fact.as_dict()) == fact


def test_a_book_holds_facts_in_order_and_knows_their_ids():
    book = facts(RSI, NOW)

    assert len(book) == 2
    assert "rsi_14/000001.SH/2026-03-20" in book
    assert [fact.fact_id for fact in book] == [fact.fact_id for fact in book.of("rsi_14")]
    assert book.maybe_latest("close", "000001.SH") is None
    assert len(FactBook([])) == 0


def test_scores_are_facts_on_the_last_day_of_each_of_thirteen_weeks():
    days = [NOW - timedelta(days=n) for n in range(140) if (NOW - timedelta(days=n)).weekday() < 4]
    frame = series(
        "block_score", "heat/technical", *((day.isoformat(), 50.0) for day in days[::-1])
    )
    printed = {one.observation_date for one in facts(frame, NOW)}
    thursdays = {NOW - timedelta(days=1 + 7 * n) for n in range(13)}

    assert printed - {date(2026, 1, 12), date(2026, 1, 13)} == thursdays | {NOW - timedelta(days=2)}


def test_of_the_shares_that_moved_most_only_those_of_the_last_day_are_facts():
    frame = pl.concat([
        series("best_share_return_5d", "600001.SH", ("2026-03-18", 0.4)),
        series("best_share_return_5d", "600002.SH", ("2026-03-19", 0.3)),
    ])  # fmt: skip

    assert [one.entity for one in facts(frame, NOW)] == ["600002.SH"]
