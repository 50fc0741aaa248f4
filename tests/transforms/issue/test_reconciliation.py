"""What two hosts say of one figure: compared where both speak, never with itself."""

from datetime import date

import polars as pl
import pytest

from tests.drawn.minutes import AUCTION, minute_bars
from transforms.issue.reconciliation import COMPARED, RECONCILIATIONS, reconcile

TODAY = date(2026, 1, 13)


@pytest.fixture
def frames(table) -> dict[str, pl.DataFrame]:
    """Two days of a market of four shares, and what other hosts say of it."""
    return prices(table) | margin(table) | shares(table) | minutes()


def prices(table) -> dict[str, pl.DataFrame]:
    """Closes of indices and shares, and turnover."""
    return {
        "index_daily": table("""
            code      | trade_date | close  | source
            000001.SH | 2026-01-12 | 4165.0 | Sina
            000001.SH | 2026-01-13 | 4138.0 | Sina
            000688.SH | 2026-01-13 | 1500.0 | Tencent
        """),
        "index_close_check": table("""
            code      | trade_date | close  | source
            000001.SH | 2026-01-12 | 4165.0 | Tencent
            000001.SH | 2026-01-13 | 4150.0 | Tencent
            000688.SH | 2026-01-13 | 1500.0 | Tencent
        """),
        "market_turnover": table("""
            exchange | trade_date | amount_cny | source
            SSE      | 2026-01-12 | 300.0      | SSE
            SSE      | 2026-01-13 | 400.0      | SSE
        """),
        "stock_daily": table("""
            code      | trade_date | close | previous_close | amount_cny | source
            600000.SH | 2026-01-12 | 10.0  | 10.0           | 100.0      | Sina
            600001.SH | 2026-01-12 | 10.0  | 10.0           | 199.0      | Sina
            600000.SH | 2026-01-13 | 11.0  | 10.0           | 399.0      | Sina
            000001.SZ | 2026-01-12 | 10.0  | .              | 1.0        | Sina
            000001.SZ | 2026-01-13 | 9.0   | .              | 1.0        | Sina
            000002.SZ | 2026-01-12 | 10.0  | .              | 1.0        | Sina
            000002.SZ | 2026-01-13 | 10.0  | .              | 1.0        | Sina
        """),
    }


def margin(table) -> dict[str, pl.DataFrame]:
    """Margin loans of the market and of its exchanges."""
    return {
        "margin_market": table("""
            trade_date | financing_balance_cny | source
            2026-01-09 | 1000.0                | SSE + SZSE + BSE
            2026-01-12 | 1000.0                | Eastmoney
            2026-01-13 | 1000.0                | Eastmoney
        """),
        "margin_exchange": table("""
            exchange | trade_date | financing_balance_cny | source
            SSE      | 2026-01-09 | 900.0                 | SSE
            SZSE     | 2026-01-09 | 400.0                 | SZSE
            BSE      | 2026-01-09 | 1.0                   | BSE
            SSE      | 2026-01-12 | 501.0                 | SSE
            SZSE     | 2026-01-12 | 498.0                 | SZSE
            BSE      | 2026-01-12 | 2.0                   | BSE
            SSE      | 2026-01-13 | 501.0                 | SSE
            SZSE     | 2026-01-13 | 498.0                 | SZSE
        """),
    }


def minutes() -> dict[str, pl.DataFrame]:
    """One share by the minute; on the first of its days the afternoon is missing."""
    days = [date(2026, 1, 12), TODAY]
    drawn = minute_bars(1, ["600000.SH"], days)
    morning = (pl.col("trade_date") == TODAY) | (pl.col("minute") < 700)
    traded = pl.when(pl.col("minute") == AUCTION).then(0.0).otherwise(399.0 / 1.01 / 240)
    return {"stock_minute": drawn.filter(morning).with_columns(amount_cny=traded)}


def shares(table) -> dict[str, pl.DataFrame]:
    """The list of shares, and how many of them rose."""
    return {
        "security": table("""
            code      | valid_from | source
            600000.SH | 2001-01-02 | SSE
            600001.SH | 2001-01-02 | SSE
            000001.SZ | 2001-01-02 | SZSE
            000002.SZ | 2001-01-02 | SZSE
        """),
        "market_activity": table("""
            trade_date | advancing | declining | unchanged | suspended | source
            2026-01-13 | 3         | 1         | 1         | 0         | legulegu
        """),
    }


def compared(frames: dict[str, pl.DataFrame], series: str) -> list[tuple[object, ...]]:
    found = reconcile(frames, TODAY).filter(pl.col("series") == series)
    return found.select("entity", "observation_date", "chosen", "other", "agrees").rows()


