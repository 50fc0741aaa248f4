"""Services that carry alerts: what they said, without any part of their addresses."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from flows.alerts import channels
from flows.alerts.channels import PING_SECONDS, Channel, Receipt, overheard, ping, refusal, scrubbed


def channel(address: str, number: int = 2) -> Channel:
    return Channel(number, SecretStr(address), None, "unusable")


@pytest.mark.parametrize(
    ("address", "scheme", "label"),
    [("JSON://a/b", "json", "2 (json)"), ("nothing", "", "2"), ("://x", "", "2")],
)
def test_a_service_is_named_by_its_number_and_kind(address: str, scheme: str, label: str) -> None:
    assert (channel(address).scheme, channel(address).label) == (scheme, label)


def test_a_receipt_says_whether_it_was_taken_and_else_why() -> None:
    assert Receipt(channel("json://a"), taken=True, reason="").said == "2 (json): taken"
    refused = Receipt(channel("json://a"), taken=False, reason="no")
    assert refused.said == "2 (json): not taken: no"


def test_where_nothing_can_be_sent_the_trouble_is_the_reason() -> None:
    assert channels.send(channel("x"), "s", "b").reason == "unusable"
    assert not channels.send(channel("x"), "s", "b").taken


def answer(text: str, status: int = 200) -> requests.Response:
    response = requests.Response()
    response._content, response._content_consumed = text.encode(), True
    response.status_code = status
    return response


@pytest.mark.parametrize(
    ("address", "text", "said"),
    [
        ("wecombot://k", '{"errcode": 1}', '{"errcode": 1}'),
        ("dingtalk://k", '{"errcode": 0}', None),
        ("feishu://k", '{"code": 9}', '{"code": 9}'),
        ("lark://k", '{"errcode": 9}', None),
        ("wecombot://k", "[1]", None),
        ("wecombot://k", "<html>", "the answer is not JSON (status 200)"),
        ("wecombot://k", '{"errcode": 1, "x": "' + "y" * 300 + '"}', 200),
        ("json://k", '{"errcode": 1}', None),
    ],
)
def test_some_services_refuse_with_a_number_in_the_body(address: str, text: str, said: Any) -> None:
    found = refusal(channel(address), answer(text))
    assert (len(found or "") if isinstance(said, int) else found) == said


@pytest.mark.parametrize(
    ("text", "address", "told"),
    [
        ("no secret here", "json://host/token", "no secret here"),
        ("token  at\nhost", "json://host/token", "… at …"),
        ("abc stays", "json://abc/token", "abc stays"),
        ("to%20ken or to ken", "json://host/to%20ken", "… or …"),
        ("name:pass@host", "name:pass@host", "…:…@…"),
        ("longtoken", "json://long/longtoken", "…"),
        ("json is no secret", "json://host", "json is no secret"),
    ],
)
def test_no_part_of_an_address_is_told_but_its_scheme(text: str, address: str, told: str) -> None:
    assert scrubbed(text, SecretStr(address)) == told


def test_what_apprise_says_reaches_no_other_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("apprise")
    before = logger.propagate
    with overheard() as log:
        logger.warning("a secret")
        logger.info("no warning")
    assert "a secret" in log.getvalue()
    assert "no warning" not in log.getvalue()
    assert "a secret" not in caplog.text
    assert logger.propagate is before


PINGS = [
    ("start", "https://a.cn/ping/x/start?q=1"),
    ("success", "https://a.cn/ping/x?q=1"),
    ("fail", "https://a.cn/ping/x/fail?q=1"),
]


@pytest.mark.parametrize(("stage", "url"), PINGS)
def test_a_check_is_told_how_a_run_stands(
    monkeypatch: pytest.MonkeyPatch, stage: Any, url: str
) -> None:
    asked: list[Any] = []

    def get(address: str, **options: Any) -> requests.Response:
        asked.append((address, options))
        return answer("")

    monkeypatch.setattr(channels.requests, "get", get)
    address = SecretStr("https://a.cn/ping/x/?q=1")
    ws: Any = SimpleNamespace(settings=SimpleNamespace(notify=SimpleNamespace(ping_url=address)))
    assert ping(ws, stage) is None
    assert asked == [(url, {"timeout": 10, "stream": True})]
    assert PING_SECONDS == 10


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (answer("", 404), "status 404"),
        (requests.ConnectionError("https://a.cn/secret"), "ConnectionError"),
    ],
)
def test_a_check_that_does_not_take_it_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, met: Any, said: str
) -> None:
    def get(*_: Any, **__: Any) -> requests.Response:
        if isinstance(met, Exception):
            raise met
        return met  # type: ignore[no-any-return]

    monkeypatch.setattr(channels.requests, "get", get)
    address = SecretStr("https://a.cn/secret")
    ws: Any = SimpleNamespace(settings=SimpleNamespace(notify=SimpleNamespace(ping_url=address)))
    assert ping(ws, "start") == said
    assert f"did not take start: {said}" in caplog.text
    assert "secret" not in caplog.text


def test_without_a_check_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels.requests, "get", lambda *_, **__: pytest.fail("asked"))
    ws: Any = SimpleNamespace(settings=SimpleNamespace(notify=SimpleNamespace(ping_url=None)))
    assert ping(ws, "start") is None
