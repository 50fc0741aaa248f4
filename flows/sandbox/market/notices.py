"""All announcements of a day: the warnings in `events` among the routine of a listed company."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from flows.sandbox.market.market import Market
from flows.sandbox.market.trading_days import trading_days

ROUTINE = (
    "关于召开2026年第一次临时股东大会的通知",
    "第五届董事会第十二次会议决议公告",
    "关于使用闲置自有资金进行现金管理的进展公告",
    "关于控股股东部分股份质押的公告",
    "关于获得政府补助的公告",
    "2025年年度业绩预告",
    "关于发行股份摊薄即期回报的风险提示及填补措施的公告",
)
BOND = "关于可转换公司债券交易异常波动的公告"  # about another security than the share
WORKDAY, WEEKEND = 0.18, 0.03  # routine announcements of a company on a day
COLUMNS = ("code", "name", "title", "published_at", "announcement_date", "security")


def announcements(market: Market, first: date, last: date) -> pl.DataFrame:
    """Announcements of these dates, newest first.

    Columns: number, code, name, title, security («A», or «B» for those about something else),
    announcement_date, published_at.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    warnings = market.events.warnings.filter(pl.col("announcement_date").is_in(days))
    frames = [warnings.with_columns(security=pl.lit("A")).select(COLUMNS)]
    frames += [_routine(market, day) for day in days]
    announced = pl.concat(frames).sort("published_at", "code", "title", descending=True)
    count = pl.int_range(pl.len()).over("announcement_date")
    stamp = pl.col("announcement_date").dt.to_string("%Y%m%d")
    return announced.with_columns(number=stamp + count.cast(pl.String).str.zfill(6))


def _routine(market: Market, day: date) -> pl.DataFrame:
    """Routine announcements of a date; on a trading day one comes out in the morning."""
    rng = np.random.default_rng([market.parameters.seed, 33, day.toordinal()])
    listed = market.companies.filter(pl.col("listing_date") <= day)
    session = np.datetime64(day) in trading_days()
    number = 1 + rng.binomial(len(listed), WORKDAY if session else WEEKEND)
    who = rng.choice(len(listed), size=number, replace=False)
    morning = session & (rng.random(number) < 0.15)
    morning[0] |= session
    hours = np.where(morning, rng.uniform(7.1, 8.6, number), rng.uniform(-7.5, -3.0, number))
    seconds = pl.Series(np.rint(hours * 3600).astype(np.int64))
    chosen = listed[who].select("code", "name")
    titles = pl.Series("title", [ROUTINE[n] for n in rng.integers(0, len(ROUTINE), number)])
    bond = pl.Series(rng.random(number) < 0.05)
    return chosen.with_columns(
        title=pl.when(bond).then(pl.lit(BOND)).otherwise(titles),
        published_at=pl.lit(datetime.combine(day, time())).cast(pl.Datetime("ms"))
        + pl.duration(seconds=pl.lit(seconds)),
        announcement_date=pl.lit(day),
        security=pl.when(bond).then(pl.lit("B")).otherwise(pl.lit("A")),
    ).select(COLUMNS)
