"""Processes that must not outlive the one that started them, even if that is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """In a child: the kernel sends it this signal when its parent is gone, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def end_with_runner(flow: object, flow_run: object, state: object) -> None:  # noqa: ARG001
    """A flow's hook: a run that `briefing serve` started ends with it.

    It would go on without a server else, beside the run that makes it up.
    """
    if "PREFECT__FLOW_RUN_ID" in os.environ:
        end_with_parent(signal.SIGKILL)
