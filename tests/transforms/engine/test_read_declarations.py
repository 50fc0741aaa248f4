"""What each metric declares of its window, its score and its place in the axes, as read last.

A point of a scale moves scores only where values come near it, which those of a drawn market need
not. `make values` writes tests/transforms/engine/declarations.txt anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.declared import declared
from transforms.engine.metric import metrics

FILE = Path(__file__).with_name("declarations.txt")
ELSEWHERE = {"id", "compute", "label", "reading", "pitfall", "paper"}  # in docs/metrics.md


def test_metrics_declare_what_was_read_last() -> None:
    found = [line for name, one in metrics().items() for line in declared(name, one, ELSEWHERE)]
    if os.environ.get("WRITE_VALUES"):
        FILE.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")

    assert sorted(found) == FILE.read_text(encoding="utf-8").splitlines()
