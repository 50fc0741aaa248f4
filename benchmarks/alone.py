"""A contestant in a process of its own: nobody pays for what somebody else left in memory.

A contestant is a function that prepares its input and returns the tasks to be timed, one or more
callables. What a task returns is the answer; contestants of one race must give the same.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Task = Callable[[], float]
Contestant = Callable[..., Sequence[Task]]
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Run:
    """What a contestant did: medians of its tasks' seconds and of their seconds of CPU, on all
    cores together; peak memory in MB; its last answer.
    """

    seconds: float
    cpu: float
    peak: float
    answer: float


class Disqualified(Exception):
    """A contestant failed or gave another answer."""


def alone(contestant: Contestant, **arguments: str | float) -> Run:
    """The contestant's figures, from a fresh interpreter.

    Raises Disqualified with the end of its output when it fails.
    """
    name = f"{contestant.__module__}:{contestant.__qualname__}"
    command = [sys.executable, "-m", "benchmarks.alone", name, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter and arguments
    if done.returncode:
        raise Disqualified(f"{name}({arguments}) failed:\n{done.stderr[-2000:]}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def peak_memory() -> float:
    """The most memory that this process ever held, in MB.

    Linux counts the parent's peak into ru_maxrss of a child, and tells the child's own in /proc.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MEGABYTE
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def perform(name: str, arguments: str) -> Run:
    """Prepare, then time each task."""
    module, _, function = name.partition(":")
    tasks = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    seconds, cpu, answer = [], [], 0.0
    for task in tasks:
        start, worked = time.perf_counter(), time.process_time()
        answer = task()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - worked)
    return Run(median(seconds), median(cpu), peak_memory(), float(answer))


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(vars(perform(*sys.argv[1:]))) + "\n")
