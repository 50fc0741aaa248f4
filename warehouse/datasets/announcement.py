"""Announcements of listed companies about their own share: abnormal fluctuation and risk.

What counts is decided by the title alone, by the rules below, because no host says under which of
its headings it files these announcements. Eastmoney is asked for all announcements of a day; the
answer is read from the responses, because akshare drops a page of a hundred in which one item has
no heading. CNINFO is asked for the words that the rules need, a week at a time; for the past it is
the first, because a year of all announcements is five thousand requests. A title is the same on
both hosts after Eastmoney's «name:» and CNINFO's `<em>` are taken off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

import polars as pl

from warehouse.cadence import EventDays
from warehouse.catalog import Asker, Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, choice, day, share_code, text
from warehouse.errors import NotAnswered, NothingYet
from warehouse.readers.responses import documents, nothing, of
from warehouse.readers.text import KNOWN_CODES, code, is_a_share
from warehouse.readers.text import day as published_day
from warehouse.response import Response

# Kind → regular expression over titles; the first that matches counts. Each expression holds one of
# the KEYWORDS, so that a search for these finds all that a list of everything would yield.
RULES = {
    "inquiry_reply": r"(异常波动|风险提示|澄清|停牌核查).*(询证函|问询函|关注函|监管函|回函|复函)",
    "suspension_check": r"停牌核查",
    "severe_abnormal_fluctuation": r"严重异常波动",
    "abnormal_fluctuation": r"异常波动",
    "clarification": r"澄清",
    "delisting_risk_warning": r"(退市|终止上市).*风险提示|风险提示.*(退市|终止上市)",
    "trading_risk_warning": r"(交易|炒作|股价|股票价格|二级市场).{0,6}风险提示|风险提示.*(交易|炒作|股价)",
    "risk_warning": r"风险提示",
}
KEYWORDS = ("异常波动", "风险提示", "澄清", "停牌核查")
NO_WARNING = (
    r"转债|转换公司债券|可交换|基金份额|权证|摊薄即期"  # other securities; arithmetic of an issue
)
RECENT = timedelta(days=30)  # how far back all announcements of a day are asked for
WEEK = 7
TRADING = "trading day"


class Announcement(Table):
    """Announcements of abnormal fluctuation and of risk, one row per share and announcement."""

    code = share_code("Code with exchange suffix", key=True)
    announcement_date = day(
        "Date that the announcement bears; often out on the evening before", key=True
    )
    title = text("Title, without the company's name before it", key=True)
    kind = choice("What the title says, by the rules of this dataset", list(RULES))
    name = text("Short name of the company then")
    url = text("Where the announcement can be read")


def kind_of(title: str = "title") -> pl.Expr:
    """The kind of a title; null: it is about something else."""
    found: Any = pl
    for kind, pattern in RULES.items():
        found = found.when(pl.col(title).str.contains(pattern)).then(pl.lit(kind))
    return pl.when(~pl.col(title).str.contains(NO_WARNING)).then(found.otherwise(None))


def plain(title: str, name: str) -> pl.Expr:
    """A title without marks, blanks, and the name of its company and a colon before it."""
    bare = pl.col(title).str.replace_all(r"</?em>|\s", "").str.replace_all("：", ":")
    company = pl.col(name).str.replace_all(r"\s", "") + ":"
    return bare.str.strip_prefix(company)


def chosen(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that are about an A-share and of a kind, each once."""
    kept = rows.filter(is_a_share("digits")).with_columns(code=code("digits"), kind=kind_of())
    columns = ["code", "announcement_date", "title", "kind", "name", "url"]
    once = kept.unique(["code", "announcement_date", "title"], keep="first", maintain_order=True)
    return once.filter(pl.col("kind").is_not_null()).select(columns)


def everything(since: timedelta | None) -> Asker:
    """All announcements of each day, if the day is recent enough to be worth it."""

    def calls(request: Request) -> list[Call]:
        days = [d for d in request.days if since is None or request.now.date() - d <= since]
        trading = set(request.calendar)
        return [
            Call(
                "stock_notice_report",
                {"symbol": "全部", "date": f"{d:%Y%m%d}"},
                (d,),
                label=TRADING if d in trading else "",
            )
            for d in days
        ]

    return calls


def eastmoney(heard: Sequence[Response], call: Call) -> pl.DataFrame:
    """Every announcement of every page; raises NotAnswered if there are fewer than were counted.

    On every trading day companies publish something; a list that ends on the evening before raises
    NothingYet, because it has not been updated.
    """
    pages = [document["data"] for document in documents(of(heard, "/api/security/ann"))]
    items = {item["art_code"]: item for page in pages for item in page["list"]}
    counted(len(items), max(page["total_hits"] for page in pages))
    rows = [row for item in items.values() for row in shares_of(item)]
    wrong = {row["announcement_date"] for row in rows} - {str(d) for d in call.days}
    if wrong:
        raise NotAnswered(f"the list is of {', '.join(sorted(wrong))}")
    newest = max((item["display_time"][:10] for item in items.values()), default="")
    if call.label == TRADING and newest < str(call.days[0]):
        raise NothingYet(f"the newest announcement is of {newest or 'no day'}")
    return pl.DataFrame(rows, schema=dict.fromkeys(PUBLISHED, pl.String)) if items else nothing()


