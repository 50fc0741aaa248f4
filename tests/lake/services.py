# ruff: noqa: PLW1509 - no thread runs yet when the servers start
"""Postgres and an S3 server on loopback, in temporary folders, as a team would have them.

Both can be stopped in the middle of a test and started again with all that they hold. They end with
the tests, also when these are killed: start them from the main thread, since the kernel ends them
with the thread that did.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import requests

from flows.lifeline import end_with_parent

LOOPBACK = "127.0.0.1"
OWNER = "briefing"
BUCKET = "lake"
PREFIX = "briefing-lake-"
PATIENCE = 60.0  # seconds until a server must answer; the machine may be busy
HIGHEST = 55_000  # of the ports: SeaweedFS adds 10,000 for gRPC where none is given
MODULES = (
    "duckdb_extension_ducklake",
    "duckdb_extension_postgres_scanner",
    "duckdb_extension_httpfs",
    "psycopg",
)


def missing() -> str | None:
    """What keeps the servers from being started, in a sentence; None where nothing does."""
    lacking = [name for name in MODULES if find_spec(name) is None]
    if weed() is None:
        lacking.append("weed")
    if binaries() is None:
        lacking.append("postgres")
    if lacking:
        return f"`make test-lake` brings what is missing: {', '.join(lacking)}"
    return None


def weed() -> str | None:
    """SeaweedFS's one binary, of this environment or of the machine."""
    own = Path(sys.prefix) / "bin" / "weed"
    return str(own) if own.exists() else shutil.which("weed")


