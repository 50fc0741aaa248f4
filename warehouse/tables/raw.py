"""Contracts of `raw`: what upstreams answered, and rows that were set aside."""

from __future__ import annotations

from warehouse.contract import Table, count, text
from warehouse.tables.columns import moment


class Answer(Table):
    """Every answer of an upstream, as published; bodies are kept compressed in the raw archive."""

    dataset = text("Dataset it was asked for")
    source = text("Upstream")
    function = text("akshare function")
    arguments = text("Arguments as JSON")
    fetched_at = moment("When it was fetched")
    rows = count("Rows of the answer")
    published_columns = text("Column names as published, as JSON")
    bodies = text("Files of the raw archive with the response bodies, as JSON")


class Rejected(Table):
    """Rows that broke a rule and were not loaded, and fields that broke one and were loaded as
    null.
    """

    load_id = text("The load in meta.load that set the row aside")
    dataset = text("Dataset")
    rule = text("Name of the rule")
    column_name = text("Column the rule speaks about")
    content = text("The row as received, as JSON")
    lost = text(
        "What was set aside: the `row`, or only the `field` in that column, and the row is in core "
        "without it; null before this was recorded",
        nullable=True,
        pattern="^(row|field)$",
    )
    rejected_at = moment("When it was set aside")
