"""`briefing serve` for real: a scheduled run completes, ad-hoc runs are checked, and it all ends.

/health says ok when the scheduler is dead, so only a run that the schedule started proves anything.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page

from flows.service.launch import server
from flows.service.login import known_login, login_file
from flows.service.page import REFUSED
from flows.service.recovery import MADE_UP
from flows.service.server import alone, quiet, require_free
from flows.settings import Settings
from tests.flows.service.browsing import (
    ABSENT,
    CHROMIUM,
    READS,
    REBOUND,
    changes,
    chromium,
    hostile_pages,
    tried,
)
from tests.homes import SANDBOX, copy_of
from warehouse.errors import InputRefused

PATIENCE = 120
BUSY, BUSY_ATTEMPTS = 503, 5
COMMAND = [sys.executable, "-c", "from flows.cli.commands import main; main()"]


@dataclass
class Served:
    """A running `briefing serve` and what it printed so far."""

    port: int
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def home(self) -> Path:
        return Path(self.environment["BRIEFING_HOME"])

    @property
    def login(self) -> str:
        return known_login(self.home) or ""

    @property
    def authorization(self) -> str:
        return f"Basic {b64encode(self.login.encode()).decode()}"

    def launch(self, **settings: str) -> None:
        """Start `briefing serve` of this home."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], env=self.environment | settings, stdout=output, stderr=output
            )

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server answers; bodies are posted. A busy one says 503, and is asked again."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": self.authorization}
        request = Request(f"{self.api}{path}", data, headers)
        for attempt in range(BUSY_ATTEMPTS):
            try:
                with urlopen(request, timeout=20) as answer:
                    return json.loads(answer.read() or b"null")
            except HTTPError as refused:
                if refused.code != BUSY or attempt == BUSY_ATTEMPTS - 1:
                    raise
                time.sleep(1 + attempt)
        return None

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
        reach = {"PREFECT_API_URL": self.api, "PREFECT_API_AUTH_STRING": self.login}
        environment = self.environment | reach
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
    home = copy_of(simulated_home, tmp_path_factory.mktemp("served") / "home")
    port = free_port()
    environment = os.environ | quiet(home) | SANDBOX | {
        "BRIEFING_HOME": str(home),
        "BRIEFING_PREFECT_PORT": str(port),
        "BRIEFING_SCHEDULE__COLLECT": '["* * * * * */10"]',
    }  # fmt: skip
    here = Served(port, environment, home / "serve.log")
    here.launch()
    yield here
    if here.process.poll() is None:
        here.process.kill()
        here.process.wait()


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
    assert f"both ask for a login, the line in {login_file(served.home)}" in said


@pytest.mark.flow
def test_a_run_keeps_its_account_and_readable_steps(
    served: Served, scheduled: dict[str, Any]
) -> None:
    (account, *_) = served.ask(
        "/artifacts/filter", {"artifacts": {"key": {"any_": ["collection"]}}}
    )
    assert {"dataset", "part", "state", "missing"} <= set(json.loads(account["data"])[0])
    mine = {"flow_runs": {"id": {"any_": [scheduled["id"]]}}}

    def steps() -> set[str]:
        return {task["name"] for task in served.ask("/task_runs/filter", mine)}

    # The server writes steps down after the run: the last one may not be there at once.
    served.wait(steps, {"one_dataset index_daily", "publish"}.issubset)
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
    assert server() == (served.api, served.login)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    assert server() is None


@pytest.fixture(scope="module")
def browser(scheduled: dict[str, Any]) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(ABSENT)
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def hostile() -> Iterator[int]:
    with hostile_pages() as port:
        yield port


def belongings(served: Served) -> Any:
    """Everything that somebody could have started or changed, except by the schedule."""
    found = served.ask("/deployments/filter", {})
    kept = ("name", "paused", "pull_steps", "parameters", "entrypoint", "schedules", "updated")
    runs = [r["id"] for r in served.runs() if not r["auto_scheduled"]]
    return sorted(runs), sorted(str({k: d[k] for k in kept}) for d in found)


