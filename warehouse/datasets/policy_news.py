"""The evening news of China Central Television (新闻联播), item by item, as broadcast.

akshare asks for the page of the day and for every article on it, but what it returns is damaged: it
strips the caption 央视网消息（新闻联播）： as a set of characters, so that texts lose their first
and last ones (新质生产力 becomes 质生产力), and it passes over an article that fails. So the
texts are read from the responses. An article that the site no longer has keeps its row, with its
title from the page of the day and no text; one that was not answered is asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time

import polars as pl

from warehouse.cadence import EventDays
from warehouse.catalog import Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, count, day
from warehouse.contract import text as words
from warehouse.errors import NotAnswered, NothingYet, UnknownFormat
from warehouse.readers.responses import FAILED
from warehouse.readers.webpage import Page
from warehouse.response import Response

FIRST = date(2016, 2, 4)  # pages of earlier days look otherwise
GONE = (404, 410)
CAPTION = re.compile(r"^央视网消息\s*[（(]新闻联播[）)]\s*[：:]?\s*")
MARK = re.compile(r"^\s*\[视频\]\s*")
READABLE = 0.5  # share of the articles that must have a text; else the pages have changed


class PolicyNews(Table):
    """Items of the evening news with title and text, without the site's captions."""

    broadcast_date = day("Day of the broadcast", key=True)
    position = count("Place in the programme, from 1", key=True, min=1, max=200)
    title = words("Title, without the mark [视频]")
    text = words(
        "Text as broadcast, one line per paragraph; null: the site no longer has it",
        nullable=True,
        lines=True,
    )
    url = words("Address of the article", optional=True)


TITLE, OLD_TITLE = ("h3", ""), ("div", "tit")
BODY, OLD_BODY = ("div", "cnt_bd"), ("div", "content_area")


def ask(request: Request) -> list[Call]:
    return [Call("news_cctv", {"date": f"{d:%Y%m%d}"}, (d,)) for d in request.days if d >= FIRST]


def transcript(heard: Sequence[Response], _call: Call) -> pl.DataFrame:
    """The items of the page of the day in their order, each with what its article says.

    Raises NothingYet without a page of the day, NotAnswered if an article was not answered.
    """
    page, *articles = [h for h in heard if not 300 <= h.status < FAILED]
    if page.status in GONE:
        raise NothingYet("the site has no page of that day")
    items = listed(page)
    lost = [h.url for h in articles if h.status not in (200, *GONE)]
    if lost or len(articles) != len(items):
        raise NotAnswered(
            f"{len(items)} articles are listed, {len(articles) - len(lost)} answered; first lost: "
            f"{lost[:1]}"
        )
    listed_once = {h.url: (h, title) for h, title in zip(articles, items, strict=True)}
    rows = [item(h, title) for h, title in listed_once.values()]
    if sum(row["text"] is not None for row in rows) < READABLE * len(rows):
        raise UnknownFormat("most articles have no text where their text used to be")
    return pl.DataFrame(rows, schema=dict.fromkeys(("title", "text", "url"), pl.String))


def listed(page: Response) -> list[str]:
    """The title of each item of the page; the first one is the whole programme."""
    if page.status != 200:
        raise NotAnswered(f"{page.url} answered with status {page.status}")
    items = Page(page.text).items()[1:]
    if not items:
        raise NothingYet("the page of that day lists nothing")
    return items


def item(article: Response, listed_title: str) -> dict[str, str | None]:
    """Title and text of an article; the title of the page of the day where the article has none."""
    page = Page(article.text if article.status == 200 else "")
    return {
        "title": " ".join((page.first(TITLE, OLD_TITLE) or listed_title).split()),
        "text": page.first(BODY, OLD_BODY),
        "url": article.url,
    }


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return answer.select(
        broadcast_date=pl.lit(call.days[0]),
        position=pl.int_range(1, pl.len() + 1),
        title="title",
        text="text",
        url="url",
    )


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the captions of the site: whole ones, at the beginning, once."""
    return rows.with_columns(
        title=pl.col("title").str.replace(MARK.pattern, ""),
        text=pl.col("text")
        .str.replace_all("\xa0", " ")
        .str.strip_chars()
        .str.replace(CAPTION.pattern, ""),
    )


def items_of_days(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file with a list of items for each day, or of one in our own columns."""
    if "items" not in rows.columns:
        return rows
    each = rows.select(
        broadcast_date=pl.col("date").str.to_date("%Y%m%d", strict=True),
        position=pl.int_ranges(1, pl.col("items").list.len() + 1),
        items="items",
    )
    return each.explode("position", "items").unnest("items")


CCTV = Source(
    "CCTV",
    "tv.cctv.com",
    frozenset({"title", "text"}),
    ask,
    read,
    transcript=transcript,
    apart=True,
)

DATASET = Dataset(
    name="policy_news",
    label="Evening news",
    grain="one row per item of a broadcast",
    contract=PolicyNews,
    publication=Publication("broadcast_date", time(21, 30)),
    cadence=EventDays(every_day=True),
    chains=(Chain("CCTV", (CCTV,)),),
    conform=conform,
    foreign={"policy_news": items_of_days},
)
