"""Addresses that may be opened: those of the catalogue's domains, wherever a redirect leads."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import requests

from flows.network.response_limits import Refused
from flows.network.upstreams import BESIDE, MOST_REDIRECTS, Upstreams, domain, domains


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("query.sse.com.cn", "sse.com.cn"),
        ("SSE.COM.CN", "sse.com.cn"),
        ("data.stats.gov.cn", "stats.gov.cn"),
        ("push2.eastmoney.com", "eastmoney.com"),
        ("a.b.eastmoney.com", "eastmoney.com"),
        ("com.cn", "com.cn"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_a_host_belongs_to_the_domain_that_somebody_registered(host: str, registered: str) -> None:
    assert domain(host) == registered


def test_the_domains_are_those_of_sources_and_a_few_beside_them() -> None:
    assert domains() > BESIDE
    assert {"sse.com.cn", "eastmoney.com"} <= domains()
    assert "" not in domains()


OPEN = "https://query.sse.com.cn/x?a=b"


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        (OPEN, True),
        ("http://query.sse.com.cn/", True),
        ("https://named.example:8443/", True),
        ("https://other.example/", False),
        ("ftp://query.sse.com.cn/", False),
        ("https://user@query.sse.com.cn/", False),
        ("https://query.sse.com.cn\\@other.example/", False),
        ("https://query.sse.com.cn%2f/", False),
        ("https://query.sse.com.cn/a b", False),
        ("https://query.sse.com.cn/a\n", False),
        ("https://127.0.0.1/", False),
        ("https://[::1/", False),
        ("/relative", False),
        ("", False),
    ],
)
def test_an_address_is_opened_that_is_plain_and_of_an_upstream(url: str, *, opened: bool) -> None:
    with nullcontext() if opened else pytest.raises(Refused, match=r"^requested .*not opened"):
        Upstreams(["named.example"]).insist(url)


def redirect(to: str | None, here: str = OPEN, status: int = 302) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url = status, here
    if to is not None:
        response.headers["Location"] = to
    return response


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("/elsewhere", None),
        ("https://www.szse.cn/", None),
        ("https://evil.example/", r"query.sse.com.cn redirects to 'https://evil.example/', which"),
        ("http://query.sse.com.cn/", r"redirects to 'http://query.sse.com.cn/' without encryption"),
        ("https://[::1/", "which is no address of an upstream"),
    ],
)
def test_a_redirect_leads_to_an_upstream_and_keeps_encryption(to: str, said: str | None) -> None:
    response = redirect(to)
    with pytest.raises(Refused, match=said) if said else nullcontext() as raised:
        Upstreams().insist_on_redirect(response)
    if raised is not None:
        assert raised.value.response is response


def test_without_encryption_before_there_is_none_to_keep() -> None:
    Upstreams().insist_on_redirect(redirect("http://www.szse.cn/", "http://query.sse.com.cn/"))


def test_redirects_in_a_row_are_counted_and_an_answer_ends_the_row() -> None:
    upstreams = Upstreams()
    for _ in range(MOST_REDIRECTS):
        upstreams.insist_on_redirect(redirect("/x"))
    with pytest.raises(Refused, match="for the 6th time in a row; it was not opened"):
        upstreams.insist_on_redirect(redirect("/x"))
    upstreams.insist_on_redirect(redirect(None, status=200))
    for _ in range(MOST_REDIRECTS):
        upstreams.insist_on_redirect(redirect("/x"))
    assert MOST_REDIRECTS == 5
