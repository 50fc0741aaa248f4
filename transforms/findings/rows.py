"""Findings as the rows in which the warehouse keeps them, and out of these rows again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import Rarity

FINDINGS = pl.Schema(
    {
        "place": pl.Int64(),
        "kind": pl.String(),
        "entity": pl.String(),
        "block": pl.String(),
        "strength": pl.String(),
        "surprise": pl.Float64(),
        "percentile": pl.Float64(),
        "since": pl.Date(),
        "record": pl.Boolean(),
        "low": pl.Boolean(),
        "first_observation": pl.Date(),
        "observations": pl.Int64(),
        "awaited": pl.Float64(),
        "reason": pl.String(),
        "known_at": pl.Datetime("us"),
        "told_at": pl.Datetime("us"),
    }
)
NUMBERS = pl.Schema(
    {
        "kind": pl.String(),
        "entity": pl.String(),
        "role": pl.String(),
        "value": pl.Float64(),
        "unit": pl.String(),
        "observation_date": pl.Date(),
        "base_date": pl.Date(),
        "known_at": pl.Datetime("us"),
    }
)
TERMS = pl.Schema(
    {"kind": pl.String(), "entity": pl.String(), "role": pl.String(), "value": pl.String()}
)
KEY = ["kind", "entity"]


def finding_rows(ranking: Sequence[Finding]) -> pl.DataFrame:
    """The rows of mart.finding: FINDINGS."""
    rows = [
        {
            "place": place,
            "kind": one.kind,
            "entity": one.entity,
            "block": one.block,
            "strength": one.strength.value,
            "surprise": one.surprise,
            "percentile": one.rarity.q,
            "since": one.rarity.since,
            "record": one.rarity.record,
            "low": one.rarity.low,
            "first_observation": one.rarity.first,
            "observations": one.rarity.observations,
            "awaited": one.rarity.surprise,
            "reason": reason(one),
            "known_at": one.known_at,
            "told_at": one.told_at,
        }
        for place, one in enumerate(ranking, start=1)
    ]
    return pl.DataFrame(rows, FINDINGS)


def number_rows(ranking: Sequence[Finding]) -> pl.DataFrame:
    """The rows of mart.finding_number: NUMBERS."""
    rows = [
        {
            "kind": one.kind,
            "entity": one.entity,
            "role": role,
            "value": number.value,
            "unit": number.unit,
            "observation_date": number.day,
            "base_date": number.base,
            "known_at": number.known_at,
        }
        for one in ranking
        for role, number in one.numbers.items()
    ]
    return pl.DataFrame(rows, NUMBERS)


def term_rows(ranking: Sequence[Finding]) -> pl.DataFrame:
    """The rows of mart.finding_term: TERMS."""
    rows = [
        (one.kind, one.entity, role, value) for one in ranking for role, value in one.terms.items()
    ]
    return pl.DataFrame(rows, TERMS, orient="row")


def from_rows(
    findings: pl.DataFrame, numbers: pl.DataFrame, terms: pl.DataFrame
) -> tuple[Finding, ...]:
    """The findings of rows of mart.finding, mart.finding_number and mart.finding_term, ranked."""
    printed = numbers.rows_by_key(KEY, named=True, include_key=True)
    named = terms.rows_by_key(KEY, named=True, include_key=True)
    return tuple(
        _finding(row, printed[row["kind"], row["entity"]], named[row["kind"], row["entity"]])
        for row in findings.sort("place").iter_rows(named=True)
    )


def _finding(
    row: Mapping[str, Any],
    numbers: Sequence[Mapping[str, Any]],
    terms: Sequence[Mapping[str, Any]],
) -> Finding:
    return Finding(
        kind=row["kind"],
        entity=row["entity"],
        block=row["block"],
        rarity=Rarity(
            q=row["percentile"],
            surprise=row["awaited"],
            since=row["since"],
            record=row["record"],
            first=row["first_observation"],
            observations=row["observations"],
            low=row["low"],
        ),
        surprise=row["surprise"],
        numbers={
            one["role"]: Number(
                value=one["value"],
                unit=one["unit"],
                day=one["observation_date"],
                known_at=one["known_at"],
                base=one["base_date"],
            )
            for one in numbers
        },
        terms={one["role"]: one["value"] for one in terms},
        told_at=row["told_at"],
    )


def reason(one: Finding) -> str:
    """Why a finding stands where it does, in words."""
    rarity = one.rarity
    if rarity.q is None:
        return f"{rarity.observations} observations since {rarity.first}, and no rank among them"
    history = f"among {rarity.observations:,} observations since {rarity.first}"
    if rarity.record:
        return f"as far out as none {history}"
    since = f"; as far out last on {rarity.since}" if rarity.since else ""
    return f"farther out than {rarity.q:.1f}% {history}{since}"
