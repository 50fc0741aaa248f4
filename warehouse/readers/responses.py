"""Reading responses themselves, where akshare's own reading of them loses something.

akshare drops a page of announcements in which one item is odd, and cuts characters off the texts of
the evening news. It still makes the requests; what was answered is then read from the responses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import polars as pl

from warehouse.response import Response

FAILED = 400  # the smallest status of an error
LINE = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL | re.IGNORECASE)
TAG, SPACE = re.compile(r"<[^>]+>"), re.compile(r"(?:\s|&nbsp;)+")


class NotAnswered(Exception):
    """The responses are not all of the answer: one is missing, cut off, or a page that is no data."""


class NothingYet(Exception):
    """The upstream answered that it has nothing for a day on which there must be something."""


def of(heard: Sequence[Response], part_of_url: str) -> list[Response]:
    """The responses to requests for such addresses; raises NotAnswered if there are none."""
    found = [h for h in heard if part_of_url in h.url]
    if not found:
        raise NotAnswered(f"{part_of_url} was not asked for")
    return found


def documents(heard: Sequence[Response]) -> list[Any]:
    """The responses as JSON; raises NotAnswered if one of them is an error or a web page."""
    said = []
    for response in heard:
        if not 0 < response.status < FAILED:
            raise NotAnswered(f"{response.url} answered with status {response.status}")
        try:
            said.append(json.loads(response.body))
        except ValueError as error:
            raise NotAnswered(f"{response.url} answered with a page that is no data") from error
    return said


def parsed(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; empty if it is none."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def nothing() -> pl.DataFrame:
    """What a reader of responses gives back if they prove that there is nothing."""
    return pl.DataFrame()


def page(heard: Sequence[Response], part_of_url: str, encoding: str = "utf-8") -> str:
    """The one web page that was asked for; raises NotAnswered if it did not come."""
    (response,) = of(heard, part_of_url)
    if not 0 < response.status < FAILED:
        raise NotAnswered(f"{response.url} answered with status {response.status}")
    return response.body.decode(encoding, errors="replace")


def table(text: str, heading: str) -> pl.DataFrame:
    """The first table of a web page that has a column of such a heading, as text: the lines below
    the heading that begin with a year. Raises NotAnswered if the page has no such table.
    """
    lines = [
        [SPACE.sub(" ", TAG.sub(" ", cell)).strip() for cell in CELL.findall(line)]
        for line in LINE.findall(text)
    ]
    places = [n for n, line in enumerate(lines) if any(c.startswith(heading) for c in line)]
    if not places:
        raise NotAnswered(f"the page has no table with a heading {heading}")
    heads = lines[places[0]]
    below = [line for line in lines[places[0] + 1 :] if len(line) == len(heads)]
    rows = list(takewhile(lambda line: re.fullmatch(r"\d{4}", line[0]), below))
    if not rows:
        raise NotAnswered(f"no line below the heading {heading} begins with a year")
    return pl.DataFrame(rows, schema=heads, orient="row")
