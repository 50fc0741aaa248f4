"""All findings of an evaluation, ranked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

import polars as pl

from transforms.findings.dated_events import policy_events
from transforms.findings.finding import Finding, Histories
from transforms.findings.gaps import gaps
from transforms.findings.levels import levels
from transforms.findings.listings import listings
from transforms.findings.ranking import ranked
from transforms.findings.restated import restated
from transforms.findings.shares import found_in_shares
from transforms.findings.span import Span, span_of
from transforms.findings.states import axes
from transforms.findings.themes import themes
from transforms.findings.told_before import news_first
from transforms.findings.watched import WATCHED, found
from warehouse.catalog import cutoff

# The metrics in which findings are found.
READ = {watched.metric for watched in WATCHED} | {
    "risen_in_5d_share", "breadth_up_share", "limit_up_share", "limit_sealed_rate", "rsi_14",
    "runup_30d_ge_90pct_count", "crowding", "turnover_share", "policy_intensity",
    "policy_frequency_30d", "earnings_growth", "eps_revision_breadth_90d", "explosive_p_value",
    "explosive_weeks", "lppls_confidence_positive", "etf_inflow_20d_cny", "ipo_pipeline_count",
    "abnormal_notices_5d", "structural_momentum", "structural_momentum_low",
    "structural_momentum_high", "overheating", "overheating_low", "overheating_high",
    "composite_coverage", "block_score", "turnover_to_tradable_cap",
}  # fmt: skip


def findings(
    metric_frame: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
    as_of: date,
    absent: pl.DataFrame | None = None,
    changed: pl.DataFrame | None = None,
) -> list[Finding]:
    """What happened in the span that ends on a day, the most surprising first.

    metric_frame: METRIC_FRAME, and frames: the datasets, as known at the end of that day; absent:
    what was not measured and why, of transforms.issue.missing; changed: RESTATEMENTS of the issue
    before (transforms.issue.restatements).
    """
    calendar = frames.get("trade_calendar")
    if calendar is None or calendar.is_empty():
        return []
    sessions = calendar["trade_date"].unique().sort().to_list()
    span = span_of(as_of, sessions)
    if span is None:
        return []
    histories = Histories(metric_frame, READ | _of_absent(absent), span.last)

    known_before = partial(_found_at, histories)
    told = [
        *news_first(list(found(histories, span)), span, sessions, known_before),
        *found_in_shares(frames, histories, span),
        *themes(frames, span),
        *levels(frames, histories, span),
        *listings(frames, histories, span),
        *axes(histories, span),
        *policy_events(frames, span),
        *([] if absent is None else gaps(absent, histories, span)),
        *([] if changed is None else restated(changed)),
    ]
    return ranked(told, span.last, cutoff(span.last)) if told else []


def _found_at(histories: Histories, span: Span) -> list[Finding]:
    """What was found in the watched series at the end of an earlier span."""
    return list(found(histories.known(span.last), span))


def _of_absent(absent: pl.DataFrame | None) -> set[str]:
    """The metrics whose last value is told because nothing newer came."""
    return set() if absent is None else set(absent.drop_nulls("since")["metric"])
