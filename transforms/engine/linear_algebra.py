"""Linear algebra in one thread: in more, its last bits follow the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _libraries() -> ThreadpoolController:
    """Those of this process, once numpy is there; to look for them takes milliseconds each time."""
    return ThreadpoolController()  # type: ignore[no-untyped-call]


def one_thread() -> AbstractContextManager[object]:
    """Inside, sums over matrices are the same on every machine."""
    limited: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limited
