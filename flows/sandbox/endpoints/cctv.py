"""China Central Television: the page of a day of the evening news, and its articles."""

from datetime import date, time
from html import escape

from flows.sandbox.formats.wire import HTML, Answer, Query, Row, day_of
from flows.sandbox.market.broadcast import CAPTION, broadcast
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

SITE = "tv.cctv.com"
BEGUN, COMPLETE = time(19, 30), time(21, 0)  # between them the page lists a part of the items
MISSING = "<html><head><title>404</title></head><body>页面不存在</body></html>"


@endpoint(SITE, r"/lm/xwlb/day/(?P<day>\d{8})\.shtml")
def cctv_day(view: View, query: Query) -> Answer:
    """The list of a day: the whole programme, then its items. Not there before 19:30."""
    wanted = day_of(query["day"])
    items = broadcast(wanted, view.market.parameters.seed)
    if wanted > view.now.date() or (wanted == view.now.date() and view.now.time() < BEGUN):
        return _missing()
    if wanted == view.now.date() and view.now.time() < COMPLETE:
        items = items[: len(items) // 2]
    addresses = [_address(wanted, n) for n in range(len(items))]
    rows = [{"url": a, "title": i.title} for a, i in zip(addresses, items, strict=True)]
    return Answer(rows, lambda rows: _list(wanted, rows), HTML, packed=True)


@endpoint(SITE, r"/\d{4}/\d{2}/\d{2}/VIDE(?P<day>\d{8})(?P<number>\d{3})\.shtml")
def cctv_article(view: View, query: Query) -> Answer:
    """An article: title, and text with the site's caption before it."""
    wanted, number = day_of(query["day"]), int(query["number"])
    items = broadcast(wanted, view.market.parameters.seed)
    if number >= len(items) or wanted > view.now.date():
        return _missing()
    item = items[number]
    return Answer([{"title": item.title, "text": item.text}], _article, HTML, packed=True)


def _missing() -> Answer:
    return Answer([], lambda _: MISSING.encode(), HTML, packed=True, status=404)


def _address(day: date, number: int) -> str:
    return f"https://{SITE}/{day:%Y/%m/%d}/VIDE{day:%Y%m%d}{number:03d}.shtml"


def _list(day: date, rows: list[Row]) -> bytes:
    whole = f'<li><a href="https://{SITE}/{day:%Y/%m/%d}/VIDE0.shtml">《新闻联播》 {day:%Y%m%d}</a></li>'
    items = [
        f'<li><div class="image"><a href="{row["url"]}"><img src="x.jpg"></a></div>'
        f'<div class="text"><div class="title">[视频]{escape(row["title"])}</div></div></li>'
        for row in rows
    ]
    return "\n".join([whole, *items]).encode()


def _article(rows: list[Row]) -> bytes:
    """The page; without rows one that has neither title nor text."""
    parts = ["<html><head><meta charset='utf-8'><script>var a=1;</script></head><body>"]
    for row in rows:
        paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in row["text"].splitlines())
        parts += [
            f"<h3>[视频]{escape(row['title'])}</h3>",
            f'<div class="cnt_bd"><!--repaste.body.begin-->{CAPTION}{paragraphs}</div>',
        ]
    return "".join([*parts, "</body></html>"]).encode()
