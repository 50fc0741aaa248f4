"""The listed A-shares and the industry each belongs to, as dated intervals.

Two classifications occur: the 110 classes of an imported list, which is undated and therefore
carries today's universe into the past (survivorship), and Shenwan's first level with the dates on
which a share entered its class. The row with the latest `valid_from` at a date is the one in force.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from warehouse.catalog import Belief, Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, choice, day, text
from warehouse.reading import board, code
from warehouse.reading import day as published_day

UNDATED = date(1990, 12, 19)  # the first trading day: an undated list is applied to all of history

SHENWAN_FIRST_LEVEL = {
    "11": "农林牧渔", "22": "基础化工", "23": "钢铁", "24": "有色金属", "27": "电子",
    "28": "汽车", "33": "家用电器", "34": "食品饮料", "35": "纺织服饰", "36": "轻工制造",
    "37": "医药生物", "41": "公用事业", "42": "交通运输", "43": "房地产", "45": "商贸零售",
    "46": "社会服务", "48": "银行", "49": "非银金融", "51": "综合", "61": "建筑材料",
    "62": "建筑装饰", "63": "电力设备", "64": "机械设备", "65": "国防军工", "71": "计算机",
    "72": "传媒", "73": "通信", "74": "煤炭", "75": "石油石化", "76": "环保", "77": "美容护理",
}  # fmt: skip


class Security(Table):
    """A-shares with name, industry and board; the industry is dated where its source dates it."""

    code = text("Code with exchange suffix", key=True, pattern=r"^\d{6}\.(SH|SZ|BJ)$")
    valid_from = day("First day of this classification", key=True, optional=True)
    valid_to = day("Last day of this classification; null while in force", optional=True)
    name = text("Short name in Chinese, as of the last refresh")
    industry = text("Industry in Chinese, in the classification of the source", nullable=True)
    area = text("Province of the company", nullable=True)
    board = choice("Board", ["Main", "ChiNext", "STAR", "BSE"])


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("valid_from").fill_null(UNDATED))


def ask(_request: Request) -> list[Call]:
    return [
        Call("stock_info_sh_name_code", {"symbol": "主板A股"}),
        Call("stock_info_sh_name_code", {"symbol": "科创板"}),
        Call("stock_info_sz_name_code", {"symbol": "A股列表"}),
        Call("stock_info_bj_name_code"),
        Call("stock_industry_clf_hist_sw"),
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    if call.function == "stock_industry_clf_hist_sw":
        level = pl.col("industry_code").cast(pl.String).str.head(2)
        return answer.select(
            code=code("symbol"),
            valid_from=published_day("start_date"),
            industry=level.replace_strict(SHENWAN_FIRST_LEVEL, default=None),
        )
    number, name = (
        ("A股代码", "A股简称") if "A股代码" in answer.columns else ("证券代码", "证券简称")
    )
    return answer.select(code=code(number), name=pl.col(name).cast(pl.String).str.strip_chars())


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Each listed share with its dated industries; unclassified shares keep an undated row.

    Without the classification no share is known to be unclassified, and none has a row.
    """
    if not {"name", "valid_from"} <= set(rows.columns):
        return rows.clear()
    listed = rows.filter(pl.col("name").is_not_null()).select("code", "name").unique("code")
    classes = (
        rows.filter(pl.col("valid_from").is_not_null())
        .select("code", "valid_from", "industry")
        .unique(["code", "valid_from"], keep="last", maintain_order=True)
        .sort("code", "valid_from")
        .with_columns(
            valid_to=pl.col("valid_from").shift(-1).over("code").dt.offset_by("-1d"),
        )
    )
    joined = listed.join(classes, on="code", how="left")
    return joined.with_columns(area=pl.lit(None, pl.String), board=board())


EXCHANGES = Source(
    "SSE, SZSE, BSE, Shenwan", "query.sse.com.cn", frozenset(), ask, read, combine, whole=True,
    belief=Belief(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="security",
    label="Securities and industries",
    grain="one row per share and classification interval",
    contract=Security,
    publication=Publication(column=None),
    chains=(Chain("A", (EXCHANGES,)),),
    required_daily=False,
    conform=conform,
)
