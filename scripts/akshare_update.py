"""A newer akshare, looked at before it is locked: `make akshare-update [VERSION=1.20.0]`.

    python -m scripts.akshare_update [--version VERSION] [--accept]

1. Resolves a lock with that akshare, or the newest one, beside the present lock.
2. Unpacks both versions and lists what changed in the functions in use: gone, signature, columns,
   hosts, source. Nothing of either is run for that.
3. Installs the new lock into an environment of its own, and runs there: the recorded answers,
   every source in the offline exchange through its reader and contract, and what akshare could run.
4. Writes pyproject.toml and requirements.lock if all tests pass, or with --accept; else both stay
   as they were. It says how to go back.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from flows.network.upstreams import domain, domains
from scripts.akshare_inspect import Change, Package, changes, in_use, inspected
from warehouse.storage.atomic import write_atomically

ROOT = Path(__file__).parents[1]
PIN = re.compile(r'"akshare==([\w.]+)"')
VERSION = re.compile(r"\d+(\.\w+)*")
LOCKED = re.compile(r"^akshare==([\w.]+) ", re.MULTILINE)
COMPILE = (
    "pip", "compile", "pyproject.toml", "--group", "dev", "--generate-hashes", "--universal",
    "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links", "--quiet",
    "-o", "requirements.lock",
)  # fmt: skip
CHECKS = (
    "tests/warehouse/datasets/test_recorded_answers.py",
    "tests/flows/monitoring/test_source_probe.py",
    "tests/flows/network/test_payloads.py",
    "tests/flows/ingestion/test_fetch.py",
)
KINDS = ("gone", "signature", "columns", "host", "source")
READABLE = 0o644  # what lies in the repository is no secret
LONGEST = 400  # characters of one change


def main() -> None:
    """Look, tell, and lock what passes."""
    parser = argparse.ArgumentParser(description="Look at a newer akshare, then lock it")
    parser.add_argument("--version", help="default: the newest")
    parser.add_argument("--accept", action="store_true", help="lock it though tests fail")
    parser.add_argument("--look", action="store_true", help="list what changed, and lock nothing")
    chosen = parser.parse_args()
    if chosen.version and not VERSION.fullmatch(chosen.version):
        sys.exit(f"{chosen.version!r} is no version of akshare")
    with tempfile.TemporaryDirectory() as folder:
        update(Path(folder), chosen.version, accept=chosen.accept, look=chosen.look)


def update(folder: Path, version: str | None, *, accept: bool, look: bool) -> None:
    """The steps, in a folder for whatever is thrown away."""
    old = pinned((ROOT / "pyproject.toml").read_text())
    new = resolve(folder, version)
    if new == old:
        sys.exit(f"akshare {old} is the newest; nothing was changed")
    print(f"akshare {old} → {new}\n")
    found = compared(unpacked(folder, old), unpacked(folder, new))
    print("\n".join(told(found)))
    if look:
        return
    print("\nnow the recorded answers, and every source in the offline exchange …", flush=True)
    passed = checked(folder)
    if not (passed or accept):
        sys.exit(
            "\ntests fail with it; pyproject.toml and requirements.lock are as they were. Adapt the "
            f"readers named above, then `make akshare-update VERSION={new}` again; --accept locks "
            "it all the same."
        )
    for name in ("pyproject.toml", "requirements.lock"):
        write_atomically(ROOT / name, (folder / name).read_bytes(), READABLE)
    print(
        f"\nakshare {new} is locked; `make setup` installs it. Then `briefing doctor --live`, and "
        "read what changed above.\nBack: `git checkout pyproject.toml requirements.lock && make "
        "setup`"
    )


def pinned(pyproject: str) -> str:
    """The version that pyproject.toml pins."""
    found = PIN.search(pyproject)
    if found is None:
        sys.exit("pyproject.toml pins no akshare==…")
    return found[1]


def repinned(pyproject: str, version: str) -> str:
    """The text of pyproject.toml with another version."""
    return PIN.sub(f'"akshare=={version}"', pyproject)


def resolve(folder: Path, version: str | None) -> str:
    """Write pyproject.toml and a lock with that version, or the newest, to the folder; which it is.

    The present lock lies there first, so that everything else keeps its version.
    """
    text = (ROOT / "pyproject.toml").read_text()
    wanted = repinned(text, version) if version else PIN.sub('"akshare"', text)
    (folder / "pyproject.toml").write_text(wanted)
    shutil.copyfile(ROOT / "requirements.lock", folder / "requirements.lock")
    uv(*COMPILE, "--upgrade-package", "akshare", cwd=folder)
    lock = (folder / "requirements.lock").read_text()
    lock = lock.replace(" --quiet", "").replace(" --upgrade-package akshare", "")
    found = LOCKED.search(lock)
    if found is None:
        sys.exit("the new lock has no akshare")
    (folder / "requirements.lock").write_text(lock)
    (folder / "pyproject.toml").write_text(repinned(text, found[1]))
    return found[1]


def unpacked(folder: Path, version: str) -> Path:
    """That akshare alone, unpacked and not run."""
    place = folder / f"akshare-{version}"
    uv("pip", "install", "--quiet", "--no-deps", "--target", str(place), f"akshare=={version}")
    return place


def compared(old: Path, new: Path) -> list[Change]:
    """What changed in the functions in use."""
    rooms = ("datasets", "readers")
    files = [file for room in rooms for file in (ROOT / "warehouse" / room).glob("*.py")]
    names = in_use(files, Package(old).exported)
    return list(
        changes(inspected(old, names), inspected(new, names), lambda h: domain(h) in domains())
    )


def told(found: Iterable[Change]) -> Iterator[str]:
    """The changes by kind, the gravest first; one that many functions share is said once."""
    ordered = sorted(found, key=lambda c: (KINDS.index(c.kind), c.says, c.function))
    if not ordered:
        yield "nothing changed in the functions in use"
    for kind, of_kind in groupby(ordered, key=lambda c: c.kind):
        shared = [(says, list(same)) for says, same in groupby(of_kind, key=lambda c: c.says)]
        yield f"{kind}: {len(shared)}"
        for says, same in shared:
            names = ", ".join(c.function for c in same[:3])
            more = f" and {len(same) - 3} more" if len(same) > 3 else ""
            text = says if len(says) <= LONGEST else says[: LONGEST - 1] + "…"
            yield f"  {names}{more}: {text}"


def checked(folder: Path) -> bool:
    """Whether the tests of readers, contracts and transport pass with the new lock."""
    python = folder / "venv" / "bin" / "python"
    uv("venv", "--quiet", str(folder / "venv"))
    lock = str(folder / "requirements.lock")
    uv("pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", lock)
    uv("pip", "install", "--quiet", "--python", str(python), "--no-deps", "--editable", str(ROOT))
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKS]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def uv(*arguments: str, cwd: Path = ROOT) -> None:
    """Run uv of this environment; what it says of a failure is the message."""
    beside = Path(sys.executable).with_name("uv")
    command = [str(beside) if beside.exists() else "uv", *arguments]
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(
            f"uv {' '.join(arguments[:2])} failed; nothing was changed:\n{done.stderr.strip()}"
        )


if __name__ == "__main__":
    main()
