"""`briefing serve`: Prefect's server behind its door, schedules, and what is made up after a crash."""
