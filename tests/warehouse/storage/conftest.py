"""A warehouse of a module, which each test that takes `books` leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.warehouse.storage.moments import Undone
from warehouse.storage.store import Warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("pit") / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as warehouse:
        yield warehouse


@pytest.fixture
def books(warehouse: Warehouse) -> Iterator[Warehouse]:
    """The warehouse, as empty afterwards as before."""
    with suppress(Undone), warehouse.transaction():
        yield warehouse
        raise Undone
