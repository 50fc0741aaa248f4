"""Allowed hosts: the upstreams of the catalogue and no others, wherever a redirect leads."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

import requests

from flows.network.response_limits import Refused, host_in
from warehouse.catalog import catalogue

MOST_REDIRECTS = 5
# Domains that akshare needs on the way to an upstream: Tencent for the first year of a series, the
# state broadcaster for the contents of an evening.
BESIDE = frozenset({"gtimg.cn", "cntv.cn"})
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})  # as in sse.com.cn


def domain(host: str) -> str:
    """The registered domain of a host's name."""
    labels = host.lower().split(".")
    long = len(labels) > 2 and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3:] if long else labels[-2:])


@cache
def domains() -> frozenset[str]:
    """The domains of all sources of the catalogue, and those beside them."""
    sources = [s for d in catalogue().values() for chain in d.chains for s in chain.sources]
    return frozenset(domain(s.host) for s in sources if s.host) | BESIDE


@dataclass
class Upstreams:
    """The domains of the catalogue, and the hosts that the operator's settings name.

    An address as a number, a name of this machine or its network is in no such domain.
    """

    named: Collection[str] = ()
    redirects: int = 0  # in a row

    def insist(self, url: str, sender: requests.Response | None = None) -> None:
        """Raise Refused if an address is of no upstream; `sender`: the response that led there."""
        try:
            place = urlsplit(url)
            host = place.hostname or ""
        except ValueError:
            place, host = urlsplit(""), ""
        web = place.scheme in {"http", "https"}
        plain = not (set(place.netloc) & set("\\@%") or any(c <= " " for c in url))
        known = host in self.named or domain(host) in domains()
        if not (web and plain and known):
            whence = (
                f"{host_in(str(sender.url))} redirects to" if sender is not None else "requested"
            )
            raise Refused(
                f"{whence} {url[:200]!r}, which is no address of an upstream; it was not opened. "
                "If an upstream has moved there, name the host under `hosts` in the settings.",
                response=sender,
            )

    def insist_on_redirect(self, response: requests.Response) -> None:
        """Raise Refused if a response redirects to an address of no upstream, or too often."""
        if not response.is_redirect:
            self.redirects = 0
            return
        self.redirects += 1
        here, there = str(response.url), response.headers["Location"]
        with suppress(ValueError):  # what cannot be joined is no address, and is refused as it is
            there = urljoin(here, there)
        self.insist(there, response)
        downgraded = here.startswith("https:") and there.startswith("http:")
        if downgraded or self.redirects > MOST_REDIRECTS:
            why = (
                "without encryption" if downgraded else f"for the {self.redirects}th time in a row"
            )
            raise Refused(
                f"{host_in(here)} redirects to {there[:200]!r} {why}; it was not opened",
                response=response,
            )
