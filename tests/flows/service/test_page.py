"""Who gets past the door of the page: the operator, and nobody who comes from another page."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from flows.service import launch
from flows.service.login import ensured_login, known_login, login_file
from flows.service.page import IssuesBeside, foreign, guarded
from flows.service.server import alone, environment, served_at
from flows.settings import Settings
from warehouse.errors import InputRefused

HERE = "127.0.0.1:4200"
CROSS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}

#  method, headers beside Host, and whether that comes from another page
REQUESTS = [
    ("GET", {}, False),  # curl, and Prefect's own clients
    ("POST", {}, False),
    ("websocket", {}, False),
    ("POST", {"origin": f"http://{HERE}", "sec-fetch-site": "same-origin"}, False),
    ("GET", {"sec-fetch-site": "none", "sec-fetch-dest": "document"}, False),  # typed
    ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, False),  # a link
    ("POST", {"origin": "http://127.0.0.1:8000"}, True),
    ("POST", {"origin": "http://localhost:4200"}, True),  # another origin for a browser
    ("POST", {"origin": f"https://{HERE}"}, True),
    ("POST", {"origin": "null"}, True),  # a sandboxed frame, or a file
    ("OPTIONS", {"origin": "https://example.org"}, True),
    ("websocket", {"origin": "https://example.org"}, True),
    ("GET", CROSS | {"sec-fetch-dest": "image"}, True),
    ("GET", CROSS | {"sec-fetch-dest": "script"}, True),
    ("GET", {"sec-fetch-site": "same-site", "sec-fetch-dest": "empty"}, True),
    ("GET", {"sec-fetch-site": "same-site", "sec-fetch-dest": "iframe"}, True),
    ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}, True),
]


@pytest.mark.parametrize(("method", "headers", "refused"), REQUESTS)
def test_what_comes_from_another_page(method, headers, refused):
    assert foreign(Headers({"host": HERE} | headers), method) is refused


async def behind(scope, receive, send):
    """An app that lets everybody in."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("in")(scope, receive, send)


def answered(kind: str = "http", **headers: str) -> dict[str, Any]:
    """How the answer of the guarded app begins."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": "/api/x", "headers": raw, "extensions": DENIALS}
    scope |= {"method": "GET"} if kind == "http" else {}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    asyncio.run(guarded(behind)(scope, receive, send))
    return sent[0]


DENIALS = {"websocket.http.response": {}}


@pytest.mark.parametrize(
    ("host", "code"),
    [
        (HERE, 200),
        ("localhost:8443", 200),  # through a tunnel
        ("rebound.example", 400),
        ("rebound.example:4200", 400),
        ("127.0.0.1.example", 400),
        ("0.0.0.0:4200", 400),
        ("", 400),
    ],
)
def test_only_names_of_this_machine_are_answered(host, code):
    assert answered(host=host)["status"] == code


def test_an_answer_cannot_be_framed_and_brings_nothing_in_from_elsewhere():
    policy = Headers(raw=answered(host=HERE)["headers"])["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "default-src 'self'" in policy
    assert "unsafe-eval" not in policy and "http" not in policy


LOGIN = "operator:word"
BASIC = "Basic b3BlcmF0b3I6d29yZA=="


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A home with an issue, and something beside its folder that is nobody's."""
    folder = tmp_path / "issues" / "2026-W03"
    folder.mkdir(parents=True)
    (tmp_path / "issues" / "index.html").write_text("<h1>All issues</h1>")
    (folder / "en.html").write_text("<h1>2026-W03</h1>")
    (folder / "issue.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "briefing.toml").write_text("secret")
    return tmp_path


def fetched(
    home: Path, path: str, login: str = BASIC, **headers: str
) -> tuple[int, Headers, bytes]:
    """Status, headers and body of what is answered for a path."""
    raw = [(b"host", HERE.encode()), (b"authorization", login.encode())]
    raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw, "query_string": b"",
             "raw_path": path.encode(), "scheme": "http", "server": ("127.0.0.1", 4200)}  # fmt: skip
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(3600)  # the client waits for the answer

    asyncio.run(guarded(IssuesBeside(behind, home / "issues", LOGIN))(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], Headers(raw=sent[0]["headers"]), body


@pytest.mark.parametrize(
    ("path", "body"),
    [("/issues/", b"<h1>All issues</h1>"), ("/issues/2026-W03/en.html", b"<h1>2026-W03</h1>"),
     ("/issues/2026-W03/issue.pdf", b"%PDF-1.7"), ("/dashboard", b"in"), ("/issuesandmore", b"in")],
)  # fmt: skip
def test_the_issues_lie_beside_the_page(shelf: Path, path, body):
    assert fetched(shelf, path)[::2] == (200, body)


def test_the_folder_alone_leads_to_the_list(shelf: Path):
    status, headers, _ = fetched(shelf, "/issues")
    assert (status, headers["location"]) == (307, "/issues/")


@pytest.mark.parametrize("login", ["", "Basic b3BlcmF0b3I6d29yZHM=", "Bearer word", "Basic wört"])
def test_nobody_reads_an_issue_without_the_login(shelf: Path, login):
    status, headers, body = fetched(shelf, "/issues/index.html", login)
    assert (status, body) == (401, b"login needed\n")
    assert headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("path", ["/issues/../briefing.toml", "/issues/%2e%2e/briefing.toml",
                                  "/issues//../../briefing.toml", "/issues/none.html"])  # fmt: skip
def test_nothing_beside_the_folder_is_served(shelf: Path, path):
    status, _, body = fetched(shelf, path)
    assert status == 404
    assert b"secret" not in body


def test_an_issue_reaches_nothing_and_is_in_no_frame(shelf: Path):
    _, headers, _ = fetched(shelf, "/issues/index.html")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "connect-src" not in policy and "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-cache")
    _, pdf, _ = fetched(shelf, "/issues/2026-W03/issue.pdf")
    assert pdf["content-security-policy"] == "frame-ancestors 'none'"
    assert fetched(shelf, "/issues/index.html", sec_fetch_site="cross-site",
                   sec_fetch_dest="image")[0] == 403  # fmt: skip


