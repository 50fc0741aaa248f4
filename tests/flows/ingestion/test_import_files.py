"""Import: what is doubtful is set aside or refuses all, in
words that name file, column and rule.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.catalog import catalogue
from warehouse.errors import BriefingError, ContractViolated, InputRefused
from warehouse.files import passed_over
from warehouse.storage.audit import contents
from warehouse.storage.store import Reader

Drawn = Callable[[str], pl.DataFrame]
Folder = Callable[..., Path]


@pytest.fixture
def history(folder: Folder, drawn: Drawn) -> Path:
    """A folder with drawn rows of every dataset."""
    return folder({name: drawn(name) for name in catalogue()})


def state(ws: Workspace) -> tuple[str, Path, list[str]]:
    """Everything that a refused import must leave alone."""
    content = hashlib.sha256(ws.places.writer.read_bytes()).hexdigest()
    return content, ws.places.current.readlink(), sorted(map(str, ws.places.home.rglob("*")))


def refused(ws: Workspace, path: Path, *words: str, strict: bool = False) -> BriefingError:
    """The import fails with a message that has all the words, and nothing was changed."""
    before = state(ws)
    with pytest.raises((InputRefused, ContractViolated)) as caught:
        import_path(ws, path, strict=strict)
    for word in words:
        assert word in str(caught.value)
    assert state(ws) == before
    return caught.value


def counts(ws: Workspace) -> dict[str, int]:
    with Reader.open(ws.places.current) as reader:
        return {table: rows for table, (rows, _) in contents(reader).items()}


def test_every_dataset_can_be_imported_from_both_kinds_of_file(
    ws: Workspace, folder: Folder, drawn: Drawn
) -> None:
    frames = {name: drawn(name) for name in catalogue()}
    first = import_path(ws, folder(frames))
    for file in folder({}).iterdir():
        file.unlink()
    again = import_path(ws, folder(frames, form="csv"))
    assert {i.dataset for i in first} == set(catalogue())
    assert {i.dataset: i.rows for i in first} == {n: f.height for n, f in frames.items()}
    assert [(i.dataset, i.new, i.revised) for i in again if i.new or i.revised] == []


def test_twice_is_once(filled: Workspace, history: Path) -> None:
    before = counts(filled)
    again = import_path(filled, history)
    assert all(i.new == i.revised == 0 for i in again)
    after = counts(filled)
    assert {t: n for t, n in after.items() if t.startswith("core.")} == {
        t: n for t, n in before.items() if t.startswith("core.")
    }


def test_an_import_over_a_list_of_the_project_is_kept(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    listed = drawn("unicorn_count").with_columns(
        list_name=pl.lit("Global Unicorn Top 500"), count=pl.lit(99, pl.Int64)
    )
    import_path(filled, folder({"unicorn_count": listed}))
    assert all(i.revised == 0 for i in import_path(filled, folder({})))
    with Reader.open(filled.places.current) as reader:
        sql = "SELECT count FROM core.unicorn_count WHERE list_name LIKE 'Global%' AND year = 2025"
        assert reader.query(sql).item() == 99


@pytest.mark.parametrize("name", ["index_daily", "security", "ipo_hk"])
def test_missing_and_unknown_columns_are_named(
    filled: Workspace, folder: Folder, drawn: Drawn, name: str
) -> None:
    path = folder({name: drawn(name).rename({"code": "ticker"})})
    refused(
        filled,
        path,
        f"{name}.parquet",
        "column code is missing",
        f"column ticker is not part of {name}",
        "rule: columns as in the contract",
        "Rename or remove columns",
    )


BAD = {
    "negative price": ("stock_daily", "close", -1.0, "rule min", "600000.SH"),
    "zero price": ("stock_daily", "open", 0.0, "rule min", "Correct or remove"),
    "NaN": ("index_daily", "close", float("nan"), "rule nan", "can be read"),
    "infinity": ("margin_market", "financing_balance_cny", float("inf"), "rule inf", "finite"),
    "nothing": ("index_daily", "close", None, "rule nullability", "must not be empty"),
    "Sunday": ("stock_daily", "trade_date", date(2026, 1, 11), "not_a_trading_day", "2026-01-11"),
    "holiday": ("margin_market", "trade_date", date(2026, 1, 1), "not_a_trading_day", "trading"),
    "Sunday in Hong Kong": ("ipo_hk", "listing_date", date(2026, 1, 11), "weekday", "Sunday"),
    "future": ("index_daily", "trade_date", date(2026, 1, 21), "in_the_future", "lies in the"),
    "future listing": ("ipo_hk", "listing_date", date(2026, 2, 3), "in_the_future", "lies in the"),
    "code without exchange": ("stock_daily", "code", "600000", "rule regex", "spelled"),
    "unknown exchange": ("market_turnover", "exchange", "HKEX", "rule regex", "spelled"),
}


@pytest.fixture
def with_a_bad_row(folder: Folder, drawn: Drawn) -> Callable[[str, str], Path]:
    """A file with one bad row of the case and one good row."""

    def written(case: str, form: str) -> Path:
        name, column, value, *_ = BAD[case]
        good = drawn(name)
        bad = good.head(1).with_columns(pl.lit(value, good[column].dtype).alias(column))
        return folder({name: pl.concat([bad, good.tail(1)])}, form=form)

    return written


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_one_bad_row_refuses_all_where_the_operator_is_strict(
    filled: Workspace, with_a_bad_row: Callable[[str, str], Path], case: str, form: str
) -> None:
    name, column, _, *words = BAD[case]
    path = with_a_bad_row(case, form)
    words = [f"{name}.{form}", f"column {column}", "1 row,", "Without --strict", *words]
    refused(filled, path, *words, strict=True)


def rejected(ws: Workspace) -> pl.DataFrame:
    with Reader.open(ws.places.current) as reader:
        return reader.query("FROM raw.rejected")


@pytest.mark.parametrize("case", BAD)
def test_one_bad_row_is_set_aside_and_the_rest_loads(
    filled: Workspace, with_a_bad_row: Callable[[str, str], Path], case: str
) -> None:
    name, column, _, rule, *_ = BAD[case]
    path = with_a_bad_row(case, "parquet")
    (done,) = import_path(filled, path)
    lying = rejected(filled)
    assert (done.dataset, done.rows, done.quarantined) == (name, 2, 1)
    assert set(lying["dataset"]) == {name}
    assert column in lying["column_name"]
    assert any(rule in f"rule {told['rule']}" for told in done.rules)


def test_a_bad_row_that_comes_again_lies_there_once(
    filled: Workspace, with_a_bad_row: Callable[[str, str], Path]
) -> None:
    path = with_a_bad_row("Sunday", "parquet")
    import_path(filled, path)
    lying = rejected(filled)
    assert import_path(filled, path)[0].quarantined == 1
    assert rejected(filled).equals(lying)


def test_a_file_that_is_mostly_doubtful_is_refused(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    rows = drawn("stock_daily").with_columns(high=0.05)
    refused(filled, folder({"stock_daily": rows}), "stock_daily.parquet", "rule prices_are_ordered")


def long_margin(ws: Workspace, number: int = 400) -> pl.DataFrame:
    """So many days of margin loans that grow evenly."""
    days = ws.calendar.filter(ws.calendar < ws.today).tail(number)
    grown = 1e12 * (1 + 0.4 * pl.int_range(pl.len()) / number)
    return pl.DataFrame({"trade_date": days}).with_columns(
        financing_balance_cny=grown,
        securities_lending_balance_cny=0.01 * grown,
        financing_purchases_cny=0.1 * grown,
    )


def test_a_figure_out_of_size_is_told_and_its_row_loads_without_it(
    ws: Workspace, folder: Folder
) -> None:
    rows = long_margin(ws)
    odd = pl.col("trade_date") == rows["trade_date"][200]
    slipped = rows.with_columns(
        financing_purchases_cny=pl.when(odd)
        .then(pl.col("financing_purchases_cny") / 1e3)
        .otherwise("financing_purchases_cny")
    )
    (done,) = import_path(ws, folder({"margin_market": slipped}))
    assert (done.new, done.quarantined) == (400, 1)
    assert done.rules[0]["column"] == "financing_purchases_cny"
    assert "figures around it" in str(done.rules[0]["rule"])
    with Reader.open(ws.places.current) as reader:
        sql = "SELECT trade_date FROM core.margin_market WHERE financing_purchases_cny IS NULL"
        assert reader.query(sql).item() == rows["trade_date"][200]


def test_fifty_bad_rows_of_five_thousand_cost_fifty(ws: Workspace, folder: Folder) -> None:
    """One in a hundred; and of as many others, only the field that is wrong."""
    place, rows = pl.int_range(5000), long_margin(ws, 5000)
    bad = rows.with_columns(
        financing_balance_cny=pl.when(place % 100 == 50)
        .then(7.0)
        .otherwise("financing_balance_cny"),
        securities_lending_balance_cny=pl.when(place % 100 == 25)
        .then(-1.0)
        .otherwise("securities_lending_balance_cny"),
    )
    path = folder({"margin_market": bad})
    (done,) = import_path(ws, path)
    assert (done.rows, done.new, done.quarantined) == (5000, 4950, 100)
    with Reader.open(ws.places.current) as reader:
        kept = reader.query("FROM core.margin_market ORDER BY trade_date")
        log = reader.query(
            "SELECT rows_received, rows_rejected FROM meta.load WHERE rows_new = 4950"
        )
    assert kept["financing_balance_cny"].null_count() == 0
    assert kept["securities_lending_balance_cny"].null_count() == 50
    assert log.rows() == [(5000, 50)]
    reasons = rejected(ws).select("lost", "content").unique().group_by("lost").len().sort("lost")
    assert reasons.rows() == [("field", 50), ("row", 50)]
    refused(ws, path, "rule min", "Without --strict", strict=True)


def test_a_doubtful_figure_replaces_none_that_is_known(ws: Workspace, folder: Folder) -> None:
    """Core keeps the value that it has, nothing counts as revised, and the reason is told."""
    rows = long_margin(ws, 40)
    import_path(ws, folder({"margin_market": rows}))
    last = pl.col("trade_date") == rows["trade_date"].max()
    doubtful = rows.with_columns(
        financing_purchases_cny=pl.when(last).then(-1.0).otherwise("financing_purchases_cny")
    )
    (done,) = import_path(ws, folder({"margin_market": doubtful}))
    assert (done.new, done.revised, done.quarantined) == (0, 0, 1)
    with Reader.open(ws.places.current) as reader:
        core = reader.query("FROM core.margin_market ORDER BY trade_date").select(rows.columns)
        assert core.equals(rows)
        assert reader.query("FROM core.margin_market_superseded").is_empty()
    assert rejected(ws).select("column_name", "lost").row(0) == ("financing_purchases_cny", "field")


def test_what_is_known_stays_where_only_the_rest_of_the_row_is_revised(
    ws: Workspace, folder: Folder
) -> None:
    rows = long_margin(ws, 40)
    import_path(ws, folder({"margin_market": rows}))
    last = pl.col("trade_date") == rows["trade_date"].max()
    anew = rows.with_columns(
        financing_balance_cny=pl.col("financing_balance_cny")
        * pl.when(last).then(1.01).otherwise(1.0),
        financing_purchases_cny=pl.when(last).then(-1.0).otherwise("financing_purchases_cny"),
    )
    (done,) = import_path(ws, folder({"margin_market": anew}))
    assert (done.revised, done.quarantined) == (1, 1)
    with Reader.open(ws.places.current) as reader:
        core = reader.query("FROM core.margin_market ORDER BY trade_date").tail(1)
    assert core["financing_balance_cny"].item() == anew["financing_balance_cny"][-1]
    assert core["financing_purchases_cny"].item() == rows["financing_purchases_cny"][-1]


def test_a_column_that_slipped_on_forty_days_refuses_a_file_of_four_hundred(
    ws: Workspace, folder: Folder
) -> None:
    rows = long_margin(ws)
    late = pl.col("trade_date") > rows["trade_date"][-41]
    slip = pl.when(late).then(1e-4).otherwise(1.0)
    slipped = rows.with_columns(pl.col("financing_purchases_cny") * slip)
    words = ("margin_market.parquet", "column financing_purchases_cny", "another unit")
    with pytest.raises(ContractViolated) as caught:
        import_path(ws, folder({"margin_market": slipped}))
    assert all(word in str(caught.value) for word in words)


def test_index_dates_of_other_exchanges_are_only_held_to_weekdays(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    hang_seng = drawn("index_daily").tail(1)
    holiday = hang_seng.with_columns(trade_date=date(2026, 1, 1))
    assert import_path(filled, folder({"index_daily": holiday}) / "index_daily.parquet")[0].new == 1
    sunday = hang_seng.with_columns(trade_date=date(2026, 1, 11))
    path = folder({"index_daily": sunday})
    refused(filled, path, "rule weekend", "falls on a weekend", strict=True)


def test_a_row_that_is_there_twice_counts_once(ws: Workspace, folder: Folder, drawn: Drawn) -> None:
    rows = drawn("ipo_hk")
    (done,) = import_path(ws, folder({"ipo_hk": pl.concat([rows, rows.head(1)])}))
    assert (done.new, done.quarantined) == (rows.height, 0)


def test_a_key_with_two_stories_is_set_aside_and_the_other_listings_load(
    ws: Workspace, folder: Folder, drawn: Drawn
) -> None:
    one = drawn("ipo_hk").head(1)
    code = pl.format("{}.HK", (pl.int_range(40) + 6600).cast(pl.String).str.zfill(5))
    unquoted = {c: pl.lit(None, pl.Float64) for c in ("first_day_close_hkd", "first_day_return")}
    rows = pl.concat([one] * 40).with_columns(code=code, **unquoted)
    twice = pl.concat([rows, rows.tail(1).with_columns(name=pl.lit("another"))])
    path = folder({"ipo_hk": twice})
    (done,) = import_path(ws, path)
    assert (done.rows, done.new, done.quarantined) == (41, 39, 2)
    assert done.rules[0]["column"] == "key"
    words = ("column key (code)", "rule primary_key", "must be unique", "2 rows")
    refused(ws, path, "ipo_hk.parquet", *words, strict=True)


def bars_of(ws: Workspace, cents: float) -> pl.DataFrame:
    """Quiet bars of forty shares over a month, their prices shifted by so many yuan."""
    days = pl.DataFrame({"trade_date": ws.calendar.filter(ws.calendar < ws.today).tail(20)})
    codes = pl.DataFrame({"code": [f"{600000 + n}.SH" for n in range(40)]})
    price = {c: pl.lit(10.0 + cents) for c in ("open", "high", "low", "close")}
    return days.join(codes, how="cross").with_columns(
        **price, volume_shares=pl.lit(1e6), amount_cny=pl.lit(1e7), turnover_rate=pl.lit(0.01)
    )


def test_a_file_of_adjusted_prices_is_said_to_be_one(ws: Workspace, folder: Folder) -> None:
    (traded,) = import_path(ws, folder({"stock_daily": bars_of(ws, 0.0)}))
    (adjusted,) = import_path(ws, folder({"stock_daily": bars_of(ws, 0.0033)}))
    assert traded.note == ""
    assert "stock_daily.parquet: prices are adjusted, not as traded, from" in adjusted.note
    assert "100% have no previous close" in adjusted.note


@pytest.mark.parametrize(
    "case",
    [
        ("margin_market", "financing_balance_cny", ["2.67万亿", "2.65e12"]),
        ("margin_market", "trade_date", ["2026/01/12", "2026/01/13"]),
        ("unicorn_count", "count", ["forty"]),
    ],
)
def test_text_in_a_number_or_date_is_refused(
    filled: Workspace, folder: Folder, drawn: Drawn, case: tuple[str, str, list[str]]
) -> None:
    name, column, cells = case
    path = folder({name: drawn(name).with_columns(pl.Series(column, cells))})
    words = ("rule: type of the contract", cells[0], "Write dates as 2026-01-13")
    refused(filled, path, f"{name}.parquet", f"column {column}", *words)


@pytest.mark.parametrize(
    "case",
    [
        ("margin_market", "trade_date", [20260112, 20260113]),
        ("margin_market", "financing_balance_cny", [date(2026, 1, 12)] * 2),
        ("unicorn_count", "count", [39.5]),
    ],
)
def test_a_type_that_a_cast_would_misread_is_refused(
    filled: Workspace, folder: Folder, drawn: Drawn, case: tuple[str, str, list[object]]
) -> None:
    name, column, cells = case
    path = folder({name: drawn(name).with_columns(pl.Series(column, cells))})
    refused(filled, path, f"{name}.parquet", f"column {column}", "rule: type of the contract")


def test_whole_numbers_and_single_precision_are_read_without_noise(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    rows = drawn("index_daily").with_columns(pl.col("close", "open").cast(pl.Float32) + 0.1)
    import_path(filled, folder({"index_daily": rows}) / "index_daily.parquet")
    with Reader.open(filled.places.current) as reader:
        assert reader.query("SELECT max(close) FROM core.index_daily").item() == 26848.1


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("index_daily.csv", b"", "cannot be read"),
        ("index_daily.parquet", b"", "cannot be read"),
        ("index_daily.parquet", b"PAR1 half a file", "cannot be read"),
        ("margin_market.csv", "trade_date\n融资\n".encode("gbk"), "csv or JSON lines in UTF-8"),
        ("trade_calendar.csv", b"trade_date\n", "has no rows"),
        ("trade_calendar.csv", b"trade_date\n2026-01-12,7\n", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    filled: Workspace, tmp_path: Path, file: str, content: bytes, words: str
) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    refused(filled, path, file, words, "rule: ")


def test_a_truncated_parquet_is_refused(filled: Workspace, folder: Folder, drawn: Drawn) -> None:
    file = folder({"stock_daily": drawn("stock_daily")}) / "stock_daily.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    refused(filled, file, "stock_daily.parquet", "damaged", "copy it again")


def test_an_unknown_dataset_is_refused_with_those_there_are(
    filled: Workspace, tmp_path: Path
) -> None:
    for name in ("prices.csv", "index_daily.xlsx"):
        file = tmp_path / name
        file.write_text("a\n1\n")
        refused(filled, file, f"unknown dataset '{name}'", "index_daily, index_valuation", "Rename")


def test_a_folder_without_datasets_is_refused_and_others_are_passed_over(
    filled: Workspace, tmp_path: Path, drawn: Drawn
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(filled, empty, "holds no dataset", "<dataset>.parquet")
    (empty / "README.md").write_text("not data")
    drawn("trade_calendar").write_csv(empty / "trade_calendar.csv")
    assert passed_over(empty) == ["README.md"]
    assert [i.dataset for i in import_path(filled, empty)] == ["trade_calendar"]


def test_the_same_dataset_as_parquet_and_csv_is_refused(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    folder({"stock_daily": drawn("stock_daily")}, form="parquet")
    path = folder({"stock_daily": drawn("stock_daily")}, form="csv")
    refused(filled, path, "stock_daily", "both as parquet and as csv", "remove one")


def test_a_path_that_is_not_there_or_not_ours_to_read_is_refused(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(filled, tmp_path / "nowhere", "does not exist", "give a folder")
    locked = tmp_path / "locked"
    locked.mkdir()
    real = Path.iterdir

    def forbidden(self: Path) -> object:
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "iterdir", forbidden)
    refused(filled, locked, "cannot be read: Permission denied", "check who may read it")


def test_all_bad_files_are_told_about_at_once(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    bad = {
        "stock_daily": drawn("stock_daily").with_columns(close=-1.0),
        "margin_market": drawn("margin_market").drop("financing_balance_cny"),
    }
    words = ("2 of 3 files cannot be imported; nothing was changed", "stock_daily.parquet: column")
    refused(
        filled,
        folder(bad | {"index_daily": drawn("index_daily")}),
        *words,
        "margin_market.parquet: column financing_balance_cny",
    )


def test_one_bad_file_keeps_the_good_ones_out(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    revised = drawn("index_daily").with_columns(pl.col("close") + 1)
    refused(filled, folder({"index_daily": revised, "margin_market": drawn("index_daily")}))


def test_the_whole_file_in_another_unit_is_refused_quickly(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    days = filled.calendar.filter(filled.calendar < filled.today).tail(4000)
    one = drawn("margin_market").head(1).drop("trade_date")
    many = pl.DataFrame({"trade_date": days}).join(one, how="cross")
    slipped = many.with_columns(pl.col("financing_balance_cny") / 1e8)
    began = time.monotonic()
    refused(
        filled, folder({"margin_market": slipped}), "column financing_balance_cny", "4,000 rows"
    )
    assert time.monotonic() - began < 3