def shares_of(item: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row for each of the securities that an announcement is about; codes tell the shares."""
    said = {
        "title": item["title"],
        "announcement_date": item["notice_date"][:10],
        "art_code": item["art_code"],
    }
    return [{"digits": c["stock_code"], "name": c["short_name"], **said} for c in item["codes"]]


def counted(got: int, stated: int) -> None:
    """Raises NotAnswered if a list is shorter than its own count says."""
    if got < stated:
        raise NotAnswered(f"{got:,} of {stated:,} announcements are there; the list was cut off")


def read_eastmoney(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    site = "https://data.eastmoney.com/notices/detail/"
    rows = answer.with_columns(
        title=plain("title", "name"),
        announcement_date=published_day("announcement_date"),
        url=site + pl.col("digits") + "/" + pl.col("art_code") + ".html",
    )
    return chosen(rows)


def searches(request: Request) -> list[Call]:
    """For each week, one search for each of the words."""
    weeks: dict[int, list[date]] = {}
    for wanted in request.days:
        weeks.setdefault(wanted.toordinal() // WEEK, []).append(wanted)
    everybody = {"symbol": "", "market": "沪深京", "category": ""}
    return [
        Call(
            "stock_zh_a_disclosure_report_cninfo",
            {
                **everybody,
                "keyword": word,
                "start_date": f"{days[0]:%Y%m%d}",
                "end_date": f"{days[-1]:%Y%m%d}",
            },
            tuple(days),
            label=word,
        )
        for days in weeks.values()
        for word in KEYWORDS
    ]


def cninfo(heard: Sequence[Response], _call: Call) -> pl.DataFrame:
    """Every announcement of every page; raises NotAnswered if there are fewer than were counted."""
    pages = documents(of(heard, "/new/hisAnnouncement/query"))
    items = {
        (item["announcementId"], item["secCode"]): item
        for page in pages
        for item in page["announcements"] or []
    }
    counted(len(items), max(page["totalAnnouncement"] for page in pages))
    columns = {"digits": "secCode", "name": "secName", "title": "announcementTitle",
               "milliseconds": "announcementTime", "art_code": "announcementId", "org": "orgId"}  # fmt: skip
    rows = [{ours: item[theirs] for ours, theirs in columns.items()} for item in items.values()]
    return pl.DataFrame(rows, infer_schema_length=None) if rows else nothing()


def read_cninfo(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    moment = pl.from_epoch("milliseconds", "ms").dt.replace_time_zone("UTC")
    site = "http://www.cninfo.com.cn/new/disclosure/detail?stockCode="
    rows = answer.with_columns(
        name=pl.col("name").str.replace_all(r"</?em>", ""),
        title=plain("title", "name"),
        announcement_date=moment.dt.convert_time_zone("Asia/Shanghai").dt.date(),
        url=site + pl.col("digits") + "&announcementId=" + pl.col("art_code").cast(pl.String),
    )
    return chosen(rows.filter(pl.col("announcement_date").is_in(list(call.days))))


PUBLISHED = ("digits", "name", "title", "announcement_date", "art_code")
LIST, SEARCH = frozenset(PUBLISHED), frozenset(PUBLISHED) - {"announcement_date"}
NOTICES = "np-anotice-stock.eastmoney.com"
CODES = {"digits": KNOWN_CODES}
EASTMONEY = Source(
    "Eastmoney", NOTICES, LIST, everything(RECENT), read_eastmoney, transcript=eastmoney,
    apart=True, vocabulary=CODES,
)  # fmt: skip
CNINFO = Source(
    "CNINFO", "www.cninfo.com.cn", SEARCH, searches, read_cninfo, transcript=cninfo,
    vocabulary=CODES,
)  # fmt: skip
EASTMONEY_PAST = Source(
    "Eastmoney", NOTICES, LIST, everything(None), read_eastmoney, transcript=eastmoney,
    apart=True, vocabulary=CODES,
)  # fmt: skip

DATASET = Dataset(
    name="announcement",
    label="Company warnings",
    grain="one row per share and announcement",
    contract=Announcement,
    publication=Publication("announcement_date", time(23, 30)),
    cadence=EventDays(every_day=True),
    chains=(Chain("A", (EASTMONEY, CNINFO, EASTMONEY_PAST)),),
)
