"""Answers of a back-fill that was killed are read again, within a day and for the same days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from flows.ingestion.pending import Pending
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.catalog import Call, dataset
from warehouse.records.collection_log import Answer

NOW = datetime(2026, 1, 17, 4, tzinfo=UTC)
CALL = Call("stock_zh_a_daily", {"symbol": "sh600519"}, (date(2026, 1, 15), date(2026, 1, 16)))
ROWS = pl.DataFrame({"close": [1.5, 2.5]})


def pending(home: Path, after: timedelta = timedelta(0), name: str = "stock_daily") -> Pending:
    return Pending(Workspace(Settings(home=home), lambda: NOW + after), dataset(name))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A home in which one answer waits."""
    pending(tmp_path).add(Answer(CALL, ROWS, ROWS.clear(), ["a.gz", "b.gz"]))
    return tmp_path


def test_an_answer_that_waits_is_found_as_published_with_its_bodies(kept: Path) -> None:
    found = pending(kept).find(CALL)

    assert found is not None
    assert found[0].equals(ROWS)
    assert found[1] == ["a.gz", "b.gz"]


@pytest.mark.parametrize(
    ("after", "there"),
    [
        (timedelta(days=1), True),
        (timedelta(days=1, seconds=1), False),
        (timedelta(seconds=-1), False),  # a clock that was set back
    ],
)
def test_it_is_found_for_a_day_from_its_moment_on(kept: Path, after, there) -> None:
    assert (pending(kept, after).find(CALL) is not None) is there


@pytest.mark.parametrize(
    "other",
    [
        Call("stock_zh_a_hist", CALL.arguments, CALL.days),
        Call(CALL.function, {"symbol": "sz000001"}, CALL.days),
        Call(CALL.function, CALL.arguments, (*CALL.days, date(2026, 1, 19))),
        Call(CALL.function, CALL.arguments, CALL.days, "600519.SH"),
        Call(CALL.function, CALL.arguments),
    ],
)
def test_another_call_is_another_answer(kept: Path, other: Call) -> None:
    assert pending(kept).find(other) is None


def test_the_same_call_of_another_dataset_is_another_answer(kept: Path) -> None:
    assert pending(kept, name="adjustment_factor").find(CALL) is None


def test_what_is_loaded_is_forgotten_also_twice(kept: Path) -> None:
    pending(kept).drop([CALL])
    pending(kept).drop([CALL])

    assert pending(kept).find(CALL) is None
