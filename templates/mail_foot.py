"""What stands below a letter: where the whole issue is, and how to leave the list.

It follows from the settings and from the size of the message, so it is no part of an edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup, escape

from templates.wording.fixed import NAMES, fixed
from templates.wording.text import squares

PLACE = "<!-- foot -->"  # in the HTML of a letter; without it the foot stands at the end
COLUMNS = 66  # of the plain text
ITEM = re.compile(r"(?:-|\d) ")
# What stays together in a line: a space; a word or number with what opens it and its unit; or one
# Chinese character.
WIDE = "\u2e80-\u9fff\uff00-\uffef\u3000-\u303f\u201c\u201d"
PIECES = re.compile(f"[（《“]*(?:[^ {WIDE}]+[万亿年月日分点只家个倍元]*|[{WIDE}])| ")
CLOSING = "，。；：、）》”！？"


class Enclosed(StrEnum):
    """What is attached: the whole issue, only its tables because it is too large, or nothing."""

    PDF = "pdf"
    WORKBOOK = "workbook"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Link:
    """Where something of the issue is on the web.

    key: a language, or what it is, as in the fixed texts mail.link.…
    """

    key: str
    url: str


@dataclass(frozen=True)
class Foot:
    """Below a letter. file: the PDF's name at the sender's; address: who is written to."""

    enclosed: Enclosed
    links: tuple[Link, ...]
    file: str
    address: str


def with_foot(text: str, page: str, foot: Foot, language: str) -> tuple[str, str]:
    """Text and HTML of a letter with the foot below each, in the same words."""
    pdf = next((one.url for one in foot.links if one.key == "pdf"), None)
    said = [_enclosed(foot, pdf, language), fixed("mail.notice", language),
            fixed("mail.leave", language, address=foot.address)]  # fmt: skip
    named = [
        (NAMES.get(one.key) or fixed(f"mail.link.{one.key}", language), one.url)
        for one in foot.links
    ]
    return _plain(text, said, named), _page(page, said, named, foot, pdf)


def _enclosed(foot: Foot, pdf: str | None, language: str) -> str:
    """What is attached, or where it is instead."""
    if foot.enclosed is Enclosed.PDF:
        return fixed("mail.attached", language)
    if pdf:
        return fixed("mail.linked", language, url=pdf)
    return fixed(f"mail.too_large.{foot.enclosed}", language, file=foot.file)


def _plain(text: str, said: list[str], named: list[tuple[str, str]]) -> str:
    links = [f"{name}: {url}" for name, url in named]
    lines = [*text.rstrip().splitlines(), "", *links, *([""] if links else []), *said]
    return "".join(f"{line}\n" for one in lines for line in folded(one))


def folded(line: str) -> list[str]:
    """A line in lines of 66 columns; a Chinese character takes two, an address is never cut.

    An item of a list goes on below its text. No line begins with a mark that ends something.
    """
    indent = ITEM.match(line)
    hang = " " * len(indent[0]) if indent else ""
    found, width = [""], 0
    for piece in PIECES.findall(line):
        wide = int(2 * squares(piece))
        if width + wide > COLUMNS and found[-1].strip() and piece not in CLOSING:
            if piece == " ":
                continue
            found[-1] = found[-1].rstrip(" ")
            found.append(hang)
            width = len(hang)
        found[-1] += piece
        width += wide
    return [found[0], *(one for one in found[1:] if one.strip())]


def _page(
    page: str, said: list[str], named: list[tuple[str, str]], foot: Foot, pdf: str | None
) -> str:
    """The HTML with the foot in its place; addresses are links."""
    blocks = Markup("")
    if named:
        linked = Markup(" &nbsp; ").join(
            Markup('<a class="link" href="{}" style="color:#0b5c8a">{}</a>').format(url, name)
            for name, url in named
        )
        blocks += Markup('<p class="rule" style="margin:0 0 10px;padding-top:10px;'
                         'border-top:1px solid #d8dee5">{}</p>').format(linked)  # fmt: skip
    told = [escape(one) for one in said]
    if pdf:
        anchor = Markup('<a class="link" href="{0}" style="color:#0b5c8a">{0}</a>').format(pdf)
        told[0] = Markup(told[0].replace(escape(pdf), anchor))  # noqa: S704, both are escaped
    mailto = Markup('<a class="link" href="mailto:{0}?subject=unsubscribe" style="color:#0b5c8a">{0}</a>').format(foot.address)  # fmt: skip
    told[-1] = Markup(told[-1].replace(escape(foot.address), mailto))  # noqa: S704, both are escaped
    blocks += Markup(
        '<p class="small" style="margin:0;font-size:12px;color:#5f6b79">{}</p>'
    ).format(Markup("<br>").join(told))
    foot_markup = str(blocks)  # as Markup it would escape the page around it
    before, mark, after = page.partition(PLACE)
    if mark:
        return before + foot_markup + after
    body, end, rest = page.rpartition("</body>")
    return body + foot_markup + end + rest if end else page + foot_markup
