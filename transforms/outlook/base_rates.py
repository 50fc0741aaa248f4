"""Reference classes: what followed earlier run-ups of an index (H17), and first days of listings.

An index arms once per run-up: the next event counts only 250 sessions later, and only while the
close is within a fifth of the highest of the last 250, so that rebounds within a crash do not
enter (metrics.md 6.6). Events whose window is not over are listed, not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.formulas.expressions import ROUNDING, SESSIONS_A_YEAR
from transforms.outlook.event_study import EVENT_FRAME, STUDY_FRAME, Studied

Floats = NDArray[np.float64]
RUN_UPS, FIRST_DAYS = "index_run_ups", "first_days"
COOL_DOWN, NEAR_HIGH = 250, 0.80
FORWARD = 250
REGISTRATION = {"STAR": date(2019, 7, 22), "ChiNext": date(2020, 8, 24), "Main": date(2023, 4, 10)}


@dataclass(frozen=True)
class RunUp:
    """A class of events: risen by so much in so many sessions; the fall and window that count."""

    name: str
    sessions: int
    rise: float
    fall: float
    within: int


PRIORS = "published_base_rates"
# Reference, what followed, how often, of how many events (None: not stated).
FOUND_ELSEWHERE: tuple[tuple[str, str, float, int | None], ...] = (
    ("Greenwood, Shleifer and You (2019)", "industry_doubled_in_two_years_then_fell_40", 0.53, 40),
    ("Goetzmann (2015)", "market_doubled_in_a_year_then_halved_in_one", 0.069, None),
    ("Goetzmann (2015)", "market_doubled_in_a_year_then_halved_in_five", 0.172, None),
)

CLASSES = (
    RunUp("20% in 30 sessions", 30, 0.20, -0.40, 500),
    RunUp("30% in 30 sessions", 30, 0.30, -0.40, 500),
    RunUp("50% in 30 sessions", 30, 0.50, -0.40, 500),
    RunUp("doubled in a year", SESSIONS_A_YEAR, 1.00, -0.50, SESSIONS_A_YEAR),
    RunUp("doubled in two years", 2 * SESSIONS_A_YEAR, 1.00, -0.40, 2 * SESSIONS_A_YEAR),
)


def published(ours: pl.DataFrame) -> pl.DataFrame:
    """What others found for run-ups elsewhere, to be held against ours: STUDY_FRAME.

    The two disagree by design: industries against whole markets, a fall from the peak against the
    halving of the price.
    """
    known_at = ours["known_at"].max()
    rows = [
        {"study": PRIORS, "reference": reference, "measure": measure, "value": value,
         "unit": "probability", "n": n, "known_at": known_at}
        for reference, measure, value, n in FOUND_ELSEWHERE
        if ours.height
    ]  # fmt: skip
    return pl.DataFrame(rows, STUDY_FRAME)


def run_ups(metric_frame: pl.DataFrame, indices: tuple[str, ...]) -> Studied:
    """What followed the run-ups of each index, class by class: STUDY_FRAME and EVENT_FRAME."""
    rows: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    closes = metric_frame.filter(pl.col("metric") == "close").sort("observation_date")
    for entity in indices:
        series = closes.filter(pl.col("entity") == entity)
        if series.is_empty():
            continue
        days, known_at = series["observation_date"].to_list(), series["known_at"].max()
        values = series["value"].to_numpy()
        for kind in CLASSES:
            found = list(_followed(values, kind))
            key = {"study": RUN_UPS, "reference": f"{entity} {kind.name}"}
            events += [key | {"entity": entity, "event_date": days[at]} | e for at, e in found]
            dates = [days[at] for at, _ in found]
            span = {"first_day": dates[0], "last_day": dates[-1]} if dates else {}
            summed = _summed([event for _, event in found], kind)
            rows += [key | span | {"known_at": known_at} | row for row in summed]
    return pl.DataFrame(rows, STUDY_FRAME), pl.DataFrame(events, EVENT_FRAME)


def armed(values: Floats, kind: RunUp) -> list[int]:
    """Positions at which a run-up of this class began to count."""
    count = len(values)
    if count <= kind.sessions:
        return []
    rise = np.full(count, -1.0)
    rise[kind.sessions :] = values[kind.sessions :] / values[: -kind.sessions] - 1
    high = pl.Series(values).rolling_max(COOL_DOWN + 1, min_samples=1).to_numpy()
    hits = np.flatnonzero((rise >= kind.rise - ROUNDING) & (values >= NEAR_HIGH * high))
    chosen: list[int] = []
    for at in hits:
        if not chosen or at - chosen[-1] >= COOL_DOWN:
            chosen.append(int(at))
    return chosen


def _followed(values: Floats, kind: RunUp) -> Iterator[tuple[int, dict[str, object]]]:
    """Each event of a class with what followed it."""
    for at in armed(values, kind):
        so_far = min(len(values) - 1 - at, kind.within)
        over = so_far == kind.within
        path = values[at : at + kind.within + 1]
        fall = float((path / np.maximum.accumulate(path) - 1).min())
        ahead = at + FORWARD
        yield (
            at,
            {
                "completed": over,
                "sessions_so_far": so_far,
                "size": float(values[at] / values[at - kind.sessions] - 1),
                "held": float(values[ahead] / values[at] - 1) if ahead < len(values) else None,
                "drawdown": fall if over else None,
            },
        )


def _summed(events: list[dict[str, object]], kind: RunUp) -> Iterator[dict[str, object]]:
    """Numbers of a class: events, completed ones, how many of them fell, the median year ahead."""
    frame = pl.DataFrame(events, {n: t for n, t in EVENT_FRAME.items() if n not in _NAMES})
    over = frame.filter("completed")
    yield _measure("events", frame.height, "count", frame.height)
    yield _measure("completed", over.height, "count", over.height)
    if over.height:
        fell = (over["drawdown"] <= kind.fall + ROUNDING).sum()
        yield _measure("fell", fell, "count", over.height)
        yield _measure("fell_share", fell / over.height, "fraction", over.height)
    ahead = frame["held"].drop_nulls()
    if len(ahead):
        yield _measure("median_250_sessions_ahead", ahead.median(), "fraction", len(ahead))


_NAMES = ("study", "reference", "entity", "event_date", "abnormal")


def _measure(name: str, value: Any, unit: str, n: int) -> dict[str, object]:
    return {"measure": name, "value": float(value), "unit": unit, "n": n}


def first_days(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """First-day returns by venue and year: STUDY_FRAME.

    A-shares count from the registration system of their board on; before, the first day was
    capped at +44 %, and means nothing (H12).
    """
    listings = [_hong_kong(frames.get("ipo_hk")), _mainland(frames.get("ipo_a"))]
    known = [one for one in listings if one is not None and one.height]
    if not known:
        return STUDY_FRAME.to_frame()
    value, money = pl.col("first_day"), pl.col("money")
    year = pl.col("day").dt.year().cast(pl.String)
    by_year = (
        pl.concat(known)
        .with_columns(reference=pl.format("{} {}", "venue", year))
        .sort("reference", "day", "code")
        .group_by("reference", maintain_order=True)
        .agg(
            n=pl.len().cast(pl.Int64),
            first_day=pl.col("day").min(),
            last_day=pl.col("day").max(),
            known_at=pl.col("known_at").max(),
            median=value.median(),
            mean=value.mean(),
            lower_quartile=value.quantile(0.25, "linear"),
            upper_quartile=value.quantile(0.75, "linear"),
            below_offer_share=(value < 0).mean(),
            weighted_by_money=(value * money).sum() / money.filter(money.is_not_null()).sum(),
        )
    )
    measures = ["median", "mean", "lower_quartile", "upper_quartile", "below_offer_share",
                "weighted_by_money"]  # fmt: skip
    return (
        by_year.unpivot(
            measures,
            index=["reference", "n", "first_day", "last_day", "known_at"],
            variable_name="measure",
        )
        .filter(pl.col("value").is_finite())
        .with_columns(study=pl.lit(FIRST_DAYS), unit=pl.lit("fraction"))
        .select(STUDY_FRAME.names())
        .cast(STUDY_FRAME)
    )


def _hong_kong(ipo_hk: pl.DataFrame | None) -> pl.DataFrame | None:
    if ipo_hk is None:
        return None
    raised = pl.col("funds_raised_hkd").cast(pl.Float64)
    offer, close = pl.col("offer_price_hkd"), pl.col("first_day_close_hkd")
    first_day = pl.coalesce("first_day_return", pl.when(offer > 0).then(close / offer - 1))
    return ipo_hk.filter(raised > 0).select(
        "known_at",
        code=pl.col("code").cast(pl.String),
        venue=pl.lit("HK"),
        day="listing_date",
        money=raised,
        first_day=first_day.cast(pl.Float64),
    ).drop_nulls("first_day")  # fmt: skip


def _mainland(ipo_a: pl.DataFrame | None) -> pl.DataFrame | None:
    if ipo_a is None:
        return None
    since = pl.col("board").replace_strict(REGISTRATION, default=None, return_dtype=pl.Date)
    offer, close = pl.col("offer_price_cny"), pl.col("first_day_close_cny")
    first_day = pl.coalesce("first_day_return", pl.when(offer > 0).then(close / offer - 1))
    open_to_all = since.is_null() | (pl.col("listing_date") >= since)
    return ipo_a.filter(open_to_all).select(
        "known_at",
        code=pl.col("code").cast(pl.String),
        venue=pl.col("board").cast(pl.String),
        day="listing_date",
        money=pl.col("proceeds_cny").cast(pl.Float64),
        first_day=first_day.cast(pl.Float64),
    ).drop_nulls("first_day")  # fmt: skip
