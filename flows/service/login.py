"""The login of the page that `briefing serve` starts: made once, and readable by its owner alone.

Prefect compares it as a whole (its "auth string"), so `operator:` and a random word are one secret.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from warehouse.errors import InputRefused
from warehouse.storage.atomic import write_atomically

OTHERS = 0o077  # the permissions of group and others


def login_file(home: Path) -> Path:
    return home / "prefect" / "login"


def known_login(home: Path) -> str | None:
    """The login of a home; None before it was first served.

    Raises InputRefused when it is empty, or when somebody else may have read it.
    """
    file = login_file(home)
    if not file.exists():
        return None
    wider = file.stat().st_mode & OTHERS
    login = file.read_text(encoding="utf-8").strip()
    if wider or ":" not in login:
        wrong = "can be read or changed by others" if wider else "holds no login"
        raise InputRefused(
            f"{file} {wrong}; remove it, and the next `briefing serve` makes a new login"
        )
    return login


def ensured_login(home: Path) -> str:
    """The login of a home, made if there is none. Only while nobody else serves the home."""
    return known_login(home) or _made(login_file(home))


def _made(file: Path) -> str:
    """A new login: whole under its name or not there, and never readable by others."""
    login = f"operator:{secrets.token_urlsafe(32)}"
    write_atomically(file, f"{login}\n".encode())
    return login
