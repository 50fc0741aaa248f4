"""Hurun's list of young companies worth a billion dollars or more, year by year.

How many there are, and how many of them in an industry, is counted out of these rows, per list and
year (view `mart.unicorn_list`); counts of other list makers are in `unicorn_count` and are never
put into one series with these. The list says no country: akshare drops that field.
"""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import FOUR_WEEKLY, Snapshot
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
from warehouse.contract import Table, count, day, measure, text
from warehouse.readers.text import count as published_count
from warehouse.readers.text import number, short_name
from warehouse.units import YI, Unit

LIST = "胡润全球独角兽榜"
FIRST_YEAR = 2019
OUT_BY_MONTH = 10  # lists came out between April and December; from October on it is asked for


class UnicornCompany(Table):
    """Companies on Hurun's Global Unicorn list, one row per company and year of the list."""

    list_name = text("The list", key=True)
    year = count("Year of the list", min=FIRST_YEAR, max=2100, key=True)
    company = text("Company, as the list names it", key=True)
    rank = count("Place on the list; equals share one", min=1, max=5000)
    industry = text("Industry in the list's words", nullable=True)
    value_cny = measure("Value, rounded as the list rounds it", Unit.CNY, min=5e9, max=1e13)
    published_on = day(
        "Day by which the list was out: the end of its year, or when we first saw it"
    )

    @dy.rule()
    def value_cny_is_a_billion_dollars(cls) -> pl.Expr:
        """A list in 亿元 has no company under 5 billion yuan;
        under it, it is in another currency.
        """
        return pl.col("value_cny") >= 5e9


def ask(request: Request) -> list[Call]:
    """The lists of the years of the days that are surely out."""
    now = request.now
    newest = now.year if now.month >= OUT_BY_MONTH else now.year - 1
    years = sorted({min(d.year, newest) for d in request.days})
    return [
        Call("hurun_rank", {"indicator": LIST, "year": str(y)}, (min(date(y, 12, 31), now.date()),), str(y))
        for y in years
        if y >= FIRST_YEAR
    ]  # fmt: skip


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    industry = pl.col("行业").cast(pl.String).str.strip_chars()
    return answer.select(
        list_name=pl.lit(LIST),
        year=pl.lit(int(call.label)),
        company=short_name("企业"),
        rank=published_count("排名"),
        industry=pl.when(industry != "None").then(industry),
        value_cny=number("财富", YI),
        published_on=pl.lit(call.days[0]),
    ).unique(["company"], maintain_order=True)


HURUN = Source(
    "Hurun",
    "www.hurun.net",
    frozenset({"排名", "财富", "企业", "行业"}),
    ask,
    read,
    plausibility=Plausibility(steady=True),
)

DATASET = Dataset(
    name="unicorn_company",
    label="Unicorns by name",
    grain="one row per list, year and company",
    contract=UnicornCompany,
    publication=Publication("published_on", time(12, 0)),
    cadence=Snapshot(FOUR_WEEKLY),
    chains=(Chain("Hurun", (HURUN,)),),
    first_wins=True,
    figures=(Figure("value_cny", typical=(5e9, 1e11)),),
)
