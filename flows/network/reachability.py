"""Whether there is a network at all: without one, no further host need be tried."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import requests
from curl_cffi import CurlECode
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import ProxyError as ProxyUnreachable

from flows.network.rate_limit import RequestBlocked
from flows.network.upstreams import domain
from warehouse.quoting import first_line, quoted

# So many operators without a host that can be reached are no accident; one operator may well
# shut out a machine from all its hosts.
DOMAINS = 3
SHOWN = 3  # hosts that a message names
POOL = re.compile(r"^<?[\w.]*Connection\w*(\(.*?\)| object at \w+>): ")  # urllib3's of the request
HELP = re.compile(r"\.? See https?://\S+ .*$")  # curl's
UNCONNECTED = (ConnectTimeoutError, NewConnectionError, ProxyUnreachable)
CURL_UNCONNECTED = {
    CurlECode.COULDNT_RESOLVE_HOST,
    CurlECode.COULDNT_RESOLVE_PROXY,
    CurlECode.COULDNT_CONNECT,
}


class NetworkLost(RequestBlocked):
    """A request blocked locally: no host could be reached."""


@dataclass
class Reachability:
    """What the requests of a run say about the network: hosts that no connection led to, and why,
    and whether any host was reached.
    """

    reached: bool = False
    silent: dict[str, str] = field(default_factory=dict)

    def note(self, host: str, error: Exception | None = None) -> None:
        """Count a response, or what came in its place; a request blocked here says nothing.

        A host that closes the connection, or is silent on it, has been reached.
        """
        if isinstance(error, RequestBlocked):
            return
        if error is not None and never_connected(error):
            self.silent[host] = type(error).__name__
        else:
            self.reached = True

    @property
    def lost(self) -> bool:
        return not self.reached and len({domain(host) for host in self.silent}) >= DOMAINS

    def insist(self) -> None:
        """Raise NetworkLost when there is none."""
        if self.lost:
            raise NetworkLost(self.said)

    @property
    def unreached(self) -> bool:
        """Whether no host was reached at the end of a run, however few it had to ask."""
        return bool(self.silent) and not self.reached

    @property
    def said(self) -> str:
        """The finding in words. Of a few hosts nobody knows whether they are down."""
        first = ", ".join([*self.silent][:SHOWN])
        more = len(self.silent) - SHOWN
        hosts = f"{first} and {more} more" if more > 0 else first
        if not self.lost:
            return f"the network is not reachable, or none of these hosts is ({hosts})"
        return f"no network: none of {len(self.silent)} hosts could be reached ({hosts})"


def in_words(error: Exception) -> str:
    """Why there was no response: without the address, which the log of the day has."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None) or error
    said = reason.args[-1] if len(reason.args) > 1 else reason  # beside the connection
    text = first_line(said) if isinstance(said, Exception) else quoted(str(said))
    return HELP.sub("", POOL.sub("", text))


def never_connected(error: Exception) -> bool:
    """Whether a request failed before there was a connection: no such name, no way, no proxy."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    code = getattr(error.__cause__, "code", None)
    timed_out = isinstance(error, requests.ConnectTimeout)
    return timed_out or isinstance(reason, UNCONNECTED) or code in CURL_UNCONNECTED
