"""Minute bars reduced to figures of days, a partition at a time."""
