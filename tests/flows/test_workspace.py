"""The workspace is place and time; what belongs to one run is a `Collection`."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from flows.ingestion.collection import Collection
from flows.workspace import Workspace
from warehouse.catalog import dataset

SHARES = dataset("stock_daily")
PART = SHARES, SHARES.chains[0]


def test_nothing_of_one_run_is_in_a_workspace() -> None:
    assert {field.name for field in fields(Workspace)} == {"settings", "clock", "exchange"}


def test_two_collections_share_a_workspace_and_no_answers(ws: Workspace) -> None:
    one, other = Collection(ws), Collection(ws)
    assert one.ws is other.ws
    assert one.answers is not other.answers


def test_a_writer_that_is_kept_open_is_the_one_of_its_collection(ws: Workspace) -> None:
    run = Collection(ws)
    with run.keeping_open():
        with run.writing() as first, run.reading() as second:
            assert first is second
        with run.log(*PART) as log:
            assert log.look() is first
    with run.writing() as again:
        assert again is not first


def test_a_log_opens_the_warehouse_only_when_it_is_read(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Collection(ws)
    with run.writing():
        pass
    opened = []
    look = Workspace.reading_writer
    monkeypatch.setattr(Workspace, "reading_writer", lambda self: opened.append(1) or look(self))
    with run.log(*PART) as log:
        assert not log.entities
        assert not opened
        assert log.answered_days() == log.held_days() == set()
        assert len(opened) == 1


def test_the_calendar_has_shipped_and_collected_days_in_order_and_once(filled: Workspace) -> None:
    calendar = filled.calendar

    assert calendar.is_sorted()
    assert calendar.n_unique() == len(calendar)
    assert {date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 14)} <= set(calendar)
