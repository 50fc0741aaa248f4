"""The HTTP clients that akshare uses, so that one function stands where each meets the network.

Nearly all its calls are made by requests and end in `HTTPAdapter.send`; patching it at class level
catches sessions and adapters that akshare makes for itself. Baidu is reached by curl_cffi, which
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

from flows.network.response_limits import CURRENT, Limits, deadline, host_in, whole

Perform = Callable[[Limits], requests.Response]
Handler = Callable[[requests.PreparedRequest, Perform], requests.Response]


@contextmanager
def intercepted(handle: Handler) -> Iterator[None]:
    """Inside, `handle(request, perform)` takes every request of this process, each redirect too.

    `perform(limits)` sends it over the network and reads the whole body, within the limits and,
    whatever the caller thinks of certificates, from a host that proves its name. Whichever client
    sends, it raises requests' exceptions.
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
    """The stand-in for the method of requests that sends every hop of every session."""

    def send(
        self: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        def perform(limits: Limits) -> requests.Response:
            options["timeout"] = limits.wait(options.get("timeout"))
            options["verify"] = options.get("verify") or authorities(str(request.url))
            with deadline(limits, str(request.url)):
                return whole(adapter(self, request, **options | {"stream": True}), limits)

        return handle(request, perform)

    return send


def watched(getresponse: Callable[..., Any]) -> Callable[..., Any]:
    """The stand-in for the method that reads a response, from a connection old or new."""

    def get(self: HTTPConnection) -> Any:
        if (current := CURRENT.get()) is not None:
            current.watch(self.sock)
        return getresponse(self)

    return get


def browsing(browser: Callable[..., curl.Response], handle: Handler) -> Callable[..., Any]:
    """The stand-in for the method of curl_cffi, which follows redirects out of sight."""

    def browse(self: curl.Session[Any], method: str, url: str, **options: Any) -> curl.Response:
        follow = options.pop("allow_redirects", None)
        options["verify"] = options.get("verify") or self.verify or True

        def hop(method: str, url: str, options: dict[str, Any]) -> requests.Response:
            def perform(limits: Limits) -> requests.Response:
                largest: dict[CurlOpt, Any] = {CurlOpt.MAXFILESIZE_LARGE: limits.body_bytes}
                self.curl_options = (self.curl_options or {}) | largest
                return browsed(partial(browser, self, method), url, options, limits)

            return handle(prepared(self, method, url, options), perform)

        with curl_errors():
            response = hop(method, url, options)
            while response.is_redirect and (self.allow_redirects if follow is None else follow):
                method, url, options = onward(response, method, url, options)
                response = hop(method, url, options)
            return to_curl(response)

    return browse


def authorities(url: str) -> bool | str:
    """The certificate authorities: the operator's REQUESTS_CA_BUNDLE, else requests' list."""
    chosen = requests.Session().merge_environment_settings(
        url, proxies={}, stream=None, verify=True, cert=None
    )
    return chosen["verify"]  # type: ignore[no-any-return]


def browsed(
    browser: Callable[..., curl.Response], url: str, options: dict[str, Any], limits: Limits
) -> requests.Response:
    """The response to curl_cffi, redirects not followed; its limit of time is one for all."""
    body = bytearray()

    def take(chunk: bytes) -> int:
        body.extend(chunk)
        limits.insist(url, len(body))
        return len(chunk)

    given = options.get("timeout")
    seconds = limits.wait(sum(given) if isinstance(given, tuple) else given)
    bound = {"timeout": seconds, "allow_redirects": False, "content_callback": take}
    with requests_errors(url, limits):
        response = browser(url, **options | bound)
    response.content = response.content or bytes(body)
    return from_curl(response)


def onward(
    response: requests.Response, method: str, url: str, options: dict[str, Any]
) -> tuple[str, str, dict[str, Any]]:
    """The request that follows a redirect, as browsers make it."""
    there = urljoin(url, response.headers["Location"])
    dropped = {"params"}
    if response.status_code in {301, 302, 303} and method.upper() != "HEAD":
        method, dropped = "GET", dropped | {"data", "json"}
    kept = {name: value for name, value in options.items() if name not in dropped}
    if host_in(there) != host_in(url):  # a secret is for the host that it was meant for
        secret = {"cookie", "authorization"}
        named = dict(kept.get("headers") or {})
        kept["headers"] = {name: v for name, v in named.items() if name.lower() not in secret}
        kept.pop("cookies", None)
    return method, there, kept


def urlopen(url: str | Request, data: bytes | None = None, **_options: Any) -> addinfourl:
    """The response that urllib would return, sent through requests."""
    wanted = url if isinstance(url, Request) else Request(url, data)  # noqa: S310 - never opened here
    response = requests.request(  # noqa: S113 - the handler sets the limit
        wanted.get_method(), wanted.full_url, data=wanted.data, headers=dict(wanted.header_items())
    )
    headers = Message()
    headers["Content-Type"] = response.headers.get("Content-Type", "")
    body = BytesIO(response.content)
    if response.status_code >= 400:
        raise HTTPError(wanted.full_url, response.status_code, response.reason or "", headers, body)
    return addinfourl(body, headers, response.url, response.status_code)


def prepared(
    session: curl.Session[Any], method: str, url: str, options: dict[str, Any]
) -> requests.PreparedRequest:
    """A request that curl_cffi is about to make, as requests would make it."""
    headers = {**dict(session.headers), **dict(options.get("headers") or {})}
    body = {name: options.get(name) for name in ("params", "data", "json")}
    return requests.Request(method, url, headers=headers, **body).prepare()


def from_curl(received: curl.Response) -> requests.Response:
    """A response of curl_cffi as one of requests."""
    response = requests.Response()
    response.status_code, response._content = received.status_code, received.content  # noqa: SLF001
    response.url, response.reason = received.url, received.reason
    response.headers.update({name: value or "" for name, value in received.headers.items()})
    for cookie in received.cookies.jar:
        response.cookies.set_cookie(cookie)
    return response


def to_curl(received: requests.Response) -> curl.Response:
    """A response of requests as one of curl_cffi."""
    response = curl.Response()
    response.status_code, response.content = received.status_code, received.content
    response.url, response.reason, response.ok = received.url, received.reason or "", received.ok
    response.headers = curl.Headers(dict(received.headers))
    response.cookies = curl.Cookies(received.cookies)
    return response


@contextmanager
def requests_errors(url: str, limits: Limits) -> Iterator[None]:
    """Inside, what curl_cffi raises for want of a response is raised as requests would."""
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
