"""The catalogue: what a dataset is, where it comes from, and when it becomes known.

Requests are data. `Source.calls` says which akshare functions would answer a request, and
`Source.read` says how an answer is read; neither meets the network. `flows.ingestion.fetch`
performs them.
"""

from __future__ import annotations

import importlib
import pkgutil
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property

import polars as pl

from warehouse import datasets
from warehouse.cadence import Cadence
from warehouse.contract import Table
from warehouse.errors import InputRefused
from warehouse.response import Response
from warehouse.shanghai import DAY_END_UTC, SHANGHAI, naive_utc, shanghai_date

ALWAYS_KNOWN = datetime(1990, 1, 1)
NEVER_DUE = datetime(2999, 12, 31)


@dataclass(frozen=True)
class Request:
    """What a collection wants: trading days, of the codes that lack something on them."""

    days: tuple[date, ...]
    now: datetime  # Shanghai time
    codes: tuple[str, ...] = ()  # members of a chain's entities, or shares read one by one
    calendar: tuple[date, ...] = ()  # all trading days known, sorted

    @cached_property
    def first(self) -> date:
        return min(self.days)  # of all days of the past, which are asked about one by one

    @cached_property
    def last(self) -> date:
        return max(self.days)

    @property
    def session(self) -> date:
        """The trading day whose prices a quote page shows at `now`."""
        today = self.now.date()
        opened = self.now.time() >= time(9, 15)
        return self.before(today + timedelta(days=1) if opened else today)

    def before(self, day: date) -> date:
        """The trading day before that one. Raises ValueError where none is known."""
        place = bisect_left(self.calendar, day)
        if not place:
            raise ValueError(f"no trading day is known before {day}")
        return self.calendar[place - 1]

    @property
    def shown(self) -> tuple[date, ...]:
        """The wanted day whose closing prices a quote page shows now, if there is one.

        After-hours trading ends at 15:30; until then the page shows prices of the session.
        """
        over = self.session < self.now.date() or self.now.time() >= time(15, 30)
        return (self.session,) if over and self.session in self.days else ()


@dataclass(frozen=True)
class Call:
    """«Call this akshare function with these arguments», and the days it answers for."""

    function: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    days: tuple[date, ...] = ()
    label: str = ""  # what the answer does not say itself, such as the index's code
    shared: bool = False  # several datasets read this answer; it is fetched once in a run


Asker = Callable[[Request], Sequence[Call]]
Reader = Callable[[pl.DataFrame, Call], pl.DataFrame]
Proof = Callable[[bytes, Call], bool]
Transcript = Callable[[Sequence[Response], Call], pl.DataFrame]


