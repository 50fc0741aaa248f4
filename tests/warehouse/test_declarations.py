"""What each dataset declares besides its contract: hours, cadences, chains and usual sizes.

They are facts about publishers and figures, each of which moves what is known when, what is asked
for, or what is believed. `make rules` writes tests/warehouse/declarations.txt anew, where one was
changed on purpose.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.declared import declared
from warehouse.catalog import catalogue

FILE = Path(__file__).with_name("declarations.txt")
ELSEWHERE = {"label", "grain", "contract"}  # in docs/dictionary.md and rules.csv
BY_BEHAVIOUR = {"query", "known", "listed", "collect", "backfill"}  # SQL, which tests run


@pytest.mark.parametrize("name", catalogue())
def test_a_dataset_declares_what_was_read_last(name: str) -> None:
    found = sorted(declared(name, catalogue()[name], ELSEWHERE | BY_BEHAVIOUR))
    if os.environ.get("WRITE_RULES"):
        lines = FILE.read_text(encoding="utf-8").splitlines()
        others = [line for line in lines if not line.startswith((f"{name}.", f"{name}:"))]
        FILE.write_text("\n".join(sorted([*others, *found])) + "\n", encoding="utf-8")

    lines = FILE.read_text(encoding="utf-8").splitlines()
    assert found == [line for line in lines if line.startswith((f"{name}.", f"{name}:"))]
