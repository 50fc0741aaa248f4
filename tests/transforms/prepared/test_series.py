"""The frames that several metrics share."""

import math

from transforms.engine.metric import preparations

SERIES = preparations()["series_bars"].compute


def test_series_bars_hold_indices_sectors_and_boards_of_each_publisher(table):
    board = """
        board    | publisher | trade_date | close | high | amount_cny
        人工智能 | THS       | 2026-01-06 | 11    | 12   | 5e8
        人工智能 | THS       | 2026-01-05 | 10    | 12   | 5e8
        人工智能 | Eastmoney | 2026-01-05 | 900   | 950  | 6e8
        """
    index = "code | trade_date | close\n000300.SH | 2026-01-05 | 4000"
    sector = "code | trade_date | close\n801080.SW | 2026-01-05 | 5000"
    found = SERIES(table(index), table(sector), table(board))

    assert found.select("entity", "kind", "close", "amount_cny").rows() == [
        ("000300.SH", "index", 4000.0, None),
        ("801080.SW", "sector", 5000.0, None),
        ("人工智能 (Eastmoney)", "board", 900.0, 6e8),
        ("人工智能 (THS)", "board", 10.0, 5e8),
        ("人工智能 (THS)", "board", 11.0, 5e8),
    ]


def test_a_close_that_is_no_price_is_a_day_without_a_bar(bars):
    path = [10.0, math.nan, 0.0, -1.0, math.inf, 11.0]

    assert SERIES(bars(**{"000300_SH": path}), None, None)["close"].to_list() == [10.0, 11.0]
