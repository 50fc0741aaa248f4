"""Event study of company warnings against shares that had risen as much without one (H20).

A warning comes after a run-up, so what follows it is reversal in part. Each event is therefore
set beside a placebo: the share of the same board, the same decile of the return over 30 bars
and, where it is known, the same third of tradable value, whose return came nearest, and which had
no notice in the three months before. A later notice does not matter: notices follow large moves, so
that shares picked for having none ahead are picked by what came. Only events whose 60 bars are over
count; the others are listed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import default_rng
from numpy.typing import NDArray

from transforms.formulas.forecast_scores import long_run_variance
from transforms.formulas.stock_arrays import bar_numbers, beginnings, earlier
from transforms.prepared.series import classified
from transforms.prepared.stocks import stock_bars

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STUDY = "company_warnings"
KINDS = (
    "abnormal_fluctuation",
    "severe_abnormal_fluctuation",
    "trading_risk_warning",
    "suspension_check",
)
BEFORE, AFTER, RUN_UP = 10, 60, 30
FELL = -0.20
QUIET_DAYS = 90  # calendar days up to an event without a notice, of a placebo
LEAD_DAYS = 120  # calendar days of bars before the first notice
LATEST_START = 30  # calendar days within which trading must go on after a notice
FEWEST_OF_INDUSTRY = 5
DECILES, THIRDS = 10, 3
WEEK_LAGS = 5
DRAWS, SEED = 1000, 20260113

STUDY_FRAME = pl.Schema(
    {
        "study": pl.String(),
        "reference": pl.String(),
        "measure": pl.String(),
        "value": pl.Float64(),
        "unit": pl.String(),
        "n": pl.Int64(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "known_at": pl.Datetime("us"),
    }
)
EVENT_FRAME = pl.Schema(
    {
        "study": pl.String(),
        "reference": pl.String(),
        "entity": pl.String(),
        "event_date": pl.Date(),
        "completed": pl.Boolean(),
        "sessions_so_far": pl.Int64(),
        "size": pl.Float64(),
        "abnormal": pl.Float64(),
        "held": pl.Float64(),
        "drawdown": pl.Float64(),
    }
)
Row = tuple[str, float, str, int]  # measure, value, unit, number of events
Studied = tuple[pl.DataFrame, pl.DataFrame]


@dataclass(frozen=True)
class Followed:
    """What followed each event; arrays of one length, NaN where the window is not over.

    around: abnormal return from 10 bars before to 60 after; after: of bars 1 to 60; held and
    drawdown: from the close of the day itself, as a reader of the notice could have bought it.
    """

    so_far: Ints
    around: Floats
    after: Floats
    held: Floats
    drawdown: Floats
    daily: Floats  # events x bars 1 … 60: abnormal returns, NaN where there is none
    places: Ints  # their rows in the bars, -1 where there is none

    @property
    def completed(self) -> NDArray[np.bool_]:
        return np.asarray(self.so_far >= AFTER)


def warnings(
    stock_daily: pl.DataFrame,
    announcement: pl.DataFrame,
    security: pl.DataFrame | None = None,
    adjustment_factor: pl.DataFrame | None = None,
) -> Studied:
    """The study of company warnings: STUDY_FRAME and EVENT_FRAME, both empty without a notice."""
    nothing = STUDY_FRAME.to_frame(), EVENT_FRAME.to_frame()
    notices = announcement.filter(pl.col("kind").is_in(KINDS)).select(
        "known_at", code=pl.col("code").cast(pl.String), day="announcement_date"
    )
    if notices.is_empty() or stock_daily.is_empty():
        return nothing
    since = pl.lit(notices["day"].min()).dt.offset_by(f"-{LEAD_DAYS}d")
    recent = stock_daily.filter(pl.col("trade_date") >= since)
    if recent.is_empty():
        return nothing
    bars = _bars(recent, adjustment_factor, security)
    noticed = _first_bars(notices, bars)
    events = _first_of_each_run(noticed)
    if events.is_empty():
        return nothing
    matched = _placebos(events, notices, _crowd(bars, events, recent, security))
    followed = follow(bars, events["row"].cast(pl.Int64).to_numpy())
    beside = follow(bars, matched["placebo"].fill_null(-1).to_numpy())
    overlap = 1 - events.height / noticed.height
    rows = _summary(events, followed, beside, bars)
    rows.append(("overlap_share", overlap, "fraction", noticed.height))
    known_at = pl.concat([notices["known_at"], recent["known_at"]]).max()
    return _dated(rows, events, known_at), _listed(events, followed)


def _bars(
    recent: pl.DataFrame, adjustment_factor: pl.DataFrame | None, security: pl.DataFrame | None
) -> pl.DataFrame:
    """Every bar, share after share, by day.

    Columns: entity (Categorical), day, adjusted, abnormal (return over that of its industry, or of
    all shares where fewer than five traded), run_up (over the 30 bars to the day before), bar (its
    number within the share) and row.
    """
    bars = stock_bars.compute(recent, adjustment_factor, None)
    share = bars["entity"].to_physical().to_numpy()
    starts = beginnings(share)
    bar = bar_numbers(np.append(starts, bars.height))
    adjusted = bars["adjusted"].to_numpy()
    before = earlier(adjusted, 1) / earlier(adjusted, 1 + RUN_UP) - 1
    return pl.select(
        entity=bars["entity"],
        day=bars["observation_date"],
        adjusted=bars["adjusted"],
        abnormal=pl.Series(_abnormal(bars, starts, security)),
        run_up=pl.Series(np.where(bar > RUN_UP, before, math.nan)).fill_nan(None),
        bar=pl.Series(bar),
    ).with_row_index("row")


def _abnormal(bars: pl.DataFrame, starts: Ints, security: pl.DataFrame | None) -> Floats:
    """Return of each bar less the mean of its industry on that day, its own return included."""
    part = _industries(bars, starts, security)
    _, day = np.unique(bars["observation_date"].to_physical().to_numpy(), return_inverse=True)
    change = bars["return_1d"].fill_null(math.nan).to_numpy()
    whole, _ = _mean_of(day, change)
    mean, count = _mean_of(day * (int(part.max()) + 1) + part, change)
    return np.asarray(change - np.where((part > 0) & (count >= FEWEST_OF_INDUSTRY), mean, whole))


def _industries(bars: pl.DataFrame, starts: Ints, security: pl.DataFrame | None) -> Ints:
    """The number of the industry in which each bar's share was on that day, 0 if in none."""
    found = np.zeros(bars.height, dtype=np.int64)
    if security is None or "industry" not in security.columns:
        return found
    day = bars["observation_date"].to_physical().to_numpy()
    ends = np.append(starts[1:], bars.height)
    codes = bars["entity"].gather(starts).cast(pl.String)
    of_share = dict(zip(codes, zip(starts, ends, strict=True), strict=True))
    spans = classified(security.drop_nulls("industry")).with_columns(
        pl.col("valid_from", "valid_to").cast(pl.Date).to_physical(),
        industry=pl.col("industry").cast(pl.String).rank("dense"),
    )
    columns = ("entity", "valid_from", "valid_to", "industry")
    for code, since, until, industry in spans.select(columns).iter_rows():
        first, end = of_share.get(str(code), (0, 0))
        days = day[first:end]
        last = end if until is None else first + np.searchsorted(days, until, side="right")
        found[first + np.searchsorted(days, since) : last] = industry
    return found


