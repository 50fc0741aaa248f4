"""What is asked of issues and of the evaluations that they print, by the rows that do not count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.warehouse.records.books import books, day, put
from warehouse.records import issues
from warehouse.storage.store import Warehouse

OLD, NEW = day(6), day(13)
HOUR = timedelta(hours=1)
FOUND = datetime(2026, 1, 14, 8)


def score(as_of: date, of: date, momentum: float | None, heat: float | None, **more: Any):
    """Rows of mart.metric: both axes on a day, as an evaluation found them."""
    values = {"structural_momentum": momentum, "overheating": heat}
    known = {"as_of": as_of, "observation_date": of, "entity": "CN"} | more
    return [known | {"metric": m, "value": v} for m, v in values.items() if v is not None]


@pytest.fixture(scope="module")
def made() -> Warehouse:
    opened = books("mart.metric", "mart.state", "mart.finding", "meta.gap")
    rows = [
        *score(OLD, day(2), 1.0, 2.0),
        *score(OLD, day(5), 3.0, 4.0),
        *score(NEW, day(5), 5.0, None),
        *score(NEW, day(12), None, 6.0),
        *score(NEW, day(13), 7.0, None),
        *score(NEW, day(5), 99.0, 99.0, entity="US"),
        {"metric": "close", "entity": "CN", "as_of": NEW, "observation_date": day(13), "value": 99},
        *score(day(20), day(12), 8.0, 8.0),  # more than a week before its day
        *score(day(22), day(23), 8.0, 8.0),  # after it
    ]
    put(opened, "mart.metric", rows)
    states = [(OLD, day(5), "fading"), (NEW, day(5), "healthy"), (NEW, day(12), "hot"),
              (day(27), day(19), "old")]  # fmt: skip
    put(
        opened,
        "mart.state",
        [{"as_of": a, "observation_date": of, "state": state} for a, of, state in states],
    )
    findings = [(OLD, 1, 0.5), (OLD, 2, 0.9), (day(27), 1, 0.25)]
    put(
        opened,
        "mart.finding",
        [{"as_of": a, "place": p, "surprise": s} for a, p, s in findings],
    )
    gaps = [("b", None), ("a", None), ("c", "index_daily")]
    put(opened, "meta.gap", [{"subject": s, "why": "w", "dataset": d} for s, d in gaps])
    return opened


def test_each_day_has_the_axes_of_the_newest_evaluation_that_knows_it(made: Warehouse) -> None:
    found = issues.axes(made)
    assert found.columns == ["observation_date", "momentum", "heat"]
    assert found.rows() == [
        (day(2), 1.0, 2.0),
        (day(5), 5.0, 4.0),
        (day(12), 8.0, 8.0),
        (day(13), 7.0, None),
        (day(23), 8.0, 8.0),
    ]


def test_so_has_each_day_its_state(made: Warehouse) -> None:
    found = issues.states_by_day(made).rows()
    assert found == [(day(5), "healthy"), (day(12), "hot"), (day(19), "old")]


def test_an_evaluation_found_the_market_where_it_was_at_most_a_week_before(
    made: Warehouse,
) -> None:
    found = issues.found(made)
    assert found.columns == ["as_of", "momentum", "heat", "state", "surprise"]
    assert found.rows() == [
        (OLD, 3.0, 4.0, "fading", 0.5),
        (NEW, 7.0, 6.0, "hot", None),
        (day(27), None, None, None, 0.25),
    ]


def test_a_week_before_is_the_seventh_day() -> None:
    opened = books("mart.metric", "mart.state", "mart.finding")
    put(opened, "mart.metric", [*score(day(9), day(2), 1.0, 2.0), *score(day(8), day(8), 3.0, 4.0)])
    put(opened, "mart.state", [{"as_of": day(9), "observation_date": day(2), "state": "hot"}])
    assert issues.found(opened).rows() == [
        (day(8), 3.0, 4.0, None, None),
        (day(9), 1.0, 2.0, "hot", None),
    ]


def test_what_no_source_offers_is_told_in_the_order_of_the_list(made: Warehouse) -> None:
    """Without what a single source offers, which is there as long as that one answers."""
    found = issues.gaps(made)
    assert found.columns == ["subject", "since", "why", "instead"]
    assert found["subject"].to_list() == ["b", "a"]


EDITIONS = [("2026-W02", "en", 1, "a"), ("2026-W02", "en", 3, "c"), ("2026-W02", "en", 2, "b"),
            ("2026-W02", "zh", 2, "d"), ("2026-W01", "en", 2, "e")]  # fmt: skip


@pytest.fixture(scope="module")
def editions() -> Warehouse:
    opened = books("mart.issue", "mart.printed", "meta.delivery")
    named = ("issue_id", "language", "revision", "content_hash")
    put(opened, "mart.issue", (dict(zip(named, one, strict=True)) for one in EDITIONS))
    facts = [("2026-W02", "en", 3, "z"), ("2026-W02", "en", 3, "y"), ("2026-W02", "en", 2, "x"),
             ("2026-W02", "zh", 3, "w"), ("2026-W01", "en", 3, "v")]  # fmt: skip
    named = ("issue_id", "language", "revision", "fact_id")
    put(opened, "mart.printed", (dict(zip(named, one, strict=True)) for one in facts))
    put(opened, "meta.delivery", [{"issue_id": "2026-W02", "language": "zh", "revision": 7}])
    return opened


@pytest.mark.parametrize(
    ("language", "revision", "content"),
    [("en", 3, "b"), ("en", 2, "a"), ("en", 1, None), ("en", 9, "c"), ("zh", 2, None)],
)
def test_the_edition_before_is_the_newest_earlier_one_in_its_language(
    editions: Warehouse, language: str, revision: int, content: str | None
) -> None:
    found = issues.before(editions, "2026-W02", language, revision)
    assert (found and found["content_hash"]) == content


def test_an_edition_has_the_facts_that_it_printed(editions: Warehouse) -> None:
    edition = {"issue_id": "2026-W02", "language": "en", "revision": 3}
    assert issues.printed_by(editions, edition)["fact_id"].to_list() == ["y", "z"]


def test_each_edition_is_known_by_its_content(editions: Warehouse) -> None:
    assert issues.content_hashes(editions) == {(i, lang, r): c for i, lang, r, c in EDITIONS}


def test_editions_are_listed_by_issue_and_language_the_newest_revision_first(
    editions: Warehouse,
) -> None:
    rows = issues.every(editions).select("issue_id", "language", "revision").rows()
    assert rows == [
        ("2026-W01", "en", 2),
        ("2026-W02", "en", 3),
        ("2026-W02", "en", 2),
        ("2026-W02", "en", 1),
        ("2026-W02", "zh", 2),
    ]


def test_a_revision_that_was_mailed_is_never_used_again(editions: Warehouse) -> None:
    assert issues.next_revision(editions, "2026-W02", "zh") == 8


def test_of_what_was_found_restated_the_newest_holds_that_was_found_by_then() -> None:
    opened = books("mart.correction")
    put(opened, "mart.correction", [])
    columns = opened.query("FROM mart.correction").drop("as_of", "found_at").schema

    def find(at: datetime, *facts: tuple[str, float], as_of: date = NEW) -> None:
        drawn = pl.DataFrame(
            [{"fact_id": fact, "value": value} for fact, value in facts]
        ).with_columns(
            pl.lit(FOUND if kind == pl.Datetime else NEW if kind == pl.Date else "")
            .cast(kind, strict=False)
            .alias(name)
            for name, kind in columns.items()
            if name not in {"fact_id", "value", "before"}
        )
        issues.correct(opened, as_of, at, drawn.with_columns(before=pl.lit(0.0)))

    find(FOUND, ("close", 1.0), ("amount", 2.0))
    find(FOUND + HOUR, ("close", 3.0))
    find(FOUND + 2 * HOUR, ("close", 4.0))
    find(FOUND, ("close", 9.0), as_of=OLD)
    found = issues.corrections(opened, NEW, FOUND + HOUR)
    assert found.select("fact_id", "value").rows() == [("amount", 2.0), ("close", 3.0)]
    assert issues.corrections(opened, NEW, FOUND - HOUR).is_empty()


def test_a_file_of_before_there_were_corrections_has_none() -> None:
    assert issues.corrections(books("mart.issue"), NEW, FOUND).is_empty()
