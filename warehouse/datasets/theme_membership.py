"""What counts as «tech», and who belongs to the theme «commercial aerospace»: dated lists."""

from __future__ import annotations

from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication
from warehouse.contract import Table, choice, day, text


class ThemeMembership(Table):
    """Members of a theme: whole industries or single shares, with dates and a list version."""

    theme = choice("Theme", ["tech", "commercial_aerospace"], key=True)
    kind = choice("Whether the member is an industry or a share", ["industry", "code"], key=True)
    member = text("Industry name as in core.security, or share code", key=True)
    valid_from = day("First day on which the member counts", key=True)
    valid_to = day("Last day on which the member counts; null while in force", nullable=True)
    list_version = text("Version of the list, the day on which it was drawn up")
    note = text("Why the member counts", nullable=True)


DATASET = Dataset(
    name="theme_membership",
    label="Theme membership",
    grain="one row per theme, member and interval",
    contract=ThemeMembership,
    publication=Publication(column=None),
    cadence=Reference(),
    reference="theme_membership.csv",
)
