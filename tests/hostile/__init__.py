"""Random hostile files; `python -m tests.hostile 1000` reports what becomes of them."""
