"""Recipes: example queries that run on a published copy and answer the question they open with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from warehouse.catalog import dataset
from warehouse.ledger import BOOKS
from warehouse.publish import Places, publish
from warehouse.store import Loading, Reader, Warehouse

RECIPES = {f.name: f.read_text("utf-8") for f in files("warehouse").joinpath("recipes").iterdir()}
THEN = datetime(2026, 1, 16, 10)


def metric(as_of: date, day: date, name: str, entity: str, value: float) -> dict[str, object]:
    known = dict.fromkeys(BOOKS["mart.metric"].column_names())
    return known | {
        "as_of": as_of,
        "metric": name,
        "entity": entity,
        "observation_date": day,
        "value": value,
        "unit": "score 0-100",
        "percentile": 90.0,
        "known_at": THEN,
        "metric_version": 1,
    }


@pytest.fixture(scope="module")
def analyst(
    tmp_path_factory: pytest.TempPathFactory,
    filled_home: Path,
    drawn: Callable[[str], pl.DataFrame],
):
    """A reader of a copy with two evaluations, a revision, a gap and a refused row."""
    places = Places(tmp_path_factory.mktemp("recipes"))
    places.writer.parent.mkdir()
    places.writer.write_bytes(Places(filled_home).writer.read_bytes())
    with Warehouse.writing(places.writer) as warehouse:
        fill(warehouse, drawn)
    publish(places, "20260120T030000-000001")
    with Reader.open(places.current) as reader:
        yield reader


def fill(warehouse: Warehouse, drawn: Callable[[str], pl.DataFrame]) -> None:
    days = [date(2026, 1, 9), date(2026, 1, 16)]
    names = [("structural_momentum", "CN"), ("overheating", "CN"), ("close", "000001.SH")]
    for n, as_of in enumerate(days):
        rows = [metric(as_of, d, m, e, 50.0 + n) for d in days[: n + 1] for m, e in names]
        warehouse.append("mart.metric", rows)
    revised = drawn("index_daily").with_columns(pl.col("close") + 1)
    gap = drawn("margin_exchange").head(1).with_columns(trade_date=date(2026, 1, 14))
    calendar = warehouse.query("FROM core.trade_calendar SELECT trade_date ORDER BY 1")[
        "trade_date"
    ]
    for name, rows in (("index_daily", revised), ("margin_exchange", gap)):
        loading = warehouse_loading(name, rows.height)
        warehouse.load(dataset(name), rows, loading, calendar)
    refused = dict.fromkeys(BOOKS["raw.rejected"].column_names(), "x") | {"rejected_at": THEN}
    warehouse.append("raw.rejected", [refused])
    apart = {
        "as_of": days[1], "series": "index_close", "entity": "000001.SH", "observation_date": days[1],
        "chosen": 4100.0, "chosen_source": "Sina", "other": 4200.0, "other_source": "Tencent",
        "unit": "index points", "difference": 0.024, "tolerance": 1e-4, "agrees": False,
        "reason": "it gives the longest history",
    }  # fmt: skip
    warehouse.append("meta.discrepancy", [apart, apart | {"entity": "000688.SH", "agrees": True}])
    absent = {
        "as_of": days[1], "metric": "northbound", "entity": "", "kind": "no rows",
        "reason": "stock_connect has no rows known on 2026-01-16", "missing": "stock_connect",
    }  # fmt: skip
    warehouse.append("meta.absence", [absent | {"since": None}])
    foretell(warehouse, days)


def foretell(warehouse: Warehouse, days: list[date]) -> None:
    """A scenario, its record, and a call that was made in time and is scored."""
    names = ("mart.scenario", "mart.scenario_record", "mart.forecast", "mart.forecast_score")
    shared = {
        "as_of": days[1], "entity": "000300.SH", "horizon": 20, "estimator": "climatology",
        "target": "bust", "value": 0.02, "printed": 0.0, "base": 0.02, "days": 900, "published": True,
        "observation_date": days[1], "since": days[0], "known_at": THEN, "issue_id": "2026-W03",
        "origins": 400, "informed": 400, "first_origin": days[0], "last_origin": days[1],
        "made_at": THEN, "in_time": True, "close": 4000.0, "probability": 0.0, "version": 1,
        "due": days[1], "scored_as_of": days[1], "outcome": 1.0, "brier": 1.0, "brier_base": 0.96,
    }  # fmt: skip
    for name in names:
        columns = BOOKS[name].column_names()
        warehouse.append(name, [{column: shared.get(column) for column in columns}])
    record = {c: shared.get(c) for c in BOOKS["mart.scenario_record"].column_names()}
    warehouse.append("mart.scenario_record", [record | {"estimator": "published", "skill": -0.01}])


def test_the_record_of_calls_is_shown_even_when_it_is_negative(analyst: Reader) -> None:
    (row,) = analyst.query(RECIPES["track_record.sql"]).iter_rows(named=True)
    assert (row["issues"], row["skill"]) == (1, pytest.approx(1 - 1 / 0.96, abs=1e-3))
    assert analyst.query(RECIPES["scenarios.sql"])["skill_of_such_forecasts"].to_list() == [-0.01]


def warehouse_loading(name: str, rows: int):
    return Loading(f"load-{name}", "somewhere", "unit", datetime(2026, 1, 20, 3), rows)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_answers_and_answers_it(analyst: Reader, name: str) -> None:
    first = RECIPES[name].splitlines()[0]
    assert first.startswith("-- ")
    assert first.endswith("?")
    assert analyst.query(RECIPES[name]).height > 0


def test_there_are_recipes_for_a_start() -> None:
    assert len(RECIPES) >= 8


def test_a_revision_is_seen_by_the_recipe(analyst: Reader) -> None:
    changes = analyst.query(RECIPES["revisions.sql"])
    assert changes["now"].to_list() == [c + 1 for c in changes["believed"]]


def test_only_what_two_hosts_say_differently_is_told(analyst: Reader) -> None:
    assert analyst.query(RECIPES["two_hosts.sql"])["entity"].to_list() == ["000001.SH"]


def test_warnings_stand_beside_the_limits_of_their_week(
    analyst: Reader, drawn: Callable[[str], pl.DataFrame]
) -> None:
    weeks = analyst.query(RECIPES["warnings_and_limits.sql"])
    assert weeks["companies_that_warned"].sum() == drawn("announcement")["code"].n_unique()
    assert weeks["closes_at_upper_limit"].sum() == drawn("limit_pool").filter(pool="up").height


def test_the_past_is_recalled_without_later_knowledge(analyst: Reader) -> None:
    known = analyst.query(RECIPES["known_on_a_day.sql"])
    assert known["trade_date"].to_list() == [date(2026, 1, 12)]
