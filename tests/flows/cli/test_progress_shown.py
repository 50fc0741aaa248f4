"""Commands that take long show how far they are, and what they print at the end comes after it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.cli import commands, lake, live

DAY = datetime(2026, 1, 13)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens while progress is shown, and when that begins and ends."""
    heard: list[str] = []

    @contextmanager
    def shown(_console: object) -> Iterator[None]:
        heard.append("shown")
        try:
            yield
        finally:
            heard.append("ended")

    for module in (commands, lake, live):
        monkeypatch.setattr(module, "shown", shown)
        monkeypatch.setattr(module, "here", lambda: SimpleNamespace(calendar=None), raising=False)
    return heard


ISSUE = SimpleNamespace(warehouse="w", mail="m", pdf="p")
PLAN = SimpleNamespace(stages=[1], host_table=list, stage_table=list)
COMMANDS: dict[str, tuple[Callable[[], object], dict[str, dict[str, Any]], Any]] = {
    "demo": (lambda: commands.demo(60), {"flows.demo": {"run_demo": "work"}}, ISSUE),
    "run": (
        commands.run,
        {"flows.service.launch": {"launch": "work"}, "flows.weekly": {"weekly": None}},
        "a.pdf",
    ),
    "collect": (
        commands.collect,
        {"flows.service.launch": {"launch": "work"}, "flows.collect": {"collect": None}},
        [],
    ),
    "backfill": (
        lambda: commands.backfill(DAY, DAY),
        {"flows.service.launch": {"launch": "work"}, "flows.backfill": {"backfill": None}},
        [],
    ),
    "bootstrap": (
        lambda: commands.bootstrap(yes=True),
        {
            "flows.bootstrap.bootstrap": {
                "collect_past": "work", "plan_of": lambda _ws: PLAN, "QuotaSpent": RuntimeError,
            },
            "flows.bootstrap.words": {"heading": lambda _plan: [], "result_lines": None},
        },
        None,
    ),
    "import": (
        lambda: commands.import_(Path("history")),
        {
            "flows.ingestion.import_files": {"import_path": "work"},
            "warehouse.files": {"passed_over": lambda _path: []},
        },
        [],
    ),
    "send": (
        lambda: commands.send("2026-W03"),
        {
            "flows.mailing": {"send_issue": "work"},
            "flows.publishing": {"publishing": lambda _ws: nullcontext()},
        },
        [],
    ),
    "lake migrate": (lake.migrate, {"flows.lake": {"migrated": "work"}}, ["done"]),
    "lake export": (lake.export, {"flows.lake": {"exported": "work"}}, "current.duckdb"),
    "lake compact": (lake.compact, {"flows.lake": {"compacted": "work"}}, "done"),
    "work": (
        lake.work,
        {
            "flows.machine": {"workspace": None},
            "flows.shared_collection": {"keep_working": "work"},
        },
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_what_takes_long_is_shown_while_it_lasts(name, told, monkeypatch, capsys) -> None:
    command, modules, result = COMMANDS[name]

    def work(*_given: Any, **_options: Any) -> Any:
        told.append("works")
        return result

    for module, names in modules.items():
        stand_ins = {n: work if given == "work" else given for n, given in names.items()}
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**stand_ins))
    monkeypatch.setattr(commands, "show", lambda *_: None)

    command()

    assert told == ["shown", "works", "ended"]


def test_a_look_at_all_sources_is_shown_while_it_lasts(told, monkeypatch) -> None:
    monkeypatch.setattr(live, "probe", lambda _ws, _names: told.append("works"))

    live.look_live(SimpleNamespace(), None, SimpleNamespace())

    assert told == ["shown", "works", "ended"]
