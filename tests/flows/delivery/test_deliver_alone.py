"""One process mails at a time: which lock it holds, and how long another one waits for it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.delivery.deliver import alone


@pytest.mark.parametrize(("given", "waited"), [([], 600), ([0.5], 0.5)])
def test_who_mails_holds_a_lock_of_its_own_and_others_wait_ten_minutes(
    given: list[float], waited: float
) -> None:
    log: list[Any] = []

    @contextmanager
    def held(*what: Any) -> Any:
        log.append(what)
        yield
        log.append("free")

    ws: Any = SimpleNamespace(
        store=SimpleNamespace(alone=held), settings=SimpleNamespace(home=Path("home"))
    )
    with alone(ws, *given):
        assert log == [("mailing", Path("home/outbox/lock"), waited)]
    assert log[-1] == "free"