def _mean_of(group: Ints, values: Floats) -> tuple[Floats, Floats]:
    """Mean and number of the values of each row's group, NaN left out."""
    known = np.isfinite(values)
    size = int(group.max()) + 1
    count = np.bincount(group[known], minlength=size).astype(float)
    total = np.bincount(group[known], values[known], minlength=size)
    return (total / np.maximum(count, 1.0))[group], count[group]


def _newest(security: pl.DataFrame | None, column: str) -> pl.DataFrame:
    """The newest value of a column for each share: code and the column, empty if there is none."""
    if security is None or column not in security.columns:
        return pl.DataFrame(schema={"code": pl.String, column: pl.String})
    newest = security.sort("valid_from").group_by("code", maintain_order=True).last()
    return newest.select(pl.col("code", column).cast(pl.String))


def _crowd(
    bars: pl.DataFrame, events: pl.DataFrame, recent: pl.DataFrame, security: pl.DataFrame | None
) -> pl.DataFrame:
    """All bars of the days of events with what placebos are matched by: board, decile, third.

    The third is that of the tradable value (turnover over turnover rate); -1 where it is unknown.
    """
    days = events.select(day="noticed").unique()
    crowd = bars.join(days, on="day", how="semi").with_columns(
        code=pl.col("entity").cast(pl.String)
    )
    sizes = {"amount_cny", "turnover_rate"}
    size = pl.lit(None, pl.Float64)
    if sizes.issubset(recent.columns):
        wanted = recent.join(days, left_on="trade_date", right_on="day", how="semi")
        rate = pl.col("turnover_rate")
        value = pl.when(rate > 0).then(pl.col("amount_cny") / rate)
        valued = wanted.select(pl.col("code").cast(pl.String), day="trade_date", value=value)
        crowd = crowd.join(valued, on=["code", "day"], how="left")
        size = pl.col("value")
    run_up = pl.col("run_up")
    return crowd.join(_newest(security, "board"), on="code", how="left").with_columns(
        pl.col("board").fill_null(""),
        decile=_part(run_up, DECILES),
        third=_part(size, THIRDS).fill_null(-1.0),
    ).sort("row")  # fmt: skip


