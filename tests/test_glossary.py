"""The glossary has what the product is made of, and names nothing that does not exist."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from transforms.axes.composite import WEIGHTS
from transforms.engine.metric import metrics
from warehouse import errors
from warehouse.catalog import catalogue

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| term |")
]
NAMED = {name for row in ROWS for name in re.findall(r"`([^`]+)`", row[3])}
TABLES = set(
    re.findall(r"^## (\S+)$", (ROOT / "docs" / "dictionary.md").read_text("utf-8"), re.MULTILINE)
)
VIEWS = {file.stem for file in (ROOT / "warehouse" / "views").glob("*.sql")}
SCHEMAS = ("raw", "core", "mart", "meta")
ERRORS = {
    name
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, errors.BriefingError)
} - {"BriefingError", "SourceError"}
FAMILIES = {one.family for one in metrics().values()}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("family of metrics", FAMILIES),
        ("dataset", set(catalogue())),
        ("schema", set(SCHEMAS)),
        ("block", set(WEIGHTS)),
        ("error", ERRORS),
    ],
)
def test_all_of_a_kind_have_an_entry(kind: str, names: set[str]) -> None:
    assert names - NAMED == set(), f"{kind}: add an entry to docs/glossary.md"


def test_what_entries_name_exists() -> None:
    known = FAMILIES | set(catalogue()) | set(SCHEMAS) | set(WEIGHTS) | ERRORS | TABLES | VIEWS
    assert [one for one in NAMED - known if "/" not in one or not (ROOT / one).exists()] == []


def test_every_term_stands_once_in_order_and_has_its_chinese() -> None:
    assert [row for row in ROWS if len(row) != 4] == []
    assert [row[0] for row in ROWS if not re.search(r"[\u4e00-\u9fff]", row[1])] == []
    terms = [row[0] for row in ROWS]
    assert len(set(terms)) == len(terms) > 100
    for section in TEXT.split("\n## ")[1:]:
        own = [row[0].casefold() for row in ROWS if f"| {row[0]} |" in section]
        assert [(a, b) for a, b in pairwise(own) if a > b] == [], section.partition("\n")[0]
