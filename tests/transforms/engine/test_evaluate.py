"""How an evaluation treats what it may see, what is missing, and how it ranks and scores."""

import statistics
from datetime import date, datetime, timedelta
from math import erf, sqrt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.engine.evaluate import METRIC_FRAME, evaluate, other_series
from transforms.engine.metric import SCORES, Metric, lineage, metrics, preparations
from transforms.formulas.robust_score import robust_scores
from warehouse.catalog import catalogue, cutoff

NOW = date(2026, 1, 13)
DATASETS = set(catalogue())


def test_without_data_there_is_an_empty_frame_of_the_declared_shape():
    found = evaluate({}, NOW)

    assert found.is_empty()
    assert found.schema == METRIC_FRAME


def test_an_empty_dataset_is_a_missing_one(bars):
    empty = bars(**{"000001_SH": [1.0]}).clear()

    assert evaluate({"index_daily": empty}, NOW).is_empty()


def test_the_cut_off_is_the_end_of_the_day_in_shanghai():
    assert cutoff(NOW) == datetime(2026, 1, 13, 15, 59, 59, 999999)


@pytest.mark.parametrize(
    ("rows", "other"),
    [(1, [0, 0, 1, 1, 1]), (2, [0, 1, 1, 1, 1]), (-1, [1, 0, 0, 1, 1]), (-2, [1, 1, 0, 1, 1])],
)
def test_a_row_knows_how_far_its_series_reaches(rows, other):
    """Three rows of one series, then one of another entity, then one of another metric."""
    frame = pl.DataFrame({"metric": [*"aaaab"], "entity": [*"xxxyy"]})

    assert frame.select(other_series(rows)).to_series().to_list() == [bool(one) for one in other]


def test_rows_known_after_the_cut_off_do_not_exist(table):
    drawn = """
        code      | trade_date | close | known_at
        000001.SH | 2026-01-12 | 1     | 2026-01-12 08:00:00
        000001.SH | 2026-01-13 | 2     | 2026-01-13 16:00:00
        """
    closes = evaluate({"index_daily": table(drawn)}, NOW).filter(pl.col("metric") == "close")

    assert closes["observation_date"].to_list() == [date(2026, 1, 12)]


def test_the_known_future_of_the_calendar_is_no_session(bars):
    """The calendar lists holidays ahead; a composite is never dated in the future."""
    calendar = pl.DataFrame(
        {"trade_date": [NOW, NOW + timedelta(days=1)], "known_at": [datetime(2025, 12, 1)] * 2}
    )
    frames = {"index_daily": bars(**{"000001_SH": [1.0]}), "trade_calendar": calendar}

    assert evaluate(frames, NOW)["observation_date"].max() <= NOW


def test_each_row_says_how_many_observations_there_were(bars, measure):
    found = measure("close", column="n_obs", index_daily=bars(**{"000001_SH": [5.0, 6.0, 7.0]}))

    assert list(found.values()) == [1, 2, 3]


def test_a_score_waits_for_500_observations(weekdays, measure):
    """The 500th value is the highest: all 499 others lie below it."""
    frame = pl.DataFrame(
        {"code": "000300.SH", "trade_date": weekdays(500), "pe_ttm": [float(n) for n in range(500)]}
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))
    scores = measure("pe_ttm", column="score", index_valuation=frame)

    assert list(scores.values())[:-1] == [None] * 499
    assert scores["2026-01-13"] == pytest.approx(100 * (499 + 0.5) / 500)
    assert measure("pe_ttm", column="percentile", index_valuation=frame) == scores


def test_the_rank_of_five_years_forgets_what_lies_before(weekdays, measure):
    """The last value is the highest since the 700 high ones, which are over five years old."""
    days = weekdays(2010)
    values = [5000.0] * 700 + [float(n) for n in range(1310)]
    frame = pl.DataFrame({"code": "000300.SH", "trade_date": days, "pe_ttm": values}).with_columns(
        known_at=pl.col("trade_date").cast(pl.Datetime("us"))
    )
    ever = measure("pe_ttm", column="percentile", index_valuation=frame)["2026-01-13"]
    lately = measure("pe_ttm", column="percentile_5y", index_valuation=frame)["2026-01-13"]

    within = sum(day > date(2021, 1, 13) for day in days)
    assert within < 1310
    assert ever == pytest.approx(100 * (1309 + 0.5) / 2010)
    assert lately == pytest.approx(100 * (within - 0.5) / within)


def test_ties_count_half_in_both_ranks(weekdays, measure):
    frame = pl.DataFrame(
        {"code": "000300.SH", "trade_date": weekdays(500), "pe_ttm": 7.0}
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))

    for column in ("percentile", "percentile_5y"):
        assert measure("pe_ttm", column=column, index_valuation=frame)["2026-01-13"] == 50.0


