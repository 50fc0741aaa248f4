"""Technology against CSI 300."""

import pytest

from transforms.engine.metric import preparations


def test_the_ratio_is_taken_on_common_days_and_for_technology_only(table, measure):
    index = """
        code      | trade_date | close
        000300.SH | 2026-01-12 | 4000
        000300.SH | 2026-01-13 | 5000
        000688.SH | 2026-01-09 | 1000
        000688.SH | 2026-01-13 | 1000
        000905.SH | 2026-01-13 | 7000
        """
    board = "board | publisher | trade_date | close\n机器人 | THS | 2026-01-12 | 2000"
    found = measure(
        "relative_strength", by="entity", index_daily=table(index), board_daily=table(board)
    )

    assert found == {"000688.SH": 1000 / 5000, "机器人 (THS)": 2000 / 4000}


def test_the_distances_of_the_ratio_from_its_mean_and_its_high(bars, measure):
    broad = [100.0] * 729
    index = bars(**{"000300_SH": broad, "000688_SH": [200.0, *[100.0] * 727, 150.0]})
    mean = (199 * 1.0 + 1.5) / 200

    assert measure("relative_strength_vs_ma200", index_daily=index)["2026-01-13"] == pytest.approx(
        1.5 / mean - 1
    )
    assert measure("relative_strength_vs_3y_high", index_daily=index) == {
        "2026-01-13": pytest.approx(1.5 / 2 - 1)
    }


def test_what_comes_later_of_both_dates_the_ratio(table):
    bars = """
        entity    | kind  | observation_date | close | known_at
        000300.SH | index | 2026-01-12       | 4000  | 2026-01-12 08:00
        801080.SW | index | 2026-01-12       | 5000  | 2026-01-13 00:00
        """
    found = preparations()["relative_bars"].compute(table(bars))

    assert found["known_at"].to_list() == table(bars)["known_at"].tail(1).to_list()
