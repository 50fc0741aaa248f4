"""`briefing serve` for real: a scheduled run completes, ad-hoc runs are checked, and it all ends.

/health says ok when the scheduler is dead, so only a run that the schedule started proves anything.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from flows.deployments import cron, deployments
from flows.launch import server
from flows.recovery import close_dead, skip_superseded
from flows.serve import alone, quiet, require_free
from flows.settings import Schedule, Settings
from warehouse.errors import InputRefused

PATIENCE = 120
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]


@dataclass
class Served:
    """A running `briefing serve` and what it printed so far."""

    process: subprocess.Popen[bytes]
    port: int
    environment: dict[str, str]
    log: Path

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server answers; bodies are posted."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.api}{path}", data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def runs(self, **criteria: Any) -> list[dict[str, Any]]:
        return self.ask("/flow_runs/filter", {"flow_runs": criteria})

    def ended(self, run_id: str) -> dict[str, Any]:
        """The run, once it has ended."""
        run = self.wait(lambda: self.ask(f"/flow_runs/{run_id}"), is_over)
        assert isinstance(run, dict)
        return run

    def wait(self, look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            if good(found := look()):
                return found
            time.sleep(0.5)
        raise AssertionError(self.log.read_text())

    def start(self, deployment: str, **parameters: Any) -> str:
        """The id of an ad-hoc run, as the page starts it."""
        found = self.ask(f"/deployments/name/{deployment}/{deployment}")
        run = self.ask(f"/deployments/{found['id']}/create_flow_run", {"parameters": parameters})
        return str(run["id"])

    def prefect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "prefect", *arguments]
        environment = self.environment | {"PREFECT_API_URL": self.api}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )


def is_over(run: dict[str, Any]) -> bool:
    return run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(simulated_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests here; it collects every 10 seconds until a first run completed."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(simulated_home, home, symlinks=True)
    port = free_port()
    environment = os.environ | quiet(home) | {
        "BRIEFING_HOME": str(home),
        "BRIEFING_PREFECT_PORT": str(port),
        "BRIEFING_SCHEDULE__COLLECT": '["* * * * * */10"]',
    }  # fmt: skip
    log = home / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, "serve"], env=environment, stdout=output, stderr=output
        )
    yield Served(process, port, environment, log)
    if process.poll() is None:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduled(served: Served) -> dict[str, Any]:
    """The first run that the schedule started and that ended; then the schedule rests."""
    served.wait(served.log.read_text, lambda text: "page for runs" in text)
    ended = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}
    (first, *_) = served.wait(lambda: served.runs(state=ended), bool)
    found = served.ask("/deployments/name/collect/collect")
    served.ask(f"/deployments/{found['id']}/pause_deployment", {})
    return first


@pytest.mark.flow
def test_a_scheduled_run_completes(served: Served, scheduled: dict[str, Any]) -> None:
    assert (scheduled["state_type"], scheduled["auto_scheduled"]) == ("COMPLETED", True)
    assert scheduled["parameters"] == {}


@pytest.mark.flow
def test_it_says_where_the_page_is_and_what_is_scheduled(
    served: Served, scheduled: dict[str, Any]
) -> None:
    said = served.log.read_text()
    assert f"page for runs, logs and ad-hoc runs: http://127.0.0.1:{served.port}" in said
    assert "weekly, with mail: 0 9 * * 6 (cron, Asia/Shanghai)" in said


@pytest.mark.flow
def test_a_run_keeps_its_account_and_readable_steps(
    served: Served, scheduled: dict[str, Any]
) -> None:
    (account, *_) = served.ask(
        "/artifacts/filter", {"artifacts": {"key": {"any_": ["collection"]}}}
    )
    assert {"dataset", "part", "state", "missing"} <= set(json.loads(account["data"])[0])
    mine = {"flow_runs": {"id": {"any_": [scheduled["id"]]}}}
    names = {task["name"] for task in served.ask("/task_runs/filter", mine)}
    assert {"one_dataset index_daily", "publish"} <= names
    logs = served.ask("/logs/filter", {"logs": {"level": {"ge_": 30}}})
    assert [line["message"] for line in logs] == []


@pytest.mark.flow
def test_ad_hoc_runs_of_the_command_line_and_of_the_page(
    served: Served, scheduled: dict[str, Any]
) -> None:
    failing = served.start("collect", datasets=["bonds"])
    asked = served.prefect(
        "deployment", "run", "collect/collect", "--param", 'datasets=["margin_exchange"]'
    )
    assert asked.returncode == 0, asked.stderr
    good = next(r for r in served.runs() if r["parameters"] == {"datasets": ["margin_exchange"]})
    assert served.ended(good["id"])["state_type"] == "COMPLETED"
    failed = served.ended(failing)
    assert failed["state_type"] == "FAILED"
    assert "unknown dataset 'bonds'" in failed["state"]["message"]


@pytest.mark.flow
@pytest.mark.parametrize(
    ("name", "value"), [("as_of", "notadate"), ("lang", "fr"), ("send", "maybe")]
)
def test_an_invalid_parameter_is_refused_by_name(
    served: Served, scheduled: dict[str, Any], name: str, value: object
) -> None:
    with pytest.raises(HTTPError) as refused:
        served.start("weekly", **{name: value})
    assert refused.value.code in (409, 422)
    assert name in refused.value.read().decode()


@pytest.mark.flow
def test_a_run_of_the_command_is_recorded_by_the_server_of_its_home(
    served: Served, scheduled: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("BRIEFING_HOME", served.environment["BRIEFING_HOME"])
    assert server() == served.api
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    assert server() is None


@pytest.mark.flow
def test_sigterm_ends_server_and_runner(served: Served, scheduled: dict[str, Any]) -> None:
    before = len(served.log.read_text())
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=30) == 0, served.log.read_text()
    said = served.log.read_text()[before:]
    assert "Traceback" not in said and "Warning" not in said
    require_free(served.port)


@dataclass
class Books:
    """Stands for the server's client: holds runs, and notes what they were set to."""

    held: list[FlowRun]
    closed: dict[str, str] = field(default_factory=dict)

    def read_flow_runs(self, **_: object) -> list[FlowRun]:
        return self.held

    def set_flow_run_state(self, run_id: UUID, state: Any, **_: object) -> None:
        name = next(run.name for run in self.held if run.id == run_id)
        self.closed[name] = state.name


