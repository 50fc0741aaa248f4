"""Legulegu: valuation of the whole market and its boards, crowding, highs and lows, breadth.

Its figures are given to those who bring the token of a page: the hash of the date in Shanghai.
"""

import hashlib
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, text_answer
from flows.sandbox.market import appraisal
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "legulegu.com"
ALSO = "*legulegu.com"  # with and without www
HTML = "text/html; charset=utf-8"
FIGURES = time(17, 0)
MARKETS = {"1": "Shanghai", "2": "Shenzhen", "4": "ChiNext", "7": "STAR"}
ACTIVITY = {
    "上涨": "advancing", "涨停": "limit_up", "真实涨停": "traded_limit_up", "st st*涨停": "",
    "下跌": "declining", "跌停": "limit_down", "真实跌停": "traded_limit_down", "st st*跌停": "",
    "平盘": "unchanged", "停牌": "suspended",
}  # fmt: skip
SUNDAY = date(2025, 9, 14)  # legulegu has shown figures for days without trading


@endpoint(ALSO, r"/stockdata/(?!market-activity|member-ship|index-composition)[\w-]+")
def legulegu_page(_view: View, _query: Query) -> Answer:
    """Any page: it bears the token that requests for its figures must carry."""
    text = '<html><head><meta name="_csrf" content="simulated"></head><body></body></html>'
    return replace(text_answer([], lambda _: text), content_type=HTML)


@endpoint(HOST, r"/api/stock-data/market-ttm-lyr", marketId="5")
def legulegu_market_pe(view: View, query: Query) -> Answer:
    """Trailing and static P/E of all shares, median and mean, each with its percentile."""
    rows = appraisal.market_valuation(view.market.parameters.seed).filter(_public(view))
    return _figures(view, query, [_market_pe(r) for r in _with_a_sunday(_ranked(rows)).to_dicts()])


@endpoint(HOST, r"/api/stock-data/market-index-pb", marketId="ALL")
def legulegu_market_pb(view: View, query: Query) -> Answer:
    """P/B of all shares, median and mean; moments are midnights of Shanghai in UTC."""
    rows = appraisal.market_valuation(view.market.parameters.seed).filter(_public(view))
    return _figures(view, query, [_market_pb(r) for r in _with_a_sunday(_ranked(rows)).to_dicts()])


@endpoint(HOST, r"/api/stock-data/market-pe")
def legulegu_board_pe(view: View, query: Query) -> Answer:
    """Average P/E of a board: month ends and the newest day only."""
    rows = appraisal.month_ends(_board(view, query["marketId"]), view.newest(FIGURES))
    return _figures(view, query, [
        {"marketId": query["marketId"], "date": _midnight(r["trade_date"]), "close": 3000.0,
         "pe": r["pe_weighted"]}
        for r in rows.to_dicts()
    ])  # fmt: skip


@endpoint(HOST, r"/api/stockdata/get-ke-chuang-ban-pe")
def legulegu_star_pe(view: View, query: Query) -> Answer:
    """Average P/E of STAR, every day; here `close` is its market value."""
    return _figures(
        view,
        query,
        [
            {"date": _midnight(r["trade_date"]), "close": 8.1e4, "pe": r["pe_weighted"]}
            for r in _board(view, "7").to_dicts()
        ],
    )


@endpoint(HOST, r"/api/stockdata/index-basic-pb")
def legulegu_pb(view: View, query: Query) -> Answer:
    """P/B of a board: of the sum (`addPb`), the mean and the median share."""
    rows = _board(view, query["indexCode"])
    return _figures(view, query, [
        {"date": _midnight(r["trade_date"]), "close": 3000.0, "addPb": r["pb_weighted"],
         "pb": r["pb_mean"], "middlePb": r["pb_median"]}
        for r in rows.to_dicts()
    ])  # fmt: skip


