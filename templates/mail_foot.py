"""What stands below a letter: where the whole issue is, and how to leave the list.

It follows from the settings and from the size of the message, so it is no part of an edition.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup, escape

from templates.wording.fixed import fixed

PLACE = "<!-- foot -->"  # in the HTML of a letter; without it the foot stands at the end
COLUMNS = 66  # of the plain text
LANGUAGES = {"en": "English", "zh": "中文"}  # each by its own name


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
    """Below a letter. path: of the PDF on the sender's machine; address: who is written to."""

    enclosed: Enclosed
    links: tuple[Link, ...]
    path: str
    address: str


def with_foot(text: str, page: str, foot: Foot, language: str) -> tuple[str, str]:
    """Text and HTML of a letter with the foot below each, in the same words."""
    pdf = next((one.url for one in foot.links if one.key == "pdf"), None)
    said = [_enclosed(foot, pdf, language), fixed("mail.notice", language),
            fixed("mail.leave", language, address=foot.address)]  # fmt: skip
    named = [
        (LANGUAGES.get(one.key) or fixed(f"mail.link.{one.key}", language), one.url)
        for one in foot.links
    ]
    return _plain(text, said, named), _page(page, said, named, foot, pdf)


def _enclosed(foot: Foot, pdf: str | None, language: str) -> str:
    """What is attached, or where it is instead."""
    if foot.enclosed is Enclosed.PDF:
        return fixed("mail.attached", language)
    if pdf:
        return fixed("mail.linked", language, url=pdf)
    return fixed(f"mail.too_large.{foot.enclosed}", language, path=foot.path)


def _plain(text: str, said: list[str], named: list[tuple[str, str]]) -> str:
    links = "".join(f"{name}: {url}\n" for name, url in named)
    lines = [line for one in said for line in textwrap.wrap(one, COLUMNS, break_long_words=False,
                                                            break_on_hyphens=False)]  # fmt: skip
    return f"{text.rstrip()}\n\n{links}{chr(10) * bool(links)}" + "\n".join(lines) + "\n"


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
