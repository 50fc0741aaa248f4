"""A headless Chromium, driven through its own pipe: no driver, no port, no network.

It is no part of the set-up: where the machine has none, the tests that look at pages are skipped.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 20.0  # seconds
SETTINGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
    "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
KEYS = {"Enter": "\r"}


def browser() -> str | None:
    """The path of a Chromium, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One page. complaints: what the console and the policy said, and what was asked outside."""

    def __init__(self, ends: tuple[int, int]) -> None:
        self._written, self._read = ends
        self._number, self._rest, self._session = 0, b"", ""
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to a command of its protocol."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        asked |= {"sessionId": self._session} if self._session else {}
        os.write(self._written, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def show(self, file: Path, width: int, scheme: str = "light", *, script: bool = True) -> None:
        """Opens a file on a screen of that width."""
        self.complaints.clear()
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=width < 700)  # fmt: skip
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", features=wanted)
        self.ask("Emulation.setScriptExecutionDisabled", value=not script)
        self.ask("Page.navigate", url=file.as_uri())
        ends = time.monotonic() + PATIENCE
        while self.tell("document.readyState") != "complete" or not self.tell("location.hash || 1"):
            assert time.monotonic() < ends
            time.sleep(0.05)

    def tell(self, expression: str) -> Any:
        """The value of an expression on the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key, pressed and let go."""
        told = {"key": key, "modifiers": 8 if shift else 0}
        typed = {"text": KEYS[key], "windowsVirtualKeyCode": 13} if key in KEYS else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **told, **typed)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            self._rest += os.read(self._read, 1 << 16)
        first, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(first)
        self._note(said.get("method", ""), said.get("params", {}))
        return said

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif method in {"Runtime.consoleAPICalled", "Runtime.exceptionThrown"}:
            self.complaints.append(json.dumps(told))
        elif method == "Network.requestWillBeSent":
            address = told["request"]["url"]
            if not address.startswith(("file:", "data:", "about:")):
                self.complaints.append(f"asked for {address}")


@contextlib.contextmanager
def opened() -> Iterator[Tab]:
    """A tab of a browser that runs for as long as the block does."""
    path = browser()
    assert path
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        run = [path, *SETTINGS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            run, pass_fds=(3, 4), preexec_fn=lambda: _lay(theirs_in, theirs_out),  # noqa: PLW1509, no threads here
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Tab((ours_out, ours_in))
        finally:
            process.terminate()
            process.wait(PATIENCE)
            os.close(ours_out)
            os.close(ours_in)


def _lay(read: int, written: int) -> None:
    """The browser reads commands from descriptor 3 and answers on 4."""
    spare = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (read, written)]
    for place, one in enumerate(spare, start=3):
        os.dup2(one, place)