def test_no_websocket_opens_for_another_page():
    assert answered("websocket", host=HERE)["type"] == "websocket.accept"
    foreign_page = {"host": HERE, "origin": "https://example.org"}
    for headers, code in (({"host": "rebound.example"}, 400), (foreign_page, 403)):
        answer = answered("websocket", **headers)
        assert (answer["type"], answer["status"]) == ("websocket.http.response.start", code)


def test_the_login_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    assert known_login(tmp_path) is None
    before = os.umask(0)
    try:
        login = ensured_login(tmp_path)
    finally:
        os.umask(before)
    assert login.startswith("operator:") and len(login) > 40
    assert [ensured_login(tmp_path), known_login(tmp_path)] == [login, login]
    assert stat.S_IMODE(login_file(tmp_path).stat().st_mode) == 0o600
    assert list(login_file(tmp_path).parent.iterdir()) == [login_file(tmp_path)]
    assert ensured_login(tmp_path / "another") != login


@pytest.mark.parametrize(
    ("mode", "text", "told"),
    [(0o644, "operator:x", "can be read or changed by others"), (0o600, "", "holds no login")],
)
def test_a_login_that_others_may_know_is_not_used(tmp_path: Path, mode, text, told):
    file = login_file(tmp_path)
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(InputRefused, match=f"{told}; remove it, and the next `briefing serve`"):
        ensured_login(tmp_path)


def test_the_server_is_locked_whatever_the_environment_says(tmp_path: Path):
    inside = environment(Settings(home=tmp_path))
    login = known_login(tmp_path)
    names = ["PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"]
    assert [inside[name] for name in names] == [login, login]
    assert inside["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == f"http://{HERE}"


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str | None]]:
    """Somebody's program where a killed server of ours listened; holds what logins it heard."""
    heard: list[str | None] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers["Authorization"])
            self.send_response(200 if self.path.endswith("/health") else 401)
            self.end_headers()
            self.wfile.write(b"true")

        def log_message(self, *_):
            pass

    listening = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path))
    monkeypatch.setenv("STRANGER", f"http://127.0.0.1:{listening.server_port}/api")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    ensured_login(tmp_path)
    yield heard
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_the_login_is_not_told_to_whoever_listens_where_a_server_was_killed(stranger, tmp_path):
    (tmp_path / "prefect" / "serving").write_text(os.environ["STRANGER"])
    assert launch.server() is None
    assert stranger == []


def test_another_server_hears_only_the_login_that_is_meant_for_it(stranger, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", os.environ["STRANGER"])
    with pytest.raises(InputRefused, match="wants another login; set PREFECT_API_AUTH_STRING"):
        launch.server()
    assert stranger == [None, None]


def test_the_address_of_a_home_counts_while_it_is_served(tmp_path: Path):
    settings = Settings(home=tmp_path)
    assert served_at(tmp_path) is None
    with alone(settings):
        assert served_at(tmp_path) == f"http://{HERE}/api"
    assert served_at(tmp_path) is None
