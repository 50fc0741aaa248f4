"""Which regime followed which, from week to week, and what moved the axes over the last week.

Both as studies, so that an issue may print them and an analyst can query them.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from transforms.axes.attribution import attribution, contributors
from transforms.axes.composite import AXES, components
from transforms.axes.regimes import STATES, quadrants, transitions
from transforms.facts import WEEK
from transforms.outlook.event_study import STUDY_FRAME

STATE_CHANGES, CONTRIBUTIONS = "state_changes", "contributions_1w"
FRIDAY = 5


def state_changes(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """How often which state was followed by which, from week to week: STUDY_FRAME.

    reference: the state; measure: the state of the week after, n: how often any did. A
    week counts when it is over, which the frame tells by a Friday or by a day of the next week.
    """
    states = quadrants(metric_frame)
    day = pl.col("observation_date")
    newest = day.max()
    past = day.dt.truncate("1w") < newest.dt.truncate("1w")
    finished = states.filter(past | (newest.dt.weekday() >= FRIDAY))
    span = finished.select(first_day=day.min(), last_day=day.max())
    return transitions(finished).join(span, how="cross").select(
        study=pl.lit(STATE_CHANGES),
        reference="state",
        measure=pl.col("following").replace_strict({s: then(s) for s in STATES.values()}),
        value=pl.col("count").cast(pl.Float64),
        unit=pl.lit("count"),
        n="of",
        first_day="first_day",
        last_day="last_day",
        known_at=pl.lit(_known_at(metric_frame), pl.Datetime("us")),
    )  # fmt: skip


def then(state: str) -> str:
    """The measure that counts how often a state came the week after."""
    return "then_" + state.replace(",", "").replace(" ", "_")


def contributions(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """What moved each axis over its last five sessions, in points: STUDY_FRAME.

    reference: axis/metric/entity of the five largest, axis/others for the rest, and axis/data for
    what comes of data that came or went; they add up to the change of the axis.
    """
    entering = {*components()["metric"], "block_score", *AXES.values()}
    frame = metric_frame.filter(pl.col("metric").is_in(entering))
    rows = [row for side in AXES for row in _moved(frame, side)]
    return pl.DataFrame(rows, STUDY_FRAME)


def _moved(metric_frame: pl.DataFrame, side: str) -> Iterator[dict[str, object]]:
    axis = metric_frame.filter(metric=AXES[side]).sort("observation_date")
    days = axis["observation_date"].to_list()
    if len(days) <= WEEK:
        return
    before, after = days[-1 - WEEK], days[-1]
    for part in contributors(attribution(metric_frame, side, before, after)).iter_rows(named=True):
        scored = part["reason"] == "score"
        yield {
            "study": CONTRIBUTIONS,
            "reference": "/".join(
                [AXES[side], *([part["metric"], part["entity"]] if scored else [part["reason"]])]
            ),
            "measure": "points",
            "value": part["contribution"],
            "unit": "points",
            "first_day": before,
            "last_day": after,
            "known_at": axis["known_at"][-1],
        }


def _known_at(metric_frame: pl.DataFrame) -> object:
    return metric_frame.filter(pl.col("metric").is_in(AXES.values()))["known_at"].max()
