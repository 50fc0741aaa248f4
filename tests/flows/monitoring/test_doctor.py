"""`briefing doctor`: what would stop the next issue is said before it does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.monitoring import doctor
from flows.monitoring.doctor import Finding, Mark, examine
from flows.settings import Mail, Settings
from flows.workspace import Workspace
from transforms.issue.staleness import Input


def about(ws: Workspace, check: Callable, matter: str) -> Finding:
    (found,) = [f for f in check(ws) if f.matter == matter]
    return found


CORE = ["index_daily", "stock_daily", "market_turnover", "margin_market"]


def test_a_machine_that_is_ready_has_nothing_wrong(
    filled: Workspace, at: Callable[..., Workspace]
) -> None:
    found = examine(at(2026, 1, 14, 10))
    assert [f for f in found if f.mark != Mark.GOOD] == []
    matters = [
        "calendar", "fonts", "mail", "notify", "disk", "privacy", "warehouse", "readers", "formats",
        *CORE, "corrections",
    ]  # fmt: skip
    assert [f.matter for f in found] == matters


def test_data_that_stand_still_are_wrong_and_told_with_the_remedy(
    filled: Workspace, at: Callable[..., Workspace]
) -> None:
    found = {f.matter: f for f in doctor.news(at(2026, 11, 27, 19))}
    assert {found[name].mark for name in CORE} == {Mark.BAD}
    said = found["index_daily"].says
    assert "index closes: newest 2026-01-13, expected 2026-11-27" in said
    assert "briefing collect" in said and "held" in said


def test_an_input_a_day_behind_is_looked_at_and_one_that_never_came_too() -> None:
    due, held = date(2026, 1, 20), date(2026, 1, 19)
    late = Input("index_daily", "index closes", newest=held, expected=due, behind=1)
    assert doctor.news_of(late).mark == Mark.WARNING
    never = Input("stock_daily", "share prices", newest=None, expected=due, behind=0)
    assert doctor.news_of(never).mark == Mark.WARNING
    assert "never received" in doctor.news_of(never).says


def test_a_writer_with_nothing_but_the_lists_of_the_project_is_no_damage(ws: Workspace) -> None:
    """A look at the live sources makes one; nothing is published of it, and nothing is wrong."""
    with ws.writing():
        pass
    (found,) = doctor.warehouse(ws)
    assert (found.mark, "nothing was loaded yet" in found.says) == (Mark.WARNING, True)


def test_a_warehouse_without_index_closes_can_make_no_issue(
    ws: Workspace, drawn: Callable, folder: Callable
) -> None:
    import_path(ws, folder({"cpi": drawn("cpi")}))
    (found,) = doctor.news(ws)
    assert (found.mark, "holds no index closes" in found.says) == (Mark.BAD, True)


@pytest.mark.parametrize(
    ("moment", "mark", "said"),
    [
        ((2026, 11, 30), Mark.GOOD, "trading days are known to 2026-12-31"),
        ((2026, 12, 2), Mark.WARNING, "29 days from 2026-12-02"),
        ((2026, 12, 25), Mark.BAD, "nothing is collected: the trading calendar ends on 2026-12-31"),
    ],
)
def test_the_end_of_the_calendar_is_foretold(
    at: Callable[..., Workspace], moment: tuple[int, ...], mark: Mark, said: str
) -> None:
    found = about(at(*moment), doctor.calendar, "calendar")
    assert found.mark == mark
    assert said in found.says
    assert ("briefing collect --dataset trade_calendar" in found.says) == (mark != Mark.GOOD)


def test_a_bare_home_is_told_how_to_begin(ws: Workspace) -> None:
    found = about(ws, doctor.warehouse, "warehouse")
    assert found.mark == Mark.WARNING
    assert "briefing import PATH" in found.says


def test_a_full_disk_is_wrong(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=5e8))
    found = about(ws, doctor.disk, "disk")
    assert (found.mark, "0.5 GB free" in found.says) == (Mark.BAD, True)


def test_a_page_that_cannot_be_set_is_wrong(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(_html: str, _day: date) -> bytes:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(doctor, "pdf", no_library)
    found = about(ws, doctor.fonts, "fonts")
    assert found.mark == Mark.BAD
    assert "libpango" in found.says
    assert "make setup" in found.says


def test_a_mail_server_is_greeted_and_nothing_is_sent(post, nobody: Mail, ws: Workspace) -> None:
    def of(chosen: Mail, matter: str = "mail") -> Finding:
        settings = Settings(home=ws.settings.home, mail=chosen)
        return about(Workspace(settings, ws.clock), doctor.mail, matter)

    server = post()
    assert of(server.mail).mark == Mark.GOOD
    assert server.taken == []
    assert of(server.mail, "recipients").mark == Mark.WARNING
    assert of(nobody).mark == Mark.BAD


@pytest.mark.parametrize("kind", ["SourceChanged", "SourceDrifted"])
def test_a_format_that_changed_this_week_is_looked_at(filled: Workspace, kind: str) -> None:
    def incident(source: str, day: int) -> dict[str, object]:
        return {
            "dataset": "margin_market",
            "source": source,
            "kind": kind,
            "message": "columns gone",
            "happened_at": datetime(2026, 1, day, 2),
        }

    with filled.writing() as warehouse, warehouse.transaction():
        warehouse.append("meta.incident", [incident("Eastmoney", 19), incident("jin10", 10)])
    filled.publish()
    found = about(filled, doctor.warehouse, "margin_market")
    assert found.mark == Mark.WARNING
    assert "Eastmoney" in found.says
    assert "briefing status --incidents" in found.says


def test_books_that_contradict_the_tables_are_wrong(filled: Workspace) -> None:
    with filled.writing() as warehouse, warehouse.transaction():
        warehouse.connection.execute("DELETE FROM core.index_daily WHERE code = 'HSI.HK'")
    found = about(filled, doctor.warehouse, "warehouse")
    assert found.mark == Mark.BAD
    assert "index_daily" in found.says


@pytest.mark.parametrize(
    ("expires", "mark"), [(date(2026, 1, 20), Mark.BAD), (date(2026, 3, 1), Mark.WARNING)]
)
def test_a_known_error_that_expires_is_said(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, expires: date, mark: Mark
) -> None:
    entry = SimpleNamespace(dataset="index_daily", expires=expires, reason="A close is wrong.")
    monkeypatch.setattr(doctor, "corrections", lambda: [entry])
    assert about(ws, doctor.known_errors, "correction of index_daily").mark == mark


def test_a_source_that_changed_within_the_week_is_named_once() -> None:
    """Of each dataset and source, however often it failed."""
    incidents = pl.DataFrame(
        [
            ("b", "Sina", "SourceChanged"),
            ("b", "Sina", "SourceChanged"),
            ("a", "THS", "SourceDrifted"),
            ("d", "Sina", "SourceUnavailable"),
        ],
        schema=["dataset", "source", "kind"],
        orient="row",
    )

    assert [f.matter for f in doctor.alarms(incidents)] == ["a", "b"]
    assert [f.matter for f in doctor.alarms(incidents.tail(1))] == ["formats"]
