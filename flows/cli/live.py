"""`briefing doctor --live`: every source once, and what is printed of what was found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.cli import probe_display as display
from flows.cli.display import Terminal, shown
from flows.monitoring.doctor import Finding
from flows.monitoring.source_probe import Probe, probe, reported
from flows.workspace import Workspace


@dataclass(frozen=True)
class Look:
    """A look at all sources, and how many seconds it took."""

    probe: Probe
    seconds: float

    @property
    def table(self) -> pl.DataFrame:
        """A row for each source."""
        return display.table(self.probe.found)

    def told(
        self,
        findings: Sequence[Finding],
        report: Path | None,
        out: Terminal | None,
        err: Terminal,
    ) -> int:
        """The exit status, once the look is printed, to `out` if there is one, and reported."""
        if said := self.probe.lost or self.probe.silent:
            err.print("\n" + display.no_network(said, err.width), markup=False)
            if report:
                err.print(f"{report}: not written, no source was heard", markup=False)
            return display.Exit.NO_NETWORK
        if out:
            summary = display.summary(self.probe.found, self.seconds, out.width)
            lines = [*display.blocks(self.probe.found, out.width), "\n".join(summary)]
            out.print("\n" + "\n\n".join(lines), markup=False)
        if report:
            reported(self.probe, report)
            err.print(
                f"{report}: columns, types and first rows of each source, no names of people and "
                "nothing of this machine. Look through it before you send it in.",
                markup=False,
            )
        return display.exit_code(findings, self.probe.found, lost=False)


def look_live(ws: Workspace, names: list[str] | None, err: Terminal) -> Look:
    """Ask every source once; progress goes to `err`."""
    began = time.monotonic()
    with shown(err):
        look = probe(ws, names)
    return Look(look, time.monotonic() - began)
