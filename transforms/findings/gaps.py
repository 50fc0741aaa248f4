"""What was not received: one finding per dataset that an axis lacks, with its last value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from transforms.axes.composite import components
from transforms.engine.metric import metrics
from transforms.findings.detectors import Found, Series
from transforms.findings.finding import Finding, Histories
from transforms.findings.rarity import unranked
from transforms.findings.span import Span
from transforms.findings.watched import made
from warehouse.catalog import cutoff


def gaps(absent: pl.DataFrame, histories: Histories, span: Span) -> Iterator[Finding]:
    """Each dataset without which a component of an axis has no value, those lost lately first.

    absent: of transforms.issue.missing. The last value is that of the first component concerned.
    """
    needed = components()["metric"].unique()
    lost = absent.filter(
        pl.col("metric").is_in(needed.implode()), pl.col("missing") != ""
    ).sort("since", "missing", "metric", "entity", descending=[True, False, False, False],
           nulls_last=True)  # fmt: skip
    for row in lost.unique("missing", keep="first", maintain_order=True).iter_rows(named=True):
        numbers = {}
        past = histories.of(row["metric"], row["entity"]) if row["since"] else None
        place = past.place(row["since"]) if past else None
        if past and place is not None:
            numbers["last"] = Series(past, metrics()[row["metric"]].unit).level(place)
        seen = Found(unranked(row["since"] or span.last), numbers)
        told = made("missing", row["missing"], seen, what=row["missing"])
        yield replace(told, told_at=cutoff(span.last))
