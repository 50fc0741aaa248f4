"""THS: pages that list its boards and give their numbers, and the boards' bars year by year.

It shows neither quotes nor members without a browser. A year that it does not serve is a web page.
"""

from flows.sandbox.formats.wire import Answer, Query, Row, page, text_answer
from flows.sandbox.market.boards import CONCEPTS, PUBLISHERS, TRADES, Board
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PAGES, LINES = "q.10jqka.com.cn", "d.10jqka.com.cn"
MISSING = "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>"
PER_PAGE = 10
# Concepts that nobody here follows; they fill the pages of the list.
OTHERS = (
    "存储芯片", "人形机器人", "卫星导航", "共封装光学(CPO)", "算力租赁", "液冷服务器", "PCB概念", "低空经济",
    "飞行汽车", "MLCC概念", "固态电池", "可控核聚变", "脑机接口", "量子科技", "数据要素", "信创", "国产软件",
    "5G", "6G概念", "消费电子概念", "新能源汽车", "光伏概念", "储能", "创新药",
)  # fmt: skip


@endpoint(PAGES, r"/gn/detail/code/(?P<code>\d+)/?")
def ths_concept_page(_view: View, query: Query) -> Answer:
    """The page of a concept: its number, and the names of the older concepts."""
    return _board_page("gn", CONCEPTS, query["code"])


@endpoint(PAGES, r"/thshy/detail/code/(?P<code>\d+)/?")
def ths_industry_page(_view: View, query: Query) -> Answer:
    """The page of an industry: its number, and the names of all industries."""
    return _board_page("thshy", TRADES, query["code"])


@endpoint(PAGES, r"/gn/index/field/addtime/order/desc/page/(?P<page>\d+)/ajax/1/")
def ths_concept_list(_view: View, query: Query) -> Answer:
    """A page of the concepts, newest first."""
    names = [{"name": b.name, "code": b.page} for b in CONCEPTS]
    names += [{"name": name, "code": str(308000 + n)} for n, name in enumerate(OTHERS)]
    number, pages = int(query["page"]), -(-len(names) // PER_PAGE)

    def write(rows: list[Row]) -> str:
        lines = "".join(f"<tr><td>2024-07-01</td><td>{_link('gn', row)}</td></tr>" for row in rows)
        return (
            "<table><thead><tr><th>日期</th><th>概念名称</th></tr></thead>"
            f'<tbody>{lines}</tbody></table><span class="page_info">{number}/{pages}</span>'
        )

    return text_answer(page(names, number, PER_PAGE), write)


@endpoint(LINES, r"/v4/line/bk_(?P<line>\d+)/01/(?P<year>\d{4})\.js")
def ths_board_bars(view: View, query: Query) -> Answer:
    """The bars of a board in one year: points, shares, CNY."""
    name = next((b.name for b in (*CONCEPTS, *TRADES) if b.line == query["line"]), "")
    bars = view.board(name, PUBLISHERS[0])
    rows = [_bar(bar) for bar in bars.to_dicts() if bar["trade_date"].year == int(query["year"])]

    def write(rows: list[Row]) -> str:
        if not rows:
            return MISSING
        lines = ";".join(",".join(_written(value) for value in row.values()) for row in rows)
        callback = f"quotebridge_v4_line_bk_{query['line']}_01_{query['year']}"
        return f'{callback}({{"data":"{lines}"}})'

    return text_answer(rows, write)


def _board_page(kind: str, listed: tuple[Board, ...], code: str) -> Answer:
    rows = [{"name": b.name, "code": b.page} for b in listed]
    number = next((b.line for b in listed if b.page == code), "0")

    def write(rows: list[Row]) -> str:
        links = "".join(_link(kind, row) for row in rows)
        return (
            f'<html><body><input type="hidden" id="clid" value="{number}">'
            f'<div class="cate_inner">{links}</div></body></html>'
        )

    return text_answer(rows, write)


def _link(kind: str, row: Row) -> str:
    return f'<a href="http://{PAGES}/{kind}/detail/code/{row["code"]}/">{row["name"]}</a>'


def _bar(bar: Row) -> Row:
    """Eleven fields, the last four of them empty for boards."""
    numbers = {k: bar[k] for k in ("open", "high", "low", "close", "volume_shares", "amount_cny")}
    return {"day": f"{bar['trade_date']:%Y%m%d}", **numbers, **dict.fromkeys("abcd", "")}


def _written(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
