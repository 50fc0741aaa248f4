"""Performing calls: the only code that runs akshare.

An akshare function fails in the same way on a holiday, behind a block page and after a change of
format. We know from the calendar that there must be data, so every exception is a failure; the
last response tells which one it was.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import polars as pl
import requests

from flows.ingestion.retry import ATTEMPTS, retrying, told
from flows.network.frozen_clock import wall_clock
from flows.network.quick_json import json_first
from flows.network.reachability import in_words
from flows.network.transport import Recorder
from flows.workspace import packaged_calendar
from warehouse.catalog import Call, Source
from warehouse.errors import (
    NotAnswered,
    NothingYet,
    SourceChanged,
    SourceEmpty,
    SourceUnavailable,
    UnknownFormat,
)
from warehouse.quoting import first_line
from warehouse.records.collection_log import Answer

if TYPE_CHECKING:
    import pandas as pd

NOTHING = re.compile(
    rb'"(results?|data|diff|klines|pageHelp|(qfq|hfq)?day)"\s*:\s*(null|\[\s*\]|\{\s*\})'
)
COUNT = re.compile(rb'"(?:count|total)"\s*:\s*(\d+)')
WIDTH = re.compile(r"Expected axis has (\d+) elements")  # what pandas says of columns by position
BARE = {b"", b"[]", b"{}", b"null"}
HTML = re.compile(rb"^\s*<(!doctype|html|head|body|script|title)", re.IGNORECASE)


# Lists that akshare keeps beside the function that reads them.
KEPT = {"macro_china_nbs_nation": ("_get_nbs_tree", "_get_nbs_root_id", "_get_nbs_indicators")}


def forget(function: Callable[..., Any]) -> None:
    """Drop the lists that akshare would keep as long as the process lives, good or bad."""
    beside = vars(sys.modules[function.__module__])
    for kept in (function, *(beside[name] for name in KEPT.get(function.__name__, ()))):
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()


@cache
def akshare() -> ModuleType:
    """akshare, imported when it is first needed, without its progress bars, with quick JSON."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    import akshare as module  # noqa: PLC0415 - two seconds that --help should not cost
    from akshare.utils import demjson  # noqa: PLC0415 - as above

    demjson.decode = json_first(demjson.decode)
    return module


def perform(source: Source, call: Call, recorder: Recorder, *, attempts: int = ATTEMPTS) -> Answer:
    """The answer to one call, conformed; retried only while the upstream does not respond.

    An answer that proves that there is nothing has no columns.

    Raises SourceUnavailable, SourceChanged or SourceEmpty, naming source, function and days.
    """
    return answered(source, call, requested(source, call, recorder, attempts), recorder)


def requested(source: Source, call: Call, recorder: Recorder, attempts: int) -> pl.DataFrame:
    """The rows of one call as published; no columns where the answer proves that there is nothing.

    Raises like `perform`.
    """
    recorder.taken()
    for attempt in retrying(attempts):
        with attempt, told(recorder.subject, attempt, attempts):
            published = call_akshare(source, call, recorder)
    return published


def answered(source: Source, call: Call, published: pl.DataFrame, recorder: Recorder) -> Answer:
    """The answer to a call that was just made, conformed. Raises like `perform`."""
    if not published.width:
        return Answer(call, published, published, recorder.taken())
    if source.counted:
        insist_on_all(source, call, recorder, published.height)
    bodies = recorder.taken()
    return Answer(call, published, read(source, call, published), bodies)


def read(source: Source, call: Call, published: pl.DataFrame) -> pl.DataFrame:
    """The rows of an answer, conformed, if it has the columns that they are read from."""
    missing = sorted(source.columns - set(published.columns))
    if missing:
        raise SourceChanged(
            f"{about(source, call)}: column {', '.join(missing)} is missing; the answer has "
            f"{', '.join(published.columns)}. Compare with warehouse/datasets and adapt the reader."
        )
    return conformed(source, call, published)


def reread(source: Source, call: Call, answer: Answer) -> Answer:
    """An answer to a call that another dataset has made, read for this one."""
    return Answer(call, answer.published, read(source, call, answer.published), answer.bodies)


