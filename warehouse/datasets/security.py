"""The listed A-shares and the industry each belongs to, as dated intervals.

Two classifications occur: the 110 classes of an imported list, which is undated and therefore
carries today's universe into the past (survivorship), and Shenwan's first level with the dates on
which a share entered its class. The row with the latest `valid_from` at a date is the one in force.

Shenwan's file tells all changes of class. Where it cannot be had, the members of Shenwan's
first-level indices stand in: they tell since when each share has been in its present class, at the
latest, and nothing of the classes before. Sectors of Sina and others bear no dates and are not
used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, choice, day, share_code, text
from warehouse.errors import UnknownFormat
from warehouse.readers.calls import always
from warehouse.readers.text import KNOWN_CODES, board, code, short_name
from warehouse.readers.text import day as published_day

UNDATED = date(1990, 12, 19)  # the first trading day: an undated list is applied to all of history

SHENWAN_FIRST_LEVEL = {
    "11": "农林牧渔", "22": "基础化工", "23": "钢铁", "24": "有色金属", "27": "电子",
    "28": "汽车", "33": "家用电器", "34": "食品饮料", "35": "纺织服饰", "36": "轻工制造",
    "37": "医药生物", "41": "公用事业", "42": "交通运输", "43": "房地产", "45": "商贸零售",
    "46": "社会服务", "48": "银行", "49": "非银金融", "51": "综合", "61": "建筑材料",
    "62": "建筑装饰", "63": "电力设备", "64": "机械设备", "65": "国防军工", "71": "计算机",
    "72": "传媒", "73": "通信", "74": "煤炭", "75": "石油石化", "76": "环保", "77": "美容护理",
}  # fmt: skip

GONE = {"21": "采掘"}  # in 2021 split into coal and oil
CLASSES = SHENWAN_FIRST_LEVEL | GONE  # one that is not here is kept as its number

# The index of each class, which is no part of its code.
SHENWAN_INDEX = {
    "11": "801010", "22": "801030", "23": "801040", "24": "801050", "27": "801080",
    "28": "801880", "33": "801110", "34": "801120", "35": "801130", "36": "801140",
    "37": "801150", "41": "801160", "42": "801170", "43": "801180", "45": "801200",
    "46": "801210", "48": "801780", "49": "801790", "51": "801230", "61": "801710",
    "62": "801720", "63": "801730", "64": "801890", "65": "801740", "71": "801750",
    "72": "801760", "73": "801770", "74": "801950", "75": "801960", "76": "801970", "77": "801980",
}  # fmt: skip


class Security(Table):
    """A-shares with name, industry and board; the industry is dated where its source dates it."""

    code = share_code("Code with exchange suffix", key=True)
    valid_from = day("First day of this classification", key=True, optional=True)
    valid_to = day("Last day of this classification; null while in force", optional=True)
    name = text("Short name in Chinese, as of the last refresh")
    industry = text("Industry in Chinese, in the classification of the source", nullable=True)
    area = text("Province of the company", nullable=True)
    board = choice("Board", ["Main", "ChiNext", "STAR", "BSE"])


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("valid_from").fill_null(UNDATED))


LISTS = (
    Call("stock_info_sh_name_code", {"symbol": "主板A股"}),
    Call("stock_info_sh_name_code", {"symbol": "科创板"}),
    Call("stock_info_sz_name_code", {"symbol": "A股列表"}),
    Call("stock_info_bj_name_code"),
)
SINA_LIST = (Call("stock_zh_a_spot", shared=True),)
TENCENT_LIST = (Call("stock_zh_a_spot_tx"),)
CHANGES = (Call("stock_industry_clf_hist_sw"),)
NAMES = (("A股代码", "A股简称"), ("证券代码", "证券简称"), ("代码", "名称"), ("code", "name"))
CODES = {number: KNOWN_CODES for number, _ in NAMES}
JOINED = {
    "index_component_sw": ("证券代码", "计入日期"),
    "sw_index_third_cons": ("股票代码", "纳入时间"),
}


def members(function: str, lists: Sequence[Call], spelling: str) -> Asker:
    """The lists, then the members of each class; `spelling` is how the upstream writes an index."""

    def calls(_request: Request) -> list[Call]:
        classes = [
            Call(function, {"symbol": spelling.format(index)}, label=SHENWAN_FIRST_LEVEL[level])
            for level, index in SHENWAN_INDEX.items()
        ]
        return [*lists, *classes]

    return calls


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """A share with its name, or with its class and the day from which it has been in it."""
    if call.function == "stock_industry_clf_hist_sw":
        level = pl.col("industry_code").cast(pl.String).str.head(2)
        return answer.select(
            code=code("symbol"),
            valid_from=published_day("start_date"),
            industry=level.replace_strict(CLASSES, default=level),
        )
    if call.function in JOINED:
        number, since = JOINED[call.function]
        entered = published_day(since)
        return answer.select(code=code(number), valid_from=entered, industry=pl.lit(call.label))
    number, name = next(pair for pair in NAMES if pair[0] in answer.columns)
    return answer.select(code=code(number), name=short_name(name))


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Each listed share with its dated industries; unclassified shares keep an undated row.

    Without the classification no share is known to be unclassified, and none has a row.
    """
    if not {"name", "valid_from"}.issubset(rows.columns):
        return rows.clear()
    listed = rows.filter(pl.col("name").is_not_null()).select("code", "name").unique("code")
    classes = (
        rows.filter(pl.col("valid_from").is_not_null())
        .select("code", "valid_from", "industry")
        .unique(["code", "valid_from"], keep="last")
        .sort("code", "valid_from")
        .with_columns(
            valid_to=pl.col("valid_from").shift(-1).over("code").dt.offset_by("-1d"),
        )
    )
    joined = listed.join(classes, on="code", how="left")
    return joined.with_columns(area=pl.lit(None, pl.String), board=board())


