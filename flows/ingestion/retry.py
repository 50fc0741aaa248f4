"""The retry policy: which calls are made again, how often, and after which pauses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stamina
from stamina.instrumentation import set_on_retry_hooks

from flows.network.rate_limit import RequestBlocked
from flows.network.turns import resting
from flows.progress import finished
from warehouse.errors import SourceUnavailable

ATTEMPTS = 3
set_on_retry_hooks(())  # `told` says it, with host, dataset and reason


def retrying(attempts: int) -> Iterator[stamina.Attempt]:
    """At most so many attempts, with growing pauses of 1 to 20 seconds and jitter."""
    each = iter(
        stamina.retry_context(worth_a_retry, attempts=attempts, wait_initial=1.0, wait_max=20.0)
    )
    while True:
        with resting():  # the pause is within
            attempt = next(each, None)
        if attempt is None:
            return
        yield attempt


@contextmanager
def told(subject: str, attempt: stamina.Attempt, attempts: int) -> Iterator[None]:
    """Inside, one attempt is made; that another one follows is reported with the reason."""
    try:
        yield
    except SourceUnavailable as error:
        if worth_a_retry(error) and attempt.num < attempts:
            wait = f"{attempt.next_wait:.0f} s" if attempt.next_wait >= 1 else "a moment"
            what = f"{subject}: " if subject else ""
            finished(f"{what}{error}; attempt {attempt.num + 1} of {attempts} in about {wait}")
        raise


def worth_a_retry(error: Exception) -> bool:
    """Whether a request was sent and had no response."""
    return isinstance(error, SourceUnavailable) and not isinstance(error.__cause__, RequestBlocked)
