"""Headline figures beside those of a second host, quarantined rows, and known gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from templates.format import INDEX_NAMES, Number, apart, decimal, spell, spell_share
from templates.issue_view import IMPORTED, counted
from transforms.issue.issue import Issue

SLUG, TITLE = "sources", "Sources against each other, known gaps"

LABELS = {
    "index_close": "Close",
    "turnover": "Turnover",
    "margin_financing_balance": "Margin loans",
    "breadth_up_share": "Share of risers",
    "a_share_list_size": "Shares listed",
}
ENTITIES = {
    "SSE": "Shanghai",
    "SZSE": "Shenzhen",
    "BSE": "Beijing",
    "CN": "all exchanges",
    "all": "all shares",
}


@dataclass(frozen=True)
class Pair:
    """The newest comparison of a series, and how the month's comparisons went."""

    label: str
    day: date
    chosen: Number
    chosen_source: str
    other: Number
    other_source: str
    difference: Number
    tolerance: Number
    agrees: bool
    steady: bool
    compared: Number
    outside: Number
    reason: str


@dataclass(frozen=True)
class Gap:
    """What no source offers."""

    subject: str
    since: date | None
    why: str
    instead: str


@dataclass(frozen=True)
class Refusal:
    """Rows of a dataset that broke one rule and were set aside."""

    label: str
    rule: str
    rows: Number
    last: date


@dataclass(frozen=True)
class SourcesPage:
    """The page; apart: pairs that differ now; wavering: those that differed within the month."""

    pairs: list[Pair]
    apart: list[Pair]
    wavering: list[Pair]
    refusals: list[Refusal]
    gaps: list[Gap]


def build(issue: Issue) -> SourcesPage:
    """All that the page prints."""
    pairs = [_pair(row) for row in newest(issue.discrepancies).iter_rows(named=True)]
    return SourcesPage(
        pairs=pairs,
        apart=[pair for pair in pairs if not pair.agrees],
        wavering=[pair for pair in pairs if pair.agrees and not pair.steady],
        refusals=_refusals(issue),
        gaps=[Gap(**row) for row in issue.gaps.iter_rows(named=True)],
    )


def _refusals(issue: Issue) -> list[Refusal]:
    labels = dict(issue.health.select("dataset", "label").iter_rows())
    return [
        Refusal(
            labels.get(row["dataset"], row["dataset"]),
            row["rule"].replace("_", " "),
            counted(row["rows"], f"rejected/{row['dataset']}/{row['rule']}"),
            row["last"],
        )
        for row in issue.refusals.iter_rows(named=True)
    ]


def newest(discrepancies: pl.DataFrame) -> pl.DataFrame:
    """The newest comparison of each series and entity, with `compared` and `outside` counts."""
    counts = {"compared": pl.len(), "outside": (~pl.col("agrees")).sum()}
    each = discrepancies.with_columns(
        **{name: count.over("series", "entity") for name, count in counts.items()}
    )
    last = pl.col("observation_date") == pl.col("observation_date").max().over("series", "entity")
    order = pl.col("series").replace_strict(
        {name: place for place, name in enumerate(LABELS)}, default=len(LABELS)
    )
    return each.filter(last).sort(order, "entity")


def _pair(row: dict[str, Any]) -> Pair:
    name, unit = f"discrepancy/{row['series']}/{row['entity']}", row["unit"]

    def cited(part: str, text: str) -> Number:
        return Number(text, f"{name}#{part}")

    return Pair(
        label=label(row["series"], row["entity"]),
        day=row["observation_date"],
        chosen=cited("chosen", figure(row["chosen"], unit)),
        chosen_source=IMPORTED.sub("import", row["chosen_source"]),
        other=cited("other", figure(row["other"], unit)),
        other_source=IMPORTED.sub("import", row["other_source"]),
        difference=cited("difference", apart(row["difference"])),
        tolerance=cited("tolerance", spell_share(row["tolerance"])),
        agrees=row["agrees"],
        steady=row["outside"] == 0,
        compared=cited("compared", decimal(row["compared"], 0)),
        outside=cited("outside", decimal(row["outside"], 0)),
        reason=row["reason"],
    )


def figure(value: float, unit: str) -> str:
    """A figure as exactly as two hosts can differ: indices to the hundredth."""
    return decimal(value, 2) if unit == "index points" else spell(value, unit)


def label(series: str, entity: str) -> str:
    """What is compared, in words."""
    return (
        f"{LABELS.get(series, series)}, {INDEX_NAMES.get(entity) or ENTITIES.get(entity, entity)}"
    )
