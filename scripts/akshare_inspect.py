"""What a version of akshare is made of, read from its source without running it.

`inspected` reads an unpacked package; `changes` compares two of them for the functions in use:
their signatures, their source and that of whatever of akshare they mention, the names of columns
that stand in it, and the addresses that they ask.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
URL = re.compile(r"https?://[\w.:-]+")


@dataclass(frozen=True)
class Function:
    """A function that akshare exports, and the source of all of akshare that it reaches.

    sources: by module and name, as `ast.unparse` writes it, without docstrings. columns: every list
    or mapping of names that is given to columns, and every name by which one is taken.
    """

    name: str
    signature: str
    sources: Mapping[str, str]
    columns: tuple[str, ...]
    hosts: frozenset[str]


@dataclass(frozen=True)
class Change:
    """One difference between two versions, for an operator to look at."""

    function: str
    kind: str
    says: str


class Package:
    """The modules of an unpacked akshare, parsed when they are needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = cache(self._module)
        self.exported = dict(self._imports(self.module("akshare")))

    def file(self, module: str) -> Path | None:
        """The file of a module of akshare; None if it is none of its own."""
        place = self.folder.joinpath(*module.split("."))
        there = (p for p in (place / "__init__.py", place.with_suffix(".py")) if p.is_file())
        return next(there, None) if f"{module}.".startswith("akshare.") else None

    def _module(self, name: str) -> ast.Module:
        file = self.file(name)
        return ast.parse(file.read_text(encoding="utf-8") if file else "")

    def _imports(self, tree: ast.AST) -> Iterator[tuple[str, tuple[str, str]]]:
        """Names that are imported from akshare, with module and name of what they are."""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("akshare"):
                for alias in node.names:
                    yield alias.asname or alias.name, (str(node.module), alias.name)

    def definition(self, module: str, name: str) -> Definition | ast.Assign | None:
        """What defines a name in a module; follows imports of imports not."""
        for node in self.module(module).body:
            if isinstance(node, Definition) and node.name == name:
                return node
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == name for t in node.targets
            ):
                return node
        return None

    def reached(self, module: str, name: str) -> dict[str, ast.AST]:
        """A definition and all definitions of akshare that it mentions, in turn."""
        found: dict[str, ast.AST] = {}
        waiting = [(module, name)]
        while waiting:
            here, wanted = waiting.pop()
            node = self.definition(here, wanted)
            if node is None or f"{here}.{wanted}" in found:
                continue
            found[f"{here}.{wanted}"] = node
            imported = dict(self._imports(self.module(here)))
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            waiting += [imported.get(n, (here, n)) for n in sorted(names)]
        return found


def inspected(folder: Path, names: Collection[str]) -> dict[str, Function]:
    """The functions of these names that the akshare unpacked in a folder exports."""
    package = Package(folder)
    found = {n: package.exported[n] for n in names if n in package.exported}
    return {n: function_of(package, n, *place) for n, place in found.items()}


def function_of(package: Package, exported: str, module: str, name: str) -> Function:
    """One function with all that it reaches."""
    reached = package.reached(module, name)
    own = reached.get(f"{module}.{name}")
    signature = ast.unparse(own.args) if isinstance(own, ast.FunctionDef) else "?"
    for node in reached.values():
        drop_docstrings(node)
    return Function(
        exported,
        f"({signature})",
        {place: ast.unparse(node) for place, node in sorted(reached.items())},
        tuple(words for place in sorted(reached) for words in columns_in(reached[place])),
        frozenset(host for node in reached.values() for host in hosts_in(node)),
    )


def drop_docstrings(tree: ast.AST) -> None:
    """Leave out what says something to people only."""
    for node in ast.walk(tree):
        first = node.body[0] if isinstance(node, Definition) and node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            assert isinstance(node, Definition)
            node.body = node.body[1:] or [ast.Pass()]


def columns_in(tree: ast.AST) -> Iterator[str]:
    """Names of columns: what is assigned to `.columns`, given as `columns=`, or taken by a list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.keyword) and names_columns(node):
            yield ast.unparse(node.value)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.List | ast.Constant):
            constants = ast.walk(node.slice)
            words = [n.value for n in constants if isinstance(n, ast.Constant)]
            yield from (str([w]) for w in words if isinstance(w, str))


def names_columns(node: ast.Assign | ast.keyword) -> bool:
    """Whether a value is given to columns: `frame.columns = …`, or `rename(columns=…)`."""
    if isinstance(node, ast.keyword):
        return node.arg == "columns"
    return any(isinstance(t, ast.Attribute) and t.attr == "columns" for t in node.targets)


def hosts_in(tree: ast.AST) -> Iterator[str]:
    """The hosts of addresses that stand in texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for url in URL.findall(node.value):
                if host := urlsplit(url).hostname:
                    yield host


def changes(
    old: Mapping[str, Function], new: Mapping[str, Function], known: Callable[[str], bool]
) -> Iterator[Change]:
    """What differs, by function; `known`: whether rate limits and the list of hosts know a host."""
    for name, before in sorted(old.items()):
        after = new.get(name)
        if after is None:
            yield Change(name, "gone", "akshare does not export it any more")
            continue
        if before.signature != after.signature:
            yield Change(name, "signature", f"{before.signature} → {after.signature}")
        yield from columns_changed(before, after)
        for host in sorted(after.hosts - before.hosts):
            said = (
                ""
                if known(host)
                else ", which is no upstream of any dataset: a request to it is refused"
            )
            yield Change(name, "host", f"names {host}{said}")
        for host in sorted(before.hosts - after.hosts):
            yield Change(name, "host", f"names {host} no more")
        yield from sources_changed(before, after)


def columns_changed(before: Function, after: Function) -> Iterator[Change]:
    """Lists and names of columns that came or went; where they stand in a list, order counts."""
    gone = [words for words in before.columns if words not in after.columns]
    new = [words for words in after.columns if words not in before.columns]
    if gone or new:
        said = [f"− {words}" for words in dict.fromkeys(gone)]
        said += [f"+ {words}" for words in dict.fromkeys(new)]
        yield Change(before.name, "columns", "; ".join(said))


def sources_changed(before: Function, after: Function) -> Iterator[Change]:
    """Definitions whose code differs, with the number of lines."""
    places = sorted({*before.sources, *after.sources})
    for place in places:
        one, other = before.sources.get(place, ""), after.sources.get(place, "")
        if one != other:
            lines = list(difflib.ndiff(one.splitlines(), other.splitlines()))
            plus = sum(line.startswith("+ ") for line in lines)
            minus = sum(line.startswith("- ") for line in lines)
            yield Change(before.name, "source", f"{place}: +{plus} −{minus} lines")


def in_use(files: Collection[Path], exported: Collection[str]) -> list[str]:
    """The names of akshare's functions that stand as texts in our files."""
    constants = (
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return sorted({*constants} & {*exported})
