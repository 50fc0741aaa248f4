"""Companies that had to warn about their own share: announced, and as the rules require it."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, metric, prepared
from transforms.formulas.expressions import latest_known
from transforms.prepared.fluctuation_days import LOOKED_BACK
from transforms.prepared.series import theme_members, while_members

WEEK, MONTH = 5, 20
FEWEST_REPEATED = 3
SEVERE = ("severe_abnormal_fluctuation",)
ABNORMAL = ("abnormal_fluctuation", *SEVERE)
RISK = ("risk_warning", "trading_risk_warning")

rates = Group(unit="count", paper="H19", score=Percentile(), direction="heat")


@prepared
def notices(announcement: pl.DataFrame, market_days: pl.DataFrame) -> pl.DataFrame:
    """Announcements on the first trading day on or after the date that they bear.

    Columns entity, observation_date, known_at, kind; one row per share, day and kind. Those of a
    weekend count on the Monday, and are not there before it.
    """
    days = (
        market_days.filter(pl.col("entity") == "all")
        .select("observation_date")
        .sort("observation_date")
    )
    dated = announcement.select("known_at", "kind", entity="code", date="announcement_date")
    placed = dated.sort("date").join_asof(
        days, left_on="date", right_on="observation_date", strategy="forward", coalesce=False
    )
    return (
        placed.drop_nulls("observation_date")
        .group_by("entity", "observation_date", "kind")
        .agg(pl.col("known_at").max())
        .sort("observation_date", "entity", "kind")
    )


@prepared
def notice_days(
    notices: pl.DataFrame,
    market_days: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Numbers of announcements per trading day, from the first day of announcements on.

    Columns observation_date, known_at, listed (the most stocks that traded on one of 20 days), any,
    abnormal, severe, risk, and abnormal_tech (null where no theme is known).
    """
    kind = pl.col("kind")
    counts = notices.group_by("observation_date").agg(
        any=pl.len(),
        abnormal=kind.is_in(ABNORMAL).sum(),
        severe=kind.is_in(SEVERE).sum(),
        risk=kind.is_in(RISK).sum(),
        of_notices=pl.col("known_at").max(),
    )
    days = market_days.filter(pl.col("entity") == "all").select(
        "observation_date", "known_at", listed="fullest"
    )
    joined = days.join(counts, on="observation_date", how="left", maintain_order="left").join(
        _of_technology(notices, security, theme_membership),
        on="observation_date",
        how="left",
        maintain_order="left",
    )
    known, unknown = theme_membership is not None, pl.lit(None, pl.Int64)
    return joined.filter(pl.col("any").is_not_null().cum_sum() > 0).with_columns(
        pl.col("any", "abnormal", "severe", "risk").fill_null(0).cast(pl.Int64),
        abnormal_tech=(pl.col("abnormal_tech").fill_null(0) if known else unknown).cast(pl.Int64),
        known_at=pl.max_horizontal("known_at", "of_notices"),
    )


def _of_technology(
    notices: pl.DataFrame, security: pl.DataFrame | None, theme_membership: pl.DataFrame | None
) -> pl.DataFrame:
    """Notices of abnormal fluctuation of technology shares by day."""
    rows = notices.filter(pl.col("kind").is_in(ABNORMAL)).with_columns(
        pl.col("entity").cast(pl.Categorical)
    )
    if theme_membership is None:
        return rows.clear().group_by("observation_date").agg(abnormal_tech=pl.len())
    members = theme_members("tech", security, theme_membership)
    one_each = rows.group_by("entity", "observation_date").agg(kinds=pl.len())
    tech = while_members(one_each, members)
    return tech.group_by("observation_date").agg(abnormal_tech=pl.col("kinds").sum())


def _per_thousand(days: pl.DataFrame, column: str, listed: str, window: int) -> pl.DataFrame:
    """Number within five days per 1,000 stocks."""
    rate = 1000 * pl.col(column).rolling_sum(WEEK) / pl.col(listed)
    return days.select(
        "observation_date",
        entity=pl.lit("all"),
        value=pl.when(pl.col(listed) > 0).then(rate),
        n=pl.col(column).rolling_sum(WEEK).cast(pl.Int64),
        known_at=latest_known(window),
    )


def _announced(notice_days: pl.DataFrame, column: str) -> pl.DataFrame:
    """The same where each of the five days has
    announcements at all: else they were not collected.
    """
    looked = pl.col("any").rolling_min(WEEK) > 0
    rows = _per_thousand(notice_days, column, "listed", WEEK)
    return rows.filter(notice_days.select(looked.fill_null(value=False)).to_series())