@pytest.fixture(params=["a browser that knows nothing", "a browser that sends the login along"])
def visited(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[Page]:
    """A page, in a browser that may send the operator's login with everything it sends."""
    context = browser.new_context()
    if "login" in request.param:
        context.set_extra_http_headers({"Authorization": served.authorization})
    yield context.new_page()
    context.close()


@pytest.mark.flow
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", REBOUND])
def test_a_page_of_another_origin_reads_starts_and_changes_nothing(
    served: Served, visited: Page, hostile: int, name: str
) -> None:
    before = belongings(served)
    deployment = served.ask("/deployments/name/collect/collect")
    visited.goto(f"http://{name}:{hostile}/")
    for server_name in {"127.0.0.1", name}:
        api = f"http://{server_name}:{served.port}/api"
        read = {what: tried(visited, how.format(api=api)) for what, how in READS.items()}
        assert read == dict.fromkeys(READS)
        for how in changes(api, deployment).values():
            tried(visited, how)
    assert belongings(served) == before


@pytest.mark.flow
def test_a_name_that_was_made_to_lead_here_gets_nothing(served: Served, visited: Page) -> None:
    """The browser takes the page of such a name and the server's answers for one origin."""
    before = belongings(served)
    deployment = served.ask("/deployments/name/collect/collect")
    answer = visited.goto(f"http://{REBOUND}:{served.port}/")
    assert answer is not None and answer.status == 400
    read = {tried(visited, how.format(api="/api")) for how in READS.values() if "opened" not in how}
    assert read == {None, "Invalid host header"}
    for how in changes("/api", deployment).values():
        tried(visited, how)
    assert belongings(served) == before


@pytest.mark.flow
def test_the_page_cannot_be_framed_by_another(served: Served, visited: Page, hostile: int) -> None:
    visited.goto(f"http://127.0.0.1:{hostile}/")
    visited.set_content(f"<iframe src='http://127.0.0.1:{served.port}/v2/'></iframe>")
    assert REFUSED.strip() in visited.frames[1].content()


@pytest.mark.flow
def test_the_operator_logs_in_and_starts_a_run_with_parameters(
    served: Served, browser: Browser
) -> None:
    page = browser.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    before = {run["id"] for run in served.runs()}
    page.goto(f"http://localhost:{served.port}/")
    page.locator("input").fill(served.login)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard*")
    page.get_by_role("link", name="Deployments").click()
    page.locator("a[href*='/deployments/deployment/']", has_text="collect").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()
    page.get_by_role("tab", name="list").click()
    page.get_by_role("button", name="Add item").click()
    page.locator("form input:not([type=checkbox]), form textarea").last.fill("margin_market")
    page.get_by_role("button", name="Submit").click()
    (run,) = served.wait(lambda: [r for r in served.runs() if r["id"] not in before], bool)
    assert run["parameters"] == {"datasets": ["margin_market"]}
    assert served.ended(run["id"])["state_type"] == "COMPLETED"
    assert asked == {f"localhost:{served.port}"}  # nothing is asked for elsewhere
    page.close()


@pytest.mark.flow
def test_a_wrong_password_lets_nobody_in(served: Served, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.locator("input").fill("operator:guessed")
    with page.expect_response("**/api/admin/version") as answered:
        page.keyboard.press("Enter")
    assert answered.value.status == 401
    assert "/login" in page.url
    page.close()


@pytest.mark.flow
def test_the_login_stands_in_no_log(served: Served, scheduled: dict[str, Any]) -> None:
    word = served.login.partition(":")[2]
    logs = [served.log, *login_file(served.home).parent.glob("*.log")]
    assert len(logs) == 2 and not [log for log in logs if word in log.read_text()]


@pytest.mark.flow
def test_a_scheduled_run_that_was_killed_is_made_up_once_at_the_next_start(
    served: Served, scheduled: dict[str, Any]
) -> None:
    collect = served.ask("/deployments/name/collect/collect")["id"]
    served.ask(f"/deployments/{collect}/resume_deployment", {})
    running = {"state": {"type": {"any_": ["RUNNING"]}}}
    (cut, *_) = served.wait(lambda: served.runs(**running), bool)
    served.ask(f"/deployments/{collect}/pause_deployment", {})
    served.process.kill()
    served.process.wait()
    eventually(lambda: require_free(served.port))
    served.launch(BRIEFING_SCHEDULE__COLLECT="[]")
    told = f"run {cut['name']} of {cut['expected_start_time'][:16].replace('T', ' ')} UTC was cut"
    served.wait(served.log.read_text, lambda text: f"{told} off; it is made up now" in text)
    made_up = served.ended(cut["id"])
    assert (made_up["state_type"], made_up["run_count"]) == ("COMPLETED", 2)
    assert made_up["expected_start_time"] == cut["expected_start_time"]
    states = served.ask(f"/flow_run_states/?flow_run_id={cut['id']}")
    assert [s["name"] for s in states].count(MADE_UP) == 1


def eventually(attempt: Callable[[], None]) -> None:
    """Returns when an attempt is no longer refused."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            return attempt()
        except InputRefused:
            time.sleep(0.2)
    return attempt()


@pytest.mark.flow
def test_sigterm_ends_server_and_runner(served: Served, scheduled: dict[str, Any]) -> None:
    before = len(served.log.read_text())
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=30) == 0, served.log.read_text()
    said = served.log.read_text()[before:]
    assert "Traceback" not in said and "Warning" not in said
    require_free(served.port)


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
