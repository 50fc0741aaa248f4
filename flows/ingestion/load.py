"""From answers to the warehouse: check the rows of a unit, and load what is sound or refuse all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from flows.ingestion.fetch import known_format
from flows.ingestion.results import Job
from warehouse.catalog import Dataset, Source
from warehouse.errors import SourceDrifted
from warehouse.quality.contract_checks import check, shaped
from warehouse.quality.magnitude import beside
from warehouse.quality.plausibility import insist_on_plausible, refuse_rewritten, steady
from warehouse.quality.quarantine import Checked
from warehouse.quality.refusal import refuse_many, refuse_repeated
from warehouse.quoting import quoted
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
    drifts_before,
)
from warehouse.storage.store import Reader, Warehouse

MOST_WORDS = 5  # of unknown ones in a report
GROWN = 10  # times as many rows with a word are news
LONGEST_WORD = 40  # characters of one that are shown
EMPTY = pl.Series(dtype=pl.String)


def load(
    job: Job, source: Source, answers: Sequence[Answer], complete: Collection[date] = ()
) -> None:
    """Load the rows of a unit; log its answers, and the days that they complete.

    Raises SourceChanged, SourceEmpty or ContractViolated, and loads nothing, if the rows are not
    plausible.
    """
    d, now = job.dataset, job.run.ws.now_utc
    with job.run.writing(d.name) as warehouse:
        checked = judged(job, source, answers, warehouse)
        drifted = [
            *drifts(job, source, answers, warehouse),
            *unknown_words(job, source, answers, warehouse),
        ]
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
    if any(len(answer.bodies) > 1 for answer in answers):
        refuse_repeated(checked, where)
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


def unknown_words(
    job: Job, source: Source, answers: Sequence[Answer], reader: Reader
) -> Iterator[SourceDrifted]:
    """Words in columns of codes that nobody here understands: which, and in how many rows.

    A list shows the same word every week; it is reported once, and again when it has grown tenfold.
    """
    before = drifts_before(reader, job.dataset, source) if source.vocabulary else []
    for column, known in source.vocabulary.items():
        cells = [a.published[column] for a in answers if column in a.published.columns]
        words = pl.concat([c.cast(pl.String) for c in cells]).str.strip_chars() if cells else EMPTY
        exempt = [] if column in source.worded else ABSENT
        strange = words.filter(~words.str.contains(known) & ~words.is_in(exempt)).rename("word")
        counts = strange.value_counts().sort("count", "word", descending=[True, False])
        said = {f"«{quoted(word, LONGEST_WORD)}»": number for word, number in counts.rows()}
        told = f"{column} says "
        reports = [report for report in before if told in report]
        new = [w for w, number in said.items() if number >= GROWN * reported(w, reports)]
        if new:
            shown = ", ".join(f"{word} × {said[word]:,}" for word in new[:MOST_WORDS])
            if len(new) > MOST_WORDS:
                shown += f" and {len(new) - MOST_WORDS:,} more"
            yield SourceDrifted(
                f"{source.name} ({source.host}) for {job.dataset.name}: {told}{shown}, which nobody "
                "here knows. Rows that can do without the word are kept; teach it to "
                f"warehouse/datasets/{job.dataset.name}.py."
            )


def reported(word: str, reports: Sequence[str]) -> int:
    """In how many rows a word stood when it was reported last; 0 if it never was."""
    counts = [re.search(re.escape(word) + r" × ([\d,]+)", report) for report in reports]
    numbers = [int(found[1].replace(",", "")) for found in counts if found]
    return numbers[-1] if numbers else 0


def completed(d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with nulls for what a source does not say and a row may lack."""
    absent = {
        name: pl.lit(None, column.dtype)
        for name, column in d.contract.columns().items()
        if name not in rows.columns and (column.nullable or rows.is_empty())
    }
    return rows.with_columns(**absent)


def unknown(reader: Reader, d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose keys are not in core: a fallback fills gaps and overrules no other."""
    there = coverage.keys(reader, d)
    return rows.join(there, on=there.columns, how="anti")


def store(
    job: Job, source: Source, answers: Sequence[Answer], checked: Checked, warehouse: Warehouse
) -> None:
    """The rows, the ledger, the answers as published, the rows quarantined; in one transaction."""
    d, ws, outcome = job.dataset, job.run.ws, job.outcome
    received = checked.received + checked.corrected
    unit = f"{job.chain.part}: {answers[0].call.function} × {len(answers)}"
    loading = ws.loading(d.name, source.name, unit, received, checked.corrected)
    add_answers(warehouse, d, source, answers, loading.fetched_at)
    if source.name not in outcome.sources:
        outcome.sources.append(source.name)
    if received == 0:
        return
    absent = PartLog(lambda: warehouse, d, job.chain, ws.calendar).absent_since(checked.valid)
    loaded = warehouse.load(d, checked.valid, loading, ws.calendar, absent)
    add_rejected(warehouse, d, checked.rejected, loading)
    outcome.received += received
    outcome.new += loaded.new
    outcome.revised += loaded.revised
    outcome.rejected += checked.doubtful
