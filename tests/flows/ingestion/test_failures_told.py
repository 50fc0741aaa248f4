"""What a source that failed is told as: which source, host, function and day, and what came."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import requests

from flows.ingestion import retry
from flows.ingestion.fetch import about, failure, says_nothing
from flows.network.rate_limit import RequestBlocked
from flows.network.response_limits import Refused
from warehouse.catalog import Call, dataset
from warehouse.errors import SourceChanged, SourceEmpty, SourceError, SourceUnavailable

SOURCE = dataset("margin_market").chains[0].sources[0]
CALL = Call("some_function", {"date": "20260113", "market": "sh"})
UNREADABLE = (
    "the answer cannot be read (KeyError: 'close'); its format may have changed. Compare b.gz with "
    "akshare's reader."
)
SAID = f"{SOURCE.name} ({SOURCE.host}) some_function(date=20260113, market=sh)"


def response(status: int, body: bytes, location: str | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = status, body
    if location:
        made.headers["location"] = location
    return made


def told(
    last: requests.Response | None = None,
    error: Exception | None = None,
    lost: Exception | None = None,
    refusal: Exception | None = None,
) -> tuple[SourceError, list[requests.Response]]:
    """The failure, and the responses that do not count as answers of their host."""
    disowned: list[requests.Response] = []
    recorder = SimpleNamespace(
        last=last, failure=lost, refusal=refusal, bodies=["a.gz", "b.gz"], disown=disowned.append
    )
    return failure(SOURCE, CALL, recorder, error), disowned


def test_a_call_is_named_with_source_host_and_arguments() -> None:
    assert about(SOURCE, CALL) == SAID


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"lost": requests.ReadTimeout("too slow")}, SourceUnavailable,
         "no response (too slow); is the host blocked?"),
        ({"error": requests.ConnectionError("reset")}, SourceUnavailable,
         "no response (reset); is the host blocked?"),
        ({"last": response(200, b'{"rows": [1]}'), "error": KeyError("close")}, SourceChanged,
         UNREADABLE),
        ({"last": response(200, b'{"rows": [1]}')}, SourceEmpty,
         "nothing published (no rows); try again later"),
        ({"last": response(200, b"[]"), "error": KeyError("close")}, SourceEmpty,
         "nothing published (KeyError: 'close'); try again later"),
        ({"error": requests.HTTPError("404")}, SourceEmpty,
         "nothing published (HTTPError: 404); try again later"),
    ],
)  # fmt: skip
def test_a_failure_says_what_came_instead(given, kind, words) -> None:
    found, disowned = told(**given)
    assert (type(found), str(found), disowned) == (kind, f"{SAID}: {words}", [])


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(456, b"{}", "status 456"), (200, b"<html>", "a web page"), (503, b"<html>", "status 503")],
)
def test_a_block_page_is_no_answer_of_its_host(status, body, words) -> None:
    page = response(status, body)
    found, disowned = told(page, KeyError("close"))
    assert type(found) is SourceUnavailable
    assert str(found) == (f"{SAID}: answered with {words} instead of data; the host may block us")
    assert disowned == [page]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, SourceChanged),
        (response(302, b"<html>moved", "https://elsewhere.example/"), SourceChanged),
        (response(200, b"code"), SourceChanged),
        (response(200, b"<html>"), SourceUnavailable),
    ],
)
def test_what_was_refused_is_a_change_unless_it_is_a_block_page(answer, kind) -> None:
    refused = Refused("leads elsewhere", response=answer)
    found, _ = told(response(200, b"[]"), refused, requests.ReadTimeout(), refused)
    assert type(found) is kind
    if kind is SourceChanged:
        assert str(found) == f"{SAID}: leads elsewhere"


LONG = b'{"x": "' + b" " * 3980 + b'", '


@pytest.mark.parametrize(
    ("body", "reason", "nothing"),
    [
        (b"", "no rows", True),
        (b" [] \r\n", "no rows", True),
        (b"\n{}", "no rows", True),
        (b"null ", "no rows", True),
        (b"[1]", "no rows", False),
        (b'{"result": null}', "no rows", True),
        (b'{"results": [ ]}', "no rows", True),
        (b'{"data": {}}', "no rows", True),
        (b'{"klines": []}', "no rows", True),
        (b'{"data": [1]}', "no rows", False),
        (LONG + b'"data": []}', "no rows", True),
        (LONG + b" " * 30 + b'"data": []}', "no rows", False),
        (b"[]", "ValueError: Length mismatch: Expected axis has 0 elements", True),
        (b"[]", "ValueError: Length mismatch: Expected axis has 1 elements", True),
        (b"[]", "ValueError: Length mismatch: Expected axis has 2 elements", False),
    ],
)
def test_an_empty_answer_says_nothing_and_one_of_another_width_something(
    body, reason, nothing
) -> None:
    assert says_nothing(body, reason) is nothing


@pytest.fixture
def lines(monkeypatch) -> Iterator[list[str]]:
    said: list[str] = []
    monkeypatch.setattr(retry, "finished", said.append)
    return said


@pytest.mark.parametrize(
    ("subject", "wait", "line"),
    [
        ("index_daily (A)", 4.4, "index_daily (A): silent; attempt 2 of 3 in about 4 s"),
        ("", 0.6, "silent; attempt 2 of 3 in about a moment"),
    ],
)
def test_that_another_attempt_follows_is_said_with_the_reason(lines, subject, wait, line) -> None:
    attempt = SimpleNamespace(num=1, next_wait=wait)
    with pytest.raises(SourceUnavailable), retry.told(subject, attempt, 3):
        raise SourceUnavailable("silent")
    assert lines == [line]


@pytest.mark.parametrize("cause", [None, RequestBlocked("the quota is spent")])
def test_where_no_attempt_follows_nothing_is_said(lines, cause) -> None:
    number = 1 if cause else 3
    with (
        pytest.raises(SourceUnavailable),
        retry.told("x", SimpleNamespace(num=number, next_wait=1.0), 3),
    ):
        raise SourceUnavailable("silent") from cause
    assert lines == []
