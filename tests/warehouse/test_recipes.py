"""Recipes: example queries that run on a published copy and answer the question they open with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest

from warehouse.catalog import catalogue, cutoff, dataset
from warehouse.storage import dictionary
from warehouse.storage.publish import Places, publish
from warehouse.storage.store import Loading, Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

RECIPES = {f.name: f.read_text("utf-8") for f in files("warehouse").joinpath("recipes").iterdir()}
Drawn = Callable[[str], pl.DataFrame]
THEN, LATER = datetime(2026, 1, 16, 10), datetime(2026, 1, 20, 3)
OLD, NEW = date(2026, 1, 9), date(2026, 1, 16)  # the two evaluations
MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)
LONG_AGO = date(2020, 1, 6)


def metric(as_of: date, day: date, name: str, entity: str, value: float) -> dict[str, object]:
    known = dict.fromkeys(SYSTEM_TABLES["mart.metric"].column_names())
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
def analyst(tmp_path_factory: pytest.TempPathFactory, filled_home: Path, drawn: Drawn):
    """A reader of a copy with two evaluations, revisions, a
    partial import, a gap and a refused row.
    """
    places = Places(tmp_path_factory.mktemp("recipes"))
    places.writer.parent.mkdir()
    places.writer.write_bytes(Places(filled_home).writer.read_bytes())
    with Warehouse.writing(places.writer) as warehouse, warehouse.transaction():
        evaluate_twice(warehouse)
        revise(warehouse, drawn)
        compare(warehouse)
        foretell(warehouse, [OLD, NEW])
    publish(places, "20260120T030000-000001")
    with Reader.open(places.current) as reader:
        yield reader


def evaluate_twice(warehouse: Warehouse) -> None:
    """The newer evaluation sees one value otherwise, one as before, and one not at all."""
    axes = [("structural_momentum", "CN"), ("overheating", "CN")]
    rows = [metric(OLD, OLD, m, e, 50.0) for m, e in axes]
    rows += [metric(NEW, d, m, e, 51.0) for d in (OLD, NEW) for m, e in axes]
    rows += [metric(a, OLD, "close", "000001.SH", 4120.0) for a in (OLD, NEW)]
    rows += [metric(NEW, NEW, "close", "000001.SH", 4100.0)]
    rows += [metric(NEW, OLD, "return_1d", "000001.SH", 0.01)]  # none of the newest day
    rows += [metric(OLD, OLD, "given_up", "CN", 1.0), metric(NEW, LONG_AGO, "ended", "CN", 1.0)]
    warehouse.append("mart.metric", rows)
    made = [{"as_of": a, "evaluated_at": THEN, "rows": 1} for a in (OLD, NEW)]
    warehouse.append("mart.evaluation", made)


def revise(warehouse: Warehouse, drawn: Drawn) -> None:
    """Closes revised twice and back again, an old day alone, a margin day of one exchange alone."""
    monday = drawn("index_daily").filter(code="000001.SH", trade_date=MONDAY)
    for hour, close in ((3, 4166.0), (4, 4167.0), (5, 4165.0)):
        revised = monday.with_columns(close=pl.lit(close))
        load(warehouse, "index_daily", revised, datetime(2026, 1, 20, hour), f"revision {hour}")
    old = monday.with_columns(trade_date=pl.lit(LONG_AGO))
    load(warehouse, "index_daily", old, datetime(2026, 1, 20, 6), "an old file")
    gap = drawn("margin_exchange").head(1).with_columns(trade_date=date(2026, 1, 14))
    load(warehouse, "margin_exchange", gap, LATER, "somewhere")
    balance = drawn("margin_market").filter(trade_date=MONDAY)
    load(warehouse, "margin_market", balance.with_columns(cs.float() * 2), LATER, "somewhere")
    refused = dict.fromkeys(SYSTEM_TABLES["raw.rejected"].column_names(), "x") | {
        "rejected_at": THEN
    }
    warehouse.append("raw.rejected", [refused])
    answered = {
        "dataset": "announcement",
        "part": "A",
        "for_day": date(2026, 1, 19),
        "entity": None,
        "source": "somewhere",
        "answered_at": LATER,
        "absent": False,
    }
    warehouse.append("meta.answered", [answered])


def load(
    warehouse: Warehouse, name: str, rows: pl.DataFrame, fetched: datetime, source: str
) -> None:
    calendar = warehouse.query("SELECT trade_date FROM core.trade_calendar ORDER BY 1")
    loading = Loading(f"{name} {source}", source, "unit", fetched, rows.height)
    warehouse.load(dataset(name), rows, loading, calendar["trade_date"])


def compare(warehouse: Warehouse) -> None:
    """Two hosts and an absence; of the older evaluation others, which are no longer so."""
    apart = {
        "as_of": NEW, "series": "index_close", "entity": "000001.SH", "observation_date": NEW,
        "chosen": 4100.0, "chosen_source": "Sina", "other": 4200.0, "other_source": "Tencent",
        "unit": "index points", "difference": 0.024, "tolerance": 1e-4, "agrees": False,
        "reason": "it gives the longest history",
    }  # fmt: skip
    agreeing = apart | {"entity": "000688.SH", "agrees": True}
    warehouse.append("meta.discrepancy", [apart, agreeing, apart | {"as_of": OLD, "entity": "x"}])
    absent = {
        "as_of": NEW, "metric": "northbound", "entity": "", "kind": "no rows",
        "reason": "stock_connect has no rows known on 2026-01-16", "missing": "stock_connect",
        "since": None,
    }  # fmt: skip
    warehouse.append("meta.absence", [absent, absent | {"as_of": OLD, "metric": "no longer"}])


def foretell(warehouse: Warehouse, days: list[date]) -> None:
    """A scenario, its record, a call that was made in time and is scored, and what followed."""
    names = ("mart.scenario", "mart.scenario_record", "mart.forecast", "mart.forecast_score",
             "mart.followed")  # fmt: skip
    shared = {
        "as_of": days[1], "entity": "000300.SH", "horizon": 20, "estimator": "climatology",
        "target": "bust", "value": 0.02, "printed": 0.0, "base": 0.02, "days": 900, "published": True,
        "observation_date": days[1], "since": days[0], "known_at": THEN, "issue_id": "2026-W03",
        "narrowest": "close", "narrowest_days": 900, "kind": "financing_high", "shape": "record",
        "side": "high", "sessions": 1, "measured_on": "000300.SH", "metric": "close", "cases": 9,
        "base_days": 900,
        "origins": 400, "informed": 400, "first_origin": days[0], "last_origin": days[1],
        "made_at": THEN, "in_time": True, "close": 4000.0, "probability": 0.0, "version": 1,
        "due": days[1], "scored_as_of": days[1], "outcome": 1.0, "brier": 1.0, "brier_base": 0.96,
    }  # fmt: skip
    for name in names:
        columns = SYSTEM_TABLES[name].column_names()
        warehouse.append(name, [{column: shared.get(column) for column in columns}])
    record = {c: shared.get(c) for c in SYSTEM_TABLES["mart.scenario_record"].column_names()}
    warehouse.append("mart.scenario_record", [record | {"estimator": "published", "skill": -0.01}])


def test_the_record_of_calls_is_shown_even_when_it_is_negative(analyst: Reader) -> None:
    (row,) = analyst.query(RECIPES["track_record.sql"]).iter_rows(named=True)
    assert (row["issues"], row["skill"]) == (1, pytest.approx(1 - 1 / 0.96, abs=1e-3))
    assert analyst.query(RECIPES["scenarios.sql"])["skill_of_such_forecasts"].to_list() == [-0.01]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_answers_and_answers_it(analyst: Reader, name: str) -> None:
    first = RECIPES[name].splitlines()[0]
    assert first.startswith("-- ")
    assert first.endswith("?")
    assert analyst.query(RECIPES[name]).height > 0


def test_there_are_recipes_for_a_start() -> None:
    assert len(RECIPES) >= 8


def test_every_step_of_a_revision_is_seen(analyst: Reader) -> None:
    """Also of one that was taken back in the end, and none of what came new."""
    steps = analyst.query(RECIPES["revisions.sql"]).reverse()
    assert steps["trade_date"].to_list() == [MONDAY] * 3
    assert steps["believed"].to_list() == [4165.0, 4166.0, 4167.0]
    assert steps["then_said"].to_list() == [4166.0, 4167.0, 4165.0]
    assert steps["revised_by"].to_list() == ["revision 3", "revision 4", "revision 5"]
    assert [moment.hour for moment in steps["revised_at"]] == [3, 4, 5]


def test_freshness_is_told_by_the_rows_and_not_by_the_last_load(analyst: Reader) -> None:
    """The load that came last was of one day of 2020."""
    table = analyst.query(RECIPES["freshness.sql"])
    assert set(table["dataset"]) == set(catalogue())
    (index,) = table.filter(dataset="index_daily").iter_rows(named=True)
    assert analyst.query("FROM meta.last_load").filter(dataset="index_daily")["last_date"][0] == (
        LONG_AGO
    )
    assert (index["newest"], index["sources"]) == (TUESDAY, "import index_daily.parquet")
    assert (index["rows"], index["fetched_at"]) == (4, datetime(2026, 1, 20, 6))
    (lists,) = table.filter(dataset="theme_membership").iter_rows(named=True)
    assert lists["newest"] is None
    assert lists["rows"] == analyst.query("FROM core.theme_membership").height


def test_rows_and_loads_are_counted_by_source(analyst: Reader) -> None:
    told = analyst.query(RECIPES["fallbacks.sql"]).filter(dataset="index_daily")
    counts = {source: rest for source, *rest, _ in told.select(pl.exclude("dataset")).iter_rows()}
    assert counts["import index_daily.parquet"] == [1, 3, 0]
    assert counts["revision 4"] == [1, 0, 1]
    assert counts["an old file"] == [1, 1, 0]


def test_values_that_changed_are_those_of_the_newest_evaluation(analyst: Reader) -> None:
    """Not what only the older one had, nor what both say."""
    changed = analyst.query(RECIPES["then_and_now.sql"])
    assert changed["metric"].to_list() == ["overheating", "structural_momentum"]
    assert set(changed.select("said_first", "says_now").iter_rows()) == {(50.0, 51.0)}
    assert set(changed.select("observation_date", "newest_as_of").iter_rows()) == {(OLD, NEW)}


def test_the_axes_are_those_of_the_newest_evaluation(analyst: Reader) -> None:
    weeks = analyst.query(RECIPES["axes_by_week.sql"])
    assert weeks["week_ending"].to_list() == [NEW, OLD]
    assert set(weeks.select("as_of", "structural_momentum", "overheating").iter_rows()) == {
        (NEW, 51.0, 51.0)
    }


def test_what_is_absent_now_is_told(analyst: Reader) -> None:
    assert analyst.query(RECIPES["absent_metrics.sql"])["metric"].to_list() == ["northbound"]


def test_all_figures_of_an_index_are_of_the_day_of_its_close(analyst: Reader) -> None:
    (row,) = analyst.query(RECIPES["index_returns.sql"]).iter_rows(named=True)
    assert (row["as_of"], row["code"], row["trade_date"]) == (NEW, "000001.SH", NEW)
    assert (row["close"], row["return_1d"]) == (4100.0, None)


def test_what_has_ended_is_not_unusual_today(analyst: Reader) -> None:
    unusual = analyst.query(RECIPES["most_unusual.sql"])
    assert set(unusual["metric"]) == {"close", "overheating", "return_1d", "structural_momentum"}
    assert set(unusual["as_of"]) == {NEW}


def test_the_exchange_that_lacks_a_margin_figure_is_named(analyst: Reader) -> None:
    gaps = analyst.query(RECIPES["margin_gaps.sql"])
    assert gaps.rows() == [("BSE", date(2026, 1, 14)), ("SZSE", date(2026, 1, 14))]


def test_only_what_two_hosts_say_differently_now_is_told(analyst: Reader) -> None:
    assert analyst.query(RECIPES["two_hosts.sql"])["entity"].to_list() == ["000001.SH"]


def test_warnings_stand_beside_the_limits_of_their_week(analyst: Reader, drawn: Drawn) -> None:
    """A week for which a source has answered without rows has none; another has no figure."""
    weeks = {
        row["week"]: row for row in analyst.query(RECIPES["warnings_and_limits.sql"]).to_dicts()
    }
    assert {week: row["companies_that_warned"] for week, row in weeks.items()} == {
        date(2026, 1, 5): 1,
        MONDAY: 1,
        date(2026, 1, 19): 0,
    }
    closes = drawn("limit_pool").filter(pool="up").height
    assert weeks[MONDAY]["closes_at_upper_limit"] == closes
    assert weeks[date(2026, 1, 19)]["closes_at_upper_limit"] is None


def test_the_past_is_recalled_without_later_knowledge(analyst: Reader, drawn: Drawn) -> None:
    """Monday's balance was doubled on the 20th."""
    (known,) = analyst.query(RECIPES["known_on_a_day.sql"]).iter_rows(named=True)
    was = drawn("margin_market").filter(trade_date=MONDAY)["financing_balance_cny"].item()
    assert (known["trade_date"], known["financing_balance_cny"]) == (MONDAY, was)


