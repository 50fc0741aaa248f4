"""Value traded in shares by exchange, and what its shares are worth; Shanghai publishes 亿元,
Shenzhen whole yuan. Beijing publishes nothing that akshare reads: its turnover is the sum of its
shares' bars.
"""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Claims,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Reader,
    Request,
    Source,
)
from warehouse.contract import Table, choice, day, measure
from warehouse.errors import UnknownFormat
from warehouse.readers.calls import per_day
from warehouse.readers.text import adding_up, number, only
from warehouse.units import YI, Unit


class MarketTurnover(Table):
    """Value of shares traded per exchange and day, with the
    market's capitalisation at the close.
    """

    exchange = choice("Exchange", ["SSE", "SZSE", "BSE"], key=True)
    trade_date = day("Trading day", key=True)
    amount_cny = measure("Value of shares traded", Unit.CNY, min=1e3, max=2e13)
    market_cap_cny = measure(
        "Market value of all shares (总市值)", Unit.CNY, optional=True, min=1e8, max=5e14
    )
    float_market_cap_cny = measure(
        "Market value of tradable shares (流通市值)", Unit.CNY, optional=True, min=1e8, max=5e14
    )

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """Since 2000 Shanghai and Shenzhen trade over 10 million yuan a day, before under 100 bn;
        outside, somebody mixed up 元 and 亿元.
        """
        modern = pl.col("trade_date") >= pl.date(2000, 1, 1)
        small = pl.col("exchange") == "BSE"
        amount = pl.col("amount_cny")
        return pl.when(modern).then(small | (amount >= 1e7)).otherwise(amount < 1e11)

    @dy.rule()
    def market_cap_cny_is_plausible(cls) -> pl.Expr:
        """Since 2000 the shares of an exchange are worth more than 10 billion yuan, and not all of
        them change hands on one day.
        """
        modern = pl.col("trade_date") >= pl.date(2000, 1, 1)
        value = pl.col("market_cap_cny")
        return (~modern | (value >= 1e10)) & (value > pl.col("amount_cny"))

    @dy.rule()
    def float_market_cap_cny_is_plausible(cls) -> pl.Expr:
        """Tradable shares are a part of all, worth a hundredth of them at least."""
        part = pl.col("float_market_cap_cny") / pl.col("market_cap_cny")
        return part.is_between(0.01, 1.0001)


def row(
    call: Call, amount: float | None, cap: float | None = None, tradable: float | None = None
) -> pl.DataFrame:
    """The one row that an undated answer is about."""
    measures = {"amount_cny": amount, "market_cap_cny": cap, "float_market_cap_cny": tradable}
    columns = {"exchange": call.label, "trade_date": call.days[0], **measures}
    return pl.DataFrame(columns, schema_overrides=dict.fromkeys(measures, pl.Float64))


