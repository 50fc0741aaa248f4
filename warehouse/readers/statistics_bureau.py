"""Series of the National Bureau of Statistics: figures by name and period, out of its own database.

akshare walks the bureau's catalogue to a leaf and asks for ten years of all series in it; the names
of the series get lost on the way to a table, so the response itself is read. Periods that are not
out yet are there without a figure. Where the bureau thinks that it is asked too often, it answers
with a page that wants a browser: then another source is taken, and it is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from warehouse.catalog import Call, Request
from warehouse.errors import NothingYet, UnknownFormat
from warehouse.readers.responses import documents
from warehouse.readers.text import ABSENT
from warehouse.response import Response

HOST = "data.stats.gov.cn"
DATABASE, FIGURES = "/web/external/", "/stream/esData"
YEARS = 10
NAMES = ("period", "series", "figure")
COLUMNS = frozenset(NAMES)
QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


def ask(request: Request, kind: str, path: str, label: str) -> Call:
    """Ten years of the series at a leaf of the catalogue; `label` says which leaf it is."""
    span = f"{request.now.year - YEARS + 1}-{request.now.year}"
    arguments = {"kind": kind, "path": path, "period": span}
    return Call("macro_china_nbs_nation", arguments, request.days, label)


def figures(responses: Sequence[Response], _call: Call) -> pl.DataFrame:
    """period, series, figure of everything that has a figure, as text without blanks.

    Raises NotAnswered for a web page, NothingYet for no period, UnknownFormat if the catalogue does
    not lead to the leaf or the leaf has no figures, LookupError for another format.
    """
    answers = documents([r for r in responses if DATABASE in r.url])
    if not answers or FIGURES not in responses[-1].url:
        raise UnknownFormat("the bureau's catalogue does not lead to this leaf any more")
    said = answers[-1]
    if not said["data"]:
        raise NothingYet("the bureau has no period of this leaf")
    rows = [
        (period["name"], value["i_showname"] or value["_name"], str(value["value"]))
        for period in said["data"]
        for value in period["values"]
        if str(value["value"]).strip() not in ABSENT
    ]
    if not rows:
        raise UnknownFormat("no series has a figure")
    return pl.DataFrame(rows, schema=list(NAMES), orient="row").with_columns(
        pl.all().str.replace_all(r"\s", "")
    )


def series(answer: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of one series; raises UnknownFormat if the leaf has none of that name."""
    rows = answer.filter(pl.col("series") == name)
    if rows.is_empty():
        known = ", ".join(answer["series"].unique(maintain_order=True).head(5))
        raise UnknownFormat(f"the bureau has no series {name} there, but {known}")
    return rows


def quarter(column: str) -> pl.Expr:
    """The first day of a quarter written 2026年第二季度."""
    parts = pl.col(column).str.extract_groups(r"^(\d{4})年第?([一二三四1-4])季度$")
    numbers: Mapping[str, int] = QUARTERS | {str(n): n for n in range(1, 5)}
    number = parts.struct["2"].replace_strict(numbers, return_dtype=pl.Int32)
    return pl.date(parts.struct["1"].cast(pl.Int32), 3 * number - 2, 1)
