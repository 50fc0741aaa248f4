"""What was read last of answers belongs to cases that are there, each under a name of its own."""

from __future__ import annotations

from tests.warehouse.datasets import (
    test_answers_companies,
    test_answers_economy,
    test_answers_market,
)
from tests.warehouse.datasets.answers import FILE

CASES = (test_answers_companies.CASES, test_answers_economy.CASES, test_answers_market.CASES)


def test_each_case_has_its_rows_and_no_rows_are_left_over() -> None:
    names = [name for cases in CASES for name in cases]
    told = [block.partition("\n")[0] for block in FILE.read_text(encoding="utf-8").split("\n\n")]
    assert told == sorted(f"[{name}]" for name in names)
    assert len(set(names)) == len(names)
