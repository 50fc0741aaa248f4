"""Sina: the adjustment factors of a share, a script of its own."""

from flows.sandbox.formats.wire import Answer, Query, Row, text_answer, to_json
from flows.sandbox.market.securities import adjustment
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("finance.sina.com.cn", r"/realstock/company/(?P<symbol>\w+)/(?P<kind>[hq]fq)\.js")
def sina_adjustment_factors(view: View, query: Query) -> Answer:
    """Newest first: backward adjustment, or forward, by how much the newest factor is more.

    The last row holds for the time before the first ex-rights day. A share without any has that row
    only, an unknown one nothing.
    """
    symbol, kind = query["symbol"], query["kind"]
    position = view.market.position.get(symbol)
    known = [] if position is None else adjustment(view.market.simulation, position).to_dicts()
    public = [row for row in known if row["ex_date"] <= view.now.date()]
    factors = [
        row["factor"] if kind == "hfq" else public[0]["factor"] / row["factor"] for row in public
    ]
    rows: list[Row] = [
        {"d": str(row["ex_date"]), "f": f"{factor:.16f}"}
        for row, factor in zip(public, factors, strict=True)
    ]

    def write(rows: list[Row]) -> str:
        body = to_json({"total": len(rows), "data": rows}).decode()
        return f"var {symbol}{kind}={body}\n/* packed */"

    return text_answer(rows, write)
