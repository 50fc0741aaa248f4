"""The simulated market's money: turnover by exchange, margin balances, share issues."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.sandbox.market.companies import REAL_NUMBER
from flows.sandbox.market.prices import Simulation
from flows.sandbox.market.script import Script
from flows.sandbox.market.story import HONG_KONG_LISTINGS
from flows.sandbox.market.trading_days import Days, trading_days

HONG_KONG_SEED = 852
BSE_MARGIN_SINCE = np.datetime64("2023-02-13")


def turnover(simulation: Simulation) -> pl.DataFrame:
    """Totals of the stocks: exchange, board, trade_date, amount_cny, volume_shares, stocks,
    market_value_cny, float_value_cny; suspended ones count with their last price.
    """
    rows = simulation.companies.with_row_index("row")
    boards = rows.group_by("exchange", "board").agg("row").sort("exchange", "board")
    frames = [
        _totals(simulation, np.array(members)).select(
            pl.lit(exchange).alias("exchange"), pl.lit(board).alias("board"), pl.all()
        )
        for exchange, board, members in boards.iter_rows()
    ]
    return pl.concat(frames)


def _totals(simulation: Simulation, members: NDArray[np.int64]) -> pl.DataFrame:
    """The totals of some companies on every day on which one of them is listed."""
    companies, tape, ground = simulation.companies, simulation.tape, simulation.ground
    number = np.arange(len(simulation.days))[:, None]
    listed = ground.listed_on[members] <= number
    price = np.where(listed, tape.last[:, members], 0.0)
    frame = pl.DataFrame(
        {
            "trade_date": pl.Series(simulation.days).cast(pl.Date),
            "amount_cny": np.nansum(tape.amount[:, members], axis=1),
            "volume_shares": np.nansum(tape.volume[:, members], axis=1),
            "stocks": listed.sum(axis=1),
            "market_value_cny": price @ companies["shares"].to_numpy()[members],
            "float_value_cny": price @ companies["float_shares"].to_numpy()[members],
        }
    )
    return frame.filter(pl.col("stocks") > 0)


def margin(script: Script, first: np.datetime64, last: np.datetime64, seed: int) -> pl.DataFrame:
    """One row per exchange and day, whole CNY and shares: exchange, trade_date,
    financing_balance_cny, financing_purchases_cny, securities_lending_balance_cny,
    securities_lending_shares, securities_lending_sold_shares.
    """
    days = script.days
    rng = np.random.default_rng([seed, 5])
    total = np.rint(np.exp(script.financing_path))
    bought = np.rint(np.exp(script.turnover_path) * 0.105 * rng.uniform(0.93, 1.07, len(days)))
    lent = np.rint(total * 0.0064 * rng.uniform(0.98, 1.02, len(days)))
    share = {"SSE": 0.508 + 0.002 * rng.standard_normal(len(days)).cumsum() / np.sqrt(len(days))}
    share["BSE"] = np.where(days >= BSE_MARGIN_SINCE, 0.0031, 0.0)
    share["SZSE"] = 1.0 - share["SSE"] - share["BSE"]
    keep = (days >= first) & (days <= last)
    frames = []
    for exchange, part in share.items():
        lending = np.rint(lent * part)
        frame = pl.DataFrame(
            {
                "exchange": exchange,
                "trade_date": pl.Series(days).cast(pl.Date),
                "financing_balance_cny": np.rint(total * part),
                "financing_purchases_cny": np.rint(bought * part),
                "securities_lending_balance_cny": lending,
                "securities_lending_shares": np.rint(lending / 11.0),
                "securities_lending_sold_shares": np.rint(lending / 150.0),
            }
        )
        frames.append(frame.filter(pl.Series(keep), pl.col("financing_balance_cny") > 0))
    return pl.concat(frames).sort("exchange", "trade_date")


def mainland_issues(simulation: Simulation) -> pl.DataFrame:
    """Companies that listed on `days`: code, symbol, name, board, exchange, apply_date,
    listing_date, offer_price_cny, issue_shares, proceeds_cny, first_day_close_cny.
    """
    companies, days = simulation.companies, simulation.days
    rng = np.random.default_rng([simulation.seed, 6])
    stands_for = max(1.0, REAL_NUMBER / len(companies))  # one issue is one, in any market
    part = rng.uniform(0.1, 0.25, len(companies)) / stands_for
    issued = companies.with_columns(
        issue_shares=(pl.col("shares") * pl.Series(part) / 1e4).round() * 1e4,
        row=pl.int_range(pl.len()),
    ).filter(pl.col("newcomer"), pl.col("listing_date").is_between(days[0].item(), days[-1].item()))
    on = np.searchsorted(days, issued["listing_date"].to_numpy().astype("datetime64[D]"))
    calendar = trading_days()
    applied = calendar[np.searchsorted(calendar, days[on]) - 7]
    return issued.select(
        "code", "symbol", "name", "board", "exchange", "listing_date", "issue_shares",
        apply_date=pl.Series(applied).cast(pl.Date),
        offer_price_cny="price",
        proceeds_cny=pl.col("price") * pl.col("issue_shares"),
        first_day_close_cny=pl.Series(simulation.tape.close[on, issued["row"].to_numpy()]).fill_nan(None),
    ).sort("listing_date", "code")  # fmt: skip


def hong_kong_issues() -> pl.DataFrame:
    """The story's listings in Hong Kong: code, name, english, listing_date, offer_price_hkd,
    issue_shares, funds_raised_hkd, first_day_close_hkd, first_day_return, industry.
    """
    story = pl.DataFrame(HONG_KONG_LISTINGS, orient="row")
    frame = pl.concat([story, _background_listings(story.schema)])
    first_close = (pl.col("price") * (1 + pl.col("first_day"))).round(2)
    shares = pl.col("million_shares") * 1e6
    return frame.select(
        pl.col("code") + ".HK",
        "name",
        "english",
        listing_date="listed",
        offer_price_hkd="price",
        issue_shares=shares,
        funds_raised_hkd=pl.col("price") * shares,
        first_day_close_hkd=first_close,
        first_day_return=first_close / pl.col("price") - 1,
        industry="business",
    ).sort("listing_date", "code")


def _background_listings(schema: pl.Schema) -> pl.DataFrame:
    """A year and a half of ordinary listings, one every third trading day, before the story's
    wave; without them the wave would have no history to stand out from.
    """
    rng = np.random.default_rng(HONG_KONG_SEED)
    days = trading_days()
    listed = days[(days >= np.datetime64("2024-07-02")) & (days < np.datetime64("2025-12-20"))][::3]
    industries = ["化学制药", "软件服务", "食品", "半导体", "专用机械", "互联网", "汽车配件"]
    rows = [
        {
            "code": f"{7001 + n:05}",
            "name": f"模拟港股{n + 1:03}",
            "english": f"SIM-HK-{n + 1:03}",
            "listed": day.item(),
            "price": round(float(rng.uniform(3, 60)), 2),
            "million_shares": round(float(rng.lognormal(3.4, 0.8)), 1),
            "first_day": round(float(rng.normal(0.08, 0.22)), 3),
            "business": industries[int(rng.integers(len(industries)))],
        }
        for n, day in enumerate(listed)
    ]
    return pl.DataFrame(rows, schema=schema)


def hong_kong_bars(issues: pl.DataFrame, days: Days, seed: int) -> pl.DataFrame:
    """Daily bars of those listings: code, trade_date, open, high, low, close (HKD),
    volume_shares, amount_hkd.
    """
    frames = [_hong_kong_stock(row, days, seed) for row in issues.iter_rows(named=True)]
    return pl.concat(frames).sort("code", "trade_date")


def _hong_kong_stock(row: dict[str, object], days: Days, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng([seed, 7, int(str(row["code"])[:5])])
    calendar = trading_days()
    since = calendar[calendar >= np.datetime64(str(row["listing_date"]))]
    luck = rng.standard_normal((4, len(since)))
    first = float(str(row["first_day_close_hkd"]))
    close = np.round(first * np.exp(np.cumsum(0.03 * luck[0]) - 0.03 * luck[0, 0]), 2)
    last = np.concatenate([[float(str(row["offer_price_hkd"]))], close[:-1]])
    open_ = np.round(last + 0.5 * (close - last) * (1 + 0.2 * luck[1]), 2)
    high = np.round(np.maximum(open_, close) * (1 + 0.012 * np.abs(luck[2])), 2)
    low = np.round(np.minimum(open_, close) * (1 - 0.012 * np.abs(luck[3])), 2)
    fading = 0.02 + 0.5 * np.exp(-np.arange(len(since)) / 2.0)
    volume = np.rint(float(str(row["issue_shares"])) * fading / 100.0) * 100.0
    bars = {"open": open_, "high": high, "low": low, "close": close, "volume_shares": volume}
    frame = pl.DataFrame(
        {"code": row["code"], "trade_date": pl.Series(since).cast(pl.Date), **bars}
    )
    money = (pl.col("volume_shares") * (pl.col("high") + pl.col("low")) / 2).round()
    return frame.with_columns(amount_hkd=money).filter(pl.col("trade_date") <= days[-1].item())
