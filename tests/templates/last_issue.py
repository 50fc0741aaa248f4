"""What is read of an issue, kept while one test asks about it number by number."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from transforms.issue.issue import Issue


def kept_of_last_issue(read: Callable[[Issue], Any]) -> Callable[[Issue], Any]:
    """The same function, which reads an issue again only after another one.

    A page has hundreds of numbers; what they are held against is read out of whole tables.
    """
    last: list[Any] = [None, None]

    @wraps(read)
    def kept(issue: Issue) -> Any:
        if last[0] is not issue:
            last[:] = issue, read(issue)
        return last[1]

    return kept
