"""Answers that akshare really gave, as its caller gets them: columns with their types, a few rows.

A recording is a JSON object: `columns` with name and dtype of each, `head` with the first rows as
text, and `height`, the rows of the whole answer. The file is named after akshare's function. One
that was made of a user's report also says for whom the call was made, and with which arguments.

    python -m tests.warehouse.datasets.recorded report.json [--to FOLDER]

makes a file of each answer in a report of `briefing doctor --live --report`. The folder is
RECORDED_ANSWERS, else one in the user's data, outside the project: rows of upstreams are looked at
before they are committed anywhere. `test_recorded_answers.py` reads that folder, too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import platformdirs
import polars as pl

from flows.ingestion.fetch import as_polars
from flows.monitoring.probe_report import (
    BLANK,
    Report,
    Shape,
    SourceReport,
    Verdict,
    read_report,
)
from flows.workspace import packaged_calendar
from tests.flows.network.source_walk import named_by
from warehouse.catalog import Call, Chain, Dataset, Request, Source, catalogue, dataset
from warehouse.characters import escaped
from warehouse.errors import InputRefused
from warehouse.quoting import first_line
from warehouse.shanghai import SHANGHAI
from warehouse.storage.atomic import write_atomically

FOLDER = Path(__file__).parents[4] / "shared" / "wire"
OF_USERS = Path(
    os.environ.get("RECORDED_ANSWERS") or platformdirs.user_data_path("briefing-recorded-answers")
)
Reading = tuple[Dataset, Chain, Source, Call]
ABSENT = {"NaT", "nan", "None"}
WRITTEN = r"^((?:19|20)\d\d)[-/年]?(\d\d)(?:[-/月]?(\d\d))?(?:\D|$)"
SHARE, SAMPLE = "600519.SH", {"ipo_hk": "03900.HK"}
RECORDED = date(2026, 8, 7)  # where no row bears a day
FEW = 5


@dataclass(frozen=True)
class Recording:
    """One function's answer: its first rows, and how many rows there were.

    reading: who asked, and how, if the recording says it; None where it was made by others.
    passed: the whole answer was read there, so that some of its rows may well not do.
    """

    function: str
    answer: pl.DataFrame
    height: int
    reading: Reading | None = None
    passed: bool = False

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
    return _read(json.loads(path.read_text("utf-8")), path.stem)


def _read(said: dict, named: str) -> Recording:
    """What a recording says. Raises ValueError where a cell is not of its column's type."""
    columns = {
        column["name"]: pd.Series([row[i] for row in said["head"]], dtype="object").pipe(
            _typed, column["dtype"]
        )
        for i, column in enumerate(said["columns"])
    }
    answer = as_polars(pd.DataFrame(columns))
    function = said.get("function", named)
    if "asked_by" not in said:
        return Recording(function, answer, said["height"])
    passed = Verdict(said["asked_by"]["verdict"]) in (Verdict.OK, Verdict.EMPTY)
    return Recording(function, answer, said["height"], asked(said), passed)


def asked(said: dict) -> Reading:
    """The source that made the call, and the call. Raises InputRefused if there is no such one."""
    by = said["asked_by"]
    found = [
        (d, chain, source)
        for d in catalogue().values()
        for chain in d.chains
        for source in chain.sources
        if (d.name, chain.part, source.name, source.host)
        == (by["dataset"], by["part"], by["source"], by["host"])
        and bool(source.transcript) == (said["read_from"] == "responses")
    ]
    if not found:
        raise InputRefused(f"no source {by['source']!r} of {by['dataset']!r} ({by['part']!r})")
    columns = {column["name"] for column in said["columns"]}
    who = next((one for one in found if one[2].columns <= columns), found[0])
    days = tuple(map(date.fromisoformat, said["days"]))
    return *who, Call(said["function"], said["arguments"], days, said["label"])


def rows_of(recorded: Recording, source: Source, call: Call) -> pl.DataFrame:
    """The rows as the source reads them; for their own days, where the day that was wanted is not
    among the first rows.
    """
    rows = source.read(recorded.answer, call)
    own = recorded.days[-FEW:]
    if recorded.reading and rows.is_empty() and own:
        rows = source.read(recorded.answer, replace(call, days=own))
    return rows


