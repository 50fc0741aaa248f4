"""Market value of all shares over the year's output, the «Buffett index».

Legulegu dates a row by the moment of midnight, and akshare takes the date of that moment in
Greenwich: the days may all be one too early. Their weekdays tell: shares trade from Monday to
Friday, and shifted ones would from Sunday to Thursday.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import (
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, day, measure
from warehouse.errors import UnknownFormat
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.quarterly_gdp import cumulated
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, only
from warehouse.units import YI, Unit

FRIDAY, SUNDAY = 5, 7


class BuffettIndex(Table):
    """Market value of the shares in Shanghai and Shenzhen beside the output of the year before."""

    trade_date = day("Trading day", key=True)
    market_value_cny = measure("Value of all shares at their closes", Unit.CNY, min=1e11, max=5e14)
    gdp_cny = measure(
        "Gross domestic product of the newest full year", Unit.CNY, min=5e11, max=5e14
    )
    ratio_percentile_10y = measure(
        "Share of the last ten years' days with a lower ratio, as the publisher says",
        Unit.FRACTION,
        nullable=True,
        min=0,
        max=1,
    )

    @dy.rule()
    def market_value_cny_is_of_the_size_of_gdp(cls) -> pl.Expr:
        """Shares are worth between a tenth of a year's output and three times as much; outside,
        somebody mixed up 元 with 亿元.
        """
        return (pl.col("market_value_cny") / pl.col("gdp_cny")).is_between(0.1, 3)


def ask(request: Request) -> list[Call]:
    return [Call("stock_buffett_index_lg", days=request.days)]


def trading_days(dates: pl.Series) -> pl.Series:
    """The dates, moved on by a day if they are all one too early.

    Raises UnknownFormat where the weekdays do not tell.
    """
    weekdays = set(dates.dt.weekday())
    if SUNDAY in weekdays and FRIDAY not in weekdays:
        return dates.dt.offset_by("1d")
    if FRIDAY in weekdays and SUNDAY not in weekdays:
        return dates
    raise UnknownFormat(f"weekdays {sorted(weekdays)} do not tell whether dates are a day early")


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The publisher may leave the percentile out."""
    rank = "近十年分位数"
    percentile = number(rank) if rank in answer.columns else pl.lit(None, pl.Float64)
    rows = answer.select(
        trade_date=published_day("日期"),
        market_value_cny=number("总市值", YI),
        gdp_cny=number("GDP", YI),
        ratio_percentile_10y=percentile,
    ).with_columns(pl.col("trade_date").map_batches(trading_days, pl.Date()))
    return up_to_date(rows, "trade_date", max(call.days) - A_WEEK)


def ask_parts(request: Request) -> list[Call]:
    """Both exchanges' tables of the newest day, and the output of all quarters."""
    newest = request.last
    day = {"date": f"{newest:%Y%m%d}"}
    exchanges = ("stock_sse_deal_daily", "stock_szse_summary")
    tables = [Call(function, day, (newest,)) for function in exchanges]
    return [*tables, Call("macro_china_gdp", days=(newest,))]


def read_part(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Of an exchange its value, of the statisticians the output of the newest full year."""
    newest: date = call.days[0]
    if call.function == "macro_china_gdp":
        years = cumulated(answer).filter(pl.col("quarter").dt.month() == 10)
        before = years.filter(pl.col("quarter").dt.year() < newest.year)
        return before.sort("quarter").tail(1).select(trade_date=pl.lit(newest), gdp_cny="gdp_cny")
    if call.function == "stock_sse_deal_daily":
        value = only(answer, "单日情况", "市价总值").select(number("股票", YI)).item()
    else:
        value = only(answer, "证券类别", "股票").select(number("总市值")).item()
    row = {"trade_date": newest, "part": call.function, "market_value_cny": value}
    return pl.DataFrame(row, schema_overrides={"market_value_cny": pl.Float64})


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """The sum of both exchanges beside the output, if all three have published."""
    if not {"market_value_cny", "gdp_cny"}.issubset(rows.columns):
        return rows.clear()
    exchanges = rows.filter(pl.col("market_value_cny").is_not_null())
    output = rows.filter(pl.col("gdp_cny").is_not_null()).select("trade_date", "gdp_cny")
    value = exchanges.group_by("trade_date").agg(
        pl.col("market_value_cny").sum(), parts=pl.col("part").n_unique()
    )
    return value.filter(pl.col("parts") == 2).drop("parts").join(output, on="trade_date")


PLAUSIBILITY = Plausibility(level="market_value_cny", steady=True)
LEGULEGU = Source(
    "legulegu",
    "legulegu.com",
    frozenset({"日期", "总市值", "GDP"}),
    ask,
    read,
    plausibility=PLAUSIBILITY,
)
ADDED = Source(
    "SSE + SZSE, Eastmoney", "query.sse.com.cn", frozenset(), ask_parts, read_part, combine,
    whole=True, plausibility=Plausibility(level="market_value_cny"),
)  # fmt: skip

DATASET = Dataset(
    name="buffett_index",
    label="Market value to GDP",
    grain="one row per trading day",
    contract=BuffettIndex,
    publication=Publication("trade_date", time(18, 0)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("A-shares", (LEGULEGU, ADDED)),),
    trading_day="trade_date",
    figures=(
        Figure("market_value_cny", near=2, typical=(1e12, 4e14)),
        Figure("gdp_cny", near=2, typical=(5e12, 4e14)),
        Figure("ratio_percentile_10y", typical=(0.02, 1)),
    ),
)
