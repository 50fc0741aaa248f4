"""What tells two rows of the warehouse's own tables apart, and what a row may leave out.

Whoever joins these tables leans on both; a column that is added to a key doubles rows without a
word.
"""

from __future__ import annotations

from datetime import datetime

import dataframely as dy
import polars as pl
import pytest

from warehouse.contract import Table, unit_of
from warehouse.tables import SYSTEM_TABLES, columns, intraday, mart, meta, raw

# The key of each table; of meta.incident and what was answered there may be several alike.
KEYS = {
    "meta.load": "load_id",
    "meta.incident": "",
    "meta.setting": "name",
    "meta.answered": "",
    "raw.answer": "",
    "raw.rejected": "",
    "meta.dataset": "dataset",
    "meta.column": "table_name column_name",
    "meta.metric": "metric",
    "meta.weight": "axis metric entity",
    "meta.anchor": "metric place",
    "meta.discrepancy": "as_of series entity observation_date",
    "meta.gap": "subject",
    "meta.absence": "as_of metric entity",
    "meta.doubt": "as_of dataset kind first_day",
    "mart.metric": "as_of metric entity observation_date",
    "mart.evaluation": "as_of",
    "mart.intraday_partition": "month bucket digest",
    "mart.intraday": "month bucket digest code trade_date",
    "mart.remembered": "digest",
    "mart.fact": "as_of fact_id",
    "mart.finding": "as_of kind entity",
    "mart.finding_number": "as_of kind entity role",
    "mart.finding_term": "as_of kind entity role",
    "mart.state": "as_of observation_date",
    "mart.turn": "as_of entity observation_date",
    "mart.event_calendar": "as_of event_date kind subject",
    "mart.thesis": "as_of thesis",
    "mart.thesis_week": "as_of thesis week",
    "mart.restatement": "as_of fact_id field",
    "mart.issue": "issue_id revision language",
    "mart.printed": "issue_id revision language fact_id",
    "mart.correction": "as_of fact_id found_at",
    "mart.scenario": "as_of entity horizon estimator target",
    "mart.scenario_record": "as_of entity horizon estimator target",
    "mart.scenario_reliability": "as_of entity horizon estimator bin",
    "mart.followed": "as_of kind entity measured_on horizon",
    "mart.followed_case": "as_of kind entity measured_on horizon observation_date",
    "mart.forecast": "issue_id as_of entity horizon target",
    "mart.forecast_score": "issue_id as_of entity horizon target",
    "mart.study": "as_of study reference measure",
    "mart.study_event": "as_of study reference entity event_date",
    "meta.delivery": "issue_id revision language recipient step",
    "meta.notification": "kind key step",
}
# What may be absent, besides the numbers of `number`.
OPTIONAL = {
    "meta.load": "first_date last_date",
    "meta.answered": "entity",
    "raw.rejected": "lost",
    "meta.column": "unit if_broken",
    "meta.metric": "block",
    "meta.anchor": "span",
    "meta.gap": "since dataset part",
    "meta.absence": "since speaks_on",
    "mart.metric": "n_obs n metric_version",
    "mart.finding": "since told_at",
    "mart.finding_number": "base_date",
    "mart.event_calendar": "until beijing_time",
    "mart.thesis": "observation_date changed_on first_day known_at",
    "mart.thesis_week": "observation_date",
    "mart.restatement": "before_day value_day known_at",
    "mart.issue": "requested files",
    "mart.printed": "metric_version",
    "mart.scenario": "bound state axes silent narrowest_since informed_since",
    "mart.followed": "axes",
    "mart.forecast": "bound",
    "mart.study": "n first_day last_day",
}
# The least that a number of things may be, where there is one.
LEAST = {
    ("meta.weight", "entities"): 1,
    ("mart.intraday_partition", "bucket"): 0,
    ("mart.intraday_partition", "bars"): 0,
    ("mart.intraday", "bucket"): 0,
    ("mart.finding", "place"): 1,
    ("mart.thesis", "place"): 1,
    ("mart.issue", "revision"): 1,
    ("mart.printed", "revision"): 1,
    ("meta.delivery", "revision"): 1,
    ("meta.delivery", "step"): 1,
    ("meta.notification", "step"): 1,
}


@pytest.mark.parametrize("name", SYSTEM_TABLES)
def test_rows_of_a_table_are_told_apart_by_its_key(name: str) -> None:
    assert " ".join(SYSTEM_TABLES[name].primary_key()) == KEYS[name]


@pytest.mark.parametrize("name", SYSTEM_TABLES)
def test_what_is_no_number_is_there_unless_it_is_named_here(name: str) -> None:
    declared = SYSTEM_TABLES[name].columns()
    absent = [
        c for c, said in declared.items() if said.nullable and not isinstance(said, dy.Float64)
    ]
    assert " ".join(absent) == OPTIONAL.get(name, "")


def test_numbers_of_things_have_a_least_where_none_or_less_is_nonsense() -> None:
    found = {
        (name, c): said.min
        for name, contract in SYSTEM_TABLES.items()
        for c, said in contract.columns().items()
        if isinstance(said, dy.Int64) and said.min is not None
    }
    assert found == LEAST


def test_every_table_belongs_to_the_file_of_its_schema() -> None:
    files = {"raw": [raw], "meta": [meta], "mart": [mart, intraday]}
    for name, contract in SYSTEM_TABLES.items():
        homes = [file.__name__ for file in files[name.partition(".")[0]]]
        assert contract.__module__ in homes


def test_a_moment_is_there_counts_microseconds_and_names_its_clock() -> None:
    moment = columns.moment("When")
    assert (moment.nullable, moment.primary_key, moment.description) == (False, False, "When (UTC)")
    assert moment.dtype == pl.Datetime("us")
    assert columns.moment("When", nullable=True).nullable
    assert columns.moment("When", key=True).primary_key


def test_a_number_may_be_absent_and_has_a_unit_where_one_is_named() -> None:
    assert columns.number("Value").nullable
    assert unit_of(columns.number("Value")) is None
    assert unit_of(columns.number("Value", "%")) == "%"


@pytest.mark.parametrize(
    ("of", "carried"),
    [
        (columns.Provenance, ["known_at", "source", "load_id"]),
        (columns.Superseded, ["known_at", "source", "load_id", "superseded_at"]),
    ],
)
def test_a_row_of_core_says_where_it_is_from_and_since_when(
    of: type[Table], carried: list[str]
) -> None:
    assert list(of.columns()) == carried
    assert not any(said.nullable or said.primary_key for said in of.columns().values())


@pytest.mark.parametrize(("lost", "kept"), [("row", 1), ("field", 1), (None, 1), ("rows", 0)])
def test_of_what_was_set_aside_either_a_row_or_a_field_was_lost(
    lost: str | None, kept: int
) -> None:
    row = dict.fromkeys(raw.Rejected.column_names(), "x")
    row |= {"lost": lost, "rejected_at": datetime(2026, 1, 12)}
    assert raw.Rejected.filter(pl.DataFrame([row]), cast=True).result.height == kept