def combine_members(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of shares that are members of an index; the list of one that did not answer may hold
    any of the others.

    Raises UnknownFormat if members are not among the listed: then the list of shares was cut off.
    """
    joined = combine(rows)
    if joined.is_empty():
        return joined
    members = rows.filter(pl.col("valid_from").is_not_null())["code"].unique()
    unlisted = members.filter(~members.is_in(joined["code"].implode()))
    if len(unlisted) > UNLISTED * len(members):
        raise UnknownFormat(
            f"{len(unlisted):,} of {len(members):,} members of indices are not listed"
        )
    return joined.filter(pl.col("industry").is_not_null())


UNLISTED = 0.02  # members that left the exchange since the index was last made up
Joined = Callable[[pl.DataFrame], pl.DataFrame]


def listing(name: str, host: str, calls: Asker, joined: Joined = combine) -> Source:
    """A source that needs all of its answers: who is listed, and in which class."""
    return Source(
        name,
        host,
        frozenset(),
        calls,
        read,
        joined,
        whole=True,
        plausibility=Plausibility(steady=True),
        vocabulary={"industry_code": f"^({'|'.join(CLASSES)})", **CODES},
    )


SHANGHAI, SINA_HOST = "query.sse.com.cn", "vip.stock.finance.sina.com.cn"
EXCHANGES = listing("SSE, SZSE, BSE, Shenwan", SHANGHAI, always(*LISTS, *CHANGES))
SINA = listing("Sina, Shenwan", SINA_HOST, always(*SINA_LIST, *CHANGES))
INDICES = listing(
    "SSE, SZSE, BSE, Shenwan indices",
    "www.swsresearch.com",
    members("index_component_sw", LISTS, "{}"),
    combine_members,
)
ELSEWHERE = listing(
    "Tencent, Legulegu",
    "legulegu.com",
    members("sw_index_third_cons", TENCENT_LIST, "{}.SI"),
    combine_members,
)

DATASET = Dataset(
    name="security",
    label="Securities and industries",
    grain="one row per share and classification interval",
    contract=Security,
    publication=Publication(column=None),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EXCHANGES, SINA, INDICES, ELSEWHERE)),),
    gap=("code",),
    conform=conform,
)
