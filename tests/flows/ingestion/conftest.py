"""Collections here follow few indices, whether a test asks for a desk or not."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def followed(few_indices: None) -> None:
    """The lists of what is followed are short."""
