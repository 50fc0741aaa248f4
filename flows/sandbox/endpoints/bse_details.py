"""Beijing Stock Exchange: margin by security, as JSONP in pages."""

from flows.sandbox.endpoints.bse import HOST, PAGE
from flows.sandbox.formats.wire import Answer, Query, Row, day_of, page, text_answer, to_json
from flows.sandbox.market.margin_detail import detail
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint(HOST, r"/rzrqjyyexxController/detailInfoResult\.do")
def bse_margin_detail(view: View, query: Query) -> Answer:
    """A page of the margin of a day by security, CNY and shares, under the codes of that day."""
    day = day_of(query["transDate"])
    published = day <= view.margin_day("BSE")
    all_rows = detail(view.market, "BSE", day).to_dicts() if published else []
    rows = [
        _margin(row, view.market.digits(row["code"], day))
        for row in page(all_rows, int(query["page"]) + 1, PAGE)
    ]
    pages = -(-len(all_rows) // PAGE)

    def write(rows: list[Row]) -> str:
        head = {"content": rows, "totalElements": len(all_rows), "totalPages": pages}
        return f"{query['callback']}([{to_json([head]).decode()},'{query['transDate']}'])"

    return text_answer(rows, write)


def _margin(row: Row, digits: str) -> Row:
    owed, lent = row["financing_balance_cny"], row["securities_lending_balance_cny"]
    return {
        "zqdm": digits,
        "zqjc": row["name"],
        "rzmre": row["financing_purchases_cny"],
        "rzye": owed,
        "rqmcl": row["securities_lending_sold_shares"],
        "rqyl": row["securities_lending_shares"],
        "rqye": lent,
        "rzrqye": owed + lent,
    }
