"""The HTTP clients that akshare uses, so that one function stands where each meets the network.

Nearly all its calls are made by requests and end in `HTTPAdapter.send`; patching it at class level
catches sessions and adapters that akshare makes for itself. Baidu is asked through curl_cffi, which
looks like a browser; pandas opens tables by their addresses through urllib.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from functools import partial
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request
from urllib.response import addinfourl

import requests
from curl_cffi import CurlECode, CurlOpt
from curl_cffi import requests as curl
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from flows.network.limits import CURRENT, Limits, deadline, host_in, whole

Ask = Callable[[Limits], requests.Response]
Handler = Callable[[requests.PreparedRequest, Ask], requests.Response]


@contextmanager
def intercepted(handle: Handler) -> Iterator[None]:
    """Inside, `handle(request, ask)` answers every request of this process, each redirect as well.

    `ask(limits)` would ask the network and read the whole body, within the limits and, whatever the
    caller thinks of certificates, from a host that proves its name. It raises requests' exceptions,
    whichever client asks.
    """
    with ExitStack() as stack:
        for owner, name, stand_in in (
            (HTTPAdapter, "send", sending(HTTPAdapter.send, handle)),
            (HTTPConnection, "getresponse", watched(HTTPConnection.getresponse)),
            (curl.Session, "request", browsing(curl.Session.request, handle)),
        ):
            stack.enter_context(patch.object(owner, name, stand_in))
        stack.enter_context(patch("urllib.request.urlopen", urlopen))
        yield


def sending(adapter: Callable[..., requests.Response], handle: Handler) -> Callable[..., Any]:
    """The stand-in for the method of requests by which every hop of every session is asked."""

    def send(
        self: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        def ask(limits: Limits) -> requests.Response:
            options["timeout"] = limits.wait(options.get("timeout"))
            options["verify"] = options.get("verify") or authorities(str(request.url))
            with deadline(limits, str(request.url)):
                return whole(adapter(self, request, **options | {"stream": True}), limits)

        return handle(request, ask)

    return send


def watched(getresponse: Callable[..., Any]) -> Callable[..., Any]:
    """The stand-in for the method that reads an answer, from a connection old or new."""

    def get(self: HTTPConnection) -> Any:
        if (current := CURRENT.get()) is not None:
            current.watch(self.sock)
        return getresponse(self)

    return get


def browsing(browser: Callable[..., curl.Response], handle: Handler) -> Callable[..., Any]:
    """The stand-in for the method of curl_cffi, which follows redirects where nobody sees it."""

    def browse(self: curl.Session[Any], method: str, url: str, **options: Any) -> curl.Response:
        follow = options.pop("allow_redirects", None)
        options["verify"] = options.get("verify") or self.verify or True

        def hop(method: str, url: str, options: dict[str, Any]) -> requests.Response:
            def ask(limits: Limits) -> requests.Response:
                largest: dict[CurlOpt, Any] = {CurlOpt.MAXFILESIZE_LARGE: limits.body_bytes}
                self.curl_options = (self.curl_options or {}) | largest
                return browsed(partial(browser, self, method), url, options, limits)

            return handle(prepared(self, method, url, options), ask)

        with curl_errors():
            answer = hop(method, url, options)
            while answer.is_redirect and (self.allow_redirects if follow is None else follow):
                method, url, options = onward(answer, method, url, options)
                answer = hop(method, url, options)
            return to_curl(answer)

    return browse


def authorities(url: str) -> bool | str:
    """Whom to believe about a host's name: the operator's REQUESTS_CA_BUNDLE, else requests' list."""
    chosen = requests.Session().merge_environment_settings(
        url, proxies={}, stream=None, verify=True, cert=None
    )
    return chosen["verify"]  # type: ignore[no-any-return]


def browsed(
    browser: Callable[..., curl.Response], url: str, options: dict[str, Any], limits: Limits
) -> requests.Response:
    """What curl_cffi is answered, redirects not followed; its limit of time is one for all."""
    body = bytearray()

    def take(chunk: bytes) -> int:
        body.extend(chunk)
        limits.insist(url, len(body))
        return len(chunk)

    given = options.get("timeout")
    seconds = limits.wait(sum(given) if isinstance(given, tuple) else given)
    bound = {"timeout": seconds, "allow_redirects": False, "content_callback": take}
    with requests_errors(url, limits):
        answer = browser(url, **options | bound)
    answer.content = answer.content or bytes(body)
    return from_curl(answer)


def onward(
    answer: requests.Response, method: str, url: str, options: dict[str, Any]
) -> tuple[str, str, dict[str, Any]]:
    """The request that a redirect asks for, as browsers make it."""
    there = urljoin(url, answer.headers["Location"])
    dropped = {"params"}
    if answer.status_code in {301, 302, 303} and method.upper() != "HEAD":
        method, dropped = "GET", dropped | {"data", "json"}
    kept = {name: value for name, value in options.items() if name not in dropped}
    if host_in(there) != host_in(url):  # a secret is for the host that it was meant for
        secret = {"cookie", "authorization"}
        named = dict(kept.get("headers") or {})
        kept["headers"] = {name: v for name, v in named.items() if name.lower() not in secret}
        kept.pop("cookies", None)
    return method, there, kept


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
def requests_errors(url: str, limits: Limits) -> Iterator[None]:
    """Inside, what curl_cffi raises for want of an answer is raised as requests would."""
    try:
        yield
    except curl.exceptions.Timeout as error:
        message = f"{host_in(url)}: {error} (settings timeout_seconds, deadline_seconds)"
        raise requests.Timeout(message) from error
    except curl.exceptions.RequestException as error:
        if error.code == CurlECode.FILESIZE_EXCEEDED:
            limits.insist(url, limits.body_bytes + 1)
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
