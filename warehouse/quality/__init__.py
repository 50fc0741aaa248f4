"""Data quality: contract checks, magnitudes, plausibility against loaded data, known errors."""
