"""Which datasets are told as missing, in which order, and with which last value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, WEEK, frame
from transforms.findings.finding import Finding, Histories
from transforms.findings.gaps import gaps
from transforms.findings.span import Kind, Span
from transforms.issue.missing import ABSENCE
from warehouse.catalog import cutoff

SPAN = Span(BASE, tuple(WEEK), Kind.WEEK)
RSI, OTHER = ("rsi_14", "000300.SH"), ("rsi_14", "000688.SH")
RISING = np.arange(1.0, 51.0)  # 50 on Friday


def lost(dataset: str, since: date | None, series: tuple[str, str] = RSI) -> Sequence[object]:
    """A row of what is missing: a series without the dataset since a day, or ever."""
    return (*series, "ended" if since else "no rows", "", since, dataset, None)


def told(*rows: Sequence[object], ends: int = 0) -> list[Finding]:
    """The findings; the series end so many sessions before Friday."""
    until = len(DAYS) - ends
    known = frame({RSI: RISING, OTHER: RISING * 2}, DAYS[:until])
    histories = Histories(known, ["rsi_14"], FRIDAY)
    return list(gaps(pl.DataFrame(rows, ABSENCE, orient="row"), histories, SPAN))


def names(found: list[Finding]) -> list[str]:
    return [one.entity for one in found]


def test_what_was_lost_last_comes_first_and_what_never_came_last() -> None:
    early, late = DAYS[-20], DAYS[-6]
    rows = [lost("a", None), lost("d", early), lost("c", late), lost("b", late)]

    assert names(told(*rows)) == ["b", "c", "d", "a"]
    assert names(told(*reversed(rows))) == ["b", "c", "d", "a"]


def test_a_dataset_is_told_once_of_the_first_component_by_name() -> None:
    """Of two series that it is missing for, the first by metric, then by entity."""
    since = DAYS[-6]
    rows = [lost("a", since, OTHER), lost("a", since), lost("a", DAYS[-20], OTHER)]
    (one,) = told(*rows, ends=5)

    assert (one.numbers["last"].value, one.numbers["last"].day) == (50.0, since)
    unmeasured = ("ad_line_change_20d", "all")
    (one,) = told(lost("a", since), lost("a", since, unmeasured), ends=5)
    assert dict(one.numbers) == {}


def test_the_last_value_is_the_one_of_the_day_since_when_it_is_missing() -> None:
    (there,) = told(lost("a", DAYS[-6]))
    assert there.numbers["last"].value == 45.0
    assert there.numbers["last"].unit == "index 0-100"
    assert there.rarity.first == DAYS[-6]

    (unmeasured,) = told(lost("a", date(2025, 12, 13)))  # a Saturday
    assert dict(unmeasured.numbers) == {}
    (never,) = told(lost("a", None))
    assert dict(never.numbers) == {}
    assert never.rarity.first == FRIDAY


def test_what_no_axis_needs_or_no_dataset_explains_is_not_told() -> None:
    assert told(lost("a", None, ("unicorn_exits", "CN")), lost("", None)) == []


def test_what_is_missing_is_known_at_the_end_of_the_span() -> None:
    (one,) = told(lost("a", DAYS[-20]))

    assert one.told_at == one.known_at == cutoff(FRIDAY)
    assert (one.kind, one.terms) == ("missing", {"what": "a"})
