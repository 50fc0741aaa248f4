"""`briefing status`: whether each dataset is where it should be, and what went wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.monitoring.freshness import (
    freshness_table,
    hold,
    incident_table,
    refusal_table,
    status_table,
)
from flows.workspace import Workspace
from transforms.issue.staleness import staleness
from warehouse.cadence import Snapshot
from warehouse.catalog import catalogue, dataset
from warehouse.errors import IssueHeld
from warehouse.shanghai import SHANGHAI

TODAY = date(2026, 1, 20)
MORNING = datetime(2026, 1, 20, 2, 0)  # 10:00 in Shanghai
FIGURES = ("pmi", "cpi", "gdp", "money_supply", "social_financing", "lpr", "government_yield", "fx_rate",
           "market_cap_monthly", "ipo_proceeds_monthly")  # fmt: skip


def judged(name: str, **seen: object) -> str:
    given = {"rows": 1, "newest": None, "expected": None, "read_at": None}
    return dataset(name).cadence.state(TODAY, **(given | seen))  # type: ignore[arg-type]


def row(table: pl.DataFrame, name: str) -> dict[str, object]:
    (found,) = table.filter(dataset=name).iter_rows(named=True)
    return found


def published(ws: Workspace, **rows: list[dict[str, object]]) -> None:
    """Books written and published."""
    with ws.writing() as warehouse, warehouse.transaction():
        for name, entries in rows.items():
            warehouse.append(f"{name.partition('_')[0]}.{name.partition('_')[2]}", entries)
    ws.publish()


def test_daily_figures_are_late_when_the_last_published_day_is_missing() -> None:
    due = {"expected": date(2026, 1, 19)}
    assert judged("index_daily", newest=date(2026, 1, 19), **due) == "fresh"
    assert judged("index_daily", newest=date(2026, 1, 16), **due) == "late"
    assert judged("index_daily", rows=0, **due) == "missing"


def test_a_day_without_events_is_fresh_once_a_source_has_answered_for_it() -> None:
    due = {"rows": 0, "expected": date(2026, 1, 19)}
    assert judged("suspension", newest=date(2026, 1, 19), **due) == "fresh"
    assert judged("suspension", newest=date(2026, 1, 16), **due) == "late"
    assert judged("suspension", newest=None, **due) == "missing"


@pytest.mark.parametrize(("days", "told"), [(0, "fresh"), (12, "fresh"), (13, "late")])
def test_a_weekly_list_is_late_after_two_weeks_without_an_answer(days: int, told: str) -> None:
    assert judged("hk_consensus", read_at=MORNING - timedelta(days=days)) == told


def test_a_list_of_the_project_is_never_late() -> None:
    assert judged("theme_membership") == "reference"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_on_time_until_the_next_one_must_have_been_asked_for(
    filled: Workspace, name: str
) -> None:
    """On any day the newest figure that is published, and was asked for by then, is not late."""
    d = dataset(name)
    assert isinstance(d.cadence, Snapshot) and d.cadence.late_after is not None
    late_after = d.cadence.late_after
    step, asked = (3 if name == "gdp" else 1), d.cadence.every + timedelta(days=1)
    if not d.publication.months_later:
        assert late_after > asked
        return
    months = [date(2025, m, 1) for m in range(1, 13, step)]
    for month, following in pairwise(months):
        replaced = d.publication.due_on(following, filled.calendar).date() + asked
        assert month >= replaced - late_after, "a figure that is the newest would be late"
        assert month < replaced - late_after + timedelta(days=31), "it would be late too late"


def test_on_the_day_itself_only_what_is_out_by_now_is_expected(
    filled: Workspace, at: Callable[..., Workspace]
) -> None:
    def expected(ws: Workspace, name: str) -> object:
        return row(freshness_table(ws, TODAY), name)["expected_observation"]

    assert expected(at(2026, 1, 20, 10), "index_daily") == date(2026, 1, 19)
    assert expected(at(2026, 1, 20, 19), "index_daily") == TODAY
    assert expected(at(2026, 1, 20, 10), "margin_market") == date(2026, 1, 19)
    assert expected(at(2026, 1, 21, 10), "margin_market") == date(
        2026, 1, 19
    )  # the issue's cut-off


def test_a_later_revision_changes_nothing_that_was_said_of_a_day(
    filled: Workspace, drawn: Callable[[str], pl.DataFrame]
) -> None:
    """Data health as of a day counts what was known then, in the version that was believed then."""
    then = row(freshness_table(filled, TODAY), "index_daily")
    loading = filled.loading("index_daily", "elsewhere", "revision", 3)
    later = replace(loading, fetched_at=loading.fetched_at + timedelta(days=2))
    with filled.writing() as warehouse, warehouse.transaction():
        revised = drawn("index_daily").with_columns(pl.col("close") + 1)
        warehouse.load(dataset("index_daily"), revised, later, filled.calendar)
    filled.publish()
    now = row(freshness_table(filled, TODAY), "index_daily")
    assert now == then
    assert (now["rows"], now["sources"]) == (3, "import index_daily.parquet")


def test_status_has_a_line_for_every_dataset_and_counts_its_gaps(filled: Workspace) -> None:
    table = status_table(filled)
    parts = table.filter(pl.col("dataset").str.contains("(", literal=True))
    assert parts["dataset"].to_list() == ["index_daily (Hong Kong)"]  # late by its own sessions
    assert [n for n in table["dataset"] if n not in set(parts["dataset"])] == list(catalogue())
    # Of the headline indices one alone was drawn, of 12 and 13 January; four more days follow.
    assert row(table, "index_daily")["gaps"] == 6
    assert row(table, "index_daily")["state"] == "late"
    assert row(table, "margin_market")["gaps"] == 4
    assert row(table, "theme_membership")["gaps"] == 0


def test_rows_set_aside_and_incidents_are_counted_and_listed(filled: Workspace) -> None:
    refused = {
        "load_id": "one",
        "dataset": "index_daily",
        "rule": "close_is_within_the_day",
        "column_name": "close",
        "content": '{"close": -1}',
        "rejected_at": MORNING,
    }
    long_ago = {"rejected_at": MORNING - timedelta(days=40)}
    incident = {
        "dataset": "index_daily",
        "source": "Sina",
        "kind": "SourceEmpty",
        "message": "nothing for 2026-01-19",
        "happened_at": MORNING,
    }
    published(filled, raw_rejected=[refused, refused | long_ago], meta_incident=[incident])

    counted = row(status_table(filled), "index_daily")
    assert (counted["quarantined"], counted["incidents"]) == (1, 1)
    (told,) = refusal_table(filled).iter_rows(named=True)
    assert (told["dataset"], told["rule"], told["rows"]) == (
        "index_daily",
        "close_is_within_the_day",
        1,
    )
    (told,) = incident_table(filled).iter_rows(named=True)
    assert told["kind"] == "SourceEmpty"
    assert told["beijing_time"] == datetime(2026, 1, 20, 10, tzinfo=SHANGHAI).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("moment", "behind"),
    [
        ((2026, 1, 13, 19), 0),
        ((2026, 1, 14, 10), 0),  # the close of the 14th is not due yet
        ((2026, 1, 15, 19), 2),
        ((2026, 1, 16, 19), 3),
        ((2026, 1, 18, 19), 3),  # a weekend ages nothing
        ((2026, 11, 27, 19), 211),
    ],
)
def test_an_issue_is_stale_by_the_trading_days_that_are_due(
    filled: Workspace, at: Callable[..., Workspace], moment: tuple[int, ...], behind: int
) -> None:
    ws = at(*moment)
    health = freshness_table(ws, ws.resolve(None))
    assert row(health, "index_daily")["behind"] == behind
    stale = staleness(health)
    assert bool(stale) == (behind > 2)
    if stale:
        assert (stale.whole, stale.since) == (True, date(2026, 1, 13))


def test_spring_festival_ages_nothing_and_the_week_after_does(
    ws: Workspace, at: Callable[..., Workspace], drawn: Callable, folder: Callable
) -> None:
    """In 2026 nothing is traded from Sunday 15 to Monday 23 February."""
    closes = drawn("index_daily").filter(pl.col("code") == "000001.SH").head(1)
    eve = closes.with_columns(trade_date=date(2026, 2, 13))
    import_path(at(2026, 2, 23, 19), folder({"index_daily": eve}))

    def held(*moment: int) -> bool:
        now = at(*moment)
        return staleness(freshness_table(now, now.resolve(None))) is not None

    assert not held(2026, 2, 23, 19)
    assert not held(2026, 2, 25, 19)
    assert held(2026, 2, 26, 19)


def test_an_issue_of_a_past_day_is_judged_at_its_own_day(
    filled: Workspace, at: Callable[..., Workspace]
) -> None:
    november = at(2026, 11, 27, 19)
    hold(november, date(2026, 1, 13), "2026-01-13")
    with pytest.raises(IssueHeld) as held:
        hold(november, november.resolve(None), "2026-W48")
    assert held.value.issue_id == "2026-W48"
    assert len(held.value.inputs) == 4
    said = str(held.value)
    assert "index closes: newest 2026-01-13, expected 2026-11-27, 211 trading days behind" in said
    assert "`briefing send 2026-W48` mails it as it is" in said


def test_closes_abroad_and_a_handful_of_quotes_are_no_new_day(
    ws: Workspace, drawn: Callable, folder: Callable
) -> None:
    closes = drawn("index_daily").filter(pl.col("code").is_in(["000001.SH", "HSI.HK"])).head(1)
    monday, later = date(2026, 1, 12), date(2026, 1, 19)
    indices = pl.concat(
        closes.with_columns(code=pl.lit(code), trade_date=pl.lit(day))
        for code, day in (("000001.SH", monday), ("HSI.HK", monday), ("HSI.HK", later))
    )
    bar = drawn("stock_daily").head(1)
    shares = pl.concat(
        bar.with_columns(code=pl.lit(f"60000{n}.SH"), trade_date=pl.lit(day))
        for day, count in ((monday, 5), (later, 1))
        for n in range(count)
    )
    import_path(ws, folder({"index_daily": indices, "stock_daily": shares}))
    health = freshness_table(ws, TODAY)
    assert row(health, "index_daily")["newest_observation"] == monday
    assert row(health, "stock_daily")["newest_observation"] == monday
    stale = staleness(health)
    assert stale is not None and stale.what == "data"


def test_an_old_issue_is_judged_as_it_was_though_its_rows_were_revised_since(
    filled: Workspace, at: Callable[..., Workspace], drawn: Callable, folder: Callable
) -> None:
    day = date(2026, 1, 13)
    columns = ["dataset", "newest_observation", "behind", "rows", "sources", "state"]
    before = freshness_table(filled, day).select(columns)
    later = at(2026, 3, 2, 19)
    raised = drawn("market_turnover").with_columns(pl.col("amount_cny") * 1.001)
    import_path(later, folder({"market_turnover": raised}))
    after = freshness_table(later, day).select(columns)
    with later.writing() as warehouse:
        revised = warehouse.query("SELECT count(*) FROM core.market_turnover_superseded").item()
    assert revised > 0
    assert after.equals(before)


@pytest.mark.parametrize(("later", "newest"), [(4, date(2026, 1, 12)), (5, date(2026, 1, 19))])
def test_half_of_the_shares_of_the_fullest_day_make_a_new_day(
    ws: Workspace, drawn: Callable, folder: Callable, later: int, newest: date
) -> None:
    bar = drawn("stock_daily").head(1)
    shares = pl.concat(
        bar.with_columns(code=pl.lit(f"60000{n}.SH"), trade_date=pl.lit(day))
        for day, count in ((date(2026, 1, 12), 10 - 1), (date(2026, 1, 19), later))
        for n in range(count)
    )
    import_path(ws, folder({"stock_daily": shares}))

    assert row(freshness_table(ws, TODAY), "stock_daily")["newest_observation"] == newest


def test_an_operator_sees_the_day_that_is_there_beside_the_day_that_is_due(
    filled: Workspace,
) -> None:
    judged_by = freshness_table(filled, filled.resolve(None))
    shown = status_table(filled).select("dataset", "newest", "expected", "rows")
    columns = "newest_observation", "expected_observation", "rows"

    assert shown.rows() == judged_by.select("dataset", *columns).rows()
    assert any(newest != expected for _, newest, expected, _ in shown.rows())