def flow_run(name: str, deployment: int, day: int, *, by_schedule: bool = True) -> FlowRun:
    return FlowRun(
        flow_id=UUID(int=1),
        name=name,
        deployment_id=UUID(int=deployment),
        expected_start_time=datetime(2026, 1, day, 1, tzinfo=UTC),
        auto_scheduled=by_schedule,
    )


def test_of_missed_runs_the_newest_of_each_deployment_stays_and_asked_ones_stay_all() -> None:
    books = Books([
        flow_run("weekly of the 17th", 1, 17), flow_run("weekly of the 10th", 1, 10),
        flow_run("collect of the 16th", 2, 16), flow_run("collect of the 15th", 2, 15),
        flow_run("asked for on the 9th", 2, 9, by_schedule=False),
    ])  # fmt: skip
    skip_superseded(cast("SyncPrefectClient", books), datetime(2026, 1, 18, tzinfo=UTC))
    assert books.closed == {"weekly of the 10th": "Cancelled", "collect of the 15th": "Cancelled"}


def test_runs_that_died_with_their_runner_are_closed() -> None:
    books = Books([flow_run("weekly", 1, 17)])
    close_dead(cast("SyncPrefectClient", books))
    assert books.closed == {"weekly": "Crashed"}


def test_a_port_that_is_taken_is_told_with_the_setting() -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        with pytest.raises(InputRefused, match=f"port {port} is taken .* prefect_port"):
            require_free(port)


def test_a_home_is_served_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    told = "is being served already, at http"
    with alone(settings), pytest.raises(InputRefused, match=told), alone(settings):
        pass
    with alone(settings):
        pass


def test_a_line_that_is_no_cron_line_is_refused() -> None:
    with pytest.raises(InputRefused, match="'soon' is not a cron line"):
        cron("soon")


def test_schedules_are_in_shanghai_time_and_weekly_mails() -> None:
    found = {d.name: d for d in deployments(Schedule())}
    times = {
        n: [(s.schedule.cron, s.schedule.timezone) for s in d.schedules] for n, d in found.items()
    }
    zone = "Asia/Shanghai"
    assert times == {
        "collect": [("45 16 * * 1-5", zone), ("10 9 * * 1-5", zone)],
        "weekly": [("0 9 * * 6", zone)],
        "briefing": [],
        "backfill": [],
    }
    assert found["weekly"].parameters == {"send": True}
    assert {d.entrypoint for d in found.values()} == {
        "flows.collect.collect", "flows.weekly.weekly", "flows.briefing.briefing",
        "flows.backfill.backfill",
    }  # fmt: skip
