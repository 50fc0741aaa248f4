"""Columns that several tables of the warehouse have: moments, numbers, and provenance."""

from __future__ import annotations

import dataframely as dy

from warehouse.contract import Table, text


def moment(meaning: str, *, key: bool = False, nullable: bool = False) -> dy.Datetime:
    """A point in time, naive UTC."""
    return dy.Datetime(
        primary_key=key, nullable=nullable, time_unit="us", description=meaning + " (UTC)"
    )


def number(meaning: str, unit: str | None = None) -> dy.Float64:
    return dy.Float64(nullable=True, description=meaning, metadata={"unit": unit})


class Provenance(Table):
    """Columns that every row of core carries besides its contract."""

    known_at = moment("When the row became known: fetch time, or publication rule when back-filled")
    source = text("The upstream or file that the row was read from")
    load_id = text("The load in meta.load that wrote the row")


class Superseded(Provenance):
    """Provenance of a value that was believed until a revision replaced it."""

    superseded_at = moment("When a revised value became known")
