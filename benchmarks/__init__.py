"""Speed and memory, ours beside a peer, on one machine and in one run: `python -m benchmarks`."""

from datetime import date

AS_OF = date(2026, 1, 13)  # the day of the simulated market on which the demo stands
