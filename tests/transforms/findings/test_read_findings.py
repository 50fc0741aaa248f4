"""Every finding of drawn markets as it was read last: its place, its rarity and its numbers.

The specs beside this file say why each is told; how surprising it is and from which day each number
is shows only in the whole. `make values` writes tests/transforms/findings/findings.txt anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.transforms.findings.drawn import all_frames, all_metrics, told
from tests.transforms.findings.test_kinds import absent
from transforms.findings.finding import Finding
from transforms.findings.rows import reason

FILE = Path(__file__).with_name("findings.txt")


def lines(place: int, one: Finding) -> Iterator[str]:
    """A finding with its numbers, a line each; six digits, which no order of sums moves."""
    terms = " ".join(f"{role}={value}" for role, value in one.terms.items())
    yield (
        f"{place} {one.kind} {one.entity} {one.block} {one.surprise:.6g} {one.strength.value} "
        f"{'low' if one.rarity.low else 'high'} {one.known_at:%m-%d %H:%M}: {reason(one)} {terms}"
    ).rstrip()
    for role, number in one.numbers.items():
        known = f"{number.known_at:%Y-%m-%d}"
        yield f"   {role} {number.value:.6g} {number.unit} {number.day} {number.base} {known}"


def test_findings_are_those_that_were_read_last() -> None:
    found = []
    for seed in range(4):
        draw = np.random.default_rng(seed)
        found.append(f"== {seed}")
        ranked = told(dict(all_metrics(draw)), all_frames(draw), absent=absent())
        found += [line for place, one in enumerate(ranked, start=1) for line in lines(place, one)]
    if os.environ.get("WRITE_VALUES"):
        FILE.write_text("\n".join(found) + "\n", encoding="utf-8")

    assert found == FILE.read_text(encoding="utf-8").splitlines()
