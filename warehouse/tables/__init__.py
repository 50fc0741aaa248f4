"""Contracts of the warehouse's own tables."""
