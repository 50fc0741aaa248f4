"""A walk through the source of the installed akshare, from the functions that our datasets name.

It follows every function and class of akshare that a visited one mentions, and reports what could
run something: the built-in `eval` and its kin, methods of their names on whatever object, and calls
into modules that run, load or unpack what they are given.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import warehouse.datasets
from flows.ingestion.fetch import akshare

RUNNERS = {"eval", "exec", "compile", "__import__"}
BUILTINS = RUNNERS | {"open", "breakpoint", "input"}
METHODS = {
    "eval", "exec", "execute", "call", "compile", "query", "read_pickle", "read_hdf", "extract",
    "extractall", "import_module", "system", "popen", "Popen", "check_output", "unsafe_load",
    "full_load", "load_module", "run_path", "run_module", "fromstring", "write_text", "write_bytes",
}  # fmt: skip
MODULES = {
    "pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml",
    "execjs", "js2py", "quickjs", "dukpy", "subprocess", "os", "importlib", "runpy", "code",
    "codeop", "ctypes", "shutil", "tempfile", "gzip", "bz2", "lzma", "zlib", "tarfile", "zipfile",
    "builtins", "socket", "http", "httpx", "aiohttp", "urllib3", "websocket", "ftplib", "xml",
}  # fmt: skip
CLIENTS = {"requests", "curl_cffi", "urllib", "urllib3", "http", "httpx", "aiohttp", "pandas"}
LABELS = {"Referer", "Origin", "Host"}  # headers that hold addresses which nobody asks


@dataclass(frozen=True)
class Place:
    """A call in akshare's source that could run something."""

    function: str  # of akshare, in which it stands
    call: str  # as `ast.unparse` writes it
    node: ast.Call | None = field(compare=False)


