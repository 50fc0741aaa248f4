"""Sina on the economy: money by month, government yields, the Bank of China's exchange rates."""

import json
from dataclasses import replace

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, page, text_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HTML = "text/html; charset=gbk"
MONEY_COLUMNS = (
    "统计时间",
    "货币和准货币（广义货币M2）",
    "货币和准货币（广义货币M2）同比增长",
    "货币(狭义货币M1)",
    "货币(狭义货币M1)同比增长",
    "流通中现金(M0)",
    "流通中现金(M0)同比增长",
)
CURRENCIES = {"美元": "USD", "港币": "HKD"}
PER_PAGE = 20
HEADER = "<tr><th>日期</th><th>中行汇买价</th><th>中行钞买价</th><th>中行钞卖价/汇卖价</th><th>央行中间价</th><th>中行折算价</th></tr>"


@endpoint("quotes.sina.cn", r"/mac/api/jsonp_v3\.php/.*/MacPage_Service\.get_pagedata", event="1")
def sina_money_supply(view: View, query: Query) -> Answer:
    """A page of months, newest first: 100 million CNY, per cent."""
    rows = macro.money_supply(view.market.parameters.seed)
    known = macro.published(rows, "month", view.now.date(), day=13, months_later=1)
    months = [_money(r) for r in known.sort("month", descending=True).to_dicts()]
    start, size = int(query["from"]), int(query["num"])
    names = [[str(i), name] for i, name in enumerate(MONEY_COLUMNS)]

    def write(rows: list[Row]) -> str:
        values = [list(row.values()) for row in rows]
        answer = {"config": {"all": names}, "count": str(len(months)), "data": values}
        return f"SINAREMOTECALLCALLBACK(({json.dumps(answer, ensure_ascii=False)}));"

    return text_answer(months[start : start + size], write)


@endpoint("bond.finance.sina.com.cn", r"/hq/gb/daily")
def sina_government_yields(view: View, query: Query) -> Answer:
    """All days of one maturity (CN10YT, US2YT), per cent; America's a day later."""
    country, years = query["symbol"][:2], query["symbol"][2:-2]
    rows = macro.yields(view.market.parameters.seed).filter(pl.col("country") == country)
    today = pl.lit(view.now.date())
    out = pl.col("yield_date") <= today if country == "CN" else pl.col("yield_date") < today
    days = rows.filter(out).select("yield_date", rate=pl.col(f"yield_{years}y") * 100)
    return json_answer(
        [_yield(r) for r in days.to_dicts()], lambda rows: {"result": {"data": rows}}
    )


@endpoint("biz.finance.sina.com.cn", r"/forex/forex\.php")
def sina_exchange_rates(view: View, query: Query) -> Answer:
    """A page of days, newest first, with the other pages' numbers; CNY per 100 units.

    The bank's prices of a day are there from its opening; the parity is from 9:15.
    """
    rates = macro.parities(view.market.parameters.seed)
    day = pl.col("rate_date")
    known = rates.filter(
        pl.col("currency") == query["money_code"],
        day.is_between(day_of(query["startdate"]), day_of(query["enddate"])),
        (day < view.now.date()) | ((day == view.now.date()) & (view.now.hour >= 10)),
    ).sort("rate_date", descending=True)
    shown = page(known.to_dicts(), int(query.get("page", "1")), PER_PAGE)
    pages = -(-known.height // PER_PAGE)

    def write(rows: list[Row]) -> str:
        lines = "".join(
            f"<tr>{''.join(f'<td>{value}</td>' for value in row.values())}</tr>" for row in rows
        )
        return f"<html><body>{_choice()}<table>{HEADER}{lines}</table>{_links(pages)}</body></html>"

    answer = text_answer([_rate(r) for r in shown], write)
    return replace(answer, encode=lambda rows: write(rows).encode("gbk"), content_type=HTML)


def _money(row: Row) -> Row:
    values = [f"{row['month'].year}.{row['month'].month}"]
    for kind in ("m2", "m1", "m0"):
        growth = row[f"{kind}_yoy"]
        values += [
            f"{row[f'{kind}_cny'] / 1e8:.2f}",
            "" if growth is None else f"{100 * growth:.2f}",
        ]
    return dict(zip(MONEY_COLUMNS, values, strict=True))


def _yield(row: Row) -> Row:
    rate = f"{row['rate']:.4f}"
    prices = dict.fromkeys(("o", "h", "l", "c"), rate)
    return {"d": str(row["yield_date"]), **prices, "v": "0"}


def _rate(row: Row) -> Row:
    parity = 100 * row["cny_per_unit"]
    return {
        "日期": str(row["rate_date"]),
        "中行汇买价": f"{parity * 0.998:.2f}",
        "中行钞买价": f"{parity * 0.990:.2f}",
        "中行钞卖价/汇卖价": f"{parity * 1.002:.2f}",
        "央行中间价": f"{parity:.2f}",
        "中行折算价": f"{parity:.2f}",
    }


def _choice() -> str:
    options = "".join(
        f'<option value="{code}">{name}</option>' for name, code in CURRENCIES.items()
    )
    return f'<select id="money_code">{options}</select>'


def _links(pages: int) -> str:
    """Numbers of the pages and «next»; nothing where there is one page."""
    if pages < 2:
        return ""
    numbers = [*map(str, range(1, pages + 1)), "下一页"]
    return "".join(f'<a class="page" href="#">{number}</a>' for number in numbers)
