"""What an operator sees of a collection: a bar on a
terminal, lines in a pipe, a table at the end.
"""

from __future__ import annotations

import csv
import json
import logging
import pkgutil
import re
from collections import Counter
from contextlib import nullcontext
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from flows import collect
from flows.cli import commands
from flows.cli.commands import main
from flows.cli.display import Lines, Rate, Terminal, as_csv, as_json, plain, shown
from flows.corrections import Found
from flows.ingestion.results import Outcome
from flows.network.turns import resting, side_by_side
from flows.progress import finished, of_all, progress, staged, watched
from flows.service.server import quiet
from warehouse.errors import InputRefused

DONE = Outcome(
    "margin_exchange", "SSE", ["SSE"], received=5, new=5, requests=Counter({"query.sse.com.cn": 1})
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own for whatever a command writes."""
    for name, value in quiet(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))


def console(*, terminal: bool) -> Terminal:
    return Terminal(file=StringIO(), force_terminal=terminal, width=160, no_color=True)


def text_of(used: Terminal) -> str:
    assert isinstance(used.file, StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", used.file.getvalue())


def test_a_pipe_gets_a_line_for_each_part_and_nothing_else() -> None:
    pipe = console(terminal=False)
    with shown(pipe):
        of_all(0, 2)
        progress("margin_exchange · SSE · SSE", 1, 1)
        finished(DONE.line)
    assert text_of(pipe) == "margin_exchange (SSE): complete, 5 rows from SSE, 1 request\n"


def test_a_pipe_hears_once_a_minute_of_what_takes_long() -> None:
    pipe = console(terminal=False)
    clock = iter([0.0, *(30.0 * n for n in range(1, 9))])
    lines = Lines(pipe, lambda: next(clock))
    with watched(lines):
        staged("stage 3")
        for done in range(1, 9):
            progress("stock_daily · A · Sina", done * 30, 5_400, {"finance.sina.com.cn": done * 60})
    first, *minutes = text_of(pipe).splitlines()
    assert first == "stage 3 begins"
    assert len(minutes) == 4
    assert re.fullmatch(
        r"stage 3: stock_daily · A · Sina, 120 of 5,400, 1\.0/s, 88 min left "
        r"· finance\.sina\.com\.cn 240",
        minutes[1],
    ), minutes[1]


def test_each_lane_has_a_bar_of_its_own_on_a_terminal(monkeypatch) -> None:
    screen = console(terminal=True)

    def lane(name: str) -> None:
        with resting():
            progress(name, 1, 9)

    with shown(screen):
        staged("stage 1")
        side_by_side([partial(lane, "index_daily · Sina"), partial(lane, "market_turnover · SSE")])
    last = text_of(screen)
    assert "stage 1 · index_daily · Sina" in last and "stage 1 · market_turnover · SSE" in last


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
    monkeypatch.setattr(collect, "publishing", lambda _ws: nullcontext())
    monkeypatch.setattr(collect, "look_for_corrections", lambda _ws: Found())
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


HOSTILE = ":x: [red]航天[/red] \x1b[31m\x1b]0;title\x07 \x9b2J \u202eevil"
WRITTEN = r":x: [red]航天[/red] \x1b[31m\x1b]0;title\x07 \x9b2J \u202eevil"
FRAME = pl.DataFrame({"name": [HOSTILE], "two": ["a\nb"]})


class Screen(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_markup_emoji_codes_and_escapes_of_data_are_printed_as_they_are(terminal) -> None:
    used = console(terminal=terminal)
    used.print(HOSTILE)
    assert isinstance(used.file, StringIO)
    assert used.file.getvalue() == WRITTEN + "\n"


def test_a_message_keeps_its_lines() -> None:
    used = console(terminal=True)
    used.print("not everything:\n  index_daily")
    assert text_of(used) == "not everything:\n  index_daily\n"


def test_a_table_writes_them_out_and_keeps_a_row_on_its_line() -> None:
    header, line = plain(FRAME).splitlines()
    assert header.split() == ["name", "two"]
    assert line == rf"{WRITTEN}  a\nb"


def test_csv_is_the_datas_own_in_a_pipe_and_written_out_on_a_terminal() -> None:
    pipe, screen = StringIO(), Screen()
    as_csv(FRAME, pipe)
    as_csv(FRAME, screen)
    assert pipe.getvalue() == FRAME.write_csv()
    assert WRITTEN in screen.getvalue() and "\x1b" not in screen.getvalue()


def test_csv_holds_lists_structs_and_bytes_as_json() -> None:
    """`SHOW ALL TABLES` has lists; that was a traceback."""
    pipe = StringIO()
    as_csv(
        pl.DataFrame({"a": [["x", None], None], "b": [{"c": 1}, {"c": 2}], "d": [b"z", None]}), pipe
    )
    read = list(csv.reader(pipe.getvalue().splitlines()))
    assert read == [
        ["a", "b", "d"],
        ['["x", null]', '{"c": 1}', "\"b'z'\""],
        ["", '{"c": 2}', ""],
    ]


def test_json_says_the_same_everywhere_without_a_raw_escape() -> None:
    text = as_json(FRAME.to_dicts())
    assert json.loads(text) == FRAME.to_dicts()
    assert not [c for c in "\x1b\x07\x9b\u202e" if c in text]


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_and_finished_lines_are_text(terminal) -> None:
    screen = console(terminal=terminal)
    with shown(screen):
        progress(f"news · {HOSTILE}", 1, 2, {HOSTILE: 1})
        finished(HOSTILE)
    assert isinstance(screen.file, StringIO)
    seen = screen.file.getvalue()
    assert not [sign for sign in ("\x1b]0;", "\x07", "\x9b", "\u202e", "❌") if sign in seen]
    assert terminal or seen == WRITTEN + "\n"


@pytest.mark.parametrize("form", ["table", "json"])
def test_what_data_say_reaches_no_terminal_raw(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.show(FRAME, form)  # type: ignore[arg-type]
    monkeypatch.setattr("sys.argv", ["briefing", "send", "2026-W03"])
    monkeypatch.setattr(commands, "here", refuse)
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert "\x1b" not in text and "❌" not in text
        assert ":x: [red]航天[/red]" in text


def test_log_lines_are_text_and_prefect_is_told_to_use_them(tmp_path: Path) -> None:
    handler = pkgutil.resolve_name(quiet(tmp_path)["PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS"])
    stream = StringIO()
    lines = handler(stream=stream, styles={})
    lines.emit(logging.LogRecord("flows", logging.WARNING, "", 0, "%s", (HOSTILE,), None))
    assert stream.getvalue() == WRITTEN + "\n"


def refuse() -> None:
    raise InputRefused(f"the name {HOSTILE} cannot be used")


@pytest.mark.parametrize(
    ("speed", "said"), [(2.04, "2.0/s"), (1.0, "1.0/s"), (0.5, "30/min"), (None, "")]
)
def test_a_slow_rate_is_told_by_the_minute(speed, said):
    assert str(Rate().render(SimpleNamespace(speed=speed))) == said
