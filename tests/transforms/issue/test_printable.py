"""Which rows become facts, where their numbers come from, and where they stand in history."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from transforms.formulas.expressions import MIN_RECORD_OBSERVATIONS
from transforms.issue.printable import _chosen, _origins, origin, printable, rank

NOW = date(2026, 3, 20)  # a Friday


def kept(metric: str, *days: str, entity: str = "a", as_of: date = NOW) -> list[str]:
    """The days of one series that are facts."""
    frame = pl.DataFrame({
        "metric": metric, "entity": entity, "observation_date": list(map(date.fromisoformat, days)),
    })  # fmt: skip
    return frame.filter(printable(frame, as_of))["observation_date"].cast(pl.String).to_list()


def test_of_each_series_by_itself_the_last_two_days_are_kept():
    frame = pl.DataFrame({
        "metric": ["close"] * 5 + ["rsi_14"], "entity": [*"aaabba"],
        "observation_date": [date(2026, 3, day) for day in (2, 3, 4, 9, 10, 1)],
    })  # fmt: skip

    assert frame.filter(printable(frame, NOW)).rows() == frame.rows()[1:]


@pytest.mark.parametrize(
    ("metric", "day", "there"),
    [
        ("close", "2026-01-12", True),
        ("close", "2026-01-13", True),
        ("close", "2026-01-09", False),
        ("close", "2025-12-31", False),
        ("unicorn_growth_1y", "2025-12-31", True),
        ("unicorn_growth_1y", "2024-12-31", False),
        ("unicorn_net_adds", "2025-12-31", False),
        ("ipo_first_day_return", "2026-01-09", True),
        ("ipo_a_first_day_return", "2026-01-09", False),
    ],
)
def test_what_the_article_quotes_is_kept_in_every_later_issue(metric, day, there):
    assert (day in kept(metric, day, "2026-03-18", "2026-03-19")) is there


@pytest.mark.parametrize(
    "metric",
    ["ipo_first_day_return", "ipo_a_first_day_return", "ipo_hk_raised_hkd", "ipo_a_raised_cny"],
)
def test_figures_of_listings_are_kept_for_this_month_and_the_one_before(metric):
    days = ("2026-01-30", "2026-02-01", "2026-02-20", "2026-03-02", "2026-03-03", "2026-03-19")

    assert kept(metric, *days) == list(days[1:])
    assert kept(metric, "2025-11-30", "2025-12-01", as_of=date(2026, 1, 2)) == ["2025-12-01"]


@pytest.mark.parametrize(
    ("metric", "weekly"),
    [("block_score", True), ("indicator_score", True), ("overheating", True),
     ("structural_momentum", True), ("overheating_core", False), ("close", False)],
)  # fmt: skip
def test_scores_are_kept_on_the_last_day_of_thirteen_weeks(metric, weekly):
    """The first of them begins on Monday 22 December."""
    days = [NOW - timedelta(days=n) for n in range(120) if (NOW - timedelta(days=n)).weekday() < 4]
    found = kept(metric, *sorted(map(str, days)))
    thursdays = [str(day) for day in sorted(days) if day.weekday() == 3]

    closing = [day for day in thursdays if day >= "2025-12-22"]
    quoted = ["2026-01-12", "2026-01-13"]
    assert len(closing) == 13
    assert found == sorted({*(closing if weekly else []), *quoted, "2026-03-18", "2026-03-19"})


@pytest.mark.parametrize("metric", ["best_share_return_5d", "worst_share_return_5d"])
def test_of_what_names_another_share_each_day_the_last_day_of_all_is_kept(metric):
    frame = pl.DataFrame({
        "metric": metric, "entity": ["a", "b", "c"],
        "observation_date": [date(2026, 3, 18), date(2026, 3, 19), date(2026, 3, 19)],
    })  # fmt: skip

    assert frame.filter(printable(frame, NOW))["entity"].to_list() == ["b", "c"]


@pytest.mark.parametrize(
    ("metric", "change"),
    [("rsi_14", 5.0), ("ipo_count_12m", None), ("unicorn_net_adds", None),
     ("earnings_growth", None), ("eps_revision_breadth_90d", None), ("guidance_breadth", None),
     ("flash_share", None), ("limit_flash_", 5.0)],
)  # fmt: skip
def test_the_change_of_a_week_is_over_five_observations_of_what_is_measured_daily(metric, change):
    frame = pl.DataFrame({"metric": metric, "entity": ["b"] * 2 + ["a"] * 7,
                          "observation_date": [NOW - timedelta(days=9 - n) for n in range(9)],
                          "value": [100.0, 100.0, *map(float, range(6)), 9.0]})  # fmt: skip
    found = _chosen(frame, NOW)

    assert found["entity"].to_list() == [*"bbaa"]
    assert found["change_1w"].to_list() == [None, None, change, change and change + 3]
    assert found["first_observation"].to_list() == [
        frame["observation_date"][n] for n in (0, 0, 2, 2)
    ]


@pytest.mark.parametrize(
    ("metric", "entity", "dataset"),
    [
        ("close", "000300.SH", "index_daily"),
        ("close", "HSTECH.HK", "index_daily"),
        ("return_60d", "801080.SW", "sector_daily"),
        ("return_60d", "机器人 (THS)", "board_daily"),
        ("margin_financing_balance_cny", "CN", "margin_market"),
        ("margin_financing_balance_cny", "000300.SH", "margin_market"),
        ("turnover_cny", "SSE+SZSE", "market_turnover"),
    ],
)
def test_the_name_of_a_series_stands_in_the_dataset_of_its_form(metric, entity, dataset):
    assert origin(metric, entity) == dataset


SOURCES = {"index_daily": ["sina", "csi"], "sector_daily": ["sws"], "board_daily": ["ths"],
           "margin_market": ["sse"], "trade_calendar": ["calendar"]}  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "without"),
    [("000300.SH", {"sws", "ths"}), ("801080.SW", {"csi", "sina", "ths"}),
     ("机器人 (THS)", {"csi", "sina", "sws"}), ("CN", set())],
)  # fmt: skip
def test_a_price_has_the_sources_of_the_one_dataset_it_is_in(entity, without):
    found = _origins("return_60d", entity, SOURCES)

    assert found == tuple(sorted(found))
    assert {"csi", "sina", "sws", "ths"} - set(found) == without


def test_what_is_not_read_from_all_prices_keeps_its_datasets():
    found = _origins("margin_financing_balance_cny", "000300.SH", SOURCES)

    assert found == ("sse",)
    assert _origins("margin_financing_balance_cny", "CN", {}) == ()


def ranked(metric: str, past: list[float], value: float) -> dict[str, object]:
    """The rank of a value after a past long enough for one, beside which a later day stands."""
    quiet = [0.0] * (MIN_RECORD_OBSERVATIONS - 1 - len(past))
    days = [NOW + timedelta(days=n) for n in range(-MIN_RECORD_OBSERVATIONS + 1, 2)]
    values = [*quiet, *past, value, 1e9]
    history = pl.DataFrame({"observation_date": days, "value": values})
    found = rank(metric, history, NOW, value)
    return {name: (got - NOW).days if isinstance(got, date) else got for name, got in found.items()}


@pytest.mark.parametrize(
    ("past", "value", "since"), [([5, 3, 1], 3, -2), ([5, 3, 1], 4, -3), ([5, 3, 1], 6, None)]
)
@pytest.mark.parametrize("metric", ["rsi_14", "close"])
def test_highest_since_the_last_day_at_least_as_high(metric, past, value, since):
    assert ranked(metric, past, value) == {"highest_since": since}


@pytest.mark.parametrize(
    ("past", "value", "since"),
    [([-5, 9, -3, 2], -3, -2), ([-5, 9, -3, 2], -4, -4), ([-5, 9, -3, 2], 5, -3),
     ([-5, 9, -3, 2], -6, None)],
)  # fmt: skip
@pytest.mark.parametrize("metric", ["margin_financing_change_1d", "margin_financing_change_20d"])
def test_largest_since_the_last_day_of_the_same_sign_at_least_as_large(metric, past, value, since):
    assert ranked(metric, past, value) == {"largest_since": since}


@pytest.mark.parametrize(
    ("past", "value", "record", "day"), [([7, 9, 8], 10, True, -2), ([7, 9, 9], 9, False, -1)]
)
@pytest.mark.parametrize("metric", ["turnover_cny", "policy_frequency_30d"])
def test_a_record_is_above_all_before_and_names_the_last_that_stood_there(
    metric, past, value, record, day
):
    assert ranked(metric, past, value) == {
        "record": record, "previous_record": day, "previous_record_value": 9,
    }  # fmt: skip


def test_a_history_that_is_too_short_by_one_has_no_rank():
    days = [NOW - timedelta(days=n) for n in range(1, MIN_RECORD_OBSERVATIONS)]
    history = pl.DataFrame({"observation_date": days, "value": 1.0})

    assert rank("close", history, NOW, 1.0) != {}
    assert rank("close", history.head(-1), NOW, 1.0) == {}
