"""The report of `briefing doctor --live --report FILE`: what the sources sent, in shapes.

A user sends it in when an upstream has changed; whoever gets it can make recorded answers from it.
It holds columns, types, the number of rows and three of them, and nothing about the user:
cells of columns that may name people are left out, and so are addresses of mail, numbers of
telephones, and whatever this machine is called. The models below are its one declaration: they
bound what is written, and what is accepted of a report that comes from outside.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from warehouse.catalog import Call
from warehouse.errors import InputRefused
from warehouse.quoting import quoted
from warehouse.storage.atomic import write_atomically

FORMAT: Literal["briefing source report"] = "briefing source report"
CELL, NAME, TEXT = 80, 60, 1_000  # characters
ROWS, COLUMNS, ANSWERS, DAYS, SOURCES = 3, 100, 6, 40, 400
MOST_BYTES = 4_000_000  # of the file
INDENT = 1  # spaces; the user looks through the file before sending it
CUT, BLANK = "…", "▇"  # marks: a cell was longer; something about a person or a machine stood here

# Columns of text that may hold names of people, and columns of any type that lead to them.
PEOPLE = re.compile(
    "联系|董秘|董事|监事|高管|经理|法人|法定代表|代表人|负责人|责任人|控制人|审计|会计师|律师|委员|签字"
    "|股东(?!权益|净利|的|户|人数|应占|大会)|经办|承办|姓名|作者|记者|编辑|分析师|研究员|创始|首席|秘书"
    "|主席|总裁|行长|住所|地址|(?i:contact|person|people|address|secretar|chairman|director|officer"
    r"|founder|audit|lawyer|author|analyst|holder_?name|legal_?rep|(?:^|_)c[ef]o(?:$|_))"
)
LINES = re.compile(
    "电话|手机|传真|邮箱|邮件|邮编|身份证|(?i:phone|mobile|mail|(?:^|_)(?:tel|fax)(?:$|_))"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(
    r"(?<![\d.])(?:\+\d{1,3}[ -]?)?(?:1[3-9]\d{9}|\(?0\d{2,3}\)?[ -]\d{7,8})(?![\d.])"
)
NUMBERED_HOST = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
DTYPES = r"^(?:str|object|bool|(?:u?int|float)(?:8|16|32|64)|datetime64\[(?:s|ms|us|ns)\])$"

Name = Annotated[str, Field(max_length=NAME)]
Text = Annotated[str, Field(max_length=TEXT)]
Cell = Annotated[str, Field(max_length=CELL)] | None


def _a_day(text: str) -> str:
    """A day of the calendar, written 2026-01-13."""
    return date.fromisoformat(text).isoformat()


Day = Annotated[str, AfterValidator(_a_day)]


class Verdict(StrEnum):
    """What the call of a source showed."""

    OK = "ok"
    CHANGED = "changed"  # columns, types or words are not those that the reader knows
    REFUSED = "refused"  # too many rows break a rule of the dataset
    EMPTY = "empty"  # nothing published; it may be right
    UNREACHABLE = "unreachable"  # no answer, or a page instead of data
    BLOCKED = "blocked"  # not sent: quota spent, or circuit open from earlier
    NOT_NOW = "not now"  # it shows another day, or is asked for single shares only


class Form(BaseModel):
    """A part of the report; what it does not declare is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Column(Form):
    """A column; `blanked`: its cells are left out, because they may name people."""

    name: Name
    dtype: str = Field(pattern=DTYPES)
    blanked: bool = False


class Shape(Form):
    """One answer: its call, columns as pandas had them, number of rows, and of these as text the
    first two and the last.

    read_from: who made the rows out of the responses, akshare or a reader of ours.
    """

    function: str = Field(pattern=r"^[a-z][a-z0-9_]{1,79}$")
    arguments: dict[Name, Name] = Field(max_length=20)
    days: list[Day] = Field(max_length=DAYS)
    label: Name
    read_from: Literal["akshare", "responses"]
    columns: list[Column] = Field(max_length=COLUMNS)
    head: list[list[Cell]] = Field(max_length=ROWS)
    height: int = Field(ge=0, le=100_000_000)

    @model_validator(mode="after")
    def rows_fit(self) -> Shape:
        """Each row has a cell for each column, and each column a name of its own."""
        if len({column.name for column in self.columns}) < len(self.columns):
            message = "two columns have one name"
            raise ValueError(message)
        if any(len(row) != len(self.columns) for row in self.head):
            message = "a row has more or fewer cells than there are columns"
            raise ValueError(message)
        return self


class SourceReport(Form):
    """What one source of one part of a dataset said."""

    dataset: Name
    part: Name
    source: Name
    host: Name
    verdict: Name
    rows: int = Field(ge=0)
    newest: Day | None
    seconds: float = Field(ge=0, allow_inf_nan=False)
    says: Text
    answers: list[Shape] = Field(max_length=ANSWERS)


class Versions(Form):
    """What was running; of the platform no more than system and machine."""

    briefing: Name
    akshare: Name = Field(pattern=r"^\d+(\.\w+)*$")
    pandas: Name
    python: Name
    platform: Name


class Report(Form):
    """The whole file, version 1."""

    format: Literal["briefing source report"] = FORMAT
    version: Literal[1] = 1
    made: Day
    simulated: bool
    versions: Versions
    sources: list[SourceReport] = Field(max_length=SOURCES)


