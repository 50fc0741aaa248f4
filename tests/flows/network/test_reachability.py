"""What requests without a response say of the network, and in how many words."""

from __future__ import annotations

import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError

from flows.network.reachability import Reachability, in_words

RESOLVED = "Failed to resolve 'a.example' (no such name)"
URL = "/api/data/v1/get?callback=jQuery1123&sortColumns=REPORT_DATE&pageSize=500&pageNumber=1"
CURL = "See https://curl.se/libcurl/c/libcurl-errors.html first for more details."


def wrapped(reason: Exception) -> requests.ConnectionError:
    """As requests raises what urllib3 gives up on."""
    return requests.ConnectionError(MaxRetryError(None, URL, reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (wrapped(NameResolutionError("a.example", None, OSError("no such name"))), RESOLVED),  # type: ignore[arg-type]
        (wrapped(ConnectTimeoutError(None, "Connection timed out.")), "Connection timed out."),
        (requests.ReadTimeout("HTTPSConnectionPool(host='a.example', port=443): Read timed out."),
         "Read timed out."),
        (requests.ConnectionError(f"Failed to perform, curl: (6) Could not resolve host: a. {CURL}"),
         "Failed to perform, curl: (6) Could not resolve host: a"),
        (ValueError(), "ValueError"),
        (wrapped(ValueError("pool", "address", "said last")), "said last"),
    ],
)  # fmt: skip
def test_a_silence_is_told_without_the_address(error: Exception, words: str) -> None:
    assert in_words(error).endswith(words)
    assert len(in_words(error)) < 80
    assert "pageSize" not in in_words(error) and "Pool" not in in_words(error)


def test_a_run_that_reached_nobody_is_told_from_one_that_asked_nobody() -> None:
    reach = Reachability()
    assert not reach.unreached
    reach.note("a.example", requests.ConnectTimeout())
    assert reach.unreached and not reach.lost
    assert reach.said == "the network is not reachable, or none of these hosts is (a.example)"
    reach.note("b.example", requests.ReadTimeout())
    assert not reach.unreached