@rates.metric(window=WEEK)
def abnormal_notices_5d(notice_days: pl.DataFrame) -> pl.DataFrame:
    """1000 × announcements titled 异常波动, severe ones included, within 5 days / listed stocks."""
    return _announced(notice_days, "abnormal")


@rates.metric(window=WEEK)
def severe_notices_5d(notice_days: pl.DataFrame) -> pl.DataFrame:
    """1000 × announcements titled 严重异常波动 within 5 days / listed stocks."""
    return _announced(notice_days, "severe")


@rates.metric(window=WEEK)
def risk_notices_5d(notice_days: pl.DataFrame) -> pl.DataFrame:
    """1000 × announcements titled 风险提示 (of trading or in
    general) within 5 days / listed stocks.
    """
    return _announced(notice_days, "risk")


@metric(unit="fraction", paper="H19", window=MONTH)
def abnormal_notices_tech_share(notice_days: pl.DataFrame) -> pl.DataFrame:
    """Notices of technology shares / notices of abnormal fluctuation, both within 20 days."""
    total, tech = (pl.col(c).rolling_sum(MONTH) for c in ("abnormal", "abnormal_tech"))
    return notice_days.select(
        "observation_date",
        entity=pl.lit("tech"),
        value=pl.when(total > 0).then(tech / total),
        n=total.cast(pl.Int64),
        known_at=latest_known(MONTH),
    )


@metric(unit="count", paper="H19", window=MONTH)
def notice_repeats_20d(notices: pl.DataFrame, market_days: pl.DataFrame) -> pl.DataFrame:
    """Days with a notice of abnormal fluctuation within the last
    20 trading days, where 3 or more.
    """
    days = (
        market_days.filter(pl.col("entity") == "all")
        .select("observation_date")
        .with_row_index("session")
    )
    warned = notices.filter(pl.col("kind").is_in(ABNORMAL))
    once = warned.group_by("entity", "observation_date").agg(pl.col("known_at").max())
    numbered = once.join(days, on="observation_date").sort("entity", "session")
    counted = (
        numbered.with_columns(pl.col("session").cast(pl.Int64))
        .rolling("session", period=f"{MONTH}i", group_by="entity")
        .agg(
            pl.col("observation_date").last(),
            pl.col("known_at").max(),
            value=pl.len().cast(pl.Float64),
        )
    )
    return counted.filter(pl.col("value") >= FEWEST_REPEATED).drop("session")


@rates.metric(window=LOOKED_BACK, block="heat/activity", weight=14, entities=("all",), version=2)
def abnormal_moves_5d(fluctuations: pl.DataFrame) -> pl.DataFrame:
    """1000 × cases of |sum over 1–3 days of (r - r_index)| >= threshold within 5 days /
    eligible stocks; after a case its days no longer count.
    """
    return _per_thousand(fluctuations, "abnormal", "eligible", LOOKED_BACK)


@rates.metric(window=LOOKED_BACK)
def severe_moves_5d(fluctuations: pl.DataFrame) -> pl.DataFrame:
    """1000 × cases of P(t)/P(t-k) - I(t)/I(t-k) >= 1 for a k up to 10, or >= 2 for one up to 30,
    within 5 days / eligible stocks.
    """
    return _per_thousand(fluctuations, "severe", "eligible", LOOKED_BACK)


@metric(unit="ratio", paper="H19", window=LOOKED_BACK + MONTH)
def notices_per_move_20d(notice_days: pl.DataFrame, fluctuations: pl.DataFrame) -> pl.DataFrame:
    """Announced / computed abnormal fluctuations, both within 20 days of which each has notices."""
    computed = fluctuations.select("observation_date", moves="abnormal", of_moves="known_at")
    both = notice_days.join(computed, on="observation_date", how="inner", maintain_order="left")
    notices, moves = (pl.col(c).rolling_sum(MONTH) for c in ("abnormal", "moves"))
    looked = pl.col("any").rolling_min(MONTH) > 0
    return both.select(
        "observation_date",
        entity=pl.lit("all"),
        value=pl.when(looked & (moves > 0)).then(notices / moves),
        n=moves.cast(pl.Int64),
        known_at=pl.max_horizontal(
            latest_known(MONTH), pl.col("of_moves").rolling_max(MONTH, min_samples=1)
        ),
    )
