"""What the archive says in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from templates.wording.speller import Speller
from transforms.formulas.printed_value import whole

TITLE = "All issues"
UNIT = "two axes, 0 to 100, by trading day; bands: state; numbers: findings below"
NOTE = "The axes as they are known now; each issue keeps the values that it printed."
WEEKS = "Week by week"
HEADS = ("Issue", "Finding", "State", "Momentum", "Heat", "Read")
MOVES = "Beside a score: its change on the issue before."
SEARCH, STATE, ALL = "Search", "State", "all"
FOUND = "shown"
WEB = "Web"
LIST = "Issue by issue"
NONE = "This issue was not made in English."
INSTEAD = "Read it in"
LEADS = "Read the issue"
FEED = "Feed of the issues (Atom)"


def summary(issues: int, hot: int, _s: Speller) -> str:
    """How many there are."""
    return f"{issues} {'issue' if issues == 1 else 'issues'}, the market hot in {hot}."


def title(scores: Mapping[str, float | None], state: str, since: date | None, s: Speller) -> str:
    """Overheated advance since 12 Jan: momentum 79, heat 60."""
    said = [f"{name} {whole(value)}" for name, value in scores.items() if value is not None]
    told = ", ".join(said) or "no score is known"
    return f"{state} since {s.day(since)}: {told}" if state and since else told.capitalize()
