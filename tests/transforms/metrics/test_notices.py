"""Specs of warnings: announced ones by day, and what the exchanges' rules ask for."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.engine.evaluate import evaluate
from transforms.formulas.abnormal_fluctuation import Candidates, abnormal, announced, risen, severe

NOW = date(2026, 1, 13)
ONE = np.array([0, 40])


def stocks(weekdays, count: int = 4, days: int = 30) -> pl.DataFrame:
    """So many stocks that never move."""
    codes = [f"60000{n}.SH" for n in range(1, count + 1)]
    rows = [(code, day, 10.0) for code in codes for day in weekdays(days)]
    frame = pl.DataFrame(rows, schema=["code", "trade_date", "close"], orient="row")
    return frame.with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def said(rows: list[tuple[str, date, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["code", "announcement_date", "kind"], orient="row")
    return frame.with_columns(
        known_at=pl.col("announcement_date").cast(pl.Datetime("us")) + timedelta(hours=15)
    )


def daily(weekdays, code: str = "600001.SH") -> list[tuple[str, date, str]]:
    """One clarification a day, so that every day has been looked at."""
    return [(code, day, "clarification") for day in weekdays(30)]


def last(frame: pl.DataFrame, metric: str, entity: str = "all") -> float | None:
    rows = frame.filter(metric=metric, entity=entity, observation_date=NOW)
    return rows["value"].item() if rows.height else None


def test_notices_of_five_days_are_told_per_thousand_stocks(weekdays):
    """Two abnormal ones, one severe, and one that is six days old, of four stocks."""
    days = weekdays(30)
    rows = [
        ("600001.SH", days[-1], "abnormal_fluctuation"),
        ("600002.SH", days[-5], "abnormal_fluctuation"),
        ("600003.SH", days[-6], "abnormal_fluctuation"),
        ("600002.SH", days[-3], "severe_abnormal_fluctuation"),
        ("600002.SH", days[-3], "trading_risk_warning"),
    ]
    frames = {"stock_daily": stocks(weekdays), "announcement": said(rows + daily(weekdays))}
    found = evaluate(frames, NOW)

    assert last(found, "abnormal_notices_5d") == 1000 * 3 / 4
    assert last(found, "severe_notices_5d") == 1000 * 1 / 4
    assert last(found, "risk_notices_5d") == 1000 * 1 / 4


def test_a_weekend_s_notice_counts_on_the_monday(weekdays):
    saturday = [("600001.SH", date(2026, 1, 10), "abnormal_fluctuation")]
    frames = {"stock_daily": stocks(weekdays), "announcement": said(saturday + daily(weekdays))}
    found = evaluate(frames, NOW).filter(metric="abnormal_notices_5d").sort("observation_date")
    rates = dict(found.select("observation_date", "value").iter_rows())

    assert (rates[date(2026, 1, 9)], rates[date(2026, 1, 12)]) == (0, 250)


def test_days_on_which_nobody_looked_are_not_days_without_notices(weekdays):
    looked = [row for row in daily(weekdays) if row[1] != weekdays(30)[-3]]
    frames = {"stock_daily": stocks(weekdays), "announcement": said(looked)}

    assert last(evaluate(frames, NOW), "abnormal_notices_5d") is None


def test_technology_s_part_of_the_notices(weekdays, table):
    days = weekdays(30)
    theme = table("""
        theme | kind | member    | valid_from | valid_to
        tech  | code | 600001.SH | 2020-01-01 | .
        """)
    rows = [
        ("600001.SH", days[-1], "abnormal_fluctuation"),
        ("600001.SH", days[-4], "abnormal_fluctuation"),
        ("600002.SH", days[-9], "severe_abnormal_fluctuation"),
    ]
    frames = {"stock_daily": stocks(weekdays), "announcement": said(rows + daily(weekdays))}

    assert last(evaluate(frames, NOW), "abnormal_notices_tech_share", "tech") is None
    found = evaluate(frames | {"theme_membership": theme}, NOW)
    assert last(found, "abnormal_notices_tech_share", "tech") == pytest.approx(2 / 3)


def test_stocks_that_warn_three_times_within_a_month_are_named(weekdays):
    days = weekdays(30)
    rows = [("600001.SH", days[-n], "abnormal_fluctuation") for n in (1, 2, 20, 21)]
    rows += [("600001.SH", days[-1], "severe_abnormal_fluctuation")]
    rows += [("600002.SH", days[-n], "abnormal_fluctuation") for n in (1, 2)]
    frames = {"stock_daily": stocks(weekdays), "announcement": said(rows)}
    found = evaluate(frames, NOW).filter(metric="notice_repeats_20d")

    assert found.select("entity", "observation_date", "value").rows() == [
        ("600001.SH", days[-2], 3.0),
        ("600001.SH", days[-1], 3.0),
    ]


def cases(*changes: float, threshold: float = 0.2) -> Candidates:
    """Candidates of a stock that moves on its last days against an index at rest."""
    quiet = np.zeros(40 - len(changes))
    change = np.concatenate([quiet, changes])
    return abnormal(change, np.zeros(40), np.full(40, threshold), ONE)


def test_three_days_deviations_are_added_up():
    assert cases(0.07, 0.07, 0.06).rows.tolist() == [39]
    assert cases(0.07, 0.07, 0.05).rows.tolist() == []
    assert cases(-0.07, -0.07, -0.06).rows.tolist() == [39]
    assert cases(0.1, 0.1, -0.05).rows.tolist() == [38]
    assert cases(0.1, 0.1, -0.05).days.tolist() == [2]
    assert cases(0.15, 0.14, threshold=0.3).rows.tolist() == []


def test_the_index_s_own_move_is_taken_off():
    change = np.full(40, 0.07)
    found = abnormal(change, np.full(40, 0.02), np.full(40, 0.2), ONE)

    assert found.rows.tolist() == []
    assert abnormal(change, np.full(40, np.nan), np.full(40, 0.2), ONE).rows.size == 0


def test_after_an_announcement_its_days_no_longer_count():
    """Six limits in a row: two days make a case, so that it is announced every second day."""
    found = cases(*[0.1] * 6)

    assert found.rows.tolist() == [35, 36, 37, 38, 39]
    assert announced(found, ONE).tolist() == [35, 37, 39]


def test_another_stock_s_announcement_does_not_count():
    two = Candidates(np.array([9, 10]), np.array([3, 3]))

    assert announced(two, np.array([0, 10, 20])).tolist() == [9, 10]
    assert announced(two, np.array([0, 20])).tolist() == [9]


def test_first_days_without_limits_make_no_case():
    change = np.concatenate([[np.nan], np.full(5, 0.5), np.zeros(34)])

    found = abnormal(change, np.zeros(40), np.full(40, 0.2), ONE)

    assert found.rows[0] == 5
    assert announced(found, ONE).tolist() == [5]


def test_a_doubling_within_ten_days_is_severe_and_within_eleven_is_not():
    index = np.full(40, 3000.0)
    fast = np.concatenate([np.full(30, 10.0), np.linspace(11, 20, 10)])
    slow = np.concatenate([np.full(29, 10.0), np.linspace(10.5, 19.9, 11)])
    tripled = np.concatenate([np.full(10, 10.0), np.linspace(10.5, 30, 30)])

    def found(closes: np.ndarray, levels: np.ndarray = index) -> list[int]:
        rows = risen(closes, ONE)
        return severe(rows, rows, closes, lambda at: levels[at]).rows.tolist()

    assert found(fast) == [39]
    assert found(slow) == []
    assert 39 in found(tripled)
    assert found(fast, np.concatenate([index[:-1], [3300]])) == []


def test_the_rules_are_applied_board_by_board(bars):
    """+8 % three days running: a case on the main board, none on ChiNext; Beijing is not asked."""
    path = [10.0] * 10 + [10.8, 11.66, 12.6]
    index = [3000.0] * 13
    frames = {
        "stock_daily": bars(**{"600001_SH": path, "300001_SZ": path, "430001_BJ": path}),
        "index_daily": bars(**{"000001_SH": index, "399006_SZ": index}),
    }
    found = evaluate(frames, NOW)

    assert last(found, "abnormal_moves_5d") == 1000 * 1 / 2
    assert last(found, "severe_moves_5d") == 0
    alone = {"stock_daily": frames["stock_daily"]}
    assert last(evaluate(alone, NOW), "abnormal_moves_5d") is None


@pytest.mark.parametrize(("years", "expected"), [(0, 0), (6, 1000)])
def test_chinext_had_the_main_board_s_threshold_while_it_had_its_limit(bars, years, expected):
    """+8 % three days running, in 2026 and in January 2020."""
    path = [10.0] * 10 + [10.8, 11.66, 12.6]
    back = pl.col("trade_date", "known_at").dt.offset_by(f"-{years * 365}d")
    frames = {
        "stock_daily": bars(**{"300001_SZ": path}).with_columns(back),
        "index_daily": bars(**{"399006_SZ": [3000.0] * 13}).with_columns(back),
    }
    found = evaluate(frames, NOW).filter(metric="abnormal_moves_5d", entity="all")

    assert found.sort("observation_date")["value"].item(-1) == expected


def test_announced_and_computed_cases_are_compared(weekdays, bars):
    path = [10.0] * 27 + [10.8, 11.66, 12.6]
    frames = {
        "stock_daily": bars(**{"600001_SH": path}),
        "index_daily": bars(**{"000001_SH": [3000.0] * 30}),
        "announcement": said([
            *daily(weekdays), ("600001.SH", NOW, "abnormal_fluctuation"),
            ("600001.SH", weekdays(30)[-8], "abnormal_fluctuation"),
        ]),
    }  # fmt: skip

    assert last(evaluate(frames, NOW), "notices_per_move_20d") == 2
