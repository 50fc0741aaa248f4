"""What a race is, and how its result is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.alone import Disqualified, Run

SHORTEST = 1e-3  # seconds of CPU that can be told from none
MEGABYTE = 1e6  # of files, as file managers count
COLUMNS = ("what", "size", "ours", "CPU", "memory", "peer", "time", "CPU", "memory", "times (CPU)")


@dataclass(frozen=True)
class Line:
    """One line of the table: our figures, and those of a peer where there is one."""

    what: str
    size: str
    ours: Run
    peer: str = ""
    theirs: Run | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """The line as text; `times` says how much longer the peer takes, and how much more CPU."""
        mine = (self.what, self.size, *figures(self.ours))
        if self.theirs is None:
            return (*mine, self.peer, "", "", "", "")
        times = self.theirs.seconds / self.ours.seconds
        work = self.theirs.cpu / max(self.ours.cpu, SHORTEST)
        return (*mine, self.peer, *figures(self.theirs), f"{times:.1f} × ({work:.1f} ×)")


def figures(run: Run) -> tuple[str, str, str]:
    """Time, CPU time and memory."""
    return seconds(run.seconds), seconds(run.cpu), f"{run.peak:,.0f} MB"


def seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s"


def race(
    what: str, size: str, ours: Run, peer: str, theirs: Run, *, within: float, note: str = ""
) -> Line:
    """The line of a race; raises Disqualified unless both answers agree within a relative error."""
    if not math.isclose(ours.answer, theirs.answer, rel_tol=within):
        raise Disqualified(
            f"{what}, {size}: ours says {ours.answer!r}, {peer} says {theirs.answer!r}; "
            "a race between different answers says nothing"
        )
    return Line(what, size, ours, peer, theirs, note)


def growth(what: str, small: tuple[int, Run], large: tuple[int, Run]) -> str:
    """How the work grows with rows, in a sentence.

    In CPU time, which other programs disturb less.
    """
    rows, work = large[0] / small[0], large[1].cpu / small[1].cpu
    exponent = math.log(work) / math.log(rows)
    return f"{what}: {rows:.2f} × the rows take {work:.2f} × the CPU time (exponent {exponent:.2f})"


def table(lines: Iterable[Line]) -> Iterator[str]:
    """The lines in columns as wide as their widest cell."""
    cells = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(COLUMNS))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
