"""All findings of a day: from which session on there are any, and what is handed in."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import (
    CALENDAR,
    DAYS,
    FRIDAY,
    STAR,
    dated,
    frame,
    known,
    told,
    wobble,
)
from transforms.findings.report import READ, findings
from transforms.issue.missing import ABSENCE
from transforms.issue.restatements import RESTATEMENTS

CLOSES = frame({STAR: wobble()})


def calendar(*days: date) -> dict[str, pl.DataFrame]:
    return {"trade_calendar": pl.DataFrame({"trade_date": list(days)}, {"trade_date": pl.Date})}


@pytest.mark.parametrize("frames", [{}, calendar(), calendar(DAYS[0])])
def test_without_a_session_before_the_last_nothing_is_found(frames):
    assert findings(CLOSES, frames, FRIDAY) == []


def test_sessions_may_come_in_any_order_and_twice():
    mixed = [*reversed(CALENDAR.to_list()), *DAYS[-9:]]
    found = findings(CLOSES, calendar(*mixed), FRIDAY)

    assert found == told({STAR: wobble()})
    assert found


def test_nothing_to_tell_is_nothing_and_not_a_quiet_week():
    assert findings(CLOSES.clear(), calendar(*CALENDAR), FRIDAY) == []


def test_a_gap_is_told_with_the_last_value_of_a_metric_that_nothing_else_reads():
    metric, entity = "turnover_20d_vs_250d", "SSE+SZSE"
    rows = [(metric, entity, "ended", "", DAYS[-20], "market_turnover", None)]
    absent = pl.DataFrame(rows, ABSENCE, orient="row")
    metric_frame = frame({(metric, entity): np.full(len(DAYS) - 19, 1.25)}, DAYS[:-19])
    told_of = [findings(metric_frame, calendar(*CALENDAR), FRIDAY, one) for one in (absent, None)]

    (missing,) = [one for one in told_of[0] if one.kind == "missing"]
    assert missing.numbers["last"].value == 1.25
    assert metric not in READ
    assert told_of[1] == []


def test_a_dataset_that_never_came_is_a_gap_without_a_value():
    rows = [("crowding", "TMT", "no rows", "", None, "sector_daily", None)]
    absent = pl.DataFrame(rows, ABSENCE, orient="row")

    (missing,) = [
        one
        for one in findings(CLOSES, calendar(*CALENDAR), FRIDAY, absent)
        if one.kind == "missing"
    ]
    assert not missing.numbers


def test_what_was_restated_is_told_only_where_it_is_handed_in():
    row = dict.fromkeys(RESTATEMENTS) | {
        "metric": "turnover_cny", "entity": "SSE+SZSE", "field": "value", "value": 2.0,
        "before": 1.0, "value_day": FRIDAY, "before_day": FRIDAY, "unit": "CNY", "why": "source",
        "known_at": known(FRIDAY),
    }  # fmt: skip
    changed = pl.DataFrame([row], RESTATEMENTS)
    with_it = findings(CLOSES, calendar(*CALENDAR), FRIDAY, None, changed)
    without = findings(CLOSES, calendar(*CALENDAR), FRIDAY)

    assert "restated" in {one.kind for one in with_it}
    assert [one for one in with_it if one.kind != "restated"] == without


def test_every_source_of_findings_is_asked():
    """A listing, a notice, money from the mainland and a policy of the week stand beside prices."""
    frames = calendar(*CALENDAR) | {
        "stock_connect": dated(
            [{"direction": "southbound", "trade_date": day, "net_buy_hkd": 1.0} for day in DAYS],
            "trade_date",
        ),
        "announcement": dated(
            [{"code": "600001.SH", "announcement_date": FRIDAY, "kind": "abnormal_fluctuation"}],
            "announcement_date",
        ),
    }
    axes = {("structural_momentum", "CN"): np.full(len(DAYS), 60.0),
            ("overheating", "CN"): np.full(len(DAYS), 40.0)}  # fmt: skip
    flips = {("breadth_up_share", "tech"): np.append(np.full(len(DAYS) - 2, 0.5), [0.8, 0.2])}
    found = findings(frame({STAR: wobble()} | axes | flips), frames, FRIDAY)

    assert {"index_change", "southbound", "warnings", "state", "breadth_flip"} <= {
        one.kind for one in found
    }
