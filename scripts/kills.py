"""kill -9 at random moments of every stage; afterwards all must be as if nothing had happened.

`python -m scripts.kills --kills 100 --seed 1` runs each stage once undisturbed in the simulated
market. Then it starts a stage on a copy of the home before it, kills the process at a moment drawn
from the stage's duration, runs the stage again, and compares: values and keys of every table, the
files of the issue, the ledger of deliveries, and what the mail server took.

Under `briefing serve` the weekly run is killed together with its server. The next start makes the
run up by itself, and the same comparison holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from flows.demo import write_archive
from flows.machine import workspace
from flows.sandbox import simulated_market
from warehouse.catalog import catalogue
from warehouse.errors import DeliveryFailed
from warehouse.shanghai import SHANGHAI
from warehouse.storage import ddl
from warehouse.storage.audit import audit
from warehouse.storage.store import Reader
from warehouse.tables import SYSTEM_TABLES

AS_OF = date(2026, 1, 13)
STOCKS = 40
RECIPIENTS = [f"{name}@example.org" for name in ("one", "two", "three")]
# Of a hundred kills; a served one takes two minutes, the others some ten seconds.
SHARES = {
    "import": 22, "collect": 14, "run": 20, "render": 12, "publish": 14, "send": 14, "serve": 4,
}  # fmt: skip
BEFORE = {
    "collect": "import",
    "run": "collect",
    "render": "run",
    "publish": "run",
    "send": "run",
    "serve": "collect",
}
SERVED_SECONDS = 300.0
MOMENTS = ("evaluated_at", "rendered_at", "made_at", "load_id")  # of the run, not of what it says
# A fork of a process that has imported everything starts at once, so that every kill hits work.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "flows.weekly",
        "flows.ingestion.import_files",
        "flows.demo",
        "pyarrow.dataset",
        "pandas",
        "akshare",
    ]
)


def perform(stage: str, archive: str, environment: dict[str, str]) -> None:
    """One stage, in the home that the environment names."""
    os.environ.clear()
    os.environ |= environment
    from flows import briefing, collect, publishing, weekly  # noqa: PLC0415
    from flows.ingestion import import_files  # noqa: PLC0415 - each loads a lot

    ws = workspace()
    # Of 40 shares some lists are rightly refused; a letter of unknown fate is not sent again.
    with suppress(collect.CollectionIncomplete, DeliveryFailed):
        match stage:
            case "import":
                import_files.import_path(ws, Path(archive))
            case "collect":
                collect.collect.fn()
            case "run":
                weekly.weekly.fn(as_of=AS_OF, collect=False)
            case "render":
                briefing.briefing.fn(as_of=AS_OF)
            case "publish":
                publishing.publish(ws)
            case "send":
                weekly.weekly.fn(as_of=AS_OF, collect=False, send=True)


@dataclass
class Post:
    """A mail server on loopback that takes everything, and counts letters by Message-ID."""

    taken: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        head = envelope.content.decode("utf-8", "replace").splitlines()
        identity = next(line for line in head if line.lower().startswith("message-id"))
        self.taken[f"{envelope.rcpt_tos[0]} {identity}"] += 1
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Post]:
    post = Post()
    port = free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    os.environ |= {
        "BRIEFING_MAIL__SERVER": "127.0.0.1",
        "BRIEFING_MAIL__PORT": str(port),
        "BRIEFING_MAIL__STARTTLS": "false",
        "BRIEFING_MAIL__SENDER": "desk@example.org",
        "BRIEFING_MAIL__RECIPIENTS": json.dumps(RECIPIENTS),
    }
    try:
        yield post
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Laboratory:
    """Homes before each stage, what each stage makes of them undisturbed, and how long it takes."""

    folder: Path
    post: Post
    states: dict[str, dict[str, object]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def undisturbed(self, stage: str) -> None:
        """Run a stage once on the home that the stage before it left."""
        home = self._fresh(stage, f"after-{stage}")
        began = time.monotonic()
        self._run(stage)
        self.seconds[stage] = time.monotonic() - began
        self.states[stage] = state_of(home)

    def struck(self, stage: str, moment: float) -> tuple[bool, list[str]]:
        """Kill a stage after so many seconds, run it again: whether it was hit, what differs."""
        home = self._fresh(stage, "struck")
        process = self._start(stage)
        process.join(moment)
        hit = process.is_alive()
        process.kill()
        process.join()
        self._run(stage)
        return hit, [*differences(state_of(home), self.states[stage]), *self._twice()]

    def served(self, moment: float) -> tuple[bool, list[str]]:
        """Kill the server and its weekly run so many seconds after it began; serve once more."""
        home = self._fresh("serve", "struck")
        log = home / "serve.log"
        with serving(home, log, in_a_minute()):
            said(log, "Beginning flow run")
            time.sleep(moment)
            hit = not ended(log)
        log.unlink()
        with serving(home, log, NEVER):
            said(log, ENDED if hit else "page for runs")
        return hit, [*differences(state_of(home), self.states["send"]), *self._twice()]

    def _start(self, stage: str) -> Any:
        archive = str(self.folder / "archive")
        process = FORKS.Process(target=perform, args=(stage, archive, dict(os.environ)))
        process.start()
        return process

    def _run(self, stage: str) -> None:
        process = self._start(stage)
        process.join()
        if process.exitcode != 0:
            raise SystemExit(f"{stage} ended with {process.exitcode}")

    def _fresh(self, stage: str, name: str) -> Path:
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        if stage in BEFORE:
            shutil.copytree(self.folder / f"after-{BEFORE[stage]}", home, symlinks=True)
        self.post.taken.clear()
        os.environ["BRIEFING_HOME"] = str(home)
        return home

    def _twice(self) -> list[str]:
        return [f"taken {n} times: {letter}" for letter, n in self.post.taken.items() if n > 1]


NEVER = "0 0 1 1 *"
ENDED = r"Flow run .*Finished in state"


def in_a_minute() -> str:
    """The cron line, in Shanghai time, of the minute after the next: the server takes a while."""
    moment = datetime.now(SHANGHAI) + timedelta(seconds=90)  # noqa: TID251 - a script at its desk
    return f"{moment:%M %H} * * *"


@contextmanager
def serving(home: Path, log: Path, weekly: str) -> Iterator[None]:
    """`briefing serve` during the block; at its end the server and all its children are killed."""
    environment = os.environ | {
        "BRIEFING_PREFECT_PORT": str(free_port()),
        "BRIEFING_SCHEDULE__COLLECT": "[]",
        "BRIEFING_SCHEDULE__WEEKLY": json.dumps([weekly]),
    }
    command = [sys.executable, "-c", "from flows.cli.commands import main; main()", "serve"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=home)
    try:
        yield
    finally:
        for member in family(process.pid):
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        process.wait()


def family(pid: int) -> list[int]:
    """A process and all that it started, whatever sessions they made for themselves."""
    pairs = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = status.read_text().rpartition(")")[2].split()
            pairs.append((int(status.parent.name), int(after_name[1])))
    members = [pid]
    for member in members:
        members += [child for child, parent in pairs if parent == member]
    return members


def ended(log: Path) -> bool:
    """Whether a flow has ended; its tasks end before."""
    return re.search(ENDED, log.read_text(encoding="utf-8")) is not None


def said(log: Path, words: str) -> None:
    """Return once the server has said so."""
    deadline = time.monotonic() + SERVED_SECONDS
    while not re.search(words, log.read_text(encoding="utf-8")):
        if time.monotonic() > deadline:
            end = log.read_text(encoding="utf-8")[-3000:]
            raise SystemExit(f"{log} never said {words!r}:\n{end}")
        time.sleep(0.2)


def state_of(home: Path) -> dict[str, object]:
    """What a home says: values and keys of each table, where letters stand, the issue's files."""
    state: dict[str, object] = {}
    with workspace().writing() as warehouse:
        state["contradictions"] = audit(warehouse)
        for d in catalogue().values():
            columns = ", ".join(c for c in ddl.columns_of(d) if c != "load_id")
            state[f"core.{d.name}"] = warehouse.query(
                f"SELECT count(*), count(DISTINCT ({', '.join(d.key)})), "
                f"bit_xor(hash({columns})) FROM core.{d.name}"
            ).row(0)
        for table in [name for name in SYSTEM_TABLES if name.startswith("mart.")]:
            columns = ", ".join(c for c in SYSTEM_TABLES[table].columns() if c not in MOMENTS)
            state[table] = warehouse.query(
                f"SELECT count(*), bit_xor(hash({columns})) FROM {table}"
            ).row(0)
        last = "SELECT recipient, max_by(state, step) FROM meta.delivery GROUP BY ALL"
        state["letters"] = dict(warehouse.query(last).iter_rows())
    for file in sorted((home / "issues").rglob("*.*")):
        state[str(file.relative_to(home))] = hashlib.sha256(file.read_bytes()).hexdigest()
    state["half-written files"] = [f.name for f in home.rglob("*.tmp")]
    state["current"] = Reader.open(home / "current.duckdb").query("SELECT 1").item()
    return state


