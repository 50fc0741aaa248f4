"""`briefing serve`: Prefect's server behind its proxy, schedules, and recovery after a crash."""
