"""An old issue that is made again is the same to the byte, whatever has been loaded since.

Three issues of a drawn warehouse: two days that were past when they were measured, and that day
itself, before its end. Months later come new days, revisions, days that had been missed, names,
the calendar of the next year, and answers about days of then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import measure
from flows.briefing import as_json, build, fingerprint
from flows.monitoring import freshness
from flows.workspace import Workspace
from templates import render as pages
from tests.conftest import workspace_at
from transforms.engine.evaluate import METRIC_FRAME
from transforms.evaluation import Vintage, evaluation
from transforms.issue.issue import Issue
from transforms.issue.printable import facts
from warehouse.catalog import catalogue, dataset
from warehouse.contract import schema
from warehouse.records import collection_log, evaluations, forecasts
from warehouse.storage.store import Reader, Warehouse

ISSUES = (date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 31))
MISSED, LAST, AFTER = date(2026, 12, 24), ISSUES[-1], date(2027, 1, 4)
INDEX, OTHER = "000001.SH", "000688.SH"
JUDGED = ("margin_market", "security", "suspension")


def load(ws: Workspace, warehouse: Warehouse, name: str, rows: Sequence[dict[str, object]]) -> None:
    """Rows as a source gave them at the workspace's moment; what is not drawn is null."""
    wanted = schema(dataset(name).contract)
    frame = pl.DataFrame(list(rows), {k: v for k, v in wanted.items() if k in rows[0]})
    whole = frame.match_to_schema(wanted, missing_columns="insert")
    with warehouse.transaction():
        warehouse.load(
            dataset(name), whole, ws.loading(name, "drawn", "unit", len(rows)), ws.calendar
        )


def bars(ws: Workspace, code: str, *, last: date = LAST, first: date = date(2026, 10, 12)) -> list:
    days = ws.calendar.filter(ws.calendar.is_between(first, last)).to_list()
    return [{"code": code, "trade_date": day, "close": 4000.0 + day.day} for day in days]


def listed(code: str, name: str) -> dict[str, object]:
    return {"code": code, "valid_from": date(1990, 12, 19), "name": name, "board": "Main"}


def closes(vintage: Vintage) -> pl.DataFrame:
    """All that is measured here: the closes of a vintage."""
    rows = vintage.frames["index_daily"].select(
        "known_at", entity="code", observation_date="trade_date", value="close",
        metric=pl.lit("close"), unit=pl.lit("index points"), n_obs=pl.lit(9, pl.Int64),
        metric_version=pl.lit(1, pl.Int64),
    )  # fmt: skip
    return rows.match_to_schema(METRIC_FRAME, missing_columns="insert").sort(
        "entity", "observation_date"
    )


def evaluate(ws: Workspace, warehouse: Warehouse, day: date) -> None:
    known = measure.vintage(warehouse, day)
    found = closes(known)
    nothing = evaluation(Vintage(day, {}, {}), *forecasts.earlier(warehouse, day))
    made = replace(nothing, metrics=found, facts=facts(found, day))
    evaluations.write(warehouse, day, ws.now_utc, made.rows())


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """The workspace at a moment; three datasets are judged, and closes alone are measured."""
    few = {name: catalogue()[name] for name in JUDGED}
    monkeypatch.setattr(freshness, "catalogue", lambda: few)
    monkeypatch.setattr(measure, "series", closes)
    monkeypatch.setattr(measure, "datasets_read", lambda: ["index_daily", "security"])
    return lambda *moment: workspace_at(tmp_path / "home", *moment)


def first_loads(ws: Workspace) -> None:
    missed = [bar for bar in bars(ws, INDEX) if bar["trade_date"] != MISSED]
    with ws.writing() as warehouse:
        load(ws, warehouse, "index_daily", missed)
        load(ws, warehouse, "security", [listed("600000.SH", "浦发银行")])


def later_loads(ws: Workspace) -> None:
    with ws.writing() as warehouse:
        revised = {"code": INDEX, "trade_date": date(2026, 12, 2), "close": 1234.5}
        late = bars(ws, INDEX, first=MISSED, last=MISSED)
        new = {"code": INDEX, "trade_date": AFTER, "close": 4001.0}
        load(ws, warehouse, "trade_calendar", [{"trade_date": AFTER}])
        load(ws, warehouse, "index_daily", [revised, *late, new, *bars(ws, OTHER)])
        load(ws, warehouse, "security", [listed("600000.SH", "新名"), listed("600519.SH", "茅台")])
        balance = {"trade_date": ISSUES[0], "financing_balance_cny": 2.6e12}
        load(ws, warehouse, "margin_market", [balance])
        d = dataset("suspension")
        for chain in d.chains:
            days = [(day, None) for day in ISSUES]
            collection_log.add_answered(warehouse, d, chain, "drawn", days, answered_at=ws.now_utc)
    ws.publish()


def made(issue: Issue) -> tuple[object, ...]:
    """All that an issue consists of but the PDF, which follows from its page, and the mail, which
    follows from the same as the page.
    """
    named = (issue.names, issue.series.write_csv(), issue.health.write_csv())
    return as_json(issue), pages.html(issue), fingerprint(issue), *named


def test_an_old_issue_is_the_same_to_the_byte_whatever_has_been_loaded_since(
    at: Callable[..., Workspace],
) -> None:
    first_loads(at(2026, 12, 31, 19))
    measured = at(2026, 12, 31, 20)
    with measured.writing() as warehouse:
        for day in ISSUES:
            evaluate(measured, warehouse, day)
    measured.publish()
    before = {day: made(build(at(2026, 12, 31, 21), day)) for day in ISSUES}
    later = at(2027, 3, 2, 10)
    later_loads(later)
    issues = {day: build(later, day) for day in ISSUES}
    for day, issue in issues.items():
        assert made(issue) == before[day], day

    with Reader.open(later.places.current) as reader:
        assert [evaluations.whole(reader, day) for day in ISSUES] == [False, False, True]
        now = measure.vintage(reader, LAST)
    assert now.frames["security"].height == 2, "by rule it was known then"
    assert MISSED in closes(now)["observation_date"]
    assert not freshness.freshness_table(later, LAST).equals(issues[LAST].health)
    assert [issue.issue_id for issue in issues.values()] == [str(day) for day in ISSUES]
    assert set(issues[LAST].names.values()) == {"浦发银行"}
    assert issues[LAST].health["fetched_at"].max() == at(2026, 12, 31, 19).now_utc
    assert issues[ISSUES[0]].health["fetched_at"].max() is None, "nothing was fetched by its end"
