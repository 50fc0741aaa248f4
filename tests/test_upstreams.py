"""docs/upstreams.md: each function in use is held against something, and nothing of it is stale."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

import pytest

from flows.ingestion.fetch import akshare
from scripts.upstreams import PAGE, Use, checked, columns_of, markdown, uses
from tests.flows.network.source_walk import named_by, reached
from tests.warehouse.datasets.recorded import FOLDER, readers, recording
from tests.warehouse.datasets.test_recorded_answers import why_not

FILES = {f.stem: f for f in sorted(FOLDER.glob("*/*.json"))}
UNRECORDED = {f: u for f, u in uses().items() if "checked" in checked().get(f, {})}
# Columns in use that akshare documents otherwise, or not at all.
UNDOCUMENTED = {
    "fund_etf_hist_sina": {"amount"},
    "macro_china_supply_of_money": {"货币(狭义货币M1)", "货币(狭义货币M1)同比增长"},
    "stock_zh_a_cdr_daily": {"amount"},
}


def test_each_function_in_use_has_an_entry_and_no_entry_is_stale() -> None:
    assert set(uses()) == set(named_by())
    for function, use in uses().items():
        assert {reader.split(" ")[0] for reader in use.readers} <= named_by()[function]
    assert list(checked()) == list(uses())
    assert {f for f, e in checked().items() if ("rows" in e) == ("checked" in e)} == set()


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "run `make upstreams`"


@cache
def literals(function: str) -> frozenset[str]:
    """Every text in the source of a function of akshare and of what it mentions."""
    nodes = (n for v in reached(getattr(akshare(), function)) for n in ast.walk(v.tree))
    return frozenset(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))  # fmt: skip


@pytest.mark.parametrize("function", UNRECORDED)
def test_the_columns_that_are_read_stand_in_akshares_source(function: str) -> None:
    """But for names that come from the host; each of these is one that the source lacks."""
    entry = checked()[function]
    read, own = columns_of(UNRECORDED[function], entry), set(entry.get("own", ()))
    assert read - literals(function) == own
    assert read or UNRECORDED[function].transcribed


@cache
def documented() -> dict[str, set[str]]:
    """The outputs that akshare documents, by function."""
    file = Path(str(akshare().__file__)).parent / "data" / "interfaces.json"
    said = json.loads(file.read_text("utf-8"))["interfaces"]
    entries = said if isinstance(said, list) else said.values()
    return {e["name"]: {o["name"] for o in e.get("outputs") or ()} for e in entries}


@pytest.mark.parametrize("function", [f for f in UNRECORDED if documented().get(f)])
def test_the_columns_that_are_read_are_documented(function: str) -> None:
    read = columns_of(UNRECORDED[function], checked()[function])
    assert read - documented()[function] == UNDOCUMENTED.get(function, set())


@pytest.mark.parametrize("function", [f for f, e in checked().items() if "reads" in e])
def test_a_column_of_an_own_reader_stands_in_the_dataset(function: str) -> None:
    use: Use = uses()[function]
    modules = {reader.split(" ")[0] for reader in use.readers}
    text = "".join(
        file.read_text("utf-8")
        for folder in ("datasets", "readers")
        for file in Path(__file__).parents[1].joinpath("warehouse", folder).glob("*.py")
        if folder == "readers" or file.stem in modules
    )
    unread = {
        c
        for c in checked()[function]["reads"]
        if f'"{c}"' not in text and f'"{c.removesuffix("价")}' not in text
    }
    assert unread == set()


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="the recorded answers are not beside the project")
@pytest.mark.parametrize("function", [f for f, e in checked().items() if "rows" in e])
def test_what_is_said_of_a_recorded_answer_is_so(function: str) -> None:
    recorded, entry = recording(FILES[function]), checked()[function]
    reasons = {why_not(recorded, *user[:3]) for user in readers(recorded)}
    said = entry.get("skipped", "passes")
    assert entry["rows"] == recorded.height
    assert said.startswith("passes") is (None in reasons)
    assert all(reason in said for reason in reasons if reason)
