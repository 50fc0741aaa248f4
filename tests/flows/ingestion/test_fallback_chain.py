"""What is said of days that a source answered without, and when two calls are one request."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from flows.ingestion.fallback_chain import not_published, same
from flows.ingestion.load import reported
from warehouse.catalog import Call

DAY = date(2026, 1, 16)


@pytest.mark.parametrize(("count", "more"), [(1, False), (5, False), (6, True)])
def test_days_without_rows_are_named_up_to_five(count: int, more) -> None:
    source = SimpleNamespace(name="SSE", host="query.sse.com.cn")
    job = SimpleNamespace(dataset=SimpleNamespace(name="margin_exchange"))
    days = [DAY + timedelta(days=n) for n in range(count)]
    shown = ", ".join(map(str, days[:5])) + " …" * more

    said = str(not_published(job, source, days))

    assert said.startswith(
        f"SSE (query.sse.com.cn) for margin_exchange: answered without {shown}, on which"
    )


def test_a_request_is_the_same_whatever_days_it_is_read_for() -> None:
    call = Call("f", {"symbol": "a"}, (DAY,), "label")

    assert same(call) == same(Call("f", {"symbol": "a"}, (), "label"))
    for other in (
        Call("g", {"symbol": "a"}, (), "label"),
        Call("f", {"symbol": "b"}, (), "label"),
        Call("f", {"symbol": "a"}, (), "other"),
    ):
        assert same(call) != same(other)


@pytest.mark.parametrize(
    ("reports", "rows"),
    [
        ([], 0),
        (["type says «x.y» × 1,234"], 1234),
        (["type says «x.y» × 7", "type says «x.y» × 80", "type says «z» × 9"], 80),
        (["type says «xzy» × 7"], 0),
    ],
)
def test_a_word_was_reported_in_as_many_rows_as_the_last_report_says(reports, rows) -> None:
    assert reported("«x.y»", reports) == rows
