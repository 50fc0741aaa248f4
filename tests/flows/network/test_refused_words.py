"""What a request that was not made, or an answer that was not taken, says: which host, how much,
and until when.
"""

from __future__ import annotations

import pytest
import requests

from flows.network.circuit_breaker import told_open
from flows.network.payloads import LONGEST, _objection
from flows.network.rate_limit import told_spent
from flows.network.reachability import Reachability
from flows.network.response_limits import Limits, late
from flows.settings import Host


def test_a_spent_quota_names_host_and_requests() -> None:
    said = told_spent("a.example", Host(daily_budget=1200))
    assert said.startswith("a.example: the daily quota of 1,200 requests is spent; ")


def test_an_open_circuit_names_host_failures_and_minutes() -> None:
    said = told_open("a.example", 5, 630.0)
    assert said == ("a.example: circuit open after 5 failures in a row; next attempt in 10 minutes")


def test_an_answer_that_is_too_late_names_host_and_limit() -> None:
    said = str(late(Limits(10.0, 90.0, 50.0), "https://a.example/path?q=1"))
    assert said.startswith("a.example: the response was not complete after 90 s ")


def silent(*hosts: str) -> str:
    reach = Reachability()
    for host in hosts:
        reach.note(host, requests.ConnectTimeout())
    return reach.said


def test_hosts_without_a_connection_are_named_up_to_three() -> None:
    four = ["a.example.cn", "b.example.com", "c.example.org", "d.example.net"]
    assert silent(*four[:1]) == (
        "the network is not reachable, or none of these hosts is (a.example.cn)"
    )
    some = "a.example.cn, b.example.com, c.example.org"
    assert silent(*four[:3]) == f"no network: none of 3 hosts could be reached ({some})"
    assert silent(*four) == f"no network: none of 4 hosts could be reached ({some} and 1 more)"


@pytest.mark.parametrize(
    ("payload", "objection"),
    [
        ("{'data': []}", None),
        ("{'data': [" + " " * LONGEST + "]}",
         f"it has {LONGEST + 12:,} characters, and no table more than {LONGEST:,}"),
        ("open('x')", "ValueError: malformed node or string on line 1"),
        ("{'data': 1}", "it is not {…, 'data': […]}"),
    ],
)  # fmt: skip
def test_what_keeps_a_text_from_being_a_table_is_said(payload, objection) -> None:
    said = _objection(payload)
    assert said == objection or (said and objection and said.startswith(objection))
