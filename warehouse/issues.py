"""The book of issues: which edition of which week was rendered, under which revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warehouse.store import Reader, Warehouse


def revision(reader: Reader, issue_id: str, language: str, content_hash: str) -> int:
    """The number of an edition: the one it had if it was rendered before, else the next."""
    same = reader.query(
        "SELECT max(revision) FROM mart.issue "
        "WHERE issue_id = ? AND language = ? AND content_hash = ?",
        [issue_id, language, content_hash],
    ).item()
    last = reader.query(
        "SELECT max(revision) FROM mart.issue WHERE issue_id = ? AND language = ?",
        [issue_id, language],
    ).item()
    return int(same or (last or 0) + 1)


def recorded(reader: Reader, issue_id: str, language: str, content_hash: str) -> bool:
    """Whether an edition that says this was rendered before."""
    found = reader.query(
        "SELECT count(*) FROM mart.issue WHERE issue_id = ? AND language = ? AND content_hash = ?",
        [issue_id, language, content_hash],
    )
    return bool(found.item())


def record(warehouse: Warehouse, edition: Mapping[str, Any]) -> None:
    """Write an edition down, once."""
    if not recorded(warehouse, edition["issue_id"], edition["language"], edition["content_hash"]):
        warehouse.append("mart.issue", [edition])


def newest(reader: Reader, issue_id: str, language: str) -> dict[str, Any] | None:
    """The last revision of the latest day of an issue, or None if it was never rendered."""
    rows = reader.query(
        "SELECT * FROM mart.issue WHERE issue_id = ? AND language = ? ORDER BY as_of DESC, revision DESC LIMIT 1",
        [issue_id, language],
    )
    return rows.row(0, named=True) if rows.height else None
