"""Answers that akshare really gave, as its caller gets them: columns with their types, a few rows.

A recording is a JSON object: `columns` with name and dtype of each, `head` with the first rows as
text, and `height`, the rows of the whole answer. The file is named after akshare's function.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import polars as pl

from flows.ingestion.fetch import as_polars
from flows.workspace import packaged_calendar
from warehouse.catalog import Call, Chain, Dataset, Request, Source, catalogue
from warehouse.shanghai import SHANGHAI

FOLDER = Path(__file__).parents[4] / "shared" / "wire"
ABSENT = {"NaT", "nan", "None"}
WRITTEN = r"^((?:19|20)\d\d)[-/年]?(\d\d)(?:[-/月]?(\d\d))?(?:\D|$)"
SHARE, SAMPLE = "600519.SH", {"ipo_hk": "03900.HK"}
RECORDED = date(2026, 8, 7)  # where no row bears a day
FEW = 5


@dataclass(frozen=True)
class Recording:
    """One function's answer: its first rows, and how many rows there were."""

    function: str
    answer: pl.DataFrame
    height: int

    @property
    def days(self) -> tuple[date, ...]:
        """The days that its rows bear; statistics of a month bear its first day."""
        texts = pl.concat([c.cast(pl.String) for c in self.answer.iter_columns()], how="vertical")
        parts = texts.str.extract_groups(WRITTEN).struct.unnest().drop_nulls(["1", "2"])
        written = pl.concat_str("1", "2", pl.col("3").fill_null("01"))
        days = parts.select(written.str.to_date("%Y%m%d", strict=False)).to_series()
        return tuple(days.drop_nulls().unique().sort())


def recording(path: Path) -> Recording:
    """A recording as `flows.ingestion.fetch` hands it on, having been a pandas frame."""
    said = json.loads(path.read_text("utf-8"))
    columns = {
        column["name"]: pd.Series([row[i] for row in said["head"]], dtype="object").pipe(
            _typed, column["dtype"]
        )
        for i, column in enumerate(said["columns"])
    }
    return Recording(path.stem, as_polars(pd.DataFrame(columns)), said["height"])


def _typed(cells: pd.Series, dtype: str) -> pd.Series:
    """Cells of text as the type that they had; text itself stays an object, None and NaT too."""
    if dtype.startswith(("float", "int")):
        return pd.to_numeric(cells).astype(dtype if cells.notna().all() else "float64")
    if dtype.startswith("datetime"):
        return pd.to_datetime(cells.where(~cells.isin(ABSENT)))
    return cells


def readers(recorded: Recording) -> list[tuple[Dataset, Chain, Source, Call]]:
    """Whoever asks for the function when its days are wanted: the first call of each source."""
    calendar = tuple(packaged_calendar().to_list())
    own = tuple(d for d in recorded.days if d > calendar[0])[-FEW:] or (RECORDED,)
    evening = datetime.combine(own[-1], time(19), SHANGHAI)
    wanted = tuple(d for d in calendar if own[0] <= d <= own[-1]) or own
    found = []
    for d in catalogue().values():
        for chain in d.chains:
            codes = tuple(chain.entities) or (SAMPLE.get(d.name, SHARE),)
            for source in chain.sources:
                moments = [evening, evening + timedelta(days=1)]
                asked = [
                    Request(days, now, codes, calendar)
                    for now in moments
                    for days in (wanted, wanted[-1:])
                ]
                calls = [
                    c for r in asked for c in source.calls(r) if c.function == recorded.function
                ]
                if calls:
                    found.append((d, chain, source, calls[0]))
    return found