def as_read(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as they are."""
    return rows


@dataclass(frozen=True)
class Claims:
    """Closes that an undated page implies, which `of` knows with their dates.

    `read` gives code, trade_date, close. A page whose claims are not true shows another day.
    Where core has no such rows, `witness` fetches the day before of a few shares.
    """

    of: str
    read: Callable[[pl.DataFrame, Call], pl.DataFrame]
    witness: Source | None = None


@dataclass(frozen=True)
class Total:
    """A figure in core to which `column`, summed over the rows of a day, must add up.

    `known`: SQL that gives day and total. `rounding` in the column's unit, `within` as a share of
    the total. Rows of a day without the figure cannot be proved and are refused.
    """

    column: str
    known: str
    rounding: float
    within: float = 0.0


@dataclass(frozen=True)
class Plausibility:
    """What rows must have in common with loaded data; `warehouse.quality.plausibility` checks it.

    level: this column, summed over a day (of each entity), moves less than tenfold between days.
    rescaled: where `level` is a price, the column of how many shares became of one that day.
    moves: no day repeats the figures of the day before (an undated answer would be stale).
    still: share of the codes of a day that may do so all the same; 20 % where nothing else is said.
    steady: the same call has answered with 90 % as many rows at least as the last time.
    listed: SQL that counts the codes of which a day must have 90 %.
    claims: what dates an undated page.
    full: a day has 90 % as many rows at least as the nearest day that is there.
    totals: what the rows of a day must add up to, which shows that none of them is left out.
    """

    level: str | None = None
    rescaled: str | None = None
    moves: bool = False
    still: float | None = None
    steady: bool = False
    listed: str | None = None
    claims: Claims | None = None
    full: bool = False
    totals: tuple[Total, ...] = ()


@dataclass(frozen=True, eq=False)
class Figure:
    """How steady a column is: `of`, a ratio with it, where the ratio tells more than the column.

    near: by what factor it may differ from the figures around it of the same entity.
    crowd: by what factor the entities of a day may move together.
    typical: between which the median of many lies, since 2000; `many`: of several codes only, since
    one share may cost a hundred times what most do.
    apart: by what factor the median of one entity may lie outside of that; None: by any.
    `warehouse.quality.magnitude` checks it, in files and answers alike. A figure out of size
    becomes null where the row can do without it; else the row is set aside.
    """

    column: str
    near: float | None = None
    crowd: float | None = None
    typical: tuple[float, float] | None = None
    many: bool = False
    apart: float | None = None
    of: pl.Expr | None = None
    says: str = ""  # what `of` is, in words

    @property
    def what(self) -> str:
        return self.says or self.column


@dataclass(frozen=True)
class Source:
    """One upstream of one part of a dataset.

    `calls` returns no calls where the source cannot serve the request (a quote page knows no
    past). `columns` are those that `read` needs; others are ignored. `combine` joins what several
    answers say about one row, and leaves out what they do not complete. `none_when` tells from the
    body of an answer without rows whether it proves that there is nothing: a block page, an error
    or the page of another day does not. `transcript` reads the responses themselves, where
    akshare's reading loses something; no columns mean that they prove that there is nothing.
    `query` is SQL that gives the rows of a list of days (its parameter) out of core, without any
    request.
    `counted`: each response says how many rows there are in all, and the answer must have them.
    `vocabulary`: of columns with codes or words, the pattern of those that are understood. Another
    one refuses nothing: a row that can do without it is kept, with the word where a column holds
    it, and the word is reported as drift when it is first seen, and when it has become common.
    `worded`: those of these columns of which each cell becomes a word of ours. There an absent one
    is not understood either.
    """

    name: str
    host: str
    columns: frozenset[str]
    calls: Asker
    read: Reader
    combine: Callable[[pl.DataFrame], pl.DataFrame] = as_read
    whole: bool = False  # answers say something about each other and are loaded together
    apart: bool = False  # where a unit is not plausible, each answer is checked by itself
    plausibility: Plausibility = Plausibility()
    none_when: Proof | None = None
    stopgap: bool = False  # fills some of what is missing; the part stays incomplete
    transcript: Transcript | None = None
    query: str | None = None
    counted: bool = False
    vocabulary: Mapping[str, str] = field(default_factory=dict, hash=False)
    worded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Chain:
    """The sources of one part of a dataset, in the order in which they are tried.

    `entities` are the values of `column` that must be there, each from a first day on.
    `publication` and `cadence` are those of the part, where they are not the dataset's.
    """

    part: str
    sources: tuple[Source, ...]
    column: str | None = None
    entities: Mapping[str, date] = field(default_factory=dict)
    publication: Publication | None = None
    cadence: Cadence | None = None


@dataclass(frozen=True)
class Publication:
    """When a row becomes known: so many trading days after its date, at an hour in Shanghai.

    Statistics of a month are dated by its first day and follow the statisticians' calendar: the
    latest `day_of_month`, so many months later, on which they have come out.

    Reports are dated by the period that they are about; the column `by` then says on which day they
    were published. A row without that day is known from the fetch.

    ahead: how far after the fetch `by` may lie. A notice of the evening bears the next day that is
    no holiday, and the longest holidays with their weekends take eleven days.
    moved: upstreams put the day of a later notice in the place of `by`, so that it is wrong in many
    rows; that it breaks rules there refuses no answer.
    """

    column: str | None
    at: time = time(16, 0)
    trading_days_later: int = 0
    days_later: int = 0
    months_later: int = 0
    day_of_month: int = 1
    by: str | None = None
    ahead: timedelta = timedelta(days=14)
    moved: bool = False

    def due(self, rows: pl.DataFrame, calendar: pl.Series) -> pl.Series:
        """Naive UTC time at which each row is published by rule, aligned with `rows`."""
        if self.column is None:
            return pl.repeat(ALWAYS_KNOWN, rows.height, dtype=pl.Datetime("us"), eager=True)
        published = rows[self.by or self.column]
        known = {d: self.due_on(d, calendar) for d in published.unique().drop_nulls()}
        due = published.replace_strict(known, default=None, return_dtype=pl.Datetime("us"))
        return due.fill_null(NEVER_DUE)

    def due_on(self, observed: date, calendar: pl.Series) -> datetime:
        """Naive UTC time at which the row of one date is published by rule."""
        published = observed + timedelta(days=self.days_later)
        if self.months_later:
            months = observed.year * 12 + observed.month - 1 + self.months_later
            published = date(months // 12, months % 12 + 1, self.day_of_month)
        if self.trading_days_later:
            place = bisect_right(calendar, observed) + self.trading_days_later - 1
            published = calendar[place] if place < len(calendar) else date.max
        local = datetime.combine(min(published, NEVER_DUE.date()), self.at, SHANGHAI)
        return naive_utc(local)


@dataclass(frozen=True, eq=False)
class Dataset:
    """One table of `core`: its contract, its sources, when rows are out and when they are due."""

    name: str
    label: str
    grain: str
    contract: type[Table]
    publication: Publication
    cadence: Cadence
    chains: tuple[Chain, ...] = ()
    reference: str | None = None  # the file in warehouse/reference that holds it
    trading_day: str | None = None  # the column that must be a mainland trading day
    on_mainland: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    first_wins: bool = False  # a key that is there is never updated
    gap: tuple[str, ...] = ()  # where core has a row of these, a fallback adds none; else the key
    figures: tuple[Figure, ...] = ()
    conform: Callable[[pl.DataFrame], pl.DataFrame] = as_read
    # How a lake lays out its files, as SQL: `bucket(16, code)`, `year(day)`.
    layout: tuple[str, ...] = ()
    # Of how many days, up to its newest, a file that is exported from a lake has rows: where all of
    # them would be too many for a laptop. None: all.
    exported_days: int | None = None
    bare: bool = False  # a row without any value is an answer: that there is none yet
    # How a table too large for memory is cut: expressions of SQL over its columns. None of its
    # readers takes it whole.
    partitioned: tuple[str, ...] = ()
    # Files of other names or shapes that hold the dataset, and how they become rows of it.
    foreign: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] = field(default_factory=dict)

    @property
    def dated_by(self) -> str | None:
        """The column that says which day a row is of."""
        return self.trading_day or self.publication.column

    @cached_property
    def dates(self) -> frozenset[str]:
        """The columns that say which day a row is of.

        The day of its publication (`Publication.by`) is none of them: a row without it is known
        from the fetch.
        """
        rules = [self.publication, *(c.publication for c in self.chains if c.publication)]
        named = {self.trading_day, *(rule.column for rule in rules)}
        return frozenset(filter(None, named))

    @property
    def announced(self) -> Mapping[str, timedelta]:
        """Columns with days of publication, and how far after the fetch each may lie."""
        rules = [self.publication, *(c.publication for c in self.chains if c.publication)]
        return {rule.by: rule.ahead for rule in rules if rule.by}

    @cached_property
    def key(self) -> list[str]:
        return self.contract.primary_key()

    @property
    def derived(self) -> bool:
        """Whether rows may follow from those of another dataset, which must be there first."""
        return any(s.query for chain in self.chains for s in chain.sources)

    @cached_property
    def values(self) -> list[str]:
        return [c for c in self.contract.column_names() if c not in self.key]

    @cached_property
    def may_say_nothing(self) -> bool:
        """Whether a row may keep the contract without any value, though that is no answer."""
        columns = self.contract.columns()
        return bool(self.values) and not self.bare and all(columns[v].nullable for v in self.values)

    def cadence_of(self, chain: Chain) -> Cadence:
        """The cadence of a part."""
        return chain.cadence or self.cadence

    def rule_of(self, chain: Chain) -> Publication:
        """The publication rule of a part."""
        return chain.publication or self.publication

    def published_days(self, chain: Chain, calendar: pl.Series, now: datetime) -> list[date]:
        """The days of a part whose figures are out by a moment (naive UTC), oldest first."""
        days = self.cadence_of(chain).days(calendar, shanghai_date(now))
        rule = self.rule_of(chain)
        while days and rule.column and rule.due_on(days[-1], calendar) > now:
            days.pop()
        return days

    def due(self, rows: pl.DataFrame, calendar: pl.Series) -> pl.Series:
        """Naive UTC time at which each row is published by the rule of its part."""
        times = self.publication.due(rows, calendar)
        for chain in self.chains:
            if chain.publication and chain.column:
                own = rows[chain.column].is_in(list(chain.entities))
                times = chain.publication.due(rows, calendar).zip_with(own, times)
        return times


@cache
def catalogue() -> Mapping[str, Dataset]:
    """Every dataset by name, in the order of their names."""
    modules = sorted(m.name for m in pkgutil.iter_modules(datasets.__path__))
    found = [importlib.import_module(f"warehouse.datasets.{m}").DATASET for m in modules]
    return {d.name: d for d in found}


def dataset(name: str) -> Dataset:
    """The dataset of that name, or an error that lists the names there are."""
    try:
        return catalogue()[name]
    except KeyError:
        known = ", ".join(catalogue())
        message = f"unknown dataset {name!r}; the warehouse has: {known}"
        raise InputRefused(message) from None


def cutoff(as_of: date) -> datetime:
    """The naive UTC moment up to which an issue as of that date may know things: the day's end.

    The end of the day in Shanghai, so that what was fetched that evening counts and the margin
    figures of the day, published on the next morning, do not.
    """
    return datetime.combine(as_of, DAY_END_UTC)
