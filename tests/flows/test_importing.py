"""Import: everything or nothing, said in words that name file, column and rule."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.importing import import_path
from flows.workspace import Workspace
from warehouse.catalog import catalogue
from warehouse.errors import BriefingError, ContractViolated, InputRefused
from warehouse.files import passed_over
from warehouse.store import Reader

Drawn = Callable[[str], pl.DataFrame]
Folder = Callable[..., Path]
MARKET = Path(__file__).parents[3] / "shared" / "market"


@pytest.fixture
def history(folder: Folder, drawn: Drawn) -> Path:
    """A folder with drawn rows of every dataset."""
    return folder({name: drawn(name) for name in catalogue()})


def state(ws: Workspace) -> tuple[str, Path, list[str]]:
    """Everything that a refused import must leave alone."""
    content = hashlib.sha256(ws.places.writer.read_bytes()).hexdigest()
    return content, ws.places.current.readlink(), sorted(map(str, ws.places.home.rglob("*")))


def refused(ws: Workspace, path: Path, *words: str) -> BriefingError:
    """The import fails with a message that has all the words, and nothing was changed."""
    before = state(ws)
    with pytest.raises((InputRefused, ContractViolated)) as caught:
        import_path(ws, path)
    for word in words:
        assert word in str(caught.value)
    assert state(ws) == before
    return caught.value


def counts(ws: Workspace) -> dict[str, int]:
    with Reader.open(ws.places.current) as reader:
        return reader.row_counts()


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
    "NaN": ("index_daily", "close", float("nan"), "rule nan", "not NaN"),
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


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_one_bad_row_refuses_the_file(
    filled: Workspace, folder: Folder, drawn: Drawn, case: str, form: str
) -> None:
    name, column, value, *words = BAD[case]
    good = drawn(name)
    bad = good.head(1).with_columns(pl.lit(value, good[column].dtype).alias(column))
    path = folder({name: pl.concat([bad, good.tail(1)])}, form=form)
    refused(filled, path, f"{name}.{form}", f"column {column}", "1 row,", *words)


def test_index_dates_of_other_exchanges_are_only_held_to_weekdays(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    hang_seng = drawn("index_daily").tail(1)
    holiday = hang_seng.with_columns(trade_date=date(2026, 1, 1))
    assert import_path(filled, folder({"index_daily": holiday}) / "index_daily.parquet")[0].new == 1
    sunday = hang_seng.with_columns(trade_date=date(2026, 1, 11))
    refused(filled, folder({"index_daily": sunday}), "rule weekend", "falls on a weekend")


def test_a_key_twice_is_refused_with_the_key(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    rows = drawn("stock_daily")
    twice = pl.concat([rows, rows.head(1).with_columns(close=11.7)])
    words = ("column key (code, trade_date)", "rule primary_key", "must be unique", "2 rows")
    refused(filled, folder({"stock_daily": twice}), "stock_daily.parquet", *words)


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


@pytest.mark.real
@pytest.mark.skipif(not MARKET.exists(), reason="the real market data are not beside the project")
def test_real_history_is_imported_within_a_minute(ws: Workspace) -> None:
    """In a minute of computing on all cores together, so that other tests beside it do not count."""
    began = time.process_time()
    done = {i.dataset: i for i in import_path(ws, MARKET)}
    assert time.process_time() - began < 60
    assert (done["index_daily"].new, done["index_daily"].corrected) == (51_755, 5)
    assert done["stock_daily"].new == 3_684_058
    assert counts(ws)["core.stock_daily"] == 3_684_058
