"""Prefect's page and API as `briefing serve` offers them: for the operator of this machine alone.

Prefect asks for a login. It does not ask where a request comes from, and a browser sends requests
for any web page that is open in it. So this module stands before Prefect, for HTTP and websockets:

- a `Host` that is not this machine's loopback is refused; a foreign name that was made to resolve
  to 127.0.0.1 (DNS rebinding) gets nothing;
- a request that a browser sends for a page of another origin is refused, whatever login the browser
  remembers; following a link to the page is allowed;
- no other page may show this one in a frame and lead clicks into it, and this one loads nothing
  from elsewhere: what runs in it knows the login.

Beside Prefect's page it serves the folder of the issues, below /issues/, to who gives the login.

Run as a module, by `flows.service.server`, with the port to listen on and the briefing's home.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from hmac import compare_digest
from pathlib import Path

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.service.login import ensured_login

LOOPBACK = "127.0.0.1"
NAMES = [LOOPBACK, "localhost"]  # by any port: an operator may come through a tunnel
POLICY = "default-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'"
ISSUES = "/issues"
# An issue runs its own script and no other, as the policy in its head says, and reaches nothing: it
# must not speak to Prefect, whose login the browser knows.
ISSUE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REFUSED = "refused: this request comes from a page of another origin\n"


class OwnOrigin:
    """Passes on requests of the page itself, and those of no browser."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif foreign(Headers(scope=scope), scope.get("method")):
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, secluded(send))


def foreign(headers: Headers, method: str | None) -> bool:
    """Whether a browser sends this for a page of another origin.

    Origin comes with all that changes something and with websockets; the rest of what other pages
    may cause, such as an image, shows in Sec-Fetch-Site. method: None of a websocket.
    """
    if "origin" in headers:
        return headers["origin"] != f"http://{headers['host']}"
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    return (method, headers.get("sec-fetch-dest")) != ("GET", "document")


def secluded(send: Send) -> Send:
    """Answers that no other page may frame, and that bring nothing in from elsewhere."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Content-Security-Policy", POLICY)
        await send(message)

    return marked


class IssuesBeside:
    """The files of the issues below /issues/, for who knows the login; all else is the app's."""

    def __init__(self, app: ASGIApp, folder: Path, login: str) -> None:
        self.app = app
        files = StaticFiles(directory=folder, html=True, check_dir=False)
        self.files = ExceptionMiddleware(files)  # says 404 of a file that is not there
        self.admitted = b"Basic " + b64encode(login.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == ISSUES or path.startswith(f"{ISSUES}/")):
            await self.app(scope, receive, send)
        elif not compare_digest(login_of(scope), self.admitted):
            asks = {"WWW-Authenticate": 'Basic realm="briefing", charset="UTF-8"'}
            await PlainTextResponse("login needed\n", 401, asks)(scope, receive, send)
        elif path == ISSUES:
            await RedirectResponse(f"{ISSUES}/")(scope, receive, send)
        else:
            inner = {**scope, "root_path": scope.get("root_path", "") + ISSUES}
            await self.files(inner, receive, unreaching(send))


def login_of(scope: Scope) -> bytes:
    """What a request gives as its login, in bytes: as text only ASCII could be compared."""
    return Headers(scope=scope).get("authorization", "").encode("latin-1")


def unreaching(send: Send) -> Send:
    """Answers whose pages reach nothing; made anew often, they are asked for each time."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            page = headers.get("content-type", "").startswith("text/html")
            headers["Content-Security-Policy"] = ISSUE_POLICY if page else "frame-ancestors 'none'"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Cache-Control"] = "no-cache"
        await send(message)

    return marked


def guarded(app: ASGIApp) -> ASGIApp:
    """The app behind all of it."""
    return TrustedHostMiddleware(OwnOrigin(app), allowed_hosts=NAMES)


def listen(port: int, home: Path) -> None:
    """Serve Prefect and the issues of a home there, until interrupted."""
    from prefect.server.api.server import create_app  # noqa: PLC0415 - seconds, and only here

    uvicorn.run(
        guarded(IssuesBeside(create_app(final=True), home / "issues", ensured_login(home))),
        host=LOOPBACK,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,  # a page that is open must not hold the port
    )


if __name__ == "__main__":
    listen(int(sys.argv[1]), Path(sys.argv[2]))
