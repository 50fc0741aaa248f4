"""What the tests of the lake share: one Postgres and one S3 server for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.workspace import Workspace
from tests.conftest import workspace_at
from tests.lake.services import Services, missing, running

TUESDAY = (2026, 1, 20, 10)
Team = Callable[[str], Workspace]


class Skipped(pytest.Module):
    """A file of tests that cannot even be read without the packages of the lake."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(missing() or "", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Skipped | None:
    """Each file is skipped in a sentence where something is missing, and read where nothing is."""
    return Skipped.from_parent(parent, path=module_path) if missing() else None


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Postgres and S3 on loopback. Who stops one starts it again."""
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def team(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """`team("second")`: a machine with a home of that name; all share a lake that nobody made yet.

    Programs that a test starts find the same lake.
    """
    homes = tmp_path_factory.mktemp("team")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in services.settings().items():
            patch.setenv(f"BRIEFING_WAREHOUSE__{name.upper()}", value)
        yield lambda name: workspace_at(homes / name, *TUESDAY)


@pytest.fixture
def alone(team: Team, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Workspace]:
    """`alone(home)`: the workspace of a home whose settings name no lake."""

    def machine(home: Path) -> Workspace:
        for name in ("LAKE", "DATA"):
            monkeypatch.delenv(f"BRIEFING_WAREHOUSE__{name}")
        return workspace_at(home, *TUESDAY)

    return machine
