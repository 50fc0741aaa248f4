"""Jin10: the whole margin history of Shanghai and Shenzhen in one file each, CNY and shares."""

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "cdn.jin10.com"


@endpoint(HOST, r"/data_center/reports/fs_1\.json")
def jin10_margin_shanghai(view: View, _query: Query) -> Answer:
    """Shanghai's margin by day."""
    return _history(view, "SSE")


@endpoint(HOST, r"/data_center/reports/fs_2\.json")
def jin10_margin_shenzhen(view: View, _query: Query) -> Answer:
    """Shenzhen's margin by day."""
    return _history(view, "SZSE")


def _history(view: View, exchange: str) -> Answer:
    rows = [_margin(day) for day in view.margin(exchange).to_dicts()]

    def wrap(rows: list[Row]) -> Row:
        days = [list(row.values()) for row in rows]
        return {"values": {day[0]: day[1:] for day in days}}

    return json_answer(rows, wrap)


def _margin(day: Row) -> Row:
    lent, owed = day["securities_lending_balance_cny"], day["financing_balance_cny"]
    return {
        "day": str(day["trade_date"]),
        "purchases": int(day["financing_purchases_cny"]),
        "balance": int(owed),
        "sold": int(day["securities_lending_sold_shares"]),
        "lent_shares": int(day["securities_lending_shares"]),
        "lent": int(lent),
        "both": int(owed + lent),
    }
