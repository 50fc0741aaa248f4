"""Which calls are made again, how often, and what is said between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from flows.ingestion.retry import ATTEMPTS, retrying, told, worth_a_retry
from flows.network.rate_limit import RequestBlocked
from flows.progress import Watcher, watched
from warehouse.errors import SourceChanged, SourceUnavailable


class Lines(Watcher):
    def __init__(self) -> None:
        self.lines = list[str]()

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(autouse=True)
def no_pause() -> Iterator[None]:
    """Attempts follow at once."""
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


def blocked() -> SourceUnavailable:
    error = SourceUnavailable("the quota is spent")
    error.__cause__ = RequestBlocked("spent")
    return error


def attempts(most: int, *failures: Exception) -> tuple[int, list[str], Exception | None]:
    """How many attempts are made of a call that fails so first, what is said, what is raised."""
    left, made, seen = iter(failures), 0, Lines()

    def call() -> None:
        for error in left:
            raise error

    try:
        with watched(seen):
            for attempt in retrying(most):
                with attempt, told("margin", attempt, most):
                    made += 1
                    call()
    except (SourceUnavailable, SourceChanged, ValueError) as error:
        return made, seen.lines, error
    return made, seen.lines, None


def test_a_call_that_succeeds_is_made_once_and_nothing_is_said() -> None:
    assert attempts(3) == (1, [], None)


def test_what_had_no_response_is_asked_again_until_the_attempts_are_spent() -> None:
    silent = [SourceUnavailable(f"silent {n}") for n in range(1, 5)]

    made, lines, error = attempts(3, *silent)
    assert (made, error) == (3, silent[2])
    assert lines == [
        "margin: silent 1; attempt 2 of 3 in about a moment",
        "margin: silent 2; attempt 3 of 3 in about a moment",
    ]
    assert attempts(3, silent[0])[::2] == (2, None)
    assert attempts(1, silent[0]) == (1, [], silent[0])
    assert ATTEMPTS == 3


@pytest.mark.parametrize("error", [blocked(), SourceChanged("a column is gone"), ValueError("no")])
def test_what_was_not_sent_or_had_a_response_is_not_asked_again(error: Exception) -> None:
    assert attempts(3, error) == (1, [], error)
    assert not worth_a_retry(error)


def test_pauses_grow_from_one_second_to_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(stamina, "retry_context", lambda _, **options: given.update(options) or [])

    assert list(retrying(3)) == []
    assert given == {"attempts": 3, "wait_initial": 1.0, "wait_max": 20.0}


def test_nothing_but_our_own_words_tells_of_a_retry() -> None:
    assert stamina.instrumentation.get_on_retry_hooks() == ()
