"""What an operator sees of a collection: a bar on a terminal, lines in a pipe, a table at the end."""

from __future__ import annotations

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from flows import collect
from flows.cli import main
from flows.display import shown
from flows.outcome import Outcome
from flows.progress import of_all, progress, tell
from flows.serve import quiet

DONE = Outcome(
    "margin_exchange", "SSE", ["SSE"], received=5, new=5, requests=Counter({"query.sse.com.cn": 1})
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own for whatever a command writes."""
    for name, value in quiet(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))


def console(*, terminal: bool) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=160, no_color=True)


def text_of(used: Console) -> str:
    assert isinstance(used.file, StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", used.file.getvalue())


def test_a_pipe_gets_a_line_for_each_part_and_nothing_else() -> None:
    pipe = console(terminal=False)
    with shown(pipe):
        of_all(0, 2)
        progress("margin_exchange · SSE · SSE", 1, 1)
        tell(DONE.line)
    assert text_of(pipe) == "margin_exchange (SSE): complete, 5 rows from SSE, 1 request\n"


def test_a_terminal_shows_how_far_how_fast_and_whom_it_asks(monkeypatch) -> None:
    screen = console(terminal=True)
    clock = iter(range(0, 100_000, 2))
    monkeypatch.setattr(screen, "get_time", lambda: float(next(clock)))
    with shown(screen):
        of_all(3, 61)
        for done in range(1, 6):
            progress("stock_daily · A · Sina", done, 200, {"finance.sina.com.cn": 2 * done})
    seen = text_of(screen)
    assert "datasets" in seen and "3/61" in seen
    assert "stock_daily · A · Sina" in seen and "5/200" in seen
    assert re.search(r"\d+/min|\d\.\d/s", seen)
    assert "finance.sina.com.cn 10" in seen


def test_the_command_ends_with_a_table_also_when_something_is_missing(monkeypatch, capsys) -> None:
    monkeypatch.setenv("BRIEFING_SANDBOX__ENABLED", "true")
    monkeypatch.setenv("BRIEFING_SANDBOX__STOCKS", "40")
    monkeypatch.setattr("sys.argv", ["briefing", "collect", "--dataset", "margin_exchange"])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert not end.value.code, said.err
    header = next(line for line in said.out.splitlines() if "dataset" in line)
    assert header.split() == [
        "dataset", "part", "state", "source", "rows", "new", "revised", "rejected", "requests",
        "missing",
    ]  # fmt: skip
    assert re.search(
        r"margin_exchange\s+BSE\s+complete\s+BSE\s+5\s+5\s+0\s+0\s+www.bse.cn 5", said.out
    )
    assert "margin_exchange (SZSE): complete, 5 rows from SZSE, 5 requests" in said.err


def test_a_shortfall_is_told_after_the_table(monkeypatch, capsys) -> None:
    def gather(*_arguments: object) -> list[Outcome]:
        missing = Outcome("margin_exchange", "BSE", missing=["2026-01-12"], incidents=["no answer"])
        raise collect.CollectionIncomplete([DONE, missing])

    monkeypatch.setattr(collect, "gather", gather)
    monkeypatch.setattr(collect, "publish", lambda _ws: "")
    monkeypatch.setattr("sys.argv", ["briefing", "collect"])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert end.value.code == 1
    assert re.search(r"margin_exchange\s+BSE\s+failed", said.out)
    assert "margin_exchange (BSE) failed: missing 2026-01-12; no answer" in said.err


def test_the_page_of_the_run_has_the_table_and_the_requests(monkeypatch) -> None:
    artifacts = {}
    monkeypatch.setattr(collect.FlowRunContext, "get", object)

    def create(table: list[dict[str, object]], *, key: str, **_words: str) -> None:
        artifacts[key] = table

    monkeypatch.setattr(collect, "create_table_artifact", create)
    collect.report([DONE, Outcome("x", "y", requests=Counter({"query.sse.com.cn": 2}))])
    assert artifacts["requests"] == [{"host": "query.sse.com.cn", "requests": 3}]
    assert artifacts["collection"][0] == DONE.account
    assert DONE.account["requests"] == "query.sse.com.cn 1"
