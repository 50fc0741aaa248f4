"""What a scheduled run may ask of each host, for a market of 5,400 shares; at the end, what
measuring minute bars may take.

The plan is what the design allows: about 100 requests after the close, 30 in the morning besides
15 to 20 for the news, 260 a week. What the datasets need beyond the plan bears its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MARGIN = 0.10  # a host that is asked more or less than planned by more is reported
LEAST = 2  # requests more or less that are never reported: one evening has more news than another

SINA, SINA_PAGES = "finance.sina.com.cn", "vip.stock.finance.sina.com.cn"
CENTER, CENTER_F10 = "datacenter-web.eastmoney.com", "datacenter.eastmoney.com"
SSE, SZSE, BSE, CSI = "query.sse.com.cn", "www.szse.cn", "www.bse.cn", "www.csindex.com.cn"
THS, THS_BARS, THS_DATA = "q.10jqka.com.cn", "d.10jqka.com.cn", "data.10jqka.com.cn"
LEGULEGU, LEGULEGU_WWW = "legulegu.com", "www.legulegu.com"


class Item(NamedTuple):
    """Requests of a run to a host, and why, where the plan does not have them."""

    what: str
    host: str
    requests: int
    beyond: str = ""


CALENDAR = Item("trading calendar", SINA, 1, "without next year's days collection stops")
MARKET_HISTORY = Item(
    "margin, whole market",
    CENTER,
    7,
    "the exchanges' sums are held against it; "
    "the history comes only as a whole, its first page twice",
)
NOTICES = Item(
    "announcements of a day",
    "np-anotice-stock.eastmoney.com",
    12,
    "a title alone tells a warning, so that all titles are read, a hundred a page",
)
VALUATION = Item("ratios of 7 indices", CSI, 7, "published after the evening's run")
SECTORS = Item(
    "industries, two levels",
    "www.swsresearch.com",
    4,
    "crowding by day instead of 30 histories a week",
)

EVENING = (
    Item("snapshot of all shares", SINA_PAGES, 70),
    Item("8 mainland indices", SINA, 8),
    Item("Hong Kong's indices", SINA, 3),
    Item("theme index of Shenzhen", "hq.cnindex.com.cn", 1),
    Item("theme indices", CSI, 3),
    Item("two more theme indices", CSI, 2, "no other theme index has a second host"),
    Item("turnover, Shanghai", SSE, 1),
    Item("turnover, Shenzhen", SZSE, 1),
    Item("pools: up, down, broken", "push2ex.eastmoney.com", 3),
    Item("boards: pages", THS, 3),
    Item(
        "boards: a fourth, and the list",
        THS,
        6,
        "each run is a process that has to learn the names",
    ),
    Item("boards: bars", THS_BARS, 3),
    Item("a fourth board", THS_BARS, 1, "robots"),
    Item("Stock Connect", CENTER, 2),
    Item("its history", CENTER, 2, "comes only as a whole, its first page twice"),
    Item("northbound", CENTER, 4, "on Mondays: whether money is published again"),
    Item("suspensions", CENTER, 2, "a halted share has no bar and is no gap"),
    CALENDAR,
    Item("7 shares in Hong Kong", SINA, 7, "the Chinese megacaps"),
    Item("6 funds", SINA, 6, "their flows are shares × price"),
    Item("three indices again", "proxy.finance.qq.com", 3, "a second host confirms the closes"),
    Item("risers and fallers", LEGULEGU, 1, "a second host confirms the breadth"),
    Item("order flow", "push2his.eastmoney.com", 1, "large and small orders"),
)
MORNING = (
    Item("margin and its detail, Shanghai", SSE, 2),
    Item("margin and its detail, Shenzhen", SZSE, 2),
    Item("margin and its detail, Beijing", BSE, 5),
    Item("shares of funds, Shanghai", SSE, 1),
    Item("shares of funds, Shenzhen", SZSE, 1),
    Item("7 shares in New York, with splits", SINA, 14),
    Item("Nasdaq 100", SINA, 1),
    Item("evening news", "tv.cctv.com", 14),
    CALENDAR,
    MARKET_HISTORY,
    NOTICES,
    VALUATION,
    SECTORS,
)
WEEKLY = (
    Item("applications to list", CENTER, 10),
    Item("review meetings", CENTER, 14),
    Item("listings and first days", CENTER, 6),
    Item("money raised by month", THS_DATA, 1),
    Item("results", CENTER, 12),
    Item("flash results and guidance", CENTER_F10, 8),
    Item("consensus", CENTER, 8),
    Item("megacaps of Hong Kong", CENTER_F10, 14),
    Item("their consensus", "www.etnet.com.hk", 7),
    Item("megacaps of New York", CENTER_F10, 14),
    Item("Hong Kong's list", SINA_PAGES, 45),
    Item("valuation of the market", LEGULEGU, 9),
    Item("valuation of the market and new highs", LEGULEGU_WWW, 2),
    Item("economy: a request each", CENTER, 4),
    Item("yields", CENTER_F10, 2),
    Item("parities", "biz.finance.sina.com.cn", 7),
    Item("social financing", "data.mofcom.gov.cn", 1),
    Item("lending rate, new loans", CENTER, 5),
    Item("classification", "www.swsresearch.com", 1),
    Item("lists of shares, Shanghai", SSE, 2, "what is listed, and under which name"),
    Item("list of shares, Shenzhen", SZSE, 1, "the same"),
    Item("list of shares, Beijing", BSE, 15, "twenty shares a page"),
    Item("disclosure dates", CENTER, 14, "when results are due"),
    Item("brokers' reports of 16 shares", "reportapi.eastmoney.com", 32,
         "what single brokers expect; the first page comes twice"),
    Item("a new share in Hong Kong", CENTER_F10, 1, "price and size of each; some weeks have none"),
    Item("its first bars", SINA, 1, "its first day"),
)  # fmt: skip
# What the last trading day still lacks on Saturday: as in the morning, but for the margin figures.
OF_FRIDAY = (
    Item("7 shares in New York, with splits", SINA, 14),
    Item("Nasdaq 100", SINA, 1),
    Item("evening news", "tv.cctv.com", 14),
    CALENDAR,
    NOTICES,
    VALUATION,
    SECTORS,
)
BUDGETS = {"evening": EVENING, "morning": MORNING, "weekly": (*WEEKLY, *OF_FRIDAY)}


def compared(job: str, asked: Counter[str]) -> Iterator[str]:
    """Asked, budget and deviation of each host and of all; a deviation beyond ±10 % is marked."""
    items = BUDGETS[job]
    budget = per_host(items)
    extra = sum(item.requests for item in items if item.beyond)
    yield f"{job}: {'host':32} {'asked':>5} {'budget':>6}"
    for host in sorted(budget | asked, key=lambda h: (-asked[h], h)):
        yield f"{job}: {host:32} {asked[host]:5} {budget[host]:6} {deviation(asked[host], budget[host])}"
    total = f"{deviation(asked.total(), budget.total())}; beyond the plan: {extra}"
    yield f"{job}: {'all':32} {asked.total():5} {budget.total():6} {total}"


def per_host(items: Sequence[Item]) -> Counter[str]:
    totals = Counter[str]()
    for item in items:
        totals[item.host] += item.requests
    return totals


def deviation(asked: int, budget: int) -> str:
    """The difference in per cent of the budget; marked where it is too great."""
    share = f"{(asked - budget) / budget:+5.0%}" if budget else "  new"
    within = abs(asked - budget) <= max(MARGIN * budget, LEAST) and budget
    return share if within else f"{share}  BEYOND ±10 %"


class Measuring(NamedTuple):
    """What minute bars may take to be measured: CPU seconds of a million, MB of a process."""

    seconds: float
    memory: float

    def compared(self, bars: float, cpu: float, peak: float) -> str:
        """What they took, and what they may; marked where that is more."""
        budget = self.seconds * bars / 1e6
        beyond = "; BEYOND" if cpu > budget or peak > self.memory else ""
        return (
            f"{bars:,.0f} minute bars: {cpu:.0f} s of CPU of {budget:.0f}, "
            f"{peak:.0f} MB of {self.memory:.0f}{beyond}"
        )


# A billion within 40 minutes on two cores, each half of it, and a process of at most a gigabyte.
MINUTE_BARS = Measuring(seconds=2 * 40 * 60 / 1000, memory=1000)
