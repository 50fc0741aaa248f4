"""What the architecture promises, held against the source: imports, SQL, errors, sizes."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "templates", "transforms", "warehouse")
BELOW_FLOWS = PACKAGES[1:]
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|MERGE|COPY|TRUNCATE)\s+[A-Z]")
SQL = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|MERGE|COPY)\s+(\S|$)")
WORLD = re.compile(
    r"^(datetime\.)?(datetime|date)\.(now|utcnow|today)$|^time\.time$|^os\.(environ|getenv)$"
    r"|^random\.|^(np|numpy)\.random\.(?!(default_rng|RandomState|Generator)\b)|^secrets\.|^uuid\."
)
SEEDED = ("np.random.default_rng", "np.random.RandomState")
# A statement, or a piece of one: of an f-string only the text between the braces is seen.
STATEMENT = re.compile(
    r"\b(SELECT|DELETE FROM|INSERT INTO)\s|\b(FROM|JOIN|INTO|UPDATE)\s+(core|raw|meta|mart)\."
)
LONGEST_FUNCTION, LONGEST_FILE = 50, 500
Node = TypeVar("Node", bound=ast.AST)


def sources(*folders: str) -> list[Path]:
    return sorted(f for folder in folders for f in (ROOT / folder).rglob("*.py"))


@cache
def trees() -> dict[Path, ast.Module]:
    """The packages, parsed once, and only where a test of this file runs."""
    files = sources(*PACKAGES, "benchmarks")
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


@cache
def walked(file: Path) -> list[ast.AST]:
    return list(ast.walk(trees()[file]))


def nodes(kind: type[Node], *folders: str) -> Iterator[tuple[str, Node]]:
    """Every node of a kind in the packages, with the place it stands in."""
    for file in trees():
        place = file.relative_to(ROOT)
        if place.parts[0] in folders:
            for node in walked(file):
                if isinstance(node, kind):
                    yield f"{place}:{getattr(node, 'lineno', 0)}", node


@cache
def docstrings(*folders: str) -> set[int]:
    """Identities of the nodes that are docstrings: prose may begin like a statement."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for owner in owners for _, node in nodes(owner, *folders)]
    return {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}


def texts(*folders: str) -> Iterator[tuple[str, str]]:
    """Every string of the code that is not a docstring, the first piece of an f-string included."""
    prose = docstrings(*folders)
    for place, node in nodes(ast.Constant, *folders):
        if isinstance(node.value, str) and id(node) not in prose:
            yield place, node.value


def test_the_import_rules_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_are_ours_and_not_somebody_elses(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT), "another installation hides the project"


def test_no_package_or_module_bears_a_name_of_the_standard_library_or_none_at_all() -> None:
    names = {f.stem for f in sources(*PACKAGES, "benchmarks")} | set(PACKAGES)
    assert names & (set(sys.stdlib_module_names) - {"__main__"}) == set()
    assert names & {"utils", "util", "helpers", "misc", "common"} == set()


def test_only_the_queries_of_facts_are_sql_above_the_warehouse_s_readers() -> None:
    """They are text for people: transforms cannot run them, for DuckDB is out of its reach."""
    found = {
        place.split(":")[0] for place, text in texts("transforms", "templates") if SQL.match(text)
    }
    assert found == {"transforms/facts.py"}


def of_warehouse() -> list[tuple[str, str]]:
    """The texts of flows, without those in which workers agree: a Postgres of their own tables."""
    return [one for one in texts("flows") if not one[0].startswith("flows/coordination/")]


def test_flows_read_with_sql_and_never_write_with_it() -> None:
    assert [place for place, text in of_warehouse() if WRITES.match(text)] == []


def test_flows_ask_the_warehouse_by_functions_and_not_in_sql() -> None:
    assert [place for place, text in of_warehouse() if STATEMENT.search(text)] == []


@pytest.mark.parametrize(
    "text", ["SELECT 1", "FROM meta.incident", "FROM core.", " JOIN raw.answer USING (dataset)"]
)
def test_sql_is_known_by_its_pieces(text: str) -> None:
    assert STATEMENT.search(text)
    assert not STATEMENT.search(f"letters {text.lower()}")


def test_errors_are_named_where_they_are_caught() -> None:
    """Catching everything is allowed to those who raise it again."""
    broad = []
    for place, node in nodes(ast.ExceptHandler, *PACKAGES, "benchmarks"):
        caught = (
            {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {""}
        )
        again = isinstance(node.body[-1], ast.Raise)
        if caught & {"", "Exception", "BaseException"} and not again:
            broad.append(place)
    assert broad == []


def test_no_error_is_passed_over_in_silence() -> None:
    silent = [
        place
        for place, node in nodes(ast.ExceptHandler, *PACKAGES, "benchmarks")
        if isinstance(node.body[0], ast.Pass)
    ]
    assert silent == []


def test_clock_environment_and_chance_stay_in_flows() -> None:
    found = [
        place
        for place, node in nodes(ast.Attribute, *BELOW_FLOWS)
        if WORLD.search(ast.unparse(node))
    ]
    assert found == []


def test_chance_below_flows_is_drawn_from_a_seed() -> None:
    unseeded = [
        place
        for place, node in nodes(ast.Call, *BELOW_FLOWS)
        if ast.unparse(node.func) in SEEDED and not node.args
    ]
    assert unseeded == []


def test_a_function_fits_on_a_screen() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{place} {node.name}: {node.end_lineno - node.lineno + 1}"
        for kind in functions
        for place, node in nodes(kind, *PACKAGES, "benchmarks")
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_a_file_can_be_read_in_one_go() -> None:
    long = [f for f in trees() if len(f.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]
    assert long == []


def test_every_module_says_why_it_exists() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file, tree in trees().items()
        if tree.body and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_the_rules_of_this_file_can_fail() -> None:
    assert SQL.match("SELECT value FROM t")
    assert WRITES.match("INSERT INTO t")
    assert not SQL.match("Select a day")
    assert WORLD.search("date.today")
    assert WORLD.search("np.random.normal")
    assert not WORLD.search("np.random.default_rng")
    assert not WORLD.search("claim.now")
