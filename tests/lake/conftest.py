"""What the tests of the lake share: one Postgres and one S3 server for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lake.services import Services, missing, running


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Postgres and S3 on loopback. Who stops one starts it again."""
    if told := missing():
        pytest.skip(told)
    with running() as started:
        yield started
