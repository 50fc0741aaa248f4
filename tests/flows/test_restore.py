"""What a restoration says is lost: rows by dataset of the loads that the version does not have."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from flows import restore
from flows.restore import Restored, lost_loads


def ledger(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    names = ["load_id", "dataset", "rows_new", "rows_revised"]
    return pl.DataFrame(rows, schema=names, orient="row")


KEPT = ledger(("1", "index_daily", 100, 0))
WRITTEN = ledger(
    ("1", "index_daily", 100, 0),
    ("2", "stock_daily", 10, 3),
    ("3", "stock_daily", 20, 1),
    ("3", "index_daily", 5, 0),
)


@pytest.fixture
def place(monkeypatch):
    """`place(writer, version)`: a home whose files have these books."""

    def install(writer: pl.DataFrame | None, version: pl.DataFrame | None, files: int = 1):
        books = {"writer": writer, "version": version}
        monkeypatch.setattr(restore, "loads", lambda path: books[path.name])
        places = SimpleNamespace(generations=[Path("old")] * (files - 1) + [Path("writer")] * files)
        return SimpleNamespace(places=places)

    return install


def test_the_rows_of_lost_loads_are_added_up_by_dataset(place) -> None:
    found = lost_loads(place(WRITTEN, KEPT, 2), Path("version"))

    assert found is not None
    assert found.rows() == [("index_daily", 5), ("stock_daily", 34)]


@pytest.mark.parametrize(("writer", "version"), [(None, KEPT), (WRITTEN, None)])
def test_books_that_cannot_be_read_tell_nothing(place, writer, version) -> None:
    assert lost_loads(place(writer, version), Path("version")) is None


def test_without_a_writer_file_nobody_can_tell(place) -> None:
    ws = place(WRITTEN, KEPT)
    ws.places.generations = []

    assert lost_loads(ws, Path("version")) is None


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (None, "lost: whatever was loaded, measured or rendered after that"),
        (pl.DataFrame(schema={"dataset": pl.String, "n": pl.Int64}), "no load was lost"),
        (
            pl.DataFrame({"dataset": ["a", "b"], "n": [1_000, 2]}),
            "lost loads, to be collected or imported again: a (1,000 rows), b (2 rows)",
        ),
    ],
)
def test_what_was_lost_is_said(lost, said) -> None:
    told = list(Restored("version", "2026-01-13 12:00", lost, [], [Path("old")]).report())

    assert told[0] == "restored version, whose newest load is of 2026-01-13 12:00 UTC"
    assert told[1] == "old writer files were kept: old"
    assert any(line.startswith(said) for line in told)
    assert not [line for line in Restored("v", "t", lost, [], []).report() if "kept" in line]


def test_a_letter_of_which_nobody_knows_is_named_with_its_command() -> None:
    letter = SimpleNamespace(
        edition="2026-W03 (en, revision 2)", recipient="ann@example.org", issue_id="2026-W03"
    )
    told = list(Restored("v", "t", None, [letter], []).report())

    assert (
        "2026-W03 (en, revision 2) to ann@example.org: whether it was sent is unknown; ask, then "
        "`briefing resend 2026-W03 --force`"
    ) in told
    assert told[-1].startswith("next: `briefing doctor`")


def test_what_stayed_behind_in_a_lake_is_told():
    older = [("stock_minute", "rows from 2025-12-14 on; older ones are in the lake")]
    told = list(Restored("v", "t", pl.DataFrame(), [], [], older).report())
    assert any("2025-12-14" in line and "`briefing lake export --whole`" in line for line in told)
