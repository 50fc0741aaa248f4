"""docs/metrics.md with a history of each metric, drawn on the simulated market: `make handbook`.

The words follow from the declarations (transforms.metric_reference); the pictures from the demo's
past, and from what the demo collects of datasets that have no past.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import polars as pl

from flows.collect import gather
from flows.demo import AS_OF, with_past
from flows.measure import vintage
from flows.settings import SIMULATED_STOCKS
from templates.handbook import history, silence
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics
from transforms.issue.missing import absences
from transforms.metric_reference import PICTURES, markdown

# Collected after the import: what upstreams show of single days only, so that no archive has it,
# and what metrics compare with it on the same days.
COLLECTED = (
    "security",
    "margin_exchange",
    "margin_market",
    "margin_security",
    "sector_daily",
    "stock_daily",
    "stock_minute",
    "limit_pool",
)
DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Write the page and its pictures; that of a silent metric says why it is silent."""
    found, absent = measured(SIMULATED_STOCKS)
    reasons = dict(absent.filter(entity="").select("metric", "reason").iter_rows())
    folder = DOCS / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, one in metrics().items():
        rows = found.filter(pl.col("metric") == name)
        drawn = history(one, rows) if rows.height else silence(one, reasons[name])
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
    (DOCS / "metrics.md").write_text(markdown(), encoding="utf-8")


def measured(stocks: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every metric of the simulated market as of the demo's day, and what is absent.

    Columns: METRIC_FRAME, with all history, and ABSENCE.
    """
    with tempfile.TemporaryDirectory(prefix="briefing-handbook-") as folder:
        os.environ["BRIEFING_HOME"] = folder
        ws = with_past(stocks)
        gather(ws, COLLECTED)
        with ws.writing() as warehouse:
            frames = vintage(warehouse, AS_OF).frames
    found = evaluate(frames, AS_OF)
    return found, absences(frames, found, AS_OF)


if __name__ == "__main__":
    main()
