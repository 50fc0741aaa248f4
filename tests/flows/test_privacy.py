"""What lies in a home is its operator's; what is not, the doctor names with the remedy."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from flows.delivery.outbox import store
from flows.monitoring import doctor
from flows.monitoring.doctor import Finding, Mark
from flows.network.request_log import RequestLog
from flows.network.transport import Recorder
from flows.settings import Mail, Settings
from flows.workspace import Workspace
from warehouse.storage.connection import _create
from warehouse.storage.lock import writer_lock


@pytest.fixture(params=[0o000, 0o022], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def open_to_others(home: Path) -> set[Path]:
    """Files and folders that the group or everybody may do anything with."""
    return {
        place.relative_to(home)
        for place in [home, *home.rglob("*")]
        if stat.S_IMODE(place.lstat().st_mode) & 0o077 and not place.is_symlink()
    }


@pytest.mark.usefixtures("umask")
def test_whatever_the_umask_a_home_is_its_operators_alone(ws: Workspace) -> None:
    home = ws.settings.home
    with writer_lock(ws.places.lock):
        _create(ws.places.writer)
    store(ws, Path("outbox") / "2026-W03" / "letter.eml", b"Dear reader")
    recorder = Recorder(home / "raw", lambda: ws.now)
    answer = requests.Response()
    answer.status_code, answer._content, answer.url = 200, b"{}", "http://x.example/"
    recorder.keep(requests.Request("GET", answer.url).prepare(), answer)
    written = {p.suffix for p in home.rglob("*") if p.is_file()}
    assert written >= {".duckdb", ".eml", ".gz", ".csv"}
    assert open_to_others(home) == set()


def test_a_file_that_is_there_keeps_its_mode(ws: Workspace) -> None:
    log = RequestLog(ws.settings.home / "raw" / "requests.csv")
    log.add(ws.now, "x.example", "200", "", "http://x.example/")
    log.path.chmod(0o640)
    log.add(ws.now, "x.example", "200", "", "http://x.example/")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o640
    assert len(log.lines()) == 2


def test_the_command_writes_for_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DuckDB and Prefect write themselves follows the umask of the command."""
    from flows.cli.commands import main

    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home" / "prefect"))
    monkeypatch.setattr("sys.argv", ["briefing", "--version"])
    before = os.umask(0o000)
    try:
        with pytest.raises(SystemExit):
            main()
        (tmp_path / "home" / "warehouse.wal").touch()
    finally:
        os.umask(before)
    assert open_to_others(tmp_path / "home") == set()


def looked_at(ws: Workspace) -> list[Finding]:
    return list(doctor.privacy(ws))


def test_a_home_that_is_shut_is_private_whatever_lies_in_it(ws: Workspace) -> None:
    home = ws.settings.home
    (home / "outbox").mkdir(parents=True)
    (home / "outbox").chmod(0o755)
    home.chmod(0o700)
    assert [f.mark for f in looked_at(ws)] == [Mark.GOOD]


def test_an_open_home_is_named_and_left_as_it_is(ws: Workspace) -> None:
    home = ws.settings.home
    (home / "outbox").mkdir(parents=True)
    (home / "briefing.toml").touch()
    for place, mode in {home: 0o755, home / "outbox": 0o750, home / "briefing.toml": 0o644}.items():
        place.chmod(mode)
    found = looked_at(ws)
    assert {f.mark for f in found} == {Mark.WARNING}
    assert [f.says.partition("run ")[2] for f in found] == [
        f"`chmod 700 {home}`",
        f"`chmod 600 {home / 'briefing.toml'}`",
        f"`chmod 700 {home / 'outbox'}`",
    ]
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_a_home_may_let_readers_through_to_the_snapshots(ws: Workspace) -> None:
    home = ws.settings.home
    for name in ("outbox", "snapshots"):
        (home / name).mkdir(parents=True)
    home.chmod(0o711)
    (home / "outbox").chmod(0o700)
    (home / "snapshots").chmod(0o755)
    assert [f.mark for f in looked_at(ws)] == [Mark.GOOD]
    (home / "outbox").chmod(0o711)
    assert [f.mark for f in looked_at(ws)] == [Mark.WARNING]


@pytest.mark.parametrize(("mode", "mark"), [(0o600, Mark.GOOD), (0o640, Mark.WARNING)])
def test_a_password_that_others_read_is_named(
    at: Callable[..., Workspace], tmp_path: Path, mode: int, mark: Mark
) -> None:
    secret = tmp_path / "smtp password"
    secret.touch()
    secret.chmod(mode)
    before = at(2026, 1, 20)
    home = before.settings.home
    ws = Workspace(Settings(home=home, mail=Mail(password_file=secret)), before.clock)
    (found,) = looked_at(ws)
    assert found.mark == mark
    assert (f"chmod 600 '{secret}'" in found.says) == (mark == Mark.WARNING)
