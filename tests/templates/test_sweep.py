"""Weeks of a rise and of a fall hold no clipped word, no pale one, and no number without a fact.

More weeks: `python -m tests.templates.sweep WEEKS`.
"""

from __future__ import annotations

import pytest

from tests.templates.sweep import DRIFTS, faults, stretched, unstated, weeks

APART, READ = 9, 2  # weeks


@pytest.mark.parametrize("drift", DRIFTS)
def test_weeks_far_apart_are_told_without_a_fault(drift, monkeypatch):
    for place, issue in enumerate(weeks(READ, drift, every=APART)):
        code = ("en", "zh")[place % 2]
        assert faults(issue, code, monkeypatch) == [], issue.as_of


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_longest_names_and_sums_fit(code, monkeypatch):
    (issue,) = weeks(1, DRIFTS[0])
    assert faults(stretched(issue), code, monkeypatch, digits=False) == []


def test_a_wrong_number_and_a_bare_one_are_found(monkeypatch):
    (issue,) = weeks(1, DRIFTS[0])
    fact = issue.facts.latest("rsi_14", "000001.SH")
    page = f'<data value="{fact.fact_id}">{fact.value + 1:.1f}</data><p>of 77.7 that day</p>'
    found = unstated(issue, page, monkeypatch)
    assert found == [f"not so: {fact.fact_id} {fact.value + 1:.1f}", "loose: of 77.7 that day"]