def shanghai(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Akshare names rows and columns of this table by their place; sums tell if they moved.

    Until 2022 the exchange gave no total: then it is what the boards add up to.
    """
    items = ("成交金额", "成交量", "市价总值", "流通市值")
    lines = {item: only(answer, "单日情况", item) for item in items}
    for item in ("成交金额", "市价总值", "流通市值"):
        adding_up(lines[item], "股票", BOARDS)
    total = pl.coalesce(number("股票"), sum((number(b) for b in BOARDS), start=pl.lit(0.0)))
    traded, volume, cap, tradable = (lines[i].select(total).item() or 0.0 for i in items)
    lowest, highest = PRICE_OF_A_SHARE
    if not lowest * volume <= traded <= highest * volume or not volume:
        raise UnknownFormat(f"成交金额 {traded} over 成交量 {volume} is no share's price")
    return row(call, traded * YI, cap * YI or None, tradable * YI or None)


def shenzhen(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The totals of shares, which must be those of the boards; a line that is new may be one."""
    kind = pl.col("证券类别").cast(pl.String).str.strip_chars()
    parts, new = (
        answer.filter(kind.str.contains(ON_BOARDS)),
        answer.filter(~kind.str.contains(LINES)),
    )
    whole = only(answer, "证券类别", "股票")
    totals = []
    for item in ("成交金额", "总市值", "流通市值"):
        total, boards, more = (f.select(number(item).sum()).item() for f in (whole, parts, new))
        slack = TOLERANCE * (total or 0)
        if not total or not boards - slack <= total <= boards + more + slack:
            raise UnknownFormat(f"{item} of 股票 is {total}, its boards add up to {boards}")
        totals.append(total)
    return row(call, *totals)


def quoted(symbol: str) -> Reader:
    """The turnover that Sina's index page shows for an exchange's composite index."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        return row(call, only(answer, "代码", symbol).select(number("成交额")).item())

    return read


def closes_on_page(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """What the page calls the last level of Shanghai's composite index."""
    return only(answer, "代码", "sh000001").select(
        code=pl.lit("000001.SH"), trade_date=pl.lit(call.days[0]), close=number("最新价")
    )


def quote_page(exchange: str) -> Asker:
    """The page of all indices, which shows the session's closes after it."""

    def calls(request: Request) -> list[Call]:
        return [Call("stock_zh_index_spot_sina", {}, (d,), exchange) for d in request.shown]

    return calls


BOARDS = ("主板A", "主板B", "科创板")
# The lines of Shenzhen's table; 中小板 joined the main board in 2021, 分级基金 were wound up.
ON_BOARDS = "^(主板|中小板|中小企业板|创业板)"
LINES = (
    f"{ON_BOARDS}|^(股票|基金|ETF|LOF|封闭式基金|分级基金|基础设施基金|REITs|债券|债券现券|债券回购|ABS"
    "|资产支持证券|期权|优先股|权证)$"
)
TOLERANCE = 1e-3
PRICE_OF_A_SHARE = (1.0, 200.0)  # average over the market, CNY
PLAUSIBILITY = Plausibility(level="amount_cny", moves=True)
ON_PAGE = Plausibility(level="amount_cny", claims=Claims("index_daily", closes_on_page))
SSE = Source(
    "SSE",
    "query.sse.com.cn",
    frozenset({"单日情况", "股票", *BOARDS}),
    per_day("stock_sse_deal_daily", "SSE"),
    shanghai,
    plausibility=PLAUSIBILITY,
)
SZSE = Source(
    "SZSE",
    "www.szse.cn",
    frozenset({"证券类别", "成交金额", "总市值", "流通市值"}),
    per_day("stock_szse_summary", "SZSE"),
    shenzhen,
    plausibility=PLAUSIBILITY,
    vocabulary={"证券类别": LINES},
)
QUOTES = frozenset({"代码", "最新价", "成交额"})
SINA_SH = Source(
    "Sina",
    "vip.stock.finance.sina.com.cn",
    QUOTES,
    quote_page("SSE"),
    quoted("sh000001"),
    plausibility=ON_PAGE,
)
SINA_SZ = Source(
    "Sina",
    "vip.stock.finance.sina.com.cn",
    QUOTES,
    quote_page("SZSE"),
    quoted("sz399106"),
    plausibility=ON_PAGE,
)

# On days on which nearly all of Beijing's shares have a bar: of those listed now, or of the day
# before.
BEIJING = """
    WITH days AS (
        SELECT trade_date, count(*) AS shares, sum(amount_cny) AS amount_cny,
            count(amount_cny) AS stated, max(count(*)) OVER (ORDER BY trade_date) AS most
        FROM core.stock_daily WHERE code LIKE '%.BJ' GROUP BY trade_date
    ), listed AS (
        SELECT count(DISTINCT code) AS shares FROM core.security
        WHERE code LIKE '%.BJ' AND valid_to IS NULL
    )
    SELECT 'BSE' AS exchange, d.trade_date, d.amount_cny FROM days d, listed l
    WHERE list_contains(?, d.trade_date) AND d.stated = d.shares
    AND d.shares >= 0.9 * greatest(d.most, l.shares)
"""
OWN = Source(
    "sum of stock_daily", "", frozenset({"exchange", "trade_date", "amount_cny"}),
    lambda request: [Call("stock_daily", days=request.days, label="BSE")],
    lambda answer, _call: answer, query=BEIJING,
)  # fmt: skip

DATASET = Dataset(
    name="market_turnover",
    label="Market turnover",
    grain="one row per exchange and trading day",
    contract=MarketTurnover,
    publication=Publication("trade_date", time(16, 30)),
    cadence=Daily(),
    chains=(
        Chain("SSE", (SSE, SINA_SH), "exchange", {"SSE": date(1991, 4, 3)}),
        Chain("SZSE", (SZSE, SINA_SZ), "exchange", {"SZSE": date(1991, 4, 3)}),
        Chain("BSE", (OWN,), "exchange", {"BSE": date(2021, 11, 15)}, cadence=Daily(strict=False)),
    ),
    trading_day="trade_date",
    figures=(
        Figure("amount_cny", near=30, typical=(1e9, 4e12)),
        # Beijing's few shares trade ten times as much on a day; the large exchanges never do.
        Figure(
            "amount_cny",
            near=10,
            typical=(1e9, 4e12),
            apart=1,
            of=pl.when(pl.col("exchange") != "BSE").then(pl.col("amount_cny")),
        ),
        Figure("market_cap_cny", near=10, typical=(1e11, 3e14)),
        Figure(
            "market_cap_cny",
            near=10,
            typical=(1e-3, 0.1),
            apart=2,
            of=pl.col("amount_cny") / pl.col("market_cap_cny"),
            says="turnover ÷ market value",
        ),
        Figure("float_market_cap_cny", near=10),
    ),
)
