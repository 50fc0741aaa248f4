"""Log lines on a terminal: text, whatever a message quotes."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from flows.service.log_lines import LogLines


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> tuple[LogLines, list[Any]]:
    handler, lines = LogLines(), list[Any]()
    monkeypatch.setattr(handler.console, "print", lambda *a, **k: lines.append((*a, k)))
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler, lines


def record(message: str, *given: Any) -> logging.LogRecord:
    return logging.LogRecord("flows", logging.INFO, "", 0, message, given, None)


def test_marks_stay_as_they_are_and_control_characters_are_written_out(
    printed: tuple[LogLines, list[Any]],
) -> None:
    handler, lines = printed
    handler.emit(record("[red] :x: %s", "a\x1b[31m\nb"))
    as_text = {"soft_wrap": True, "emoji": False, "markup": False}
    assert lines == [("[red] :x: a\\x1b[31m\nb", as_text)]


def test_a_record_that_cannot_be_formatted_ends_nothing(
    printed: tuple[LogLines, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, lines = printed
    wrong: list[Any] = []
    monkeypatch.setattr(handler, "handleError", wrong.append)
    broken = record("%d", "no number")
    handler.emit(broken)
    assert (lines, wrong) == ([], [broken])
