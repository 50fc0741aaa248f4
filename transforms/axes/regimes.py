"""Where the market stands on the map of the two axes, how it came there, and how it moved before.

A state is entered at its threshold and left only after a retreat or after two weeks, so that a
wobble at the line changes nothing (metrics.md 5.6). What is printed decides: an axis is compared
with its lines in whole points, as the reader sees it, so that a heat of 59.86 is 60, and hot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from transforms.formulas.printed_value import whole, wholes

ADVANCE, FADING = 55, 45
HOT = 60
RETREAT = 5
TWO_WEEKS = 10
TRAIL_WEEKS = 8
STATES = {
    (1, True): "overheated advance",
    (1, False): "healthy advance",
    (0, True): "undecided, hot",
    (0, False): "undecided",
    (-1, True): "froth without trend",
    (-1, False): "fading",
}


def region(momentum: float, heat: float, state: str | None = None) -> str:
    """The state in whose region of the map a point lies, by the lines that hold in `state`.

    A state keeps its region up to its retreat: the point of a day, its region and the state of
    that day (`quadrants`) are the same thing. None: as if nothing held, by the lines of 45, 55
    and 60 alone; where that differs from the state, the state only holds.
    """
    return _region(whole(momentum), whole(heat), state)


def _region(points: int, warmth: int, state: str | None = None) -> str:
    """The same of axes in whole points."""
    direction, hot = _place(state)
    up = points >= ADVANCE - RETREAT * (direction == 1)
    down = points < FADING or (direction == -1 and points <= FADING + RETREAT)
    return STATES[int(up) - int(down and not up), warmth >= HOT - RETREAT * hot]


def _place(state: str | None) -> tuple[int, bool]:
    """Direction and heat of a state; the middle of the map for None."""
    return next((key for key, name in STATES.items() if name == state), (0, False))


@dataclass(frozen=True)
class Border:
    """A line of an axis, what crossing it from the present state does, and whether downwards.

    line: in whole points, compared with the axis as it is printed.
    """

    axis: str
    line: int
    effect: str
    below: bool


def borders(state: str | None) -> tuple[Border, ...]:
    """The lines at which the market would leave a state, the nearer one of each axis first.

    A state that holds is left beyond its retreat and not at the line where it began: an axis that
    turned hot at 60 and stands at 59 has nothing before it at 60. None: as if nothing held.
    """
    up, heat = _place(state)
    momentum, heating = "structural_momentum", "overheating"
    begins = Border(momentum, ADVANCE, "advance begins", below=False)
    ends = Border(momentum, ADVANCE - RETREAT, "advance ends", below=True)
    fades = Border(momentum, FADING, "fading begins", below=True)
    recovers = Border(momentum, FADING + RETREAT, "fading ends", below=False)
    of_momentum = {1: (ends, fades), 0: (begins, fades), -1: (recovers, begins)}[up]
    hotter = Border(heating, HOT, "turns hot", below=False)
    cooler = Border(heating, HOT - RETREAT, "cools", below=True)
    return (*of_momentum, cooler if heat else hotter)


def quadrants(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """State of the market per day, sorted: observation_date, momentum, heat, state and its history.

    Momentum printed as 55 or more is an advance, under 45 fading, heat of 60 or more hot. A state
    is entered at its threshold and left after a retreat of 5 points beyond it or after two weeks
    (10 sessions) on the other side (5.6). Between 45 and 55 momentum is undecided.

    held: whether the state only holds, as the point lies beyond its lines; since: the first day of
    this run of the state; first_observation, n_obs: the first day with a state and how many there
    are up to this one, in the frame that is given.
    """
    days = (
        _axis(metric_frame, "structural_momentum", "momentum")
        .join(_axis(metric_frame, "overheating", "heat"), on="observation_date")
        .sort("observation_date")
    )
    momentum, heat = (wholes(days[name].to_numpy()) for name in ("momentum", "heat"))
    rising = _held([(points - ADVANCE, points >= ADVANCE) for points in momentum])
    fading = _held([(FADING - points, points < FADING) for points in momentum])
    hot = _held([(points - HOT, points >= HOT) for points in heat])
    states = [
        STATES[int(up) - int(down and not up), warm]
        for up, down, warm in zip(rising, fading, hot, strict=True)
    ]
    plain = [_region(*point) for point in zip(momentum, heat, strict=True)]
    state, day = pl.col("state"), pl.col("observation_date")
    return days.with_columns(
        state=pl.Series(states, dtype=pl.String),
        held=pl.Series(plain, dtype=pl.String) != pl.Series(states, dtype=pl.String),
    ).with_columns(
        since=day.first().over(state.rle_id()),
        first_observation=day.min(),
        n_obs=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
    )


def _axis(metric_frame: pl.DataFrame, metric_id: str, name: str) -> pl.DataFrame:
    rows = metric_frame.filter(pl.col("metric") == metric_id)
    return rows.select("observation_date", pl.col("value").alias(name))


def _held(days: Iterable[tuple[int, bool]]) -> Iterator[bool]:
    """Whether the state is on, from the points beyond its threshold and whether it is reached."""
    on, days_out = False, 0
    for beyond, reached in days:
        days_out = 0 if reached else days_out + 1
        on = reached or (on and beyond >= -RETREAT and days_out < TWO_WEEKS)
        yield on


def weekly_states(states: pl.DataFrame) -> pl.DataFrame:
    """The last day of each week that has one; the running week as it stands."""
    week = pl.col("observation_date").dt.truncate("1w")
    return states.sort("observation_date").group_by(week.alias("week")).last().sort("week")


def trail(states: pl.DataFrame, weeks: int = TRAIL_WEEKS) -> pl.DataFrame:
    """The way to where the market stands: the ends of the weeks before and the newest day."""
    return weekly_states(states).tail(weeks + 1).select(states.columns)


def transitions(states: pl.DataFrame) -> pl.DataFrame:
    """How often a week's state was followed by which: state, following, count, of.

    states: from quadrants; `of` is how often the state was followed by any: the share count / of
    is no probability while `of` is small.
    """
    weeks = weekly_states(states).select("state", following=pl.col("state").shift(-1))
    counts = weeks.drop_nulls().group_by("state", "following").agg(count=pl.len())
    return (
        counts.with_columns(pl.col("count").cast(pl.Int64))
        .with_columns(of=pl.col("count").sum().over("state"))
        .sort("state", "following")
    )
