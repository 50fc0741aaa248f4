"""The DuckDB file: writing, auditing, publishing, restoring, describing it."""
