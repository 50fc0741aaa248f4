"""What an issue is called: the regular one after its week, any other after its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from warehouse.contract import schema
from warehouse.records import issues
from warehouse.records.issues import identity
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES


@pytest.mark.parametrize(
    ("as_of", "name"),
    [
        (date(2026, 1, 16), "2026-W03"),  # a Friday
        (date(2026, 1, 13), "2026-01-13"),
        (date(2026, 1, 15), "2026-01-15"),
        (date(2025, 9, 30), "2025-W40"),  # a Tuesday; National Day closes the rest of the week
        (date(2025, 9, 29), "2025-09-29"),
        (date(2025, 12, 31), "2026-W01"),  # a Wednesday, before New Year
        (date(2025, 10, 9), "2025-10-09"),  # a Thursday, the first day after the holidays
        (date(2025, 10, 10), "2025-W41"),
    ],
)
def test_the_last_trading_day_of_a_week_names_the_week(as_of: date, name: str) -> None:
    assert identity(as_of, packaged_calendar()) == name


def test_where_the_calendar_ends_nobody_knows_what_ends_a_week() -> None:
    assert identity(date(2026, 1, 16), pl.Series([date(2026, 1, 15), date(2026, 1, 16)])) == (
        "2026-01-16"
    )


EDITIONS = [
    # issue, language, revision, day, content, headline
    ("2026-W03", "en", 1, date(2026, 1, 16), "a", "first"),
    ("2026-W03", "en", 2, date(2026, 1, 16), "b", "second"),
    ("2026-W03", "zh", 1, date(2026, 1, 16), "b", "third"),
    ("2026-W02", "en", 3, date(2026, 1, 9), "b", "fourth"),
    ("2026-W03", "en", 3, date(2026, 1, 15), "a", "of an earlier day"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse in which some editions of two issues were written down."""
    names = ("issue_id", "language", "revision", "as_of", "content_hash", "headline")
    moment = datetime(2026, 1, 17, 1)
    of_kind = {pl.String: "", pl.Datetime: moment, pl.Date: moment.date(), pl.Boolean: False}
    columns = schema(SYSTEM_TABLES["mart.issue"])
    blank = {name: of_kind.get(kind.base_type(), 0) for name, kind in columns.items()}
    path = tmp_path_factory.mktemp("issues") / "warehouse.duckdb"
    with Warehouse.writing(path) as warehouse:
        for edition in EDITIONS:
            given = blank | dict(zip(names, edition, strict=True))
            for _ in range(2):
                issues.record(
                    warehouse, given, datetime(2026, 1, 17, given["revision"]), facts(given)
                )
        yield warehouse


def facts(edition: dict[str, object]) -> pl.DataFrame:
    """What an edition prints: a fact that all do, with their revision, and one of its own."""
    columns = schema(SYSTEM_TABLES["mart.printed"])
    names = (edition["language"], "all")
    row = {"metric": "close", "entity": "e", "observation_date": date(2026, 1, 9), "unit": "count"}
    row |= {"value": float(edition["revision"]), "metric_version": 1, "fact": "{}"}
    return pl.DataFrame([row | {"fact_id": name} for name in names]).cast(
        {name: columns[name] for name in row}
    )


def test_what_the_last_issue_printed_is_of_its_newest_evaluation(books: Warehouse) -> None:
    """Of 2026-W03 the second English revision was measured last; of an older day nothing counts."""
    found = issues.last_printed(books, date(2026, 1, 23))
    assert dict(found.select("fact_id", "value").iter_rows()) == {"all": 2.0, "en": 2.0}
    assert set(found["as_of"]) == {date(2026, 1, 16)}
    before = issues.last_printed(books, date(2026, 1, 16))
    assert set(before["as_of"]) == {date(2026, 1, 15)}
    assert issues.last_printed(books, date(2026, 1, 9)).is_empty()
    assert books.query("SELECT count(*) FROM mart.printed").item() == 2 * len(EDITIONS)


def test_an_edition_is_written_down_once(books: Warehouse) -> None:
    assert books.query("SELECT count(*) FROM mart.issue").item() == len(EDITIONS)


@pytest.mark.parametrize(
    ("key", "said"),
    [(("2026-W03", "en", 1), "first"), (("2026-W03", "en", 2), "second"),
     (("2026-W03", "zh", 1), "third"), (("2026-W03", "zh", 2), ""), (("2026-W02", "en", 1), "")],
)  # fmt: skip
def test_the_headline_is_that_of_the_edition(books: Warehouse, key, said: str) -> None:
    assert issues.headline(books, *key) == said


def test_the_newest_is_the_last_revision_of_the_latest_day(books: Warehouse) -> None:
    found = issues.newest(books, "2026-W03", "en")

    assert found is not None and found["headline"] == "second"
    assert issues.newest(books, "2026-W01", "en") is None


@pytest.mark.parametrize(("content", "revision"), [("a", 3), ("b", 2), ("c", None)])
def test_what_says_the_same_is_found_by_its_content(books: Warehouse, content, revision) -> None:
    found = issues.with_content(books, "2026-W03", "en", content)

    assert (found and found["revision"]) == revision


@pytest.mark.parametrize(
    ("issue", "language", "number"),
    [("2026-W03", "en", 4), ("2026-W03", "zh", 2), ("2026-W02", "en", 4), ("2026-W01", "en", 1)],
)
def test_the_next_revision_is_above_all_that_were_used(
    books: Warehouse, issue: str, language: str, number: int
) -> None:
    assert issues.next_revision(books, issue, language) == number


def test_each_edition_has_its_day(books: Warehouse) -> None:
    assert issues.days(books) == {edition[:3]: edition[3] for edition in EDITIONS}
