"""Yields of government bonds in China and America, by maturity.

One page of Eastmoney's has both. In China's place stands ChinaBond's own curve, or Sina's closes;
in America's, Sina's closes. A day of America ends when it is the next day in Shanghai.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Figure,
    Publication,
    Reader,
    Request,
    Source,
)
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.calls import bond_yield_calls
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import PERCENT, Unit

MATURITIES = (2, 5, 10, 30)
CHINESE = {"CN": "中国", "US": "美国"}
CURVE = "中债国债收益率曲线"
CURVES = f"^({CURVE}|中债中短期票据收益率曲线|中债商业银行普通债收益率曲线)"  # ratings follow
FRIDAY = 5
LONGEST = timedelta(days=350)  # ChinaBond answers for less than a year


class GovernmentYield(Table):
    """Yields to maturity of government bonds per country and day of its bond market."""

    country = choice("Country", ["CN", "US"], key=True)
    yield_date = day("Day of the country's bond market", key=True)
    yield_2y = measure("Yield of two years", Unit.FRACTION, nullable=True, min=-0.02, max=0.2)
    yield_5y = measure("Yield of five years", Unit.FRACTION, nullable=True, min=-0.02, max=0.2)
    yield_10y = measure("Yield of ten years", Unit.FRACTION, min=-0.02, max=0.2)
    yield_30y = measure("Yield of thirty years", Unit.FRACTION, nullable=True, min=-0.02, max=0.2)

    @dy.rule()
    def yield_10y_is_near_the_others(cls) -> pl.Expr:
        """A country's yields lie within four percentage points; else columns were mixed up."""
        return pl.all_horizontal(
            ((pl.col(f"yield_{t}y") - pl.col("yield_10y")).abs() < 0.04).fill_null(value=True)
            for t in MATURITIES
        )


def on_a_working_day(call: Call) -> pl.Expr:
    """Days of the span wanted from Monday to Friday.

    China's banks work some Saturdays before holidays; nothing else is dated by such a day.
    """
    day = pl.col("yield_date")
    return (day >= min(call.days)) & (day.dt.weekday() <= FRIDAY)


def known(rows: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The rows of the span wanted that have the yield of ten years, if they are up to date."""
    wanted = rows.filter(on_a_working_day(call), pl.col("yield_10y").is_not_null())
    return up_to_date(wanted, "yield_date", max(call.days) - A_WEEK)


def read_eastmoney(country: str) -> Reader:
    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rates = {
            f"yield_{t}y": number(f"{CHINESE[country]}国债收益率{t}年", PERCENT) for t in MATURITIES
        }
        dated = {"country": pl.lit(country), "yield_date": published_day("日期")}
        return known(answer.select(**dated, **rates), call)

    return read


def chinabond_calls(request: Request) -> list[Call]:
    """Spans of less than a year."""
    calls, start = [], request.first
    while start <= request.last:
        end = min(start + LONGEST, request.last)
        days: tuple[date, ...] = tuple(d for d in request.days if start <= d <= end)
        dates = {"start_date": f"{start:%Y%m%d}", "end_date": f"{end:%Y%m%d}"}
        calls += [Call("bond_china_yield", dates, days)] if days else []
        start = end + timedelta(days=1)
    return calls


def read_chinabond(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The government's curve among those of banks and notes; it has no point at two years."""
    rates = {f"yield_{t}y": number(f"{t}年", PERCENT) for t in MATURITIES[1:]}
    curve = answer.filter(pl.col("曲线名称").cast(pl.String) == CURVE)
    dated = {"country": pl.lit("CN"), "yield_date": published_day("日期")}
    return known(curve.select(**dated, yield_2y=pl.lit(None, pl.Float64), **rates), call)


def sina_calls(country: str) -> Asker:
    """One page per maturity, with its whole history."""
    function = {"CN": "bond_gb_zh_sina", "US": "bond_gb_us_sina"}[country]
    return lambda request: [
        Call(function, {"symbol": f"{CHINESE[country]}{t}年期国债"}, request.days, f"{country} {t}")
        for t in MATURITIES
    ]


def read_sina(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    country, maturity = call.label.split()
    rows = answer.select(
        country=pl.lit(country),
        yield_date=published_day("date"),
        **{f"yield_{maturity}y": number("close", PERCENT)},
    ).filter(on_a_working_day(call))
    return up_to_date(rows.drop_nulls(), "yield_date", max(call.days) - A_WEEK)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """The maturities of a day in one row; days without the yield of ten years have none."""
    if "yield_10y" not in rows.columns:
        return rows.clear()
    joined = rows.group_by("country", "yield_date", maintain_order=True).agg(
        pl.all().drop_nulls().first()
    )
    return joined.filter(pl.col("yield_10y").is_not_null())


def eastmoney(country: str) -> Source:
    columns = frozenset({"日期", *(f"{CHINESE[country]}国债收益率{t}年" for t in MATURITIES)})
    return Source(
        "Eastmoney datacenter",
        "datacenter.eastmoney.com",
        columns,
        bond_yield_calls,
        read_eastmoney(country),
    )


def sina(country: str) -> Source:
    return Source(
        "Sina",
        "bond.finance.sina.com.cn",
        frozenset({"date", "close"}),
        sina_calls(country),
        read_sina,
        combine,
        whole=True,
    )


CHINABOND = Source(
    "ChinaBond",
    "yield.chinabond.com.cn",
    frozenset({"曲线名称", "日期", "5年", "10年", "30年"}),
    chinabond_calls,
    read_chinabond,
    vocabulary={"曲线名称": CURVES},
)

DATASET = Dataset(
    name="government_yield",
    label="Government bond yields",
    grain="one row per country and day",
    contract=GovernmentYield,
    publication=Publication("yield_date", time(8, 0), days_later=1),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(
        Chain("CN", (eastmoney("CN"), CHINABOND, sina("CN"))),
        Chain("US", (eastmoney("US"), sina("US"))),
    ),
    figures=(
        Figure("yield_10y", near=10, typical=(0.002, 0.12)),
        Figure("yield_30y", near=5, typical=(0.002, 0.12)),
        Figure("yield_5y", near=20, typical=(0.001, 0.12)),
        Figure("yield_2y", near=50, typical=(0.0008, 0.12)),
    ),
)
