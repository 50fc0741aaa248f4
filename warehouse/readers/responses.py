"""Reading responses themselves, where akshare's own reading of them loses something.

akshare drops a page of announcements in which one item is odd, and cuts characters off the texts of
the evening news. It still makes the requests; what was answered is then read from the responses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import polars as pl

from warehouse.errors import NotAnswered, UnknownFormat
from warehouse.readers.webpage import Page
from warehouse.response import Response

FAILED = 400  # the smallest status of an error


def of(responses: Sequence[Response], part_of_url: str) -> list[Response]:
    """The responses to requests for such addresses; raises NotAnswered if there are none."""
    found = [r for r in responses if part_of_url in r.url]
    if not found:
        raise NotAnswered(f"{part_of_url} was not asked for")
    return found


def documents(responses: Sequence[Response]) -> list[Any]:
    """The responses as JSON; raises NotAnswered if one of them is an error or a web page."""
    said = []
    for response in responses:
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


def page(responses: Sequence[Response], part_of_url: str, encoding: str = "utf-8") -> str:
    """The one web page that was asked for; raises NotAnswered if it did not come."""
    (response,) = of(responses, part_of_url)
    if not 0 < response.status < FAILED:
        raise NotAnswered(f"{response.url} answered with status {response.status}")
    return response.body.decode(encoding, errors="replace")


def table(text: str, heading: str) -> pl.DataFrame:
    """The first table of a web page that has a column of such a heading, as text: the rows below
    the headings that begin with a year.

    Raises NotAnswered if the page has no such table, UnknownFormat if a row has other columns.
    """
    having = ((t, h) for t in Page(text).tables() if (h := t.headings(heading)))
    first = next(having, None)
    if first is None:
        raise NotAnswered(f"the page has no table with a heading {heading}")
    found, (names, below) = first
    of_years = (row for row in found.rows[below:] if len(row) == len(names) or _year(row))
    rows = list(takewhile(_year, of_years))
    if not rows:
        raise NotAnswered(f"no line below the heading {heading} begins with a year")
    if odd := [row for row in rows if len(row) != len(names)]:
        raise UnknownFormat(f"a row of {len(odd[0])} cells below {len(names)} headings: {odd[0]}")
    return pl.DataFrame(rows, schema=names, orient="row")


def _year(row: Sequence[str]) -> bool:
    """Whether a row of a table begins with a year."""
    return len(row) > 0 and row[0].isdecimal() and len(row[0]) == len("2026")
