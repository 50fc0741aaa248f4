"""The datasets: one file per table of core, with its contract and its sources."""