def _part(value: pl.Expr, parts: int) -> pl.Expr:
    """Which of so many equal parts of its day a value falls into, from 0; null if unknown."""
    return (value.rank("average") * parts / (value.count() + 1)).floor().over("day")


def _first_bars(notices: pl.DataFrame, bars: pl.DataFrame) -> pl.DataFrame:
    """The first bar of a share on or after each notice: code, noticed, bar, row, run_up."""
    codes = notices["code"].unique()
    of_noticed = bars.filter(pl.col("entity").cast(pl.String).is_in(codes.implode())).select(
        "day", "bar", "row", "run_up", code=pl.col("entity").cast(pl.String), noticed="day"
    )
    found = notices.unique(["code", "day"]).sort("day").join_asof(
        of_noticed.sort("day"),
        on="day",
        by="code",
        strategy="forward",
        tolerance=f"{LATEST_START}d",
        check_sortedness=False,
    )  # fmt: skip
    known = found.drop_nulls("row").unique(["code", "bar"])
    return known.select("code", "noticed", "bar", "row", "run_up").sort("code", "bar")


def _first_of_each_run(noticed: pl.DataFrame) -> pl.DataFrame:
    """The notices that no earlier kept one of the same share precedes within 60 bars."""
    kept: list[bool] = []
    share, last = "", -AFTER
    for code, bar in noticed.select("code", "bar").iter_rows():
        new = code != share or bar - last > AFTER
        share, last = (code, bar) if new else (share, last)
        kept.append(new)
    return noticed.filter(pl.Series(kept, dtype=pl.Boolean))


def _placebos(events: pl.DataFrame, notices: pl.DataFrame, crowd: pl.DataFrame) -> pl.DataFrame:
    """The events in their order, each with `placebo`: the row of its match; null without one."""
    classes = ["day", "board", "decile", "third"]
    wanted = crowd.join(events.select("row"), on="row", how="semi").drop_nulls("run_up")
    calm = _quiet(crowd.select("code", "run_up", *classes, placebo="row"), notices)
    nearest = (
        wanted.select("row", "run_up", *classes)
        .join(calm, on=classes, suffix="_of_placebo")
        .with_columns(gap=(pl.col("run_up") - pl.col("run_up_of_placebo")).abs())
        .sort("row", "gap", "placebo")
        .unique("row", keep="first", maintain_order=True)
    )
    match = nearest.select("row", pl.col("placebo").cast(pl.Int64))
    return events.join(match, on="row", how="left", maintain_order="left")


def _quiet(crowd: pl.DataFrame, notices: pl.DataFrame) -> pl.DataFrame:
    """The bars without a notice of their share on the day or in the three months before it."""
    notified = notices.select("code", notice="day").unique()
    ago = (pl.col("day") - pl.col("notice")).dt.total_days().is_between(0, QUIET_DAYS)
    loud = crowd.select("code", "day", "placebo").join(notified, on="code").filter(ago)
    return crowd.join(loud, on="placebo", how="anti")


def follow(bars: pl.DataFrame, rows: Ints) -> Followed:
    """What followed the bars at `rows`, on each share's own bars; a row of -1 is no event."""
    adjusted, abnormal = bars["adjusted"].to_numpy(), bars["abnormal"].to_numpy()
    first = np.arange(bars.height) - bars["bar"].to_numpy()
    changes = np.append(first[1:] != first[:-1], values=True)
    last = np.flatnonzero(changes)[np.searchsorted(np.flatnonzero(changes), np.arange(len(first)))]
    there, rows = rows >= 0, np.maximum(rows, 0)
    so_far = np.where(there, np.minimum(last[rows] - rows, AFTER), 0)
    over = there & (so_far >= AFTER)
    places = rows[:, None] + np.arange(-BEFORE, AFTER + 1)
    inside = (places >= first[rows][:, None]) & (places <= last[rows][:, None]) & there[:, None]
    safe = np.clip(places, 0, max(bars.height - 1, 0))
    excess = np.where(inside, abnormal[safe], math.nan)
    path = np.where(inside, adjusted[safe], math.nan)[:, BEFORE:]
    peaks = np.fmax.accumulate(path, axis=1)
    falls = np.nan_to_num(path / peaks - 1).min(axis=1)
    return Followed(
        so_far,
        np.where(over, np.nansum(excess, axis=1), math.nan),
        np.where(over, np.nansum(excess[:, BEFORE + 1 :], axis=1), math.nan),
        np.where(over, path[:, -1] / path[:, 0] - 1, math.nan),
        np.where(over, falls, math.nan),
        excess[:, BEFORE + 1 :],
        np.where(inside, places, -1)[:, BEFORE + 1 :],
    )


