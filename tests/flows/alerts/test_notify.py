"""The operator is told: once per event, whatever dies in
between, and no secret leaves its place.
"""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter

from flows.alerts import channels, notify
from flows.alerts.messages import Event, Kind
from flows.alerts.notify import ATTEMPTS, PAUSE, reported
from flows.ingestion.results import CollectionIncomplete, Outcome
from flows.monitoring import watch
from flows.settings import Notify, Settings
from flows.weekly import weekly
from flows.workspace import Workspace
from warehouse.errors import (
    DeliveryFailed,
    InputRefused,
    IssueHeld,
    PublishRefused,
    WarehouseUnavailable,
)
from warehouse.shanghai import SHANGHAI
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

SECRET = "tok3n-of-the-operator"
SATURDAY = datetime(2026, 1, 17, 9, tzinfo=SHANGHAI)  # when the issue of 2026-W03 is due
NEWS = Event(Kind.CHANGED, "one", "A subject", "What happened, what to do.")


def ledger(books: Warehouse) -> list[str]:
    rows = books.query("SELECT state FROM meta.notification ORDER BY kind, key, step")
    return rows["state"].to_list()


def held_after_a_shortfall() -> IssueHeld:
    held = IssueHeld("2026-W03", ["index closes since 2026-01-09"], "run `briefing collect`")
    held.__cause__ = CollectionIncomplete([Outcome("index_daily", "CN", missing=["2026-01-16"])])
    return held


def run_that_ends_in(error: Exception | None, ws: Workspace) -> None:
    with reported(ws, "weekly", pings=True):
        if error:
            raise error


def test_an_event_is_told_once(desk: Callable, hook: Any, books: Warehouse) -> None:
    for _ in range(2):
        notify.notify(desk(), [NEWS])
    assert hook.messages == ["A subject"]
    (body,) = [body for _, body in hook.heard]
    assert "What happened, what to do." in body["message"]
    assert str(desk().settings.home) in body["message"]
    assert ledger(books) == ["PREPARED", "SENDING", "SENT"]