def differences(found: dict[str, object], expected: dict[str, object]) -> list[str]:
    """Where two homes differ; a letter whose fate a kill made unknown is no difference."""
    letters = found.get("letters")
    if isinstance(letters, dict):
        found["letters"] = {who: "SENT" if s == "UNKNOWN" else s for who, s in letters.items()}
    names = sorted(found.keys() | expected.keys())
    return [
        f"{name}: {found.get(name)} instead of {expected.get(name)}"
        for name in names
        if found.get(name) != expected.get(name)
    ]


def moments(shares: Mapping[str, int], kills: int, seed: int) -> Iterator[tuple[str, float]]:
    """Stages in turn, each with the share of its duration after which it is killed."""
    chance = random.Random(seed)
    total = sum(shares.values())
    for stage, share in shares.items():
        number = max(1, round(kills * share / total))
        for place in range(number):
            yield stage, (place + chance.random()) / number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20260113)
    parser.add_argument("--stage", choices=list(SHARES), help="only this one")
    parser.add_argument("--folder", type=Path, default=None, help="kept afterwards")
    chosen = parser.parse_args()
    shares = {chosen.stage: 1} if chosen.stage else SHARES
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    os.environ |= {
        "BRIEFING_SANDBOX__ENABLED": "true",
        "BRIEFING_SANDBOX__STOCKS": str(STOCKS),
        "TQDM_DISABLE": "1",  # akshare draws bars
    }
    (folder / "archive").mkdir(parents=True)
    write_archive(simulated_market(STOCKS), folder / "archive")
    hits, wrong = Counter[str](), list[str]()
    with mail_server() as post:
        laboratory = Laboratory(folder, post)
        for stage in [name for name in SHARES if name != "serve"]:
            laboratory.undisturbed(stage)
            print(f"{stage}: {laboratory.seconds[stage]:.1f} s undisturbed", flush=True)
        for number, (stage, share) in enumerate(
            moments(shares, chosen.kills, chosen.seed), start=1
        ):
            whole = laboratory.seconds["run" if stage == "serve" else stage]
            strike = laboratory.served if stage == "serve" else partial(laboratory.struck, stage)
            hit, differing = strike(share * whole)
            hits[stage] += hit
            wrong += [f"{stage} killed at {share:.0%}: {line}" for line in differing]
            print(
                f"{number:3} {stage} at {share:4.0%}: {differing or 'as undisturbed'}", flush=True
            )
    struck = ", ".join(f"{stage} {count}" for stage, count in hits.items())
    print(f"seed {chosen.seed}; killed while at work: {struck}; differences: {len(wrong)}")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
