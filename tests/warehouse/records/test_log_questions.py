"""What the collection log is asked: each question by the rows that it must not count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from warehouse.catalog import Call, dataset
from warehouse.errors import SourceDrifted, SourceEmpty
from warehouse.records import collection_log as log
from warehouse.records.collection_log import Answer, PartLog
from warehouse.storage.store import Loading, Warehouse

DATASET, OTHER = dataset("index_daily"), dataset("board_daily")
CHAIN, NEXT = DATASET.chains[:2]
SOURCE, FALLBACK = CHAIN.sources[:2]
NOON = datetime(2026, 1, 20, 4)
MONDAY, TUESDAY = date(2026, 1, 19), date(2026, 1, 20)
HOUR = timedelta(hours=1)
TABLES = ("meta.answered", "meta.load", "meta.incident", "raw.answer", "raw.rejected")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path: Path = tmp_path_factory.mktemp("log") / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as warehouse:
        yield warehouse


@pytest.fixture
def book(kept: Warehouse) -> Warehouse:
    for table in TABLES:
        kept.connection.execute(f"DELETE FROM {table}")
    return kept


def loaded(name: str, source: str, at: datetime, **counts: Any) -> dict[str, Any]:
    """A row of meta.load."""
    days = {"first_date": MONDAY, "last_date": TUESDAY}
    numbers = dict.fromkeys(
        ("rows_received", "rows_new", "rows_revised", "rows_rejected", "rows_corrected",
         "rows_after", "checksum"), 0
    )  # fmt: skip
    said = {"load_id": f"{name} {source} {at}", "dataset": name, "source": source, "unit": "all"}
    return said | {"fetched_at": at} | days | numbers | counts


def part(book: Warehouse, chain=CHAIN, **more: Any) -> PartLog:
    return PartLog(lambda: book, DATASET, chain, packaged_calendar(), **more)


def answered(book: Warehouse, day: date, chain=CHAIN, at: datetime = NOON, **more: Any) -> None:
    entity = more.pop("entity", None)
    log.add_answered(
        book, more.pop("d", DATASET), chain, "Sina", [(day, entity)], answered_at=at, **more
    )


def test_answered_are_the_days_of_the_part_and_those_that_a_file_spans(book: Warehouse) -> None:
    day = date(2026, 1, 12)
    answered(book, day)
    answered(book, date(2026, 1, 13), NEXT)
    answered(book, date(2026, 1, 14), d=OTHER)
    book.append(
        "meta.load",
        [
            loaded("index_daily", "import index_daily.csv", NOON),
            loaded("index_daily", "Sina", NOON, first_date=date(2026, 1, 5)),
            loaded("board_daily", "import board_daily.csv", NOON, first_date=date(2026, 1, 6)),
        ],
    )

    assert part(book).answered_days() == {day, MONDAY, TUESDAY}
    assert part(book, by=NOON).answered_days() == {day, MONDAY, TUESDAY}
    assert part(book, by=NOON - HOUR).answered_days() == set()


def test_a_file_answers_for_no_rows_that_follow_from_another_dataset(book: Warehouse) -> None:
    turnover = dataset("market_turnover")
    book.append("meta.load", [loaded("market_turnover", "import market_turnover.csv", NOON)])
    by_part = {
        chain.part: PartLog(lambda: book, turnover, chain, packaged_calendar()).answered_days()
        for chain in turnover.chains
    }

    assert by_part == {"SSE": {MONDAY, TUESDAY}, "SZSE": {MONDAY, TUESDAY}, "BSE": set()}


def test_a_file_answers_for_rows_that_an_upstream_could_bring(book: Warehouse) -> None:
    pool = dataset("limit_pool")
    assert [bool(s.query) for s in pool.chains[0].sources] == [False, True]
    book.append("meta.load", [loaded("limit_pool", "import limit_pool.csv", NOON)])
    found = PartLog(lambda: book, pool, pool.chains[0], packaged_calendar())

    assert found.answered_days() == {MONDAY, TUESDAY}


def test_before_anything_was_loaded_nothing_is_answered_or_held() -> None:
    bare = PartLog(lambda: None, DATASET, CHAIN, packaged_calendar())

    assert bare.answered_days() == bare.held_days() == set()
    assert bare.any_share() is None
    assert bare.shares("SELECT 1", [MONDAY]) == ()
    assert bare.absent_since(pl.DataFrame({"trade_date": [MONDAY], "code": ["x"]})) is None


def test_the_last_answer_is_that_of_the_part(book: Warehouse) -> None:
    assert part(book).answered_at() is None
    for hours in (2, 3, 1):
        answered(book, MONDAY, at=NOON + hours * HOUR)
    answered(book, MONDAY, NEXT, NOON + 9 * HOUR)
    answered(book, MONDAY, at=NOON + 8 * HOUR, d=OTHER)

    assert part(book).answered_at() == NOON + 3 * HOUR
    assert PartLog(lambda: None, DATASET, CHAIN, packaged_calendar()).answered_at() is None


def test_a_row_was_absent_until_the_last_answer_without_it(book: Warehouse) -> None:
    code = next(iter(CHAIN.entities))
    for hours, absent in ((1, True), (2, True), (3, False)):
        answered(book, MONDAY, at=NOON + hours * HOUR, entity=code, absent=absent)
    answered(book, TUESDAY, NEXT, entity=code, absent=True)
    answered(book, TUESDAY, d=OTHER, entity=code, absent=True)
    answered(book, TUESDAY, entity="another", absent=True)
    rows = pl.DataFrame({"trade_date": [TUESDAY, MONDAY], "code": [code, code]})

    assert part(book).absent_since(rows).to_list() == [None, NOON + 2 * HOUR]


def test_the_past_of_a_part_is_read_from_its_first_day_on(book: Warehouse) -> None:
    for day in (TUESDAY, MONDAY):
        log.add_past(book, DATASET, CHAIN, day, NOON)
    answered(book, date(2020, 1, 2))

    assert log.completed_past(book) == {("index_daily", CHAIN.part): MONDAY}


def asked(book: Warehouse, day: str, columns: list[str], source=SOURCE, **more: Any) -> None:
    """An answer to a call, with a row unless it says otherwise."""
    rows = [["x"] * len(columns)] * more.get("rows", 1)
    published = pl.DataFrame(rows, schema=columns, orient="row")
    call = Call(more.get("function", "bars"), {"symbol": more.get("symbol", "sh"), "date": day})
    one = Answer(call, published, published, ["a.gz"])
    log.add_answers(book, more.get("d", DATASET), source, [one], more.get("at", NOON))


def test_columns_before_are_those_of_the_last_answer_with_rows_to_such_a_call(
    book: Warehouse,
) -> None:
    call = Call("bars", {"symbol": "sh", "date": "20260120"})
    assert log.columns_before(book, DATASET, SOURCE, call) is None
    asked(book, "20260119", ["day", "old"])
    asked(book, "20260120", ["day", "close"])
    asked(book, "20260121", ["day", "none"], rows=0)
    asked(book, "20260121", ["day", "board"], symbol="sz")
    asked(book, "20260121", ["day", "other"], function="ticks")
    asked(book, "20260121", ["day", "theirs"], FALLBACK)
    asked(book, "20260121", ["day", "boards"], d=OTHER)

    assert log.columns_before(book, DATASET, SOURCE, call) == {"day", "close"}
    published = book.query("SELECT published_columns FROM raw.answer")["published_columns"]
    assert json.loads(published[0]) == ["day", "old"]


def test_calls_are_answered_after_a_moment(book: Warehouse) -> None:
    asked(book, "20260119", ["day"], at=NOON)
    asked(book, "20260120", ["day"], at=NOON + HOUR)
    asked(book, "20260120", ["day"], at=NOON + 2 * HOUR)
    asked(book, "20260121", ["day"], at=NOON + HOUR, d=OTHER)

    expected = {("bars", '{"symbol": "sh", "date": "20260120"}')}
    assert log.answered_calls(book, DATASET, NOON) == expected


def test_drift_is_that_of_the_source_oldest_first(book: Warehouse) -> None:
    for d, source, error in (
        (DATASET, SOURCE, SourceDrifted("z first")), (DATASET, SOURCE, SourceDrifted("a second")),
        (DATASET, SOURCE, SourceEmpty("nothing")), (DATASET, FALLBACK, SourceDrifted("theirs")),
        (OTHER, SOURCE, SourceDrifted("boards")),
    ):  # fmt: skip
        log.add_incidents(book, d, source, [error], NOON)

    assert log.drifts_before(book, DATASET, SOURCE) == ["z first", "a second"]


def test_incidents_are_told_from_a_moment_on_and_tabled_after_it(book: Warehouse) -> None:
    for hours, said in ((0, "before"), (1, "at"), (3, "last"), (2, "between")):
        log.add_incidents(book, DATASET, SOURCE, [SourceEmpty(said)], NOON + hours * HOUR)

    since = NOON + HOUR
    assert log.incidents(book, since)["message"].to_list() == ["at", "last", "between"]
    table = log.incident_table(book, since)
    assert table["message"].to_list() == ["last", "between"]
    assert table["beijing_time"].to_list() == [datetime(2026, 1, 20, 15), datetime(2026, 1, 20, 14)]


def test_loads_are_told_by_dataset_and_moment(book: Warehouse) -> None:
    book.append(
        "meta.load",
        [
            loaded("index_daily", "Sina", NOON, rows_revised=1),
            loaded("index_daily", "Sina", NOON + HOUR, rows_revised=2),
            loaded("index_daily", "Tencent", NOON + 2 * HOUR, rows_revised=3, rows_new=4),
            loaded("board_daily", "THS", NOON + HOUR, rows_new=1),
        ],
    )

    assert log.loaded_at(book, NOON + HOUR) == {
        "index_daily": NOON + HOUR, "board_daily": NOON + HOUR,
    }  # fmt: skip
    assert log.revised_since(book, NOON).rows() == [
        ("index_daily", "Sina", NOON + HOUR),
        ("index_daily", "Tencent", NOON + 2 * HOUR),
    ]
    assert log.loads_since(book, NOON, NOON).rows() == [
        ("board_daily", 0, 0), ("index_daily", 5, 0),
    ]  # fmt: skip


def test_lists_of_the_project_are_nothing_loaded(book: Warehouse) -> None:
    book.append("meta.load", [loaded("security", log.PROJECT, NOON)])
    assert not log.anything_loaded(book)
    book.append("meta.load", [loaded("index_daily", "Sina", NOON)])
    assert log.anything_loaded(book)


def set_aside(name: str, content: str, at: datetime, **more: Any) -> dict[str, Any]:
    said = {"load_id": "l", "dataset": name, "rule": "positive", "column_name": "close"}
    return said | {"content": content, "lost": "row", "rejected_at": at} | more


def test_rows_set_aside_count_once_by_dataset_and_moment(book: Warehouse) -> None:
    book.append(
        "raw.rejected",
        [
            set_aside("index_daily", "a", NOON),
            set_aside("index_daily", "b", NOON + HOUR),
            set_aside("index_daily", "b", NOON + 2 * HOUR),
            set_aside("index_daily", "c", NOON + HOUR, lost="field"),
            set_aside("board_daily", "d", NOON + HOUR),
        ],
    )
    log.add_incidents(book, DATASET, SOURCE, [SourceEmpty("at")], NOON)
    log.add_incidents(book, DATASET, SOURCE, [SourceEmpty("after")], NOON + HOUR)
    log.add_incidents(book, OTHER, SOURCE, [SourceEmpty("other")], NOON + HOUR)

    assert log.troubles(book, DATASET, NOON) == {"quarantined": 2, "incidents": 1}
    columns = ["dataset", "rule", "lost", "rows", "beijing_time"]
    assert log.rejected_table(book, NOON).select(columns).rows() == [
        ("board_daily", "positive", "row", 1, datetime(2026, 1, 20, 13)),
        ("index_daily", "positive", "field", 1, datetime(2026, 1, 20, 13)),
        ("index_daily", "positive", "row", 1, datetime(2026, 1, 20, 14)),
    ]


def test_what_was_set_aside_before_by_the_same_rule_is_not_written_again(book: Warehouse) -> None:
    book.append("raw.rejected", [set_aside("index_daily", "a", NOON)])
    book.append("raw.rejected", [set_aside("board_daily", "b", NOON)])
    told = ("rule", "column_name", "content")
    rows = pl.DataFrame(
        [("positive", "close", "a"), ("positive", "close", "b"), ("positive", "open", "a"),
         ("finite", "close", "a")],
        schema=told, orient="row",
    )  # fmt: skip

    assert log.not_rejected_before(book, DATASET, rows).rows() == rows.rows()[1:]


def test_a_month_of_rows_set_aside_ends_at_its_moment(book: Warehouse) -> None:
    month = timedelta(days=31)
    book.append(
        "raw.rejected",
        [
            set_aside("index_daily", content, at)
            for content, at in (
                ("a", NOON - month - HOUR), ("b", NOON - month), ("c", NOON), ("c", NOON - HOUR),
                ("d", NOON + HOUR),
            )
        ],
    )  # fmt: skip

    assert log.rejected_of_month(book, NOON).rows() == [("index_daily", "positive", 2, TUESDAY)]
    late = datetime(2026, 1, 19, 17)  # Tuesday in Shanghai
    book.connection.execute("DELETE FROM raw.rejected")
    book.append("raw.rejected", [set_aside("index_daily", "a", late)])
    assert log.rejected_of_month(book, NOON)["last"].item() == TUESDAY


def test_rows_that_were_due_and_came_late_are_told(book: Warehouse, drawn) -> None:
    rows = drawn("index_daily")
    loading = Loading("late", "Sina", "all", NOON + HOUR, rows.height)
    try:
        book.load(DATASET, rows, loading, packaged_calendar())
        count = rows.height
        assert log.loads_since(book, NOON, NOON + HOUR).rows() == [("index_daily", 0, count)]
        assert log.loads_since(book, NOON, datetime(2000, 1, 1)).rows() == [("index_daily", 0, 0)]
        assert log.loads_since(book, NOON + HOUR, NOON + HOUR).is_empty()
    finally:
        book.connection.execute("DELETE FROM core.index_daily")
