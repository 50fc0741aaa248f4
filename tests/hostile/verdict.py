"""What becomes of a hostile file, judged in this process."""

from __future__ import annotations

import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from flows.ingestion.import_files import all_judged
from flows.workspace import Workspace
from tests.conftest import rows_of, workspace_at
from tests.hostile.grammar import Case, drawn_case
from warehouse import characters
from warehouse.catalog import dataset
from warehouse.errors import BriefingError
from warehouse.files import recognised
from warehouse.quality.contract_checks import check, shaped
from warehouse.quality.quarantine import Checked

HANG_SECONDS = 20
PEAK = Path("/proc/self/clear_refs")
MOST_MB = 2048
TOLD = 500  # characters of a message that are kept
READABLE = 10_000  # a message that is longer than that echoes the file
FAILURES = ("TRACEBACK", "HANG", "CHANGED", "UNREADABLE", "CRASH", "NOISE")


@dataclass(frozen=True)
class Verdict:
    """What became of a file: refused, quarantined, loaded, or one of the failures in capitals."""

    seed: int
    file: str
    done: str
    outcome: str
    seconds: float
    peak_mb: int
    message: str


class Hung(BaseException):
    """No OSError as TimeoutError is, which a reader may take for that of a disk."""


@contextmanager
def impatient() -> Iterator[None]:
    """Hung after so many seconds."""

    def stop(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@cache
def desk() -> Workspace:
    """Somebody without a warehouse, on 20 January 2026."""
    return workspace_at(Path("nowhere"), 2026, 1, 20, 10)


def judged(case: Case) -> tuple[str, str]:
    """Outcome and message of one file."""
    try:
        with impatient():
            files = recognised(case.file.parent)
            (checked,) = all_judged(desk(), files, None, strict=False).values()
    except BriefingError as refusal:
        text = str(refusal)
        named = case.file.name in text and ("rule" in text or "holds no dataset" in text)
        readable = len(text) < READABLE
        return ("refused" if named and readable else "UNREADABLE"), text[:TOLD]
    except Hung:
        return "HANG", ""
    except BaseException as error:  # noqa: BLE001 - a panic of polars is a BaseException
        return "TRACEBACK", f"{type(error).__name__}: {error}"[:TOLD]
    wrong = invented(case, checked)
    if wrong:
        return "CHANGED", wrong
    return ("quarantined" if checked.rejected.height else "loaded"), ""


def invented(case: Case, checked: Checked) -> str:
    """A loaded row that neither the honest rows nor the file's cells say; empty if there is none.

    A figure that was set aside, and is named among the doubtful ones, is null and no lie.
    """
    d = dataset(case.name)
    honest = check(d, shaped(d, rows_of(case.name), "drawn"), desk().context).valid
    rows = [dict(row) for row in honest.iter_rows(named=True)]
    set_aside = set(checked.rejected["column_name"])
    for row in checked.valid.iter_rows(named=True):
        if not any(
            all(
                same(case, i, c, v, was.get(c)) or (v is None and c in set_aside)
                for c, v in row.items()
            )
            for i, was in enumerate(rows)
        ):
            return str(row)[:TOLD]
    return ""


def same(case: Case, row: int, column: str, value: Any, honest: Any) -> bool:
    """Whether a loaded value is the honest one, or what the touched cell says."""
    if value == honest:
        return True
    if (row, column) not in case.touched:
        return value is None and column not in (case.cells[0] if case.cells else {})
    token = case.touched[row, column]
    return token == "?" or value is None or spelled_alike(token, value)


def spelled_alike(token: str, value: Any) -> bool:
    """Whether a cell can be read as the value by somebody who reads strictly."""
    try:
        if isinstance(value, int | float):
            return float(token) == float(value)
        if isinstance(value, date | datetime):
            return str(value) == token or date(*map(int, token.split("-"))) == value
    except ValueError:
        return False
    # Before a label is loaded, marks that are merely invisible are left out, and a break or tab
    # within it becomes a space.
    seen = str(characters.without_invisible(pl.Series([token]))[0])
    return seen.split() == str(value).split() or token.replace("\r\n", "\n") == value


def tried(seed: int) -> Verdict:
    """One seed, from the drawing to the verdict."""
    with tempfile.TemporaryDirectory() as folder:
        case = drawn_case(seed, Path(folder))
        forget_peak()
        began = time.monotonic()
        outcome, message = judged(case)
        spent = time.monotonic() - began
    return Verdict(seed, case.file.name, "; ".join(case.done), outcome, spent, peak_mb(), message)


def forget_peak() -> None:
    """What was needed to draw a bomb is not what is needed to notice it (Linux)."""
    if PEAK.exists():
        PEAK.write_text("5")


def peak_mb() -> int:
    """Most memory since then; elsewhere than on Linux, since the process began."""
    if PEAK.exists():
        lines = PEAK.with_name("status").read_text().splitlines()
        return next(int(x.split()[1]) // 1024 for x in lines if x.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
