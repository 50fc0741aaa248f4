"""What the machine refuses, in sentences: what happened, where, and what to do.

An error that is not listed here is a mistake of ours and keeps its traceback.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from warehouse.errors import InputRefused, MachineRefused
from warehouse.quoting import quoted

ROOM = (
    "make room on that disk, or move BRIEFING_HOME to another one, and run the same command again"
)
RIGHTS = "run it as the user to whom the briefing's home belongs, or give this user the rights"
REMEDIES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: f"the limit on the size of files is too low (`ulimit -f`), or {ROOM}",
    errno.EROFS: "choose a BRIEFING_HOME on a disk that can be written",
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.ENOTDIR: "a part of the path is a file: remove it, or choose another BRIEFING_HOME",
    errno.EEXIST: "a file stands where a folder must be: remove it, or change BRIEFING_HOME",
    errno.EISDIR: "a folder stands where a file must be: remove it or give it another name",
    errno.ELOOP: "the links of that path lead in a circle: mend them",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.EMFILE: "raise the limit on open files (`ulimit -n 1024`) and run the same command again",
    errno.ENFILE: "this machine has too many files open: close other programs, and run it again",
    errno.ENOMEM: "close other programs, or take a machine with more memory, and run it again",
    errno.EAGAIN: "this machine has no room for another process or thread: close other programs",
    errno.EIO: "the disk fails: look at the system's log, and copy the briefing's home elsewhere",
    errno.ESTALE: "the network disk has gone: the briefing's home belongs on a local disk",
}


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Inside, what the machine refuses becomes MachineRefused."""
    try:
        yield
    except MemoryError as error:
        raise MachineRefused(f"there is not enough memory; {REMEDIES[errno.ENOMEM]}") from error
    except OSError as error:
        number = _number(error)
        if number not in REMEDIES:
            raise
        where = f"{quoted(os.fsdecode(error.filename))}: " if error.filename else ""
        message = f"{where}{os.strerror(number)}; {REMEDIES[number]}"
        raise MachineRefused(message) from error


def _number(error: OSError) -> int:
    """The number of an error; polars and Arrow write it into the text only."""
    number = re.search(r"\((?:os error|errno) (\d+)\)", str(error))
    return error.errno or (int(number[1]) if number else 0)


def print_anything() -> None:
    """What the terminal's encoding lacks is shown as an escape, instead of ending the command.

    Where a shell closed an output (`>&-`), what is printed goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nowhere)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def hand_over() -> None:
    """Flush what was printed while an error can still be shown; the end would try it again."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # `briefing status | head -1` has all that it wanted
            sys.exit(1)
        raise


def require_folder(home: Path) -> None:
    """Raise InputRefused if the home, or a part of its path, is there and is no folder."""
    if part := next((p for p in (home, *home.parents) if p.exists() and not p.is_dir()), None):
        raise InputRefused(
            f"BRIEFING_HOME is {home}, and {part} is a file; remove it or choose another folder"
        )


def require_spellable(arguments: Sequence[str], home: Path) -> None:
    """Raise InputRefused if a path has bytes that the locale's encoding does not know.

    Python carries them as halves of characters, which DuckDB, TOML and JSON cannot write.
    """
    for given in (*arguments, str(home)):
        if any("\ud800" <= letter <= "\udfff" for letter in given):
            raise InputRefused(
                f"{quoted(given)!a} is not spelled in the locale's encoding "
                f"({sys.getfilesystemencoding()}); set LC_ALL=C.UTF-8, or give the file a name in UTF-8"
            )


def require_report(report: Path | None, *, live: bool) -> None:
    """Raise InputRefused before minutes pass if the report could not be written in the end."""
    if report is None:
        return
    if not live:
        raise InputRefused("--report needs --live: it is about what the sources send")
    if report.is_dir() or not report.absolute().parent.is_dir():
        raise InputRefused(f"--report {report}: name a file in a folder that is there")
