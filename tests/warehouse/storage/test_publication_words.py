"""The data dictionary in words: when a row becomes known, and from whom it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from warehouse.catalog import Chain, Publication, dataset
from warehouse.storage import ddl, dictionary
from warehouse.storage.dictionary import published, upstreams

EIGHT = time(8, 30)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Publication(None), "reference data, known at all times"),
        (Publication("day", EIGHT), "08:30 of day"),
        (Publication("day", EIGHT, by="told"), "08:30 of told"),
        (Publication("day", EIGHT, days_later=1), "08:30 of the day after day"),
        (
            Publication("day", EIGHT, trading_days_later=1),
            "08:30 of the next trading day after day",
        ),
        (
            Publication("month", EIGHT, months_later=1, day_of_month=18),
            "08:30 on day 18, 1 months after the first day of month",
        ),
    ],
)
def test_a_rule_of_publication_is_a_sentence(rule: Publication, words: str) -> None:
    assert published(rule) == words


def test_upstreams_stand_in_the_order_in_which_they_are_asked() -> None:
    d = dataset("stock_daily")
    one, two = (replace(d.chains[0].sources[0], name=name) for name in ("One", "Two"))
    chains = (Chain("A", (one, two)), Chain("B", (two,)))
    assert upstreams(replace(d, chains=chains)) == "A: One → Two; B: Two"
    assert upstreams(replace(d, chains=(), reference="list.csv")) == "list.csv"
    assert upstreams(replace(d, chains=(), reference=None)) == "imported"


def test_the_functions_of_datasets_stand_in_one_line() -> None:
    lines = list(dictionary._functions())
    assert lines[:2] == ["| function | gives |", "|---|---|"]
    assert [line.split(" ")[1] for line in lines[2:]] == [
        "core.cutoff(day)",
        "core.moment(said)",
        "core.…_asof(moment)",
    ]


def test_columns_of_core_say_what_a_broken_rule_costs_and_others_do_not() -> None:
    columns = ddl.columns_of(dataset("index_daily"))
    plain = list(dictionary._columns(columns))
    assert plain[:2] == ["| column | type | unit | meaning |", "|---|---|---|---|"]
    assert plain[-1] == ""
    priced = list(dictionary._columns(columns, {"code": "answer"}))
    assert priced[0] == "| column | type | unit | if it breaks a rule | meaning |"
    assert priced[1] == "|---|---|---|---|---|"
    assert any(line.startswith("| code | VARCHAR, always there |  | answer | ") for line in priced)
    assert all(line.count("|") == 6 for line in priced[:-1] if "\\|" not in line)


def test_what_is_said_otherwise_is_declared_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    dictionary.fingerprint.cache_clear()
    before = dictionary.fingerprint()
    for name, other in (("tables", {"meta.gap": []}), ("code_changes", {"a": "b"})):
        with monkeypatch.context() as patched:
            patched.setattr(dictionary, name, lambda other=other: other)
            dictionary.fingerprint.cache_clear()
            assert dictionary.fingerprint() != before
    dictionary.fingerprint.cache_clear()
    assert dictionary.fingerprint() == before
