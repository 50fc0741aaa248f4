"""Files are named after datasets: which are taken, which passed over, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from warehouse import files
from warehouse.catalog import dataset
from warehouse.errors import InputRefused
from warehouse.files import passed_over, recognised, reference, stem, translated


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "gdp.csv",
        "cpi.parquet",
        "stk_mins.jsonl.xz",
        "gdp.txt",
        "other.csv",
        "gdp.csv.bak",
    ):
        (tmp_path / name).write_text("x\n")
    return tmp_path


def test_files_that_are_named_after_a_dataset_are_taken_and_others_passed_over(
    folder: Path,
) -> None:
    found = {path.name: d.name for path, d in recognised(folder).items()}
    assert found == {"cpi.parquet": "cpi", "gdp.csv": "gdp", "stk_mins.jsonl.xz": "stock_minute"}
    assert list(found) == sorted(found)
    assert passed_over(folder) == ["gdp.csv.bak", "gdp.txt", "other.csv"]


def test_one_file_is_taken_by_itself(folder: Path) -> None:
    assert list(recognised(folder / "gdp.csv")) == [folder / "gdp.csv"]
    assert passed_over(folder / "gdp.csv") == []


@pytest.mark.parametrize("name", ["gdp.parquet", "gdp.jsonl"])
def test_a_dataset_that_is_there_twice_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("x\n")
    with pytest.raises(InputRefused) as caught:
        recognised(folder)
    assert str(caught.value).startswith(f"{folder}: gdp is there both as parquet and as csv")


@pytest.mark.parametrize(
    ("name", "what"), [("other.csv", "unknown dataset 'other.csv'"), ("", "holds no dataset")]
)
def test_what_is_no_dataset_is_refused_with_the_names_there_are(
    tmp_path: Path, name: str, what: str
) -> None:
    (tmp_path / "other.csv").write_text("x\n")
    with pytest.raises(InputRefused) as caught:
        recognised(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {what} (rule: files are named ")
    assert ", gdp, " in str(caught.value)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="nowhere does not exist"):
        recognised(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_listed_is_refused_with_the_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(InputRefused) as caught:
        recognised(folder)
    assert str(caught.value).startswith(f"{folder} cannot be read: Permission denied; ")


def test_the_name_of_a_file_ends_with_its_first_dot() -> None:
    assert stem(Path("a/gdp.jsonl.xz")) == "gdp"


def test_a_file_of_another_shape_is_read_as_the_dataset_or_refused_with_its_columns() -> None:
    d, rows = dataset("stock_minute"), pl.DataFrame({"ts_code": ["600000.SH"]})
    assert translated(d, Path("stock_minute.csv"), rows) is rows
    with pytest.raises(InputRefused) as caught:
        translated(d, Path("stk_mins.csv"), rows)
    told = str(caught.value)
    assert told.startswith("stk_mins.csv: cannot be read as stock_minute (rule: ")
    assert told.endswith("It has ts_code.")


@pytest.mark.parametrize(
    "name", ["policy_term", "unicorn_count", "theme_membership", "code_change"]
)
def test_lists_of_the_project_itself_are_rows_of_their_contract(name: str) -> None:
    rows = reference(dataset(name))
    assert rows.height > 0
    assert set(dataset(name).contract.column_names()) <= set(rows.columns)


def test_cells_of_a_list_are_text_until_its_contract_types_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A code would lose its zeros."""
    monkeypatch.setattr(files, "shaped", lambda _d, rows, _name: rows)
    assert set(reference(dataset("unicorn_count")).dtypes) == {pl.String}
