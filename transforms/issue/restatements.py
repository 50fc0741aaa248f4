"""What has changed since the last issue of what that issue printed, and why.

A fact counts as printed where it was cited on a page or in the mail; only what shows counts:
another printed figure, another day of a record, another day of "highest since". Three things may
have happened:

- restated: a source has changed a value that the figure follows from
- late: a value that was due was missing, and has come; also where another figure follows from it
- corrected: the values are what they were, and the definition, the code or our list of corrections
  has changed

Which of them it was follows from the version of the metric and from the ledger of loads, of the
datasets that the metric follows from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from transforms.engine.metric import lineage, metrics
from transforms.facts import Fact, FactBook, fact_id, stored_query
from transforms.formulas.printed_value import same_print
from transforms.issue.printable import HIGHEST_SINCE, LARGEST_SINCE, RECORD, rank
from warehouse.catalog import cutoff

SERIES = ["metric", "entity"]
KEY = [*SERIES, "observation_date"]
RANKED = pl.col("metric").is_in([*RECORD, *HIGHEST_SINCE, *LARGEST_SINCE])
PAST = timedelta(days=183)  # before the last issue, of which what comes is late
DAILY = timedelta(days=4)  # between neighbours in a daily series, a weekend among them
PRINTED = pl.Schema(
    {
        "fact_id": pl.String(),
        "metric": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "value": pl.Float64(),
        "unit": pl.String(),
        "metric_version": pl.Int64(),
        "fact": pl.String(),
    }
)
RESTATEMENTS = pl.Schema(
    {
        "fact_id": pl.String(),
        "field": pl.String(),
        "metric": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "unit": pl.String(),
        "before": pl.Float64(),
        "before_day": pl.Date(),
        "value": pl.Float64(),
        "value_day": pl.Date(),
        "why": pl.String(),
        "known_at": pl.Datetime("us"),
        "printed_as_of": pl.Date(),
    }
)


class Why(StrEnum):
    """Why a printed fact has changed."""

    RESTATED = "restated"
    LATE = "late"
    CORRECTED = "corrected"


class Field(StrEnum):
    """What of a fact has changed: its value, the record, or the day since when it is the highest.

    came: a series that had no value has one now; withdrawn: the value is gone.
    """

    VALUE = "value"
    RECORD = "record"
    SINCE = "since"
    CAME = "came"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class LastIssue:
    """What the issue before printed, and what has been loaded since it was measured.

    - as_of: its day
    - printed: PRINTED, each fact once
    - newest: the newest day of each series that it knew: metric, entity, since
    - absent: what it named as missing: metric, entity ("" for the whole), since
    - loads: what has been loaded since it was measured: dataset, revised (rows with another value),
      late (new rows that had been due by the end of its day)
    """

    as_of: date
    printed: pl.DataFrame
    newest: pl.DataFrame
    absent: pl.DataFrame
    loads: pl.DataFrame


def printed_rows(book: FactBook, cited: frozenset[str], series: pl.DataFrame) -> pl.DataFrame:
    """The facts that an edition cites, as it prints them: PRINTED.

    series: METRIC_FRAME, which knows the version of each metric.
    """
    rows = [
        {name: getattr(fact, name) for name in ("fact_id", *KEY, "value", "unit")}
        | {"fact": json.dumps(fact.as_dict(), ensure_ascii=False)}
        for fact in book
        if fact.fact_id in cited
    ]
    frame = pl.DataFrame(rows, {k: v for k, v in PRINTED.items() if k != "metric_version"})
    versions = series.select(*KEY, "metric_version")
    return frame.join(versions, on=KEY, how="left", maintain_order="left").select(PRINTED.names())


def restatements(last: LastIssue | None, metric_frame: pl.DataFrame) -> pl.DataFrame:
    """What has changed of what the last issue printed: RESTATEMENTS, sorted by metric and entity.

    metric_frame: METRIC_FRAME as known now, all of each series. What is no metric's, such as a
    probability, is of its own day and has nothing to be restated. known_at: of the value now; of
    one that is gone, null.
    """
    if last is None:
        return RESTATEMENTS.to_frame()
    changes = Changes(last, metric_frame)
    rows = [*changes.values(), *changes.records(), *changes.came()]
    return pl.DataFrame(rows, RESTATEMENTS).sort("metric", "entity", "observation_date", "field")


class Changes:
    """The comparison of one issue's facts with the metrics of today."""

    def __init__(self, last: LastIssue, metric_frame: pl.DataFrame) -> None:
        self.last = last
        self.cutoff = cutoff(last.as_of)
        measured = last.printed.filter(pl.col("metric").is_in(list(metrics())))
        days, day = measured["observation_date"].unique(), pl.col("observation_date")
        today = metric_frame.filter(day.is_in(days.implode())).select(
            *KEY, value_now="value", known_at_now="known_at", metric_version_now="metric_version"
        )
        self.facts = measured.join(today, on=KEY, how="left", maintain_order="left")
        looked_at = self.facts.filter(RANKED | pl.col("value_now").is_null())
        past = metric_frame.filter(pl.col("metric").is_in(looked_at["metric"].unique().implode()))
        self.past = past.join(looked_at, on=SERIES, how="semi").partition_by(*SERIES, as_dict=True)
        self.recent = metric_frame.filter(day.is_between(last.as_of - PAST, last.as_of))

    def values(self) -> Iterator[dict[str, object]]:
        """The facts that print another value now, or none."""
        for row in self.facts.iter_rows(named=True):
            if row["value_now"] is None:
                if self._withdrawn(row):
                    yield self._row(row, Field.WITHDRAWN, (row["value"], None), why=Why.CORRECTED)
            elif not same_print(row["value"], row["value_now"], row["unit"], row["metric"]):
                yield self._row(row, Field.VALUE, (row["value"], row["value_now"]))

    def _withdrawn(self, row: Mapping[str, Any]) -> bool:
        """Whether a daily series has the days around this one: the end of a running week or month
        gives way to the next without anything having changed.
        """
        day, days = row["observation_date"], self._series(row)["observation_date"]
        before, after = days.filter(days < day).max(), days.filter(days > day).min()
        if isinstance(before, date) and isinstance(after, date):
            return after - before <= DAILY
        return False

    def _series(self, row: Mapping[str, Any]) -> pl.DataFrame:
        """The whole series of a fact; empty where there is none any more."""
        return self.past.get((row["metric"], row["entity"]), self.recent.clear())

    def records(self) -> Iterator[dict[str, object]]:
        """The facts whose record is of another day or figure, or which are the highest since
        another day.
        """
        there = self.facts.filter(RANKED, pl.col("value_now").is_not_null())
        for row in there.iter_rows(named=True):
            fact = Fact.from_dict(json.loads(row["fact"]))
            series = self._series(row)
            found = rank(row["metric"], series, row["observation_date"], row["value_now"])
            if not found or not fact.has_record:
                continue
            if row["metric"] in RECORD:
                yield from self._record(row, fact, found, series)
            elif (before := fact.highest_since or fact.largest_since) != (
                since := found.get("highest_since", found.get("largest_since"))
            ):
                values = (row["value"], row["value_now"])
                yield self._row(
                    row, Field.SINCE, values, days=(before, since), known_at=self._touched(series)
                )

    def _record(
        self, row: Mapping[str, Any], fact: Fact, found: Mapping[str, Any], series: pl.DataFrame
    ) -> Iterator[dict[str, object]]:
        """The record that stood on the day of a fact, where it stands elsewhere now."""
        day = row["observation_date"]
        old = (day, row["value"])
        if not fact.record and fact.previous_record and fact.previous_record_value is not None:
            old = (fact.previous_record, fact.previous_record_value)
        new = (day, row["value_now"])
        if not found["record"]:
            new = (found["previous_record"], found["previous_record_value"])
        alike = same_print(old[1], new[1], row["unit"], row["metric"])
        if old[0] != new[0] or not alike:
            days, values = zip(old, new, strict=True)
            yield self._row(row, Field.RECORD, values, days=days, known_at=self._touched(series))

    def _touched(self, series: pl.DataFrame) -> datetime | None:
        """When the newest change of the days before the last issue's end became known."""
        day, known = pl.col("observation_date"), pl.col("known_at")
        later = series.filter(day <= self.last.as_of, known > self.cutoff)["known_at"].max()
        return later if isinstance(later, datetime) else None

    def came(self) -> Iterator[dict[str, object]]:
        """Values of the time before the last issue that it missed: of series that it printed, and
        of those that it named as missing. What is older than half a year is no news, but a past
        that is being filled in.
        """
        day, known = pl.col("observation_date"), pl.col("known_at")
        missing = self._absent()
        printed = self.last.newest.join(self.facts, on=SERIES, how="semi")
        others = printed.join(missing, on=SERIES, how="anti")
        waited = pl.concat(
            [others.with_columns(absent=pl.lit(value=False)), missing.with_columns(absent=True)]
        )
        found = self.recent.join(waited, on=SERIES).filter(
            pl.col("since").is_null() | (day > pl.col("since")),
            pl.col("absent") | (known <= self.cutoff),
        )
        latest = found.sort(*KEY).group_by(SERIES, maintain_order=True).last()
        for row in latest.iter_rows(named=True):
            named = {"fact_id": fact_id(row["metric"], row["entity"], row["observation_date"])}
            now = {"known_at_now": row["known_at"]}
            values = (None, row["value"])
            yield self._row({**row, **named, **now}, Field.CAME, values, why=Why.LATE)

    def _absent(self) -> pl.DataFrame:
        """What the last issue named as missing, series by series; of a whole metric those that
        enter an axis.
        """
        lines = [
            (name, one, since)
            for name, entity, since in self.last.absent.iter_rows()
            for one in (
                [entity] if entity else metrics()[name].entities if name in metrics() else ()
            )
        ]
        schema = {"metric": pl.String, "entity": pl.String, "since": pl.Date}
        return pl.DataFrame(lines, schema, orient="row")

    def _row(
        self,
        row: Mapping[str, Any],
        field: Field,
        values: tuple[float | None, float | None],
        *,
        days: tuple[date | None, date | None] | None = None,
        known_at: datetime | None = None,
        why: Why | None = None,
    ) -> dict[str, object]:
        """One row of RESTATEMENTS; days: of the two values, that of the fact if left out."""
        day = row["observation_date"]
        before_day, value_day = days or (day, day)
        known = known_at or row["known_at_now"]
        return {
            **{name: row[name] for name in ("fact_id", *KEY, "unit")},
            "field": field.value,
            "before": values[0],
            "before_day": before_day if values[0] is not None else None,
            "value": values[1],
            "value_day": value_day if values[1] is not None else None,
            "why": (why or self._why(row, known)).value,
            "known_at": known,
            "printed_as_of": self.last.as_of,
        }

    def _why(self, row: Mapping[str, Any], known: datetime | None) -> Why:
        """By the version and the loads; an input that was revised may be what became known since,
        or have dropped out of a figure that counts what was known on its day.
        """
        version, now = row["metric_version"], row["metric_version_now"]
        if version is not None and now is not None and now != version:
            return Why.CORRECTED
        behind = self.last.loads.filter(pl.col("dataset").is_in(list(lineage(row["metric"]))))
        revised, late = behind["revised"].sum() > 0, behind["late"].sum() > 0
        since = known is not None and known > self.cutoff
        if revised and (since or not late):
            return Why.RESTATED
        return Why.LATE if since or late else Why.CORRECTED


FACTS = {"value": "restated", "before": "restated_from"}


def restatement_facts(rows: pl.DataFrame, as_of: date) -> list[Fact]:
    """Both numbers of each row: restated_value_close/000001.SH/2026-01-14, and restated_from_….

    rows: RESTATEMENTS. Each has the day that it describes, and the row's query.
    """
    found = []
    for row in rows.iter_rows(named=True):
        where = {name: row[name] for name in ("fact_id", "field")}
        for column, prefix in FACTS.items():
            if row[column] is None:
                continue
            name = f"{prefix}_{row['field']}_{row['metric']}"
            found.append(
                Fact(
                    fact_id=fact_id(name, row["entity"], row["observation_date"]),
                    metric=name,
                    entity=row["entity"],
                    observation_date=row[f"{column}_day"] or row["observation_date"],
                    value=row[column],
                    unit=row["unit"],
                    known_at=row["known_at"] or cutoff(as_of),
                    n_obs=1,
                    first_observation=row["observation_date"],
                    sources=(),
                    query=stored_query("mart.restatement", column, as_of, where),
                )
            )
    return found
