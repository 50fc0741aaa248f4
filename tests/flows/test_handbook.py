"""The pictures of docs/metrics.md call nothing unmeasured that the simulated market measures."""

from pathlib import Path

from transforms.engine.metric import metrics
from transforms.metric_reference import PICTURES
from warehouse.storage.store import Reader

DRAWN = Path(__file__).parents[2] / "docs" / PICTURES
UNMEASURED = "No value in the simulated market: "


def test_no_metric_with_values_is_called_unmeasured(simulated_home: Path) -> None:
    with Reader.open(simulated_home / "current.duckdb") as reader:
        measured = set(reader.query("SELECT DISTINCT metric FROM mart.metric")["metric"])
    silent = {n for n in metrics() if UNMEASURED in (DRAWN / f"{n}.svg").read_text("utf-8")}

    assert silent  # the words are those that the pictures use
    assert "margin_industry_hhi" in measured  # … and the market has what is only collected
    assert silent & measured == set()
