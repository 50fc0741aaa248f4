"""National Bureau of Statistics: a catalogue of series, walked leaf by leaf, and their figures.

Requests that want figures are JSON. A period that is not out yet is there without a figure.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import polars as pl

from flows.sandbox.formats.wire import HTML, Answer, Query, Row, json_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST, DATABASE = "data.stats.gov.cn", "/dg/website/publicrelease/web/external"
QUARTERS = "一二三四"
TITLE = ("code", "name")  # of a period, while its figures are rows of their own


class Series(NamedTuple):
    """A series of a leaf: its name on the page, its unit, and its figure in a row of the market."""

    name: str
    unit: str
    figure: Callable[[Row], float]


class Leaf(NamedTuple):
    """A leaf of the catalogue: where it hangs, its series, and when a period's figures are out."""

    above: str
    series: tuple[Series, ...]
    rows: Callable[[View], pl.DataFrame]


def _output(view: View) -> pl.DataFrame:
    today = view.now.date()
    return macro.published(macro.gross_product(), "quarter", today, day=17, months_later=3)


def _surveys(view: View) -> pl.DataFrame:
    rows = macro.surveys(view.market.parameters.seed)
    return macro.published(rows, "month", view.now.date(), day=1, months_later=1)


OUTPUT, ACCOUNTS, MANAGERS = "国内生产总值", "国民经济核算", "采购经理指数"
LEAVES = {
    f"{OUTPUT} (现价)": Leaf(ACCOUNTS, (
        Series(f"{OUTPUT}当季值 (亿元)", "亿元", lambda r: round(r["gdp_cny"] / 4e8, 1)),
        Series(f"{OUTPUT}累计值 (亿元)", "亿元", lambda r: round(r["gdp_cny"] / 1e8, 1)),
    ), _output),
    f"{OUTPUT}指数": Leaf(ACCOUNTS, (
        Series(f"{OUTPUT}指数 (上年同期=100) 当季值", "无", lambda r: round(100.3 + 100 * r["gdp_yoy"], 1)),
        Series(f"{OUTPUT}指数 (上年同期=100) 累计值", "无", lambda r: round(100 + 100 * r["gdp_yoy"], 1)),
    ), _output),
    "制造业采购经理指数": Leaf(MANAGERS, (
        Series("制造业采购经理指数 (%)", "%", lambda r: r["manufacturing_pmi"]),
        Series("生产指数 (%)", "%", lambda r: r["manufacturing_pmi"] + 0.7),
    ), _surveys),
    "非制造业采购经理指数": Leaf(MANAGERS, (
        Series("非制造业商务活动指数 (%)", "%", lambda r: r["non_manufacturing_pmi"]),
    ), _surveys),
}  # fmt: skip
TOPICS = {"1": (MANAGERS, "价格指数"), "2": (ACCOUNTS, "人民生活")}  # by kind of period


@endpoint(HOST, r"/dg/website/page\.html")
def bureau_page(_view: View, _query: Query) -> Answer:
    """The page of a browser, which akshare opens first."""
    return Answer([], lambda _: b"<html><body></body></html>", HTML, packed=True)


@endpoint(HOST, DATABASE + r"/new/queryIndexTreeAsync")
def bureau_catalogue(_view: View, query: Query) -> Answer:
    """What hangs below a node; below none, the root of a kind of period."""
    above, code = query["pid"], query["code"]
    if not above:
        names, prefix = ["根"], "root"
    elif above.startswith("root"):
        names, prefix = list(TOPICS.get(code, ())), "topic"
    else:
        topic = above.removeprefix("topic ").rpartition(" ")[0]
        names, prefix = [name for name, leaf in LEAVES.items() if leaf.above == topic], "leaf"
    rows = [{"_id": f"{prefix} {n} {code}", "_name": n, "isLeaf": prefix == "leaf"} for n in names]
    return json_answer(rows, _success)


@endpoint(HOST, DATABASE + r"/new/queryIndicatorsByCid")
def bureau_series(_view: View, query: Query) -> Answer:
    """The series of a leaf."""
    rows = [_named(query["cid"], s) for s in _leaf(query["cid"]).series]
    return json_answer(rows, lambda shown: _success({"list": shown, "total": len(rows)}))


@endpoint(HOST, DATABASE + r"/stream/esData")
def bureau_figures(view: View, query: Query) -> Answer:
    """The figures of series by period, newest first."""
    leaf = _leaf(query["cid"])
    wanted = set(json.loads(query["indicatorIds"]))
    key = "quarter" if leaf.above == ACCOUNTS else "month"
    known = {row[key]: row for row in leaf.rows(view).to_dicts()}
    named = [(s, _named(query["cid"], s)) for s in leaf.series]
    asked = [(s, row) for s, row in named if row["_id"] in wanted]
    values = [
        {**row, "value": _said(s, known.get(period)), **_title(period, quarterly=key == "quarter")}
        for period in reversed(_periods(json.loads(query["dts"])[0]))
        for s, row in asked
    ]
    return json_answer(values, lambda shown: _success(_by_period(shown)))


def _said(series: Series, row: Row | None) -> str:
    return str(round(series.figure(row), 1)) if row else ""


def _success(data: object) -> Row:
    return {"success": True, "state": 20000, "message": "操作成功", "data": data}


def _leaf(cid: str) -> Leaf:
    return LEAVES[cid.removeprefix("leaf ").rpartition(" ")[0]]


def _named(cid: str, series: Series) -> Row:
    bare = re.sub(r" ?\([^)]*\)", "", series.name)
    return {
        "_id": f"{cid}/{series.name}",
        "_name": bare,
        "i_showname": series.name,
        "du_name": series.unit,
    }


def _periods(span: str) -> list[date]:
    """The periods of a span such as 201701SS-202604SS or 201701MM-202612MM, by their first days."""
    first, last = span.split("-")
    step, most = (3, 4) if first.endswith("SS") else (1, 12)
    counts = [int(code[:4]) * most + int(code[4:6]) - 1 for code in (first, last)]
    return [date(n // most, n % most * step + 1, 1) for n in range(counts[0], counts[1] + 1)]


def _by_period(values: list[Row]) -> list[Row]:
    """The figures of each period below its title."""
    grouped: dict[str, Row] = {}
    for value in values:
        code, name = (value[title] for title in TITLE)
        figure = {k: v for k, v in value.items() if k not in TITLE}
        grouped.setdefault(code, {"code": code, "name": name, "values": []})["values"].append(
            figure
        )
    return list(grouped.values())


def _title(day: date, *, quarterly: bool) -> Row:
    if not quarterly:
        return {"code": f"{day:%Y%m}MM", "name": f"{day.year}年{day.month}月"}
    number = (day.month - 1) // 3
    return {
        "code": f"{day.year}{number + 1:02d}SS",
        "name": f"{day.year}年第{QUARTERS[number]}季度",
    }
