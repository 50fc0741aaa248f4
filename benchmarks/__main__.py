"""All races, one after another, with the machine they ran on; a few minutes."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import collection, explosive, lppls, metrics, minutes, pages, series, storage
from benchmarks.alone import alone
from benchmarks.ground import laid
from benchmarks.race import Line, table

PACKAGES = ("polars", "duckdb", "pandas", "numpy", "weasyprint")
WHOLE_MARKET = 5400
Lines = Iterator[Line | str]


def machine() -> str:
    """What the figures depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    chip = names[0] if names else platform.processor() or platform.machine()
    return f"{chip}, {os.cpu_count()} CPUs{load}; Python {platform.python_version()}, {packages}"


def market(*, quick: bool) -> Lines:
    """The races that take a whole market, on one that is laid first."""
    stocks = WHOLE_MARKET // 10 if quick else WHOLE_MARKET
    with TemporaryDirectory(prefix="briefing-bench-") as folder:
        home = str(Path(folder) / "home")
        filled = alone(laid, home=home, stocks=stocks)
        rows = int(filled.answer)
        yield Line("import of parquet files", f"{rows:,} bars", filled)
        for part in (metrics, storage, pages):
            yield from part.lines(home, rows)


PARTS: dict[str, Callable[..., Lines]] = {
    "series": series.lines,
    "explosive": explosive.lines,
    "lppls": lppls.lines,
    "market": market,
    "minutes": minutes.lines,
    "collection": collection.lines,
}


def main() -> None:
    """Run the chosen parts and print their table."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--only", choices=PARTS, help="this part only")
    parser.add_argument(
        "--minutes", type=int, default=0, help="so many minute bars, such as 100000000"
    )
    chosen = parser.parse_args()
    PARTS["minutes"] = partial(minutes.lines, rows=chosen.minutes)
    start = time.perf_counter()
    say(machine())
    names = [chosen.only] if chosen.only else list(PARTS)
    found = [line for name in names for line in told(PARTS[name](quick=chosen.quick))]
    say("", *table(line for line in found if isinstance(line, Line)), "")
    say(*(line for line in found if isinstance(line, str)))
    say("Medians; CPU: of all cores together, the fairer one on a busy machine; memory: peak.")
    say(f"{time.perf_counter() - start:.0f} s in all")


def told(lines: Lines) -> Lines:
    """The lines, each announced when it is there."""
    for line in lines:
        sys.stderr.write(f"  {line.what if isinstance(line, Line) else line}\n")
        yield line


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