def by_definition(values: list[float], minimum: int) -> list[float | None]:
    """The robust score as metrics.md 0.9 writes it, every prefix anew."""
    found: list[float | None] = []
    for end in range(1, len(values) + 1):
        past = values[:end]
        middle = statistics.median(past)
        spread = 1.4826 * statistics.median([abs(value - middle) for value in past])
        if end < minimum or spread == 0:
            found.append(None)
        else:
            z = max(-3.0, min(3.0, (past[-1] - middle) / spread))
            found.append(50 * (1 + erf(z / sqrt(2))))
    return found


@given(st.lists(st.integers(-5, 5) | st.floats(-1e6, 1e6), max_size=40), st.integers(1, 9))
def test_the_robust_score_is_the_one_of_the_definition(values, minimum):
    exact = [float(value) for value in values]

    assert list(robust_scores(exact, minimum)) == by_definition(exact, minimum)


def test_short_histories_are_scored_by_median_and_spread():
    """40 listing days raising 1, 2, … 40: median 20.5, deviations .5 to 19.5, half below 10."""
    start = date(2025, 1, 1)
    listing_days = [start] + [start + timedelta(days=90 * n) for n in range(1, 41)]
    listings = pl.DataFrame(
        {
            "code": [f"{9000 + n:05d}.HK" for n in range(41)],
            "listing_date": listing_days,
            "offer_price_hkd": 1.0,
            "funds_raised_hkd": [7.0, *(float(n) for n in range(1, 41))],
            "first_day_close_hkd": 1.0,
            "first_day_return": 0.0,
            "industry": "x",
        }
    ).with_columns(known_at=pl.col("listing_date").cast(pl.Datetime("us")))
    found = evaluate({"ipo_hk": listings}, date(2035, 1, 1)).filter(
        pl.col("metric") == "ipo_hk_proceeds_90d_hkd"
    )

    z = (40 - 20.5) / (1.4826 * 10)
    assert found["value"].to_list() == list(range(1, 41))
    assert found["score"].to_list()[:-1] == [None] * 39
    assert found["score"].item(-1) == pytest.approx(100 * (1 + erf(z / sqrt(2))) / 2)


def test_every_input_is_a_dataset_a_prepared_frame_or_a_metric():
    known = DATASETS | set(metrics()) | set(preparations()) | {SCORES}
    for one in [*metrics().values(), *preparations().values()]:
        assert set(one.inputs) <= known, one.id


def test_the_lineage_of_a_composite_reaches_the_datasets():
    assert lineage("turnover_cny") == {"market_turnover"}
    assert {"margin_market", "stock_daily", "ipo_hk", "index_valuation"} <= lineage("overheating")
    assert lineage("overheating") <= DATASETS


@pytest.mark.parametrize("one", metrics().values(), ids=lambda one: one.id)
def test_every_metric_tells_how_to_read_it(one: Metric):
    assert one.label
    assert one.reading.endswith(".")
    assert one.paper
    assert one.unit in {
        "index points", "index 0-100", "fraction", "CNY", "HKD", "count", "ratio", "score 0-100",
        "standard deviations", "z-score", "t statistic", "p value", "index 0-1", "log ratio", "sign",
        "percentile 0-100", "mentions per 10,000 characters", "days", "weeks", "months", "years",
    }  # fmt: skip
    assert bool(one.block) == bool(one.entities)
    assert one.block is None or one.score is not None


def test_first_days_are_scored_within_two_years_and_from_ten_values_on():
    """A listing every 9 days, the first year paying 100 %,
    then 1 %, 2 %, … : the later the hotter.
    """
    start, count = date(2021, 1, 1), 140
    days = [start + timedelta(days=9 * n) for n in range(count)]
    listings = pl.DataFrame(
        {
            "code": [f"{9000 + n:05d}.HK" for n in range(count)],
            "listing_date": days,
            "offer_price_hkd": 1.0,
            "funds_raised_hkd": 1.0,
            "first_day_return": [1.0 if n < 40 else n / 1000 for n in range(count)],
            "industry": "x",
        }
    ).with_columns(
        first_day_close_hkd=1 + pl.col("first_day_return"),
        known_at=pl.col("listing_date").cast(pl.Datetime("us")),
    )
    found = evaluate({"ipo_hk": listings}, date(2035, 1, 1)).filter(
        pl.col("metric") == "ipo_hk_first_day_return_90d"
    )

    assert found["score"].is_null().to_list()[:10] == [True] * 9 + [False]
    last = found.row(-1, named=True)
    assert last["score"] > 98, "the hottest of two years"
    assert found.filter(pl.col("value") > last["value"]).height > 20, "though not of all"
