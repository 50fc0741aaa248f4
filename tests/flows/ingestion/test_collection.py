"""What belongs to one collection: when the warehouse is opened, and how often a call is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from flows.ingestion.collection import Collection
from warehouse.catalog import dataset

CALENDAR = object()


class Kept:
    """A workspace that notes how its warehouse is opened and closed."""

    attempts, calendar = 3, CALENDAR

    def __init__(self) -> None:
        self.log: list[Any] = []

    @contextmanager
    def writing(self, *datasets: str) -> Iterator[str]:
        self.log.append(("write", *datasets))
        yield "writer"
        self.log.append("closed")

    @contextmanager
    def reading_writer(self) -> Iterator[str]:
        self.log.append("look")
        yield "reader"
        self.log.append("closed")


@pytest.fixture
def ws() -> Kept:
    return Kept()


@pytest.fixture
def run(ws: Kept) -> Collection:
    return Collection(ws)  # type: ignore[arg-type]


def test_the_warehouse_is_opened_for_each_look_and_each_load(run: Collection, ws: Kept) -> None:
    with run.writing("a", "b") as writer:
        assert writer == "writer"
    with run.reading() as reader:
        assert reader == "reader"
    assert ws.log == [("write", "a", "b"), "closed", "look", "closed"]


def test_while_it_is_kept_open_nothing_opens_it_again(run: Collection, ws: Kept) -> None:
    with run.keeping_open():
        with run.writing("a") as writer, run.reading() as reader:
            assert writer == reader == "writer"
        assert ws.log == [("write",)]
    assert ws.log == [("write",), "closed"]
    with run.reading() as reader:
        assert reader == "reader"


def test_what_was_kept_open_is_closed_after_an_error_too(run: Collection) -> None:
    with pytest.raises(ZeroDivisionError), run.keeping_open():
        raise ZeroDivisionError
    assert run.warehouse is None


def test_a_log_opens_the_warehouse_once_and_only_when_it_is_read(run: Collection, ws: Kept) -> None:
    d = dataset("index_daily")
    with run.log(d, d.chains[0]) as log:
        assert ws.log == []
        assert log.look() == log.look() == "reader"
        assert ws.log == ["look"]
    assert ws.log == ["look", "closed"]
    assert (log.dataset, log.chain, log.calendar) == (d, d.chains[0], CALENDAR)


@pytest.mark.parametrize(("unreached", "attempts"), [(False, 3), (True, 1)])
def test_where_no_host_can_be_reached_each_call_is_made_once(
    run: Collection, attempts: int, *, unreached: bool
) -> None:
    run.reach = SimpleNamespace(unreached=unreached)  # type: ignore[assignment]
    assert run.attempts == attempts


def test_a_collection_is_no_bootstrap_unless_it_is_said(run: Collection) -> None:
    assert run.bootstrap is False