def call_akshare(source: Source, call: Call, recorder: Recorder) -> pl.DataFrame:
    """The rows of one akshare call as published."""
    if call.function == "packaged_calendar":
        return packaged_calendar().dt.to_string("%Y%m%d").to_frame()
    recorder.begin()
    function = getattr(akshare(), call.function)
    forget(function)
    try:
        recorder.breaker.admit(source.host, recorder.clock())
        with wall_clock(recorder.clock):
            answer = function(**call.arguments)
    except Exception as error:  # noqa: BLE001 - akshare raises any class
        if (said := read_from_responses(source, call, recorder)) is not None:
            return said
        raise failure(source, call, recorder, error) from (recorder.failure or error)
    whole = not recorder.failure  # akshare may go on without a page that did not come
    if whole and not source.transcript and answer is not None and len(answer):
        return as_polars(answer)
    if (said := read_from_responses(source, call, recorder)) is not None:
        return said
    raise failure(source, call, recorder, None) from recorder.failure


def read_from_responses(source: Source, call: Call, recorder: Recorder) -> pl.DataFrame | None:
    """What the responses themselves say where akshare's reading does not count, or None."""
    if recorder.refusal:
        return None
    if source.transcript and recorder.responses:
        return transcribed(source, call, recorder)
    return pl.DataFrame() if proves_nothing(source, call, recorder) else None


def insist_on_all(source: Source, call: Call, recorder: Recorder, rows: int) -> None:
    """Raise SourceEmpty unless there are as many rows as the responses say; akshare skips pages
    that it cannot read, and an upstream that shortens its pages does not shorten its count.
    """
    said = max((int(n) for h in recorder.responses for n in COUNT.findall(h.body)), default=0)
    if rows != said:
        raise SourceEmpty(
            f"{about(source, call)}: {rows:,} rows, and the upstream counts {said:,}; "
            "pages were lost or repeated. It is requested again in the next run."
        )


def transcribed(source: Source, call: Call, recorder: Recorder) -> pl.DataFrame:
    """The rows read from the responses themselves, whatever akshare made of them."""
    assert source.transcript is not None
    try:
        with known_format(about(source, call)):
            return source.transcript(recorder.responses, call)
    except NotAnswered as error:
        raise SourceUnavailable(f"{about(source, call)}: incomplete ({error})") from (
            recorder.failure or error
        )
    except NothingYet as error:
        raise SourceEmpty(f"{about(source, call)}: {error}; try again later") from error
    except (LookupError, TypeError, AttributeError) as error:
        raise SourceChanged(
            f"{about(source, call)}: the responses are not built as they were "
            f"({type(error).__name__}: {error}). They are in the raw archive."
        ) from error


def proves_nothing(source: Source, call: Call, recorder: Recorder) -> bool:
    """Whether the last response is one of which the source says that it means «none»."""
    last = recorder.last
    if last is None or source.none_when is None or blocked(last) or recorder.failure:
        return False
    return source.none_when(last.content, call)


def blocked(response: requests.Response) -> bool:
    """Whether the response is an error or a web page instead of data."""
    return response.status_code >= 400 or bool(HTML.match(response.content[:200]))


def failure(
    source: Source, call: Call, recorder: Recorder, error: Exception | None
) -> SourceUnavailable | SourceChanged | SourceEmpty:
    """What an exception or an empty frame means, judged by the last response."""
    last, lost, refusal = recorder.last, recorder.failure, recorder.refusal
    if refusal:
        last, lost = refusal.response, None
        if last is None or last.is_redirect or not blocked(last):
            return SourceChanged(f"{about(source, call)}: {refusal}")
    silent = lost or (error if no_response(error) else None)
    if not refusal and silent:
        return SourceUnavailable(
            f"{about(source, call)}: no response ({in_words(silent)}); is the host blocked?"
        )
    reason = f"{type(error).__name__}: {error}" if error else "no rows"
    if last is not None and blocked(last):
        recorder.disown(last)
        status = f"status {last.status_code}" if last.status_code >= 400 else "a web page"
        return SourceUnavailable(
            f"{about(source, call)}: answered with {status} instead of data; the host may block us"
        )
    if error is None or last is None or says_nothing(last.content, reason):
        return SourceEmpty(f"{about(source, call)}: nothing published ({reason}); try again later")
    return SourceChanged(
        f"{about(source, call)}: the answer cannot be read ({reason}); its format may "
        f"have changed. Compare {recorder.bodies[-1]} with akshare's reader."
    )


def no_response(error: Exception | None) -> bool:
    """Whether an exception says that there was no response; one that is not JSON is a response."""
    failed = isinstance(error, requests.RequestException)
    return failed and not isinstance(
        error, requests.exceptions.InvalidJSONError | requests.HTTPError
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
            f"{subject}: a value cannot be parsed ({first_line(error)}). The body is in the raw "
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
    """The source and the call, for a message."""
    said = ", ".join(f"{k}={v}" for k, v in call.arguments.items())
    return f"{source.name} ({source.host or 'package'}) {call.function}({said})"
