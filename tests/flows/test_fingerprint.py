"""An edition is another one where its content or code is, not where rows are only read anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from flows import briefing
from flows.briefing import fingerprint
from transforms.ahead.entry import Entry, Kind
from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import Fact, FactBook
from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import Rarity
from transforms.issue.issue import Compared, Issue

DAY, NOW = date(2026, 1, 16), datetime(2026, 1, 17, 4)
HEALTH = pl.DataFrame({
    "dataset": ["margin_market"], "newest_observation": [DAY], "expected_observation": [DAY],
    "state": ["fresh"], "fetched_at": [NOW],
})  # fmt: skip
NUMBER = Number(value=1.0, unit="fraction", day=DAY, known_at=NOW)
RARITY = Rarity(q=99.0, surprise=2.0, since=DAY, record=False, first=DAY, observations=9)
FINDING = Finding(
    "rsi", "CN", "market", RARITY, 2.0,
    {"value": NUMBER}, {"name": "A"},
)  # fmt: skip


def thesis(status: str = "holds", changed_on: date = DAY, name: str = "breadth"):
    return SimpleNamespace(
        thesis=SimpleNamespace(id=name), status=SimpleNamespace(value=status), changed_on=changed_on
    )


def fact(value: float) -> Fact:
    return Fact(
        fact_id="x", metric="close", entity="CN", observation_date=DAY, value=value, unit="points",
        known_at=NOW, n_obs=9, first_observation=DAY, sources=("drawn",), query="",
    )  # fmt: skip


def first_of(schema: pl.DataFrame) -> pl.DataFrame:
    """One row of nothing."""
    return schema.clear(1)


BARE = {name: pl.DataFrame() for name in ("discrepancies", "gaps", "refusals", "movers")}
ISSUE = Issue(
    issue_id="2026-W03", as_of=DAY, requested=DAY, cutoff=NOW, facts=FactBook([fact(1.0)]),
    series=METRIC_FRAME.to_frame(), health=HEALTH, claims=(), simulated=False, names={},
    compared=Compared(DAY, 7), theses=(thesis(),), findings=(FINDING,), **BARE,
)  # fmt: skip
ENTRY = Entry(DAY, Kind.POLICY, "meeting", "A meeting", "会议", "rule")
CHANGES = {
    "a fact": {"facts": FactBook([fact(2.0)])},
    "a state": {"health": HEALTH.with_columns(state=pl.lit("late"))},
    "a newest day": {"health": HEALTH.with_columns(newest_observation=DAY - timedelta(days=1))},
    "an expected day": {
        "health": HEALTH.with_columns(expected_observation=DAY - timedelta(days=1))
    },
    "what is absent": {"absent": first_of(ISSUE.absent)},
    "what is restated": {"restatements": first_of(ISSUE.restatements)},
    "what was compared": {"compared": Compared(DAY, 8)},
    "what is ahead": {"ahead": (ENTRY,)},
    "a status": {"theses": (thesis("fails"),)},
    "the day of a change": {"theses": (thesis(changed_on=DAY - timedelta(days=1)),)},
    "a thesis": {"theses": (thesis(name="leverage"),)},
    "what is doubted": {"doubted": first_of(ISSUE.doubted)},
    "a finding": {"findings": (replace(FINDING, entity="tech"),)},
    "a term of a finding": {"findings": (replace(FINDING, terms={"name": "B"}),)},
    "the day": {"as_of": DAY - timedelta(days=1)},
    "the day asked for": {"requested": DAY + timedelta(days=1)},
    "a simulation": {"simulated": True},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_other_content_is_another_edition(change) -> None:
    assert fingerprint(replace(ISSUE, **change)) != fingerprint(ISSUE)


def test_other_settings_or_code_make_another_edition(monkeypatch) -> None:
    same = fingerprint(ISSUE)

    assert fingerprint(ISSUE, "red") != same
    assert fingerprint(ISSUE, unlicensed=True) != same
    monkeypatch.setattr(briefing, "code", lambda: "another")
    assert fingerprint(ISSUE) != same


def test_the_same_rows_read_again_are_the_same_edition() -> None:
    later = HEALTH.with_columns(fetched_at=NOW + timedelta(hours=1))

    assert fingerprint(replace(ISSUE, health=later)) == fingerprint(ISSUE)


def test_rows_in_another_order_are_the_same_edition() -> None:
    other = HEALTH.with_columns(dataset=pl.lit("fx_rate"))
    one, two = pl.concat([HEALTH, other]), pl.concat([other, HEALTH])

    assert fingerprint(replace(ISSUE, health=one)) == fingerprint(replace(ISSUE, health=two))
