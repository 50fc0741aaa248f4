"""Shenwan's industry indices with what their publisher computes of them: valuation and crowding.

One table a day and level has close, price–earnings, price–book, turnover and the share of the whole
market's turnover, which is crowding ready-made. The indices' own histories have no valuation, are
whole in one answer, and fill what the tables do not give; both are on one host, which bans callers
for hours, so that a long back-fill asks the tables of the first level only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Bounds, Table, choice, day, measure, of_one_size, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day
from warehouse.readers.text import many, number
from warehouse.units import PERCENT, YI, Unit

FIRST, SECOND = "L1", "L2"
NAMES = {FIRST: "一级行业", SECOND: "二级行业"}
BEGUN = date(2022, 1, 4)  # the classification of 2021 took effect in December of that year
# Electronics, computers, communication, media, defence, machinery, electrical equipment.
TECH_FIRST = dict.fromkeys(
    ("801080.SW", "801750.SW", "801770.SW", "801760.SW", "801740.SW", "801890.SW", "801730.SW"),
    BEGUN,
)
# Semiconductors, components, software, computers, communication equipment, digital media, aircraft,
# special machinery.
TECH_SECOND = dict.fromkeys(
    ("801081.SW", "801083.SW", "801104.SW", "801101.SW", "801102.SW", "801767.SW", "801742.SW",
     "801074.SW"), BEGUN,
)  # fmt: skip
CHUNK = 20  # trading days that one call asks for: 13 pages of the first level
SHORT = 10  # trading days up to which the long table of the second level is asked for
LEVEL: Bounds = {"min": 10, "max": 1e6}


class SectorDaily(Table):
    """Shenwan's industry indices by day; a price index, dividends not reinvested."""

    code = text("Index code with .SW", key=True, pattern=r"^801\d{3}\.SW$")
    trade_date = day("Trading day", key=True)
    level = choice("Level of the classification: L1 industry, L2 part of one", [FIRST, SECOND])
    close = measure("Closing level", Unit.INDEX_POINTS, **LEVEL)
    open = measure("Opening level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    high = measure("Highest level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    low = measure("Lowest level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    pe = measure(
        "Price to earnings, losses included", Unit.RATIO, nullable=True, min=-5000, max=5000
    )
    pb = measure("Price to book value", Unit.RATIO, nullable=True, min=0, max=100)
    dividend_yield = measure("Dividends over price", Unit.FRACTION, nullable=True, min=0, max=0.3)
    turnover_rate = measure(
        "Shares traded over tradable shares", Unit.FRACTION, nullable=True, min=0, max=0.5
    )
    amount_share = measure(
        "Share of the value traded in all A-shares", Unit.FRACTION, nullable=True, min=0, max=0.9
    )
    float_value_cny = measure(
        "Value of the tradable shares", Unit.CNY, nullable=True, min=0, max=1e14
    )

    high_is_of_the_size_of_low = of_one_size("high", "low", 3, 0)

    @dy.rule()
    def low_to_high_holds_open_and_close(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high up to rounding, where they are published."""
        low, high = pl.col("low") * 0.9999 - 0.011, pl.col("high") * 1.0001 + 0.011
        return pl.all_horizontal(
            pl.col(c).is_between(low, high).fill_null(value=True) for c in ("open", "close")
        )

    @dy.rule()
    def float_value_cny_is_plausible(cls) -> pl.Expr:
        """An industry's tradable shares are worth nothing or at least a billion yuan."""
        value = pl.col("float_value_cny")
        return (value == 0) | (value >= 1e9)


def tables(level: str, most_days: int | None = None) -> Asker:
    """Calls for the table of a level, some days at a time; none if too many days are wanted."""

    def calls(request: Request) -> list[Call]:
        if most_days is not None and len(request.days) > most_days:
            return []
        return [
            Call(
                "index_analysis_daily_sw",
                {"symbol": NAMES[level], "start_date": f"{c[0]:%Y%m%d}", "end_date": f"{c[-1]:%Y%m%d}"},
                c,
                label=level,
            )
            for c in chunks(request.days)
        ]  # fmt: skip

    return calls


def chunks(days: tuple[date, ...]) -> Iterator[tuple[date, ...]]:
    for start in range(0, len(days), CHUNK):
        yield days[start : start + CHUNK]


def histories(request: Request) -> list[Call]:
    """One call per index, for its whole history."""
    return [
        Call(
            "index_hist_sw",
            {"symbol": code.removesuffix(".SW"), "period": "day"},
            request.days,
            code,
        )
        for code in request.codes
    ]


def read_table(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The rows of the days asked for, those of the first level on days that are there in full."""
    rows = answer.select(
        code=pl.col("指数代码").cast(pl.String).str.slice(0, 6) + ".SW",
        trade_date=published_day("发布日期"),
        level=pl.lit(call.label),
        close=number("收盘指数"),
        pe=number("市盈率"),
        pb=number("市净率"),
        dividend_yield=number("股息率", PERCENT),
        turnover_rate=number("换手率", PERCENT),
        amount_share=number("成交额占比", PERCENT),
        float_value_cny=number("流通市值", YI),
    ).filter(pl.col("trade_date").is_in(list(call.days)))
    return whole_days(rows) if call.label == FIRST else rows


def whole_days(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of days whose industries share out the whole market; where one cannot be read the
    others have no sum.

    On another day some of them are missing, or are of another day: nothing of it is dated, so it is
    left out and stays missing. Raises UnknownFormat where many days are such.
    """
    sums = rows.group_by("trade_date").agg(pl.col("amount_share").sum()).sort("trade_date")
    wrong = sums.filter(
        pl.col("amount_share").is_not_nan(), ~pl.col("amount_share").is_between(0.95, 1.05)
    )
    if many(wrong.height, sums.height):
        when, total = wrong.row(0)
        raise UnknownFormat(f"成交额占比 of the industries adds up to {total:.1%} on {when}")
    return rows.join(wrong, on="trade_date", how="anti", maintain_order="left")


def read_history(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    level = FIRST if call.label in TECH_FIRST else SECOND
    prices = {"open": "开盘", "high": "最高", "low": "最低", "close": "收盘"}
    rows = answer.select(
        code=pl.lit(call.label),
        trade_date=published_day("日期"),
        level=pl.lit(level),
        **{name: number(column) for name, column in prices.items()},
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


TABLE_COLUMNS = frozenset(
    {"指数代码", "发布日期", "收盘指数", "市盈率", "市净率", "股息率", "换手率", "成交额占比", "流通市值"}
)  # fmt: skip
HOST = "www.swsresearch.com"
PLAUSIBILITY = Plausibility(
    level="close", moves=True, still=0.5
)  # a stale table repeats all, a halt one


def chain(level: str, followed: Mapping[str, date], most_days: int | None = None) -> Chain:
    """The part of one level: its table, then the histories of the indices followed."""
    table = Source(
        "Shenwan",
        HOST,
        TABLE_COLUMNS,
        tables(level, most_days),
        read_table,
        plausibility=PLAUSIBILITY,
    )
    history = Source(
        "Shenwan history",
        HOST,
        frozenset({"日期", "收盘", "开盘", "最高", "最低"}),
        histories,
        read_history,
        plausibility=PLAUSIBILITY,
    )
    return Chain(level, (table, history), "code", followed)


DATASET = Dataset(
    name="sector_daily",
    label="Shenwan industries",
    grain="one row per industry index and trading day",
    contract=SectorDaily,
    publication=Publication("trade_date", time(8, 0), days_later=1),
    cadence=Daily(),
    chains=(chain(FIRST, TECH_FIRST), chain(SECOND, TECH_SECOND, SHORT)),
    trading_day="trade_date",
    figures=(
        Figure("close", near=3, typical=(200, 3e4)),
        Figure("pe", crowd=2, typical=(3, 300)),
        Figure("pb", near=5, typical=(0.3, 20)),
        Figure("dividend_yield", near=10, crowd=3, typical=(0.001, 0.08)),
        Figure("turnover_rate", near=50, crowd=6, typical=(0.001, 0.15)),
        Figure("amount_share", near=50, crowd=3, typical=(0.001, 0.3)),
        Figure("float_value_cny", near=30, crowd=2, typical=(5e9, 2e13)),
    ),
)
