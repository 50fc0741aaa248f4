"""Where and when a flow works on this machine: as its settings say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from flows import machine
from flows.settings import Sandbox, Settings
from warehouse.shanghai import SHANGHAI


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, datetime]]:
    """The markets that are simulated."""
    found: list[tuple[int, datetime]] = []

    class Exchange:
        def send(self) -> None:
            """Answer a request."""

    def simulated(stocks: int, now: datetime) -> Exchange:
        found.append((stocks, now))
        return Exchange()

    monkeypatch.setattr(machine, "simulated_exchange", simulated)
    return found


def test_the_network_is_asked_unless_the_sandbox_is_on(
    made: list[tuple[int, datetime]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = Settings(home=tmp_path)
    monkeypatch.setattr(machine, "settings", lambda: chosen)
    ws = machine.workspace()
    assert (ws.settings, ws.simulated, made) == (chosen, False, [])


def test_in_the_sandbox_the_clock_stands_still_in_shanghai(
    made: list[tuple[int, datetime]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sandbox = Sandbox(enabled=True, stocks=30, now=datetime(2026, 1, 14, 8))
    monkeypatch.setattr(machine, "settings", lambda: Settings(home=tmp_path, sandbox=sandbox))
    ws = machine.workspace()
    now = datetime(2026, 1, 14, 8, tzinfo=SHANGHAI)
    assert (ws.simulated, ws.now, made) == (True, now, [(30, now)])
    assert ws.now.utcoffset() == now.utcoffset()