@endpoint(HOST, r"/api/stockdata/index-basic-pe")
def legulegu_index_pe(view: View, query: Query) -> Answer:
    """P/E of an index, static and trailing: of the sum (`add…`), the mean, the median share."""
    rows = view.index(query["indexCode"]).filter(_public(view), pl.col("pe_ttm").is_not_null())
    return _figures(view, query, [
        {"date": _midnight(r["trade_date"]), "close": r["close"], "lyrPe": 1.7 * r["pe_ttm"],
         "addLyrPe": 1.04 * r["pe_ttm"], "middleLyrPe": 1.4 * r["pe_ttm"],
         "ttmPe": 1.6 * r["pe_ttm"], "addTtmPe": r["pe_ttm"], "middleTtmPe": 1.3 * r["pe_ttm"]}
        for r in rows.to_dicts()
    ])  # fmt: skip


@endpoint(HOST, r"/api/stockdata/equity-bond-spread", code="000300.SH")
def legulegu_equity_bond_spread(view: View, query: Query) -> Answer:
    """Earnings yield of CSI 300 less the ten-year government yield, as a fraction."""
    seed = view.market.parameters.seed
    rows = appraisal.equity_bond_spread(view.market.indices, seed).filter(_public(view))
    return _figures(view, query, [
        {"date": str(r["trade_date"]), "close": r["index_close"], "peSpread": r["spread"],
         "peSpreadAverage": r["spread_average"]}
        for r in rows.to_dicts()
    ])  # fmt: skip


@endpoint(HOST, r"/api/stockdata/marketcap-gdp/get-marketcap-gdp")
def legulegu_buffett_index(view: View, query: Query) -> Answer:
    """Market value and last year's output, 100 million CNY; moments are midnights in UTC.

    Ranks of their ratio, which akshare would pass on, are not sent any more.
    """
    rows = appraisal.buffett_index(view.market.turnover).filter(_public(view))
    return _figures(view, query, [
        {"date": _midnight(r["trade_date"]), "close": 4000.0,
         "marketCap": round(r["market_value_cny"] / 1e8, 2), "gdp": round(r["gdp_cny"] / 1e8, 2)}
        for r in rows.to_dicts()
    ])  # fmt: skip


@endpoint(HOST, r"/api/stockdata/ashares-congestion")
def legulegu_congestion(view: View, query: Query) -> Answer:
    """Part of the busiest twentieth of the shares in all turnover, four years."""
    rows = view.market.congestion.filter(_public(view)).to_dicts()
    figures = [
        {"date": str(r["trade_date"]), "close": 4000.0, "congestion": r["congestion"]} for r in rows
    ]
    return json_answer(figures if _known(view, query) else [], lambda rows: {"items": rows})


@endpoint(ALSO, r"/stockdata/member-ship/get-high-low-statistics/all")
def legulegu_high_low(view: View, _query: Query) -> Answer:
    """Shares at their highs and lows, two years, newest first; the newest day comes twice."""
    since = pl.col("trade_date") > view.now.date() - timedelta(days=730)
    rows = view.market.highs_and_lows.filter(_public(view), since).to_dicts()[::-1]
    return json_answer([_high_low(r) for r in rows[:1] + rows])


@endpoint(HOST, r"/stockdata/market-activity")
def legulegu_market_activity(view: View, _query: Query) -> Answer:
    """The breadth of the newest day, as a web page."""
    counts = appraisal.breadth(view.snapshot, view.market.days, view.bar_day)
    row = {item: counts.get(column, 0) for item, column in ACTIVITY.items()}
    return replace(text_answer([row], _activity_page(view)), content_type=HTML)


def _public(view: View) -> pl.Expr:
    return pl.col("trade_date") <= view.newest(FIGURES)


def _known(view: View, query: Query) -> bool:
    """Whether the token is the hash of today; a page that lags a day still knows tomorrow's."""
    days = (view.now.date(), view.now.date() + timedelta(days=1))
    hashes = {hashlib.md5(str(d).encode(), usedforsecurity=False).hexdigest() for d in days}
    return query.get("token") in hashes


