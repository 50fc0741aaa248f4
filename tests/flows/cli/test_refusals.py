"""What the machine refuses ends in a sentence, and nothing half-written stays."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.cli import commands
from flows.cli.refusals import REMEDIES, print_anything
from flows.ingestion.import_files import import_path
from flows.service.server import quiet
from flows.workspace import Workspace
from warehouse.errors import PublishRefused, WarehouseUnavailable
from warehouse.storage import connection, publish, store

Said = tuple[int | str | None, str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("BRIEFING_")]:
        monkeypatch.delenv(name)
    for name, value in quiet(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Runs the command; exit status and what it says. Anything but an exit fails the test."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["briefing", *arguments])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        return ended.value.code, capsys.readouterr().err

    return run


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The command meets this error."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(commands, "app", fail)


@pytest.mark.parametrize("number", REMEDIES)
def test_each_refusal_of_the_machine_says_what_where_and_what_to_do(
    said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    failing(monkeypatch, OSError(number, os.strerror(number), "/data/指数.parquet"))
    code, told = said()
    assert code == 1
    assert told == f"briefing: /data/指数.parquet: {os.strerror(number)}; {REMEDIES[number]}\n"


def test_a_refusal_that_polars_passes_on_is_told(
    said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an error has its number in the text only."""
    failing(monkeypatch, OSError("Too many open files (os error 24)"))
    code, told = said()
    assert (code, "raise the limit on open files" in told) == (1, True)


def test_a_lack_of_memory_is_told(
    said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, MemoryError())
    code, told = said()
    assert (code, "there is not enough memory; close other programs" in told) == (1, True)


@pytest.mark.parametrize(
    "error", [ValueError("ours"), FileNotFoundError(errno.ENOENT, "No such file", "x"), KeyError(1)]
)
def test_our_own_mistakes_keep_their_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, error)
    monkeypatch.setattr("sys.argv", ["briefing"])
    with pytest.raises(type(error)):
        commands.main()


def test_an_interrupted_command_says_so(
    said: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "here", interrupted)
    code, told = said("status")
    assert (code, "interrupted; what is loaded stays" in told) == (130, True)


def test_an_interrupt_that_duckdb_took_for_itself_is_one(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A real Ctrl-C in the midst of a statement of the writer.

    A shell lets what it starts in the background ignore Ctrl-C, this test too, but for the handler.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with store.Warehouse.writing(tmp_path / "w.duckdb") as warehouse:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt), connection._interruptible():
            warehouse.connection.execute(
                "CREATE TEMP TABLE t AS SELECT count(*) FROM range(10_000_000_000) WHERE range % 7 = 3"
            )
        timer.join()


@pytest.mark.parametrize("command", [["status"], ["query", "SELECT 1"], ["import", "."]])
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_home_that_is_a_file_is_named(
    said: Callable[..., Said],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    below: str,
) -> None:
    home.write_text("a file")
    monkeypatch.setenv("BRIEFING_HOME", str(home / below))
    code, told = said(*command)
    assert (code, f"{home} is a file; remove it or choose another folder" in told) == (1, True)


def test_a_path_in_bytes_that_the_locale_does_not_know_is_refused(
    said: Callable[..., Said],
) -> None:
    """In an ASCII locale Python has half characters for 指数; DuckDB cannot spell them."""
    code, told = said("import", "/data/指数".encode().decode("ascii", "surrogateescape"))
    assert (code, "set LC_ALL=C.UTF-8" in told) == (1, True)


def test_chinese_is_printed_on_an_ascii_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = TextIOWrapper(BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", paper)
    print_anything()
    commands.show(pl.DataFrame({"name": ["浦发银行"]}), "table")
    commands.show(pl.DataFrame({"name": ["浦发银行"]}), "csv")
    paper.flush()
    assert isinstance(paper.buffer, BytesIO)
    assert paper.buffer.getvalue().count(rb"\u6d66\u53d1\u94f6\u884c") == 2


def files(home: Path) -> list[str]:
    return sorted(str(p.relative_to(home)) for p in home.rglob("*"))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def half_copied(source: Path, target: Path) -> None:
    """Room for half of it."""
    content = source.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    full()


@pytest.mark.parametrize("step", ["copyfile", "sync", "checkpoint"])
def test_a_full_disk_leaves_nothing_half_written(
    filled: Workspace,
    drawn: Callable[[str], pl.DataFrame],
    folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    revised = folder({"index_daily": drawn("index_daily").with_columns(pl.col("close") + 1)})
    before, current = files(filled.places.home), filled.places.current.readlink()
    with monkeypatch.context() as patch:
        if step == "copyfile":
            patch.setattr(shutil, "copyfile", half_copied)
        else:
            patch.setattr(publish.Warehouse if step == "checkpoint" else publish, step, full)
        with pytest.raises(PublishRefused, match="make room and publish again"):
            import_path(filled, revised)
    logs = {f for f in files(filled.places.home) if f.endswith(".wal")}
    assert set(files(filled.places.home)) - set(before) - logs == set()
    assert filled.places.current.readlink() == current
    assert all(i.revised == 0 for i in import_path(filled, revised)), "what was loaded stays"
    assert filled.places.current.readlink() != current


class Dying:
    """A connection that the disk deserts at one statement, and that cannot even roll back."""

    def __init__(self, real: duckdb.DuckDBPyConnection, error: duckdb.Error) -> None:
        self.real, self.error = real, error

    def __getattr__(self, name: str) -> object:
        if name in {"register", "rollback"}:
            return self.die
        return getattr(self.real, name)

    def die(self, *_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        duckdb.IOException('Could not write file "x": No space left on device'),
        duckdb.FatalException("database has been invalidated"),
    ],
)
def test_what_the_machine_refuses_duckdb_is_a_sentence(
    filled: Workspace,
    drawn: Callable[[str], pl.DataFrame],
    folder: Callable[..., Path],
    error: duckdb.Error,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    revised = folder({"index_daily": drawn("index_daily").with_columns(pl.col("close") + 1)})
    load = store.Warehouse.load

    def deserted(self: store.Warehouse, *arguments: object) -> object:
        self.connection = Dying(self.connection, error)  # type: ignore[assignment]
        return load(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(store.Warehouse, "load", deserted)
        with pytest.raises(WarehouseUnavailable) as caught:
            import_path(filled, revised)
    assert str(error) in str(caught.value)
    assert "run the same command again" in str(caught.value)
    assert import_path(filled, revised)[0].revised == 3, "nothing was loaded before"


class Stuck:
    """An output that takes nothing any more."""

    def __init__(self, number: int, spare: int) -> None:
        self.number, self.spare = number, spare

    def flush(self) -> None:
        raise OSError(self.number, os.strerror(self.number))

    def fileno(self) -> int:
        return self.spare


@pytest.mark.parametrize(
    ("number", "told"), [(errno.EPIPE, ""), (errno.ENOSPC, "No space left on device; make room")]
)
def test_an_output_that_takes_nothing_ends_the_command(
    said: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    number: int,
    told: str,
) -> None:
    """`briefing status | head -1` has all that it wanted; `> /dev/full` is told."""
    with (tmp_path / "spare").open("w") as spare:
        monkeypatch.setattr(commands, "app", lambda: sys.exit(0))
        monkeypatch.setattr(sys, "stdout", Stuck(number, spare.fileno()))
        code, err = said()
    assert code == 1
    assert err.startswith(f"briefing: {told}") if told else err == ""


def test_a_closed_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    print_anything()
    commands.show(pl.DataFrame({"name": ["浦发银行"]}), "csv")
    sys.stdout.close()
