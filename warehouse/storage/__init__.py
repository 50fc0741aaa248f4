"""The warehouse, in a file or a lake: writing, auditing, publishing, restoring, describing it."""
