"""Applications for listing on the mainland: where they stand, and how many get through (M12).

The upstream shows every application with its newest status only. What stood where on a day is
therefore follows from the statuses seen by then, and is complete only from the first collection on:
of the years before, the statuses in between are lost.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from transforms.engine.metric import FEWEST_WEEKS, Group, Percentile, prepared
from warehouse.shanghai import AHEAD_OF_UTC

OVER = ["registered", "ended"]
RUNNING = "running"
NINETY_DAYS = timedelta(days=90)
FEWEST_APPLICATIONS = 10
MEETINGS_OF, FEWEST_MEETINGS = "1y", 10

stages = Group(unit="fraction", paper="M12", direction="momentum")


@prepared
def applications(ipo_pipeline: pl.DataFrame) -> pl.DataFrame:
    """Statuses in the order in which they became known: application, stage, before (the stage it
    left, null for the first), seen_on (day in Shanghai), known_at.
    """
    application = pl.concat_str("company", "board", separator="|")
    seen = ipo_pipeline.select(
        "known_at",
        "updated_on",
        application=application,
        stage=pl.col("stage").cast(pl.String),
        seen_on=(pl.col("known_at") + AHEAD_OF_UTC).dt.date(),
    ).sort("application", "known_at", "updated_on")
    newest = pl.col("updated_on") == pl.col("updated_on").cum_max().over("application")
    before = pl.col("stage").shift().over("application")
    moves = seen.filter(newest).with_columns(before=before)
    return moves.filter(pl.col("before").is_null() | (pl.col("before") != pl.col("stage")))


@stages.metric(unit="count")
def ipo_pipeline_count(applications: pl.DataFrame) -> pl.DataFrame:
    """Applications whose newest status known is of the stage, on each day with a change of it."""
    moves = applications.sort("known_at", "application")
    come = moves.select("seen_on", "known_at", entity="stage", step=pl.lit(1, pl.Int64))
    gone = moves.drop_nulls("before").select(
        "seen_on", "known_at", entity="before", step=pl.lit(-1, pl.Int64)
    )
    steps = pl.concat([come, gone])
    running = steps.filter(~pl.col("entity").is_in(OVER)).with_columns(entity=pl.lit(RUNNING))
    return _standing(pl.concat([steps, running])).with_columns(
        value=pl.col("standing").cast(pl.Float64)
    )


def _standing(steps: pl.DataFrame) -> pl.DataFrame:
    """How many have come and not gone: entity, observation_date, standing, known_at.

    steps: entity, seen_on, step (+1 or -1), known_at.
    """
    days = (
        steps.group_by("entity", observation_date="seen_on")
        .agg(pl.col("step").sum(), pl.col("known_at").max())
        .sort("entity", "observation_date")
    )
    return days.with_columns(
        pl.col("known_at").cum_max().over("entity"),
        standing=pl.col("step").cum_sum().over("entity"),
    ).drop("step")


@stages.metric(unit="count", window=7)
def ipo_pipeline_change_7d(ipo_pipeline_count: pl.DataFrame) -> pl.DataFrame:
    """Count now - count seven days before, for each stage on each day with news of any.

    From the eighth day of the first stage on.
    """
    key = ["entity", "observation_date"]
    counts = ipo_pipeline_count.select(*key, "known_at", standing="value").sort("observation_date")
    news = counts.group_by("observation_date").agg(pl.col("known_at").max())
    first = counts["observation_date"].min()
    days = (
        news.filter(pl.col("observation_date") >= pl.lit(first).dt.offset_by("7d"))
        .with_columns(ago=pl.col("observation_date").dt.offset_by("-7d"))
        .join(counts.select(pl.col("entity").unique()), how="cross")
        .sort("observation_date")
    )
    now = days.join_asof(
        counts, on="observation_date", by="entity", suffix="_of", check_sortedness=False
    )
    both = now.sort("ago").join_asof(
        counts.select("entity", ago="observation_date", before="standing"),
        on="ago",
        by="entity",
        check_sortedness=False,
    )
    standing, before = pl.col("standing").fill_null(0.0), pl.col("before").fill_null(0.0)
    return both.select(*key, "known_at", value=standing - before).sort(*key)


@stages.metric(window=90)
def ipo_registration_rate_90d(applications: pl.DataFrame) -> pl.DataFrame:
    """Registered by t of those running at t - 90 days / running at t - 90 days; n = the latter."""
    lives = (
        applications.sort("known_at", "application")
        .group_by("application", maintain_order=True)
        .agg(
            begun=pl.col("seen_on").filter(~pl.col("stage").is_in(OVER)).min(),
            over=pl.col("seen_on").filter(pl.col("stage").is_in(OVER)).min(),
            registered=pl.col("seen_on").filter(pl.col("stage") == "registered").min(),
        )
        .filter(pl.col("begun") < pl.col("over").fill_null(pl.date(9999, 1, 1)))
    )
    later = lives.with_columns(pl.col("begun", "over") + NINETY_DAYS)
    through = later.filter(pl.col("registered") + NINETY_DAYS == pl.col("over"))
    entered = pl.max_horizontal("begun", "registered")
    rate = _counted(applications, later, pl.col("begun"), "running").join(
        _counted(applications, through, entered, "through"), on="observation_date"
    )
    enough = rate.filter(pl.col("running") >= FEWEST_APPLICATIONS)
    return enough.select(
        "observation_date",
        "known_at",
        entity=pl.lit("A"),
        value=pl.col("through") / pl.col("running"),
        n="running",
    )


def _counted(
    applications: pl.DataFrame, lives: pl.DataFrame, begun: pl.Expr, name: str
) -> pl.DataFrame:
    """How many lives cover each day with news: observation_date, known_at and the count."""
    days = (
        applications.group_by(observation_date="seen_on")
        .agg(pl.col("known_at").max())
        .sort("observation_date")
        .with_columns(pl.col("known_at").cum_max())
    )
    starts = lives.select(observation_date=begun, step=pl.lit(1, pl.Int64))
    ends = lives.select(observation_date="over", step=pl.lit(-1, pl.Int64)).drop_nulls()
    steps = pl.concat([starts, ends]).group_by("observation_date").agg(pl.col("step").sum())
    count = steps.sort("observation_date").select(
        "observation_date", pl.col("step").cum_sum().alias(name)
    )
    return days.join_asof(count, on="observation_date").with_columns(pl.col(name).fill_null(0))


@stages.metric(window=250, score=Percentile(FEWEST_WEEKS))
def ipo_review_pass_rate_12m(ipo_review: pl.DataFrame) -> pl.DataFrame:
    """Passed / (passed + refused + deferred + cancelled) of twelve months, ten or more; n =
    meetings.
    """
    outcome = pl.col("outcome").cast(pl.String)
    days = (
        ipo_review.filter(outcome != "other")
        .group_by(observation_date="review_date")
        .agg(
            pl.col("known_at").max(),
            passed=(outcome == "passed").sum().cast(pl.Int64),
            n=pl.len().cast(pl.Int64),
        )
        .sort("observation_date")
    )
    day = pl.col("observation_date")
    sums = pl.col("passed", "n").rolling_sum_by("observation_date", MEETINGS_OF)
    years = days.with_columns(sums, pl.col("known_at").cum_max())
    full = years.filter(day >= day.min().dt.offset_by(MEETINGS_OF), pl.col("n") >= FEWEST_MEETINGS)
    return full.with_columns(entity=pl.lit("A"), value=pl.col("passed") / pl.col("n"))
