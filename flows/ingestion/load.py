"""From answers to the warehouse: check the rows of a unit, and load all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from flows.ingestion.fetch import known_format
from flows.ingestion.results import Job
from warehouse.catalog import Dataset, Source
from warehouse.errors import ContractViolated, SourceDrifted
from warehouse.quality.contract_checks import Checked, check, complaint, doubtful, shaped
from warehouse.quality.magnitude import beside
from warehouse.quality.plausibility import insist_on_plausible, refuse_rewritten, steady
from warehouse.readers.text import ABSENT
from warehouse.records import coverage
from warehouse.records.collection_log import (
    Answer,
    PartLog,
    add_answered,
    add_answers,
    add_incidents,
    add_rejected,
    columns_before,
)
from warehouse.storage.store import Reader, Warehouse

TOLERATED = 0.02  # share of rows that may break a rule before all of a unit is refused
MOST_WORDS = 5  # of unknown ones in a report


def load(
    job: Job, source: Source, answers: Sequence[Answer], complete: Collection[date] = ()
) -> None:
    """Load the rows of a unit; log its answers, and the days that they complete.

    Raises SourceChanged, SourceEmpty or ContractViolated, and loads nothing, if the rows are not
    plausible.
    """
    d, now = job.dataset, job.run.ws.now_utc
    with job.run.writing() as warehouse:
        checked = judged(job, source, answers, warehouse)
        drifted = [*drifts(job, source, answers, warehouse), *unknown_words(job, source, answers)]
        with warehouse.transaction():
            add_incidents(warehouse, d, source, drifted, now)
            store(job, source, answers, checked, warehouse)
            days = [(day, None) for day in complete]
            add_answered(warehouse, d, job.chain, source.name, days, answered_at=now)


def judged(job: Job, source: Source, answers: Sequence[Answer], reader: Reader) -> Checked:
    """The rows of the answers, those that break a rule apart."""
    d = job.dataset
    if source.plausibility.steady:
        for answer in answers:
            steady(reader, d, answer.call, answer.published.height)
    with known_format(f"{source.name} for {d.name}"):
        rows = pl.concat([a.rows for a in answers], how="diagonal_relaxed")
        rows = source.combine(rows) if rows.width else rows
    where = f"{source.name} for {d.name}"
    checked = check(d, shaped(d, completed(d, rows), source.name), job.run.ws.context)
    checked = beside(reader, d, checked, where)
    refuse_many(d, checked, where)
    if checked.valid.is_empty():
        return checked
    insist_on_plausible(reader, d, job.chain, source.plausibility, checked.valid)
    if source is job.chain.sources[0]:
        refuse_rewritten(reader, d, checked.valid)
        return checked
    gaps = unknown(reader, d, checked.valid)
    return replace(checked, valid=gaps)


def drifts(
    job: Job, source: Source, answers: Sequence[Answer], reader: Reader
) -> Iterator[SourceDrifted]:
    """Functions whose columns are not those of their last answer, though none that is read lacks.

    Somebody looks before the next change hits a column that is read, or one that is read by place.
    """
    for function, answer in {a.call.function: a for a in answers if a.published.width}.items():
        columns = set(answer.published.columns)
        before = columns_before(reader, job.dataset, source, answer.call)
        gone, new = (before - columns, columns - before) if before is not None else (set(), set())
        if gone or new:
            yield SourceDrifted(
                f"{source.name} ({source.host}) {function} for {job.dataset.name}: "
                f"columns gone: {', '.join(sorted(gone)) or 'none'}; new: "
                f"{', '.join(sorted(new)) or 'none'}. Nothing that is read is missing; look "
                "whether the meaning of the others is what it was."
            )


def unknown_words(job: Job, source: Source, answers: Sequence[Answer]) -> Iterator[SourceDrifted]:
    """Words in columns of codes that nobody here understands: which, and in how many rows."""
    for column, known in source.vocabulary.items():
        there = [a.published[column].cast(pl.String) for a in answers if a.published.width]
        words = pl.concat(there).str.strip_chars() if there else pl.Series(dtype=pl.String)
        strange = words.filter(~words.str.contains(known) & ~words.is_in(ABSENT))
        counts = strange.rename("word").value_counts(sort=True).rows()
        if counts:
            shown = ", ".join(f"{word} ({number:,} rows)" for word, number in counts[:MOST_WORDS])
            yield SourceDrifted(
                f"{source.name} ({source.host}) for {job.dataset.name}: {column} says {shown}, which "
                "nobody here knows. The rows are kept with the words as sent; teach them to "
                f"warehouse/datasets/{job.dataset.name}.py."
            )


def completed(d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with nulls for what a source does not say and a row may lack."""
    absent = {
        name: pl.lit(None, column.dtype)
        for name, column in d.contract.columns().items()
        if name not in rows.columns and (column.nullable or rows.is_empty())
    }
    return rows.with_columns(**absent)


def refuse_many(d: Dataset, checked: Checked, where: str, few: int = 0) -> None:
    """Raise ContractViolated when more rows break a rule than may, of `few` rows at most half."""
    doubts = doubtful(checked)
    received = checked.valid.height + checked.gone
    if doubts > TOLERATED * received and (doubts > few or 2 * doubts > received):
        raise ContractViolated(complaint(d, checked.rejected, where))


def unknown(reader: Reader, d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose keys are not in core: a fallback fills gaps and overrules no other."""
    there = coverage.keys(reader, d)
    return rows.join(there, on=there.columns, how="anti")


def store(
    job: Job, source: Source, answers: Sequence[Answer], checked: Checked, warehouse: Warehouse
) -> None:
    """The rows, the ledger, the answers as published, the rows quarantined; in one transaction."""
    d, ws, outcome = job.dataset, job.run.ws, job.outcome
    received = checked.valid.height + checked.corrected + checked.gone
    unit = f"{job.chain.part}: {answers[0].call.function} × {len(answers)}"
    loading = ws.loading(d.name, source.name, unit, received, checked.corrected)
    add_answers(warehouse, d, source, answers, loading.fetched_at)
    if received == 0:
        return
    absent = PartLog(lambda: warehouse, d, job.chain, ws.calendar).absent_since(checked.valid)
    loaded = warehouse.load(d, checked.valid, loading, ws.calendar, absent)
    add_rejected(warehouse, d, checked.rejected, loading)
    if source.name not in outcome.sources:
        outcome.sources.append(source.name)
    outcome.received += received
    outcome.new += loaded.new
    outcome.revised += loaded.revised
    outcome.rejected += doubtful(checked)
