"""Queries and entries of flows: collection log, coverage, evaluations, issues, letters, alerts."""
