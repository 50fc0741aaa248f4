"""The log of requests: what counts for a quota and a circuit after the process is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.network.circuit_breaker import BLOCK_PAGE
from flows.network.request_log import RequestLog, parsed, spent_today
from warehouse.shanghai import SHANGHAI

NOON = datetime(2026, 1, 13, 12, tzinfo=SHANGHAI)


class Counted:
    """A limiter or a breaker that notes what it is told."""

    def __init__(self) -> None:
        self.noted: list[tuple[Any, ...]] = []

    def note(self, *one: Any) -> None:
        self.noted.append(one)


@pytest.fixture
def log(tmp_path: Path) -> RequestLog:
    return RequestLog.of_day(tmp_path / "raw", NOON)


def test_a_day_in_shanghai_has_a_private_file(log: RequestLog, tmp_path: Path) -> None:
    assert log.path == tmp_path / "raw" / "2026-01-13" / "requests.csv"
    assert log.lines() == []
    log.add(NOON, "a.cn", "200", "body.gz", "https://a.cn/x,y")
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700
    stamp = f"{NOON.timestamp():.3f}"
    assert log.lines() == [[stamp, "a.cn", "200", "body.gz", "https://a.cn/x,y"]]


@pytest.mark.parametrize(
    ("line", "sound"),
    [
        (b"1768276800.000,a.cn,200,b,u", True),
        (b"1768276800.000,[::1]:80,ConnectionError,,", False),
        (b"1768276800.000,a-b.cn:80,Read Timeout,,", True),
        (b"1768276800.000,,200,,", True),
        (b"1768276800,a.cn,200,b,u", False),
        (b"1768276800.000,a.cn,20,b,u", False),
        (b"1768276800.000,a.cn,2000,b,u", False),
        (b"1768276800.000,a cn,200,b,u", False),
        (b"1768276800.000,a.cn,200,b", False),
        (b"1768276800.000,a.cn,200,b,u,v", False),
        (b"1768276800.000,a.cn,200,b\0,u", False),
        (b"1768276800.000,a.cn,200,b,\xff", False),
        (b'1768276800.000,a.cn,200,b,"u', False),
        (b"", False),
    ],
)
def test_a_line_that_is_none_of_ours_counts_for_nothing(line: bytes, *, sound: bool) -> None:
    assert (parsed(line) is not None) is sound


def test_quota_and_circuit_are_brought_to_where_the_requests_left_them(
    log: RequestLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.add(NOON, "a.cn", "200", "", "u")
    log.add(NOON, "a.cn", BLOCK_PAGE, "", "u")
    log.add(NOON + timedelta(hours=2), "b.cn", "Timeout", "", "u")  # by a clock that was ahead
    with log.path.open("ab") as file:
        file.write(b"1768276800.0")
    limiter, breaker, later = Counted(), Counted(), NOON + timedelta(hours=1)
    log.resume(limiter, breaker, later)  # type: ignore[arg-type]
    at, now = NOON.timestamp(), later.timestamp()
    assert breaker.noted == [
        (at, "a.cn", "200"),
        (at, "a.cn", BLOCK_PAGE),
        (now, "b.cn", "Timeout"),
    ]
    assert limiter.noted == [(at, "a.cn", later), (now, "b.cn", later)]
    assert "1 damaged lines are left out" in caplog.text


def test_what_a_kill_has_torn_does_not_spoil_the_next_line(
    log: RequestLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.resume(Counted(), Counted(), NOON)  # type: ignore[arg-type]
    assert not log.path.exists()
    log.add(NOON, "a.cn", "200", "", "u")
    whole = log.path.read_bytes()
    log.resume(Counted(), Counted(), NOON)  # type: ignore[arg-type]
    assert (log.path.read_bytes(), caplog.text) == (whole, "")
    log.path.write_bytes(whole + b"176")
    log.resume(Counted(), Counted(), NOON)  # type: ignore[arg-type]
    log.add(NOON, "b.cn", "200", "", "u")
    assert [line[1] for line in log.lines()] == ["a.cn", "b.cn"]


def test_block_pages_are_not_spent(tmp_path: Path, log: RequestLog) -> None:
    for host, status in (
        ("a.cn", "200"),
        ("a.cn", "Timeout"),
        ("a.cn", BLOCK_PAGE),
        ("b.cn", "404"),
    ):
        log.add(NOON, host, status, "", "u")
    assert spent_today(tmp_path, NOON) == {"a.cn": 2, "b.cn": 1}
    assert spent_today(tmp_path, NOON - timedelta(days=1)) == {}