def _figures(view: View, query: Query, rows: list[Row]) -> Answer:
    return json_answer(rows if _known(view, query) else [], lambda rows: {"data": rows})


def _midnight(day: date) -> str:
    """Midnight in Shanghai is four in the afternoon of the day before in Greenwich."""
    return f"{day - timedelta(days=1)}T16:00:00.000+00:00"


def _board(view: View, number: str) -> pl.DataFrame:
    rows = appraisal.board_valuation(view.market.parameters.seed)
    return rows.filter(pl.col("board") == MARKETS.get(number, ""), _public(view))


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """With the rank of each figure among those of the days up to its own."""
    figures = [c for c in rows.columns if c != "trade_date"]
    return rows.with_columns(pl.Series(f"{c}_rank", _ranks(rows[c].to_list())) for c in figures)


def _ranks(figures: list[float]) -> list[float]:
    """What part of the figures so far each one reaches or exceeds."""
    so_far: list[float] = []
    ranks = []
    for figure in figures:
        insort(so_far, figure)
        ranks.append(round(bisect_right(so_far, figure) / len(so_far), 4))
    return ranks


def _with_a_sunday(rows: pl.DataFrame) -> pl.DataFrame:
    friday = rows.filter(pl.col("trade_date") == SUNDAY - timedelta(days=2))
    return pl.concat([rows, friday.with_columns(trade_date=pl.lit(SUNDAY))]).sort("trade_date")


def _market_pe(row: Row) -> Row:
    kinds = {
        "MiddlePeTtm": row["pe_ttm_median_rank"],
        "AveragePeTtm": row["pe_ttm_mean_rank"],
        "MiddlePeLyr": row["pe_ttm_median_rank"],
        "AveragePeLyr": row["pe_ttm_mean_rank"],
    }
    return {
        "date": str(row["trade_date"]),
        "middlePETTM": row["pe_ttm_median"],
        "averagePETTM": row["pe_ttm_mean"],
        "middlePELYR": round(1.05 * row["pe_ttm_median"], 2),
        "averagePELYR": round(1.05 * row["pe_ttm_mean"], 2),
        **{f"quantileInAllHistory{kind}": rank for kind, rank in kinds.items()},
        **{f"quantileInRecent10Years{kind}": rank for kind, rank in kinds.items()},
        "close": 4000.0,
    }


def _market_pb(row: Row) -> Row:
    kinds = {"MiddlePB": row["pb_median_rank"], "EqualWeightAveragePB": row["pb_mean_rank"]}
    return {
        "marketId": "ALL",
        "date": _midnight(row["trade_date"]),
        "middlePB": row["pb_median"],
        "equalWeightAveragePB": row["pb_mean"],
        "weightingAveragePB": row["pb_weighted"],
        "close": 4000.0,
        **{f"quantileInAllHistory{kind}": rank for kind, rank in kinds.items()},
        **{f"quantileInRecent10Years{kind}": rank for kind, rank in kinds.items()},
    }


def _high_low(row: Row) -> Row:
    counts = {k.replace("_", ""): v for k, v in row.items() if k != "trade_date"}
    return {"date": str(row["trade_date"]), "indexCode": "all", "close": 4000.0, **counts}


def _activity_page(view: View) -> Callable[[list[Row]], str]:
    """Three pairs of columns, then the share of risers and the time of the count."""

    def write(rows: list[Row]) -> str:
        items = list(rows[0].items()) if rows else []
        cells = [f"<td>{item}</td><td>{number}</td>" for item, number in items]
        cells += ["<td></td><td></td>"] * (12 - len(cells))
        lines = zip(cells[:4], cells[4:8], cells[8:12], strict=True)
        table = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
        share = 40.0 if rows else 0.0
        return (
            f"<html><body><table>{table}</table>"
            f'<div class="metric-activity">活跃度\n{share:.2f}%</div>'
            f'<div class="market-activity-meta">{view.bar_day} 15:00:00</div></body></html>'
        )

    return write
