"""How often a call is made: again while an upstream is silent, and never after it has answered."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import requests
import stamina

from flows.ingestion import fetch
from flows.ingestion.fetch import perform
from flows.network.rate_limit import RequestBlocked
from flows.network.transport import open_network
from flows.settings import Settings
from flows.workspace import Workspace
from warehouse.catalog import Call, dataset
from warehouse.errors import SourceChanged, SourceEmpty, SourceUnavailable
from warehouse.response import Response

DATASET = dataset("margin_market")
SOURCE = DATASET.chains[0].sources[0]
NOW = datetime(2026, 1, 20, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_pauses():
    """As many attempts as are made in earnest, and no pause between them."""
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture
def answers(monkeypatch):
    """`answers(a, b)`: what becomes of each attempt, an error or rows; gives what was asked."""

    def install(*given: Exception | pl.DataFrame) -> list[Call]:
        asked: list[Call] = []

        def ask(_source, call, _recorder):
            found = given[len(asked)]
            asked.append(call)
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(fetch, "call_akshare", ask)
        return asked

    return install


def performed(home: Path, attempts: int | None = None):
    call = Call("anything", {}, (NOW.date(),))
    ws = Workspace(Settings(home=home), lambda: NOW)
    with open_network(ws) as recorder:
        return perform(SOURCE, call, recorder, attempts=attempts or ws.attempts)


NOTHING = pl.DataFrame()
SILENT = SourceUnavailable("no answer")


@pytest.mark.parametrize("silences", [0, 1, 2])
def test_a_silent_upstream_is_asked_three_times(answers, tmp_path, silences) -> None:
    asked = answers(*[SILENT] * silences, NOTHING)

    assert performed(tmp_path).rows.is_empty()
    assert len(asked) == silences + 1


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_after_the_last_attempt_it_is_said_to_be_unavailable(answers, tmp_path, attempts) -> None:
    asked = answers(*[SILENT] * 5)

    with pytest.raises(SourceUnavailable):
        performed(tmp_path, attempts)
    assert len(asked) == attempts


@pytest.mark.parametrize("error", [SourceChanged("other columns"), SourceEmpty("nothing yet")])
def test_an_answer_that_says_something_else_is_no_silence(answers, tmp_path, error) -> None:
    asked = answers(error, NOTHING)

    with pytest.raises(type(error)):
        performed(tmp_path)
    assert len(asked) == 1


def test_a_request_that_was_not_made_is_not_repeated(answers, tmp_path) -> None:
    """Its host is left alone for a while: to try again at once would ask it all the same."""
    blocked = SourceUnavailable("not asked")
    blocked.__cause__ = RequestBlocked("the budget is spent")
    asked = answers(blocked, NOTHING)

    with pytest.raises(SourceUnavailable):
        performed(tmp_path)
    assert len(asked) == 1


def test_a_workspace_asks_three_times_and_a_simulated_one_once(tmp_path) -> None:
    settings = Settings(home=tmp_path)

    assert Workspace(settings, lambda: NOW).attempts == 3
    assert Workspace(settings, lambda: NOW, lambda _: None).attempts == 1


@pytest.mark.parametrize(
    ("status", "body", "blocked"),
    [(200, b'{"data": []}', False), (399, b"", False), (400, b"{}", True), (456, b"", True),
     (200, b"  <!DOCTYPE html>", True), (200, b"x" * 200 + b"<html>", False)],
)  # fmt: skip
def test_an_error_and_a_web_page_are_no_data(status, body, blocked) -> None:
    response = requests.Response()
    response.status_code, response._content = status, body

    assert fetch.blocked(response) is blocked


@pytest.mark.parametrize(
    ("body", "nothing"),
    [
        (b'kline_day2026={"code":0,"msg":"","data":{"sh600001":{"day":[],"qt":{}}}}', True),
        (b'kline_dayqfq2026={"code":0,"data":{"sh600001":{"qfqday":[]}}}', True),
        (b'kline_day2026={"code":0,"data":{"sh600001":{"day":[["2026-01-05","9.1"]]}}}', False),
        (b'{"code":0,"holiday":[],"rows":[1]}', False),
    ],
)
def test_a_share_without_bars_of_tencent_is_empty_and_not_changed(body, nothing) -> None:
    reason = "IndexError: positional indexers are out-of-bounds"
    assert fetch.says_nothing(body, reason) is nothing


@pytest.mark.parametrize(
    ("bodies", "rows", "counted"),
    [
        ([b'{"count": 3}'], 3, None),
        ([b'{"total" : 2}', b'{"count": 3}'], 3, None),
        ([b'{"count": 3}'], 2, "2 rows, and the upstream counts 3"),
        ([b'{"data": []}'], 1, "1 rows, and the upstream counts 0"),
        ([], 1, "1 rows, and the upstream counts 0"),
    ],
)
def test_there_are_as_many_rows_as_the_largest_count_of_the_pages(bodies, rows, counted) -> None:
    heard = SimpleNamespace(responses=[Response("https://a.example", 200, b) for b in bodies])
    with pytest.raises(SourceEmpty, match=counted) if counted else nullcontext():
        fetch.insist_on_all(SOURCE, Call("anything"), heard, rows)
