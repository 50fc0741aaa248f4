"""Processes that end with the one that started them."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from flows import lifeline
from flows.lifeline import PR_SET_PDEATHSIG, end_with_parent, end_with_runner


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the kernel is asked for."""
    heard: list[Any] = []

    class Kernel:
        def __init__(self, name: None) -> None:
            assert name is None

        def prctl(self, *what: int) -> None:
            heard.append(what)

    monkeypatch.setattr(lifeline.ctypes, "CDLL", Kernel)
    monkeypatch.setattr(lifeline.sys, "platform", "linux")
    return heard


def test_a_child_is_ended_with_its_parent(asked: list[Any]) -> None:
    end_with_parent()
    end_with_parent(signal.SIGKILL)
    assert asked == [(1, signal.SIGTERM), (1, signal.SIGKILL)]
    assert PR_SET_PDEATHSIG == 1


def test_elsewhere_than_on_linux_the_kernel_is_not_asked(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifeline.sys, "platform", "darwin")
    end_with_parent()
    assert asked == []


def test_a_run_of_a_runner_ends_with_it_and_one_by_hand_does_not(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID", raising=False)
    end_with_runner(None, None, None)
    assert asked == []
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "x")
    end_with_runner(None, None, None)
    assert asked == [(1, signal.SIGKILL)]