def test_each_day_knows_the_balance_that_was_out_by_then(analyst: Reader) -> None:
    """A revision of an old day must not pass for the newest figure, as an ASOF JOIN lets it."""
    days = analyst.query(RECIPES["known_day_by_day.sql"])
    assert days.height > 0
    for row in days.iter_rows(named=True):
        newest = analyst.read("margin_market", cutoff(row["known_on"])).sort("trade_date")
        assert row["balance_of"] == newest["trade_date"][-1]
        assert row["financing_balance_cny"] == newest["financing_balance_cny"][-1]


def test_listings_are_told_newest_first_with_their_first_day(analyst: Reader) -> None:
    listed = analyst.query(RECIPES["hong_kong_listings.sql"])
    assert listed["code"].to_list() == ["00100.HK", "02513.HK"]
    assert listed["funds_raised_hkd_bn"].to_list() == pytest.approx([4.8, 4.3])


def test_turnover_is_told_in_trillions_by_exchange(analyst: Reader) -> None:
    (day,) = analyst.query(RECIPES["turnover_by_exchange.sql"]).iter_rows(named=True)
    assert day == {"trade_date": TUESDAY, "BSE": 0.032, "SSE": 1.48, "SZSE": 2.17}


def test_every_column_of_core_is_described_with_its_unit(analyst: Reader) -> None:
    told = analyst.query(RECIPES["columns_and_units.sql"])
    assert set(told["table_name"]) == {f"core.{name}" for name in catalogue()}
    (amount,) = told.filter(table_name="core.market_turnover", column_name="amount_cny")["unit"]
    assert amount == "CNY"


def test_refused_rows_are_counted_by_rule(analyst: Reader) -> None:
    assert analyst.query(RECIPES["refused_rows.sql"]).select("rule", "refused").rows() == [("x", 1)]


def test_every_gap_is_told(analyst: Reader) -> None:
    assert analyst.query(RECIPES["known_gaps.sql"]).height == len(dictionary.gap_rows())
