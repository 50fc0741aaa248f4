"""From answers to the warehouse: judge the rows of a unit, and load them or none of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

import polars as pl

from flows.ingestion.answer import Answer
from flows.ingestion.fetch import known_format
from flows.ingestion.results import Job
from warehouse.catalog import Dataset, Source
from warehouse.errors import ContractViolated, SourceDrifted
from warehouse.quality.contract_checks import Checked, check, complaint, doubtful, shaped
from warehouse.quality.magnitude import beside
from warehouse.quality.plausibility import believe, refuse_rewritten, steady
from warehouse.storage.store import Loading, Reader, Warehouse

TOLERATED = 0.02  # share of rows that may break a rule before a source is not believed


def load(
    job: Job, source: Source, answers: Sequence[Answer], complete: Collection[date] = ()
) -> None:
    """Load the rows of a unit with its answers, and the days that they complete, in the books.

    Raises SourceChanged, SourceEmpty or ContractViolated, and loads nothing, if the rows are not
    believed.
    """
    with job.ws.writing() as warehouse:
        checked = judged(job, source, answers, warehouse)
        alarms = [job.incident(source, drift) for drift in drifts(job, source, answers, warehouse)]
        with warehouse.transaction():
            warehouse.append("meta.incident", alarms)
            store(job, source, answers, checked, warehouse)
            if complete:
                whole_days = [(day, None) for day in complete]
                warehouse.append("meta.answered", job.answered(source.name, whole_days))


def judged(job: Job, source: Source, answers: Sequence[Answer], reader: Reader) -> Checked:
    """The rows of the answers, those that break a rule apart."""
    d = job.dataset
    if source.belief.steady:
        for answer in answers:
            steady(reader, d, answer.call, answer.published.height)
    with known_format(f"{source.name} for {d.name}"):
        rows = pl.concat([a.rows for a in answers], how="diagonal_relaxed")
        rows = source.combine(rows) if rows.width else rows
    where = f"{source.name} for {d.name}"
    checked = check(d, shaped(d, completed(d, rows), source.name), job.ws.context)
    checked = beside(reader, d, checked, where)
    refuse_many(d, checked, where)
    if checked.valid.is_empty():
        return checked
    believe(reader, d, job.chain, source.belief, checked.valid)
    if source is job.chain.sources[0]:
        refuse_rewritten(reader, d, checked.valid)
        return checked
    gaps = unknown(reader, d, checked.valid)
    return replace(checked, valid=gaps)


def drifts(
    job: Job, source: Source, answers: Sequence[Answer], reader: Reader
) -> Iterator[SourceDrifted]:
    """Functions whose columns are not those of their last answer, though all that are read are there.

    Somebody looks before the next change hits a column that is read, or one that is read by place.
    """
    for function, answer in {a.call.function: a for a in answers if a.published.width}.items():
        # The boards of one function may have columns of their own: only days and codes may differ.
        before = reader.query(
            "SELECT published_columns FROM raw.answer WHERE dataset = ? AND source = ? "
            "AND function = ? AND rows > 0 AND regexp_replace(arguments, '[0-9]', '', 'g') = "
            "regexp_replace(?, '[0-9]', '', 'g') ORDER BY rowid DESC LIMIT 1",
            [job.dataset.name, source.name, function, answer.arguments],
        )
        was = set(json.loads(before.item())) if before.height else set(answer.published.columns)
        gone, came = was - set(answer.published.columns), set(answer.published.columns) - was
        if gone or came:
            yield SourceDrifted(
                f"{source.name} ({source.host}) {function} for {job.dataset.name}: "
                f"columns gone: {', '.join(sorted(gone)) or 'none'}; new: "
                f"{', '.join(sorted(came)) or 'none'}. Nothing that is read is missing; look whether "
                "the meaning of the others is what it was."
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
    """The rows whose keys are not in core: a fallback fills gaps, it overrules nobody."""
    gap = list(d.gap or d.key)
    there = reader.query(f"SELECT {', '.join(gap)} FROM core.{d.name}")
    return rows.join(there, on=gap, how="anti")


def store(
    job: Job, source: Source, answers: Sequence[Answer], checked: Checked, warehouse: Warehouse
) -> None:
    """The rows, the ledger, the answers as published, the rows set aside; in one transaction."""
    d, ws, outcome = job.dataset, job.ws, job.outcome
    received = checked.valid.height + checked.corrected + checked.gone
    unit = f"{job.chain.part}: {answers[0].call.function} × {len(answers)}"
    loading = ws.loading(d.name, source.name, unit, received, checked.corrected)
    books = [as_published(d, source, a, loading.fetched_at) for a in answers]
    warehouse.append("raw.answer", books)
    if received == 0:
        return
    absent = seen_absent(job, checked.valid, warehouse)
    loaded = warehouse.load(d, checked.valid, loading, ws.calendar, absent)
    if checked.rejected.height:
        warehouse.append("raw.rejected", set_aside(d, checked.rejected, loading))
    if source.name not in outcome.sources:
        outcome.sources.append(source.name)
    outcome.received += received
    outcome.new += loaded.new
    outcome.revised += loaded.revised
    outcome.rejected += doubtful(checked)


def seen_absent(job: Job, rows: pl.DataFrame, reader: Reader) -> pl.Series | None:
    """When an upstream last answered without each row (null: never), aligned with the rows."""
    d, chain = job.dataset, job.chain
    book = reader.query(
        "SELECT for_day AS day, entity, max(answered_at) AS seen FROM meta.answered "
        "WHERE dataset = ? AND part = ? AND absent GROUP BY ALL",
        [d.name, chain.part],
    )
    if book.is_empty() or d.dated_by is None:
        return None
    entity = pl.col(chain.column) if chain.entities and chain.column else pl.lit(None, pl.String)
    named = rows.select(day=pl.col(d.dated_by), entity=entity)
    return named.join(
        book, on=["day", "entity"], how="left", nulls_equal=True, maintain_order="left"
    )["seen"]


def as_published(
    d: Dataset, source: Source, answer: Answer, fetched_at: datetime
) -> dict[str, object]:
    """The book entry of an answer."""
    return {
        "dataset": d.name,
        "source": source.name,
        "function": answer.call.function,
        "arguments": answer.arguments,
        "fetched_at": fetched_at,
        "rows": answer.published.height,
        "published_columns": json.dumps(answer.published.columns, ensure_ascii=False),
        "bodies": json.dumps(answer.bodies),
    }


def set_aside(d: Dataset, rejected: pl.DataFrame, loading: Loading) -> pl.DataFrame:
    """The book entries of rows that broke a rule."""
    return rejected.with_columns(
        load_id=pl.lit(loading.load_id),
        dataset=pl.lit(d.name),
        rejected_at=pl.lit(loading.fetched_at, pl.Datetime("us")),
    )
