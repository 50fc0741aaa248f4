"""Jin10's calendar of economic releases: each figure with the day on which it came out."""

from datetime import date, timedelta

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, json_answer
from flows.sandbox.market import macro
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PER_PAGE = 20
# attr_id → column, multiple, day of the month and months later of the release.
SERIES = {
    "65": ("manufacturing_pmi", 1.0, 1, 1),
    "75": ("non_manufacturing_pmi", 1.0, 1, 1),
    "56": ("cpi_yoy", 100.0, 9, 1),
    "72": ("cpi_mom", 100.0, 9, 1),
}


@endpoint("datacenter-api.jin10.com", r"/reports/list_v2", category="ec")
def jin10_releases(view: View, query: Query) -> Answer:
    """Releases up to `max_date`, newest first: day, figure, forecast, figure before."""
    until = date.fromisoformat(query["max_date"]) if query["max_date"] else view.now.date()
    rows = _releases(view, query["attr_id"]).filter(
        pl.col("released") <= min(until, view.now.date())
    )
    newest = rows.sort("released", descending=True).head(PER_PAGE).to_dicts()
    return json_answer(
        [{**r, "released": str(r["released"])} for r in newest],
        lambda rows: {"status": 200, "data": {"values": [list(r.values()) for r in rows]}},
    )


def _releases(view: View, series: str) -> pl.DataFrame:
    if series == "57":
        period, rows = "quarter", macro.gross_product()
        column, multiple, day, later = "gdp_yoy", 100.0, 17, 3
    else:
        period, rows = "month", macro.surveys(view.market.parameters.seed)
        column, multiple, day, later = SERIES[series]
    figure = (pl.col(column) * multiple).round(1)
    return rows.select(
        released=pl.col(period).dt.offset_by(f"{later}mo") + timedelta(days=day - 1),
        figure=figure,
        forecast=figure,
        before=figure.shift(1),
    )
