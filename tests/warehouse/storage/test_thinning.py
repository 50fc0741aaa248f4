"""Older evaluations keep what they said of their own month, and whatever a fact cites."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.records.evaluations import thin, whole
from warehouse.storage.store import Warehouse

OLD, NEW = date(2026, 1, 6), date(2026, 1, 13)


def row(as_of: date, days_before: int) -> dict[str, object]:
    return {
        "as_of": as_of,
        "metric": "close",
        "entity": "000001.SH",
        "observation_date": as_of - timedelta(days=days_before),
        "value": float(days_before),
        "unit": "index points",
        "known_at": datetime(2026, 1, 5, 8),
        "metric_version": 1,
    }


def fact(one: dict[str, object]) -> dict[str, object]:
    named = ("as_of", "metric", "entity", "observation_date", "value", "unit", "known_at")
    return {name: one[name] for name in named} | {"fact_id": "the one", "fact": "{}"}


@pytest.fixture
def warehouse(tmp_path: Path):
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        with warehouse.transaction():
            for as_of in (OLD, NEW):
                rows = [row(as_of, days) for days in (1, 30, 300, 500)]
                warehouse.append("mart.metric", rows)
                made = {"as_of": as_of, "evaluated_at": datetime(2026, 1, 13), "rows": 4}
                warehouse.append("mart.evaluation", [made])
            warehouse.append("mart.fact", [fact(row(OLD, 500))])
        yield warehouse


def days(warehouse: Warehouse, as_of: date) -> list[float]:
    return sorted(warehouse.measured("mart.metric", as_of)["value"])


def test_the_newest_evaluation_stays_whole(warehouse: Warehouse) -> None:
    thin(warehouse, NEW)

    assert days(warehouse, NEW) == [1, 30, 300, 500]
    assert whole(warehouse, NEW)


def test_an_older_one_keeps_its_month_and_its_facts(warehouse: Warehouse) -> None:
    thin(warehouse, NEW)

    assert days(warehouse, OLD) == [1, 30, 500]
    assert not whole(warehouse, OLD)


def test_the_one_just_made_stays_whole_also_when_it_is_older(warehouse: Warehouse) -> None:
    thin(warehouse, OLD)

    assert whole(warehouse, OLD)
    assert whole(warehouse, NEW)


def test_what_was_never_evaluated_is_not_whole(warehouse: Warehouse) -> None:
    assert not whole(warehouse, date(2020, 1, 1))
