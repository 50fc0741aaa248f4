"""`briefing bootstrap`: the past that a good first issue needs, planned, and read in stages."""