def _summary(
    events: pl.DataFrame, followed: Followed, beside: Followed, bars: pl.DataFrame
) -> list[Row]:
    """Median, quartiles and shares of events and placebos, and what the difference is worth."""
    both = followed.completed & beside.completed
    return [
        ("events", float(len(followed.so_far)), "count", len(followed.so_far)),
        ("pending", float((~followed.completed).sum()), "count", len(followed.so_far)),
        *_spread("", followed, followed.completed),
        *_spread("placebo_", beside, both),
        *_calendar_time(followed, bars),
        *_difference(events, followed, beside, both),
    ]


def _spread(side: str, one: Followed, chosen: NDArray[np.bool_]) -> list[Row]:
    """Quartiles of each outcome, and the share that fell by a fifth, over the chosen events."""
    count = int(chosen.sum())
    if not count:
        return []
    rows = [(f"{side}completed", float(count), "count", count)]
    outcomes = {
        "around": one.around,
        "after": one.after,
        "held": one.held,
        "drawdown": one.drawdown,
    }
    for name, values in outcomes.items():
        quartiles = np.quantile(values[chosen], (0.25, 0.5, 0.75))
        for part, value in zip(
            ("lower_quartile", "median", "upper_quartile"), quartiles, strict=True
        ):
            rows.append((f"{side}{name}_{part}", float(value), "fraction", count))
    fell = float((one.drawdown[chosen] <= FELL).mean())
    return [*rows, (f"{side}fell_20_share", fell, "fraction", count)]


def _calendar_time(one: Followed, bars: pl.DataFrame) -> list[Row]:
    """T of the daily mean abnormal return of all shares within 60 bars after a notice.

    One number a day, so that many notices in one week count as one observation each day.
    """
    known = (one.places >= 0) & np.isfinite(one.daily)
    if not known.any():
        return []
    codes, days = np.unique(
        bars["day"].to_physical().to_numpy()[one.places[known]], return_inverse=True
    )
    mean = np.bincount(days, one.daily[known]) / np.bincount(days)
    variance = long_run_variance(mean, WEEK_LAGS)
    if not variance > 0:
        return []
    statistic = float(mean.mean()) / math.sqrt(variance / len(mean))
    return [("calendar_time_t", statistic, "t", len(codes))]


def _difference(
    events: pl.DataFrame, one: Followed, other: Followed, both: NDArray[np.bool_]
) -> list[Row]:
    """Mean difference to the placebos after the notice, with its 80 % interval over event weeks."""
    count = int(both.sum())
    if count < 2:
        return []
    gap = (one.after - other.after)[both]
    week = events["noticed"].dt.truncate("1w").to_physical().to_numpy()[both]
    _, weeks = np.unique(week, return_inverse=True)
    sums, sizes = np.bincount(weeks, gap), np.bincount(weeks).astype(float)
    picked = default_rng(SEED).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), DRAWS)
    low, high = np.quantile((picked @ sums) / np.maximum(picked @ sizes, 1.0), (0.1, 0.9))
    fell = (one.drawdown[both] <= FELL).mean() - (other.drawdown[both] <= FELL).mean()
    return [
        ("difference", float(gap.mean()), "fraction", count),
        ("difference_low", float(low), "fraction", len(sums)),
        ("difference_high", float(high), "fraction", len(sums)),
        ("difference_fell_20_share", float(fell), "fraction", count),
    ]


def _dated(rows: list[Row], events: pl.DataFrame, known_at: object) -> pl.DataFrame:
    summed = pl.DataFrame(
        rows,
        schema={"measure": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64},
        orient="row",
    )
    return (
        summed.with_columns(
            study=pl.lit(STUDY),
            reference=pl.lit("CN"),
            first_day=pl.lit(events["noticed"].min(), pl.Date),
            last_day=pl.lit(events["noticed"].max(), pl.Date),
            known_at=pl.lit(known_at, pl.Datetime("us")),
        )
        .select(STUDY_FRAME.names())
        .cast(STUDY_FRAME)
    )


def _listed(events: pl.DataFrame, one: Followed) -> pl.DataFrame:
    """Every event with what followed, or how far it has come."""
    return events.select(
        pl.lit(STUDY).alias("study"),
        pl.lit("CN").alias("reference"),
        entity="code",
        event_date="noticed",
        completed=pl.Series(one.completed),
        sessions_so_far=pl.Series(one.so_far),
        size="run_up",
        abnormal=pl.Series(one.around).fill_nan(None),
        held=pl.Series(one.held).fill_nan(None),
        drawdown=pl.Series(one.drawdown).fill_nan(None),
    ).cast(EVENT_FRAME)
