"""Applications for listing on the mainland, by the status they had reached on a day.

The upstream shows each application with its newest status only; earlier ones are those that were
seen before. Accepted, registered and ended applications of a week are counted out of these rows.
Its documentation names columns that it does not have (发行人全称, 审核状态, 证监会行业).
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Table, choice, day, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day
from warehouse.readers.text import label

OTHER = "other"  # what nobody here knows; the words are kept, and reported
VENUES = {  # in the upstream's words: exchange and board; applications reach back beyond 2021
    "沪主板": ("SSE", "Main"),
    "深主板": ("SZSE", "Main"),
    "科创板": ("SSE", "STAR"),
    "中小板": ("SZSE", "Main"),  # it joined the main board in April 2021
    "中小企业板": ("SZSE", "Main"),
    "创业板": ("SZSE", "ChiNext"),
    "北交所": ("BSE", "BSE"),
}
STAGES = {  # words of the status, in the order in which they decide
    "ended": r"终止|撤回|撤销|不予|[不未]\S{0,2}(通过|核准|同意|注册)|否决",
    "suspended": "中止|暂缓",
    "registered": "注册生效|核准|同意注册",
    "submitted": "提交注册|报送|收到注册申请",
    "passed": "通过",
    "inquiry": "问询|反馈|预先披露|预披露",
    "accepted": "受理",
}


class IpoPipeline(Table):
    """Applications for listing on the mainland exchanges, with each status they were seen in."""

    company = text("Full name of the applicant", key=True)
    board = choice("Board applied for", ["Main", "ChiNext", "STAR", "BSE", OTHER], key=True)
    updated_on = day("Day on which the status was reached", key=True)
    exchange = choice("Exchange applied to", ["SSE", "SZSE", "BSE", OTHER])
    stage = choice("Where the application stands", [*STAGES, OTHER])
    status = text("The status in the exchange's words")
    accepted_on = day("Day on which the application was accepted", nullable=True)
    province = text("Where the company is registered", nullable=True)
    industry = text("Industry in the regulator's words", nullable=True)
    sponsor = text("Sponsoring broker", nullable=True)

    @dy.rule()
    def updated_on_is_not_before_the_acceptance(cls) -> pl.Expr:
        """A status is reached when the application has been accepted; else dates were mixed up."""
        return pl.col("updated_on") >= pl.col("accepted_on")


def stage(status: pl.Expr) -> pl.Expr:
    """The stage that a status in the exchange's words belongs to."""
    found = pl.lit(OTHER)
    for name, words in reversed(STAGES.items()):
        found = pl.when(status.str.contains(words)).then(pl.lit(name)).otherwise(found)
    return found


def ask(request: Request) -> list[Call]:
    """All boards at once: fewer pages than board by board."""
    return [Call("stock_register_all_em", days=request.days)]


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """All applications; of a board whose name is not known, the board is "other".

    Raises UnknownFormat if most boards are not known: columns must have moved.
    """
    venue = pl.col("拟上市地点").cast(pl.String).str.strip_chars()
    known = venue.is_in(list(VENUES))
    strange = answer.filter(~known)
    if 2 * strange.height > answer.height:
        raise UnknownFormat(
            f"拟上市地点 names no board in {strange.height:,} of {answer.height:,} rows, such as "
            f"{strange['拟上市地点'][0]}"
        )
    status = pl.col("最新状态").cast(pl.String).str.strip_chars()
    return answer.select(
        company=label("企业名称"),
        board=venue.replace_strict({v: board for v, (_, board) in VENUES.items()}, default=OTHER),
        updated_on=published_day("更新日期"),
        exchange=venue.replace_strict({v: ex for v, (ex, _) in VENUES.items()}, default=OTHER),
        stage=stage(status),
        status=status,
        accepted_on=published_day("受理日期"),
        province=label("注册地"),
        industry=label("行业"),
        sponsor=label("保荐机构"),
    ).unique(maintain_order=True)


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"企业名称", "最新状态", "注册地", "行业", "保荐机构", "更新日期", "受理日期", "拟上市地点"}),
    ask, read, plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"最新状态": "|".join(STAGES.values()), "拟上市地点": "|".join(VENUES)},
    worded=frozenset({"最新状态", "拟上市地点"}),
)  # fmt: skip

DATASET = Dataset(
    name="ipo_pipeline",
    label="Applications for listing",
    grain="one row per application and status seen",
    contract=IpoPipeline,
    publication=Publication("updated_on", time(9, 0), trading_days_later=1),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY,)),),
)