@dataclass(frozen=True, eq=False)
class Visited:
    """A function or class of akshare with its source."""

    name: str
    module: ModuleType
    tree: ast.AST

    def named(self, name: str) -> object:
        """What a name of its module stands for."""
        return vars(self.module).get(name)

    def assigned(self, name: str) -> list[ast.expr]:
        """What is assigned to a name of its own."""
        return [
            n.value
            for n in ast.walk(self.tree)
            if isinstance(n, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
        ]


@cache
def named_by() -> dict[str, set[str]]:
    """The akshare functions whose names stand in the datasets, or in readers that they import."""
    found: dict[str, set[str]] = {}
    for file in Path(warehouse.datasets.__path__[0]).glob("*.py"):
        for name in functions_in(file) | {f for r in readers_of(file) for f in functions_in(r)}:
            found.setdefault(name, set()).add(file.stem)
    return found


@cache
def nodes(file: Path) -> list[ast.AST]:
    """All that a file is written of."""
    return list(ast.walk(ast.parse(file.read_text("utf-8"))))


@cache
def functions_in(file: Path) -> set[str]:
    """The akshare functions whose names stand in a file as text."""
    constants = [n for n in nodes(file) if isinstance(n, ast.Constant)]
    names = {node.value for node in constants if isinstance(node.value, str)}
    return {name for name in names if callable(getattr(akshare(), name, None))}


def readers_of(file: Path) -> set[Path]:
    """The files of warehouse.readers that a file imports from."""
    imports = [n for n in nodes(file) if isinstance(n, ast.ImportFrom)]
    modules = {str(n.module) for n in imports if str(n.module).startswith("warehouse.readers.")}
    modules |= {
        f"{n.module}.{alias.name}"
        for n in imports
        if n.module == "warehouse.readers"
        for alias in n.names
    }
    return {Path(str(importlib.import_module(m).__file__)) for m in modules}


@cache
def definitions(module: str) -> dict[str, ast.AST]:
    """What a module defines, by name."""
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {n.name: n for n in ast.walk(tree) if isinstance(n, kinds)}


@cache
def visited(thing: object) -> Visited:
    """The source of a function or class; of a method, its class."""
    module, name = str(thing.__module__), str(thing.__qualname__).split(".")[0]
    return Visited(name, sys.modules[module], definitions(module)[name])


@cache
def reached(thing: object) -> frozenset[Visited]:
    """A function of akshare and all that it mentions of akshare, in turn."""
    found: set[Visited] = set()
    waiting = [thing]
    while waiting:
        here = visited(inspect.unwrap(waiting.pop()))
        if here not in found:
            found.add(here)
            waiting += mentioned(here)
    return frozenset(found)


def all_reached() -> set[Visited]:
    """Whatever the functions in use reach."""
    return {v for function in named_by() for v in reached(getattr(akshare(), function))}


@cache
def mentioned(visited: Visited) -> tuple[object, ...]:
    """Functions and classes of akshare that a function mentions, by whatever import."""
    local, found = dict(imported(visited)), set()
    for node in ast.walk(visited.tree):
        thing = None
        if isinstance(node, ast.Name):
            thing = local.get(node.id) or visited.named(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            base = local.get(node.value.id) or visited.named(node.value.id)
            thing = getattr(base, node.attr, None) if isinstance(base, ModuleType) else None
        runs = inspect.isclass(thing) or inspect.isroutine(thing)
        module = getattr(inspect.unwrap(thing), "__module__", None) if runs else None
        if str(module).startswith("akshare"):
            found.add(thing)
    return tuple(found)


def imported(visited: Visited) -> Iterator[tuple[str, object]]:
    """Names that a function imports for itself."""
    for node in ast.walk(visited.tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("akshare"):
            module = sys.modules.get(str(node.module))
            for alias in node.names:
                yield alias.asname or alias.name, getattr(module, alias.name, None)


def places(visited: Visited) -> Iterator[Place]:
    """Every call in the source of a function that could run something."""
    for node in ast.walk(visited.tree):
        if isinstance(node, ast.Call) and could_run(node.func, visited):
            yield Place(visited.name, ast.unparse(node), node)
    called = {id(n.func) for n in ast.walk(visited.tree) if isinstance(n, ast.Call)}
    for node in ast.walk(visited.tree):  # handed on, as in frame.apply(eval)
        if isinstance(node, ast.Name) and node.id in RUNNERS and id(node) not in called:
            yield Place(visited.name, node.id, None)


def could_run(called: ast.expr, visited: Visited) -> bool:
    if isinstance(called, ast.Name):
        thing = visited.named(called.id)
        return called.id in BUILTINS or origin(thing) in MODULES
    if not isinstance(called, ast.Attribute):
        return True  # what a call gives back is called: nobody knows
    base = called.value
    while isinstance(base, ast.Attribute):
        base = base.value
    module = origin(visited.named(base.id)) if isinstance(base, ast.Name) else ""
    return module in MODULES or (called.attr in METHODS and module != "re")


def origin(thing: object) -> str:
    """The top module in which something is defined."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    return str(name).split(".", maxsplit=1)[0]


def shipped(node: ast.expr, visited: Visited) -> bool:
    """Whether a text stands in akshare's package: a constant of a module, or a file of it."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Name):
        values = visited.assigned(node.id)
        if values:
            return all(shipped(value, visited) for value in values)
        return isinstance(visited.named(node.id), str)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return reads_package(visited.named(node.func.id)) and all(
            shipped(a, visited) for a in node.args
        )
    return False


def reads_package(function: object) -> bool:
    """Whether a function of akshare meets no client, nor does any that it mentions."""
    return inspect.isfunction(function) and not any(
        origin(v.named(node.id)) in CLIENTS
        for v in reached(function)
        for node in ast.walk(v.tree)
        if isinstance(node, ast.Name)
    )


def texts(visited: Visited) -> Iterator[str]:
    """Addresses that a function asks: texts in it or in its module that it names; no headers."""
    skipped = set()
    for node in ast.walk(visited.tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            skipped |= {
                id(v)
                for k, v in pairs
                if isinstance(k, ast.Constant) and str(k.value).title() in LABELS
            }
        if isinstance(node, ast.Expr):  # a docstring
            skipped.add(id(node.value))
    for node in ast.walk(visited.tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and isinstance(visited.named(node.id), str):
            yield str(visited.named(node.id))
