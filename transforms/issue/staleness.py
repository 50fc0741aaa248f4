"""Staleness: which core inputs are behind, and since when, so that an issue has nothing new.

Pages, mail, the hold before mailing and `briefing doctor` judge by this alone. What is due on which
day follows from the trading calendar and each dataset's publication rule, so that holidays age
nothing, and an issue of a past day is judged by what was due on that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

GRACE = 2  # trading days that a core input may be behind; a source that fails twice is no news
CORE = {
    "index_daily": "index closes",
    "stock_daily": "share prices",
    "market_turnover": "turnover",
    "margin_market": "margin loans",
}


@dataclass(frozen=True)
class Input:
    """A core input: its newest day, the day that is due, and the trading days between them."""

    dataset: str
    what: str
    newest: date | None
    expected: date | None
    behind: int

    @property
    def stale(self) -> bool:
        """Whether it is stale. What never came is absent instead (transforms.issue.missing)."""
        return self.newest is not None and self.behind > GRACE

    def __str__(self) -> str:
        unit = "trading day" if self.behind == 1 else "trading days"
        lag = f", {self.behind} {unit} behind" if self.behind else ""
        return f"{self.what}: newest {self.newest or 'none'}, expected {self.expected}{lag}"


@dataclass(frozen=True)
class Stale:
    """The stale core inputs, and the newest day that any of them has.

    whole: none of the others reaches the day that is due either.
    """

    inputs: tuple[Input, ...]
    since: date
    whole: bool

    @property
    def what(self) -> str:
        """What is not new: data, or the inputs by name, which a headline has room for two of."""
        first, *others = [one.what for one in self.inputs]
        if self.whole:
            return "data"
        return f"{first} and other core data" if len(others) > 1 else " and ".join([first, *others])


def core_inputs(health: pl.DataFrame) -> tuple[Input, ...]:
    """The core inputs in a freshness table.

    health: its columns dataset, newest_observation, expected_observation, behind.
    """
    rows = {row["dataset"]: row for row in health.iter_rows(named=True)}
    return tuple(
        Input(name, what, row["newest_observation"], row["expected_observation"], row["behind"])
        for name, what in CORE.items()
        if (row := rows.get(name))
    )


def staleness(health: pl.DataFrame) -> Stale | None:
    """What is stale; None if nothing is: then an issue may speak in the present tense."""
    newest = {one: one.newest for one in core_inputs(health) if one.newest is not None}
    still = tuple(one for one in newest if one.stale)
    if not still:
        return None
    whole = all(one.behind for one in newest)
    return Stale(still, max(newest[one] for one in (newest if whole else still)), whole)
