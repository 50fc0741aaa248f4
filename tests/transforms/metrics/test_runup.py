"""Specs of the extreme movers."""

from datetime import date, datetime

import polars as pl
import pytest

from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics
from transforms.formulas.stock_arrays import RUN_UP_WINDOW
from transforms.issue.movers import chinese_names, movers, name_origins
from transforms.metrics.runup import runup_30d

NOW = date(2026, 1, 13)

SPACE = """
    theme                | kind | member    | valid_from | valid_to
    commercial_aerospace | code | 688523.SH | 2026-01-12 | .
    """


def test_a_run_up_counts_from_the_low_of_the_last_31_bars(bars, table, measure):
    stocks = bars(**{"688523_SH": [1.0, 10.0, 5.0] + [8.0] * 28 + [12.0]})
    found = measure("runup_30d", stock_daily=stocks, theme_membership=table(SPACE))

    assert found == {"2026-01-12": 8 / 1 - 1, "2026-01-13": 12 / 5 - 1}


@pytest.mark.parametrize("metric", ["runup_30d", "runup_30d_ge_90pct_count", "series_runup_30d"])
def test_the_texts_of_a_run_up_say_how_many_closes_it_looks_at(metric):
    """The label counts sessions as sentences do, the formula closes: 30 lie between 31 of them."""
    one, closes = metrics()[metric], RUN_UP_WINDOW + 1

    assert one.window == closes
    assert f"{RUN_UP_WINDOW}-day low" in one.label
    assert f"lowest of {closes}" in one.formula
    assert f"P(t-{RUN_UP_WINDOW})" in one.formula


def test_followed_stocks_have_values_on_the_days_of_their_membership(bars, table, measure):
    """The list begins on 12 January; the change of that day still needs the bar before it."""
    stocks = bars(**{"688523_SH": [10.0, 12.0, 9.0], "600001_SH": [1.0, 2.0, 3.0]})
    found = measure("return_1d", stock_daily=stocks, theme_membership=table(SPACE))

    assert found == {"2026-01-12": pytest.approx(0.2), "2026-01-13": pytest.approx(-0.25)}


def test_the_count_takes_stocks_at_90_percent_or_more_with_31_bars(bars, measure):
    stocks = bars(
        **{
            "600001_SH": [10.0] * 30 + [19.0],
            "600002_SH": [10.0] * 30 + [18.9],
            "600003_SH": [None] + [10.0] * 29 + [99.0],
        }
    )

    assert measure("runup_30d_ge_90pct_count", stock_daily=stocks) == {"2026-01-13": 1}
    assert measure("runup_30d_ge_90pct_count", column="n", stock_daily=stocks)["2026-01-13"] == 2


@pytest.mark.parametrize(
    ("metric", "bars_looked_at"), [("return_1d", 2), ("runup_30d_ge_90pct_count", 31)]
)
def test_what_looks_at_a_corrected_bar_is_known_when_that_is(
    bars, table, measure, metric, bars_looked_at
):
    """The first bar within the window was corrected in the evening of the last."""
    stocks = bars(**{"688523_SH": [10.0] * bars_looked_at})
    late = datetime(2026, 1, 13, 12, 0)
    first = pl.col("trade_date") == pl.col("trade_date").min()
    corrected = pl.when(first).then(pl.lit(late)).otherwise(pl.col("known_at"))
    frames = {
        "stock_daily": stocks.with_columns(known_at=corrected),
        "theme_membership": table(SPACE),
    }

    assert measure(metric, column="known_at", **frames)["2026-01-13"] == late


def test_an_ex_rights_day_is_no_fall(table, measure):
    """10 → 5 on a day whose ex-rights previous close is 5."""
    drawn = """
        code      | trade_date | close | previous_close
        688523.SH | 2026-01-12 | 10    | .
        688523.SH | 2026-01-13 | 5     | 5
        """
    frames = {"stock_daily": table(drawn), "theme_membership": table(SPACE)}

    assert measure("return_1d", **frames) == {"2026-01-13": 0.0}
    assert measure("close_cny", **frames)["2026-01-13"] == 5


def test_movers_name_the_peak_and_the_fall_from_it(bars, table):
    listed = table(SPACE.replace("2026-01-12", "2020-01-01"))
    path = [10.0] * 60 + [20.0, 15.0]
    frames = {"stock_daily": bars(**{"688523_SH": path}), "theme_membership": listed}
    row = movers(evaluate(frames, NOW), {"688523.SH": "航天环宇"}).row(0, named=True)

    assert row["name"] == "航天环宇"
    assert str(row["peak_date"]) == "2026-01-12"
    assert row["drawdown_from_peak"] == pytest.approx(15 / 20 - 1)
    assert row["runup_30d"] == pytest.approx(15 / 10 - 1)


def test_a_peak_before_the_stock_was_followed_has_no_date(bars, table):
    path = [10.0] * 58 + [40.0, 20.0, 15.0]
    frames = {"stock_daily": bars(**{"688523_SH": path}), "theme_membership": table(SPACE)}
    row = movers(evaluate(frames, NOW), {}).row(0, named=True)

    assert row["peak_date"] is None
    assert row["drawdown_from_peak"] == pytest.approx(15 / 40 - 1)
    assert row["name"] is None


def test_no_followed_stocks_give_an_empty_table_of_movers():
    assert movers(evaluate({}, NOW), {}).is_empty()


def test_names_come_from_the_newest_row_of_a_stock(table):
    drawn = """
        code      | valid_from | name
        600001.SH | 2024-01-01 | 新名
        600001.SH | 2020-01-01 | 旧名
        """
    assert chinese_names({"security": table(drawn)}) == {"600001.SH": "新名"}


def test_a_hong_kong_listing_is_named_as_the_list_of_shares_names_it():
    registered = {"code": "02513.HK", "name": "北京智譜華章科技股份有限公司- H股"}
    frames = {
        "ipo_hk": pl.DataFrame([registered | {"listing_date": date(2026, 1, 8)}]),
        "hk_security": pl.DataFrame(
            [{"code": "02513.HK", "name": "智谱", "first_seen": date(2026, 1, 8)}]
        ),
    }

    assert chinese_names(frames) == {"02513.HK": "智谱"}
    assert name_origins(frames) == {"02513.HK": "hk_security"}


def test_each_followed_stock_is_measured_against_its_own_bars_alone():
    """The second one begins where the first had been at a fifth of it."""
    followed = pl.DataFrame({
        "entity": ["a"] * 3 + ["b"] * 31, "adjusted": [10.0, 5.0, 1.0] + [5.0] * 31, "member": True,
        "observation_date": [date(2026, 1, 1 + n) for n in (*range(3), *range(31))],
        "known_at": [datetime(2026, 3, 1)] * 3 + [datetime(2026, 2, 1)] * 31,
    })  # fmt: skip
    found = runup_30d.compute(followed)

    assert found.drop_nulls("value").select("entity", "value").rows() == [("b", 0.0)]
    assert found["known_at"][-1] == datetime(2026, 2, 1)
