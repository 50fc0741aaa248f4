"""Formulas on arrays and frames, without a word about the market."""
