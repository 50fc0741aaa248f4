"""Performing calls: the only code that runs akshare.

An akshare function fails in the same way on a holiday, behind a block page and after a change of
format. We know from the calendar that there must be data, so every exception is a failure; the
last response tells which one it was.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import polars as pl
import requests
import stamina

from flows.seam import Recorder
from flows.wallclock import wall_clock
from flows.workspace import packaged_calendar
from warehouse.catalog import Call, Source
from warehouse.checks import first_line
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable
from warehouse.reading import UnknownFormat

if TYPE_CHECKING:
    import pandas as pd

ATTEMPTS = 3
NOTHING = re.compile(rb'"(result|data|diff|klines|pageHelp)"\s*:\s*(null|\[\s*\]|\{\s*\})')
WIDTH = re.compile(r"Expected axis has (\d+) elements")  # what pandas says of columns by position
BARE = {b"", b"[]", b"{}", b"null"}
HTML = re.compile(rb"^\s*<(!doctype|html|head|body|script|title)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What an upstream said to one call: as published, and conformed."""

    call: Call
    published: pl.DataFrame
    rows: pl.DataFrame
    bodies: list[str]

    @property
    def arguments(self) -> str:
        return said(self.call)


def said(call: Call) -> str:
    """The arguments of a call as the books hold them."""
    return json.dumps(dict(call.arguments), ensure_ascii=False)


@cache
def akshare() -> ModuleType:
    """akshare, imported when it is first needed, without its progress bars."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    import akshare as module  # noqa: PLC0415 - two seconds that --help should not cost

    return module


def perform(source: Source, call: Call, recorder: Recorder, *, attempts: int = ATTEMPTS) -> Answer:
    """The answer to one call, conformed; retried only while the upstream does not respond.

    An answer that proves that there is nothing has no columns.

    Raises SourceUnavailable, SourceChanged or SourceEmpty, naming source, function and days.
    """
    recorder.taken()
    waits = stamina.retry_context(
        SourceUnavailable, attempts=attempts, wait_initial=1.0, wait_max=20.0
    )
    for attempt in waits:
        with attempt:
            published = ask(source, call, recorder)
    if not published.width:
        return Answer(call, published, published, recorder.taken())
    missing = sorted(source.columns - set(published.columns))
    if missing:
        raise SourceChanged(
            f"{about(source, call)}: column {', '.join(missing)} is missing; the answer has "
            f"{', '.join(published.columns)}. Compare with warehouse/datasets and adapt the reader."
        )
    return Answer(call, published, conformed(source, call, published), recorder.taken())


def ask(source: Source, call: Call, recorder: Recorder) -> pl.DataFrame:
    """The rows of one akshare call as published."""
    if call.function == "packaged_calendar":
        return packaged_calendar().dt.to_string("%Y%m%d").to_frame()
    recorder.last = None
    function = getattr(akshare(), call.function)
    if hasattr(function, "cache_clear"):  # akshare keeps some lists as long as the process lives
        function.cache_clear()
    try:
        with wall_clock(recorder.clock):
            answer = function(**call.arguments)
    except requests.exceptions.InvalidJSONError as error:  # an answer, though not JSON
        raise failure(source, call, recorder, error) from error
    except requests.RequestException as error:
        raise SourceUnavailable(
            f"{about(source, call)}: no answer ({error}); is the host blocked?"
        ) from error
    except Exception as error:  # what akshare raises where it cannot read may be of any class
        if isinstance(error.__cause__, (requests.ConnectionError, requests.Timeout)):
            raise SourceUnavailable(
                f"{about(source, call)}: no answer ({error}); is the host blocked?"
            ) from error
        if proves_nothing(source, call, recorder):
            return pl.DataFrame()
        raise failure(source, call, recorder, error) from error
    if answer is not None and len(answer):
        return as_polars(answer)
    if proves_nothing(source, call, recorder):
        return pl.DataFrame()
    raise failure(source, call, recorder, None)


def proves_nothing(source: Source, call: Call, recorder: Recorder) -> bool:
    """Whether the last response is one of which the source says that it means «none»."""
    last = recorder.last
    if last is None or source.none_when is None or blocked(last):
        return False
    return source.none_when(last.content, call)


def blocked(response: requests.Response) -> bool:
    """Whether somebody answered with an error or a web page instead of data."""
    return response.status_code >= 400 or bool(HTML.match(response.content[:200]))


def failure(
    source: Source, call: Call, recorder: Recorder, error: Exception | None
) -> SourceUnavailable | SourceChanged | SourceEmpty:
    """What an exception or an empty frame means, judged by the last response."""
    last = recorder.last
    reason = f"{type(error).__name__}: {error}" if error else "no rows"
    if last is not None and blocked(last):
        status = f"status {last.status_code}" if last.status_code >= 400 else "a web page"
        return SourceUnavailable(
            f"{about(source, call)}: answered with {status} instead of data; the host may block us"
        )
    if error is None or last is None or says_nothing(last.content, reason):
        return SourceEmpty(f"{about(source, call)}: nothing published ({reason}); try again later")
    return SourceChanged(
        f"{about(source, call)}: the answer cannot be read ({reason}); its format may have changed. "
        f"Compare {recorder.bodies[-1]} with akshare's reader."
    )


def says_nothing(body: bytes, reason: str) -> bool:
    """Whether an answer that cannot be read is one without rows, and not one of another width."""
    width = WIDTH.search(reason)
    if width and int(width[1]) > 1:
        return False
    return body.strip() in BARE or bool(NOTHING.search(body[:4000]))


def conformed(source: Source, call: Call, published: pl.DataFrame) -> pl.DataFrame:
    """The rows in the warehouse's names, units and types."""
    with known_format(about(source, call)):
        return source.read(published, call)


@contextmanager
def known_format(subject: str) -> Iterator[None]:
    """Inside, what polars cannot read or our readers do not recognise is a changed source."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise SourceChanged(
            f"{subject}: a value is not what it was ({first_line(error)}). The body is in the raw "
            "archive; adapt the reader in warehouse/datasets."
        ) from error
    except UnknownFormat as error:
        raise SourceChanged(f"{subject}: {error}. The body is in the raw archive.") from error


def as_polars(answer: pd.DataFrame) -> pl.DataFrame:
    """A pandas answer with every cell as its text or number, whatever pandas made of it."""
    answer = answer.copy()
    answer.columns = [str(c) for c in answer.columns]
    for column in answer.columns:
        if answer[column].dtype == object:
            answer[column] = answer[column].astype("str")
    return pl.from_pandas(answer)


def about(source: Source, call: Call) -> str:
    """Which request a message speaks of."""
    said = ", ".join(f"{k}={v}" for k, v in call.arguments.items())
    return f"{source.name} ({source.host or 'package'}) {call.function}({said})"
