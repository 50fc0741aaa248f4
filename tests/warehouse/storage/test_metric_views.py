"""The wide views: every metric of a family beside the others, with its meaning."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from transforms.engine.metric import metrics
from transforms.evaluation import definitions
from warehouse.storage import metric_views
from warehouse.storage.store import Warehouse

DAY = date(2026, 1, 13)


def row(metric: str, value: float, as_of: date = DAY) -> dict[str, object]:
    return {
        "as_of": as_of,
        "metric": metric,
        "entity": "000001.SH",
        "observation_date": date(2026, 1, 12),
        "value": value,
        "unit": "fraction",
        "known_at": datetime(2026, 1, 12, 8),
        "metric_version": 1,
    }


def entry(metric: str, family: str) -> dict[str, object]:
    known = next(iter(definitions().to_dicts()))
    return known | {"metric": metric, "family": family, "label": "It's a label"}


@pytest.fixture
def measured(tmp_path: Path):
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        with warehouse.transaction():
            warehouse.append("mart.metric", [row("rose", 0.5), row("fell", 0.25)])
            warehouse.append("mart.metric", [row("rose", 0.1, date(2026, 1, 6))])
            warehouse.describe([entry("rose", "breadth"), entry("fell", "breadth")])
        yield warehouse


def test_a_family_stands_side_by_side_as_the_newest_evaluation_says(measured: Warehouse) -> None:
    found = measured.query("SELECT observation_date, rose, fell FROM mart.wide_breadth")

    assert found.rows() == [(date(2026, 1, 12), 0.5, 0.25)]


def test_every_column_of_a_wide_view_has_a_comment(measured: Warehouse) -> None:
    sql = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'wide_breadth'"
    comments = dict(measured.query(sql).iter_rows())

    assert set(comments) == {"as_of", "entity", "observation_date", "rose", "fell"}
    assert comments["rose"].startswith("It's a label [")


def test_a_family_that_is_gone_has_no_view(measured: Warehouse) -> None:
    with measured.transaction():
        measured.describe([entry("rose", "market")])
    views = measured.query("SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'wide%'")

    assert views["view_name"].to_list() == ["wide_market"]


def test_every_metric_has_its_place_in_a_wide_view(tmp_path: Path) -> None:
    entries = definitions().to_dicts()
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        with warehouse.transaction():
            warehouse.describe(entries)
        sql = "SELECT column_name FROM duckdb_columns() WHERE starts_with(table_name, ?)"
        columns = set(warehouse.query(sql, [metric_views.PREFIX])["column_name"])

    assert columns == set(metrics()) | set(metric_views.KEYS)
