"""Limits of hosts that several processes keep together, exactly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from flows.network.circuit_breaker import BLOCK_PAGE
from flows.network.rate_limit import HostPolicies, RequestBlocked
from flows.settings import Host
from tests.lake.services import Services

pytestmark = pytest.mark.lake
NOW = datetime(2026, 1, 20, tzinfo=UTC)
BOOKS = """
import json, sys
from flows.coordination.hosts import Hosts
from flows.coordination.postgres import Postgres
hosts = Hosts(Postgres(sys.argv[1]))
hosts.spent()
print("ready", flush=True)
sys.stdin.readline()
slots = [hosts.book("h", 0.01 * (n % 3 + 1), 100) for n in range(50)]
print(json.dumps([[s.begins, 0.01 * (n % 3 + 1)] for n, s in enumerate(slots) if s]))
"""


@pytest.fixture
def address(services: Services, request: pytest.FixtureRequest) -> str:
    return services.postgres.create(request.node.name[:60])


@pytest.fixture
def limits(address: str) -> Iterator[list]:
    """The limits as two workers have them: pairs of limiter and breaker."""
    from flows.network.shared_limits import shared_limits

    policy = Host(give_up_after=2, cool_down_seconds=0.5, daily_budget=3, jitter_seconds=0)
    slept: list[float] = []
    policies = HostPolicies({"h": policy})
    with (
        shared_limits(address, policies, slept.append) as one,
        shared_limits(address, policies, slept.append) as other,
    ):
        yield [one, other, slept]


def test_processes_never_share_a_slot_nor_exceed_the_quota(address: str):
    books = [
        subprocess.Popen([sys.executable, "-c", BOOKS, address], stdin=-1, stdout=-1, text=True)
        for _ in range(3)
    ]
    assert [one.stdout.readline() for one in books] == ["ready\n"] * 3
    for one in books:
        one.stdin.write("go\n")
        one.stdin.flush()
    taken = [json.loads(one.communicate(timeout=60)[0]) for one in books]
    assert all(taken), "each process had some"
    slots = sorted(slot for some in taken for slot in some)
    assert len(slots) == 100
    gaps = [after - before - pause for (before, pause), (after, _) in pairwise(slots)]
    assert min(gaps) > -1e-5  # microseconds of the database's clock


def test_what_one_has_spent_the_other_has_not(limits):
    (one, _), (other, _), slept = limits
    for limiter in (one, other, one):
        limiter.wait("h")
    assert other.spent == {"h": 3}
    assert slept[0] == 0 and slept[1] > 0.5 and slept[2] > 1.5
    with pytest.raises(RequestBlocked, match="daily quota of 3 requests is spent"):
        other.wait("h")
    other.wait("another host")


def test_a_new_day_begins_with_nothing_spent(limits):
    (one, _), *_ = limits
    for _ in range(3):
        one.wait("h")
    yesterday = "UPDATE briefing_workers.host SET day = day - 1 RETURNING name"
    one.hosts.database.rows(yesterday)
    one.wait("h")
    assert one.spent == {"h": 1}


def test_a_circuit_opens_for_all_and_one_probes(limits):
    import time

    (_, one), (_, other), _ = limits
    one.note(0, "h", "500")
    other.admit("h", NOW)
    other.note(0, "h", "ConnectionError")
    with pytest.raises(RequestBlocked, match="circuit open after 2 failures"):
        one.admit("h", NOW)
    time.sleep(0.6)
    one.admit("h", NOW)
    with pytest.raises(RequestBlocked, match="circuit open"):
        other.admit("h", NOW)
    one.note(0, "h", "200")
    other.admit("h", NOW)


def test_a_block_page_takes_a_success_back(limits):
    (_, one), (_, other), _ = limits
    one.note(0, "h", "500")
    one.note(0, "h", "200")
    one.note(0, "h", BLOCK_PAGE)
    with pytest.raises(RequestBlocked, match="circuit open after 2 failures"):
        other.admit("h", NOW)


def test_a_restart_loses_nothing_and_is_waited_for(limits, services: Services):
    (one, _), (other, _), _ = limits
    one.wait("h")
    services.postgres.restart()
    other.wait("h")
    assert one.spent == {"h": 2}


def test_a_database_that_is_not_there_is_told_at_once():
    from flows.coordination.postgres import Postgres
    from warehouse.errors import CoordinationLost

    with (
        closing(Postgres("host=127.0.0.1 port=1 dbname=none")) as nowhere,
        pytest.raises(CoordinationLost, match=r"cannot be reached: .*[Cc]onnection refused"),
    ):
        nowhere.rows("SELECT 1")


def test_an_address_that_nobody_can_read_is_refused_without_showing_it():
    from flows.coordination.postgres import Postgres
    from warehouse.errors import InputRefused

    with (
        closing(Postgres("postgresql://me:hush@[h/b")) as unreadable,
        pytest.raises(InputRefused, match="cannot be read; write it as libpq does") as refused,
    ):
        unreadable.rows("SELECT 1")
    assert "hush" not in str(refused.value)


def test_a_user_without_rights_is_told_which_one_is_needed(address: str):
    import psycopg

    from flows.coordination.postgres import Postgres
    from warehouse.errors import InputRefused, WarehouseUnavailable
    from warehouse.storage.postgres import RECORDS, session

    with psycopg.connect(address) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    guest = re.sub(r"user=\S+ passfile=\S+", "user=guest password=guest", address)
    with (
        closing(Postgres(guest)) as workers,
        pytest.raises(InputRefused, match=r"permission denied .* right to create schemas"),
    ):
        workers.rows("SELECT 1")
    with (
        session(guest, "the lake") as lake,
        pytest.raises(WarehouseUnavailable, match=r"permission denied .* right to create schemas"),
    ):
        lake.rows(RECORDS[0])
