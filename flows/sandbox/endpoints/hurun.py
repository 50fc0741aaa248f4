"""Hurun: the page of all lists, the page of a list's years, and the lists themselves."""

from datetime import date

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.market.unicorns import ON_THE_LIST, unicorns
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "www.hurun.net"
DETAILS = "/zh-CN/Rank/HsRankDetails"
HTML = "text/html; charset=utf-8"
OUT = (6, 26)  # month and day on which the list of a year comes out


@endpoint(HOST, DETAILS, pagetype="rich")
def hurun_lists(_view: View, _query: Query) -> Answer:
    """Links to the lists."""
    lists = {"胡润百富榜": "rich", "胡润全球独角兽榜": "unicorn"}
    rows = [{"name": name, "href": f"{DETAILS}?pagetype={kind}"} for name, kind in lists.items()]

    def write(rows: list[Row]) -> bytes:
        links = "".join(f'<li><a href="{r["href"]}">{r["name"]}</a></li>' for r in rows)
        return _page(f'<ul class="dropdown-menu">{links}</ul>')

    return Answer(rows, write, HTML)


@endpoint(HOST, DETAILS, pagetype="unicorn")
def hurun_unicorn_years(view: View, _query: Query) -> Answer:
    """The years for which there is a list."""
    years = [y for y in ON_THE_LIST if date(y, *OUT) <= view.now.date()]
    rows = [{"year": y, "value": f"{DETAILS}?pagetype=unicorn&num=SIM{y}"} for y in years[::-1]]

    def write(rows: list[Row]) -> bytes:
        options = "".join(
            f'<option value="{r["value"]}">{r["year"]} 胡润全球独角兽榜</option>' for r in rows
        )
        return _page(f'<select id="exampleFormControlSelect1">{options}</select>')

    return Answer(rows, write, HTML)


@endpoint(HOST, DETAILS + "List")
def hurun_unicorns(_view: View, query: Query) -> Answer:
    """The list of a year, 100 million CNY."""
    listed = unicorns(int(query["num"].removeprefix("SIM"))).to_dicts()
    first, number = int(query["offset"]), int(query["limit"])
    rows = [_company(c) for c in listed[first : first + number]]
    return json_answer(rows, lambda rows: {"total": len(listed), "rows": rows})


def _company(company: Row) -> Row:
    return {
        "hs_Rank_Unicorn_Ranking": company["rank"],
        "hs_Rank_Unicorn_Wealth": company["value_cny"] / 1e8,
        "hs_Rank_Unicorn_Ranking_Change": "0",
        "hs_Rank_Unicorn_ChaName_Cn": company["people"],
        "hs_Rank_Unicorn_ComName_Cn": company["company"],
        "hs_Rank_Unicorn_Industry_Cn": company["industry"],
    }


def _page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><body>{body}</body></html>".encode()
