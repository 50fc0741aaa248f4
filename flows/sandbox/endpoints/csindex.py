"""The index publishers: China Securities Index (with price/earnings) and CNI of Shenzhen."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("www.csindex.com.cn", r"/csindex-home/perf/index-perf")
def csindex_history(view: View, query: Query) -> Answer:
    """Bars of a Shanghai or CSI index: 10,000 lots, 100 million CNY, per cent, trailing P/E.

    A span that begins before the index does is answered with a copy of its first bar, dated at the
    start of the span.
    """
    codes = [f"{query['indexCode']}.{suffix}" for suffix in ("SH", "CSI")]
    rows = _between(view, codes, query)
    start = day_of(query["startDate"])
    if rows and start < min(view.index(rows[0]["code"])["trade_date"]):
        rows = [{**rows[0], "trade_date": start}, *rows]
    return json_answer([_csindex(r) for r in rows], lambda rows: {"code": "200", "data": rows})


@endpoint("hq.cnindex.com.cn", r"/market/market/getIndexDailyDataWithDataFormat")
def cni_history(view: View, query: Query) -> Answer:
    """Bars of a Shenzhen or CNI index, newest first: 100 million CNY, 10,000 lots."""
    rows = _between(view, [f"{query['indexCode']}.SZ"], query)[::-1]
    return json_answer(
        [_cni(r) for r in rows],
        lambda rows: {"code": 200, "data": {"data": [list(r.values()) for r in rows]}},
    )


def _between(view: View, codes: list[str], query: Query) -> list[Row]:
    bars = pl.concat([view.index(code) for code in codes]).with_columns(
        previous_close=pl.col("close").shift(1)
    )
    first, last = day_of(query["startDate"]), day_of(query["endDate"])
    return bars.filter(pl.col("trade_date").is_between(first, last)).to_dicts()


def _change(row: Row) -> float:
    return float(row["close"] - (row["previous_close"] or row["close"]))


def _percent(row: Row) -> float:
    return 100 * _change(row) / float(row["previous_close"] or row["close"])


def _csindex(row: Row) -> Row:
    return {
        "tradeDate": f"{row['trade_date']:%Y%m%d}",
        "indexCode": row["code"][:6],
        "indexNameCnAll": row["name"],
        "indexNameCn": row["name"],
        "indexNameEnAll": row["english"],
        "indexNameEn": row["english"],
        **{k: round(row[k], 2) for k in ("open", "high", "low", "close")},
        "change": round(_change(row), 2),
        "changePct": round(_percent(row), 2),
        "tradingVol": round(row["volume_shares"] / 1e6, 2),
        "tradingValue": round(row["amount_cny"] / 1e8, 2),
        "consNumber": row["members"],
        "peg": row["pe_ttm"],
    }


def _cni(row: Row) -> Row:
    return {
        "day": str(row["trade_date"]),
        "stamp": None,
        **{k: round(row[k], 3) for k in ("high", "open", "low", "close")},
        "change": round(_change(row), 3),
        "percent": f"{_percent(row):.2f}%",
        "amount": round(row["amount_cny"] / 1e8, 2),
        "volume": round(row["volume_shares"] / 1e6, 2),
        "rest": None,
    }
