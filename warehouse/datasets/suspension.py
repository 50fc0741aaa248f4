"""Suspensions of trading, each on the day on which it begins.

Eastmoney lists for a day whatever is suspended on it, and what will be: later ones are left out
until their day has come. Baidu's calendar, the fallback, has those that begin on the day. How long
a suspension has lasted is in `stock_daily`: a suspended share has no row. The day of resumption is
not kept, because a list asked for later knows it and the market did not.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import EventDays
from warehouse.catalog import Call, Chain, Dataset, Publication, Source
from warehouse.contract import Table, day, share_code, text
from warehouse.errors import UnknownFormat
from warehouse.readers.calls import per_day
from warehouse.readers.responses import parsed
from warehouse.readers.text import ABSENT, KNOWN_CODES, code, is_a_share, short_name
from warehouse.readers.text import day as published_day

NOTHING_FOUND = 9201  # 返回数据为空
MARKETS = "^(上交所|深交所|北交所|沪市|深市|京市|上海|深圳|北京|主板|中小|创业板|科创板|风险警示板)"
BAIDU_EXCHANGES, ABROAD = ["SH", "SZ", "BJ"], ["HK", "US"]  # it lists these, too
EXCHANGES = f"^({'|'.join([*BAIDU_EXCHANGES, *ABROAD])})$"
TICKER = r"^[A-Z.]+$"
DAY = r"^\d{4}-\d\d-\d\d"
MOST_ODD = 0.5  # share of rows that may be odd before columns must have moved


class Suspension(Table):
    """Suspensions of A-shares, by the day on which they begin."""

    code = share_code("Code with exchange suffix", key=True)
    suspended_from = day("First day of the suspension", key=True)
    name = text("Short name of the company then")
    reason = text("Why, in the exchange's words", nullable=True)
    period = text("How long, as published on the day: 停牌1天, 连续停牌, 盘中停牌", nullable=True)

    @dy.rule()
    def suspended_from_is_a_weekday(cls) -> pl.Expr:
        """Trading is suspended on days on which there is trading."""
        return pl.col("suspended_from").dt.weekday() <= 5


def said(column: str) -> pl.Expr:
    """A text, or null where the publisher has none."""
    words = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(~words.is_in(ABSENT)).then(words)


def begun(rows: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Those of the rows that are suspensions of A-shares that have begun."""
    past = rows.filter(is_a_share("digits"), pl.col("suspended_from") <= call.days[0])
    columns = ["code", "suspended_from", "name", "reason", "period"]
    named = past.with_columns(code=code("digits"), name=short_name("name"))
    return once(named.select(columns))


def once(rows: pl.DataFrame) -> pl.DataFrame:
    """A suspension is listed on each of its days: as it was on the first of them."""
    return rows.unique(["code", "suspended_from"], keep="first", maintain_order=True)


def eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Akshare names the columns by position, and makes what is no date a null: both would show.

    A market or a code that is new moves no column, and most rows have others.
    """
    for column, known in {"代码": KNOWN_CODES, "所属市场": MARKETS}.items():
        odd = answer.filter(~said(column).str.contains(known))
        if odd.height > MOST_ODD * answer.height:
            raise UnknownFormat(f"{column} holds {odd[column][0]}")
    undated = answer.filter(~pl.col("停牌时间").cast(pl.String).fill_null("").str.contains(DAY))
    if undated.height:
        raise UnknownFormat(f"停牌时间 holds {undated['停牌时间'][0]}")
    ends = answer.filter(published_day("停牌截止时间") < published_day("停牌时间"))
    if ends.height:
        raise UnknownFormat(f"a suspension ends before it begins: {ends.to_dicts()[0]}")
    rows = answer.select(
        digits=pl.col("代码").cast(pl.String),
        suspended_from=published_day("停牌时间"),
        name=short_name("名称"),
        reason=said("停牌原因"),
        period=said("停牌期限"),
    )
    return begun(rows, call)


def baidu(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    here = answer.filter(pl.col("交易所代码").is_in(BAIDU_EXCHANGES))
    rows = here.select(
        digits=pl.col("股票代码").cast(pl.String),
        suspended_from=published_day("停牌时间"),
        name=short_name("股票简称"),
        reason=said("停牌事项说明"),
        period=pl.lit(None, pl.String),
    )
    return begun(rows, call)


def nothing_found(body: bytes, _call: Call) -> bool:
    """Eastmoney proves that it found nothing by the number
    of that message; a refusal has others.
    """
    return parsed(body).get("code") == NOTHING_FOUND


def none_on_that_day(body: bytes, call: Call) -> bool:
    """Baidu proves that nothing is suspended by naming the day and counting none on it."""
    calendar = (parsed(body).get("Result") or {}).get("calendarInfo") or []
    return any(d["date"] == str(call.days[0]) and d["total"] == 0 for d in calendar)


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"代码", "名称", "停牌时间", "停牌截止时间", "停牌期限", "停牌原因", "所属市场"}),
    per_day("stock_tfp_em"), eastmoney, once, counted=True, none_when=nothing_found,
    vocabulary={"代码": KNOWN_CODES, "所属市场": MARKETS},
)  # fmt: skip
BAIDU = Source(
    "Baidu", "finance.pae.baidu.com",
    frozenset({"股票代码", "股票简称", "交易所代码", "停牌时间", "停牌事项说明"}),
    per_day("news_trade_notify_suspend_baidu"), baidu, once, counted=True,
    none_when=none_on_that_day, vocabulary={"股票代码": f"{KNOWN_CODES}|{TICKER}", "交易所代码": EXCHANGES},
)  # fmt: skip

DATASET = Dataset(
    name="suspension",
    label="Suspensions",
    grain="one row per share and beginning of a suspension",
    contract=Suspension,
    publication=Publication("suspended_from", time(16, 0)),
    cadence=EventDays(),
    chains=(Chain("A", (EASTMONEY, BAIDU)),),
    first_wins=True,
)
