"""The project's list of policy events, and lists that extend it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from warehouse.catalog import dataset
from warehouse.contract import schema
from warehouse.datasets.policy_event import DATASET, PolicyEvent, from_list, named
from warehouse.files import judged, reference
from warehouse.quality.contract_checks import Context, check

TODAY = date(2026, 11, 29)
CONTEXT = Context(pl.date_range(date(1990, 12, 19), TODAY, eager=True), TODAY)


@pytest.fixture(scope="module")
def listed() -> pl.DataFrame:
    return reference(DATASET)


def test_the_list_keeps_its_contract(listed):
    assert check(DATASET, listed, CONTEXT).rejected.is_empty()
    assert listed.height > 100


def test_an_event_is_known_at_the_end_of_its_day_in_shanghai():
    rows = pl.DataFrame({"announced_on": [date(2026, 1, 14)]})
    due = dataset("policy_event").due(rows, CONTEXT.calendar)

    assert due.to_list() == [datetime(2026, 1, 14, 15, 59)]


def test_the_margin_ratio_has_its_whole_history(listed):
    steps = listed.filter(series="margin ratio").sort("effective_on")

    assert steps.select("effective_on", "number").rows() == [
        (date(2010, 3, 31), 50.0),
        (date(2015, 11, 23), 100.0),
        (date(2023, 9, 8), 80.0),
        (date(2026, 1, 19), 100.0),
    ]


def test_a_day_in_force_that_was_told_later_has_a_row_of_its_own(listed):
    """On 24 September 2024 three measures were planned, none of them for a named day."""
    planned = listed.filter(announced_on=date(2024, 9, 24), kind="monetary")

    assert planned["effective_on"].to_list() == [None] * 4
    started = listed.filter(announced_on=date(2024, 10, 18), body="PBOC")
    assert started["effective_on"].to_list() == [date(2024, 10, 18)]


def test_what_recurs_has_recurred(listed):
    """A series of one event would make it look rarer than its kind."""
    counted = listed.drop_nulls("series")["series"].value_counts()

    assert counted["count"].min() >= 2


def test_the_key_is_the_day_and_the_first_words():
    rows = from_list(
        pl.DataFrame({"announced_on": ["2026-02-03"], "title_en": ["AI+: a 5% plan, (draft) two"]})
    )

    assert rows["event"].to_list() == ["2026-02-03-ai-a-5-plan-draft"]


def test_a_key_that_is_there_is_kept():
    rows = pl.DataFrame({"event": ["2026-02-03-x"], "title_en": ["Y"]})

    assert from_list(rows).equals(rows)


@pytest.fixture
def told(tmp_path: Path, drawn):
    """A file without keys, with its own name for the publisher and somebody's opinion."""

    def tell(**changes: object) -> Path:
        rows = drawn("policy_event").head(1).drop("event", "series", "note")
        rows = rows.rename({"publisher": "source"}).with_columns(
            direction=pl.lit("supportive"),
            **{name: pl.lit(value, rows.schema[name]) for name, value in changes.items()},
        )
        rows.write_csv(tmp_path / "policy_event.csv")
        return tmp_path / "policy_event.csv"

    return tell


def test_a_list_without_keys_extends_the_projects(told):
    rows = judged(DATASET, told(), CONTEXT).valid

    assert rows.schema == schema(PolicyEvent)
    assert rows["event"].to_list() == ["2026-01-09-margin-ratio-raised-to-90"]
    assert rows["publisher"].to_list() == ["SSE"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"effective_on": date(2026, 1, 8)}, "effective_on_is_not_before_announced_on"),
        ({"title_zh": "Margin ratio"}, "title_zh_is_chinese"),
        ({"address": "shared/list.csv"}, "regex"),
        ({"address": "https://a b"}, "regex"),
        ({"confidence": "surely"}, "regex"),
        ({"unit": None}, "unit_is_there_with_the_number"),
        ({"announced_on": date(2026, 12, 1)}, "in_the_future"),
    ],
)
def test_what_cannot_be_is_set_aside(told, changes, rule):
    assert rule in judged(DATASET, told(**changes), CONTEXT).rejected["rule"].to_list()


@pytest.mark.parametrize(
    ("title", "key"),
    [("“New” rules, of 2026!", "2026-01-14-new-rules-of-2026"), ("Rate", "2026-01-14-rate"),
     ("¿Rate?", "2026-01-14-rate")],
)  # fmt: skip
def test_an_event_without_a_key_is_called_by_its_day_and_first_words(title, key):
    rows = pl.DataFrame({"title": [title], "day": [date(2026, 1, 14)]})

    assert rows.select(named(pl.col("title"), pl.col("day"))).item() == key
