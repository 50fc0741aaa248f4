"""Specs of who comes late: funds, borrowers, accounts, money across the border."""

from datetime import date

import polars as pl
import pytest


def known(frame: pl.DataFrame, day: str = "trade_date") -> pl.DataFrame:
    return frame.with_columns(known_at=pl.col(day).cast(pl.Datetime("us")))


def fund(days: list[date], shares: list[float], prices: list[float]) -> dict[str, pl.DataFrame]:
    code = pl.lit("588000.SH").alias("code")
    return {
        "fund_share": known(
            pl.DataFrame({"trade_date": days, "fund_shares": shares}).with_columns(code)
        ),
        "fund_daily": known(pl.DataFrame({"trade_date": days, "close": prices}).with_columns(code)),
    }


def test_new_shares_of_a_fund_are_money_that_came_in(weekdays, measure):
    days = weekdays(21)
    frames = fund(days, [100.0] * 20 + [130.0], [2.0] * 21)
    found = measure("etf_inflow_20d_cny", by="entity", **frames)

    assert found == {"588000.SH": pytest.approx(60.0), "technology": pytest.approx(60.0)}


def test_the_funds_together_say_nothing_on_a_day_that_one_of_them_lacks(weekdays, measure):
    """The second fund's shares come a day late: its 70 yuan would seem not to have come."""
    days = weekdays(22)
    first = fund(days, [100.0 + at for at in range(22)], [1.0] * 22)
    second = fund(days[:-1], [100.0 + 7 * at for at in range(21)], [1.0] * 21)
    renamed = {name: rows.with_columns(code=pl.lit("159995.SZ")) for name, rows in second.items()}
    frames = {name: pl.concat([rows, renamed[name]]) for name, rows in first.items()}
    found = measure("etf_inflow_20d_cny", **frames)
    both = measure("etf_inflow_20d_cny", by="entity", **frames)

    assert both["technology"] == pytest.approx(20 * (1 + 7))
    assert str(days[-1]) in found, "the first fund's own"
    assert both["588000.SH"] == pytest.approx(20.0)


def test_a_split_brings_no_money(weekdays, measure):
    """Twice the shares at half the price; the day drops out, the window takes one more."""
    days = weekdays(22)
    shares = [100.0] * 10 + [200.0] * 11 + [220.0]
    prices = [2.0] * 10 + [1.0] * 12
    found = measure("etf_inflow_20d_cny", by="entity", **fund(days, shares, prices))

    assert found["588000.SH"] == pytest.approx(20.0)


@pytest.mark.parametrize(("price", "came"), [(1.25, 12.5), (0.75, 7.5), (1.26, 0.0), (0.74, 0.0)])
def test_a_step_of_a_quarter_is_still_a_price_and_a_larger_one_a_split(
    weekdays, measure, price, came
):
    days = weekdays(22)
    frames = fund(days, [100.0] * 10 + [110.0] * 12, [1.0] * 10 + [price] * 12)

    found = measure("etf_inflow_20d_cny", by="entity", **frames)
    assert found["588000.SH"] == pytest.approx(came)


def test_a_day_without_a_price_has_no_inflow_of_its_own(weekdays, measure):
    days = weekdays(23)
    frames = fund(days, [100.0 + at for at in range(23)], [1.0] * 23)
    frames["fund_daily"] = frames["fund_daily"].filter(pl.col("trade_date") != days[5])
    found = measure("etf_inflow_20d_cny", by="entity", **frames)

    assert found["588000.SH"] == pytest.approx(20 + 1)  # one step spans the day


def test_borrowers(weekdays, measure):
    days = weekdays(61)
    frame = known(
        pl.DataFrame(
            {
                "trade_date": days,
                "individual_investors": [100.0] * 60 + [112.0],
                "trading_investors": [10.0] * 60 + [28.0],
                "indebted_investors": [20.0] * 61,
                "maintenance_ratio": [2.6] * 60 + [None],
            }
        )
    )
    last = "2026-01-13"

    assert measure("margin_investors_growth_60d", margin_account=frame) == {
        last: pytest.approx(0.12)
    }
    assert measure("margin_active_share", margin_account=frame)[last] == 0.25
    assert last not in measure("margin_maintenance_ratio", margin_account=frame)


def test_new_investors_are_dated_on_the_last_day_of_their_month(measure):
    frame = known(pl.DataFrame({"month": [date(2023, 8, 1)], "new_investors": [997_000]}), "month")

    assert measure("new_investors", investor_account=frame) == {"2023-08-31": 997_000}


def test_large_orders(weekdays, measure):
    shares = [0.0] * 10 + [-0.1] * 10
    frame = known(pl.DataFrame({"trade_date": weekdays(20), "main_net_share": shares}))

    assert measure("large_order_share_20d", market_fund_flow=frame) == {
        "2026-01-13": pytest.approx(-0.05)
    }


def test_money_across_the_border_is_not_carried_on_where_it_is_no_longer_published(
    weekdays, measure
):
    days = weekdays(25)
    south = {"direction": "southbound", "net_buy_hkd": 2.0, "net_buy_cny": None}
    north = {"direction": "northbound", "net_buy_hkd": None, "net_buy_cny": 3.0}
    silent = north | {"net_buy_cny": None}
    rows = [{"trade_date": day} | south for day in days]
    rows += [{"trade_date": day} | (north if day <= days[20] else silent) for day in days]
    typed = {"net_buy_hkd": pl.Float64, "net_buy_cny": pl.Float64}
    frame = known(pl.DataFrame(rows, schema_overrides=typed))
    southbound = measure("southbound_net_20d_hkd", stock_connect=frame)
    northbound = measure("northbound_net_20d_cny", stock_connect=frame)

    assert southbound["2026-01-13"] == pytest.approx(40.0)
    assert northbound[str(days[20])] == pytest.approx(60.0)
    assert max(northbound) == str(days[20])
