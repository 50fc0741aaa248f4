"""docs/metrics.md with a history of each metric, drawn on the simulated market: `make handbook`.

The words follow from the declarations (transforms.metric_reference); the pictures from the demo's past,
imported and measured as anybody's would be.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from functools import partial
from pathlib import Path

import polars as pl
import requests

from flows.demo import AS_OF, LEFT_OUT, write_archive
from flows.ingestion.import_files import import_path
from flows.measure import vintage
from flows.sandbox import simulated_market
from flows.sandbox.archive import archives
from flows.settings import SIMULATED_STOCKS, Settings
from flows.workspace import Workspace
from templates.handbook import history, silence
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import metrics
from transforms.issue.missing import absences
from transforms.metric_reference import PICTURES, markdown
from warehouse.shanghai import SHANGHAI

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
    """Every metric of the simulated market as of the demo's day, all history; and what is absent."""
    with tempfile.TemporaryDirectory(prefix="briefing-handbook-") as folder:
        archive = Path(folder) / "archive"
        archive.mkdir()
        told = [name for name in archives() if name not in LEFT_OUT]
        write_archive(simulated_market(stocks), archive, told)
        ws = Workspace(Settings(home=Path(folder)), partial(evening, AS_OF), nobody)
        import_path(ws, archive)
        with ws.writing() as warehouse:
            frames = vintage(warehouse, AS_OF).frames
    found = evaluate(frames, AS_OF)
    return found, absences(frames, found, AS_OF)


def evening(day: date) -> datetime:
    """Eight o'clock in Shanghai."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=SHANGHAI)


def nobody(request: requests.PreparedRequest) -> requests.Response:
    """Stands where the network would be: the handbook asks nothing."""
    raise requests.ConnectionError(f"the handbook asks nobody, not even {request.url}")


if __name__ == "__main__":
    main()
