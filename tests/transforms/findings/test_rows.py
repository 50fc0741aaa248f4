"""Findings as rows of the warehouse, and out of them again."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.transforms.findings.drawn import all_frames, all_metrics, told
from transforms.findings.finding import Finding
from transforms.findings.rarity import Rarity
from transforms.findings.rows import (
    FINDINGS,
    NUMBERS,
    TERMS,
    finding_rows,
    from_rows,
    number_rows,
    reason,
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


@pytest.mark.parametrize(
    ("q", "record", "since", "said"),
    [
        (None, False, None, "1200 observations since 2020-01-06, and no rank among them"),
        (99.26, True, None, "as far out as none among 1,200 observations since 2020-01-06"),
        (99.26, False, None, "farther out than 99.3% among 1,200 observations since 2020-01-06"),
        (
            80.0, False, date(2025, 4, 7), ("farther out than 80.0% among 1,200 observations since "
            "2020-01-06; as far out last on 2025-04-07"),
        ),
    ],
)  # fmt: skip
def test_the_reason_says_how_rare_it_is_among_how_many_since_when(q, record, since, said) -> None:
    rarity = Rarity(q, 1.0, since, record, date(2020, 1, 6), 1200)

    assert reason(Finding("index_change", "a", "prices", rarity, 1.0, {})) == said
