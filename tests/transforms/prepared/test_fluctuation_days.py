"""Announcements that the rules ask for, by board and day, and when a day is known."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.formulas.price_limits import BOARDS
from transforms.prepared.fluctuation_days import (
    LOOKED_BACK,
    _benchmark_of,
    _benchmarks,
    _days,
    _thresholds,
    fluctuations,
)
from transforms.prepared.stocks import Ground, boards_of, ground_of, stock_bars

FIRST = date(2026, 1, 5)
COUNT = 20
INDICES = ("000001.SH", "399001.SZ", "399006.SZ", "000688.SH")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2026, 1, 5, 12) + timedelta(days=number)


def shares(**paths: list[float]) -> pl.DataFrame:
    """stock_bars of closes by code on consecutive days; an underscore stands for the dot."""
    rows = [
        (code.replace("_", "."), day(n), close, noon(n))
        for code, path in paths.items()
        for n, close in enumerate(path)
    ]
    frame = pl.DataFrame(rows, ["code", "trade_date", "close", "known_at"], orient="row")
    return stock_bars.compute(frame, None)


def levels(**paths: list[float]) -> pl.DataFrame:
    """index_bars; without a path of its own an index stands still."""
    plain = dict.fromkeys(INDICES, [100.0] * COUNT)
    told = plain | {f"{code[1:].replace('_', '.')}": path for code, path in paths.items()}
    rows = [
        (code, day(n), close, noon(n))
        for code, path in told.items()
        for n, close in enumerate(path)
    ]
    return pl.DataFrame(rows, ["entity", "observation_date", "close", "known_at"], orient="row")


def market(count: int = COUNT) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "entity": ["all"] * count + ["tech"] * count,
            "observation_date": [day(n) for n in range(count)] * 2,
            "known_at": [noon(n) for n in range(count)] * 2,
        }
    )


def jump(by: float, on: int = 15) -> list[float]:
    return [10.0] * on + [10.0 * (1 + by)] * (COUNT - on)


def told(bars: pl.DataFrame, indices: pl.DataFrame | None = None) -> dict[str, list[int]]:
    found = fluctuations.compute(bars, levels() if indices is None else indices, market())
    return {name: found[name].to_list() for name in ("eligible", "abnormal", "severe")}


@pytest.mark.parametrize(
    ("code", "by", "abnormal"),
    [
        ("600001_SH", 0.20, 1), ("600001_SH", 0.19, 0), ("000001_SZ", 0.20, 1),
        ("300001_SZ", 0.30, 1), ("300001_SZ", 0.29, 0), ("688001_SH", 0.30, 1),
        ("688001_SH", 0.29, 0), ("430001_BJ", 0.50, 0),
    ],
)  # fmt: skip
def test_each_board_has_its_threshold_and_beijing_no_index(code, by, abnormal):
    found = told(shares(**{code: jump(by)}))

    assert found["abnormal"] == [0] * 15 + [abnormal] + [0] * 4
    assert found["eligible"] == [0] + [0 if code.endswith("BJ") else 1] * (COUNT - 1)


@pytest.mark.parametrize(
    ("code", "index"),
    [("600001_SH", "i000001_SH"), ("000001_SZ", "i399001_SZ"), ("300001_SZ", "i399006_SZ"),
     ("688001_SH", "i000688_SH")],
)  # fmt: skip
def test_a_share_is_held_against_the_index_of_its_exchange_and_board(code, index):
    both = [100.0] * 15 + [140.0] * 5
    name = next(one for one in levels()["entity"].unique() if one == index[1:].replace("_", "."))

    assert name in INDICES
    assert sum(told(shares(**{code: jump(0.4)}), levels(**{index: both}))["abnormal"]) == 0
    others = dict.fromkeys(("i000001_SH", "i399001_SZ", "i399006_SZ", "i000688_SH"), both)
    others.pop(index)
    assert sum(told(shares(**{code: jump(0.4)}), levels(**others))["abnormal"]) == 1


def test_shares_are_counted_together_and_a_doubling_is_severe():
    two = told(
        shares(**{"600001_SH": jump(1.0), "600002_SH": jump(0.3), "000001_SZ": jump(1.0, 16)})
    )

    assert two["abnormal"][15:17] == [2, 1]
    assert two["severe"][15:17] == [1, 1]
    assert two["eligible"][1:] == [3] * (COUNT - 1)
    rising = levels(i000001_SH=[100.0] * 15 + [160.0] * 5)
    against = told(shares(**{"600001_SH": jump(1.0)}), rising)
    assert sum(against["severe"]) == 0


def test_an_index_that_has_no_bar_makes_no_case_on_its_day():
    without = levels().filter(pl.col("observation_date") != day(15))
    found = told(shares(**{"600001_SH": jump(0.2)}), without)

    assert found["eligible"][14:17] == [1, 0, 1]
    assert sum(found["abnormal"]) == 0


def test_a_day_is_known_when_all_bars_that_the_rules_look_back_on_are():
    count = LOOKED_BACK + 3
    late = market(count).with_columns(
        known_at=pl.when(pl.col("observation_date") == day(0)).then(noon(900)).otherwise("known_at")
    )
    indices = pl.DataFrame(
        {
            "entity": ["000001.SH", "399001.SZ", "000300.SH"],
            "observation_date": [day(1), day(1), day(1)],
            "known_at": [noon(700), noon(800), noon(999)],
        }
    )
    found = _days(indices, late)

    assert found.columns == ["observation_date", "known_at"]
    assert found.height == count
    assert found["known_at"][:LOOKED_BACK].unique().to_list() == [noon(900)]
    assert found["known_at"][LOOKED_BACK:].to_list() == [
        noon(800),
        noon(count - 2),
        noon(count - 1),
    ]
    assert LOOKED_BACK == 31


def ground(*codes: str, days: list[str] | None = None) -> Ground:
    dates = np.array(days or ["2026-01-05"], dtype="datetime64[D]")
    return Ground(
        np.arange(len(codes) + 1), list(codes), dates, np.zeros(len(codes), dtype=np.int64)
    )


def test_the_number_of_an_index_by_board():
    lie = ground("600001.SH", "000001.SZ", "300001.SZ", "688001.SH", "430001.BJ")

    assert _benchmark_of(boards_of(lie), lie).tolist() == [0, 1, 2, 3, 4]


def test_chinext_had_the_main_board_s_threshold_until_its_limit_was_widened():
    found = _thresholds(ground(days=["2020-08-21", "2020-08-24", "2026-01-05"]))

    assert dict(zip(BOARDS, found.tolist(), strict=True)) == {
        "Main": [0.2] * 3, "ChiNext": [0.2, 0.3, 0.3], "STAR": [0.3] * 3, "BSE": [0.4] * 3,
    }  # fmt: skip


def test_the_change_of_an_index_is_from_its_own_bar_before():
    """It has no bar on the second of the shares' days; one on a day of its own lies before."""
    bars = pl.DataFrame(
        {
            "entity": "000001.SH",
            "observation_date": [day(-1), day(0), day(2)],
            "close": [80, 100, 110],
        }
    )
    lie = ground_of(shares(**{"600001_SH": [1.0, 1.0, 1.0]}))
    level, change = _benchmarks(bars, lie)

    assert level[0] == pytest.approx([100, np.nan, 110], nan_ok=True)
    assert change[0] == pytest.approx([0.25, np.nan, 0.1], nan_ok=True)
    assert np.isnan(level[1:]).all()
    assert level.shape == change.shape == (5, 3)
