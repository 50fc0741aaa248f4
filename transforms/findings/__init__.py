"""Findings: what happened in the week, ranked by how rare it is in its own history."""