def binaries() -> Path | None:
    """The folder of Postgres' binaries: on Debian they are not in the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(debian[-1]) if debian else None)
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    """A port that nobody listens on, low enough for what SeaweedFS adds to it."""
    while True:
        with suppress(OSError), socket.socket() as probe:  # of a port that is taken
            probe.bind((LOOPBACK, secrets.randbelow(HIGHEST - 20_000) + 20_000))
            return int(probe.getsockname()[1])


def wait_until(ready: object, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when `ready()` is true; fails with the end of the log."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            told = log.read_text(errors="replace")[-2000:]
            message = f"a server did not start ({process.poll()}): {told}"
            raise AssertionError(message)
        time.sleep(0.05)


@dataclass
class Server:
    """A process that can be stopped and started again on the same folder and ports."""

    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it, by default without a chance to tidy up."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None


@dataclass
class Postgres(Server):
    """A Postgres of its own; Postgres refuses root, so root runs it as the user `postgres`."""

    port: int = field(default_factory=free_port)
    password: str = field(default_factory=partial(secrets.token_hex, 8))

    @property
    def passfile(self) -> Path:
        return self.folder.with_name("pgpass")

    def dsn(self, database: str = "postgres") -> str:
        """How libpq reaches a database; the password stands in a file."""
        return (
            f"dbname={database} host={LOOPBACK} port={self.port} user={OWNER} "
            f"passfile={self.passfile}"
        )

    def user(self) -> dict[str, int]:
        """As whom Postgres runs, for subprocess."""
        if os.geteuid():
            return {}
        entry = pwd.getpwnam("postgres")
        return {"user": entry.pw_uid, "group": entry.pw_gid}

    def make(self) -> None:
        """A cluster without a database of ours."""
        tools = binaries()
        assert tools is not None
        self.folder.mkdir()
        if user := self.user():
            os.chown(self.folder, user["user"], user["group"])
        self.passfile.write_text(f"{LOOPBACK}:{self.port}:*:{OWNER}:{self.password}\n")
        self.passfile.chmod(0o600)
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write(self.password)
            secret.flush()
            Path(secret.name).chmod(0o644)  # its name is a secret of seconds
            subprocess.run(
                [tools / "initdb", "-D", self.folder / "data", "-U", OWNER, "--pwfile", secret.name,
                 "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
                check=True, stdout=subprocess.DEVNULL, cwd="/", **self.user(),
            )  # fmt: skip

    def start(self) -> None:
        """It answers once this returns."""
        tools, log = binaries(), self.folder.with_name("postgres.log")
        assert tools is not None
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [tools / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                 "-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories=",
                 "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
                 "-c", "autovacuum=off", "-c", "max_connections=50"],
                stdout=out, stderr=out, cwd="/", **self.user(),
                preexec_fn=partial(end_with_parent, signal.SIGINT),
            )  # fmt: skip
        wait_until(self.answers, self.process, log)

    def answers(self) -> bool:
        """Whether it takes connections."""
        import psycopg

        with suppress(psycopg.OperationalError):
            psycopg.connect(self.dsn(), connect_timeout=2).close()
            return True
        return False

    def restart(self, number: int = signal.SIGINT) -> None:
        """All sessions end; what was committed stays."""
        self.stop(number)
        self.start()

    def create(self, database: str) -> str:
        """A new database, and how it is reached."""
        import psycopg

        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.dsn(database)


@dataclass
class S3(Server):
    """SeaweedFS: master, volumes, filer and its S3 door in one process."""

    ports: dict[str, int] = field(
        default_factory=lambda: {n: free_port() for n in ("master", "volume", "filer", "s3")}
    )
    key: str = "lake-tests"
    secret: str = field(default_factory=partial(secrets.token_hex, 16))

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['s3']}"

    def start(self) -> None:
        """It answers, and the bucket is there, once this returns."""
        program = weed()
        assert program is not None
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        credentials = [{"accessKey": self.key, "secretKey": self.secret}]
        admin = {
            "name": OWNER,
            "credentials": credentials,
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        config, log = self.folder / "s3.json", self.folder / "s3.log"
        config.write_text(json.dumps({"identities": [admin]}))
        listening = [f"-{name}.port={port}" for name, port in self.ports.items()]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [program, f"-logdir={self.folder}", "server", f"-dir={self.folder / 'data'}", f"-ip={LOOPBACK}", "-s3",
                 f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0", *listening,
                 "-master.telemetry=false", "-master.electionTimeout=1s",
                 "-master.volumeSizeLimitMB=256", "-volume.max=100",
                 "-volume.preStopSeconds=0"],
                stdout=out, stderr=out, cwd=self.folder,
                preexec_fn=partial(end_with_parent, signal.SIGKILL),
            )  # fmt: skip
        wait_until(self.answers, self.process, log)

    def answers(self) -> bool:
        """Whether a bucket can be made and the S3 door is open."""
        filer = f"http://{LOOPBACK}:{self.ports['filer']}/buckets/{BUCKET}"
        with suppress(requests.RequestException):
            made = requests.post(f"{filer}/ready", files={"file": b"ready"}, timeout=5)
            seen = requests.get(f"{self.endpoint}/{BUCKET}/ready", timeout=5)
            return made.ok and seen.status_code in {200, 403}
        return False


@dataclass(frozen=True)
class Services:
    """What a team's machines share."""

    postgres: Postgres
    s3: S3

    def settings(self) -> dict[str, str]:
        """The section `warehouse` of the settings, for a lake that nobody has made yet."""
        name = f"lake_{secrets.token_hex(4)}"
        return {
            "lake": f"postgres:{self.postgres.create(name)}",
            "data": f"s3://{BUCKET}/{name}",
            "s3_endpoint": self.s3.endpoint,
            "s3_key_id": self.s3.key,
            "s3_secret": self.s3.secret,
        }


@contextmanager
def running() -> Iterator[Services]:
    """Both servers, until the end."""
    remove_abandoned()
    base = Path(tempfile.mkdtemp(prefix=PREFIX))
    base.chmod(0o755)  # the user `postgres` walks through it
    services = Services(Postgres(base / "postgres"), S3(base / "s3"))
    with (base / "locking").open("w") as lock:  # held for as long as this process lives
        fcntl.flock(lock, fcntl.LOCK_EX)
        (base / "locking").rename(base / "lock")
        try:
            services.postgres.make()
            services.s3.start()
            services.postgres.start()
            yield services
        finally:
            services.s3.stop()
            services.postgres.stop(signal.SIGINT)
            shutil.rmtree(base, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove the folders of earlier runs that were killed: nobody holds their lock any more."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/lock"):
        with suppress(OSError), lock.open("w") as held:  # of another user's run, or held
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
