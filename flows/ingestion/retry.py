"""The retry policy: which calls are made again, how often, and after which pauses."""

from __future__ import annotations

from collections.abc import Iterable

import stamina

from flows.network.rate_limit import RequestBlocked
from warehouse.errors import SourceUnavailable

ATTEMPTS = 3


def retrying(attempts: int) -> Iterable[stamina.Attempt]:
    """At most so many attempts, with growing pauses of 1 to 20 seconds and jitter."""
    return stamina.retry_context(worth_a_retry, attempts=attempts, wait_initial=1.0, wait_max=20.0)


def worth_a_retry(error: Exception) -> bool:
    """Whether a request was sent and had no response."""
    return isinstance(error, SourceUnavailable) and not isinstance(error.__cause__, RequestBlocked)
