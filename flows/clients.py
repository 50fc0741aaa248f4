"""The HTTP clients that akshare uses, so that one function stands where each meets the network.

Nearly all its calls are made by requests and end in `HTTPAdapter.send`; patching it at class level
catches sessions and adapters that akshare makes for itself. Baidu is asked through curl_cffi, which
looks like a browser; pandas opens tables by their addresses through urllib.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.request import Request
from urllib.response import addinfourl

import requests
from curl_cffi import requests as curl
from requests.adapters import HTTPAdapter

Ask = Callable[[float], requests.Response]
Handler = Callable[[requests.PreparedRequest, Ask], requests.Response]


@contextmanager
def intercepted(handle: Handler) -> Iterator[None]:
    """Inside, `handle(request, ask)` answers every request of this process.

    `ask(seconds)` would ask the network, at most so long if the caller has no limit of its own.
    It raises requests' exceptions, whichever client asks.
    """
    adapter, browser = HTTPAdapter.send, curl.Session.request

    def send(
        self: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        def ask(seconds: float) -> requests.Response:
            limit = options.get("timeout") or seconds
            return adapter(self, request, **options | {"timeout": limit})

        return handle(request, ask)

    def browse(self: curl.Session[Any], method: str, url: str, **options: Any) -> curl.Response:
        def ask(seconds: float) -> requests.Response:
            limit = options.get("timeout") or seconds
            with requests_errors():
                return from_curl(browser(self, method, url, **options | {"timeout": limit}))  # type: ignore[arg-type]

        with curl_errors():
            return to_curl(handle(prepared(self, method, url, options), ask))

    with ExitStack() as stack:
        stack.enter_context(patch.object(HTTPAdapter, "send", send))
        stack.enter_context(patch.object(curl.Session, "request", browse))
        stack.enter_context(patch("urllib.request.urlopen", urlopen))
        yield


def urlopen(url: str | Request, data: bytes | None = None, **_options: Any) -> addinfourl:
    """What urllib would answer, asked through requests."""
    asked = url if isinstance(url, Request) else Request(url, data)  # noqa: S310 - never opened here
    answer = requests.request(  # noqa: S113 - the handler sets the limit
        asked.get_method(), asked.full_url, data=asked.data, headers=dict(asked.header_items())
    )
    headers = Message()
    headers["Content-Type"] = answer.headers.get("Content-Type", "")
    body = BytesIO(answer.content)
    if answer.status_code >= 400:
        raise HTTPError(asked.full_url, answer.status_code, answer.reason or "", headers, body)
    return addinfourl(body, headers, answer.url, answer.status_code)


def prepared(
    session: curl.Session[Any], method: str, url: str, options: dict[str, Any]
) -> requests.PreparedRequest:
    """A request that curl_cffi is about to make, as requests would make it."""
    headers = {**dict(session.headers), **dict(options.get("headers") or {})}
    body = {name: options.get(name) for name in ("params", "data", "json")}
    return requests.Request(method, url, headers=headers, **body).prepare()


def from_curl(answer: curl.Response) -> requests.Response:
    """An answer of curl_cffi as one of requests."""
    response = requests.Response()
    response.status_code, response._content = answer.status_code, answer.content  # noqa: SLF001
    response.url, response.reason = answer.url, answer.reason
    response.headers.update({name: value or "" for name, value in answer.headers.items()})
    for cookie in answer.cookies.jar:
        response.cookies.set_cookie(cookie)
    return response


def to_curl(response: requests.Response) -> curl.Response:
    """An answer of requests as one of curl_cffi."""
    answer = curl.Response()
    answer.status_code, answer.content = response.status_code, response.content
    answer.url, answer.reason, answer.ok = response.url, response.reason or "", response.ok
    answer.headers = curl.Headers(dict(response.headers))
    answer.cookies = curl.Cookies(response.cookies)
    return answer


@contextmanager
def requests_errors() -> Iterator[None]:
    """Inside, what curl_cffi raises for want of an answer is raised as requests would."""
    try:
        yield
    except curl.exceptions.Timeout as error:
        raise requests.Timeout(str(error)) from error
    except curl.exceptions.RequestException as error:
        raise requests.ConnectionError(str(error)) from error


@contextmanager
def curl_errors() -> Iterator[None]:
    """Inside, what requests raises is raised as curl_cffi would."""
    try:
        yield
    except requests.Timeout as error:
        raise curl.exceptions.Timeout(str(error)) from error
    except requests.RequestException as error:
        raise curl.exceptions.ConnectionError(str(error)) from error
