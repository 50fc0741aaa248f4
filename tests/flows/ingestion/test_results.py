"""What is said of a collection: its state, its shortfall, its line."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.ingestion.results import CollectionIncomplete, Outcome


def outcome(**given) -> Outcome:
    return Outcome("index_daily", "A", **given)


@pytest.mark.parametrize(
    ("missing", "received", "state"),
    [([], 0, "complete"), ([], 5, "complete"), (["2026-01-13"], 5, "partial"),
     (["2026-01-13"], 0, "failed")],
)  # fmt: skip
def test_a_part_is_complete_when_nothing_is_missing(missing, received, state) -> None:
    assert outcome(missing=missing, received=received).state == state


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "day 0;"),
        (5, "day 0, day 1, day 2, day 3, day 4;"),
        (6, "day 0, day 1, day 2, day 3, day 4 …;"),
    ],
)
def test_five_days_are_named_and_more_are_hinted_at(count, said) -> None:
    found = outcome(missing=[f"day {n}" for n in range(count)], incidents=["first", "last"])

    assert found.shortfall == f"index_daily (A) failed: missing {said} last"


def test_without_an_incident_nobody_can_serve_it() -> None:
    said = outcome(missing=["a day"], received=1).shortfall

    assert said == "index_daily (A) partial: missing a day; no source can serve it; try a back-fill"


@pytest.mark.parametrize(
    ("count", "asked"), [(1, "1 request"), (0, "0 requests"), (2, "2 requests")]
)
def test_a_line_names_rows_sources_and_requests(count, asked) -> None:
    told = outcome(received=1200, sources=["Sina", "Tencent"], requests=Counter({"a": count})).line

    assert told == f"index_daily (A): complete, 1,200 rows from Sina, Tencent, {asked}"


def test_the_table_of_a_collection_has_every_count_in_its_place() -> None:
    found = outcome(
        received=7,
        new=4,
        revised=2,
        rejected=1,
        sources=["Sina"],
        missing=["x"],
        requests=Counter({"few": 1, "many": 2_000}),
    )

    assert found.account == {
        "dataset": "index_daily", "part": "A", "state": "partial", "source": "Sina", "rows": 7,
        "new": 4, "revised": 2, "rejected": 1, "requests": "many 2,000, few 1", "missing": "x",
    }  # fmt: skip


def test_only_what_is_missing_is_complained_about() -> None:
    incomplete = CollectionIncomplete([outcome(), outcome(missing=["x"], incidents=["no answer"])])

    assert str(incomplete).count("\n") == 1
    assert len(incomplete.outcomes) == 2
