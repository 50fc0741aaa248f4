"""Findings as rows of the warehouse, and out of them again."""

from __future__ import annotations

import numpy as np

from tests.transforms.findings.drawn import all_frames, all_metrics, told
from transforms.findings.rows import (
    FINDINGS,
    NUMBERS,
    TERMS,
    finding_rows,
    from_rows,
    number_rows,
    term_rows,
)
from warehouse.tables import mart


def test_what_is_kept_is_what_was_found() -> None:
    draw = np.random.default_rng(7)
    ranking = told(dict(all_metrics(draw)), all_frames(draw))
    rows, numbers, terms = finding_rows(ranking), number_rows(ranking), term_rows(ranking)
    assert (rows.schema, numbers.schema, terms.schema) == (FINDINGS, NUMBERS, TERMS)
    assert rows["place"].to_list() == list(range(1, len(ranking) + 1))
    assert from_rows(rows.sample(fraction=1.0, shuffle=True), numbers, terms) == tuple(ranking)


def test_nothing_found_is_no_row() -> None:
    assert finding_rows([]).schema == FINDINGS
    assert from_rows(finding_rows([]), number_rows([]), term_rows([])) == ()


def test_the_contracts_have_the_columns_that_are_written() -> None:
    day = {"as_of"}
    assert set(mart.Finding.column_names()) == {*FINDINGS} | day
    assert set(mart.FindingNumber.column_names()) == {*NUMBERS} | day
    assert set(mart.FindingTerm.column_names()) == {*TERMS} | day
