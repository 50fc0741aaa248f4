"""What the tests of the lake share: one Postgres and one S3 server for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.settings import Settings
from flows.workspace import Workspace
from tests.conftest import workspace_at
from tests.lake.services import Services, missing, running


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Postgres and S3 on loopback. Who stops one starts it again."""
    if told := missing():
        pytest.skip(told)
    with running() as started:
        yield started


TUESDAY = (2026, 1, 20, 10)
Shared = Callable[..., Workspace]


@pytest.fixture
def shared(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """`shared("second")`: a machine with a home of that name, all in one lake that nobody made yet.

    Programs that the test starts find the same lake.
    """
    settings = services.settings()
    for name, value in settings.items():
        monkeypatch.setenv(f"BRIEFING_WAREHOUSE__{name.upper()}", value)

    def machine(name: str = "home", *moment: int) -> Workspace:
        home = tmp_path / name
        ws = workspace_at(home, *(moment or TUESDAY))
        return Workspace(Settings(home=home), clock=ws.clock)

    return machine
