"""What was known when: reading as of a moment gives what a reader of that moment saw."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.storage.moments import (
    CALENDAR,
    DAYS,
    MONDAY,
    Drawn,
    Undone,
    load,
    one_row,
    utc,
)
from warehouse.catalog import Dataset, catalogue, cutoff, dataset
from warehouse.contract import schema
from warehouse.errors import InputRefused
from warehouse.shanghai import shanghai_date
from warehouse.storage import ddl
from warehouse.storage.audit import audit
from warehouse.storage.ddl import stamp
from warehouse.storage.store import Loading, Reader, Warehouse

MARGIN = dataset("margin_market")
VALUES = MARGIN.values

# --- a naive model -------------------------------------------------------------------------------

Version = tuple[datetime, tuple[float | None, ...]]


def published(day: date) -> datetime:
    """09:00 of the next trading day, written down a second time on purpose."""
    return utc(min(d for d in CALENDAR if d > day), 9)


def first_known(day: date, fetched: datetime) -> datetime:
    due = published(day)
    return (
        fetched
        if (due + timedelta(hours=8)).date() >= (fetched + timedelta(hours=8)).date()
        else due
    )


def remember(
    history: dict[date, list[Version]],
    vintage: dict[date, tuple[float | None, ...]],
    fetched: datetime,
) -> None:
    for day, values in vintage.items():
        if day not in history:
            history[day] = [(first_known(day, fetched), values)]
            continue
        believed = history[day][-1][1]
        merged = tuple(b if v is None else v for v, b in zip(values, believed, strict=True))
        if merged != believed:
            history[day].append((fetched, merged))


def recalled(
    history: dict[date, list[Version]], moment: datetime
) -> dict[date, tuple[float | None, ...]]:
    known = {
        d: [v for known_at, v in versions if known_at <= moment] for d, versions in history.items()
    }
    return {d: versions[-1] for d, versions in known.items() if versions}


amount = st.sampled_from([None, 1.0, 2.0, 3.0])
vintages = st.lists(
    st.tuples(
        st.integers(0, 60),  # hours since the vintage before
        st.dictionaries(
            st.sampled_from(DAYS),
            st.tuples(st.sampled_from([1.0, 2.0]), amount, amount),
            max_size=5,
        ),
    ),
    min_size=1,
    max_size=5,
)


def as_rows(vintage: dict[date, tuple[float | None, ...]]) -> pl.DataFrame:
    rows = [{"trade_date": d, **dict(zip(VALUES, v, strict=True))} for d, v in vintage.items()]
    return pl.DataFrame(rows, schema=schema(MARGIN.contract))


@settings(max_examples=25, deadline=None)
@given(vintages=vintages, hours=st.lists(st.integers(-24, 400), min_size=3, max_size=3))
def test_reading_as_of_a_moment_is_what_was_known_then(
    warehouse: Warehouse,
    vintages: list[tuple[int, dict[date, tuple[float | None, ...]]]],
    hours: list[int],
) -> None:
    """Any vintages, read at any moments, give what a plain dictionary remembers."""
    history: dict[date, list[Version]] = {}
    fetched = utc(MONDAY, 17)
    moments = [fetched + timedelta(hours=h) for h in hours]
    with suppress(Undone), warehouse.transaction():
        for number, (pause, vintage) in enumerate(vintages):
            fetched += timedelta(hours=pause)
            loading = Loading(f"v{number}", "model", f"v{number}", fetched, len(vintage))
            warehouse.load(MARGIN, as_rows(vintage), loading, CALENDAR)
            remember(history, vintage, fetched)
            moments += [fetched, fetched - timedelta(seconds=1)]
        for moment in moments:
            rows = warehouse.read("margin_market", moment)
            there = {
                row["trade_date"]: tuple(row[v] for v in VALUES)
                for row in rows.iter_rows(named=True)
            }
            assert there == recalled(history, moment)
            assert rows.height == len(there)
            assert_same(rows, asked(warehouse, "margin_market", stamp(moment)))
        assert audit(warehouse) == []
        raise Undone


# --- in SQL, for every dataset -------------------------------------------------------------------

KEYS = 6
HOURS = {0: 0, 1: 24, 2: 49, 3: 72, 4: 72}  # of each load since the first; the last two at once
LOADS: tuple[dict[int, int], ...] = (  # number of the key → version of its values
    {0: 1, 1: 1, 2: 1},
    {0: 2, 3: 1},  # an old row is revised, a new one comes
    {0: 3, 3: 2, 4: 1},  # one is revised twice, a new row is, and one comes late
    {0: 1, 1: 0, 5: 1},  # one is taken back; nothing but nulls, which replace nothing
    {0: 4, 2: 2},  # and revised in the moment of the load before
)


def asked(warehouse: Warehouse, name: str, moment: str) -> pl.DataFrame:
    """What an analyst gets."""
    return warehouse.query(f"FROM core.{name}_asof({moment})")


def assert_same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    assert ours.columns == theirs.columns
    assert sorted(ours.rows(), key=repr) == sorted(theirs.rows(), key=repr)


def another(value: object, number: int) -> object:
    """The key of another row."""
    if isinstance(value, date):
        return date(2026, 1, 10) + timedelta(days=number)
    return f"{value}~{number}" if isinstance(value, str) else number


def version(dtype: pl.DataType, number: int) -> object:
    """A value in one of its versions, 0 being none."""
    by_type = {pl.String: f"v{number}", pl.Float64: number / 2, pl.Int64: number}
    return by_type.get(type(dtype)) if number else None


def as_loaded(d: Dataset, first: dict[str, object], keys: dict[int, int]) -> pl.DataFrame:
    """Rows of these keys with these versions of their values.

    Dates of other kinds stay as drawn.
    """
    wanted, rows = schema(d.contract), []
    for key, number in keys.items():
        values = {v: version(wanted[v], number) for v in d.values if wanted[v] != pl.Date}
        named = [*d.key, *([d.dated_by] if d.dated_by else [])]
        rows.append(first | values | {k: another(first[k], key) for k in named})
    return pl.DataFrame(rows, schema=wanted)


Book = dict[tuple[object, ...], list[tuple[datetime, tuple[object, ...], str]]]


def note(d: Dataset, book: Book, rows: pl.DataFrame, fetched: datetime, source: str) -> None:
    """Write rows into a book of versions."""
    for row, due in zip(rows.to_dicts(), d.due(rows, CALENDAR), strict=True):
        key, values = tuple(row[k] for k in d.key), tuple(row[v] for v in d.values)
        if key not in book:
            live = shanghai_date(due) >= shanghai_date(fetched)
            book[key] = [(fetched if live else due, values, source)]
            continue
        pairs = zip(values, book[key][-1][1], strict=True)
        merged = tuple(old if new is None else new for new, old in pairs)
        if merged != book[key][-1][1] and not d.first_wins:
            book[key].append((fetched, merged, source))


def written(d: Dataset, book: Book, moment: datetime) -> list[tuple[object, ...]]:
    """What the book says was believed at a moment, in the columns of the dataset."""
    found = []
    for key, versions in book.items():
        believed = [v for v in versions if v[0] <= moment][-1:]
        for known_at, values, source in believed:
            row = dict(zip([*d.key, *d.values], [*key, *values], strict=True))
            found.append((*(row[c] for c in d.contract.column_names()), known_at, source))
    return sorted(found, key=repr)


@pytest.mark.parametrize("name", catalogue())
def test_sql_gives_what_was_known_at_any_moment_as_flows_read_it(
    books: Warehouse, drawn: Drawn, name: str
) -> None:
    """Old and new rows revised, twice, taken back, late, and superseded exactly at the moment."""
    d, book, moments = dataset(name), {}, {datetime(1980, 1, 1), datetime(2999, 12, 31, 23)}
    first = drawn(name).row(0, named=True)
    for number, keys in enumerate(LOADS):
        fetched, source = utc(MONDAY, 17) + timedelta(hours=HOURS[number]), f"load {number}"
        rows = as_loaded(d, first, keys)
        books.load(d, rows, Loading(source, source, source, fetched, rows.height), CALENDAR)
        note(d, book, rows, fetched, source)
    for known_at in {v[0] for versions in book.values() for v in versions}:
        moments |= {known_at, known_at - timedelta(microseconds=1)}
    each = f"(SELECT unnest([{', '.join(map(stamp, moments))}]) AS asked_at)"
    told = books.query(f"FROM {each}, LATERAL (FROM core.{name}_asof(asked_at))")
    for moment in moments:
        there = told.filter(asked_at=moment).drop("asked_at").rows()
        assert sorted(there, key=repr) == written(d, book, moment), moment
    for moment in sorted(moments)[::4]:
        assert_same(books.read(name, moment), asked(books, name, stamp(moment)))


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("DATE '2026-01-13'", cutoff(date(2026, 1, 13))),
        ("'2026-01-13'", cutoff(date(2026, 1, 13))),
        ("core.cutoff(DATE '2026-01-13')", cutoff(date(2026, 1, 13))),
        ("core.cutoff('2026-01-13')", cutoff(date(2026, 1, 13))),
        ("TIMESTAMP '2026-01-13'", datetime(2026, 1, 13)),
        ("TIMESTAMP '2026-01-13 10:00:00.123456'", datetime(2026, 1, 13, 10, 0, 0, 123456)),
        ("'2026-01-13 10:00:00'", datetime(2026, 1, 13, 10)),
        ("TIMESTAMPTZ '2026-01-13 18:00:00+08'", datetime(2026, 1, 13, 10)),
        ("'2026-01-13 18:00:00+08'", datetime(2026, 1, 13, 10)),
        ("'2026-01-13T10:00:00Z'", datetime(2026, 1, 13, 10)),
        ("'2026-01-13 18:00:00+0800'", datetime(2026, 1, 13, 10)),
        ("' 2026-01-13'", cutoff(date(2026, 1, 13))),
        ("'2026-01-13 '", cutoff(date(2026, 1, 13))),
        ("TIMESTAMPTZ '1950-06-01 00:00:00.25+00'", datetime(1950, 6, 1, 0, 0, 0, 250000)),
        ("NULL", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_moment_is_the_same_in_every_session(
    warehouse: Warehouse, zone: str, said: str, utc: datetime | None
) -> None:
    warehouse.connection.execute(f"SET TimeZone = '{zone}'")
    try:
        assert warehouse.query(f"SELECT core.moment({said})").item() == utc
    finally:
        warehouse.connection.execute("RESET TimeZone")


def test_what_is_no_moment_is_refused(warehouse: Warehouse) -> None:
    for wrong in ("'yesterday'", "20260113", "'13.1.2026'"):
        with pytest.raises(InputRefused, match=r"Conversion Error|cast"):
            warehouse.query(f"SELECT core.moment({wrong})")


def test_the_moment_may_be_a_column(books: Warehouse, drawn: Drawn) -> None:
    """Of each day the rows known by its end: what an ASOF JOIN on known_at gets wrong."""
    days = [date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 15)]
    for day in days[:2]:
        rows = one_row("index_daily", drawn, trade_date=day, close=100.0)
        load(books, "index_daily", rows, utc(day, 17))
    load(
        books,
        "index_daily",
        one_row("index_daily", drawn, trade_date=days[0], close=9.0),
        utc(days[2], 17),
    )
    told = books.query(
        "SELECT day, max(x.trade_date) AS newest, arg_max(x.close, x.trade_date) AS close "
        f"FROM (SELECT unnest({[str(d) for d in days]}::DATE[]) AS day), "
        "LATERAL (FROM core.index_daily_asof(day)) AS x GROUP BY day ORDER BY day"
    )
    assert told.rows() == [
        (days[0], days[0], 100.0),
        (days[1], days[1], 100.0),
        (days[2], days[1], 100.0),
    ]


def test_the_functions_are_commented_and_no_column_is_taken_for_their_argument(
    warehouse: Warehouse,
) -> None:
    sql = "SELECT function_name, comment FROM duckdb_functions() WHERE schema_name = 'core'"
    comments = dict(warehouse.query(sql).iter_rows())
    assert set(comments) == {"cutoff", "moment", *(f"{name}_asof" for name in catalogue())}
    assert all(comments.values())
    assert [n for n, d in catalogue().items() if "moment" in d.contract.column_names()] == []


def test_a_home_of_an_earlier_version_learns_the_functions(tmp_path: Path, drawn: Drawn) -> None:
    """At its next opening; until then flows read it all the same."""
    path = tmp_path / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as old:
        load(old, "index_daily", one_row("index_daily", drawn), utc(MONDAY, 18))
        for macro in ddl.macros(catalogue()):
            kind = "MACRO TABLE" if macro.rows else "MACRO"
            old.connection.execute(f"DROP {kind} {macro.name}")
        old.connection.execute("DROP VIEW meta.freshness")
        old.set("schema", "of an earlier version")
    with Reader.open(path) as reader:
        ours = reader.read("index_daily", utc(MONDAY, 18))
    with Warehouse.writing(path, simulated=False) as opened:
        assert_same(ours, asked(opened, "index_daily", "DATE '2026-01-12'"))
        assert opened.query("FROM meta.freshness").filter(dataset="index_daily")["rows"][0] == 1
    assert ours.height == 1
