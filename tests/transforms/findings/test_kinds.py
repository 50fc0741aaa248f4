"""The contract of kinds: whatever the market, a finding has the roles, units and terms declared."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import (
    BALANCE,
    DAYS,
    FRIDAY,
    STAR,
    TURNOVER,
    all_frames,
    all_metrics,
    ebbing,
    frame,
    told,
    told_of,
    wobble,
)
from transforms.engine.metric import metrics
from transforms.findings.facts import READS, finding_facts
from transforms.findings.finding import Finding
from transforms.findings.kinds import KINDS, TERMS
from transforms.findings.watched import WATCHED
from transforms.issue.missing import ABSENCE
from warehouse.catalog import cutoff

AS_DECLARED = "as declared"
ELSEWHERE = {"policy_event", "restated"}  # found by others


def absent() -> pl.DataFrame:
    """A component of an axis whose dataset ended, and one that never came."""
    rows = [
        ("rsi_14", "000688.SH", "ended", "", DAYS[-10], "index_daily", None),
        ("crowding", "TMT", "no rows", "", None, "sector_daily", None),
    ]
    return pl.DataFrame(rows, ABSENCE, orient="row")


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    """Findings of random markets, and of some in which what is seldom happens."""
    drawn = []
    for seed in range(2):
        draw = np.random.default_rng(seed)
        drawn += told(dict(all_metrics(draw)), all_frames(draw), absent=absent())
    calm, low = wobble(size=0.001), wobble()
    low[-5:] *= 0.5
    rise = np.append(ebbing()[:-1], 5000.0)
    share = rise / 10_000
    crowded = {("crowding", "TMT"): share, ("turnover_share", "TMT"): share, BALANCE: rise}
    crowded |= {("breadth_up_share", "tech"): share}
    without_heat = {
        key: values
        for key, values in all_metrics(np.random.default_rng(0))
        if key != ("overheating", "CN")
    }
    drawn += told({STAR: calm}) + told({STAR: low}) + told({STAR: rise, TURNOVER: rise} | crowded)
    return drawn + told({TURNOVER: ebbing()}) + told(without_heat)


def test_every_kind_is_found_somewhere(found) -> None:
    assert {one.kind for one in found} == KINDS.keys() - ELSEWHERE


def test_a_finding_has_the_numbers_and_terms_of_its_kind(found) -> None:
    for one in found:
        kind = KINDS[one.kind]
        units = kind.numbers | kind.optional
        assert one.block == kind.block
        assert kind.numbers.keys() <= one.numbers.keys() <= units.keys(), one.kind
        assert one.terms.keys() == set(kind.terms), one.kind
        for role, number in one.numbers.items():
            assert units[role] in {number.unit, AS_DECLARED}, (one.kind, role)
            assert np.isfinite(number.value)
        for role, term in one.terms.items():
            assert role not in TERMS or term in TERMS[role], (one.kind, role, term)


def test_an_entity_is_told_of_once_by_each_kind() -> None:
    draw = np.random.default_rng(5)
    one_week = told(dict(all_metrics(draw)), all_frames(draw), absent=absent())
    assert len({(one.kind, one.entity) for one in one_week}) == len(one_week)


def test_nothing_is_known_after_the_day(found) -> None:
    assert all(one.known_at.date() <= FRIDAY for one in found)


def test_each_number_is_a_fact_with_a_query_of_its_own(found) -> None:
    facts = list(finding_facts(found[:40], FRIDAY, {"index_daily": ["one host"]}))
    first, number = found[0], next(iter(found[0].numbers.items()))
    assert facts[0].fact_id == (
        f"finding_{first.kind}_{number[0]}/{first.entity}/{number[1].day.isoformat()}"
    )
    assert "FROM mart.finding_number WHERE as_of = DATE '2025-12-19'" in facts[0].query
    assert {fact.value for fact in facts} >= {number[1].value}
    prices = {fact.sources for fact in facts if fact.metric.startswith("finding_index_")}
    assert prices == {("one host",)}


def test_every_kind_says_what_it_is_read_from() -> None:
    assert READS.keys() == KINDS.keys()


def test_every_series_that_is_watched_is_a_metric_in_its_unit() -> None:
    for watched in WATCHED:
        assert watched.unit == metrics()[watched.metric].unit
        assert watched.kinds.keys() <= KINDS.keys()


@pytest.mark.parametrize("as_of", [FRIDAY, date(2025, 12, 3), date(2025, 10, 9)])
def test_what_comes_later_changes_no_finding(as_of: date) -> None:
    """Prefix invariance: of the whole history, and of one that was cut at the day."""
    draw = np.random.default_rng(3)
    rows, frames = frame(dict(all_metrics(draw))), all_frames(draw)
    known = pl.col("known_at") <= cutoff(as_of)
    cut = {
        name: table.filter(known) if "known_at" in table.columns else table
        for name, table in frames.items()
    }
    assert told_of(rows.filter(known), cut, as_of) == told_of(rows, frames, as_of)
