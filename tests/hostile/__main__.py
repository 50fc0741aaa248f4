"""A thousand random hostile files, and what became of each.

`python -m tests.hostile 1000` draws seeds 0 to 999 and prints a table; `python -m tests.hostile 1
--seed 57` shows one. It fails on a traceback, a panic, a hang, a crash, more than 2 GB of memory,
or a loaded value that the file does not say.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from tests.hostile.verdict import FAILURES, MOST_MB, TOLD, Verdict, tried

CHUNK = 50  # seeds of one process, so that a crash costs no more
FEW = 20  # so many files are shown one by one


def chunk(first: int, count: int) -> Iterator[Verdict]:
    """Verdicts of a process of its own: of a crash, its seed remains."""
    command = [sys.executable, "-m", "tests.hostile", str(count), "--seed", str(first), "--lines"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    verdicts = [Verdict(**json.loads(line)) for line in done.stdout.splitlines()]
    yield from verdicts
    if done.stderr.strip():
        yield Verdict(first, "", "", "NOISE", 0, 0, done.stderr[-TOLD:])
    if done.returncode:
        yield Verdict(first + len(verdicts), "", "", "CRASH", 0, 0, f"status {done.returncode}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("count", type=int, nargs="?", default=1000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--lines", action="store_true", help="one JSON object for each file")
    told = asked.parse_args()
    seeds = range(told.seed, told.seed + told.count)
    if told.lines:
        for seed in seeds:
            say(json.dumps(asdict(tried(seed))))
        return
    verdicts = [v for first in seeds[::CHUNK] for v in chunk(first, min(CHUNK, seeds.stop - first))]
    bad = [v for v in verdicts if v.outcome in FAILURES or v.peak_mb > MOST_MB]
    for verdict in bad or (verdicts if len(verdicts) <= FEW else ()):
        say(str(verdict))
    say(f"seeds {seeds.start} to {seeds.stop - 1}")
    for outcome, number in Counter(v.outcome for v in verdicts).most_common():
        say(f"{outcome:12}{number:6,}")
    say(
        f"peak memory {max(v.peak_mb for v in verdicts):,} MB, slowest {max(v.seconds for v in verdicts):.1f} s"
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