def running(today: date, *, simulated: bool, sources: Iterable[SourceReport]) -> Report:
    """A report of this machine."""
    versions = Versions(
        briefing=version("briefing"),
        akshare=version("akshare"),
        pandas=version("pandas"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
    )
    return Report(
        made=f"{today}", simulated=simulated, versions=versions, sources=bounded(list(sources))
    )


def bounded(sources: Sequence[SourceReport]) -> list[SourceReport]:
    """The sources; what would not find room in the file has no answers."""
    kept, size = [], 0
    for source in sources:
        text = source.model_dump_json(indent=INDENT)
        more = len(text.encode()) + 2 * INDENT * text.count("\n")  # two levels down in the file
        fits = size + more <= MOST_BYTES / 2
        kept.append(source if fits else source.model_copy(update={"answers": []}))
        size += more if fits else 0
    return kept


def write_report(path: Path, report: Report) -> None:
    """Write the file, for its owner; an older one of that name stays whole until then."""
    write_atomically(path.absolute(), (report.model_dump_json(indent=INDENT) + "\n").encode())


def read_report(path: Path) -> Report:
    """A report from outside. Raises InputRefused if it is too large, or not built as declared."""
    with path.open("rb") as file:  # what a size says of a device, or of a growing file, is not so
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise InputRefused(f"{path} is no report: it has more than {MOST_BYTES:,} bytes")
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        said = quoted(f"{place}: {first['msg']}" if place else first["msg"])
        raise InputRefused(
            f"{path} is not a report of `briefing doctor --live --report` ({said}); nothing of it "
            "was used"
        ) from error


def shape_of(call: Call, rows: pl.DataFrame, *, transcribed: bool) -> Shape:
    """The shape of an answer as published."""
    shown = rows.select(rows.columns[:COLUMNS])
    columns = [
        Column(name=cut(c.name, NAME), dtype=dtype_of(c.dtype), blanked=about_people(c))
        for c in shown
    ]
    return Shape(
        function=call.function,
        arguments={cut(k, NAME): cut(str(v), NAME) for k, v in call.arguments.items()},
        days=[f"{day}" for day in call.days[:DAYS]],
        label=cut(call.label, NAME),
        read_from="responses" if transcribed else "akshare",
        columns=columns,
        head=[
            [None if c.blanked else written(v) for c, v in zip(columns, row, strict=True)]
            for row in ends(shown).iter_rows()
        ],
        height=rows.height,
    )


def ends(rows: pl.DataFrame) -> pl.DataFrame:
    """The first rows and the last one, where a history has its newest day."""
    return rows if rows.height <= ROWS else pl.concat([rows.head(ROWS - 1), rows.tail(1)])


def distinct(shapes: Iterable[Shape]) -> list[Shape]:
    """One answer of each function and form, those with rows first."""
    found: dict[object, Shape] = {}
    for shape in sorted(shapes, key=lambda s: not s.height):
        found.setdefault((shape.function, tuple((c.name, c.dtype) for c in shape.columns)), shape)
    return list(found.values())[:ANSWERS]


def about_people(column: pl.Series) -> bool:
    """Whether a column may name people, or lead to them; a figure names nobody."""
    named = not column.dtype.is_numeric() and PEOPLE.search(column.name)
    return bool(named or LINES.search(column.name))


def dtype_of(dtype: pl.DataType) -> str:
    """The type that pandas had, or text: it makes no difference to a reader."""
    if isinstance(dtype, pl.Datetime):
        return f"datetime64[{dtype.time_unit}]"
    name = str(dtype).lower()
    return name if dtype.is_numeric() and re.fullmatch(DTYPES, name) else "str"


def written(value: object) -> str | None:
    """A cell as text at a bounded length; texts without mail addresses and telephones, for which
    figures of billions are easily taken.
    """
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return None
    if not isinstance(value, str):
        return cut(str(value), CELL)
    return cut(PHONE.sub(BLANK, MAIL.sub(BLANK, value)), CELL)


def cut(text: str, longest: int) -> str:
    """The beginning of a text, with a mark where that is not all of it."""
    return text if len(text) <= longest else text[: longest - 1] + CUT


def anonymous(text: str, home: Path) -> str:
    """A message without what this machine, its user, its folders and its proxies are called."""
    for secret in sorted(secrets_of_machine(home), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", BLANK, text)
    text = NUMBERED_HOST.sub(BLANK, PHONE.sub(BLANK, MAIL.sub(BLANK, text)))
    return cut(text, TEXT)


def secrets_of_machine(home: Path) -> set[str]:
    """Names that tell whose machine this is."""
    found = {str(home), str(home.resolve()), str(Path.home()), socket.gethostname()}
    with suppress(KeyError, OSError):  # a user that the system does not know
        found.add(getpass.getuser())
    for name in PROXIES:
        for value in (os.environ.get(name, ""), os.environ.get(name.upper(), "")):
            for one in value.split(","):
                place = urlsplit(one if "//" in one else f"//{one}")
                parts = (one, place.netloc, place.hostname, place.username, place.password)
                found |= {part for part in parts if part}
    return {one for one in found if len(one) > 1}
