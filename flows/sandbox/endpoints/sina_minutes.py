"""Sina's page of minutes: the newest 1,970 of a share or an index."""

import polars as pl

from flows.sandbox.endpoints.sina import _index_code
from flows.sandbox.formats.wire import Answer, Query, Row, text_answer
from flows.sandbox.market.minutes import without_auction
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PAGE = 1970


@endpoint(
    "quotes.sina.cn", r"/cn/api/jsonp_v2\.php/[^/]+/CN_MarketDataService\.getKLineData", scale="1"
)
def sina_minutes(view: View, query: Query) -> Answer:
    """Minutes by their end, numbers as text: shares and CNY. The opening auction is in 09:31."""
    code = _index_code(query["symbol"])
    digits = view.digits(code)
    days = [_day(bars, digits) for bars in view.minutes(code, PAGE // 240 + 1)]
    rows = [row for day in days for row in day][-int(query["datalen"]) :]
    return text_answer(rows, lambda rows: f"/*sina*/\n=({_listed(rows)});")


def _day(bars: pl.DataFrame, digits: int) -> list[Row]:
    return [
        {
            "day": f"{bar['trade_date']} {bar['minute'] // 60:02}:{bar['minute'] % 60:02}:00",
            **{name: f"{bar[name]:.{digits}f}" for name in ("open", "high", "low", "close")},
            "volume": f"{bar['volume_shares']:.0f}",
            "amount": f"{bar['amount_cny']:.4f}",
        }
        for bar in without_auction(bars).iter_rows(named=True)
    ]


def _listed(rows: list[Row]) -> str:
    """Sina's JSON of rows; of an unknown symbol null."""
    cells = (",".join(f'"{k}":"{v}"' for k, v in row.items()) for row in rows)
    return f"[{','.join(f'{{{row}}}' for row in cells)}]" if rows else "null"
