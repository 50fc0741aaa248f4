"""The last page: what the metrics cited before mean, and what this paper is not."""

from __future__ import annotations

from transforms.issue.issue import Issue

SLUG, TITLE = "definitions", "Definitions, notice"


def build(_issue: Issue) -> None:
    """Nothing of the issue's own: the template is handed the metrics that the pages cite."""
