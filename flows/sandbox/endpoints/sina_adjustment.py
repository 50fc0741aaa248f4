"""Sina: the adjustment factors of a share, a script of its own."""

from flows.sandbox.formats.wire import Answer, Query, Row, text_answer, to_json
from flows.sandbox.market.securities import adjustment
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("finance.sina.com.cn", r"/realstock/company/(?P<symbol>\w+)/hfq\.js")
def sina_adjustment_factors(view: View, query: Query) -> Answer:
    """Backward adjustment, newest first; the last row holds for the time before the first ex-rights
    day. A share without any has that row only, an unknown one nothing.
    """
    symbol = query["symbol"]
    position = view.market.position.get(symbol)
    known = [] if position is None else adjustment(view.market.simulation, position).to_dicts()
    rows: list[Row] = [
        {"d": str(row["ex_date"]), "f": f"{row['factor']:.16f}"}
        for row in known
        if row["ex_date"] <= view.now.date()
    ]

    def write(rows: list[Row]) -> str:
        body = to_json({"total": len(rows), "data": rows}).decode()
        return f"var {symbol}hfq={body}\n/* packed */"

    return text_answer(rows, write)