def _typed(cells: pd.Series, dtype: str) -> pd.Series:
    """Cells of text as the type that they had; text itself stays an object, None and NaT too."""
    if dtype == "bool":
        return cells.map({"True": True, "False": False})
    if dtype.startswith(("float", "int", "uint")):
        cells = cells.where(cells != BLANK)
        return pd.to_numeric(cells).astype(dtype if cells.notna().all() else "float64")
    if dtype.startswith("datetime"):
        return pd.to_datetime(cells.where(~cells.isin(ABSENT)))
    return cells


def readers(recorded: Recording) -> list[Reading]:
    """Whoever asks for the function when its days are wanted: the first call of each source.

    A dataset that asks for it names it (tests/test_upstreams.py): the others need not be tried.
    """
    if recorded.reading:
        return [recorded.reading]
    calendar = tuple(packaged_calendar().to_list())
    own = tuple(d for d in recorded.days if d > calendar[0])[-FEW:] or (RECORDED,)
    evening = datetime.combine(own[-1], time(19), SHANGHAI)
    wanted = tuple(d for d in calendar if own[0] <= d <= own[-1]) or own
    found = []
    for d in map(dataset, sorted(named_by().get(recorded.function, ()))):
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


def from_report(report: Report, folder: Path) -> list[Path]:
    """A recording of each answer in a report, in a folder of its own below that one.

    The report may come from anybody: a function that is not in use here, or a source that is not in
    the catalogue, is refused before anything is written; names of files are made of nothing else.
    """
    answers = [(source, shape) for source in report.sources for shape in source.answers]
    unknown = {shape.function for _, shape in answers} - named_by().keys() - {"packaged_calendar"}
    if unknown:
        raise InputRefused(f"no dataset uses {', '.join(sorted(unknown))}; nothing was written")
    texts = dict(named(answers))
    for name, text in texts.items():
        try:
            _read(json.loads(text), name)
        except ValueError as error:
            raise InputRefused(f"{name}: {first_line(error)}; nothing was written") from error
    digest = hashlib.sha256(report.model_dump_json().encode()).hexdigest()[:6]
    place = folder / f"akshare-{report.versions.akshare}-{report.made}-{digest}"
    for name, text in texts.items():
        write_atomically(place / name, text.encode())
    return [place / name for name in texts]


def named(answers: list[tuple[SourceReport, Shape]]) -> Iterator[tuple[str, str]]:
    """The name and the text of each recording with rows; a function's second is numbered."""
    seen: Counter[str] = Counter()
    for source, shape in answers:
        if shape.function == "packaged_calendar" or not shape.head:
            continue
        seen[shape.function] += 1
        number = f"-{seen[shape.function]}" if seen[shape.function] > 1 else ""
        by = source.model_dump(include={"dataset", "part", "source", "host", "verdict"})
        said = shape.model_dump() | {"asked_by": by}
        yield f"{shape.function}{number}.json", json.dumps(said, ensure_ascii=False, indent=1)


def main(arguments: list[str]) -> None:
    """The command: a report to recordings."""
    parser = argparse.ArgumentParser(description="Make recorded answers of a user's report")
    parser.add_argument("report", type=Path)
    parser.add_argument("--to", type=Path, default=OF_USERS, help=f"default: {OF_USERS}")
    chosen = parser.parse_args(arguments)
    try:
        report = read_report(chosen.report)
        made = from_report(report, chosen.to)
    except (InputRefused, OSError) as error:
        sys.exit(escaped(f"{error}"))
    simulated = " (of the simulated market)" if report.simulated else ""
    where = "" if chosen.to == OF_USERS else f"RECORDED_ANSWERS={chosen.to} "
    lines = [
        f"{len(made)} recorded answers{simulated}:",
        *(f"  {path}" for path in made),
        f"next: {where}pytest tests/warehouse/datasets/test_recorded_answers.py",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
