"""What foreign money costs: the central parity that is fixed every morning at 9:15.

Sina's page of the Bank of China is asked first: a span of days, every currency per 100 units, and
no file. The foreign exchange office, whose rate it is, hides its table behind a link of 2020, sends
the whole history each time, and quotes two thirds of the currencies the other way round; it stands
in. The two currencies kept are quoted per 100 units by both.
"""

from __future__ import annotations

from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

PER_HUNDRED = 0.01
# Currency → its name at Sina and at the foreign exchange office.
NAMES = {"USD": ("美元", "美元"), "HKD": ("港币", "港元")}
PLAUSIBILITY = {"USD": (4.0, 9.5), "HKD": (0.5, 1.3)}


class FxRate(Table):
    """Central parity of the yuan per currency and day."""

    currency = choice("Currency", list(NAMES), key=True)
    rate_date = day("Day on which the rate was fixed", key=True)
    cny_per_unit = measure("Yuan for one dollar", Unit.CNY_PER_UNIT, min=0.01, max=100)

    @dy.rule()
    def cny_per_unit_is_plausible(cls) -> pl.Expr:
        """A US dollar has cost 4 to 9.5 yuan, a Hong Kong dollar 0.5 to 1.3; outside, the quotation
        is for 100 units or the other way round.
        """
        rate, currency = pl.col("cny_per_unit"), pl.col("currency")
        return pl.any_horizontal(
            (currency == c) & rate.is_between(*bounds) for c, bounds in PLAUSIBILITY.items()
        )


def fixed(rows: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The rates of the trading days wanted: a bank's page repeats them on days off."""
    wanted = rows.filter(
        pl.col("rate_date").is_in(list(call.days)), pl.col("cny_per_unit").is_not_null()
    )
    return up_to_date(wanted, "rate_date", max(call.days) - A_WEEK)


def ask(request: Request) -> list[Call]:
    """A span of days per currency."""
    dates = {"start_date": f"{request.first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}
    return [
        Call("currency_boc_sina", {"symbol": names[0], **dates}, request.days, currency)
        for currency, names in NAMES.items()
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The central bank's rate among the prices of the Bank of China."""
    rows = answer.select(
        currency=pl.lit(call.label),
        rate_date=published_day("日期"),
        cny_per_unit=number("央行中间价", PER_HUNDRED),
    )
    return fixed(rows, call)


def ask_office(request: Request) -> list[Call]:
    return [Call("currency_boc_safe", days=request.days)]


def read_office(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The days wanted of the whole history; dollars per 100, never the inverse quotations."""
    rows = pl.concat(
        answer.select(
            currency=pl.lit(currency),
            rate_date=published_day("日期"),
            cny_per_unit=number(names[1], PER_HUNDRED),
        )
        for currency, names in NAMES.items()
    )
    return fixed(rows, call)


SINA = Source("Sina", "biz.finance.sina.com.cn", frozenset({"日期", "央行中间价"}), ask, read)
OFFICE = Source(
    "State Administration of Foreign Exchange",
    "www.safe.gov.cn",
    frozenset({"日期", *(office for _, office in NAMES.values())}),
    ask_office,
    read_office,
)

DATASET = Dataset(
    name="fx_rate",
    label="Exchange rates",
    grain="one row per currency and day",
    contract=FxRate,
    publication=Publication("rate_date", time(9, 15)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("parities", (SINA, OFFICE)),),
    figures=(Figure("cny_per_unit", near=1.5),),
)