def test_a_kill_never_doubles_it(
    desk: Callable, hook: Any, books: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_after(*arguments: Any) -> None:
        channels.send(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notify, "send", die_after)
        with pytest.raises(KeyboardInterrupt):
            notify.notify(desk(), [NEWS])
    notify.notify(desk(SATURDAY + timedelta(days=1)), [NEWS])
    assert hook.messages == ["A subject"]
    assert ledger(books) == ["PREPARED", "SENDING", "UNKNOWN"]


TELLING = """
import sys
from datetime import datetime
from pathlib import Path
from flows.alerts.messages import Event, Kind
from flows.alerts.notify import notify
from flows.settings import Notify, Settings
from flows.workspace import Workspace
home, url = sys.argv[1:]
ws = Workspace(Settings(home=Path(home), notify=Notify(urls=[url])))
notify(ws, [Event(Kind.CHANGED, "one", "A subject", "What happened, what to do.")])
"""


def test_kill_9_while_a_service_is_asked_never_doubles_it(filled: Workspace, hook: Any) -> None:
    """It dies when the service has the message and has not answered yet.

    The next run asks nobody.
    """
    home = filled.settings.home
    run = subprocess.Popen([sys.executable, "-c", TELLING, str(home), hook.url])
    hook.then = run.kill
    assert run.wait() == -signal.SIGKILL
    notify.notify(Workspace(Settings(home=home, notify=Notify(urls=[hook.url]))), [NEWS])
    assert hook.messages == ["A subject"]
    with filled.writing() as warehouse:
        told = warehouse.query("SELECT state FROM meta.notification ORDER BY step")["state"]
    assert told.to_list() == ["PREPARED", "SENDING", "UNKNOWN"]


def test_what_was_not_asked_yet_is_told_after_a_kill(
    desk: Callable, hook: Any, books: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notify, "send_alert", die)
        with pytest.raises(KeyboardInterrupt):
            notify.notify(desk(), [NEWS])
    notify.notify(desk(), [])
    assert hook.messages == ["A subject"]


def test_what_no_service_took_is_tried_again_with_pauses_and_given_up(
    desk: Callable, hook: Any, books: Warehouse
) -> None:
    hook.status, moment = 503, SATURDAY
    for attempt in range(ATTEMPTS + 2):
        notify.notify(desk(moment), [NEWS])
        notify.notify(desk(moment + timedelta(minutes=4)), [NEWS])  # before the pause is over
        moment += PAUSE * 4**attempt
    assert len(hook.messages) == ATTEMPTS
    assert ledger(books)[-1] == State.REFUSED
    detail = books.query("SELECT detail FROM meta.notification ORDER BY step DESC")["detail"][0]
    assert "error=503" in detail


def test_it_is_told_when_the_service_is_back(desk: Callable, hook: Any, books: Warehouse) -> None:
    hook.status = 503
    notify.notify(desk(), [NEWS])
    hook.status = 200
    for later in (PAUSE, 2 * PAUSE):
        notify.notify(desk(SATURDAY + later), [])
    assert hook.messages == ["A subject", "A subject"]
    assert ledger(books) == ["PREPARED", "SENDING", "RETRY", "SENDING", "SENT"]


def test_one_service_is_enough(desk: Callable, hook: Any, books: Warehouse) -> None:
    ws = desk(urls=["json://127.0.0.1:9/gone", hook.url])
    for later in (timedelta(), timedelta(days=1)):
        notify.notify(Workspace(ws.settings, clock=lambda at=SATURDAY + later: at), [NEWS])
    assert hook.messages == ["A subject"]
    detail = books.query("SELECT detail FROM meta.notification ORDER BY step DESC")["detail"][0]
    assert detail.startswith("1 (json): not taken: ")
    assert detail.endswith("; 2 (json): taken")


def test_nobody_is_told_where_nobody_listens(desk: Callable, hook: Any, books: Warehouse) -> None:
    with reported(desk(urls=[]), "weekly", pings=True) as events:
        events.append(NEWS)
    assert (hook.heard, ledger(books)) == ([], [])


@pytest.mark.parametrize(
    ("url", "answer", "taken"),
    [
        ("wecombot://693a91f6-7aaa", {"errcode": 0, "errmsg": "ok"}, True),
        ("wecombot://693a91f6-7aaa", {"errcode": 93000, "errmsg": "invalid webhook url"}, False),
        ("dingtalk://693a91f67aaa/", {"errcode": 310000, "errmsg": "keywords not in content"}, False),
        ("feishu://693a91f6-7aaa", {"StatusCode": 0, "code": 0}, True),
        ("feishu://693a91f6-7aaa", {"code": 19001, "msg": "token 693a91f6-7aaa invalid"}, False),
        ("json://127.0.0.1:9/693a91f6-7aaa", {"code": 200}, True),
        ("wecombot://693a91f6-7aaa", "<html>", False),
    ],
)  # fmt: skip
def test_a_service_that_says_no_with_status_200_has_not_taken_it(
    desk: Callable, monkeypatch: pytest.MonkeyPatch, url: str, answer: Any, *, taken: bool
) -> None:
    """WeCom, DingTalk and Feishu do so for a wrong key; apprise looks at the status alone."""

    def send(_: HTTPAdapter, request: requests.PreparedRequest, **_options: Any) -> Any:
        said = requests.Response()
        said.status_code, said.url = 200, str(request.url)
        said._content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        return said

    monkeypatch.setattr(HTTPAdapter, "send", send)
    (receipt,) = notify.send_test(desk(urls=[url]))
    assert receipt.taken == taken
    assert "693a91f6" not in receipt.said
    if isinstance(answer, dict) and not taken:
        assert str(answer.get("errcode", answer.get("code"))) in receipt.reason


def test_simulated_runs_are_marked(desk: Callable, hook: Any) -> None:
    ws = desk()
    simulated = Workspace(ws.settings, ws.clock, exchange=lambda _: pytest.fail("asked"))
    notify.notify(simulated, [NEWS])
    assert hook.messages == ["SIMULATED: A subject"]


def test_a_warehouse_that_is_gone_is_no_reason_to_be_silent(desk: Callable, hook: Any) -> None:
    ws = desk()
    ws.places.writer.unlink()
    notify.notify(ws, [NEWS])
    assert "so this may be sent again" in hook.heard[0][1]["message"]
    assert not ws.places.writer.exists()


def test_a_run_that_holds_the_ledger_is_no_reason_to_be_silent(
    desk: Callable, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that hangs may be the one that writes; the watch repeats nothing meanwhile."""

    @contextmanager
    def held(_: Workspace) -> Iterator[None]:
        raise WarehouseUnavailable("another run has been writing for 600 s")
        yield

    monkeypatch.setattr(Workspace, "writing", held)
    monkeypatch.setattr(Workspace, "reading_writer", held)
    ws, said = desk(SATURDAY + timedelta(hours=4)), set[tuple[str, str]]()
    for _ in range(2):
        said |= watch.look(ws, SATURDAY - timedelta(days=9), said)
    assert hook.messages == ["Issue 2026-W03 is late"]
    assert "another run has been writing" in hook.heard[0][1]["message"]


def test_no_secret_is_logged_shown_or_booked(
    desk: Callable,
    hook: Any,
    books: Warehouse,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="apprise")
    hook.status = 500
    ws = desk(
        urls=[
            hook.url.replace("://", "://operator:hunter2@"),
            f"tgram://{SECRET}",
            f"nosuch://{SECRET}/hunter2",
            SECRET,
        ],
        ping_url=hook.check,
    )
    with pytest.raises(KeyError):
        run_that_ends_in(KeyError(), ws)
    booked = books.query("FROM meta.notification").write_csv()
    receipts = " ".join(r.said for r in notify.send_test(ws))
    printed = "".join(capfd.readouterr())
    for text in (caplog.text, booked, receipts, printed, repr(ws.settings)):
        assert SECRET not in text
        assert "hunter2" not in text
    assert "notify.ping_url did not take fail: status 500" in caplog.text
    assert "2 (tgram): not taken: is not an address" in receipts


@pytest.mark.parametrize(
    ("error", "end", "told"),
    [
        (None, "", []),
        (held_after_a_shortfall(), "/fail", ["Issue 2026-W03 is held", "Not everything was collected: index_daily"]),
        (PublishRefused("core.x holds 2 rows"), "/fail", ["The warehouse is damaged or cannot be used"]),
        (DeliveryFailed("server down"), "/fail", []),  # retried; each letter speaks for itself
        (ZeroDivisionError("x"), "/fail", ["The run `weekly` ended with an error"]),
    ],
)  # fmt: skip
def test_a_run_says_how_it_ended(
    desk: Callable, hook: Any, error: Exception | None, end: str, told: list[str]
) -> None:
    ws = desk(ping_url=hook.check)
    with pytest.raises(type(error)) if error else nullcontext():
        run_that_ends_in(error, ws)
    assert hook.pings == [f"/ping/{SECRET}/start", f"/ping/{SECRET}{end}"]
    assert hook.messages == told


def test_a_check_that_does_not_answer_stops_nothing(
    desk: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    with reported(desk(urls=[], ping_url=f"http://127.0.0.1:9/{SECRET}?a=b"), "weekly", pings=True):
        done = True
    assert done
    assert "notify.ping_url did not take start: ConnectionError; the run goes on" in caplog.text


def test_the_query_of_a_check_stays_behind_its_path(desk: Callable, hook: Any) -> None:
    ws = desk(ping_url=f"{hook.check}/?create=1")
    channels.ping(ws, "start")
    channels.ping(ws, "success")
    assert hook.pings == [f"/ping/{SECRET}/start?create=1", f"/ping/{SECRET}?create=1"]


def test_the_command_says_of_each_address_whether_it_took_the_test(
    tmp_path: Path, hook: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from flows.cli.commands import main

    def run(*urls: str) -> tuple[int, str]:
        monkeypatch.setenv("BRIEFING_NOTIFY__URLS", json.dumps(urls))
        monkeypatch.setattr("sys.argv", ["briefing", "notify", "test"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            sys.exit(main())
        return int(ended.value.code or 0), "".join(capfd.readouterr())

    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home" / "prefect"))
    assert run(hook.url) == (0, "1 (json): taken\n")
    code, said = run(hook.url, f"nosuch://{SECRET}")
    assert (code, "2 (nosuch): not taken: is not an address that apprise knows" in said) == (
        1,
        True,
    )
    assert run()[0] == 1
    assert hook.messages == ["Test message"] * 2


def test_there_must_be_somebody_to_rehearse_with(desk: Callable) -> None:
    with pytest.raises(
        InputRefused, match=r"no alerts can be sent; set notify\.urls in briefing\.toml"
    ):
        notify.send_test(desk(urls=[]))


def test_a_weekly_run_tells_that_the_issue_is_out(
    simulated: Path, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice is once, and no request of ours is taken for one to an upstream."""
    monkeypatch.setattr("flows.weekly.measure", lambda *_: 0)  # the home was measured as of the day
    monkeypatch.setenv("BRIEFING_NOTIFY__URLS", json.dumps([hook.url]))
    monkeypatch.setenv("BRIEFING_NOTIFY__PING_URL", hook.check)
    for _ in range(2):
        weekly.fn(as_of=date(2026, 1, 13), collect=False, send=True)
    assert hook.messages == ["SIMULATED: Issue 2026-01-13 is out"]
    assert hook.pings == [f"/ping/{SECRET}/start", f"/ping/{SECRET}"] * 2
    asked = "".join(f.read_text("utf-8") for f in simulated.glob("raw/*/requests.csv"))
    assert "127.0.0.1" not in asked


@pytest.mark.parametrize("trouble", [None, DeliveryFailed("550 no such user")])
def test_what_is_missing_is_told_once_also_when_letters_come_to_grief(
    simulated: Path, hook: Any, monkeypatch: pytest.MonkeyPatch, trouble: DeliveryFailed | None
) -> None:
    monkeypatch.setenv("BRIEFING_NOTIFY__URLS", json.dumps([hook.url]))
    monkeypatch.setattr("flows.weekly.measure", lambda *_: 0)

    def gather(*_: Any) -> None:
        raise CollectionIncomplete([Outcome("margin_market", "SSE", missing=["2026-01-13"])])

    def mail_out(*_: Any) -> list[Any]:
        if trouble:
            raise trouble
        return []

    monkeypatch.setattr("flows.weekly.gather", gather)
    monkeypatch.setattr("flows.mailing.mail_out", mail_out)
    with pytest.raises(type(trouble) if trouble else CollectionIncomplete):
        weekly.fn(as_of=date(2026, 1, 13), collect=True, send=True, to=["zoe@example.org"])
    assert hook.messages == ["SIMULATED: Not everything was collected: margin_market"]


def test_a_collection_that_lacks_something_is_told(
    simulated: Path, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import collect

    monkeypatch.setenv("BRIEFING_NOTIFY__URLS", json.dumps([hook.url]))
    short = Outcome("margin_market", "SSE", missing=["2026-01-13"])

    def gather(*_: Any) -> None:
        raise CollectionIncomplete([short])

    monkeypatch.setattr(collect, "gather", gather)
    for _ in range(2):
        with pytest.raises(CollectionIncomplete):
            collect.collect.fn()
    assert hook.messages == ["SIMULATED: Not everything was collected: margin_market"]
    with Reader.open(simulated / "current.duckdb") as reader:
        told = reader.query("SELECT state FROM meta.notification ORDER BY step")["state"]
    assert told.to_list() == [
        "PREPARED",
        "SENDING",
        "SENT",
    ]  # the first run's, published by the second


def test_a_long_part_of_an_address_is_hidden_before_a_part_of_it():
    address = SecretStr("json://host.example/topsecret/topsecretlonger")

    said = channels.scrubbed("asked topsecretlonger and\n topsecret", address)
    assert said == "asked … and …"


@pytest.mark.parametrize(("heard", "told"), [("", channels.UNUSABLE), ("no such  service\n", None)])
def test_an_address_that_no_service_takes_says_why_if_anything_is_known(monkeypatch, heard, told):
    monkeypatch.setattr(channels, "overheard", lambda: nullcontext(StringIO(heard)))
    monkeypatch.setattr(channels.apprise.Apprise, "instantiate", lambda *_, **__: None)
    urls = [SecretStr("nonsense"), SecretStr("JSON://host.example")]
    found = channels.channels(SimpleNamespace(settings=SimpleNamespace(notify=Notify(urls=urls))))

    assert [one.trouble for one in found] == [told or f"{channels.UNUSABLE} no such service"] * 2
    assert [one.label for one in found] == ["1", "2 (json)"]
