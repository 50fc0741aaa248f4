"""What has changed since the last issue: how it is counted, and what a row says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from templates.page import Absent, Missing, Table
from templates.sections import restatements
from templates.sections.restatements.facts import SHOWN, restated
from templates.wording.speller import SPELLERS
from transforms.issue.issue import Compared, Issue
from transforms.issue.restatements import RESTATEMENTS, Field, Why

LAST = date(2026, 1, 9)


def row(field: Field, before: float | None, value: float | None, *, why: Why = Why.RESTATED,
        metric: str = "turnover_cny", days: tuple[date | None, date | None] = (LAST, LAST),
        of: date = LAST) -> dict[str, object]:  # fmt: skip
    return {
        "fact_id": f"{metric}/SSE+SZSE/{of}", "field": field.value, "metric": metric,
        "entity": "SSE+SZSE", "observation_date": of, "unit": "CNY", "before": before,
        "before_day": days[0], "value": value, "value_day": days[1], "why": why.value,
        "known_at": datetime(2026, 1, 14, 17), "printed_as_of": LAST,
    }  # fmt: skip


def drawn(issue: Issue, *rows: dict[str, object], numbers: int | None = 214) -> Issue:
    last = None if numbers is None else Compared(LAST, numbers)
    return replace(issue, restatements=pl.DataFrame([*rows], RESTATEMENTS), compared=last)


def told(issue: Issue, code: str) -> restatements.Content:
    return restatements.build(issue, SPELLERS[code](as_of=issue.as_of))


CHANGED = (row(Field.VALUE, 3.6e12, 3.65e12), row(Field.RECORD, 3.6e12, 3.65e12))
CAME = row(Field.CAME, None, 2.1e12, why=Why.LATE, metric="margin_financing_balance_cny")


@pytest.mark.parametrize(
    ("rows", "numbers", "said", "gesagt"),
    [
        ((), None, "No earlier issue to compare with", "尚无可比较的上期"),
        ((), 214, "No number of the issue of 9 Jan has changed", "1月9日一期所载数字均无修订"),
        ((CAME,), 214, "No number of the issue of 9 Jan has changed; one missing then has come",
         "1月9日一期所载数字均无修订，1项原缺数据补到"),
        (CHANGED, 214, "One of 214 numbers of the issue of 9 Jan has changed",
         "1月9日一期214个数字中1个有修订"),
        ((*CHANGED, row(Field.VALUE, 1e12, 2e12, of=date(2026, 1, 8))), 214,
         "Two of 214 numbers of the issue of 9 Jan have changed", "1月9日一期214个数字中2个有修订"),
    ],
)  # fmt: skip
def test_the_headline_counts_what_was_compared(rows, numbers, said, gesagt, issues):
    issue = drawn(issues["rising"], *rows, numbers=numbers)
    heads = [str(told(issue, code).headline).replace("\u00a0", " ") for code in ("en", "zh")]

    assert heads == [said, gesagt]


def test_nothing_restated_is_one_line_that_says_what_was_compared(issues):
    (only,) = told(drawn(issues["rising"]), "en").rows
    (block,) = only.blocks

    assert isinstance(block, Absent)
    assert str(block.text).startswith("214 numbers were compared. ")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_rows_stand_in_a_box_with_both_numbers(code, issues):
    gone = row(Field.WITHDRAWN, 3.6e12, None, why=Why.CORRECTED)
    issue = drawn(issues["rising"], *CHANGED, gone, CAME)
    (block,) = told(issue, code).rows[0].blocks

    assert isinstance(block, Table)
    assert block.framed
    cells = [[str(one).replace("\u00a0", " ") for one in line.cells[1:]] for line in block.rows]
    en, zh = "3.65 trillion yuan", "3.65万亿元"
    assert cells[0][2] == {"en": en, "zh": zh}[code]
    assert cells[1][2] == {"en": f"{en} (9 Jan)", "zh": f"{zh}（1月9日）"}[code]
    assert isinstance(block.rows[2].cells[3], Missing)  # withdrawn
    assert isinstance(block.rows[3].cells[2], Missing)  # came
    assert cells[0][4] == {"en": "15 Jan", "zh": "1月15日"}[code]  # after midnight in Shanghai


def test_a_rank_is_told_by_its_days(issues):
    since = row(Field.SINCE, 3.6e12, 3.6e12, days=(date(2015, 6, 8), None))
    (block,) = told(drawn(issues["rising"], since), "en").rows[0].blocks

    assert [str(c).replace("\u00a0", " ") for c in block.rows[0].cells[2:4]] == [
        "most since 8 Jun 2015", "most of its series"]  # fmt: skip


def test_many_rows_are_cut_and_counted(issues):
    many = [row(Field.VALUE, 1e12, 2e12, of=date(2025, 12, n + 1)) for n in range(SHOWN + 3)]
    issue = drawn(issues["rising"], CAME, *many)
    found = restated(issue)

    assert (len(found.rows), found.more, found.changed) == (SHOWN, 4, SHOWN + 3)
    assert all(one["field"] == "value" for one in found.rows)
    assert "Not shown: four more" in str(told(issue, "en").rows[0].blocks[0].note)
