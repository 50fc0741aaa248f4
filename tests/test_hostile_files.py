"""Forty random hostile files; `make hostile N=1000` draws a thousand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import rows_of
from tests.hostile.grammar import Case, stated
from tests.hostile.verdict import FAILURES, MOST_MB, judged, peak_mb, tried

SEEDS = range(5, 45)  # without a bomb of parquet, whose making takes a second
MUST = {"refused", "loaded"}


def test_random_hostile_files_end_in_a_sentence_or_say_what_was_loaded() -> None:
    before = peak_mb()  # of other tests, too
    verdicts = [tried(seed) for seed in SEEDS]
    assert [v for v in verdicts if v.outcome in FAILURES] == []
    assert max(v.peak_mb for v in verdicts) <= max(before, MOST_MB)
    assert set(Counter(v.outcome for v in verdicts)) >= MUST


@pytest.mark.parametrize(
    ("written", "outcome"), [("4100.0", "loaded"), ("4100.5", "CHANGED"), ("x", "refused")]
)
def test_the_judge_notices_a_value_that_the_file_does_not_say(
    tmp_path: Path, written: str, outcome: str
) -> None:
    """A judge that finds nothing must be able to find something."""
    file = tmp_path / "index_daily.csv"
    rows = rows_of("index_daily")
    file.write_text(rows.write_csv().replace("4100.0", written))
    case = Case(0, file, "index_daily", "csv", cells=stated(rows))
    assert judged(case)[0] == outcome
