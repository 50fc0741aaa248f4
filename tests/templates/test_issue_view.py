"""What an issue knows about one metric: courses, facts, what stands under a block, what is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from templates import render
from templates.issue_view import (
    History,
    blocks,
    counted,
    earlier,
    entities,
    footing,
    found,
    history,
    hosts_told,
    late,
    latest,
    newest_of_each,
    sourced,
)
from tests.drawn.findings import AS_OF
from tests.templates.conftest import empty
from tests.templates.sections.drawn import fact, issue
from transforms.issue.issue import Issue
from transforms.issue.staleness import Stale

BEFORE, LONG_AGO = AS_OF - timedelta(days=1), AS_OF - timedelta(days=40)
OLD = fact("rsi_14", "B", LONG_AGO, 60.0, "", sources=("eastmoney",))
LAST = fact("rsi_14", "B", BEFORE, 70.0, "", sources=("sina", "import /x/rows.parquet"))
OTHER = fact("rsi_14", "A", AS_OF, 50.0, "", sources=("sina",))
BOTH = issue([OTHER, OLD, LAST], [("close", "A", AS_OF, 9.0, "")])


def test_a_course_is_cut_by_count_by_day_and_by_week():
    days = [date(2026, 1, day) for day in (1, 2, 5, 9, 12, 16)]
    whole = History(days, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])

    assert len(whole) == 6
    assert whole.last(2) == History(days[-2:], [5.0, 6.0])
    assert whole.since(date(2026, 1, 9)) == History(days[3:], [4.0, 5.0, 6.0])
    assert whole.weekly(9) == History([days[1], days[3], days[5]], [2.0, 4.0, 6.0])
    assert whole.weekly(2) == History([days[3], days[5]], [4.0, 6.0])


def test_years_of_weeks_are_told_apart():
    days = [date(2025, 1, 10), date(2026, 1, 9)]
    assert History(days, [1.0, 2.0]).weekly(9) == History(days, [1.0, 2.0])


def test_facts_of_a_series_are_ordered_by_day():
    assert found(issue([LAST, OTHER, OLD]), "rsi_14", "B") == [OLD, LAST]
    assert latest(BOTH, "rsi_14", "B") == LAST
    assert latest(BOTH, "rsi_14", "C") is None
    assert earlier(BOTH, "rsi_14", "B") == OLD
    assert earlier(BOTH, "rsi_14", "A") is None
    assert newest_of_each(BOTH, "rsi_14") == [OTHER, LAST]


def test_the_course_of_a_series_is_its_own_by_day():
    assert history(BOTH, "rsi_14", "B") == History([LONG_AGO, BEFORE], [60.0, 70.0])
    assert history(BOTH, "close", "B") == History([], [])
    assert entities(BOTH, "rsi_14") == ["A", "B"]


def test_what_is_shown_stands_on_its_sources_its_newest_day_and_its_series():
    under = footing(BOTH, LAST, None, OLD, OTHER)

    assert under.sources == ("eastmoney", "import", "sina")
    assert under.refs == ("rsi_14/B", "rsi_14/A")
    assert str(under.newest).replace("\xa0", " ") == "16 Jan"
    assert footing(BOTH, None).newest is None


def test_the_line_under_a_block_names_its_series_or_those_that_are_given():
    speller = render.speller_of(BOTH)
    own, given = (sourced(BOTH, speller, LAST, OLD, refs=refs) for refs in (None, ["rsi_14"]))

    assert (own.refs, given.refs) == (("rsi_14/B",), ("rsi_14",))
    assert own.newest == BEFORE
    assert own.hosts == ("eastmoney", "import", "sina")
    assert sourced(BOTH, speller).newest is None


@pytest.mark.parametrize(
    ("hosts", "code", "said"),
    [
        (("import", "drawn"), "en", "imported file, drawn"),
        (("SSE", "drawn"), "zh", "上交所、drawn"),
        (("SSE, Sina", "Sina"), "en", "SSE, Sina"),
        (("SSE, Sina", "Sina"), "zh", "上交所、新浪财经"),
        (("SSE, drawn", "SSE"), "zh", "SSE, drawn、上交所"),
    ],
)
def test_each_host_is_told_once_by_its_name(hosts, code, said):
    assert hosts_told(hosts, render.speller_of(BOTH, code)) == said


def waiting(**states: str) -> Issue:
    rows = [(name, name.upper(), None, AS_OF, state, 0) for name, state in states.items()]
    names = ["dataset", "label", "newest_observation", "expected_observation", "state", "behind"]
    kinds = {"newest_observation": pl.Date}
    health = pl.DataFrame(rows, schema=names, schema_overrides=kinds, orient="row")
    return replace(empty(), health=health)


def test_late_and_missing_inputs_of_those_that_are_named_are_told_by_name():
    one = waiting(index_daily="late", ipo_hk="missing", ipo_a="late", security="fresh")

    told = late(one, "ipo_hk", "index_daily", "security")
    assert [(each.dataset, each.label, each.newest, each.expected) for each in told] == [
        ("index_daily", "INDEX_DAILY", None, AS_OF), ("ipo_hk", "IPO_HK", None, AS_OF)
    ]  # fmt: skip


@pytest.mark.parametrize(("whole", "count"), [(True, 0), (False, 1)])
def test_where_nothing_new_has_come_at_all_no_section_tells_of_it(whole, count, monkeypatch):
    one = waiting(index_daily="late")
    monkeypatch.setattr(Issue, "stale", Stale((), BEFORE, whole))

    assert len(late(one, "index_daily")) == count


def test_a_count_of_the_page_is_a_whole_number():
    assert (counted(1234, "page#rows").text, counted(1234, "page#rows").ref) == (
        "1,234",
        "page#rows",
    )


def test_blocks_of_an_axis_are_those_of_its_last_day_the_highest_first():
    scores = [
        fact("block_score", name, day, value, "")
        for name, day, value in (
            ("heat/leverage", AS_OF, 40.0), ("heat/activity", AS_OF, 70.0), ("heat/b", AS_OF, 70.0),
            ("heat/valuation", BEFORE, 99.0), ("momentum/trend", AS_OF, 80.0),
        )
    ]  # fmt: skip
    names = [one.entity for one in blocks(issue(scores), "heat")]

    assert names == ["heat/activity", "heat/b", "heat/leverage"]
    assert blocks(issue([]), "heat") == []
