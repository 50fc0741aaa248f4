"""A real browser, a hostile page in it, and everything that the page tries."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
ABSENT = "chromium is not installed: `bash scripts/test-package.sh chromium` installs it on Debian"
REBOUND = "rebound.example"  # a name of the attacker's that resolves to this machine
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
]  # fmt: skip

# Each may read something; what it got, or nothing. {api} is the server's, {id} a deployment's.
READS = {
    "fetch": "fetch('{api}/admin/version').then(a => a.text())",
    "fetch with what the browser knows": "fetch('{api}/admin/version', {{credentials: 'include'}}).then(a => a.text())",
    "settings of the page": "fetch('{api}/../ui-settings').then(a => a.text())",
    "post": """fetch('{api}/deployments/filter', {{method: 'POST', body: '{{}}',
        headers: {{'Content-Type': 'application/json'}}}}).then(a => a.text())""",
    "script": """new Promise((good, bad) => {{ const s = document.createElement('script');
        s.onload = () => good('loaded'); s.onerror = bad; s.src = '{api}/admin/version';
        document.body.append(s) }})""",
    "logs": "opened('{api}/logs/out')",
    "events": "opened('{api}/events/in')",
}
OPENED = """const opened = api => new Promise((good, bad) => {
    const socket = new WebSocket(api.replace('http', 'ws'), 'prefect');
    socket.onopen = () => good('open'); socket.onerror = bad })
"""
# A Blob without a type has no Content-Type, and Prefect then takes the body for JSON.
SILENTLY = "fetch('{api}/{path}', {{method: 'POST', mode: 'no-cors', body: new Blob(['{body}'])}})"
RUN = "deployments/{id}/create_flow_run"
REWRITTEN = (
    '{{"name": "collect", "flow_id": "{flow}", "pull_steps": '
    '[{{"prefect.deployments.steps.run_shell_script": {{"script": "id"}}}}]}}'
)
FORM = """new Promise(done => {{ const form = document.createElement('form');
    const frame = document.createElement('iframe'); frame.name = 'unseen';
    form.method = 'POST'; form.action = '{api}/{path}'; form.enctype = 'text/plain';
    form.target = 'unseen'; frame.onload = done; document.body.append(frame, form);
    form.submit() }})"""


def changes(api: str, deployment: dict[str, Any]) -> dict[str, str]:
    """Each starts, pauses or rewrites something, without wanting to see the answer."""
    names = {"id": deployment["id"], "flow": deployment["flow_id"]}
    run, pause = (
        f"deployments/{names['id']}/{what}" for what in ("create_flow_run", "pause_deployment")
    )
    return {
        "start a run": SILENTLY.format(api=api, path=run, body="{}"),
        "rewrite": SILENTLY.format(api=api, path="deployments/", body=REWRITTEN.format(**names)),
        "pause by a form": FORM.format(api=api, path=pause),
        "put": f"fetch('{api}/{run}', {{method: 'POST', body: '{{}}', "
        "headers: {'Content-Type': 'application/json'}})",
    }


def tried(page: Page, script: str) -> str | None:
    """What a script on a page brought; None if the browser or the server would not have it."""
    attempt = f"async () => {{ {OPENED}; try {{ return await {script} }} catch {{ return null }} }}"
    found = page.evaluate(attempt)
    return found if isinstance(found, str) else None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a window."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def hostile_pages() -> Iterator[int]:
    """The port of a web server with an empty page, on which the attacks are carried out."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>prizes</title><body>")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        yield listening.server_port
        listening.shutdown()
        thread.join()