def test_a_close_that_another_host_gives_otherwise_is_a_difference(frames) -> None:
    """STAR 50 came from Tencent as a fallback: nobody is held against himself."""
    assert compared(frames, "index_close") == [
        ("000001.SH", date(2026, 1, 12), 4165.0, 4165.0, True),
        ("000001.SH", TODAY, 4138.0, 4150.0, False),
    ]


def test_turnover_is_summed_only_on_days_with_nearly_all_shares(frames) -> None:
    """On the 13th one of Shanghai's two shares has no bar: its sum would be a false alarm."""
    assert compared(frames, "turnover") == [("SSE", date(2026, 1, 12), 300.0, 299.0, True)]


def test_margin_is_compared_on_days_on_which_all_three_exchanges_have_spoken(frames) -> None:
    """On the 13th Beijing is missing; on the 9th the market's figure was that very sum."""
    assert compared(frames, "margin_financing_balance") == [
        ("CN", date(2026, 1, 12), 1000.0, 1001.0, True)
    ]


def test_breadth_differs_by_share_points(frames) -> None:
    """One riser, one faller, one unchanged on the 13th: a half; others count three of four."""
    assert compared(frames, "breadth_up_share") == [("all", TODAY, 0.5, 0.75, False)]


def test_the_list_is_as_long_as_others_count(frames) -> None:
    assert compared(frames, "a_share_list_size") == [("all", TODAY, 4.0, 5.0, False)]


@pytest.mark.parametrize("absent", sorted({n for one in RECONCILIATIONS for n in one.reads}))
def test_without_a_source_its_series_are_left_out(frames, absent) -> None:
    series = {one.series for one in RECONCILIATIONS if absent not in one.reads}
    del frames[absent]
    assert set(reconcile(frames, TODAY)["series"]) == series


def test_nothing_later_than_the_day_and_nothing_old_is_compared(frames) -> None:
    assert (
        reconcile(frames, date(2026, 3, 31))
        .filter(~pl.col("series").str.contains("list"))
        .is_empty()
    )
    early = reconcile(frames, date(2026, 1, 12))
    assert early["observation_date"].max() == date(2026, 1, 12)


def test_no_data_no_rows() -> None:
    assert reconcile({}, TODAY).schema == COMPARED


@pytest.mark.parametrize(("other", "agrees"), [(4137.6, True), (4137.5, False), (4138.5, False)])
def test_a_close_below_ours_is_as_much_of_a_difference_as_one_above(frames, other, agrees) -> None:
    """One part in ten thousand of 4138 is 0.41, either way."""
    other_host = pl.when(pl.col("code") == "000001.SH").then(pl.lit(other)).otherwise("close")
    frames["index_close_check"] = frames["index_close_check"].with_columns(close=other_host)

    found = reconcile(frames, TODAY).filter(series="index_close", observation_date=TODAY)
    assert found.filter(entity="000001.SH")["agrees"].to_list() == [agrees]


@pytest.mark.parametrize(("shares", "compared_days"), [(89, []), (90, [TODAY])])
def test_a_day_that_lacks_shares_is_not_summed_up(frames, shares, compared_days) -> None:
    """Of a hundred shares of the day before, so many have a bar; the day before has no total."""
    days = [(date(2026, 1, 12), 100), (TODAY, shares)]
    bars = [(f"6{n:05d}.SH", day, 10.0, 1.0, "Sina") for day, count in days for n in range(count)]
    names = ["code", "trade_date", "close", "amount_cny", "source"]
    frames["stock_daily"] = pl.DataFrame(bars, schema=names, orient="row").with_columns(
        previous_close=10.0, known_at=pl.col("trade_date").cast(pl.Datetime("us"))
    )
    frames["market_turnover"] = frames["market_turnover"].filter(trade_date=TODAY)

    found = reconcile(frames, TODAY).filter(series="turnover")
    assert found["observation_date"].to_list() == compared_days


def test_a_share_is_held_against_the_sum_of_its_minutes_on_whole_days(frames):
    found = reconcile(frames, TODAY).filter(pl.col("series") == "minute_turnover").to_dicts()
    assert [(one["entity"], one["observation_date"]) for one in found] == [("600000.SH", TODAY)]
    assert found[0]["difference"] == pytest.approx(1 / 1.01 - 1)
    assert found[0]["agrees"]
    assert found[0]["other_source"] == "sum of stock_minute"
    doubled = frames["stock_minute"].with_columns(pl.col("amount_cny") * 100)
    slipped = reconcile(frames | {"stock_minute": doubled}, TODAY)
    assert not slipped.filter(pl.col("series") == "minute_turnover")["agrees"].any()
