"""The servers of the lake's tests: started, stopped, and started again with all that they hold."""

from __future__ import annotations

import fcntl
import tempfile
from pathlib import Path

import pytest
import requests

from tests.lake.services import BUCKET, PREFIX, Services, remove_abandoned

pytestmark = pytest.mark.lake


def test_what_was_stored_survives_a_restart(services: Services):
    import psycopg

    dsn = services.postgres.create("survives")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS x")
    services.postgres.restart()
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT x FROM t").fetchone() == (7,)
    services.s3.stop()
    assert not services.s3.answers()
    services.s3.start()
    assert services.s3.answers()


def test_nobody_reads_the_bucket_without_keys(services: Services):
    assert requests.get(f"{services.s3.endpoint}/{BUCKET}/ready", timeout=5).status_code == 403


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used, foreign = (tmp_path / f"{PREFIX}{n}" for n in ("left", "used", "foreign"))
    for folder in (left, used, foreign):
        folder.mkdir()
    (left / "lock").touch()
    with (used / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_abandoned()
    assert sorted(tmp_path.iterdir()) == [foreign, used]
